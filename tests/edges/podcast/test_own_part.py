"""What is offered is what was made, for that talk, of that part, with those chapters."""

import json
from pathlib import Path

import pytest
from lxml import etree

from feeds.edges.content import Folder
from feeds.edges.output import Site
from feeds.edges.studio import Shelf
from feeds.errors import WorldError
from feeds.jobs.build import build
from feeds.recordings import AudioFile
from tests.edges.conftest import Run
from tests.edges.podcast.conftest import SECRET, Home
from tests.edges.studio.conftest import probed

ONE, TWO = "dQw4w9WgXcQ", "aaaaaaaaaaa"
_PSC = "{http://podlove.org/simple-chapters}chapter"
_ASK = " (talkfeeds audio status says what to do)"
_FREE = "license: CC-BY-4.0\n"


def _status(home: Home, talkfeeds: Run) -> dict[str, dict[str, str]]:
    environment = {"TALKFEEDS_SECRET_KEY": SECRET}
    done = talkfeeds("--root", home.root, "audio", "status", "--json", env=environment)
    assert done.returncode == 0, done.stderr
    return {one["slug"]: one for one in json.loads(done.stdout)["talks"]}


def test_a_part_without_a_licence_never_goes_out_as_another_talks(
    home: Home, talkfeeds: Run
) -> None:
    home.settings("[podcast]\nprivate = true\n")
    home.talk("free", ONE, _FREE + "audio: {end: 4}\n")
    home.talk("secret", ONE, "published: 2026-01-01T00:00:00Z\naudio: {start: 4}\n")
    home.record(ONE)
    assert home.build().podcast_url  # the private feed has the newer talk's part
    home.settings()
    built = home.build()
    assert not (home.public / "audio").exists()
    assert not built.podcast_url
    assert built.left_out == (f"free: {ONE}.m4a was made for another talk{_ASK}",)
    found = _status(home, talkfeeds)
    assert (found["free"]["state"], found["secret"]["state"]) == ("stale", "not-allowed")


@pytest.mark.slow
def test_a_cut_that_changes_takes_the_enclosure_until_it_is_fetched_again(
    home: Home, talkfeeds: Run
) -> None:
    home.talk("free", ONE, _FREE)
    home.record(ONE)
    home.build()
    assert (home.public / "audio" / "free.m4a").exists()
    home.talk("free", ONE, _FREE + "audio: {end: 5}\n")
    said = "holds the whole recording, not the recording from 0 s to 5 s"
    assert home.build().left_out == (f"free: {ONE}.m4a {said}{_ASK}",)
    assert not (home.public / "audio").exists()
    assert _status(home, talkfeeds)["free"]["state"] == "stale"
    home.record(ONE)
    assert home.build().left_out == ()
    assert (home.public / "audio" / "free.m4a").exists()


@pytest.mark.parametrize(
    ("front", "settings"),
    [("audio: false\n", ""), ("audio: {download: false}\n", ""), ("", "download = false")],
)
def test_who_wants_no_audio_any_more_offers_none(
    home: Home, front: str, settings: str, talkfeeds: Run
) -> None:
    home.talk("free", ONE, _FREE)
    home.record(ONE)
    home.talk("free", ONE, _FREE + front)
    path = home.root / "content" / "publication.toml"
    path.write_text(path.read_text().replace("download = true", settings or "download = true"))
    built = home.build()
    assert not built.podcast_url
    assert not built.left_out
    assert _status(home, talkfeeds)["free"]["state"] == "not-wanted"


@pytest.mark.parametrize("harm", ["zeros", "a link", "longer", "gone"])
def test_status_and_build_agree_on_a_file_that_is_not_what_was_made(
    home: Home, harm: str, talkfeeds: Run
) -> None:
    home.talk("free", ONE, _FREE)
    home.record(ONE)
    path = home.audio / f"{ONE}.m4a"
    data = path.read_bytes()
    path.unlink()
    if harm == "a link":
        (home.root / "elsewhere").write_bytes(data)
        path.symlink_to(home.root / "elsewhere")
    elif harm != "gone":
        path.write_bytes(bytes(len(data)) if harm == "zeros" else data + b"\0")
    built = home.build()
    assert not built.podcast_url
    (left,) = built.left_out
    assert left.startswith(f"free: {ONE}.m4a ")
    one = _status(home, talkfeeds)["free"]
    assert one["state"] == "gone"
    assert one["reason"] == left.removeprefix("free: ").removesuffix(_ASK)
    assert f"remove .talkfeeds/audio/{ONE}.m4a" in one["remedy"]


def _three_forms(home: Home, slug: str, file: Path) -> tuple[list[float], ...]:
    told = json.loads(home.read(f"chapters/{slug}.json"))["chapters"]
    root = etree.fromstring((home.public / "podcast.rss").read_bytes())
    simple = []
    for one in root.iter(_PSC):
        hours, minutes, seconds = str(one.get("start")).split(":")
        simple.append(int(hours) * 3600 + int(minutes) * 60 + float(seconds))
    embedded = [float(one["start_time"]) for one in probed(file)["chapters"]]
    return [one["startTime"] for one in told], simple, embedded


@pytest.mark.parametrize(
    "format", ["m4a", *(pytest.param(one, marks=pytest.mark.slow) for one in ("mp3", "opus"))]
)
def test_chapters_start_alike_in_all_three_forms_also_when_the_first_starts_late(
    home: Home, format: str
) -> None:
    notes = "- 0:02 Uno, con un título muy largo\n- 0:04 Dos\n- 0:06 Tres, más largo\n- 0:09 Fin"
    home.talk("uno", ONE, _FREE, notes)
    home.record(ONE, format)
    home.build()
    file = home.public / "audio" / f"uno.{format}"
    found = _three_forms(home, "uno", file)
    assert found == ([0, 2, 4, 6],) * 3  # 0:09 is where the audio ends
    titles = [one["title"] for one in json.loads(home.read("chapters/uno.json"))["chapters"]]
    assert titles[0] == "Charla uno <&>"


@pytest.mark.slow
def test_the_site_shows_the_chapters_that_stand_in_the_file(home: Home, talkfeeds: Run) -> None:
    home.talk("uno", ONE, _FREE, "- 0:00 Uno\n- 0:04 Dos")
    home.record(ONE)
    home.talk("uno", ONE, _FREE, "- 0:00 Uno\n- 0:03 Antes\n- 0:04 Dos")
    home.build()
    file = home.public / "audio" / "uno.m4a"
    assert _three_forms(home, "uno", file) == ([0, 4],) * 3
    one = _status(home, talkfeeds)["uno"]
    assert one["state"] == "ready"
    assert "old tags or chapters" in one["reason"]
    home.record(ONE)
    home.build()
    assert _three_forms(home, "uno", file) == ([0, 3, 4],) * 3
    assert "old" not in _status(home, talkfeeds)["uno"]["reason"]


@pytest.mark.slow
def test_no_form_has_more_chapters_than_a_file_can_hold(home: Home) -> None:
    stamps = [f"- 0:{number // 40:02}.{number % 40 * 25:03} Teil {number}" for number in range(290)]
    home.talk("uno", ONE, _FREE, "\n".join(stamps))
    home.record(ONE)
    home.build()
    told, simple, embedded = _three_forms(home, "uno", home.public / "audio" / "uno.m4a")
    assert len(told) == len(simple) == len(embedded) == 255
    assert told == simple == embedded


def test_a_title_of_backslashes_is_not_embedded_empty(home: Home) -> None:
    home.talk("uno", ONE, _FREE, "- 0:00 Uno\n- 0:04 \\\\\\\\")
    home.record(ONE)
    titles = [one["tags"]["title"] for one in probed(home.audio / f"{ONE}.m4a")["chapters"]]
    assert titles == ["Uno", "⧵⧵"]


def _feed_says(home: Home) -> int:
    root = etree.fromstring((home.public / "podcast.rss").read_bytes())
    (found,) = root.iter("enclosure")
    return int(str(found.get("length")))


class _Meanwhile(Shelf):
    """A shelf beside which a fetch is running: it replaces the file once it was looked at."""

    def __init__(self, home: Home, times: int) -> None:
        super().__init__(home.root, SECRET)
        self.home, self.times = home, times

    def unfit(self, image: str) -> str:
        return ""

    def fault(self, audio: AudioFile) -> str:
        found = super().fault(audio)
        if self.times and not found:
            self.times -= 1
            title = (
                f"published: 2026-01-01T00:00:00Z\nspeakers: [{'A' * 5_000 * (self.times + 1)}]\n"
            )
            self.home.talk("uno", ONE, _FREE + title)
            self.home.record(ONE)
        return found


@pytest.mark.slow
@pytest.mark.parametrize("published", [False, True])
def test_the_length_is_that_of_the_file_also_when_a_fetch_replaces_it_meanwhile(
    home: Home, published: bool
) -> None:
    home.talk("uno", ONE, _FREE)
    home.record(ONE)
    before = home.build().loaded.sidecars[ONE].audio if published else None
    shelf = _Meanwhile(home, 1)
    built = build(Folder(home.root), Site(home.public, home.root / "content"), shelf=shelf)
    assert shelf.times == 0
    assert built.loaded.sidecars[ONE].audio != before
    assert _feed_says(home) == (home.public / "audio" / "uno.m4a").stat().st_size
    assert (home.public / "audio" / "uno.m4a").samefile(home.audio / f"{ONE}.m4a")


@pytest.mark.slow
def test_a_build_that_is_overtaken_again_and_again_says_so_and_changes_nothing(home: Home) -> None:
    home.talk("uno", ONE, _FREE)
    home.record(ONE)
    home.build()
    site = Site(home.public, home.root / "content")
    before = home.read("podcast.rss")
    with pytest.raises(WorldError, match="changed while the build ran"):
        build(Folder(home.root), site, shelf=_Meanwhile(home, 3))
    assert home.read("podcast.rss") == before


@pytest.mark.parametrize("harm", ["gone", "no WebVTT", "without a word"])
def test_a_transcript_that_is_none_is_left_out_and_named(home: Home, harm: str) -> None:
    home.talk("uno", ONE, _FREE)
    home.record(ONE, transcript=True)
    home.build()
    assert (home.public / "transcripts" / "uno.es.vtt").exists()
    path = home.root / "content" / "recordings" / f"{ONE}.es.vtt"
    if harm == "gone":
        path.unlink()
    else:
        path.write_text("WEBVTT\n\n" if harm == "without a word" else "<html>")
    (left,) = home.build().left_out
    assert left.startswith(f"content/recordings/{ONE}.es.vtt: ")
    assert "<podcast:transcript" not in home.read("podcast.rss")
    assert not (home.public / "transcripts").exists()
    assert (home.public / "audio" / "uno.m4a").exists()


def test_a_length_that_is_not_the_files_is_not_published(home: Home) -> None:
    home.talk("uno", ONE, _FREE)
    home.record(ONE)
    path = home.root / "content" / "recordings" / f"{ONE}.json"
    found = json.loads(path.read_text())
    found["audio"]["duration_s"] = 5.0
    path.write_text(json.dumps(found))
    assert home.build().left_out == (f"uno: {ONE}.m4a lasts 9.0 seconds, not 5.0{_ASK}",)
    assert not (home.public / "podcast.rss").exists()
