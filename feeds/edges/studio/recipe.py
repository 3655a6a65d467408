"""What the studio is told: a recording to cut, and what to write into the file."""

from dataclasses import dataclass

from feeds.recordings import Chapter


@dataclass(frozen=True, slots=True)
class Recipe:
    """An audio file to be made: ``<name>.<format>``, the recording from ``start_s`` to ``end_s``.

    ``duration_s`` is how long the whole recording is said to last, None when nobody said.
    ``chapters`` count from the audio's own start, as ``feeds.chapters`` gives them. ``cover`` is
    a JPEG or PNG. ``loudness`` asks for −16 LUFS and at most −1 dBTP. ``made_from`` goes into the
    sidecar as it is.
    """

    name: str
    format: str = "m4a"
    start_s: float | None = None
    end_s: float | None = None
    duration_s: float | None = None
    loudness: bool = False
    title: str = ""
    speakers: tuple[str, ...] = ()
    event: str = ""
    date: str = ""
    url: str = ""
    license: str = ""
    chapters: tuple[Chapter, ...] = ()
    cover: bytes = b""
    made_from: str = ""
