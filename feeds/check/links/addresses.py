"""Addresses that are written differently and mean the same."""

import re
from urllib.parse import urlsplit

from feeds.text import ascii_url

_PORTS = {"http": 80, "https": 443}
# What most links are: nothing in it can be written otherwise.
_NORMAL = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?:/(?!\.)[\w.~!$&'()*+,;=:@-]*)+(?:[?#][!-$&-~]*)?",
    re.ASCII,
)
_ESCAPE = re.compile("%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def normal(url: str) -> str:
    """A web address as all that mean the same are written (RFC 3986 §6.2.2, §6.2.3).

    Scheme and host in small letters, no default port, no ``.`` and ``..`` in the path (however
    they are escaped), nothing escaped that need not be. What is none is given back as it is.
    """
    if _NORMAL.fullmatch(url):
        return url
    address, hash_, fragment = url.partition("#")
    try:
        parts = urlsplit(ascii_url(address))
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return url
    if parts.scheme not in _PORTS or not host:
        return url
    user, at, _ = parts.netloc.rpartition("@")
    name = f"[{host}]" if ":" in host else host
    there = name if port in {None, _PORTS[parts.scheme]} else f"{name}:{port}"
    path = _without_dots(_ESCAPE.sub(_escaped, parts.path))
    query = f"?{_ESCAPE.sub(_escaped, parts.query)}" if parts.query else ""
    return f"{parts.scheme}://{user}{at}{there}{path}{query}{hash_}{fragment}"


def server_of(url: str) -> str:
    """The host of an address, with its port where that is none that everybody takes.

    Empty for what is no address. A site's ports for http and https are one server.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    return host if port in {None, _PORTS.get(parts.scheme)} else f"{host}:{port}"


def host_of(url: str) -> str:
    """The host of an address, in small letters and without brackets; empty for a path."""
    try:
        return urlsplit(url).hostname or "" if "://" in url else ""
    except ValueError:
        return ""


def without_password(url: str) -> str:
    """The address as it may be shown: who it says that asks, and with which password, is hidden."""
    scheme, slashes, rest = url.partition("://")
    server = re.split("[/?#]", rest, maxsplit=1)[0]
    user, at, host = server.rpartition("@")
    return f"{scheme}{slashes}***@{host}{rest[len(server) :]}" if at and user else url


def _escaped(found: re.Match[str]) -> str:
    char = chr(int(found[1], 16))
    return char if char in _UNRESERVED else found[0].upper()


def _without_dots(path: str) -> str:
    """RFC 3986 §5.2.4, of a path that begins with a slash or is empty."""
    found: list[str] = []
    parts = path.split("/")[1:] or [""]
    for part in parts:
        if part == "..":
            del found[-1:]
        elif part != ".":
            found.append(part)
    if parts[-1] in {".", ".."}:
        found.append("")
    return "/" + "/".join(found)
