"""This repository's own publication, built and read back by other people's parsers."""

import io
import json
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser
import html5lib
import pytest
from yt_dlp.extractor import YoutubeIE
from yt_dlp.utils import read_batch_urls

from feeds import entry
from feeds.edges.content import Folder
from feeds.jobs.digest import files_of, make_digest
from feeds.jobs.loading import read_settings
from feeds.model import Talk, Week
from feeds.render.newsletter import MAX_HTML_BYTES
from tests.support import built

REPOSITORY = Path(__file__).parents[1]
NOW = datetime(2018, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def public() -> dict[str, bytes]:
    site = built(REPOSITORY)
    return site.files | dict.fromkeys(site.copies, b"")


@pytest.fixture(scope="module")
def talks() -> dict[str, Talk]:
    publication = read_settings(Folder(REPOSITORY))
    found = {}
    for path in sorted((REPOSITORY / "content" / "talks").iterdir()):
        talk = entry.parse(path.read_bytes(), f"content/talks/{path.name}", publication)
        found[talk.id] = talk
    return found


def test_the_feed_says_what_the_talk_files_say(
    public: dict[str, bytes], talks: dict[str, Talk]
) -> None:
    base = read_settings(Folder(REPOSITORY)).base_url
    found = feedparser.parse(public["feed.atom"], sanitize_html=False)
    assert found.bozo == 0
    assert found.version == "atom10"
    assert len(found.entries) == 11
    assert {item.id for item in found.entries} == talks.keys()
    for item in found.entries:
        talk = talks[item.id]
        assert item.title == talk.title
        assert [author.name for author in item.get("authors", [])] == [
            speaker.name for speaker in talk.speakers
        ]
        assert datetime.fromisoformat(item.published) == talk.published
        assert datetime.fromisoformat(item.updated) == talk.updated
        links = {link.rel: link.href for link in item.links}
        recording = {"related": talk.recording.url} if talk.recording else {}
        assert links == {"alternate": f"{base}{talk.path}"} | recording
        assert [tag.term for tag in item.get("tags", [])] == list(talk.tags)
        # Where there is no summary, feedparser gives the content (HTML) as one.
        summary = item.get("summary_detail")
        assert bool(summary and summary.type == "text/plain") is bool(talk.abstract)
    order = [item.published for item in found.entries]
    assert order == sorted(order, reverse=True)


def tree(data: bytes) -> Any:
    """An HTML page as an element tree; the strict parser refuses what a browser would mend."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(data)


def test_every_page_is_valid_finds_the_feed_and_asks_nobody_else(
    public: dict[str, bytes],
) -> None:
    base = read_settings(Folder(REPOSITORY)).base_url
    pages = [path for path in public if path.endswith(".html")]
    kinds = Counter(path.partition("/")[0] for path in pages)
    assert kinds == {
        "index.html": 1,
        "404.html": 1,
        "search": 1,
        "subscribe": 1,
        "talks": 11,
        "issues": 1 + 1,
        "archive": 1 + 1,
        "events": 1 + 1,
        "languages": 1 + 1,
        "tags": 1 + 33,
        "speakers": 1 + 14,
    }
    for path in pages:
        page = tree(public[path])
        here = urljoin(base, path)
        feeds = [link for link in page.iter("link") if link.get("rel") == "alternate"]
        main = ("application/atom+xml", f"{base}feed.atom")
        found = [(link.get("type"), urljoin(here, link.get("href"))) for link in feeds]
        group = path.count("/") == 2 and path.startswith(("tags", "speakers", "events", "lang"))
        assert (main in found) == (not group and not path.startswith("issues/"))
        assert len(list(page.iter("h1"))) == 1
        assert not [name for name in ("iframe", "video", "embed") if page.find(f".//{name}")]
        scripts = [one.get("src") or one.get("type") for one in page.iter("script")]
        assert scripts == {"search/index.html": ["../search.js"]}.get(
            path, ["application/ld+json"] * path.startswith(("talks/", "events/kubecon"))
        )
        asked = [element.get("src") for element in page.iter() if element.get("src")]
        asked += [link.get("href") for link in page.iter("link") if link.get("rel") != "canonical"]
        for reference in asked:
            target = urljoin(here, reference)
            assert target.startswith(base), f"{path} asks {target}"
            assert target.removeprefix(base) in public, f"{path} asks for {target}"


def test_every_link_within_the_site_leads_somewhere(public: dict[str, bytes]) -> None:
    base = read_settings(Folder(REPOSITORY)).base_url
    count = 0
    for path in (path for path in public if path.endswith(".html")):
        for anchor in tree(public[path]).iter("a"):
            target = urljoin(urljoin(base, path), anchor.get("href"))
            if not target.startswith(base):
                assert urlsplit(target).scheme in {"https", "mailto", "http"}
                continue
            name, _, fragment = target.removeprefix(base).partition("#")
            name = name if "." in name.rpartition("/")[2] else f"{name}index.html"
            assert name in public, f"{path} links to {target}"
            assert not fragment or f'id="{fragment}"'.encode() in public[name]
            count += 1
    assert count > 60


def test_each_recording_is_a_picture_that_links_to_youtube(
    public: dict[str, bytes], talks: dict[str, Talk]
) -> None:
    shown = 0
    for talk in talks.values():
        page = tree(public[f"{talk.path}index.html"])
        pictures = [
            (anchor.get("href"), image.get("alt"))
            for anchor in page.iter("a")
            for image in anchor.iter("img")
        ]
        if talk.recording is None:
            assert pictures == []
            continue
        ((url, alt),) = pictures
        assert url == talk.recording.url
        assert talk.title in alt
        shown += 1
    assert shown == 10


def test_ten_recordings_are_referenced_and_no_audio_is_offered(
    public: dict[str, bytes], talks: dict[str, Talk]
) -> None:
    recorded = {talk.recording.url: talk for talk in talks.values() if talk.recording}
    assert len(recorded) == 10
    batch = io.StringIO(public["recordings.txt"].decode())
    urls = read_batch_urls(batch)
    assert set(urls) == recorded.keys()
    assert len(urls) == 10
    assert all(YoutubeIE.suitable(url) for url in urls)
    told = json.loads(public["recordings.json"])["recordings"]
    assert [one["url"] for one in told] == urls
    for one in told:
        talk = recorded[one["url"]]
        assert (one["id"], one["title"]) == (talk.id, talk.title)
        assert [speaker["name"] for speaker in one["speakers"]] == [
            speaker.name for speaker in talk.speakers
        ]
        assert one["event"]["name"] == "KubeCon + CloudNativeCon North America 2017"
        assert urlsplit(one["page_url"]).path.endswith(talk.path)
        assert "duration_s" not in one, "nothing was fetched, so nothing is known"
    found = feedparser.parse(public["feed.atom"])
    players = {item.media_player["url"] for item in found.entries if "media_player" in item}
    assert players == recorded.keys()
    assert not [item for item in found.entries if item.enclosures]
    assert not [path for path in public if path.startswith(("audio/", "chapters/", "transcripts/"))]
    assert "podcast.rss" not in public


@pytest.mark.slow
def test_the_real_yt_dlp_takes_the_batch_file(public: dict[str, bytes], tmp_path: Path) -> None:
    """Up to the network, which a proxy that nobody serves stands in for."""
    (tmp_path / "recordings.txt").write_bytes(public["recordings.txt"])
    done = subprocess.run(
        [
            *(sys.executable, "-m", "yt_dlp", "--ignore-config", "--simulate", "--ignore-errors"),
            *("--no-cache-dir", "--retries=0", "--extractor-retries=0"),
            *("--proxy=http://127.0.0.1:1", "-a", "recordings.txt"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    asked = re.findall(r"\[youtube\] Extracting URL: (\S+)", done.stdout)
    assert asked == read_batch_urls(io.StringIO(public["recordings.txt"].decode()))
    assert len(asked) == 10
    assert "Unsupported" not in done.stderr


def test_the_issue_is_a_mail_that_says_the_same_twice(talks: dict[str, Talk]) -> None:
    found = make_digest(Folder(REPOSITORY), Week(2017, 49), NOW)
    assert found.digest is not None
    html, text, eml = (output.data for output in files_of(found))
    assert len(html) < MAX_HTML_BYTES
    message = message_from_bytes(eml, policy=policy.default)
    assert not message.defects
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert all(len(line) <= 998 for line in eml.split(b"\r\n"))
    assert eml.count(b"\n") == eml.count(b"\r\n")
    page = html5lib.parse(html, namespaceHTMLElements=False)
    linked = {anchor.get("href") for anchor in page.iter("a")}
    written = set(re.findall(r"(?:https|mailto):[^\s<>]+", text.decode()))
    assert linked == written
    base = read_settings(Folder(REPOSITORY)).base_url
    assert {f"{base}{talk.path}" for talk in talks.values()} < linked
    assert all(image.get("alt") and image.get("width") for image in page.iter("img"))
    assert "Semana del 4 al 10 de diciembre de 2017" in html.decode()
    assert "Esta semana hubo 11 pláticas" in html.decode()
    for talk in talks.values():
        assert html.decode().count(f'href="{base}{talk.path}"') == 2  # its title, its full notes


def test_the_last_finished_week_is_asked_for_when_none_is_named() -> None:
    monday = datetime(2017, 12, 11, 6, 0, tzinfo=UTC)  # midnight in Austin
    found = make_digest(Folder(REPOSITORY), None, monday)
    assert (str(found.week), found.digest is None) == ("2017-W49", False)
    before = make_digest(Folder(REPOSITORY), None, monday.replace(hour=5, minute=59))
    assert (str(before.week), before.digest, str(before.newest)) == ("2017-W48", None, "2017-W49")


@pytest.mark.slow
@pytest.mark.parametrize("talks_in_week", [1, 60, 500, 5_000])
def test_a_mail_never_exceeds_what_gmail_shows(talks_in_week: int, tmp_path: Path) -> None:
    content = tmp_path / "content"
    (content / "talks").mkdir(parents=True)
    settings = (REPOSITORY / "content" / "publication.toml").read_bytes()
    (content / "publication.toml").write_bytes(settings)
    body = "Ñandú <b>«así»</b> & otra frase larga de notas. " * 20
    for number in range(talks_in_week):
        (content / "talks" / f"{number:05}.md").write_text(
            f'---\ntitle: "Plática & <{number}> {"ñ" * 150}"\ndate: 2017-12-0{4 + number % 6}\n'
            f"id: tag:x,2026:{number}\nyoutube: https://youtu.be/{number:011}\n---\n{body}\n",
            "utf-8",
        )
    found = make_digest(Folder(tmp_path), Week(2017, 49), NOW)
    assert found.digest is not None
    html, text = found.digest.html, found.digest.text
    assert len(html.encode()) <= MAX_HTML_BYTES
    listed = set(re.findall(r"/talks/(\d{5})/", html))
    assert listed == set(re.findall(r"/talks/(\d{5})/", text))
    rest = re.search(r"([\d,]+) pláticas? más en la web", html)
    left_out = int(rest[1].replace(",", "")) if rest else 0
    assert len(listed) + left_out == talks_in_week
    assert len(html.encode()) > 80_000 or not left_out
    assert f"{read_settings(Folder(REPOSITORY)).base_url}issues/2017-W49/" in html
