"""What an id of Atom must be beyond an IRI: of its scheme's form, and of one form only."""

import re
from urllib.parse import urljoin, urlsplit

from feeds.check.documents.sheet import Sheet
from feeds.check.documents.tree import XML, Node
from feeds.check.documents.values import is_absolute, is_uuid
from feeds.patterns import pattern

# RFC 8141 §2, RFC 4151 §2.1; beyond ASCII as in IRIs.
_URN = pattern(
    r"urn:[a-z0-9][a-z0-9-]{0,30}[a-z0-9]:(?!/)[^?#]+(?:\?\+[^?#]+)?(?:\?=[^#]+)?(?:#.*)?",
    re.IGNORECASE,
)
_TAG_URI = pattern(
    r"tag:(?:[^@/?#:,]++@)?(?=[a-z0-9])[a-z0-9.-]++(?<=[a-z0-9]),"
    r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?:.*",
    re.IGNORECASE,
)
_PORTS = {"http": 80, "https": 443, "ftp": 21}
_ESCAPED = pattern(r"%([0-9A-Fa-f]{2})")
_DOTS = {".", ".."}


def is_of_its_scheme(text: str) -> bool:
    """False for a URN, a urn:uuid: or a tag: URI that is none by the rules of that scheme."""
    start = text[:9].lower()
    if start.startswith("tag:"):
        return _TAG_URI.fullmatch(text) is not None
    if start == "urn:uuid:":
        return is_uuid(text[9:].partition("#")[0])
    return not start.startswith("urn:") or _URN.fullmatch(text) is not None


def check_self(sheet: Sheet, link: Node) -> None:
    """A feed's own address is whole, or has a base that is."""
    url = link.attributes.get("href", "").strip()
    node: Node | None = link
    while node is not None and not is_absolute(url):
        url = urljoin(node.attributes.get(f"{XML} base", ""), url)
        node = node.parent
    if not is_absolute(url):
        sheet.say("self-relative", link.line, value=link.attributes.get("href", ""))


def is_normal(text: str) -> bool:
    """Whether an address is written in the one form that RFC 4287 §4.2.6.1 asks for.

    Names of other schemes than those of addresses are.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return True
    if parts.scheme not in _PORTS:
        return True
    user, at, host = parts.netloc.rpartition("@")
    return (
        text[: len(parts.scheme)] == parts.scheme
        and host == host.lower()
        and not host.endswith(":")
        and port != _PORTS[parts.scheme]
        and not (at and not user)
        and parts.path.startswith("/")
        and _DOTS.isdisjoint(parts.path.split("/"))
        and all(map(_is_needed, _ESCAPED.findall(text)))
    )


def normal(text: str) -> str:
    """An address to compare with others: RFC 3986 §6.2.2, §6.2.3, without its fragment."""
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or ""), parts.port
    except ValueError:
        return text
    scheme = parts.scheme.lower()
    place = host if port in {None, _PORTS.get(scheme)} else f"{host}:{port}"
    path = _ESCAPED.sub(_needed, parts.path or "/")
    return f"{scheme}://{place}{path}" + (f"?{parts.query}" if parts.query else "")


def _needed(found: re.Match[str]) -> str:
    char = chr(int(found[1], 16))
    return char if char.isascii() and (char.isalnum() or char in "-._~") else found[0].upper()


def _is_needed(digits: str) -> bool:
    """Whether what is escaped must be, in capitals."""
    char = chr(int(digits, 16))
    return digits == digits.upper() and not (char.isascii() and (char.isalnum() or char in "-._~"))
