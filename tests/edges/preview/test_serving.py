"""The preview over real HTTP: files, mistakes, digest, reloads, and who may look."""

import json
import re
import signal
import socket
from collections.abc import Iterator
from email.parser import BytesParser
from pathlib import Path

import httpx
import pytest

from tests.edges.conftest import SETTINGS, TALK, Run, write_publication
from tests.edges.preview.conftest import PATIENCE_S, Served, serving

WEEK = "2017-W49"


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One preview for all who only look."""
    with serving(write_publication(tmp_path_factory.mktemp("steady"))) as found:
        yield found


def talk(root: Path, number: int = 1) -> Path:
    return root / "content" / "talks" / f"talk-{number}.md"


def test_pages_feeds_and_covers_are_served_with_links_that_lead_here(steady: Served) -> None:
    page = steady.client.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Plática 1" in page.text
    feed = steady.client.get("/feed.atom")
    assert feed.headers["content-type"] == "application/atom+xml"
    assert f'href="{steady.base}talks/talk-1/"' in feed.text
    assert "<script" not in feed.text
    # What a browser is told, so that it shows the feed by its stylesheet.
    navigation = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    shown = steady.client.get("/feed.atom", headers=navigation)
    assert (shown.headers["content-type"], shown.headers["vary"]) == ("application/xml", "Accept")
    assert shown.content == feed.content
    assert steady.client.get("/style.css").headers["content-type"] == "text/css; charset=utf-8"
    assert steady.client.get("/covers/talk-1.svg").headers["content-type"] == "image/svg+xml"
    assert steady.client.get("/talks/talk-1/index.html").status_code == 200


def test_folders_are_reached_with_and_without_their_slash(steady: Served) -> None:
    assert steady.client.get("/talks/talk-1/").status_code == 200
    answer = steady.client.get("/talks/talk-1")
    assert (answer.status_code, answer.headers["location"]) == (307, "/talks/talk-1/")
    for path in ("/talks/", "/talks", "/nothing", "/feed.atom/", "//example.org/", "/feed.atom/x"):
        answer = steady.client.get(httpx.URL(steady.base.rstrip("/") + path))
        assert answer.status_code == 404, path
        assert "<script" in answer.text, "a page that comes is loaded by itself"


def test_head_is_get_without_a_body(steady: Served) -> None:
    for path in ("/", "/feed.atom", "/nothing", f"/.preview/{WEEK}/", "/.preview/preview.css"):
        get, head = steady.client.get(path), steady.client.head(path)
        assert head.content == b""
        assert head.status_code == get.status_code
        for answer in (get, head):
            del answer.headers["date"]
        assert dict(head.headers) == dict(get.headers), path


@pytest.mark.parametrize("path", ["/", "/feed.atom", "/covers/talk-1.svg"])
def test_conditions(steady: Served, path: str) -> None:
    first = steady.client.get(path)
    tag = first.headers["etag"]
    for method in ("GET", "HEAD"):
        again = steady.client.request(method, path, headers={"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert "content-length" not in again.headers
    other = steady.client.get(path, headers={"if-none-match": '"other"'})
    assert other.content == first.content
    refused = steady.client.get(path, headers={"if-match": '"other"'})
    assert (refused.status_code, refused.content) == (412, b"")
    if "last-modified" in first.headers:
        since = {"if-modified-since": first.headers["last-modified"]}
        assert steady.client.get(path, headers=since).status_code == 304


@pytest.mark.parametrize("path", ["/", "/feed.atom"])
def test_ranges(steady: Served, path: str) -> None:
    whole = steady.client.get(path)
    assert whole.headers["accept-ranges"] == "bytes"
    size = len(whole.content)
    part = steady.client.get(path, headers={"range": "bytes=5-14"})
    assert (part.status_code, part.content) == (206, whole.content[5:15])
    assert part.headers["content-range"] == f"bytes 5-14/{size}"
    assert part.headers["etag"] == whole.headers["etag"]
    tail = steady.client.get(path, headers={"range": "bytes=-7"})
    assert tail.content == whole.content[-7:]
    beyond = steady.client.get(path, headers={"range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.content) == (416, b"")
    assert beyond.headers["content-range"] == f"bytes */{size}"
    if_range = {"range": "bytes=0-4", "if-range": '"older"'}
    assert steady.client.get(path, headers=if_range).content == whole.content
    if_range["if-range"] = whole.headers["etag"]
    assert steady.client.get(path, headers=if_range).content == whole.content[:5]


@pytest.mark.parametrize("path", ["/", "/feed.atom"])
def test_several_ranges_are_parts_of_one_answer(steady: Served, path: str) -> None:
    whole = steady.client.get(path)
    answer = steady.client.get(path, headers={"range": "bytes=0-4,10-19,-3"})
    assert answer.status_code == 206
    assert int(answer.headers["content-length"]) == len(answer.content)
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + answer.content)
    assert message.is_multipart()
    parts = list(message.walk())[1:]
    size = len(whole.content)
    assert [part["content-range"] for part in parts] == [
        f"bytes 0-4/{size}", f"bytes 10-19/{size}", f"bytes {size - 3}-{size - 1}/{size}",
    ]  # fmt: skip
    found = [part.get_payload(decode=True) for part in parts]
    assert found == [whole.content[:5], whole.content[10:20], whole.content[-3:]]


def raw(served: Served, request: bytes) -> bytes:
    """What is answered to bytes that no client would send."""
    url = httpx.URL(served.base)
    with socket.create_connection((url.host, url.port or 80), timeout=PATIENCE_S) as connection:
        connection.sendall(request)
        found = b""
        while block := connection.recv(65_536):
            found += block
    return found


@pytest.mark.parametrize(
    "path",
    [
        "/../../content/publication.toml",
        "/%2e%2e/%2e%2e/content/publication.toml",
        "/..%2f..%2fcontent%2fpublication.toml",
        "/talks/../../../content/publication.toml",
        "/talks/%2e%2e%5c..%5cpublication.toml",
        "/.talkfeeds-output",
        "/%2etalkfeeds-output",
        "/talks/./talk-1/",
        "/talks//talk-1/",
        "/%00",
        "/" + "a" * 3_000,
        "/" + "a/" * 2_000,
        "/%ff%fe",
        "/feed.atom%00.html",
    ],
)
def test_nothing_outside_and_nothing_hidden_is_served(steady: Served, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = raw(steady, request.encode())
    assert answer.startswith(b"HTTP/1.1 404 "), answer[:200]
    assert b"base_url" not in answer


@pytest.mark.slow
def test_links_out_of_the_site_are_not_followed(publication: Path, served: Served) -> None:
    folder = publication / ".talkfeeds" / "preview"
    (folder / "out").symlink_to(publication / "content")
    (folder / "file.toml").symlink_to(publication / "content" / "publication.toml")
    assert served.client.get("/out/publication.toml").status_code == 404
    assert served.client.get("/file.toml").status_code == 404


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:1234", 200),
        ("localhost:8080", 200),
        ("LOCALHOST", 200),
        ("localhost.", 200),
        ("[::1]:8080", 200),
        ("192.168.1.20", 200),
        ("evil.example", 421),
        ("evil.example:8080", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("evil.example#localhost", 421),
        ("evil.example@localhost", 421),
        ("[::1", 421),
        ("", 421),
        ("127.1", 421),
    ],
)
def test_only_this_machines_names_are_answered(steady: Served, host: str, status: int) -> None:
    for path in ("/", "/.preview/events", "/feed.atom"):
        if path.endswith("events") and status == 200:
            continue
        request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        answer = raw(steady, request.encode())
        assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer[:200]
        assert (b"tica 1" in answer or b"<feed" in answer) is (status == 200)


@pytest.mark.slow
def test_names_that_it_is_told_are_answered(publication: Path) -> None:
    with serving(publication, "--base-url", "http://my-phone.test:8080/") as served:
        answer = served.client.get("/feed.atom", headers={"host": "my-phone.test:8080"})
        assert 'href="http://my-phone.test:8080/talks/talk-1/"' in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_it_only_reads(steady: Served, method: str) -> None:
    for path in ("/", "/.preview/"):
        answer = steady.client.request(method, path)
        assert answer.status_code == 405
        assert set(re.split(", *", answer.headers["allow"])) == {"GET", "HEAD"}


@pytest.mark.slow
def test_it_listens_on_loopback_alone_unless_told(served: Served, publication: Path) -> None:
    assert served.base.startswith("http://127.0.0.1:")
    served.stop()
    with serving(publication, "--host", "0.0.0.0") as everywhere:
        assert everywhere.base.startswith("http://localhost:")
        everywhere.wait("whoever reaches this machine can read it all")


def test_a_save_is_built_and_told(publication: Path, served: Served) -> None:
    events = served.events()
    first = next(events)
    assert f'data-number="{first}"' in served.client.get("/").text
    path = talk(publication)
    path.write_text(path.read_text("utf-8").replace("title: Plática 1", "title: Renombrada"))
    second = next(events)
    assert second != first
    page = served.client.get("/")
    assert "Renombrada" in page.text
    assert f'data-number="{second}"' in page.text
    talk(publication, 7).write_text(TALK.format(number=7), "utf-8")
    next(events)
    assert served.client.get("/talks/talk-7/").status_code == 200
    talk(publication, 7).unlink()
    next(events)
    assert served.client.get("/talks/talk-7/").status_code == 404


@pytest.mark.slow
def test_own_templates_are_watched_from_the_moment_that_they_are_there(
    publication: Path, served: Served
) -> None:
    events = served.events()
    next(events)
    (publication / "templates").mkdir()
    next(events)
    (publication / "templates" / "style.css").write_text("body { color: teal }")
    next(events)
    while served.client.get("/style.css").text != "body { color: teal }":
        next(events)
    (publication / "templates" / "style.css").unlink()
    next(events)
    assert "teal" not in served.client.get("/style.css").text


def test_mistakes_stand_in_the_page_above_what_was_there_before(
    publication: Path, served: Served
) -> None:
    events = served.events()
    next(events)
    path = talk(publication)
    good = path.read_text("utf-8")
    path.write_text(
        good.replace("date: 2017-12-07", "date: 2017-02-30\ntitel: x\n<b>k</b>: 1"), "utf-8"
    )
    next(events)
    for address in ("/", "/talks/talk-1/", "/nothing", "/.preview/"):
        page = served.client.get(address).text
        assert 'role="alert"' in page, address
        assert "content/talks/talk-1.md:3" in page
        assert "2017-02-30 is no day of the calendar" in page
        assert "did you mean title?" in page
        assert "<b>k</b>" not in page
        assert "&lt;b&gt;k&lt;/b&gt;" in page
    assert "Plática 1" in served.client.get("/").text
    assert "No se construyó" in served.client.get("/").text
    assert served.client.get("/feed.atom").status_code == 200
    served.wait("content/talks/talk-1.md:3: date: 2017-02-30 is no day")
    path.write_text(good, "utf-8")
    next(events)
    assert 'role="alert"' not in served.client.get("/").text


@pytest.mark.slow
def test_mistakes_at_the_start_are_a_page_until_they_are_mended(publication: Path) -> None:
    settings = publication / "content" / "publication.toml"
    settings.write_text(SETTINGS.replace("base_url", "base_uri"), "utf-8")
    with serving(publication) as served:
        answer = served.client.get("/")
        assert answer.status_code == 503
        assert "content/publication.toml" in answer.text
        assert "base_uri" in answer.text
        assert served.client.get("/feed.atom").status_code == 503
        assert served.client.get("/.preview/").status_code == 503
        assert served.client.get("/.preview/preview.css").status_code == 200
        events = served.events()
        next(events)
        settings.write_text(SETTINGS, "utf-8")
        next(events)
        assert served.client.get("/").status_code == 200


@pytest.mark.slow
def test_an_own_template_that_breaks_is_told_too(publication: Path, served: Served) -> None:
    events = served.events()
    next(events)
    (publication / "templates").mkdir()
    (publication / "templates" / "index.html").write_text("{% for %}")
    while "templates/index.html:1" not in served.client.get("/").text:
        next(events)
    (publication / "templates" / "index.html").unlink()
    (publication / "templates" / "digest.html").write_text("{{ nothing }}")
    while "templates/digest.html:1" not in served.client.get("/.preview/").text:
        next(events)
    assert 'role="alert"' not in served.client.get("/").text, "the site itself is well"
    assert "templates/digest.html:1" in served.client.get(f"/.preview/{WEEK}/dark.html").text


def test_the_digest_is_shown_with_its_text_and_sizes(
    talkfeeds: Run, publication: Path, served: Served
) -> None:
    made = json.loads(talkfeeds("--root", publication, "digest", WEEK, "--json").stdout)
    page = served.client.get("/.preview/")
    assert served.client.get(f"/.preview/{WEEK}/").text == page.text
    files = publication / ".talkfeeds" / "issues"
    text = (files / f"{WEEK}.txt").read_bytes()
    assert f"{made['html_bytes']:,} bytes de 95,000" in page.text
    assert f"{len(text):,} bytes" in page.text
    assert f"{len((files / f'{WEEK}.eml').read_bytes()):,} bytes" in page.text
    assert made["subject"] in page.text
    assert "«así»" in page.text
    assert "https://talks.example.org/talks/talk-1/" in page.text, "the text as it is sent"
    frames = re.findall(r'<iframe src="([^"]+)"', page.text)
    assert frames == [f"/.preview/{WEEK}/{scheme}.html" for scheme in ("light", "dark")] * 2
    light, dark = (served.client.get(frame).text for frame in frames[:2])
    assert f"{served.base}talks/talk-1/" in light
    assert light != dark
    for letter in (light, dark):
        assert "prefers-color-scheme" not in letter
        assert "<script" not in letter
    assert "color-scheme: dark !important" in dark


def test_weeks_and_schemes_that_are_none(steady: Served) -> None:
    for path in ("2017-W48/", "x/", f"{WEEK}/blue.html", "2017-W48/dark.html", "events/"):
        assert steady.client.get(f"/.preview/{path}").status_code == 404


def test_without_talks_there_is_a_site_and_no_digest(publication: Path) -> None:
    for number in (1, 2, 3):
        talk(publication, number).unlink()
    with serving(publication) as served:
        assert served.client.get("/").status_code == 200
        assert served.client.get("/.preview/").status_code == 404


@pytest.mark.slow
def test_public_is_not_touched_and_nothing_private_is_readable_by_others(
    publication: Path, served: Served
) -> None:
    assert not (publication / "public").exists()
    assert (publication / ".talkfeeds").stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_two_at_a_time_do_not_mix(publication: Path, served: Served, talkfeeds: Run) -> None:
    done = talkfeeds("--root", publication, "serve", "--port", "0")
    assert done.returncode == 1
    assert "is being served already, by another talkfeeds serve" in done.stderr


def test_ctrl_c_ends_it_while_somebody_listens(served: Served) -> None:
    events = served.events()
    next(events)
    status, said = served.stop()
    assert status == 0
    assert next(events, "ended") == "ended", "not broken off"
    assert "Traceback" not in said
    assert said.endswith("talkfeeds: stopped")
    with pytest.raises(httpx.HTTPError):
        served.client.get("/")


@pytest.mark.slow
def test_ctrl_c_ends_it_while_somebody_downloads(publication: Path) -> None:
    (publication / "content" / "slides.pdf").write_bytes(bytes(30_000_000))
    path = talk(publication)
    path.write_text(path.read_text("utf-8").replace("position:", "slides: slides.pdf\nposition:"))
    with serving(publication) as served:
        url = httpx.URL(served.base)
        with socket.create_connection((url.host, url.port or 80), timeout=PATIENCE_S) as slow:
            slow.sendall(b"GET /slides.pdf HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert slow.recv(9) == b"HTTP/1.1 "
            status, said = served.stop()
        assert status == 0
        assert "Traceback" not in said
        assert said.endswith("talkfeeds: stopped")


@pytest.mark.slow
def test_what_clients_do_wrong_fills_no_terminal(served: Served) -> None:
    assert raw(served, b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    upgrade = {"connection": "upgrade", "upgrade": "websocket"}
    assert served.client.get("/", headers=upgrade).status_code == 200
    before = len(served.said)
    _, said = served.stop()
    assert said.splitlines()[before:] == ["talkfeeds: stopped"]


@pytest.mark.slow
def test_a_bug_is_told_in_the_page_and_on_the_terminal_and_the_next_save_tries_again(
    publication: Path, tmp_path: Path
) -> None:
    bugs = tmp_path / "bugs"
    bugs.mkdir()
    # Python runs it at its start: what would be a mistake of ours, while a file is there.
    (bugs / "sitecustomize.py").write_text(_BUG.format(flag=str(tmp_path / "flag")))
    (tmp_path / "flag").touch()
    with serving(publication, environment={"PYTHONPATH": str(bugs)}) as served:
        answer = served.client.get("/")
        assert answer.status_code == 503
        assert 'role="alert"' in answer.text
        assert "mistake of talkfeeds" in answer.text
        served.wait("Traceback")
        served.wait("ZeroDivisionError")
        events = served.events()
        next(events)
        (tmp_path / "flag").unlink()
        talk(publication).touch()
        next(events)
        assert served.client.get("/").status_code == 200


_BUG = """
import pathlib, sys

def hook(event, arguments):
    if event == "open" and str(arguments[0]).endswith("talk-2.md"):
        if pathlib.Path({flag!r}).exists():
            1 / 0

sys.addaudithook(hook)
"""


@pytest.mark.slow
def test_ctrl_c_ends_a_build_that_runs(publication: Path) -> None:
    for number in range(10, 1_500):
        talk(publication, number).write_text(
            TALK.format(number=number).replace(f"abcdefghi{number}", "abcdefghi01"), "utf-8"
        )
    with serving(publication) as served:
        status, said = served.stop()
        assert status == 0
        assert "built:" not in said
        assert "Traceback" not in said
        assert not (publication / ".talkfeeds" / "preview" / "index.html").exists()


@pytest.mark.slow
def test_sigterm_ends_it_too(served: Served) -> None:
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(PATIENCE_S) in {0, -signal.SIGTERM}


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("--port", "70000"), 2, "--port is a number"),
        (("--base-url", "http://localhost/notas/"), 2, "so no path"),
        (("--base-url", "localhost"), 2, "--base-url: "),
        (("--host", "192.0.2.1"), 1, "choose another one with --host and --port"),
    ],
)
def test_what_cannot_be_served(
    talkfeeds: Run, publication: Path, arguments: tuple[str, ...], status: int, says: str
) -> None:
    done = talkfeeds("--root", publication, "serve", *arguments)
    assert done.returncode == status
    assert says in done.stderr
    assert "Traceback" not in done.stderr
