"""A recording's sidecar, ``content/recordings/<id>.json``: what is known of it, and since when.

Three things stand side by side in one file. ``facts`` is what YouTube said, as yt-dlp read it;
what it did not say stays unsaid. ``asked`` is how the last try to fetch something ended.
``audio`` describes the file that was made and verified. Builds read sidecars and never the network.
"""

import json
import math
from dataclasses import MISSING, asdict, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from feeds.errors import ContentError, Problem
from feeds.model import Publication, Talk
from feeds.patterns import pattern
from feeds.text import visible

FORMAT = 1
# What no recording outlasts (YouTube takes 12 hours, a stream can be longer), and no file of one.
MAX_DURATION_S = 10 * 86_400.0
MAX_BYTES = 1 << 40
# What audio may be made as → its media type. M4A has Apple's name for it, which directories ask
# for; RFC 4337's is audio/mp4.
MEDIA_TYPES = {"m4a": "audio/x-m4a", "mp3": "audio/mpeg", "opus": "audio/ogg"}
# Capitals count in a YouTube id, and it may begin with a dash.
_PATH = pattern(r"content/recordings/([A-Za-z0-9_-]{11})\.json")
_FILE_NAME = pattern(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_LANGUAGE = pattern(r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*")
_Value = TypeVar("_Value")


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
    title: str = ""


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

    ``made_from`` names everything that it depends on; another value makes it anew. Whose it is:
    ``talk_id`` says for which talk it was made, ``start_s`` and ``end_s`` which part of the
    recording it holds, and ``chapters`` what stands in it, counted from its own start.
    """

    name: str
    size_bytes: int
    media_type: str
    duration_s: float
    made_from: str = ""
    loudness_lufs: float | None = None
    true_peak_dbtp: float | None = None
    talk_id: str = ""
    start_s: float | None = None
    end_s: float | None = None
    chapters: tuple[Chapter, ...] = ()


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
class OnDisk:
    """A file that takes room: its bytes, and when it was made or last written to (UTC)."""

    size_bytes: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Words:
    """Subtitles as they came: language (BCP 47), WebVTT, and whether a machine wrote them."""

    language: str
    data: bytes
    automatic: bool


def path_of(youtube_id: str) -> str:
    """The sidecar's path below the root."""
    return f"content/recordings/{youtube_id}.json"


def is_sidecar(path: str) -> bool:
    """Whether a sidecar stands at ``path``, below the root."""
    return _PATH.fullmatch(path) is not None


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
        sidecar = _made(Sidecar, found, "the file")
        _check(sidecar, path)
    except _OutOfRangeError as error:
        raise ContentError([Problem(path, 0, error.key, str(error), remedy)]) from None
    except (ValueError, RecursionError) as error:
        message = f"cannot be read: {visible(str(error))}"
        raise ContentError([Problem(path, 0, "", message, remedy)]) from None
    return sidecar


def _check(sidecar: Sidecar, path: str) -> None:
    """What no type says: whose file it is, and that it names files of its own folder alone."""
    named = _PATH.fullmatch(path)
    if named and named[1] != sidecar.youtube_id:
        raise ValueError(f"it is about the recording {sidecar.youtube_id}")
    facts, audio = sidecar.facts, sidecar.audio
    names = [one.name for one in sidecar.transcripts] + ([audio.name] if audio else [])
    for one in sidecar.transcripts:
        if not _LANGUAGE.fullmatch(one.language):
            raise ValueError(f"{one.language!r} is no language")
    for name in names:
        if not _FILE_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no file's name")
    _check_numbers(facts, audio)


def _check_numbers(facts: Facts | None, audio: AudioFile | None) -> None:
    """That nothing lasts longer than anything does; no sum of them is out of range then."""
    lengths: list[tuple[str, float | None]] = []
    if facts:
        lengths += [("facts.chapters.start_s", one.start_s) for one in facts.chapters]
        lengths += [("facts.duration_s", facts.duration_s)]
    if audio:
        lengths += [("audio.chapters.start_s", one.start_s) for one in audio.chapters]
        lengths += [("audio.duration_s", audio.duration_s)]
        lengths += [("audio.start_s", audio.start_s), ("audio.end_s", audio.end_s)]
    for key, length in lengths:
        if length is not None and not 0 <= length <= MAX_DURATION_S:
            said = "below nothing" if length < 0 else "more than ten days"
            raise _OutOfRangeError(key, f"{length:g} seconds are {said}")
    if audio and not 0 <= audio.size_bytes <= MAX_BYTES:
        raise _OutOfRangeError("audio.size_bytes", "is no size of a file")


class _OutOfRangeError(ValueError):
    """A number that nothing real has, and its key."""

    def __init__(self, key: str, message: str) -> None:
        self.key = key
        super().__init__(message)


def _made(kind: type[_Value], found: Any, where: str) -> _Value:
    """A dataclass from JSON: every field of its type, none unknown, none missing."""
    if not isinstance(found, dict):
        raise ValueError(f"{where} is no object")  # noqa: TRY004 # the mistake is in a file
    wanted = {field.name: field for field in fields(kind)}  # type: ignore[arg-type] # a dataclass
    if unknown := sorted(found.keys() - wanted.keys()):
        raise ValueError(f"{unknown[0]!r} in {where} is not known")
    hints = get_type_hints(kind)
    values = {}
    for name, field in wanted.items():
        if name in found:
            values[name] = _value(hints[name], found[name], name)
        elif field.default is MISSING:
            raise ValueError(f"{where} has no {name!r}")
    return kind(**values)


def _value(hint: Any, found: Any, name: str) -> Any:
    """``found`` as a field's annotation wants it; ValueError when it is not that."""
    kinds = get_args(hint) if get_origin(hint) is UnionType else (hint,)
    if found is None and NoneType in kinds:
        return None
    kind = next(one for one in kinds if one is not NoneType)
    if get_origin(kind) is tuple:
        if not isinstance(found, list):
            raise ValueError(f"{name} is no list")
        return tuple(_value(get_args(kind)[0], one, name) for one in found)
    if is_dataclass(kind):
        return _made(cast("type[Any]", kind), found, name)
    if kind is float and type(found) is int:
        try:
            found = float(found)
        except OverflowError:
            raise _OutOfRangeError(name, "is more than any number") from None
    if type(found) is not (str if kind is datetime or issubclass(kind, StrEnum) else kind):
        raise ValueError(f"{name} is {json.dumps(found)[:60]}")
    if kind is datetime:
        return _moment(found, name)
    if isinstance(found, float) and not math.isfinite(found):
        raise ValueError(f"{name} is no number")
    return kind(found)


def _moment(text: str, name: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{name} has no offset")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{name} is out of range") from None


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
