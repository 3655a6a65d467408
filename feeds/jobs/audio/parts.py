"""What a fetch needs from outside: who asks YouTube, who makes files, where they lie."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from feeds.model import Output
from feeds.recordings import Answer, AudioFile, Seen, Sidecar, Taken, Wanted, Words


class Tube(Protocol):
    """Who asks YouTube. Whatever happens there is an answer, never an error; only after
    ``shut`` or ``stop`` there is none, and ``Stopped`` is raised."""

    def look(self, youtube_id: str, format: str) -> Seen:
        """The facts, and whether its sound in that format could be fetched."""
        ...

    def fetch(self, seen: Seen, told: Callable[[int, int], None]) -> Taken:
        """Download what was looked at, going on where an earlier run was stopped.

        ``told`` hears how many bytes are there, of how many (0 when nobody knows).
        """
        ...

    def subtitles(self, seen: Seen) -> tuple[Answer, tuple[Words, ...]]:
        """The subtitles that people wrote, else those of a machine in the spoken language."""
        ...

    def thumbnail(self, seen: Seen) -> tuple[Answer, bytes]:
        """The recording's picture, a JPEG."""
        ...

    def done(self, seen: Seen) -> None:
        """Let go of what a look holds."""
        ...

    def shut(self) -> None:
        """Look at nothing more; what is under way may end."""
        ...

    def stop(self) -> None:
        """Ask nothing more, and end what is under way."""
        ...


class Studio(Protocol):
    """Who makes audio files of what was downloaded."""

    def check(self) -> None:
        """WorldError when it cannot work here."""
        ...

    def make(self, source: str, wanted: Wanted) -> AudioFile:
        """Make, tag and measure the file below ``.talkfeeds/audio/``, in one rename.

        WorldError for a source that is no sound.
        """
        ...


class Shelf(Protocol):
    """Where sidecars and files lie."""

    def sidecars(self) -> Mapping[str, Sidecar]:
        """All of them, by recording; ContentError for those that cannot be read."""
        ...

    def keep(self, sidecar: Sidecar) -> None:
        """Write one, in one rename; the same one again touches nothing."""
        ...

    def put(self, outputs: Sequence[Output]) -> None:
        """Write files below ``content/recordings/``."""
        ...

    def keeps(self, name: str) -> bool:
        """Whether a file is there below ``content/recordings/``."""
        ...

    def path_of(self, audio: AudioFile) -> str:
        """Where a file lies; empty when it is not there, or of another size."""
        ...

    def drop_source(self, path: str) -> None:
        """Remove a download that was used up."""
        ...

    def free_bytes(self) -> int:
        """What is free on the disk of the audio."""
        ...

    def hold(self) -> AbstractContextManager[None]:
        """Keep other fetches away; WorldError when one is running."""
        ...


@dataclass(frozen=True, slots=True)
class World:
    """What a fetch needs from outside. The tube is opened when there is something to ask.
    ``chance`` gives numbers in [0, 1); ``cookies``: whether YouTube is shown any."""

    tube: Callable[[], Tube]
    studio: Studio
    shelf: Shelf
    now: Callable[[], datetime]
    chance: Callable[[], float]
    cookies: bool = False
