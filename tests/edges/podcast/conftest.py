"""A publication with real audio, made by the studio, and the site that a build makes of it."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from feeds.chapters import of_talk
from feeds.edges.content import Folder
from feeds.edges.output import Site
from feeds.edges.studio import Shelf, Studio
from feeds.jobs.audio.deciding import wanted_of
from feeds.jobs.build import build
from feeds.jobs.built import Built
from feeds.jobs.loading import read_settings, read_talks
from feeds.recordings import AudioFile, Facts, Sidecar, Transcript, Wanted, path_of, write
from tests.edges.studio.conftest import Sound, sounds

__all__ = ["sounds"]

SECRET = "k" * 40
_SETTINGS = """title = "Notas & más"
id = "tag:talks.example,2026:notas"
base_url = "http://127.0.0.1:8000/notas/"
language = "es"
timezone = "America/Mexico_City"
license = "CC-BY-4.0"
author = {name = "Ana Pérez", email = "ana@talks.example"}
[audio]
download = true
"""
_VTT = b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHola\n"


@dataclass(frozen=True)
class Home:
    """A publication on the disk."""

    root: Path
    sound: Path
    # What ffmpeg made before, of the same: the same comes out, and takes half a second.
    made: dict[str, tuple[AudioFile, bytes]]

    @property
    def public(self) -> Path:
        return self.root / "public"

    @property
    def audio(self) -> Path:
        return self.root / ".talkfeeds" / "audio"

    def settings(self, more: str = "") -> None:
        (self.root / "content" / "publication.toml").write_text(_SETTINGS + more)

    def talk(self, slug: str, youtube_id: str = "", front: str = "", notes: str = "") -> None:
        youtube = f"youtube: {youtube_id}\n" if youtube_id else ""
        text = f"---\ntitle: Charla {slug} <&>\nid: tag:talks.example,2026:notas/{slug}\n{youtube}"
        path = self.root / "content" / "talks" / f"{slug}.md"
        path.write_text(
            f"{text}date: 2017-12-07\n{front}---\n{notes or 'Notas ]]> de la charla.'}\n"
        )

    def record(self, youtube_id: str, format: str = "m4a", transcript: bool = False) -> None:
        """Make the audio as a fetch does, and say so in the sidecar."""
        source, facts = Folder(self.root), Facts(duration_s=9.0)
        publication = read_settings(source)
        talks = sorted(read_talks(source, publication), key=lambda talk: talk.published)
        (*_, talk) = (one for one in talks if one.recording and youtube_id in one.recording.url)
        wanted = wanted_of(publication, talk, facts, of_talk)
        made = self._make(replace(wanted, format=format))
        texts: tuple[Transcript, ...] = ()
        folder = self.root / "content" / "recordings"
        folder.mkdir(exist_ok=True)
        if transcript:
            texts = (Transcript(f"{youtube_id}.es.vtt", "text/vtt", "es"),)
            (folder / texts[0].name).write_bytes(_VTT)
        sidecar = Sidecar(youtube_id, facts, audio=made, transcripts=texts)
        (self.root / path_of(youtube_id)).write_bytes(write(sidecar))

    def _make(self, wanted: Wanted) -> AudioFile:
        known = self.made.get(repr(wanted))
        if known is None:
            audio = Studio(self.audio).make(str(self.sound), wanted)
            self.made[repr(wanted)] = audio, (self.audio / audio.name).read_bytes()
            return audio
        audio, data = known
        self.audio.mkdir(parents=True, exist_ok=True)
        beside = self.audio / f".{audio.name}.new"
        beside.write_bytes(data)
        beside.replace(self.audio / audio.name)
        return audio

    def build(self, base_url: str = "") -> Built:
        site = Site(self.public, self.root / "content")
        return build(Folder(self.root), site, base_url, shelf=Shelf(self.root, SECRET))

    def read(self, path: str) -> str:
        return (self.public / path).read_text()


def make_home(folder: Path, sounds: Sound, made: dict[str, tuple[AudioFile, bytes]]) -> Home:
    """An empty publication in ``folder``."""
    (folder / "content" / "talks").mkdir(parents=True)
    found = Home(folder, sounds("talk.m4a"), made)
    found.settings()
    return found


@pytest.fixture(scope="session")
def made() -> dict[str, tuple[AudioFile, bytes]]:
    """The files of this run."""
    return {}


@pytest.fixture
def home(tmp_path: Path, sounds: Sound, made: dict[str, tuple[AudioFile, bytes]]) -> Home:
    """An empty publication."""
    return make_home(tmp_path, sounds, made)
