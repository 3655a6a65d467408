"""What yt-dlp and YouTube said → an Outcome.

First comes the type of the error, then YouTube's own sentence, which yt-dlp repeats (it asks for
them in English), then what servers answered on the way: a player that is refused with 429 leaves
only a warning behind, and formats that are not there. What nobody recognises is ``unknown``,
with its text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from yt_dlp.networking.exceptions import HTTPError, TransportError
from yt_dlp.utils import (
    ContentTooShortError,
    DownloadError,
    ExtractorError,
    GeoRestrictedError,
    YoutubeDLError,
)

from feeds.errors import NO_ROOM
from feeds.recordings import Answer, Outcome

_TOO_MANY = 429
# YouTube's reasons (playabilityStatus) and yt-dlp's own sentences for them. Their order counts:
# "sign in" stands in several, and "isn't available" also in the one that means a rate limit.
_SENTENCES: tuple[tuple[Outcome, str], ...] = (
    (Outcome.BOT_CHECK, r"not a (?:ro)?bot|captcha challenge|responses are invalid"),
    (Outcome.RATE_LIMIT, r"rate-limited by YouTube|try again later|Too Many Requests"),
    (Outcome.TERMINATED, r"account (?:associated with this video )?has been (?:terminated|closed)"),
    (Outcome.MEMBERS, r"members[- ]only|Join this channel|available to this channel's members"),
    (Outcome.PRIVATE, r"private video|video is private"),
    (Outcome.AGE, r"confirm your age|age[- ]restricted|inappropriate for some users"),
    (Outcome.GEO, r"not made this video available in your (?:country|location)"),
    (Outcome.GEO, r"(?:not available|blocked (?:it )?)[^.]*in your (?:country|location|region)"),
    (Outcome.PREMIERE, r"Premieres (?:in|on|at)|Premiere will begin|live event will begin"),
    (Outcome.PREMIERE, r"live event (?:has not started|will start)|is upcoming"),
    (Outcome.LIVE, r"We're processing this video|live stream (?:is|recording)|is currently live"),
    (Outcome.NO_FORMATS, r"Requested format is not available|No video formats found|DRM protect"),
    (Outcome.REMOVED, r"has been removed|no longer available|isn't available anymore"),
    (Outcome.REMOVED, r"Video unavailable|video (?:is not|isn't) available|video is unavailable"),
    (Outcome.REMOVED, r"video does not exist|been deleted"),
)
_ROWS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _SENTENCES)
# Before every message that yt-dlp prints, and after those that it takes for its own mistakes.
_PREFIX = re.compile(r"^(?:ERROR: |WARNING: )*(?:\[[\w:+]+\] )*(?:[\w-]{11}: )?")
_REPORT = re.compile(r"; please report this issue on .*", re.DOTALL)
# What a terminal would obey (ECMA-48 §5.4, §5.6): sequences as a whole, then single characters.
_SEQUENCES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
# Where something lay in this process's memory says nothing to anybody.
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_MAX_SAID = 1_000


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that came to nothing. ``status`` is 0 without an answer."""

    status: int
    text: str
    retry_after_s: float | None = None


def answer_of(error: BaseException, refused: list[Refused], warnings: list[str]) -> Answer:
    """What an exception means, with its own words; of one that is no message to people, its type
    comes first."""
    causes = tuple(_causes(error))
    said = said_of(_told(error))
    pause = max((one.retry_after_s or 0 for one in refused), default=0) or None
    for cause in causes:
        if isinstance(cause, OSError) and cause.errno in NO_ROOM:
            return Answer(Outcome.DISK_FULL, said)
        if isinstance(cause, HTTPError):
            too_many = cause.status == _TOO_MANY
            return Answer(Outcome.RATE_LIMIT if too_many else Outcome.NETWORK, said, pause)
    if any(isinstance(cause, GeoRestrictedError) for cause in causes):
        return Answer(Outcome.GEO, said)
    if (kind := kind_of(said)) is not None:
        return Answer(kind, said, pause if kind is Outcome.RATE_LIMIT else None)
    if any(isinstance(cause, TransportError | ContentTooShortError) for cause in causes):
        return Answer(Outcome.NETWORK, said, pause)
    return _from_the_way(said, refused, warnings) or Answer(Outcome.UNKNOWN, said)


def without_formats(refused: list[Refused], warnings: list[str], *, runtime: bool) -> Answer:
    """Why a recording that YouTube described came without anything to play.

    ``runtime``: whether a supported JavaScript runtime is there.
    """
    found = _from_the_way("", refused, warnings)
    if found is not None:
        return found
    told = "; ".join(said_of(warning) for warning in warnings[-3:]) or "no formats, and no reason"
    if not runtime:
        return Answer(Outcome.NO_JS, told)
    return Answer(Outcome.NO_FORMATS, told)


def kind_of(said: str) -> Outcome | None:
    """What a sentence means; None for one that nobody knows."""
    return next((kind for kind, pattern in _ROWS if pattern.search(_plain(said))), None)


def said_of(text: str) -> str:
    """A message as people said it: without yt-dlp's prefixes and its plea for bug reports."""
    bare = _PREFIX.sub("", harmless(text), count=1)
    return _ADDRESS.sub("", " ".join(_REPORT.sub("", bare).split()))[:_MAX_SAID]


def harmless(text: str) -> str:
    """``text`` without what a terminal would obey, and such that UTF-8 can hold it."""
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub(" ", _SEQUENCES.sub("", text)))


def _told(error: BaseException) -> str:
    known = isinstance(error, YoutubeDLError | OSError)
    return str(error) if known else f"{type(error).__name__}: {error}"


def _from_the_way(said: str, refused: list[Refused], warnings: list[str]) -> Answer | None:
    """What servers refused on the way, and what warnings told of it."""
    for one in refused:
        if one.status == _TOO_MANY:
            return Answer(Outcome.RATE_LIMIT, said or one.text, one.retry_after_s)
    for warning in warnings:
        kind = kind_of(said_of(warning))
        if kind in {Outcome.BOT_CHECK, Outcome.RATE_LIMIT}:
            return Answer(kind, said_of(warning))
    if refused:
        last = refused[-1]
        return Answer(Outcome.NETWORK, said or last.text, last.retry_after_s)
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that lies behind it; yt-dlp keeps causes in three places."""
    todo, seen = [error], set[int]()
    while todo:
        one = todo.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = [one.__cause__, one.__context__]
        if isinstance(one, DownloadError | ExtractorError) and one.exc_info:
            inner.append(one.exc_info[1])
        cause = getattr(one, "cause", None)
        inner.append(cause if isinstance(cause, BaseException) else None)
        todo.extend(found for found in inner if found is not None)


def _plain(text: str) -> str:
    return text.replace("\u2019", "'")
