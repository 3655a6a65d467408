"""A server on loopback that answers each path as it is told to, and remembers who asked what."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

import pytest

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Server:
    """``answers`` by path; ``asked`` in order; ``most`` is how many were answered at one time,
    by the name that the server was called."""

    url: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    most: dict[str, int] = field(default_factory=dict)
    stop: Event = field(default_factory=Event)
    handler: type[BaseHTTPRequestHandler] = BaseHTTPRequestHandler
    _now: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def on(self, path: str, answer: Answer) -> str:
        """The address of ``path``, which is answered so."""
        self.answers[path] = answer
        return f"{self.url}{path}"

    def begin(self, line: str, host: str) -> None:
        with self._lock:
            self.asked.append(line)
            self._now[host] += 1
            self.most[host] = max(self.most.get(host, 0), self._now[host])

    def end(self, host: str) -> None:
        with self._lock:
            self._now[host] -= 1


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Nothing is on it until a test puts it there."""
    monkeypatch.setenv("no_proxy", "*")
    found = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            self.close_connection = True
            host = self.headers["Host"].partition(":")[0]
            found.begin(f"{self.command} {self.path}", host)
            # Whoever has its answer may ask the next thing at once, so this one is over by then.
            write, left = self.wfile.write, [host]

            def last_write(data: Any) -> int:
                if left:
                    found.end(left.pop())
                return write(data)

            self.wfile.write = last_write  # type: ignore[method-assign]
            try:
                found.answers.get(self.path, sending(404))(self)
            except OSError:
                pass  # whoever asked has gone
            finally:
                if left:
                    found.end(left.pop())

        def do_GET(self) -> None:
            self._answer()

        def do_HEAD(self) -> None:
            self._answer()

        def log_message(self, *_: Any) -> None:
            pass

    found.handler = Handler
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        listening.daemon_threads = True
        found.url = f"http://127.0.0.1:{listening.server_port}"
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield found
        finally:
            found.stop.set()
            listening.shutdown()
            thread.join()


def sending(status: int = 200, body: bytes = b"", **headers: str) -> Answer:
    """That status, those headers (with _ for -), and the body where it was asked for."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if request.command == "GET":
            request.wfile.write(body)

    return answer


def by_method(head: Answer, get: Answer) -> Answer:
    """One answer to HEAD, another to GET."""
    return lambda request: (head if request.command == "HEAD" else get)(request)


def in_turn(*answers: Answer) -> Answer:
    """The first answer first; the last one from then on."""
    left = list(answers)

    def answer(request: BaseHTTPRequestHandler) -> None:
        now = left.pop(0) if len(left) > 1 else left[0]
        now(request)

    return answer


def file(
    body: bytes,
    kind: str = "audio/mp4",
    *,
    head: Answer | None = None,
    ranges: bool = True,
    said_range: str = "",
    beyond: int = 416,
    **headers: str,
) -> Answer:
    """A file as a good server gives it; each argument makes it a worse one."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range", "")
        if request.command == "HEAD" and head is not None:
            head(request)
        elif ranges and wanted == "bytes=0-0":
            said = said_range or f"bytes 0-0/{len(body)}"
            sending(206, body[:1], Content_Type=kind, Content_Range=said)(request)
        elif ranges and wanted:
            sending(beyond, Content_Range=f"bytes */{len(body)}")(request)
        else:
            sending(200, body, Content_Type=kind, **headers)(request)

    return answer
