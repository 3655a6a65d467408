"""Chapters of a talk's audio: read from its notes, else YouTube's; written in three forms.

A line of the notes that begins with a time is a timestamp: ``12:30 — Demo``,
``* [1:02:03] Questions``, ``(0:00) Intro``, ``[12:30](https://youtu.be/…) Demo``. Timestamps are
taken as chapters when there are at least two of them, each later than the one before; those
after the end of the recording, when its duration is known, are left out. All that the notes
hold are taken together, or else the first block of them without other text between that will do.

Notes also hold times of day (``14:00 lunch``). So a list in which every time could be one
(hour and minutes, these a multiple of five, no square bracket) is no list of chapters, unless it
begins within the first minute, as YouTube wants it (``0:00 Intro``). Ranges (``9:00–9:30``),
``am``, ``pm`` and ``h`` after a time make it one of day.
"""

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from feeds.model import AudioChoice, Talk
from feeds.patterns import pattern
from feeds.recordings import Chapter, Facts
from feeds.text import clock, one_line, xml_legal

if TYPE_CHECKING:
    from lxml.etree import _Element

# Podcasting 2.0: the chapters file, which ``podcast:chapters`` names by its URL and this type.
MEDIA_TYPE = "application/json+chapters"
PSC = "http://podlove.org/simple-chapters"
MAX_EMBEDDED_BYTES = 255
# MP4 counts Nero's chapters in a byte; the other forms have no more, so that all say the same.
MAX_CHAPTERS = 255

_FEWEST = 2
_LINE = pattern(
    r"""[ \t]*(?:>[ \t]*)*(?:(?:[-*+•]|[0-9]{1,3}[.)]|\#{1,6})[ \t]+)?  # quote, list, heading
    (?P<mark>\*\*|__|\*|_|`)?(?P<open>[\[(])?(?P<mark2>\*\*|__|\*|_|`)?
    (?:(?P<hours>[0-9]{1,2}):(?=[0-9]{2}:))?(?P<minutes>[0-9]{1,3}):(?P<seconds>[0-5][0-9])
    (?!:?[0-9]|\.[0-9]{4})(?P<fraction>\.[0-9]{1,3})?
    (?P<rest>.*)""",
    re.VERBOSE,
)
_OF_DAY = pattern(r"\s*(?:[-–—]\s*[0-9]{1,2}[:.h][0-9]{2}|[ap]\.?\s?m\b|h(?:rs?|oras?)?\b)", re.I)
_AFTER = pattern(
    r"(?:\*\*|__|\*|_|`)?[\])]?(?:\([^()\s]*\))?(?:\*\*|__|\*|_|`)?(?P<between>[\s:|–—.,•·-]*)"
)
_FENCE = pattern(r" {0,3}(`{3,}|~{3,})")
_LINK = pattern(r"!?\[([^\[\]]*)\]\([^()]*(?:\([^()]*\)[^()]*)*\)")
_PAIRS = pattern(r"(?<!\\)(\*\*|__|~~|`|(?<!\w)[*_](?=\S))(.+?)(?<!\\)\1")
_ESCAPED = pattern(r"\\([!-/:-@\[-`{-~])")
# What yt-dlp calls the time before YouTube's first chapter. Nobody named it so.
_UNTITLED = pattern(r"<Untitled Chapter [0-9]+>")


def of_talk(talk: Talk, facts: Facts | None) -> tuple[Chapter, ...]:
    """The chapters that a talk's audio should have; see ``chapters_of``."""
    return chapters_of(talk.notes, facts, talk.audio, talk.title)


def chapters_of(
    notes: str, facts: Facts | None = None, choice: AudioChoice | None = None, title: str = ""
) -> tuple[Chapter, ...]:
    """The chapters of a talk's audio, in order; empty when there are fewer than two.

    From the timestamps in ``notes`` (Markdown), else YouTube's. Starts are in seconds from the
    audio's own start, to the millisecond: ``choice`` says where in the recording it starts and
    ends. A chapter that runs when the audio starts begins with it; where none does, one called
    ``title`` fills the time before the first, because an MP4's chapters begin at 0 by force.
    """
    if choice is not None and choice.chapters is False:
        return ()
    duration_s = (facts.duration_s or None) if facts else None
    found = _from_notes(notes, duration_s) or _from_youtube(facts)
    start_s = choice.start_s or 0.0 if choice else 0.0
    ends = [choice.end_s if choice else None, duration_s]
    cut = _cut(found, start_s, min((end for end in ends if end is not None), default=None))
    if cut and cut[0].start_s > 0 and (first := one_line(xml_legal(title))):
        cut = (Chapter(0.0, first), *cut)
    return cut[:MAX_CHAPTERS]


def within(chapters: Iterable[Chapter], length_s: float) -> tuple[Chapter, ...]:
    """Those of ``chapters`` that begin in an audio of that length; none where less than two do."""
    kept = tuple(one for one in chapters if one.start_s < length_s)[:MAX_CHAPTERS]
    return kept if len(kept) >= _FEWEST else ()


def to_json(chapters: Iterable[Chapter]) -> bytes:
    """Podcasting 2.0 JSON chapters, version 1.2.0."""
    told = [{"startTime": _seconds(one), "title": one.title} for one in chapters]
    found = {"version": "1.2.0", "chapters": told}
    return (json.dumps(found, ensure_ascii=False, indent=1) + "\n").encode()


def to_psc(chapters: Iterable[Chapter]) -> "_Element":
    """Podlove Simple Chapters 1.2, to stand in an RSS item; times as in RFC 2326 §3.6."""
    from lxml import etree

    whole = etree.Element(f"{{{PSC}}}chapters", {"version": "1.2"}, nsmap={"psc": PSC})
    for one in chapters:
        attributes = {"start": clock(one.start_s), "title": one.title}
        etree.SubElement(whole, f"{{{PSC}}}chapter", attributes)
    return whole


def for_embedding(chapters: Iterable[Chapter]) -> tuple[Chapter, ...]:
    """The same with titles of at most 255 UTF-8 bytes, which is what an MP4's list holds."""
    return tuple(
        Chapter(one.start_s, within_bytes(one.title, MAX_EMBEDDED_BYTES)) for one in chapters
    )


def within_bytes(text: str, limit_bytes: int) -> str:
    """``text`` cut to so many bytes of UTF-8: between characters as people see them, where
    a beginning of such fits."""
    data = text.encode()
    if len(data) <= limit_bytes:
        return text
    whole = len(data[:limit_bytes].decode("utf-8", "ignore"))
    cut = whole
    while cut and _joined(text, cut):
        cut -= 1
    return text[: cut or whole].rstrip()


def _seconds(one: Chapter) -> float | int:
    """A number that JSON writes as people do: 90, 90.5."""
    return int(one.start_s) if one.start_s.is_integer() else one.start_s


def _joined(text: str, cut: int) -> bool:
    """Whether a cut there would part what is one character to the eye (Unicode TR29, roughly)."""
    before, after = text[cut - 1], text[cut]
    if before == "\u200d" or after in "\u200d\ufe0e\ufe0f" or "\U0001f3fb" <= after <= "\U0001f3ff":
        return True
    if unicodedata.category(after) in {"Mn", "Mc", "Me"}:
        return True
    flags = 0  # a flag is two letters; an odd number of them before the cut splits one
    while flags < cut and "\U0001f1e6" <= text[cut - 1 - flags] <= "\U0001f1ff":
        flags += 1
    return flags % 2 == 1 and "\U0001f1e6" <= after <= "\U0001f1ff"


class _Stamp:
    """A timestamp in the notes, and whether a clock on the wall could show it."""

    __slots__ = ("chapter", "of_day")

    def __init__(self, chapter: Chapter, *, of_day: bool) -> None:
        self.chapter = chapter
        self.of_day = of_day


def _from_notes(notes: str, duration_s: float | None) -> tuple[Chapter, ...]:
    blocks = [
        [stamp for stamp in block if duration_s is None or stamp.chapter.start_s < duration_s]
        for block in _blocks(notes)
    ]
    together = [stamp for block in blocks for stamp in block]
    for candidate in (together, *blocks):
        if _is_plausible(candidate):
            return tuple(stamp.chapter for stamp in candidate)
    return ()


def _is_plausible(stamps: Sequence[_Stamp]) -> bool:
    starts = [stamp.chapter.start_s for stamp in stamps]
    if len(starts) < _FEWEST or any(later <= earlier for earlier, later in pairwise(starts)):
        return False
    return starts[0] < 60 or not all(stamp.of_day for stamp in stamps)


def _blocks(notes: str) -> Iterator[list[_Stamp]]:
    """Timestamps that follow each other without other text between; code is left out."""
    block: list[_Stamp] = []
    fence = ""
    for line in notes.splitlines():
        if found := _FENCE.match(line):
            if not fence:
                fence = found[1]
            elif found[1].startswith(fence):
                fence = ""
            continue
        if fence or not line.strip():
            continue
        if stamp := _stamp(line):
            block.append(stamp)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _stamp(line: str) -> _Stamp | None:
    found = _LINE.match(line)
    if found is None or _OF_DAY.match(found["rest"]):
        return None
    hours, minutes, seconds = (int(found[name] or 0) for name in ("hours", "minutes", "seconds"))
    after = _AFTER.match(found["rest"])
    assert after is not None  # each part of it may be empty
    rest = found["rest"][after.end() :]
    separated = bool(after["between"]) or after.end() > 0
    title = _plain(rest, found["mark"] or "")
    if not title or not separated or (found["hours"] and minutes > 59):
        return None
    start_s = hours * 3600 + minutes * 60 + seconds + float(found["fraction"] or 0)
    plain = not (found["hours"] or found["fraction"] or found["open"] == "[")
    of_day = plain and minutes < 24 and seconds % 5 == 0
    return _Stamp(Chapter(round(start_s, 3), title), of_day=of_day)


def _plain(markdown: str, opened: str) -> str:
    """A title as text: one line, without links, emphasis and what closes the line's own mark."""
    text = _LINK.sub(r"\1", markdown.strip())
    text = _PAIRS.sub(r"\2", text)
    if opened and text.endswith(opened):
        text = text.removesuffix(opened)
    return one_line(xml_legal(html.unescape(_ESCAPED.sub(r"\1", text))))


def _from_youtube(facts: Facts | None) -> tuple[Chapter, ...]:
    """YouTube's own, without those that nobody named; none where they are out of order."""
    if facts is None:
        return ()
    named = (
        Chapter(round(one.start_s, 3), one_line(xml_legal(one.title))) for one in facts.chapters
    )
    found = tuple(one for one in named if one.title and not _UNTITLED.fullmatch(one.title))
    starts = [one.start_s for one in found]
    return found if starts == sorted(set(starts)) else ()


def _cut(chapters: Sequence[Chapter], start_s: float, end_s: float | None) -> tuple[Chapter, ...]:
    """What of ``chapters`` lies between, counted from ``start_s``."""
    running = [one for one in chapters if one.start_s <= start_s][-1:]
    later = [one for one in chapters if one.start_s > start_s]
    found: list[Any] = [Chapter(0.0, one.title) for one in running]
    found += [Chapter(round(one.start_s - start_s, 3), one.title) for one in later]
    length_s = None if end_s is None else end_s - start_s
    kept = tuple(one for one in found if length_s is None or one.start_s < length_s)
    return kept if len(kept) >= _FEWEST else ()
