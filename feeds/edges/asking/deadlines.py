"""HTTP connections that can be ended from outside: whoever trickles is not waited for.

A timeout of requests is for one receive; a server that sends a letter a second keeps a request
busy for ever, in its header too. So each connection is known here by a second handle, and ended
when the time for its request is over.
"""

import contextlib
import socket
import threading
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


class Deadline:
    """The connections of one thread's request; ``expired`` once its time is over."""

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


_current = threading.local()


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _watched(super()._new_conn())


class _Secure(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _watched(super()._new_conn())


def _watched(connection: socket.socket) -> socket.socket:
    deadline: Deadline | None = getattr(_current, "deadline", None)
    if deadline is not None:
        deadline.watch(connection)
    return connection


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class WatchedAdapter(HTTPAdapter):
    """Makes connections that the thread's Deadline knows of."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """As ever, with our connections."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """The same behind a proxy."""
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
        return manager


def use(deadline: Deadline) -> None:
    """From here on this thread's new connections belong to ``deadline``."""
    _current.deadline = deadline
