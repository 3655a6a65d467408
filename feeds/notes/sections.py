"""Which headings are talks, which are days or titles above them, and what lies between."""

from collections.abc import Iterator
from dataclasses import dataclass

from feeds.notes import words
from feeds.notes.body import has_links
from feeds.notes.days import day_within
from feeds.notes.heading import read_heading
from feeds.notes.outline import Head, Outline, Source


@dataclass(frozen=True, slots=True)
class Section:
    """The lines ``[start, end)``: a talk's with its heading, or what stands between talks.

    ``head`` is set for a talk (``is_talk``) and for a heading above talks; ``day`` is the
    number of the day that the latter names. A text without headings is a talk without one.
    """

    start: int
    end: int
    head: Head | None
    is_talk: bool
    day: int | None = None


def sections(source: Source, outline: Outline) -> Iterator[Section]:
    """The whole of ``source`` in sections, in order and without a gap."""
    yield from _sections(source, outline, outline.heads, 0, len(source))


def _sections(
    source: Source, outline: Outline, heads: list[Head], start: int, end: int
) -> Iterator[Section]:
    """The lines ``[start, end)``, whose headings are ``heads``, in sections."""
    talk_level = _talk_level(source, outline, heads, end)
    talk: Head | None = None
    deeper: list[Head] = []
    for head in heads:
        if not _cuts(head, talk_level, in_talk=talk is not None):
            deeper.append(head)
            continue
        before = Section(start, head.start, talk, bool(talk) or not talk_level)
        yield from _with_orphans(source, outline, before, deeper)
        start, talk, deeper = head.start, head, []
        if head.day is not None or head.level != talk_level:
            day = day_within(head.text) if head.day is None else head.day
            yield Section(head.start, head.end, head, is_talk=False, day=day)
            start, talk = head.end, None
    last = Section(start, end, talk, bool(talk) or not talk_level)
    yield from _with_orphans(source, outline, last, deeper)


def _with_orphans(
    source: Source, outline: Outline, section: Section, heads: list[Head]
) -> Iterator[Section]:
    """A section, taken apart where it is no talk's but has deeper headings with text.

    "## A" and its notes before a first "# B" with text are a talk like B; each time the
    levels get deeper, so that this ends.
    """
    if not section.is_talk and any(
        below.filled for below in _headings(source, outline, heads, section.end)
    ):
        yield from _sections(source, outline, heads, section.start, section.end)
    else:
        yield section


def _cuts(head: Head, talk_level: int, *, in_talk: bool) -> bool:
    """Whether a heading ends the section before it; others belong to the talk's text."""
    if head.day is not None:
        return not talk_level or head.level <= talk_level
    introduces = in_talk and head.section == words.NOTES
    return head.level < talk_level or (head.level == talk_level and not introduces)


@dataclass(frozen=True, slots=True)
class _Below:
    """A heading, and the lines ``[start, end)`` directly below it."""

    level: int
    text: str
    start: int
    end: int
    filled: bool


def _talk_level(source: Source, outline: Outline, heads: list[Head], last: int) -> int:
    """The shallowest level of which some heading has text; 0 where there is no heading.

    ``last`` is the line behind the text of the last of the ``heads``.

    Days ("Día 2") and the parts of a talk ("Notas") do not count. Neither does a level that
    only introduces: its one heading is the first with text (or each of them names a day),
    it has no links, and two deeper headings or more are plainly talks.
    """
    found = _headings(source, outline, heads, last)
    levels = sorted({below.level for below in found if below.filled})
    if not levels:
        return max((below.level for below in found), default=0)
    for level in levels[:-1]:
        if not _only_introduces(source, outline, found, level):
            return level
    return levels[-1]


def _headings(source: Source, outline: Outline, heads: list[Head], last: int) -> list[_Below]:
    """Those ``heads`` that may be talks; the parts of a talk ("### Notas") are below it."""
    cutting = [head for head in heads if not head.section]
    ends = [*(head.start for head in cutting), last][1:]
    return [
        _Below(
            head.level,
            head.text,
            head.end,
            end,
            outline.has_text(source, head.end, end),
        )
        for head, end in zip(cutting, ends, strict=False)
        if head.day is None
    ]


def _only_introduces(source: Source, outline: Outline, found: list[_Below], level: int) -> bool:
    group = [below for below in found if below.level == level]
    first = next(below for below in found if below.filled)
    if group != [first] and any(day_within(below.text) is None for below in group):
        return False
    spans = [range(below.start, below.end) for below in group]
    if any(index in outline.fence_at for span in spans for index in span):
        return False
    if any(has_links(source, outline, span.start, span.stop) for span in spans):
        return False
    deeper = (below for below in found if below.level > level)
    talks = (below for below in deeper if _is_plainly_a_talk(source, outline, below))
    return next(talks, None) is not None and next(talks, None) is not None


def _is_plainly_a_talk(source: Source, outline: Outline, below: _Below) -> bool:
    """Whether links to slides or a recording, a kind, a level or speakers say so."""
    if has_links(source, outline, below.start, below.end):
        return True
    heading = read_heading(below.text)
    return bool(
        heading.level or heading.kind != "talk" or (heading.speakers and not heading.remarks)
    )
