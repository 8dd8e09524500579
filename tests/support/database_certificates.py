"""A made-up CA and what it signed for a database server's TLS."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class Certificates:
    """PEM files: the server's CA, its list that revokes the server's certificate, another CA that
    signed nothing, a client's certificate, the server's."""

    ca: Path
    crl: Path
    other_ca: Path
    cert: Path
    key: Path
    server_cert: Path
    server_key: Path

    @classmethod
    def make(cls, folder: Path, *, client: str, owner: str) -> Certificates:
        paths = cls(**{field.name: folder / f"{field.name}.pem" for field in fields(cls)})
        ca = trustme.CA()
        ca.cert_pem.write_to_path(str(paths.ca))
        trustme.CA().cert_pem.write_to_path(str(paths.other_ca))
        issued = ca.issue_cert("client.invalid", common_name=client)
        issued.private_key_pem.write_to_path(str(paths.key))
        issued.cert_chain_pems[0].write_to_path(str(paths.cert))
        server = ca.issue_cert("localhost")
        server.private_key_pem.write_to_path(str(paths.server_key))
        server.cert_chain_pems[0].write_to_path(str(paths.server_cert))
        paths.crl.write_bytes(_revocation_list(ca, server))
        paths.server_key.chmod(0o600)
        if os.getuid() == 0:
            shutil.chown(paths.server_key, owner, owner)
        return paths


def _revocation_list(ca: trustme.CA, revoked: trustme.LeafCert) -> bytes:
    certificate = x509.load_pem_x509_certificate(revoked.cert_chain_pems[0].bytes())
    issuer = x509.load_pem_x509_certificate(ca.cert_pem.bytes())
    key = serialization.load_pem_private_key(ca.private_key_pem.bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    now = datetime.now(UTC)
    entry = x509.RevokedCertificateBuilder(certificate.serial_number, now)
    builder = x509.CertificateRevocationListBuilder(issuer.subject, now, now + timedelta(days=1))
    signed = builder.add_revoked_certificate(entry.build()).sign(key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM)
