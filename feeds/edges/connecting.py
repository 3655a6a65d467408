"""HTTP connections that are looked at when they are made, and that can be ended from outside.

A timeout of requests is for one receive; a server that sends a letter a second keeps a request
busy for ever, in its header too. So each connection is known here by a second handle, and ended
when the time for its request is over. And whoever owns a name decides where it leads, so the
other end of a connection is looked at before a letter was sent to it.
"""

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Any

from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

# What is done with a connection before anything is sent over it; an OSError closes it.
Look = Callable[[socket.socket], object]


class Deadline:
    """The connections of one request; ``expired`` once its time is over."""

    def __init__(self) -> None:
        self._handles: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self.expired = False

    def begin(self, limit_s: float) -> None:
        """So long from now on."""
        self.expired = False
        self._timer = threading.Timer(max(limit_s, 0.001), self._end)
        self._timer.daemon = True
        self._timer.start()

    def finish(self) -> None:
        """No longer needed."""
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            for handle in self._handles:
                handle.close()
            self._handles.clear()

    def watch(self, connection: socket.socket) -> None:
        """One more connection."""
        with self._lock:
            self._handles.append(connection.dup())
        if self.expired:
            self._end()

    def _end(self) -> None:
        with self._lock:
            self.expired = True
            for handle in self._handles:
                with contextlib.suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)


class StepSession(Session):
    """Takes one step at a time."""

    def get_redirect_target(self, _resp: object) -> None:
        """Nothing: who follows redirects does it by hand.

        requests would look ahead, and read a redirect's body to its end for that, unpacked.
        """
        return


def watched_session(look: Look, look_at_proxies: Look) -> Session:
    """A session whose every connection is looked at, and is open for one request alone.

    A connection to a proxy is another thing: where that leads is the proxy's to decide. No
    password of the person's is sent along.
    """
    session = StepSession()
    session.headers["Connection"] = "close"
    # Or requests would look for one in ~/.netrc.
    session.auth = _without_password
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(look, look_at_proxies))
    return session


def location_of(answer: Response) -> str:
    """Where an answer leads (RFC 9110 §10.2.2); letters beyond ASCII are in UTF-8, as browsers
    read them. Empty where it says nothing."""
    found = answer.headers.get("Location", "")
    return found.encode("latin-1", "replace").decode("utf-8", "replace")


def _without_password(request: PreparedRequest) -> PreparedRequest:
    return request


class _Plain(HTTPConnection):
    look: Look

    def _new_conn(self) -> socket.socket:
        return _looked_at(super()._new_conn(), self.look)


class _Secure(HTTPSConnection):
    look: Look

    def _new_conn(self) -> socket.socket:
        return _looked_at(super()._new_conn(), self.look)


def _looked_at(connection: socket.socket, look: Look) -> socket.socket:
    try:
        look(connection)
    except OSError:
        connection.close()
        raise
    return connection


class _Adapter(HTTPAdapter):
    """Makes the connections."""

    def __init__(self, look: Look, look_at_proxies: Look) -> None:
        self._pools, self._proxy_pools = _pools(look), _pools(look_at_proxies)
        super().__init__(pool_maxsize=1)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """As ever, with our connections."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """The same to a proxy."""
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = self._proxy_pools
        return manager


def _pools(look: Look) -> dict[str, type[HTTPConnectionPool]]:
    """What urllib3 makes pools of: its own, with connections that are looked at."""
    attributes = {"look": staticmethod(look)}
    plain, secure = type("Plain", (_Plain,), attributes), type("Secure", (_Secure,), attributes)
    return {
        "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }
