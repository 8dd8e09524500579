"""Every way to reach a server, by use: addresses, sockets, passwords, TLS."""

from dataclasses import replace
from urllib.parse import quote

import pytest

from nextcloud_push.server.database import Mounts
from nextcloud_push.server.errors import DatabaseError
from support.databases import PASSWORD, DatabaseServer, PostgresServer

ENCODED = quote(PASSWORD, safe="")


async def outcome(mounts: Mounts) -> str:
    """``ok``, or why not; no password is in it."""
    text = "ok"
    try:
        await mounts.check()
    except DatabaseError as exc:
        text = str(exc)
    assert PASSWORD not in text
    return text


MYSQL_NAMES = {
    "sslmode": "ssl-mode",
    "sslrootcert": "ssl-ca",
    "sslcert": "ssl-cert",
    "sslkey": "ssl-key",
    "disable": "DISABLED",
    "prefer": "PREFERRED",
    "require": "REQUIRED",
    "verify-ca": "VERIFY_CA",
    "verify-full": "VERIFY_IDENTITY",
}


def url_of(server: DatabaseServer, *, user="nextcloud", host="127.0.0.1", **parameters) -> str:
    """A URL in the words of its kind, with the path of the CA and such for ``{ca}``."""
    files = {n: str(getattr(server.certificates, n)) for n in ("ca", "other_ca", "cert", "key")}
    names = {} if isinstance(server, PostgresServer) else MYSQL_NAMES
    pairs = [f"{names.get(k, k)}={names.get(v, v).format(**files)}" for k, v in parameters.items()]
    scheme = server.settings.kind
    place = f"{host}:{server.port}/nextcloud"
    return f"{scheme}://{user}:{ENCODED}@{place}?{'&'.join(pairs)}"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_tcp(server, open_mounts, host):
    assert await outcome(open_mounts(url_of(server, host=host))) == "ok"


async def test_a_raw_password_with_every_ascii_symbol(server, open_mounts):
    assert await outcome(open_mounts(server.url.replace(ENCODED, PASSWORD))) == "ok"


@pytest.mark.parametrize("user", ["nextcloud", "nobody"])
async def test_a_refused_login_says_so(server, open_mounts, user):
    url = url_of(server, user=user).replace(ENCODED, "wrong")
    text = await outcome(open_mounts(url))
    assert text == "the server refused the login: wrong user, password or database"


async def test_a_database_that_is_not_there(server, open_mounts):
    text = await outcome(open_mounts(replace(server.settings, name="absent")))
    assert "absent" in text or "refused the login" in text


async def test_tables_that_may_not_be_read(postgres, open_mounts):
    postgres.run("REVOKE SELECT ON oc_mounts FROM PUBLIC")
    text = await outcome(open_mounts(postgres.settings))
    postgres.run("GRANT SELECT ON oc_mounts TO PUBLIC")
    assert "permission denied for table oc_mounts" in text


@pytest.mark.parametrize(
    "place",
    [
        "{folder}:{port}",
        ":{port}/nextcloud?host={raw}",
        "/nextcloud?host={raw}&port={port}",
        "/nextcloud?host={raw}/.s.PGSQL.{port}",
        "ignored:1/nextcloud?host={raw}&port={port}",
    ],
)
async def test_postgres_socket_with_an_odd_port(postgres, open_mounts, place):
    folder = quote(str(postgres.folder), safe="")
    place = place.format(folder=folder, raw=postgres.folder, port=postgres.port)
    tail = "" if "nextcloud" in place else "/nextcloud"
    assert await outcome(open_mounts(f"postgres://nextcloud:{ENCODED}@{place}{tail}")) == "ok"


async def test_postgres_credentials_as_parameters(postgres, open_mounts):
    query = f"user=nextcloud&password={ENCODED}&dbname=nextcloud&port={postgres.port}"
    assert await outcome(open_mounts(f"postgresql://127.0.0.1?{query}")) == "ok"


async def test_postgres_options_reach_the_server(postgres, open_mounts):
    for query in ("options=-c%20search_path%3Dabsent", "options[search_path]=absent"):
        text = await outcome(open_mounts(f"{postgres.url}?{query}"))
        assert "oc_mounts and oc_filecache are not there" in text


async def test_mysql_socket(mariadb, open_mounts):
    url = f"mariadb://nextcloud:{ENCODED}@localhost/nextcloud?socket={mariadb.socket}"
    assert await outcome(open_mounts(url)) == "ok"


@pytest.mark.parametrize("charset", ["utf8", "utf8mb4", "UTF8MB4"])
async def test_mysql_charset(mariadb, open_mounts, charset):
    mariadb.clear()
    mariadb.add_mount(1, "files/ä漢", "ü")
    mounts = open_mounts(f"{mariadb.url}?charset={charset}")
    assert await mounts.mounts_of_storages([1]) == {1: [("ü", "files/ä漢")]}


async def test_mysql_unknown_charset(mariadb, open_mounts):
    assert "klingon" in await outcome(open_mounts(f"{mariadb.url}?charset=klingon"))


async def test_mysql_binary_columns_are_text(mariadb, open_mounts):
    mariadb.clear()
    mariadb.add_mount(1, "files/ä漢", "ü")
    mariadb.run("ALTER TABLE oc_mounts MODIFY user_id VARBINARY(64) NOT NULL")
    mariadb.run("ALTER TABLE oc_filecache MODIFY path VARBINARY(3000)")
    mounts = open_mounts(mariadb.url)
    assert await mounts.mounts_of_storages([1]) == {1: [("ü", "files/ä漢")]}
    assert await mounts.mounts_of_user("ü") == [(1, "files/ä漢")]
    mariadb.run("ALTER TABLE oc_mounts MODIFY user_id VARCHAR(64) NOT NULL")
    mariadb.run("ALTER TABLE oc_filecache MODIFY path VARCHAR(4000)")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # PyMySQL's socket
@pytest.mark.parametrize("kind", ["postgres", "mysql"])
async def test_a_socket_that_is_not_there(kind, open_mounts):
    parameter = "host" if kind == "postgres" else "socket"
    text = await outcome(open_mounts(f"{kind}://u:p@/db?{parameter}=/nowhere/at.all"))
    assert "/nowhere/at.all" in text
    assert "does not exist" in text


OK, REFUSED, UNTRUSTED, WRONG_NAME = "ok", "refuse", "is not trusted", "mismatch"

TLS_CASES = [
    # Modes that do not verify, against accounts that insist on TLS or on none.
    ("nextcloud", {"sslmode": "disable"}, OK),
    ("only_tls", {"sslmode": "disable"}, REFUSED),
    ("only_tls", {"sslmode": "allow"}, OK),
    ("only_tls", {"sslmode": "prefer"}, OK),
    ("only_tls", {}, OK),
    ("only_tls", {"sslmode": "require"}, OK),
    # Those that do: the server's certificate is for localhost only.
    ("only_tls", {"sslmode": "verify-ca", "sslrootcert": "{ca}"}, OK),
    ("only_tls", {"sslmode": "verify-full", "sslrootcert": "{ca}", "host": "localhost"}, OK),
    ("only_tls", {"sslmode": "verify-full", "sslrootcert": "{ca}"}, WRONG_NAME),
    ("only_tls", {"sslmode": "verify-ca", "sslrootcert": "{other_ca}"}, UNTRUSTED),
    ("only_tls", {"sslmode": "require", "sslrootcert": "{other_ca}"}, UNTRUSTED),
    ("only_tls", {"sslmode": "verify-full"}, UNTRUSTED),
    # A client certificate instead of, or beside, a password.
    ("with_certificate", {"sslmode": "require"}, REFUSED),
    ("with_certificate", {"sslmode": "require", "sslcert": "{cert}", "sslkey": "{key}"}, OK),
    ("with_certificate", {"sslcert": "{cert}", "sslkey": "{key}"}, OK),
    ("nextcloud", {"sslmode": "require", "sslcert": "{cert}"}, "no certificate and key"),
    ("nextcloud", {"sslmode": "verify-ca", "sslrootcert": "/absent.pem"}, "/absent.pem: No such"),
]


@pytest.mark.parametrize(("user", "parameters", "expected"), TLS_CASES)
async def test_tls(server, open_mounts, user, parameters, expected):
    text = await outcome(open_mounts(url_of(server, user=user, **parameters)))
    assert text == expected if expected == OK else expected in text


@pytest.mark.parametrize(
    ("mode", "works"),
    [
        ("disable", True),
        ("allow", True),
        ("prefer", True),
        ("require", False),
        ("verify-ca", False),
    ],
)
async def test_a_server_without_tls(plain_server, open_mounts, mode, works):
    text = await outcome(open_mounts(url_of(plain_server, sslmode=mode)))
    assert (text == "ok") is works
    assert works or "SSL" in text


@pytest.mark.parametrize("mode", ["prefer", "allow", "require"])
async def test_postgres_that_forbids_tls_to_a_user(postgres, open_mounts, mode):
    text = await outcome(open_mounts(url_of(postgres, user="only_plain", sslmode=mode)))
    assert "pg_hba.conf" in text if mode == "require" else text == "ok"


async def test_a_ca_alone_makes_mysql_verify(mariadb, open_mounts):
    assert await outcome(open_mounts(url_of(mariadb, sslrootcert="{ca}"))) == "ok"
    text = await outcome(open_mounts(url_of(mariadb, sslrootcert="{other_ca}")))
    assert "is not trusted" in text


async def test_a_preferring_client_with_a_certificate(plain_server, open_mounts):
    url = url_of(plain_server, sslcert="{cert}", sslkey="{key}")
    assert await outcome(open_mounts(url)) == "ok"


async def test_a_revoked_certificate_is_refused(postgres, open_mounts):
    crl = str(postgres.certificates.crl)
    url = url_of(postgres, host="localhost", sslmode="verify-full", sslrootcert="{ca}", sslcrl=crl)
    assert "revoked" in await outcome(open_mounts(url))


@pytest.fixture
def plain_server(server):
    """A server that has no TLS at all."""
    server.stop()
    server.start(tls=False)
    yield server
    server.stop()
    server.start()
