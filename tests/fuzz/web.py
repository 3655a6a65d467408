"""The web app as a stranger reaches it: raw bytes over a connection to a real server.

An input is a request as it is sent; ``{leave}``, ``{choose}``, ``{confirm}`` and ``{return}`` in
it are tokens that are good, and one without a blank line gets one.
"""

import errno
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from feeds.edges.web import Rates
from feeds.links import Asked, Left
from feeds.model import Status
from tests.edges.ledger.conftest import Place
from tests.edges.web.conftest import PREFIX, START, Site, serving
from tests.fuzz.harmless import assert_harmless

_FORM = b"Content-Type: application/x-www-form-urlencoded\n"
_MANY = (
    b'Content-Type: multipart/form-data; boundary=x\n\n--x\nContent-Disposition: form-data; name="'
)
SEEDS = (
    b"GET /correo/\nAccept-Language: es-MX,es;q=0.9,en;q=0.5",
    b"GET /healthz",
    b"GET /metrics\nX-Forwarded-For: 203.0.113.7",
    b"POST /correo/subscribe\n" + _FORM + b"\nemail=eva%40example.org&language=es",
    b"POST /correo/subscribe\n" + _MANY + b'email"\n\nmax@example.org\n--x--\n',
    b"GET /correo/confirm/{confirm}",
    b"POST /correo/confirm/{confirm}\n" + _FORM + b"\nconfirm=yes",
    b"GET /correo/preferences/{choose}",
    b"POST /correo/preferences/{choose}\n" + _FORM + b"\npace=weekly&tag=go&event=KubeCon+2017",
    b"GET /correo/unsubscribe/{leave}",
    b"POST /correo/unsubscribe/{leave}\n" + _FORM + b"\nList-Unsubscribe=One-Click",
    b"POST /correo/unsubscribe/{leave}\n" + _MANY + b'List-Unsubscribe"\n\nOne-Click\n--x--\n',
    b"GET /correo/return/{return}",
    b"POST /correo/return/{return}\n" + _FORM + b"\nreturn=yes",
)
PIECES = (
    *(b"GET ", b"POST ", b"HEAD ", b"PUT ", b"OPTIONS ", b"TRACE ", b" HTTP/1.0\n", b"%2e%2e%2f"),
    *(b"/../", b"//", b"?", b"#", b";", b"{leave}", b"{choose}", b"{confirm}", b"{return}"),
    *(
        b"Transfer-Encoding: chunked\n",
        b"Content-Length: 5\n",
        b"Content-Length: -1\n",
        b"5\nabcde\n",
    ),
    *(
        b"Expect: 100-continue\n",
        b"Origin: https://evil.example\n",
        b"Sec-Fetch-Site: cross-site\n",
    ),
    *(b"Accept-Language: *;q=x,,;\n", b"boundary=", b'boundary=""', b"charset=utf-7", b"--x\n"),
    *(b"--x--\n", b"filename=a", b"Content-Transfer-Encoding: base64\n", b"&", b"=", b"+", b"%FF"),
    *(b"email=", b"tag=", b"Host: evil.example\n", b"X-Forwarded-Host: evil.example\n", b"\n\n"),
    *(b"Upgrade: websocket\nConnection: Upgrade\n", b"Range: bytes=0-\n", b"Cookie: a=b\n"),
)
_LED_AWAY = re.compile(rb"(?:href|src|action)=\"[^\"]*evil\.example")
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_ANNOUNCED = re.compile(rb"content-length|transfer-encoding|upgrade", re.IGNORECASE)


@contextmanager
def open_web() -> Iterator[Callable[[bytes], None]]:
    """A server with one subscriber, and what must hold of its answers."""
    rates = Rates(network=(10**9, 1), address=(10**9, 1), address_slow=(10**9, 1))
    with TemporaryDirectory() as folder:
        ledger = Place(Path(folder)).open()
        try:
            with serving(ledger, rates, most=10**9) as site:
                number = site.add("ana@example.org")
                site.add("stranger@example.org")
                yield lambda data: _hold(site, number, data)
        finally:
            ledger.close()


def _hold(site: Site, number: int, data: bytes) -> None:
    request = _request(site, number, data)
    answer = _answer(site, request, announced=bool(_ANNOUNCED.search(data)))
    status = _STATUS.match(answer)
    if not answer and _ANNOUNCED.search(data):
        return
    assert status, answer[:100]
    code = int(status[1])
    assert 200 <= code < 300 or 400 <= code < 500, answer[:200]
    head, _, body = answer.partition(b"\r\n\r\n")
    head = head.lower()
    assert b"\r\nset-cookie:" not in head
    assert b"\r\nlocation:" not in head
    assert b"\r\nbcc" not in head
    if b"\r\ncontent-type: text/html" in head:
        assert b"\r\nreferrer-policy: no-referrer" in head
        assert b"frame-ancestors 'none'" in head
        assert b"\r\ncache-control: no-store" in head
        assert not _LED_AWAY.search(body)  # the address that was typed is shown again
        if body:
            assert_harmless(body)
    # Whoever holds no link of somebody changes nothing of theirs.
    stranger = site.person("stranger@example.org")
    assert stranger is not None
    assert (stranger.status, stranger.paused, stranger.tags) == (Status.CONFIRMED, False, ())
    for letter in site.inbox.letters:
        assert b"".join(letter.data).partition(b"\r\n\r\n")[0].count(b"\r\nTo: ") == 1
    site.inbox.letters.clear()


def _request(site: Site, number: int, data: bytes) -> bytes:
    """The bytes to send: line ends as HTTP has them, and how long the body is."""
    tokens = {
        b"{leave}": site.leave_path(number),
        b"{choose}": site.choose_path(number),
        b"{confirm}": site.links.confirm(Asked("eva@example.org", "", site.moment)),
        b"{return}": site.links.come_back(Left(number, START, site.moment)),
    }
    for name, path in tokens.items():
        data = data.replace(name, path.rpartition("/")[2].encode())
    head, _, body = data.partition(b"\n\n")
    first, _, more = head.partition(b"\n")
    if b" HTTP/" not in first:
        first += b" HTTP/1.1"
    if b"multipart/" in head:
        body = body.replace(b"\n", b"\r\n")
    lines = [first, b"Host: a.example", *more.split(b"\n")] if more else [first, b"Host: a.example"]
    lower = head.lower()
    if body and not _ANNOUNCED.search(head):
        lines.append(b"Content-Length: %d" % len(body))
    if b"connection:" not in lower:
        lines.append(b"Connection: close")
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _answer(site: Site, request: bytes, *, announced: bool) -> bytes:
    """What the server says; empty where it hung up on a body that was announced and never came."""
    url = site.client.base_url
    assert url.path == PREFIX
    found = bytearray()
    with socket.create_connection((url.host, url.port or 0), timeout=20) as connection:
        try:
            connection.sendall(request)
            if announced:
                connection.shutdown(socket.SHUT_WR)
            while not _is_whole(found) and (block := connection.recv(65_536)):
                found += block
        except OSError as error:
            # A server may hang up on what it refused before it had read it all.
            if error.errno not in {errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN}:
                raise
    return bytes(found)


def _is_whole(answer: bytearray) -> bool:
    """Whether the answer is there; ``100 Continue`` is cut off, because it is none."""
    head, blank, body = bytes(answer).partition(b"\r\n\r\n")
    if blank and _STATUS.match(head + b" ") and head.split(b" ")[1] == b"100":
        answer[:] = body
        return _is_whole(answer)
    length = _LENGTH.search(head)
    return bool(blank and length and len(body) >= int(length[1]))
