"""Where recordings become audio files: ffmpeg as a subprocess, tags by mutagen, all verified."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from feeds.edges.shelf import Shelf, verify
from feeds.edges.studio.making import make
from feeds.edges.studio.programs import Programs, check_programs, find_programs, trouble_of
from feeds.edges.studio.recipe import Recipe
from feeds.model import Publication, Talk
from feeds.recordings import AudioFile, Wanted

__all__ = [
    "Programs",
    "Recipe",
    "Shelf",
    "Studio",
    "find_programs",
    "make",
    "trouble_of",
    "verify",
]

Cover = Callable[[Publication, Talk], bytes]


class Studio:
    """Makes files below ``folder``; fulfils the Studio of ``audio fetch``.

    ``cover`` draws what stands in the file as its picture.
    """

    def __init__(self, folder: Path, cover: Cover = lambda _publication, _talk: b"") -> None:
        self.folder, self.cover = folder, cover

    def check(self) -> None:
        """WorldError when there is no ffmpeg, or one that does not run."""
        check_programs()

    def make(self, source: str, wanted: Wanted) -> AudioFile:
        """Make, tag and verify ``<youtube id>.<format>`` in one rename; see ``making.make``.

        A copy is of a file that was cut before, and keeps its sound.
        """
        talk, publication = wanted.talk, wanted.publication
        recipe = Recipe(
            name=wanted.youtube_id,
            format=wanted.format,
            start_s=None if wanted.copy else wanted.start_s,
            end_s=None if wanted.copy else wanted.end_s,
            duration_s=None if wanted.copy or not talk.recording else talk.recording.duration_s,
            loudness=wanted.loudness,
            title=talk.title,
            speakers=tuple(speaker.name for speaker in talk.speakers),
            event=talk.event.name if talk.event else publication.title,
            date=talk.date.isoformat(),
            url=publication.base_url + talk.path,
            license=talk.license,
            chapters=wanted.chapters,
            cover=self.cover(publication, talk),
            made_from=wanted.made_from,
        )
        made = make(Path(source), self.folder, recipe)
        return replace(made, talk_id=talk.id, start_s=wanted.start_s, end_s=wanted.end_s)
