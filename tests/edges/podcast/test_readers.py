"""One publication in three formats, through readers that share no code: all say the same."""

import functools
import json
import shutil
import sqlite3
import subprocess
import threading
from calendar import timegm
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import fastfeedparser
import feedparser
import feedparser_rs
import podcastparser
import pytest

from feeds.recordings import AudioFile
from tests.edges.podcast.conftest import Home, make_home
from tests.edges.studio.conftest import Sound

# feedparser-rs follows no link to this machine.
BASE = "https://talks.example/notas/"
ONE, TWO = "dQw4w9WgXcQ", "aaaaaaaaaaa"


@dataclass(frozen=True)
class Read:
    """What a reader found of a talk; ``published`` to the second."""

    id: str
    title: str
    published: datetime
    authors: tuple[str, ...]
    link: str
    enclosures: tuple[str, ...]


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory,
    sounds: Sound,
    made: dict[str, tuple[AudioFile, bytes]],
) -> Home:
    """Three talks: with audio and slides, with audio, with neither and nobody on the stage."""
    home = make_home(tmp_path_factory.mktemp("site"), sounds, made)
    (home.root / "content/láminas.pdf").write_bytes(b"%PDF-1.4")
    front = "license: CC-BY-4.0\npublished: 2017-12-07T09:00:0{}.75-06:00\n"
    speakers = "speakers: [{name: Zihao Yu, url: 'https://z.example/'}, Íñigo Ñu]\n"
    home.talk("uno", ONE, front.format(1) + speakers + "slides: láminas.pdf\ntags: [C++]\n")
    home.talk("dos", TWO, front.format(2) + "speakers: [Ada]\nlanguage: en\n")
    home.talk("tres", "", "published: 2017-12-07T09:00:03Z\nupdated: 2018-01-01T00:00:00Z\n")
    home.record(ONE)
    home.record(TWO)
    home.build(BASE)
    return home


def expected() -> list[Read]:
    def read(slug: str, hour: int, second: int, authors: tuple[str, ...], *files: str) -> Read:
        moment = datetime(2017, 12, 7, hour, 0, second, tzinfo=UTC)
        own_id = f"tag:talks.example,2026:notas/{slug}"
        link = f"{BASE}talks/{slug}/"
        return Read(own_id, f"Charla {slug} <&>", moment, authors, link, files)

    audio = f"{BASE}audio/"
    slides = f"{BASE}l%C3%A1minas.pdf"
    return [
        read("dos", 15, 2, ("Ada",), f"{audio}dos.m4a"),
        read("uno", 15, 1, ("Zihao Yu", "Íñigo Ñu"), f"{audio}uno.m4a", slides),
        read("tres", 9, 3, ()),
    ]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(microsecond=0)


def by_feedparser(data: bytes) -> list[Read]:
    found = feedparser.parse(data)
    assert not found.bozo
    return [
        Read(
            entry.id,
            entry.title,
            datetime.fromtimestamp(timegm(entry.published_parsed), UTC),
            tuple(author["name"] for author in entry.get("authors", ()) if "name" in author),
            entry.link,
            tuple(one.href for one in entry.enclosures),
        )
        for entry in found.entries
    ]


def by_feedparser_rs(data: bytes) -> list[Read]:
    """It hands the feed's author down to entries that have none, and leaves titles escaped."""
    found = feedparser_rs.parse(data)
    assert not found.bozo
    return [
        Read(
            entry.id,
            entry.title.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">"),
            datetime.fromtimestamp(timegm(entry.published_parsed), UTC),
            tuple(one.name for one in entry.authors if one.name != "Ana Pérez"),
            entry.link,
            tuple(one.href for one in entry.enclosures),
        )
        for entry in found.entries
    ]


def by_fastfeedparser(data: bytes) -> list[Read]:
    """It knows an entry's first author alone; of an Atom entry's links it makes one list."""
    found = fastfeedparser.parse(data)
    return [
        Read(
            entry["id"],
            entry["title"],
            moment(entry["published"]),
            (entry["author"],) if entry.get("author") else (),
            entry["link"],
            tuple(one["url"] for one in entry.get("enclosures") or ())
            or tuple(one["href"] for one in entry["links"] if one["rel"] == "enclosure"),
        )
        for entry in found["entries"]
    ]


def with_first_author(reads: list[Read]) -> list[Read]:
    return [Read(**{**vars(read), "authors": read.authors[:1]}) for read in reads]


def by_feedsmith(data: bytes) -> list[Read]:
    """From the npm registry; its readers of the three formats share a model that we join here."""
    folder = Path(__file__).parents[2] / "npm"
    node = shutil.which("node")
    if node is None or not (folder / "node_modules" / "feedsmith").is_dir():
        pytest.skip("NOT TESTED: feedsmith is not installed (npm ci --prefix tests/npm)")
    done = subprocess.run(
        [node, str(folder / "read.mjs")], input=data, capture_output=True, timeout=60, check=True
    )
    found = json.loads(done.stdout)
    of = {"atom": _atom, "json": _json, "rss": _rss}[found["format"]]
    return [of(one) for one in found["feed"].get("entries") or found["feed"]["items"]]


def _atom(entry: dict[str, Any]) -> Read:
    links = {one["href"]: one["rel"] for one in entry["links"]}
    return Read(
        entry["id"],
        entry["title"]["value"],
        moment(entry["published"]),
        tuple(one["name"] for one in entry.get("authors", ())),
        next(href for href, rel in links.items() if rel == "alternate"),
        tuple(href for href, rel in links.items() if rel == "enclosure"),
    )


def _json(item: dict[str, Any]) -> Read:
    return Read(
        item["id"],
        item["title"],
        moment(item["date_published"]),
        tuple(one["name"] for one in item.get("authors", ())),
        item["url"],
        tuple(one["url"] for one in item.get("attachments", ())),
    )


def _rss(item: dict[str, Any]) -> Read:
    return Read(
        item["guid"]["value"],
        item["title"],
        parsedate_to_datetime(item["pubDate"]).astimezone(UTC),
        (),
        item["link"],
        tuple(one["url"] for one in item["enclosures"]),
    )


READERS: list[tuple[str, Callable[[bytes], list[Read]], bool]] = [
    ("feed.atom", by_feedparser, False),
    ("feed.atom", by_feedparser_rs, False),
    ("feed.atom", by_fastfeedparser, True),
    ("feed.atom", by_feedsmith, False),
    ("feed.json", by_feedsmith, False),
    ("feed.json", by_feedparser_rs, False),
    ("feed.json", by_fastfeedparser, True),
]


@pytest.mark.parametrize(("path", "reader", "one_author"), READERS)
def test_readers_of_atom_and_json_find_the_same(
    site: Home, path: str, reader: Callable[[bytes], list[Read]], one_author: bool
) -> None:
    wanted = expected()
    found = reader((site.public / path).read_bytes())
    assert [read.id for read in found] == [read.id for read in wanted]
    assert found == (with_first_author(wanted) if one_author else wanted)


@pytest.mark.parametrize(
    "folder", ["tags/c-cedb1b/", "speakers/ada/", "speakers/inigo-nu/", "languages/en/"]
)
def test_feeds_of_groups_say_the_same_in_both_formats(site: Home, folder: str) -> None:
    atom = by_feedparser_rs((site.public / folder / "feed.atom").read_bytes())
    assert atom == by_feedparser_rs((site.public / folder / "feed.json").read_bytes())
    (read,) = atom
    assert read in expected()


def test_the_podcast_says_the_same_of_what_it_carries(site: Home) -> None:
    data = (site.public / "podcast.rss").read_bytes()
    wanted = expected()[:2]
    parsed = podcastparser.parse(f"{BASE}podcast.rss", BytesIO(data))
    assert [
        (one["guid"], one["title"], one["link"], one["published"], one["enclosures"][0]["url"])
        for one in parsed["episodes"]
    ] == [
        (read.id, read.title, read.link, read.published.timestamp(), read.enclosures[0])
        for read in wanted
    ]
    assert [
        (read.id, read.title, read.link, read.published, read.enclosures[0])
        for read in by_feedparser(data)
    ] == [(read.id, read.title, read.link, read.published, read.enclosures[0]) for read in wanted]


def test_a_reader_from_npm_finds_the_same_in_the_podcast(site: Home) -> None:
    found = by_feedsmith((site.public / "podcast.rss").read_bytes())
    # RSS has no authors' names of its own, and one enclosure an item.
    assert found == [
        replace(read, authors=(), enclosures=read.enclosures[:1]) for read in expected()[:2]
    ]


@pytest.fixture
def web(site: Home, tmp_path: Path) -> Iterator[str]:
    """The site on loopback: below a path, as its base URL has it."""
    served = tmp_path / "served"
    served.mkdir()
    shutil.copytree(site.public, served / "notas")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    handler = functools.partial(Quiet, directory=str(served))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/notas/"
        server.shutdown()
        thread.join()


def newsboat(folder: Path, *arguments: str) -> list[tuple[Any, ...]]:
    """Newsboat's rows after it has run in a folder of its own."""
    program = shutil.which("newsboat")
    if program is None:
        pytest.skip("NOT TESTED: newsboat is not installed (apt-get install newsboat)")
    files = {"-u": "urls", "-c": "cache.db", "-C": "config"}
    named = [word for flag, name in files.items() for word in (flag, str(folder / name))]
    (folder / "config").write_text("reload-threads 1\n")
    done = subprocess.run(
        [program, *named, *arguments],
        env={"HOME": str(folder), "LANG": "C.UTF-8", "no_proxy": "*", "TERM": "dumb"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if not (folder / "cache.db").exists():
        return []
    with sqlite3.connect(folder / "cache.db") as database:
        query = "select guid, title, author, url, pubDate, enclosure_url from rss_item order by id"
        rows = list(database.execute(query))
    database.close()
    return rows


def test_newsboat_reads_the_feed(web: str, tmp_path: Path) -> None:
    folder = tmp_path / "newsboat"
    folder.mkdir()
    (folder / "urls").write_text(f"{web}feed.atom\n")
    rows = newsboat(folder, "-x", "reload")
    found = {row[0]: row for row in rows}
    for read in expected():
        _, title, author, url, published, enclosure = found.pop(read.id)
        assert title in {read.title, read.title.replace("&", "&amp;").replace("<", "&lt;")}
        assert author.split(", ")[: len(read.authors)] == list(read.authors) or not read.authors
        assert url == read.link
        assert published == read.published.timestamp()
        assert enclosure in read.enclosures or (not read.enclosures and enclosure == "")
    assert found == {}


def test_newsboat_imports_the_list_of_feeds(web: str, site: Home, tmp_path: Path) -> None:
    folder = tmp_path / "newsboat"
    folder.mkdir()
    (folder / "urls").write_text("")
    newsboat(folder, "-i", str(site.public / "feeds.opml"))
    imported = [line.split(" ")[0] for line in (folder / "urls").read_text().splitlines() if line]
    built = {path.relative_to(site.public).as_posix() for path in site.public.rglob("feed.atom")}
    assert {url.removeprefix(BASE) for url in imported} == {*built, "podcast.rss"}
    assert len(imported) == len(built) + 1


def test_json_and_atom_have_the_same_tags_and_languages(site: Home) -> None:
    items = json.loads(site.read("feed.json"))["items"]
    entries = feedparser.parse((site.public / "feed.atom").read_bytes()).entries
    assert [item.get("tags", []) for item in items] == [
        [tag.term for tag in entry.get("tags", [])] for entry in entries
    ]
    assert [item["language"] for item in items] == [entry.content[0].language for entry in entries]
    assert [item["content_html"].strip() for item in items] == [
        content["value"].strip()
        for entry in feedparser.parse(
            (site.public / "feed.atom").read_bytes(),
            sanitize_html=False,
            resolve_relative_uris=False,
        ).entries
        for content in entry.content
    ]
