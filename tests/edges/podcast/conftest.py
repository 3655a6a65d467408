"""A publication with real audio, made by the studio, and the site that a build makes of it."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from feeds.chapters import of_talk
from feeds.edges.content import Folder
from feeds.edges.disk import Site
from feeds.edges.studio import Shelf, Studio
from feeds.jobs.audio.deciding import wanted_of
from feeds.jobs.build import Built, build
from feeds.jobs.loading import read_settings, read_talks
from feeds.recordings import Facts, Sidecar, Transcript, path_of, write
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
        studio = Studio(self.audio)
        made = studio.make(str(self.sound), replace(wanted, format=format))
        texts: tuple[Transcript, ...] = ()
        folder = self.root / "content" / "recordings"
        folder.mkdir(exist_ok=True)
        if transcript:
            texts = (Transcript(f"{youtube_id}.es.vtt", "text/vtt", "es"),)
            (folder / texts[0].name).write_bytes(_VTT)
        sidecar = Sidecar(youtube_id, facts, audio=made, transcripts=texts)
        (self.root / path_of(youtube_id)).write_bytes(write(sidecar))

    def build(self, base_url: str = "") -> Built:
        site = Site(self.public, self.root / "content")
        return build(Folder(self.root), site, base_url, shelf=Shelf(self.root, SECRET))

    def read(self, path: str) -> str:
        return (self.public / path).read_text()


@pytest.fixture
def home(tmp_path: Path, sounds: Sound) -> Home:
    """An empty publication."""
    (tmp_path / "content" / "talks").mkdir(parents=True)
    found = Home(tmp_path, sounds("talk.m4a"))
    found.settings()
    return found
