"""Documents to check are fetched from a server on loopback: politely, within limits, and safely."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from feeds.edges import feedfiles, openweb
from feeds.edges.feedfiles import Shelves
from feeds.errors import WorldError
from feeds.jobs.checking import check_all
from tests.edges.conftest import Run
from tests.edges.test_cli_check import BAD

Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(answer: Answer, host: str = "127.0.0.1") -> Iterator[str]:
    """A server on loopback that answers as it is told to; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer((host, 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://{host}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def sending(body: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def test_a_compressed_feed_is_named_as_what_it_is(talkfeeds: Run, tmp_path: Path) -> None:
    path = tmp_path / "feed.atom"
    path.write_bytes(gzip.compress(BAD.read_bytes()))
    done = talkfeeds("check", path)
    assert done.returncode == 1
    assert (
        "feed.atom:1: error: xml-encoding: cannot be read as text: it is compressed" in done.stdout
    )


def test_an_address_is_fetched_and_checked(talkfeeds: Run) -> None:
    with serving(sending(BAD.read_bytes())) as url:
        done = talkfeeds("check", f"{url}/feed", env={"no_proxy": "*"})
    assert f"\n{url}/feed:11: error: atom-date" in f"\n{done.stdout}"


def test_whoever_asks_says_who_it_is() -> None:
    seen: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.headers["User-Agent"])
        sending(b"a")(request)

    with serving(answer) as url:
        assert Shelves().read(url) == b"a"
    assert seen[0].startswith("talkfeeds/")


@pytest.mark.parametrize("status", [404, 500, 204])
def test_an_answer_that_is_none_is_said(status: int) -> None:
    with serving(sending(b"", status)) as url, pytest.raises(WorldError, match=str(status)):
        Shelves().read(url)


def test_a_redirect_is_followed_and_a_circle_is_not() -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        there = {"/a": "/b", "/b": "/c"}.get(request.path, "/d")
        if request.path == "/c":
            sending(b"here")(request)
        else:
            sending(b"", 302, Location=there)(request)

    with serving(answer) as url:
        assert Shelves().read(f"{url}/a") == b"here"
        with pytest.raises(WorldError, match="redirects more than 5 times"):
            Shelves().read(f"{url}/d")


def test_the_body_of_a_redirect_is_not_read() -> None:
    """It may have no end, or unpack to more than there is room for."""
    stop = Event()

    def answer(request: BaseHTTPRequestHandler) -> None:
        if request.path == "/there":
            sending(b"here")(request)
            return
        request.send_response(302)
        request.send_header("Location", "/there")
        request.end_headers()
        while not stop.is_set():
            try:
                request.wfile.write(b"a" * 65_536)
            except OSError:
                return

    with serving(answer) as url:
        try:
            assert Shelves(limit_s=20).read(url) == b"here"
        finally:
            stop.set()


def test_a_body_that_breaks_off_is_said() -> None:
    answer = sending(b"ZZ\r\n", Transfer_Encoding="chunked")
    with serving(answer) as url, pytest.raises(WorldError, match="no answer"):
        Shelves().read(url)


@pytest.mark.parametrize("there", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://a/"])
def test_a_redirect_leads_to_the_web_or_nowhere(there: str) -> None:
    with (
        serving(sending(b"", 302, Location=there)) as url,
        pytest.raises(WorldError, match="no web address"),
    ):
        Shelves().read(url)


def test_a_redirect_from_the_open_net_into_a_private_one_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What sends it is said to be of the open net, and only the name tells where it leads.
    monkeypatch.setattr(openweb, "is_inside", lambda _address: False)
    monkeypatch.setattr(openweb, "leads_inside", lambda url: "/inside" in url)
    with (
        serving(sending(b"", 302, Location="/inside")) as url,
        pytest.raises(WorldError, match="private"),
    ):
        Shelves().read(f"{url}/outside")


def test_a_name_that_leads_elsewhere_when_it_is_looked_up_again_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What an attacker's name server does: first an address of the open net, then this machine's.
    monkeypatch.setattr(openweb, "leads_inside", lambda _url: False)
    with serving(sending(b"secret")) as url, pytest.raises(WorldError, match="private"):
        Shelves().read(url)


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("http://127.0.0.1/", True),
        ("http://[::1]/", True),
        ("http://10.1.2.3:80/", True),
        ("http://169.254.169.254/latest", True),
        ("http://[::ffff:127.0.0.1]/", True),
        ("http://[64:ff9b::7f00:1]/", True),
        ("http://[2002:a00:1::1]/", True),
        ("http://[64:ff9b:1::a00:1]/", True),
        ("http://[::1", False),
        ("http://[64:ff9b::101:101]/", False),
        ("http://1.1.1.1/", False),
    ],
)
def test_private_addresses_are_known(url: str, private: bool) -> None:
    assert openweb.leads_inside(url) is private


def test_a_way_through_the_open_net_does_not_come_back_inside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server of one's own may send to the open net (here 127.0.0.2), but not that one back."""
    monkeypatch.setattr(openweb, "is_inside", lambda address: address != "127.0.0.2")
    asked: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        asked.append(request.path)
        there = request.path.removeprefix("/to/")
        if there == request.path:
            sending(b"secret")(request)
        else:
            sending(b"", 302, Location=f"http://{there}")(request)

    with serving(answer) as inside, serving(answer, "127.0.0.2") as outside:
        here, there = (url.removeprefix("http://") for url in (inside, outside))
        shelves = Shelves()
        assert shelves.read(f"{inside}/to/{here}/a") == b"secret"
        assert not shelves.is_from_outside(f"{inside}/to/{here}/a")
        assert shelves.read(f"{inside}/to/{there}/a") == b"secret"
        assert shelves.is_from_outside(f"{inside}/to/{there}/a")
        asked.clear()
        with pytest.raises(WorldError, match="private"):
            shelves.read(f"{inside}/to/{there}/to/{here}/a")
        assert asked == [f"/to/{there}/to/{here}/a", f"/to/{here}/a"]


def test_no_password_of_the_reader_is_sent_along(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[str | None] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.headers["Authorization"])
        sending(b"a")(request)

    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ana password secret\n", "utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with serving(answer) as url:
        Shelves().read(url)
    assert seen == [None]


def test_whoever_sends_a_header_a_letter_at_a_time_is_not_waited_for() -> None:
    stop = Event()

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX-A: ")
        while not stop.wait(0.01):
            try:
                request.wfile.write(b"a")
            except OSError:
                return

    with serving(answer) as url:
        try:
            with pytest.raises(WorldError, match=r"longer than 0.3 s"):
                Shelves(limit_s=0.3).read(url)
        finally:
            stop.set()


def test_a_body_without_an_end_is_cut() -> None:
    with serving(sending(b"a" * 3_000)) as url, pytest.raises(WorldError, match="more than 1,000"):
        Shelves(limit_bytes=1_000).read(url)


def test_a_small_body_that_unpacks_to_a_large_one_is_cut() -> None:
    packed = gzip.compress(b"a" * 10_000_000)
    with (
        serving(sending(packed, Content_Encoding="gzip")) as url,
        pytest.raises(WorldError, match="more than 1,000,000"),
    ):
        Shelves(limit_bytes=1_000_000).read(url)


def test_whoever_sends_a_letter_at_a_time_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stop, begun = Event(), Event()
    # Its patience is over once letters come, however long this machine took for that.
    monkeypatch.setattr(feedfiles, "monotonic", lambda: 31.0 if begun.is_set() else 0.0)

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while not stop.wait(0.01):
            try:
                request.wfile.write(b"a")
            except OSError:
                return
            begun.set()

    with serving(answer) as url:
        try:
            with pytest.raises(WorldError, match=r"longer than 30 s"):
                Shelves().read(url)
        finally:
            stop.set()


def test_a_server_that_is_not_there_is_said() -> None:
    with serving(sending(b"")) as url:
        pass
    with pytest.raises(WorldError, match="no answer"):
        Shelves().read(url)


LATIN = '<feed xmlns="http://www.w3.org/2005/Atom"><title>Qu\xe9</title></feed>'.encode("latin-1")


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("application/atom+xml; charset=iso-8859-1", ""),
        ('application/atom+xml; q=1; Charset="ISO-8859-1"', ""),
        ("application/atom+xml", "xml-encoding"),
        ("application/atom+xml; charset=klingon", "xml-encoding"),
    ],
)
def test_the_encoding_that_a_server_says_counts(talkfeeds: Run, said: str, rule: str) -> None:
    """RFC 7303 §3: it is asked before the declaration."""
    with serving(sending(LATIN, Content_Type=said)) as url:
        done = talkfeeds("check", "--links", url, env={"no_proxy": "*"})
    assert ("xml-encoding" in done.stdout) is bool(rule)
    assert "atom-missing" in done.stdout or rule


def test_a_byte_order_mark_counts_more_than_what_a_server_says() -> None:
    data = b"\xef\xbb\xbf" + LATIN.decode("latin-1").encode()
    with serving(sending(data, Content_Type="application/atom+xml; charset=iso-8859-1")) as url:
        (name, shelves) = url, Shelves()
        checked = check_all(shelves, [name])
    assert "xml-encoding" not in {remark.fault.rule for remark in checked.remarks}
    assert "xml-characters" not in {remark.fault.rule for remark in checked.remarks}


@pytest.mark.parametrize("start", ["<!doctype html><html>", "<!-- a --><p>"])
def test_a_page_at_an_address_is_no_feed(talkfeeds: Run, start: str) -> None:
    """And no newsletter, unless mails were asked for."""
    page = f"{start}<title>a</title><p>b".encode()
    with serving(sending(page, Content_Type="text/html; charset=utf-8")) as url:
        done = talkfeeds("check", url, env={"no_proxy": "*"})
        linked = talkfeeds("check", "--links", url, env={"no_proxy": "*"})
    assert "unknown-format: this is no feed that is known here (a page of a website" in done.stdout
    assert done.stdout.count("\n") == 1
    assert linked.returncode == 0, linked.stdout


def test_a_feed_that_is_called_html_is_a_feed(talkfeeds: Run) -> None:
    with serving(sending(BAD.read_bytes(), Content_Type="text/html")) as url:
        done = talkfeeds("check", f"{url}/feed", env={"no_proxy": "*"})
    typed, _, dated, *_ = done.stdout.splitlines()
    assert typed.startswith(f"{url}/feed:1: warning: served-type: the server says that it is text")
    assert dated.startswith(f"{url}/feed:11: error: atom-date")


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_a_password_in_an_address_is_neither_said_nor_sent(talkfeeds: Run, form: str) -> None:
    seen: list[str | None] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.headers["Authorization"])
        sending(b"", 404)(request)

    with serving(answer) as url:
        named = url.replace("//", "//anna:geheim@") + "/a?b=c"
        done = talkfeeds("check", f"--format={form}", "--links", named, env={"no_proxy": "*"})
        listed = talkfeeds("check", "--features", named, env={"no_proxy": "*"})
    assert "***@127.0.0.1" in done.stdout.replace("%2A", "*")
    for said in (done.stdout, done.stderr, listed.stdout, listed.stderr):
        assert "geheim" not in said
        assert "anna" not in said
    assert set(seen) == {None}


@pytest.mark.parametrize("name", ["ftp://127.0.0.1/feed.atom", "file:///etc/hosts", "FILE:/etc/a"])
def test_an_address_of_another_scheme_is_not_a_file_that_is_missing(name: str) -> None:
    with pytest.raises(WorldError, match="only http and https are fetched"):
        Shelves().read(name)


def test_an_empty_document_is_said_to_be_empty(talkfeeds: Run, tmp_path: Path) -> None:
    """In a folder as well: whatever has that suffix was meant to be something."""
    (tmp_path / "feed.json").write_text("")
    (tmp_path / "other.json").write_text('{"a": 1}')
    (tmp_path / "feed.atom").write_text(" \n")
    done = talkfeeds("check", str(tmp_path))
    assert done.stdout.count("(it is empty)") == done.stdout.count("\n") == 2


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_json_in_another_encoding_is_said_to_be_that(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "feed.json").write_bytes('{"items": []}'.encode(encoding))
    (remark,) = check_all(Shelves(), [str(tmp_path)]).remarks
    assert remark.fault.rule == "json-form"
    assert "UTF-8" in remark.fault.message
