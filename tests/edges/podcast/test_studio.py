"""The studio as a fetch uses it, and the command that builds what it made."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from mutagen.mp4 import MP4

from feeds.edges.studio import Shelf, Studio
from feeds.errors import WorldError
from feeds.model import Recording
from feeds.recordings import AudioFile, Chapter, Wanted
from feeds.render import covers
from tests.edges.podcast.conftest import SECRET, Home
from tests.edges.studio.conftest import Sound
from tests.support import make_publication, make_talk

_ID = "dQw4w9WgXcQ"


def _wanted() -> Wanted:
    return Wanted(
        youtube_id=_ID,
        talk=make_talk(recording=Recording(_ID, 9.0)),
        publication=make_publication(),
        format="m4a",
        loudness=False,
        start_s=1.0,
        end_s=8.0,
        chapters=(Chapter(0, "Uno"), Chapter(3, "Dos")),
        made_from="a/b",
    )


@pytest.mark.slow
def test_what_a_fetch_wants_is_made_and_tagged_from_the_talk(sounds: Sound, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)

    def cover(publication: object, talk: object) -> bytes:
        found = covers.of_talk(make_publication(), make_talk())
        return shelf.picture(found.key, lambda: covers.draw(found))

    studio = Studio(tmp_path / ".talkfeeds" / "audio", cover)
    studio.check()
    made = studio.make(str(sounds("talk.m4a")), _wanted())
    assert made.made_from == "a/b"
    assert abs(made.duration_s - 7) < 0.1
    assert not shelf.fault(made)
    assert (made.talk_id, made.start_s, made.end_s) == (make_talk().id, 1.0, 8.0)
    file = MP4(tmp_path / ".talkfeeds" / "audio" / made.name)
    assert file["\xa9nam"] == ["Talk number 1"]
    assert file["\xa9ART"] == ["Zihao Yu, Illya Chekrygin"]
    assert bytes(file["covr"][0]).startswith(b"\xff\xd8")
    assert len(list((tmp_path / ".talkfeeds" / "covers").iterdir())) == 1

    source = tmp_path / ".talkfeeds" / "audio" / made.name
    retitled = replace(_wanted(), talk=make_talk(title="Otra", recording=Recording(_ID, 9.0)))
    again = studio.make(str(source), replace(retitled, copy=True, made_from="a/c"))
    assert abs(again.duration_s - made.duration_s) < 0.1
    assert MP4(source)["\xa9nam"] == ["Otra"]


def test_a_recording_that_is_said_to_be_longer_is_refused(sounds: Sound, tmp_path: Path) -> None:
    wanted = replace(_wanted(), talk=make_talk(recording=Recording(_ID, 900.0)))
    with pytest.raises(WorldError, match="ends after"):
        Studio(tmp_path).make(str(sounds("talk.m4a")), wanted)


@pytest.mark.parametrize("name", ["", "../x.m4a", "/etc/passwd", ".x.m4a", "a/b.m4a"])
def test_a_name_never_leads_out_of_the_shelf(tmp_path: Path, name: str) -> None:
    (tmp_path / "x.m4a").write_bytes(b"\0\0\0\0ftyp")
    assert Shelf(tmp_path).fault(AudioFile(name, 8, "audio/x-m4a", 1.0))


def _talkfeeds(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "feeds", "--root", str(home.root), *arguments]
    environment = {"TALKFEEDS_SECRET_KEY": SECRET}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True)


@pytest.mark.slow
def test_the_command_builds_the_podcast_and_tells_only_us_where_a_private_one_is(
    home: Home,
) -> None:
    home.talk("uno", _ID, "license: CC-BY-4.0\n")
    home.record(_ID)
    assert "private" not in _talkfeeds(home, "build").stderr
    assert (home.public / "podcast.rss").is_file()
    home.settings("[podcast]\nprivate = true\n")
    said = _talkfeeds(home, "build")
    path = said.stderr.partition("podcast is at http://127.0.0.1:8000/notas/")[2].split()[0]
    assert (home.public / path).is_file()
    assert not (home.public / "podcast.rss").exists()
