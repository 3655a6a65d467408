"""A recording's sidecar, ``content/recordings/<id>.json``: what is known of it, and since when.

Three things stand side by side in one file. ``facts`` is what YouTube said, as yt-dlp read it;
what it did not say stays unsaid. ``asked`` is how the last try to fetch something ended.
``audio`` describes the file that was made and verified. Builds read sidecars and never the network.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from feeds.errors import ContentError, Problem
from feeds.text import one_line

FORMAT = 1
# What audio may be made as → its media type. M4A has Apple's name for it, which directories ask
# for; RFC 4337's is audio/mp4.
MEDIA_TYPES = {"m4a": "audio/x-m4a", "mp3": "audio/mpeg", "opus": "audio/ogg"}
# MP4 and ID3 keep a title's length in a byte.
MAX_TITLE_BYTES = 255


class Outcome(StrEnum):
    """How a try ended. The ``PERMANENT`` ones are not tried again until the entry changes;
    after one of ``BREAKING`` nobody is asked anything more in that run."""

    OK = "ok"
    PRIVATE = "private"
    REMOVED = "removed"
    TERMINATED = "account-terminated"
    AGE = "age-restricted"
    MEMBERS = "members-only"
    GEO = "geo-blocked"
    PREMIERE = "premiere"
    LIVE = "live"
    BOT_CHECK = "bot-check"
    RATE_LIMIT = "rate-limit"
    NO_JS = "no-js-runtime"
    NO_FORMATS = "no-formats"
    NETWORK = "network"
    DISK_FULL = "disk-full"
    UNKNOWN = "unknown"


PERMANENT = frozenset(
    {
        Outcome.PRIVATE,
        Outcome.REMOVED,
        Outcome.TERMINATED,
        Outcome.AGE,
        Outcome.MEMBERS,
        Outcome.GEO,
    }
)
BREAKING = frozenset({Outcome.BOT_CHECK, Outcome.RATE_LIMIT})


@dataclass(frozen=True, slots=True)
class Chapter:
    """Where a part of a recording begins, in seconds from its start, and what it is called."""

    start_s: float
    title: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What YouTube says of a recording; None and empty are what it did not say.

    ``uploaded`` is in UTC. ``subtitles`` and ``captions`` are languages (BCP 47) of those that
    people wrote and of those that a machine did. ``license`` is YouTube's word for it, and
    grants nothing here.
    """

    title: str = ""
    channel: str = ""
    duration_s: float | None = None
    uploaded: datetime | None = None
    chapters: tuple[Chapter, ...] = ()
    subtitles: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    thumbnail_url: str = ""
    license: str = ""
    availability: str = ""
    live_status: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """The last try: how it ended, in whose words, when (UTC), and not before when again."""

    outcome: Outcome
    at: datetime
    said: str = ""
    tries: int = 1
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class AudioFile:
    """A verified file below ``.talkfeeds/audio/``: its bytes, measured seconds and container.

    ``made_from`` names everything that it depends on; another value makes it anew.
    """

    name: str
    size_bytes: int
    media_type: str
    duration_s: float
    made_from: str = ""
    loudness_lufs: float | None = None
    true_peak_dbtp: float | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """An audio file to be made: ``<name>.<format>``, the recording from ``start_s`` to ``end_s``.

    ``source`` names what it is made from (a video's id and format). ``duration_s`` is how long
    the whole recording is said to last, None when nobody said. ``chapters`` are those of the whole
    recording. ``cover`` is a JPEG or PNG. ``loudness`` asks for −16 LUFS and at most −1 dBTP.
    """

    name: str
    format: str = "m4a"
    source: str = ""
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

    @property
    def made_from(self) -> str:
        """A fingerprint of all of it: what was made from the same need not be made again."""
        told = asdict(self) | {"cover": hashlib.sha256(self.cover).hexdigest()}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Transcript:
    """A file below ``content/recordings/``; ``automatic`` when a machine wrote it."""

    name: str
    media_type: str
    language: str
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Sidecar:
    """All three, of one recording."""

    youtube_id: str
    facts: Facts | None = None
    asked: Asked | None = None
    audio: AudioFile | None = None
    transcripts: tuple[Transcript, ...] = ()


def chapters_within(
    chapters: Iterable[Chapter], start_s: float | None, end_s: float | None
) -> tuple[Chapter, ...]:
    """The chapters of the part from ``start_s`` to ``end_s``, counted from its beginning.

    One that began before it begins with it. No two begin at the same moment.
    """
    start = start_s or 0.0
    found: dict[float, Chapter] = {}
    for chapter in sorted(chapters, key=lambda chapter: chapter.start_s):
        if end_s is None or chapter.start_s < end_s:
            at = round(max(0.0, chapter.start_s - start), 3)
            found[at] = Chapter(at, chapter.title)
    return tuple(found.values())


def short_title(title: str) -> str:
    """As much of ``title`` as fits MAX_TITLE_BYTES of UTF-8, whole characters in one line."""
    line = one_line(title)
    return line.encode("utf-8", "replace")[:MAX_TITLE_BYTES].decode("utf-8", "ignore").rstrip()


def path_of(youtube_id: str) -> str:
    """The sidecar's path below the root."""
    return f"content/recordings/{youtube_id}.json"


def write(sidecar: Sidecar) -> bytes:
    """The file: the same bytes for the same sidecar; what is not known is left out."""
    found = {"format": FORMAT, **_told(asdict(sidecar))}
    return (json.dumps(found, ensure_ascii=False, indent=1) + "\n").encode()


def read(data: bytes, path: str) -> Sidecar:
    """What ``write`` wrote; ContentError for anything else, with what to do."""
    remedy = "mend it, or remove it: talkfeeds audio fetch makes it again"
    try:
        found = json.loads(data)
        if not isinstance(found, dict) or found.pop("format", None) != FORMAT:
            raise ValueError(f"is no sidecar of format {FORMAT}")
        return Sidecar(
            youtube_id=str(found.pop("youtube_id")),
            facts=_facts(found.pop("facts", None)),
            asked=_asked(found.pop("asked", None)),
            audio=AudioFile(**found.pop("audio")) if "audio" in found else None,
            transcripts=tuple(Transcript(**one) for one in found.pop("transcripts", ())),
        )
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        message = f"cannot be read: {error}"
        raise ContentError([Problem(path, 0, "", message, remedy)]) from None


def _facts(found: dict[str, Any] | None) -> Facts | None:
    if found is None:
        return None
    return Facts(
        **{
            **found,
            "uploaded": _moment(found.get("uploaded")),
            "chapters": tuple(Chapter(**one) for one in found.get("chapters", ())),
            "subtitles": tuple(found.get("subtitles", ())),
            "captions": tuple(found.get("captions", ())),
        }
    )


def _asked(found: dict[str, Any] | None) -> Asked | None:
    if found is None:
        return None
    at = _moment(found["at"])
    if at is None:
        raise ValueError("asked has no moment")
    not_before = _moment(found.get("not_before"))
    rest = {**found, "outcome": Outcome(found["outcome"]), "at": at, "not_before": not_before}
    return Asked(**rest)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _told(value: dict[str, Any]) -> dict[str, Any]:
    """Without what is not known; moments as RFC 3339."""
    found: dict[str, Any] = {}
    for key, one in value.items():
        if one is None or one in ("", (), []):
            continue
        if isinstance(one, dict):
            found[key] = _told(one)
        elif isinstance(one, datetime):
            found[key] = one.astimezone(UTC).isoformat()
        elif isinstance(one, tuple | list):
            found[key] = [_told(part) if isinstance(part, dict) else part for part in one]
        else:
            found[key] = one
    return found
