"""Connections to the open net alone: none to this machine or its own network, whatever a name says.

A name is looked up once to be judged and once more to be connected to, and whoever owns it may
answer differently (DNS rebinding). So what is judged here is the other end of the connection,
before a letter was sent to it.
"""

import ipaddress
import socket
from typing import Any

from requests import Session
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052 §2.1


class InsideError(OSError):
    """A connection led from the open net into a private one."""

    def __init__(self) -> None:
        super().__init__("leads from the open net into a private one")


def is_inside(address: str) -> bool:
    """Whether an IP address is none of the open net, also when another one is wrapped in it."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        wrapped = found.ipv4_mapped or found.sixtofour
        if wrapped is None and found in _NAT64:
            wrapped = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if wrapped is not None:
            return not wrapped.is_global
    return not found.is_global


def stay_outside(session: Session) -> None:
    """Let ``session`` connect to the open net alone; what goes through a proxy is the proxy's."""
    session.mount("http://", _Adapter())
    session.mount("https://", _Adapter())


def _judged(found: socket.socket) -> socket.socket:
    if is_inside(str(found.getpeername()[0])):
        found.close()
        raise InsideError
    return found


class _Http(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _judged(super()._new_conn())


class _Https(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _judged(super()._new_conn())


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
