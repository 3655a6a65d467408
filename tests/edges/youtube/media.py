"""A media server on this machine that fails as it is told to: 429, 403, 503, cut connections."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Fault:
    """What happens to one request: a status, or a connection that ends after so many bytes."""

    status: int = 0
    retry_after: str = ""
    cut_after: int = -1


@dataclass
class Media:
    """Files by path, faults by path in the order of the requests, and what was asked.

    ``any_query`` leaves queries unread; ``sent`` is called before each block, with the
    bytes of the file that are out by then, ``heard`` with the path of each request.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    sent: Callable[[int], None] = lambda _bytes: None
    heard: Callable[[str], None] = lambda _path: None
    url: str = ""
    any_query: bool = False
    now: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ranges(self, path: str) -> list[str]:
        """The Range headers of the requests for a path; empty for the whole."""
        return [range_ for asked, range_ in self.asked if asked == path]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, media: Media) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.media = media

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that are killed are what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        media = self.server.media
        if media.any_query:
            self.path = self.path.partition("?")[0]
        with media.lock:
            media.asked.append((self.path, self.headers.get("Range", "")))
            media.cookies += self.headers.get_all("Cookie", [])
            media.now += 1
            media.most = max(media.most, media.now)
            waiting = media.faults.get(self.path, [])
            fault = waiting.pop(0) if waiting else Fault()
        media.heard(self.path)
        try:
            self.answer(media, fault)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with media.lock:
                media.now -= 1

    def empty(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def answer(self, media: Media, fault: Fault) -> None:
        data = media.files.get(self.path)
        if fault.status or data is None:
            said = {"Retry_After": fault.retry_after} if fault.retry_after else {}
            self.empty(fault.status or 404, **said)
            return
        asked = self.headers.get("Range", "")
        start = int(asked.removeprefix("bytes=").partition("-")[0] or 0)
        if start >= len(data):
            self.empty(416, Content_Range=f"bytes */{len(data)}")
            return
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Type", "audio/mp4")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        end = len(data) if fault.cut_after < 0 else min(len(data), start + fault.cut_after)
        for at in range(start, end, 4096):
            self.wfile.write(data[at : min(at + 4096, end)])
            self.wfile.flush()
            media.sent(min(at + 4096, end))
        if fault.cut_after >= 0:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: media.asked says it."""


@contextmanager
def serving(media: Media) -> Iterator[Media]:
    """The server, on a port that the system chose."""
    server = _Server(media)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    media.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield media
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
