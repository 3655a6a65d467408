"""`talkfeeds ping` against hubs on loopback: one that works, and ones that do not."""

import json
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from feeds.cli import main
from feeds.edges.websub import STATE
from tests.golden import PUBLICATION

BASE = "https://talks.example/notas/"


class Hub(ThreadingHTTPServer):
    """Takes what it is told, and answers as it is told to: by topic, else ``status``."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is none of our troubles: what we print is looked at."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.body, self.headers = 202, b"", {"Content-Type": "text/plain"}
        self.statuses: dict[str, int] = {}
        self.asked: list[dict[str, list[str]]] = []
        self.silent = threading.Event()
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hub?key=a"

    @property
    def topics(self) -> list[str]:
        return [topic for form in self.asked for topic in form["hub.topic"]]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        hub = self.server
        assert isinstance(hub, Hub)
        data = self.rfile.read(int(self.headers["Content-Length"]))
        form = parse_qs(data.decode())
        hub.asked.append(form | {"path": [self.path], "agent": [self.headers["User-Agent"]]})
        if hub.silent.is_set():
            hub.over.wait()
            return
        self.send_response(hub.statuses.get(form["hub.topic"][0], hub.status))
        for name, value in hub.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(hub.body)))
        self.end_headers()
        self.wfile.write(hub.body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("no_proxy", "*")
    made = Hub()
    thread = threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.over.set()
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The golden publication, built, that has as yet no hub."""
    for path in PUBLICATION.rglob("*"):
        if path.is_file():
            target = tmp_path / path.relative_to(PUBLICATION)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    return tmp_path


def run(root: Path, *arguments: str) -> int:
    return main(["--root", str(root), *arguments])


def with_hub(root: Path, url: str) -> None:
    """Set the hub, and build."""
    settings = root / "content/publication.toml"
    text = settings.read_text("utf-8").split("\n[feed]")[0]
    settings.write_text(f'{text}\n[feed]\nhub = "{url}"\n', "utf-8")
    assert run(root, "build") == 0


def edit(root: Path, name: str) -> None:
    """A talk's text changes, and the site with it."""
    talk = root / f"content/talks/{name}.md"
    talk.write_text(talk.read_text("utf-8") + "\nUna línea más.\n", "utf-8")
    assert run(root, "build") == 0


def test_the_first_ping_tells_all_feeds_and_the_next_what_changed(
    hub: Hub, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_hub(root, hub.url)
    assert run(root, "ping") == 0
    built = {
        BASE + path.relative_to(root / "public").as_posix()
        for path in (root / "public").rglob("feed.*")
        if path.suffix in {".atom", ".json"}
    }
    assert len(hub.topics) == len(set(hub.topics))
    assert set(hub.topics) == built
    assert f"{BASE}issues/feed.atom" in built
    assert hub.topics[:2] == [f"{BASE}feed.atom", f"{BASE}feed.json"]
    first = hub.asked[0]
    assert first["hub.mode"] == ["publish"]
    assert first["hub.url"] == first["hub.topic"]
    assert first["path"] == ["/hub?key=a"]
    assert first["agent"][0].startswith("talkfeeds/")
    assert f"{len(built)} feeds told, 0 unchanged" in capsys.readouterr().out

    hub.asked.clear()
    assert run(root, "ping") == 0
    assert hub.asked == []
    assert f"0 feeds told, {len(built)} unchanged" in capsys.readouterr().out

    edit(root, "zero-trust")
    assert run(root, "ping", "--json") == 0
    told = json.loads(capsys.readouterr().out.partition("\n{")[2].join(["{", ""]))
    assert told["hub"] == hub.url
    assert sorted(told["told"]) == sorted(hub.topics)
    assert told["unchanged"] == len(built) - len(hub.topics)
    for path in (
        "feed.atom",
        "feed.json",
        "tags/seguridad/feed.atom",
        "speakers/spike-curtis/feed.json",
    ):
        assert BASE + path in hub.topics
    assert f"{BASE}tags/escalamiento/feed.atom" not in hub.topics
    assert f"{BASE}issues/feed.atom" not in hub.topics, "it tells titles, not notes"


def test_every_feed_names_the_hub_and_no_archive_does(hub: Hub, root: Path) -> None:
    with_hub(root, hub.url)
    found = json.loads((root / "public/feed.json").read_bytes())
    assert found["hubs"] == [{"type": "WebSub", "url": hub.url}]
    for path in ("feed.atom", "issues/feed.atom", "tags/seguridad/feed.atom"):
        assert f'<link href="{hub.url}" rel="hub"/>' in (root / "public" / path).read_text("utf-8")


def test_a_hub_in_trouble_is_named_and_the_rest_is_told_the_next_time(
    hub: Hub, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_hub(root, hub.url)
    hub.status, hub.body = 500, b"The database\r\nis \x1b[31m<b>down</b>"
    hub.statuses = {f"{BASE}feed.atom": 204, f"{BASE}feed.json": 200}
    capsys.readouterr()
    assert run(root, "ping") == 1
    said = capsys.readouterr()
    assert "2 feeds told, 0 unchanged" in said.out
    assert (
        f"{hub.url}: is in trouble: 500 Internal Server Error: The database is [31m<b>down</b> "
        "(nothing is lost, readers look by themselves too; run talkfeeds ping again later)\n"
    ) in said.err
    assert "left for the next ping" in said.err
    assert "Traceback" not in said.err
    assert len(hub.asked) == 3, "one 500 is enough"

    hub.asked.clear()
    hub.status = 202
    assert run(root, "ping") == 0
    built = [path for name in ("feed.atom", "feed.json") for path in root.rglob(name)]
    assert len(hub.topics) == len(built) - 2
    assert not {f"{BASE}feed.atom", f"{BASE}feed.json"} & set(hub.topics)


def test_a_hub_that_never_answers_is_given_up(
    hub: Hub, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_hub(root, hub.url)
    hub.silent.set()
    assert run(root, "ping", "--timeout", "0.2") == 1
    said = capsys.readouterr().err
    assert f"{hub.url}: did not answer within 0.2 s (nothing is lost" in said
    assert "run talkfeeds ping again later" in said
    assert len(hub.asked) == 1
    assert not (root / ".talkfeeds" / STATE).exists()


def test_a_hub_that_is_not_there_is_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closed_port() as url:
        with_hub(root, url)
        assert run(root, "ping") == 1
    said = capsys.readouterr().err
    assert f"{url}: cannot be reached: connection refused (" in said
    assert "correct [feed] hub" in said


def test_a_hub_that_moved_is_not_followed(
    hub: Hub, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_hub(root, hub.url)
    hub.status, hub.headers = 301, {"Location": "https://new.example/"}
    assert run(root, "ping") == 1
    assert "has moved to https://new.example/ (correct [feed] hub" in capsys.readouterr().err
    assert len(hub.asked) == 1


def test_a_hub_that_moved_is_not_listened_to_any_longer(
    hub: Hub, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_hub(root, hub.url)
    # More is to come, and never does.
    hub.status, hub.headers = (
        301,
        {"Location": "https://new.example/", "Transfer-Encoding": "chunked"},
    )
    assert run(root, "ping") == 1
    assert "has moved to https://new.example/" in capsys.readouterr().err


def test_a_refused_feed_holds_up_no_other(
    hub: Hub, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_hub(root, hub.url)
    hub.statuses = {f"{BASE}feed.json": 400}
    hub.body = b"no such topic"
    assert run(root, "ping") == 1
    said = capsys.readouterr().err
    assert f"refused: {BASE}feed.json: 400 Bad Request: no such topic" in said
    assert f"{hub.url}: refuses {BASE}feed.json: " in said
    assert "publish first" in said
    everything = len(hub.topics)
    assert everything > 10
    hub.asked.clear()
    hub.statuses = {}
    assert run(root, "ping") == 0
    assert hub.topics == [f"{BASE}feed.json"]


def test_a_hub_that_refuses_everything_is_not_asked_about_everything(hub: Hub, root: Path) -> None:
    with_hub(root, hub.url)
    hub.status = 403
    assert run(root, "ping") == 1
    assert len(hub.asked) == 3


def test_another_hub_is_told_everything_and_a_lost_memory_too(hub: Hub, root: Path) -> None:
    with_hub(root, hub.url)
    assert run(root, "ping") == 0
    everything = sorted(hub.topics)
    state = root / ".talkfeeds" / STATE
    for spoilt in (b'{"hub": "https://other.example/", "told": {}}', b"[", b"[]", b"\xff", None):
        if spoilt is None:
            state.unlink()
        else:
            state.write_bytes(spoilt)
        hub.asked.clear()
        assert run(root, "ping") == 0
        assert sorted(hub.topics) == everything


def test_a_private_podcast_is_told_to_nobody(hub: Hub, root: Path) -> None:
    with_hub(root, hub.url)
    (root / "public/podcast.rss").write_bytes(b"<rss/>")
    (root / "public/secret").mkdir()
    (root / "public/secret/podcast.rss").write_bytes(b"<rss/>")
    assert run(root, "ping", "--base-url", "https://other.example") == 0
    assert "https://other.example/podcast.rss" in hub.topics
    assert not any("secret" in topic for topic in hub.topics)


def test_without_a_hub_or_without_feeds_the_ping_says_what_to_do(
    hub: Hub, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(root, "ping") == 1
    assert "content/publication.toml: feed.hub: is not set (add hub =" in capsys.readouterr().err
    with_hub(root, hub.url)
    assert run(root, "ping", "--output", str(root / "nowhere")) == 1
    assert "holds no feeds (run talkfeeds build first" in capsys.readouterr().err
    assert run(root, "ping", "--timeout", "0") == 2


def test_the_build_asks_no_hub(hub: Hub, root: Path) -> None:
    hub.silent.set()
    with_hub(root, hub.url)
    assert hub.asked == []


@contextmanager
def closed_port() -> Iterator[str]:
    """A port of ours at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/"
