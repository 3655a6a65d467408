"""The podcast as apps read it (feedparser, podcastparser), made by a build from real files."""

import io
import json
import shutil
from pathlib import Path

import feedparser
import podcastparser
import pytest
from lxml import etree
from PIL import Image

from feeds.edges.content import Folder
from feeds.edges.memory import Memory
from feeds.edges.output import Site
from feeds.edges.shelf import Shelf
from feeds.errors import ContentError
from feeds.jobs.build import build
from feeds.recordings import AudioFile
from feeds.render.podcast import guid_of
from tests.edges.podcast.conftest import Home, make_home
from tests.edges.studio.conftest import Sound

ONE, TWO, THREE = "dQw4w9WgXcQ", "aaaaaaaaaaa", "bbbbbbbbbbb"
_NS = {
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "psc": "http://podlove.org/simple-chapters",
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
}
_FRONT = """license: CC-BY-4.0
event: KubeCon 2017
speakers: [{name: Zihao Yu, role: Engineer, url: "https://z.example/"}, Illya]
"""


def _fill(home: Home) -> Home:
    """Three talks: one with audio, one with audio and no licence, one without audio."""
    notes = "Antes.\n\n- 0:00 Inicio\n- 0:04 Demo & más\n\nDespués."
    home.talk("uno", ONE, _FRONT + "position: 1\nlanguage: es\n", notes)
    home.talk("dos", TWO, "event: KubeCon 2017\nposition: 2\n")
    home.talk("tres", THREE, "license: CC0-1.0\nevent: KubeCon 2017\nposition: 3\n")
    home.record(ONE, transcript=True)
    home.record(TWO)
    home.build()
    return home


@pytest.fixture
def full(home: Home) -> Home:
    """To change as one likes."""
    return _fill(home)


@pytest.fixture(scope="module")
def shown(
    tmp_path_factory: pytest.TempPathFactory,
    sounds: Sound,
    made: dict[str, tuple[AudioFile, bytes]],
) -> Home:
    """To look at, and no more."""
    return _fill(make_home(tmp_path_factory.mktemp("shown"), sounds, made))


def _root(home: Home, path: str = "podcast.rss") -> etree._Element:
    return etree.fromstring((home.public / path).read_bytes())


def _find(element: etree._Element, path: str) -> list[etree._Element]:
    return list(element.findall(path, _NS))


def _text(element: etree._Element, path: str) -> str:
    return str(element.findtext(path, "", _NS))


def test_every_talk_with_audio_and_a_licence_is_an_item_and_no_other_is(shown: Home) -> None:
    (item,) = _find(_root(shown), "channel/item")
    assert item.findtext("guid") == "tag:talks.example,2026:notas/uno"
    assert item.find("guid").get("isPermaLink") == "false"  # type: ignore[union-attr]
    assert item.findtext("title") == "Charla uno <&>"
    assert not (shown.public / "audio" / "dos.m4a").exists()


def test_the_enclosure_is_the_file(shown: Home) -> None:
    (found,) = _find(_root(shown), "channel/item/enclosure")
    file = shown.public / "audio" / "uno.m4a"
    assert found.get("url") == "http://127.0.0.1:8000/notas/audio/uno.m4a"
    assert found.get("length") == str(file.stat().st_size)
    assert found.get("type") == "audio/x-m4a"
    assert _find(_root(shown), "channel/item/itunes:duration")[0].text == "9"


def test_the_channel_has_what_psp_1_requires_and_recommends(shown: Home) -> None:
    (channel,) = _find(_root(shown), "channel")
    names = (
        "title",
        "link",
        "language",
        "copyright",
        "itunes:author",
        "itunes:explicit",
        "itunes:type",
        "itunes:owner/itunes:name",
        "itunes:owner/itunes:email",
        "podcast:guid",
        "podcast:locked",
        "podcast:medium",
    )
    assert {name: _text(channel, name) for name in names} == {
        "title": "Notas & más",
        "link": "http://127.0.0.1:8000/notas/",
        "language": "es",
        "copyright": "CC-BY-4.0",
        "itunes:author": "Ana Pérez",
        "itunes:explicit": "false",
        "itunes:type": "episodic",
        "itunes:owner/itunes:name": "Ana Pérez",
        "itunes:owner/itunes:email": "ana@talks.example",
        "podcast:guid": guid_of("http://127.0.0.1:8000/notas/podcast.rss"),
        "podcast:locked": "yes",
        "podcast:medium": "podcast",
    }
    (link,) = _find(channel, "atom:link")
    assert {str(key): str(value) for key, value in link.attrib.items()} == {
        "href": "http://127.0.0.1:8000/notas/podcast.rss",
        "rel": "self",
        "type": "application/rss+xml",
    }
    assert [one.get("text") for one in _find(channel, "itunes:category")] == ["Technology"]
    assert not _find(channel, "itunes:block")
    # The newest change of a talk in it, and never the clock.
    assert channel.findtext("lastBuildDate") == channel.findtext("item/pubDate")


def test_an_item_has_what_apps_show(shown: Home) -> None:
    (item,) = _find(_root(shown), "channel/item")
    assert item.findtext("itunes:episode", namespaces=_NS) == "1"
    assert item.find("podcast:season", _NS).get("name") == "KubeCon 2017"  # type: ignore[union-attr]
    assert [one.text for one in _find(item, "podcast:person")] == ["Zihao Yu", "Illya"]
    assert _find(item, "podcast:person")[0].get("href") == "https://z.example/"
    assert [
        (one.get("type"), one.get("language")) for one in _find(item, "podcast:transcript")
    ] == [
        ("text/vtt", "es"),
        ("application/x-subrip", "es"),
    ]
    license = item.find("podcast:license", _NS)
    assert license is not None
    assert (license.text, license.get("url")) == (
        "cc-by-4.0",
        "https://creativecommons.org/licenses/by/4.0/",
    )
    (alternate,) = _find(item, "podcast:alternateEnclosure")
    (source,) = _find(alternate, "podcast:source")
    assert source.get("uri") == item.find("enclosure").get("url")  # type: ignore[union-attr]
    assert "<li>0:04 Demo &amp; más</li>" in (item.findtext("content:encoded", "", _NS))
    assert "<" not in item.findtext("description", "")


def test_every_file_that_the_feed_names_is_there(shown: Home) -> None:
    base = "http://127.0.0.1:8000/notas/"
    named = {
        value.removeprefix(base)
        for element in _root(shown).iter()
        for value in (*element.attrib.values(), element.text or "")
        if str(value).startswith(base)
    }
    assert {"audio/uno.m4a", "covers/podcast.jpg", "chapters/uno.json"} <= named
    for path in named:
        assert (shown.public / path).exists(), path


def test_chapters_start_alike_beside_the_audio_and_in_the_item(shown: Home) -> None:
    (item,) = _find(_root(shown), "channel/item")
    (named,) = _find(item, "podcast:chapters")
    assert named.get("type") == "application/json+chapters"
    told = json.loads(shown.read("chapters/uno.json"))["chapters"]
    assert [one["startTime"] for one in told] == [0, 4]
    starts = [one.get("start") for one in _find(item, "psc:chapters/psc:chapter")]
    assert starts == ["00:00:00.000", "00:00:04.000"]


def test_prefixes_are_declared_once(shown: Home) -> None:
    text = shown.read("podcast.rss")
    for prefix, namespace in _NS.items():
        assert text.count(f'xmlns:{prefix}="{namespace}"') == 1
    assert text.count("xmlns") == len(_NS)


def test_feedparser_reads_it(shown: Home) -> None:
    found = feedparser.parse((shown.public / "podcast.rss").read_bytes())
    assert not found.bozo
    (entry,) = found.entries
    assert entry.id == "tag:talks.example,2026:notas/uno"
    assert entry.enclosures[0].href.endswith("audio/uno.m4a")
    assert entry.itunes_duration == "9"
    assert found.feed.image.href.endswith("covers/podcast.jpg")


def test_podcastparser_reads_it(shown: Home) -> None:
    data = io.BytesIO((shown.public / "podcast.rss").read_bytes())
    found = podcastparser.parse("http://127.0.0.1:8000/notas/podcast.rss", data)
    assert found["title"] == "Notas & más"
    (episode,) = found["episodes"]
    assert episode["total_time"] == 9
    assert episode["guid"] == "tag:talks.example,2026:notas/uno"
    assert episode["number"] == 1
    (enclosure,) = episode["enclosures"]
    assert enclosure["file_size"] == (shown.public / "audio" / "uno.m4a").stat().st_size
    assert [one["start"] for one in episode["chapters"]] == [0, 4]


def test_the_atom_entry_and_the_page_offer_the_same_file(shown: Home) -> None:
    found = feedparser.parse((shown.public / "feed.atom").read_bytes())
    offered = {entry.id.rpartition("/")[2]: entry.get("enclosures", []) for entry in found.entries}
    (enclosure,) = offered["uno"]
    assert enclosure.href == "http://127.0.0.1:8000/notas/audio/uno.m4a"
    assert enclosure.length == str((shown.public / "audio" / "uno.m4a").stat().st_size)
    assert offered["dos"] == offered["tres"] == []
    assert '<audio controls preload="none" src="' in shown.read("talks/uno/index.html")
    assert "podcast.rss" in shown.read("talks/uno/index.html")
    assert "<audio" not in shown.read("talks/dos/index.html")
    assert "podcast.rss" in shown.read("subscribe/index.html")


def test_covers_are_3000_pixels_square_rgb_and_small(shown: Home) -> None:
    for path in ("covers/podcast.jpg", "covers/square/uno.jpg"):
        file = shown.public / path
        with Image.open(file) as image:
            assert (image.size, image.mode, image.format) == ((3000, 3000), "RGB", "JPEG")
        assert file.stat().st_size <= 512 * 1024
    assert not (shown.public / "covers" / "square" / "dos.jpg").exists()


def test_a_cover_that_is_given_goes_out_as_it_is(home: Home) -> None:
    Image.new("RGB", (1400, 1400), "navy").save(home.root / "content" / "eigen.png")
    home.talk("uno", ONE, f"{_FRONT}audio: {{image: eigen.png}}\n")
    home.record(ONE)
    home.build()
    given = (home.root / "content" / "eigen.png").read_bytes()
    assert (home.public / "covers" / "square" / "uno.png").read_bytes() == given
    assert "/covers/square/uno.png" in home.read("podcast.rss")
    assert not (home.public / "covers" / "square" / "uno.jpg").exists()


@pytest.mark.parametrize(
    ("size", "mode", "words"),
    [
        ((10, 5), "RGB", "is 10 × 5 pixels"),
        ((3001, 3001), "RGB", "is 3001 × 3001 pixels"),
        ((1400, 1400), "RGBA", "is in RGBA, not in RGB"),
        (None, "", "is not below content/"),
    ],
)
def test_a_cover_that_no_directory_takes_is_refused(
    home: Home, size: tuple[int, int] | None, mode: str, words: str
) -> None:
    home.settings('\n[podcast]\nimage = "show.png"\n')
    home.talk("uno", ONE, f"{_FRONT}audio: {{image: show.png}}\n")
    home.record(ONE)
    if size:
        Image.new(mode, size).save(home.root / "content" / "show.png")
    with pytest.raises(ContentError) as caught:
        home.build()
    assert [problem.key for problem in caught.value.problems] == ["podcast.image", "audio.image"]
    assert all(words in problem.message for problem in caught.value.problems)
    assert not home.public.exists()


def test_without_audio_there_is_no_podcast_and_no_trace_of_one(home: Home) -> None:
    home.talk("uno", ONE, _FRONT)
    home.talk("dos", TWO)
    home.record(TWO)  # without a licence
    built = home.build()
    assert built.podcast_url == ""
    assert not (home.root / "content" / "podcast.json").exists()
    assert not (home.root / ".talkfeeds" / "covers").exists()
    for path in home.public.rglob("*"):
        assert path.suffix not in {".rss", ".m4a", ".jpg"}
        if path.is_file() and path.suffix not in {".css", ".png"}:
            assert "podcast" not in path.read_text()
    assert "enclosure" not in home.read("feed.atom")


def test_a_file_that_goes_takes_the_enclosure_and_leaves_the_entry(full: Home) -> None:
    (full.audio / f"{ONE}.m4a").unlink()
    full.build()
    found = feedparser.parse((full.public / "feed.atom").read_bytes())
    assert len(found.entries) == 3
    assert "enclosure" not in full.read("feed.atom")
    assert not (full.public / "podcast.rss").exists()
    assert not (full.public / "audio").exists()
    assert not (full.public / "covers" / "square").exists()


@pytest.mark.parametrize("harm", ["longer", "shorter", "another container", "a link"])
def test_a_file_that_is_not_what_was_verified_is_not_offered(full: Home, harm: str) -> None:
    path = full.audio / f"{ONE}.m4a"
    data = path.read_bytes()
    path.unlink()
    if harm == "a link":
        (full.root / "elsewhere").write_bytes(data)
        path.symlink_to(full.root / "elsewhere")
    else:
        path.write_bytes(
            {"longer": data + b"\0", "shorter": data[:-1]}.get(harm, b"\0" * len(data))
        )
    full.build()
    assert "enclosure" not in full.read("feed.atom")
    assert not (full.public / "podcast.rss").exists()


def test_a_licence_that_goes_takes_the_enclosure(full: Home) -> None:
    full.talk("uno", ONE, _FRONT.replace("license: CC-BY-4.0", "license: CC-BY-ND-4.0"))
    full.build()
    assert "enclosure" not in full.read("feed.atom")
    assert not (full.public / "podcast.rss").exists()


def test_audio_goes_out_as_another_name_of_the_file_and_is_not_touched_again(full: Home) -> None:
    made, shown = full.audio / f"{ONE}.m4a", full.public / "audio" / "uno.m4a"
    assert made.samefile(shown)
    before = {path: path.stat().st_mtime_ns for path in full.public.rglob("*")}
    built = full.build()
    assert built.changes.written == built.changes.removed == 0
    assert before == {path: path.stat().st_mtime_ns for path in full.public.rglob("*")}


def test_where_a_disk_knows_no_links_the_file_is_copied_once(
    full: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(full.public)

    def refused(_self: Path, _target: Path) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(Path, "hardlink_to", refused)
    full.build()
    made, shown = full.audio / f"{ONE}.m4a", full.public / "audio" / "uno.m4a"
    assert not made.samefile(shown)
    assert made.read_bytes() == shown.read_bytes()
    assert full.build().changes.written == 0


def test_the_guid_is_minted_once_and_stays_when_the_domain_changes(full: Home) -> None:
    first = _root(full).findtext("channel/podcast:guid", namespaces=_NS)
    settings = full.root / "content" / "publication.toml"
    settings.write_text(settings.read_text().replace("127.0.0.1:8000", "moved.example"))
    full.build()
    assert (
        "https"
        not in full.read("podcast.rss").partition("<item>")[0].partition("atom:link")[2][:60]
    )
    assert "http://moved.example/notas/audio/uno.m4a" in full.read("podcast.rss")
    assert _root(full).findtext("channel/podcast:guid", namespaces=_NS) == first


def test_a_preview_mints_the_guid_of_the_real_address(home: Home) -> None:
    home.talk("uno", ONE, _FRONT)
    home.record(ONE)
    home.build("http://localhost:9/")
    stored = json.loads((home.root / "content" / "podcast.json").read_text())
    assert stored == {"guid": guid_of("http://127.0.0.1:8000/notas/podcast.rss")}


def test_a_guid_brought_along_is_kept(full: Home) -> None:
    mine = "9B024349-CCF0-5F69-A609-6B82873EAB3C"
    full.settings(f'[podcast]\nguid = "{mine}"\n')
    full.build()
    assert _root(full).findtext("channel/podcast:guid", namespaces=_NS) == mine.lower()


def test_a_damaged_guid_is_told_and_nothing_is_written(full: Home) -> None:
    (full.root / "content" / "podcast.json").write_text("{}")
    with pytest.raises(ContentError, match=r"podcast\.json"):
        full.build()


def test_the_guid_is_the_one_that_the_namespace_shows() -> None:
    # PSP-1's own example.
    assert guid_of("https://podnews.net/rss") == "9b024349-ccf0-5f69-a609-6b82873eab3c"
    assert guid_of("podnews.net/rss/") == "9b024349-ccf0-5f69-a609-6b82873eab3c"


def test_settings_fill_the_channel(full: Home) -> None:
    full.settings(
        """[podcast]
title = "Para oír"
description = "Charlas"
author = "Equipo"
email = "pod@talks.example"
categories = ["Education > Courses", "Technology", "Education > How To"]
explicit = true
locked = false
txt = "prueba"
image = "https://img.example/cover.jpg"
"""
    )
    full.build()
    (channel,) = _find(_root(full), "channel")
    assert channel.findtext("title") == "Para oír"
    assert channel.findtext("description") == "Charlas"
    assert channel.findtext("itunes:author", namespaces=_NS) == "Equipo"
    assert channel.findtext("itunes:explicit", namespaces=_NS) == "true"
    assert channel.findtext("podcast:txt", namespaces=_NS) == "prueba"
    locked = channel.find("podcast:locked", _NS)
    assert locked is not None
    assert (locked.text, locked.get("owner")) == ("no", "pod@talks.example")
    found = [
        (one.get("text"), [sub.get("text") for sub in one])
        for one in _find(channel, "itunes:category")
    ]
    assert found == [("Education", ["Courses", "How To"]), ("Technology", [])]
    image = channel.find("itunes:image", _NS)
    assert image is not None
    assert image.get("href") == "https://img.example/cover.jpg"
    assert not (full.public / "covers" / "podcast.jpg").exists()


def test_a_private_podcast_lies_where_nobody_guesses_and_nothing_leads_there(full: Home) -> None:
    full.settings("[podcast]\nprivate = true\n")
    built = full.build()
    folder = built.podcast_url.removeprefix("http://127.0.0.1:8000/notas/").rpartition("/")[0]
    assert folder.startswith("private/")
    assert len(folder) == len("private/") + 32
    (channel,) = _find(_root(full, f"{folder}/podcast.rss"), "channel")
    assert len(_find(channel, "item")) == 2  # a licence is not asked for
    assert channel.findtext("itunes:block", namespaces=_NS) == "Yes"
    assert channel.findtext("podcast:locked", namespaces=_NS) == "yes"
    for path in full.public.rglob("*"):
        inside = path.relative_to(full.public).as_posix().startswith("private")
        assert inside or path.suffix not in {".rss", ".m4a", ".jpg", ".vtt", ".srt"}, path
        if path.is_file() and not inside and path.suffix not in {".css", ".png"}:
            assert "private/" not in path.read_text(), path
            assert "enclosure" not in path.read_text(), path
    again = full.build()
    assert again.podcast_url == built.podcast_url


def test_a_private_podcast_moves_whole_when_its_key_changes(full: Home) -> None:
    full.settings("[podcast]\nprivate = true\n")
    found = []
    for key in ("a" * 40, "b" * 40):
        site = Site(full.public, full.root / "content")
        memory = Memory(full.root, full.public)
        built = build(Folder(full.root), site, shelf=Shelf(full.root, key), memory=memory)
        memory.seal({}, built.paths, built.touched)
        found.append(built.podcast_url)
    assert found[0] != found[1]
    folder = found[1].removeprefix("http://127.0.0.1:8000/notas/").rpartition("/")[0]
    feed = full.read(f"{folder}/podcast.rss")
    assert feed.count(folder) > 3
    assert found[0].rpartition("/")[0] not in feed
