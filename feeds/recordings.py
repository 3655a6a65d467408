"""A recording's sidecar, ``content/recordings/<id>.json``: what is known of it, and since when.

Three things stand side by side in one file. ``facts`` is what YouTube said, as yt-dlp read it;
what it did not say stays unsaid. ``asked`` is how the last try to fetch something ended.
``audio`` describes the file that was made and verified. Builds read sidecars and never the network.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from feeds.errors import ContentError, Problem
from feeds.model import Publication, Talk

FORMAT = 1


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
    """The last try: how it ended, in whose words, when (UTC), and not before when again.

    ``wanted`` is a fingerprint of what the entry said then; another one tries again at once.
    """

    outcome: Outcome
    at: datetime
    said: str = ""
    tries: int = 1
    not_before: datetime | None = None
    wanted: str = ""


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
class Transcript:
    """A file below ``content/recordings/``; ``automatic`` when a machine wrote it."""

    name: str
    media_type: str
    language: str
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Sidecar:
    """All three, of one recording. Subtitles and the thumbnail are asked for by themselves:
    how that ended is no matter of the recording's. ``pruned`` is when its audio was taken away
    to make room; it is not fetched again by itself."""

    youtube_id: str
    facts: Facts | None = None
    asked: Asked | None = None
    audio: AudioFile | None = None
    transcripts: tuple[Transcript, ...] = ()
    asked_subtitles: Asked | None = None
    asked_thumbnail: Asked | None = None
    pruned: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """How an attempt ended, in whose words; ``retry_after_s`` when the server named a pause."""

    outcome: Outcome
    said: str = ""
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """An audio file to be made of a recording, and what its tags say.

    ``start_s`` and ``end_s`` cut the recording; chapters count from the recording's start.
    ``copy``: the source is a file made before, which is right but for its tags.
    ``made_from`` names all of this, for the sidecar.
    """

    youtube_id: str
    talk: Talk
    publication: Publication
    format: str
    loudness: bool
    start_s: float | None
    end_s: float | None
    chapters: tuple[Chapter, ...]
    made_from: str
    copy: bool = False


class Stopped(Exception):  # noqa: N818 # no error: somebody ended the run
    """Nobody was asked, or not to the end, because the run is over. It is no answer."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look gave: the answer, the facts (also of some that cannot be fetched), the size
    of the sound in bytes when it was told, and what the tube needs to go on."""

    answer: Answer
    facts: Facts | None = None
    size_bytes: int | None = None
    handle: object = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a download gave: the answer, and the file's path when it was OK."""

    answer: Answer
    path: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """Subtitles as they came: language (BCP 47), WebVTT, and whether a machine wrote them."""

    language: str
    data: bytes
    automatic: bool


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
            asked_subtitles=_asked(found.pop("asked_subtitles", None)),
            asked_thumbnail=_asked(found.pop("asked_thumbnail", None)),
            pruned=_moment(found.pop("pruned", None)),
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
