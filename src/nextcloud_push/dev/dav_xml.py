"""WebDAV's XML: which properties are asked for, and the multistatus that answers."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formatdate
from urllib.parse import quote
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring, tostring

from nextcloud_push.dev import shares
from nextcloud_push.dev.files import Place
from nextcloud_push.dev.refusal import Refused
from nextcloud_push.dev.store import Store

__all__ = ["Resource", "error", "file_id", "multistatus", "requested"]

DAV, OC, NC = "{DAV:}", "{http://owncloud.org/ns}", "{http://nextcloud.org/ns}"
_PREFIXES = {"DAV:": "d", "http://owncloud.org/ns": "oc", "http://nextcloud.org/ns": "nc"}
_SABRE = "{http://sabredav.org/ns}"
_DECLARATION = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_INSTANCE = "ocdevmode00"
"""Nextcloud's id of the installation, which ends every `oc:id`."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A file or folder as one user sees it.

    Args:
        href: Absolute path of its URL, not yet encoded.
        name: Its last segment.
        place: Where it lies.
    """

    href: str
    name: str
    place: Place


def requested(body: bytes) -> list[str] | None:
    """The properties that a PROPFIND asks for, as ``{namespace}name``; None for all.

    Raises:
        Refused: It is no such XML.
    """
    if not body.strip():
        return None
    if _DECLARATION.search(body):
        raise Refused(400, "document types are not accepted")
    try:
        root = fromstring(body)  # noqa: S314 - without declarations there is nothing to expand
    except (ParseError, ValueError, LookupError):
        raise Refused(400, "the body is no XML") from None
    if root.tag != DAV + "propfind":
        raise Refused(400, "the body is no propfind")
    wanted = root.find(DAV + "prop")
    return None if wanted is None else [item.tag for item in wanted]


def multistatus(resources: Iterable[Resource], wanted: list[str] | None, store: Store) -> bytes:
    """The answer to a PROPFIND."""
    root = Element("d:multistatus", _namespaces())
    for resource in resources:
        response = SubElement(root, "d:response")
        href = resource.href + ("/" if resource.place.existing().is_dir else "")
        SubElement(response, "d:href").text = quote(href)
        names = list(_PROPERTIES) if wanted is None else wanted
        found, missing = Element("d:prop"), Element("d:prop")
        for name in names:
            read = _PROPERTIES.get(name)
            known = read is not None and read(found, resource, store)
            if not known and wanted is not None:
                _element(missing, name)
        _propstat(response, found, "200 OK")
        _propstat(response, missing, "404 Not Found")
    return _document(root)


def error(reason: str) -> bytes:
    """The body of a refusal."""
    root = Element("d:error", {"xmlns:d": "DAV:", "xmlns:s": _SABRE[1:-1]})
    SubElement(root, "s:exception").text = "Sabre\\DAV\\Exception"
    SubElement(root, "s:message").text = reason
    return _document(root)


def file_id(number: int) -> str:
    """A file id with the installation's, as `oc:id` and the `OC-FileId` header have it."""
    return f"{number:08d}{_INSTANCE}"


def _document(root: Element) -> bytes:
    xml: bytes = tostring(root, "utf-8")
    return b'<?xml version="1.0"?>\n' + xml


def _namespaces() -> dict[str, str]:
    return {f"xmlns:{prefix}": uri for uri, prefix in _PREFIXES.items()}


def _element(parent: Element, name: str) -> Element:
    """A child for ``{namespace}name``, with the usual prefix where there is one."""
    namespace, _, local = name.removeprefix("{").rpartition("}")
    prefix = _PREFIXES.get(namespace)
    if prefix is not None:
        return SubElement(parent, f"{prefix}:{local}")
    return SubElement(parent, name if namespace else local)


def _propstat(response: Element, prop: Element, status: str) -> None:
    if len(prop) == 0:
        return
    propstat = SubElement(response, "d:propstat")
    propstat.append(prop)
    SubElement(propstat, "d:status").text = f"HTTP/1.1 {status}"


def _permissions(place: Place) -> str:
    """What the user may do there, in Nextcloud's letters."""
    node = place.existing()
    if place.share is None:
        return "RGDNVCK" if node.is_dir else "RGDNVW"
    allowed = place.share.permissions
    letters = "S" + ("M" if place.is_mount else "")
    letters += "R" if allowed & shares.RESHARE else ""
    letters += "G"
    # A receiver may always remove or rename the shared thing itself, for themselves.
    letters += "D" if allowed & shares.DELETE or place.is_mount else ""
    letters += "NV" if allowed & shares.UPDATE or place.is_mount else ""
    if node.is_dir:
        return letters + ("CK" if allowed & shares.CREATE else "")
    return letters + ("W" if allowed & shares.UPDATE else "")


def _text(name: str, read: Callable[[Resource, Store], str | None]) -> Property:
    def write(parent: Element, resource: Resource, store: Store) -> bool:
        value = read(resource, store)
        if value is None:
            return False
        _element(parent, name).text = value
        return True

    return write


def _resource_type(parent: Element, resource: Resource, store: Store) -> bool:
    element = SubElement(parent, "d:resourcetype")
    if resource.place.existing().is_dir:
        SubElement(element, "d:collection")
    return True


def _content_type(resource: Resource, store: Store) -> str | None:
    if resource.place.existing().is_dir:
        return None
    return mimetypes.guess_type(resource.name)[0] or "application/octet-stream"


def _file_only(read: Callable[[Resource], str]) -> Callable[[Resource, Store], str | None]:
    return lambda resource, store: None if resource.place.existing().is_dir else read(resource)


def _folder_only(read: Callable[[Resource], str]) -> Callable[[Resource, Store], str | None]:
    return lambda resource, store: read(resource) if resource.place.existing().is_dir else None


def _owner(resource: Resource, store: Store) -> str:
    return store.owner(resource.place.storage)


Property = Callable[[Element, Resource, Store], bool]
"""Appends a property's element to the parent; False when the resource has no such property."""

_READERS: dict[str, Callable[[Resource, Store], str | None]] = {
    DAV + "displayname": lambda r, s: r.name,
    DAV + "getlastmodified": lambda r, s: formatdate(r.place.existing().mtime, usegmt=True),
    DAV + "creationdate": lambda r, s: datetime.fromtimestamp(
        r.place.existing().mtime, UTC
    ).isoformat(),
    DAV + "getetag": lambda r, s: f'"{r.place.existing().etag}"',
    DAV + "getcontentlength": _file_only(lambda r: str(r.place.existing().size)),
    DAV + "getcontenttype": _content_type,
    DAV + "quota-used-bytes": _folder_only(lambda r: str(r.place.existing().size)),
    # Nextcloud's number for "unlimited".
    DAV + "quota-available-bytes": _folder_only(lambda r: "-3"),
    OC + "fileid": lambda r, s: str(r.place.existing().id),
    OC + "id": lambda r, s: file_id(r.place.existing().id),
    OC + "size": lambda r, s: str(r.place.existing().size),
    OC + "permissions": lambda r, s: _permissions(r.place),
    OC + "owner-id": _owner,
    OC + "owner-display-name": lambda r, s: _owner(r, s).capitalize(),
    OC + "favorite": lambda r, s: "0",
    NC + "has-preview": lambda r, s: "false",
}
_PROPERTIES: dict[str, Property] = {name: _text(name, read) for name, read in _READERS.items()}
_PROPERTIES[DAV + "resourcetype"] = _resource_type
