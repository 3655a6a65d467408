"""The open net and the private ones: whoever comes from the one is not led into the other.

A name is looked up once to be judged and once more to be connected to, and whoever owns it may
answer differently (DNS rebinding). So a name that is known to lead inside is refused before
anything is sent, and then the other end of each connection is judged, whatever its name said.
"""

import ipaddress
import socket
from urllib.parse import urlsplit

_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052 §2.1
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")  # RFC 8215 §3


class InsideError(OSError):
    """A way led from the open net into a private one."""

    def __init__(self) -> None:
        super().__init__("leads from the open net into a private one")


class Way:
    """Where one document's address leads, over all its redirects and requests.

    It may begin inside, as a person's own address does. Once it was ``outside`` it stays there.
    """

    def __init__(self, *, outside: bool = False) -> None:
        self.outside = self._begins_outside = outside
        self._addresses = 0

    def again(self) -> None:
        """From its first address once more; where that was outside, it cannot be inside now."""
        self.outside = self._begins_outside
        self._addresses = 0

    def may_lead_to(self, url: str) -> None:
        """Judge the next address by its name; InsideError where it is known to lead inside."""
        self._addresses += 1
        self._step(inside=leads_inside(url))

    def judge(self, connection: socket.socket) -> None:
        """Judge the other end of a connection; InsideError where it is inside."""
        self._step(inside=is_inside(str(connection.getpeername()[0])))

    def _step(self, *, inside: bool) -> None:
        if inside and self.outside:
            raise InsideError
        if not inside:
            self.outside = True
            self._begins_outside = self._begins_outside or self._addresses == 1


def is_inside(address: str) -> bool:
    """Whether an IP address is none of the open net, also when another one is wrapped in it."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        wrapped = found.ipv4_mapped or found.sixtofour
        if wrapped is None and found in _NAT64:
            wrapped = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if wrapped is not None:
            return not wrapped.is_global
        if found in _LOCAL_NAT64:
            return True
    return not found.is_global


def leads_inside(url: str) -> bool:
    """Whether the address' host is on this machine or in its own network, as far as known."""
    try:
        parts = urlsplit(url)
        found = socket.getaddrinfo(parts.hostname or "", parts.port or 0, proto=socket.IPPROTO_TCP)
    except (OSError, ValueError):
        return False  # the fetch will say so
    return any(is_inside(str(one[4][0])) for one in found)


def is_from(error: BaseException | None, kind: type[BaseException]) -> bool:
    """Whether ``error`` was raised because of one of that kind."""
    while error is not None:
        if isinstance(error, kind):
            return True
        reason = error.args[0] if error.args else None
        error = getattr(reason, "reason", None) or error.__cause__ or error.__context__
    return False
