"""Raw conference notes → Talks, and a report of what was not understood: the importer.

Pure: a text goes in, values come out. The modules, from the letters upwards: ``words`` (the
vocabulary), ``days``, ``outline`` (lines, headings, fences), ``people``, ``heading``,
``links``, ``shelf``, ``body`` (what stands below a heading), ``sections``.

The promise: every non-blank line of the notes belongs to exactly one talk or is in the
report, and whatever a talk has no field for is named by a remark.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from feeds.errors import ContentError, Problem
from feeds.model import Event, Publication, Recording, Talk
from feeds.notes.body import Part, Say, read_body
from feeds.notes.days import file_day
from feeds.notes.heading import Heading, read_heading
from feeds.notes.links import BARE, OTHER, leading_link
from feeds.notes.outline import Head, Outline, Source, outline
from feeds.notes.sections import Section, sections
from feeds.text import MAX_POSITION, default_published, is_web_url, slugify, youtube_id

__all__ = ["Draft", "Reading", "Remark", "read_notes"]

_SLUG_LIMIT = 60
# Enough for any slug. It must stay: text without letters is named after a digest of so much.
_SLUG_SOURCE = 1_000
_NO_TITLE = "written as a draft; give it a title and remove draft: true"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing the importer has to say about the notes.

    ``line`` counts from 1; ``text`` is the source line (or lines) from there on, verbatim
    but for blanks at their ends; ``message`` says in plain English what was understood.
    """

    line: int
    text: str
    message: str


@dataclass(frozen=True, slots=True)
class Draft:
    """One talk as found, before publication facts are joined.

    ``lines`` are the numbers (from 1) of the non-blank source lines that went into it.
    """

    talk: Talk
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the importer made of one text.

    ``reported`` are the numbers (from 1) of the non-blank lines that no draft accounts for;
    a remark quotes each. Together with the drafts' lines they are all of them, each once.
    """

    drafts: tuple[Draft, ...]
    remarks: tuple[Remark, ...]
    reported: tuple[int, ...]


def read_notes(
    text: str,
    *,
    publication: Publication,
    event: Event | None,
    first_day: date | None,
    day: date | None,
    language: str,
    abstract_language: str = "",
    source: str = "notes.md",
) -> Reading:
    """The talks in the Markdown ``text``, and the report.

    All talks are dated ``day``; without it, the day's number N in a heading ("# Día 2") or
    in the name of ``source`` makes it ``first_day`` + N - 1. ``language`` is the notes'
    (empty: the publication's). A talk's ``published`` and ``updated`` follow from its date
    and position, in the publication's time zone; its own ``source`` stays empty, because it
    has no file yet.

    Raises ContentError when a talk has no date.
    """
    calendar = _Calendar(first_day, day, source, file_day(source))
    reader = _Reader(Source.of(text), publication, event, language, abstract_language, calendar)
    return reader.read()


@dataclass(slots=True)
class _Calendar:
    """Which date a talk has; ``number`` follows the day headings."""

    first_day: date | None
    day: date | None
    source: str
    number: int | None

    def on(self, line: int) -> date:
        """The date of a talk that starts on ``line`` (from 1)."""
        if self.day is not None:
            return self.day
        if self.number is None:
            raise self._error(line, "no day: neither a heading nor the file's name has a number")
        if self.first_day is None:
            raise self._error(line, f"day {self.number} of an event without a first day")
        try:
            return self.first_day + timedelta(days=self.number - 1)
        except OverflowError:
            raise self.out_of_range(line) from None

    def out_of_range(self, line: int) -> ContentError:
        return self._error(line, "no calendar has this day")

    def _error(self, line: int, message: str) -> ContentError:
        remedy = "give --date YYYY-MM-DD, or --first-day with a heading such as # Day 2"
        return ContentError([Problem(self.source, line, "date", message, remedy)])


@dataclass(slots=True)
class _Reader:
    """One import. What it has found grows while it goes through the sections."""

    source: Source
    publication: Publication
    event: Event | None
    language: str
    abstract_language: str
    calendar: _Calendar
    drafts: list[Draft] = field(default_factory=list)
    says: list[Say] = field(default_factory=list)
    reported: list[int] = field(default_factory=list)
    positions: Counter[date] = field(default_factory=Counter)
    taken: set[str] = field(default_factory=set)
    repeats: Counter[str] = field(default_factory=Counter)

    def read(self) -> Reading:
        plan = outline(self.source)
        for section in sections(self.source, plan):
            filled = self.source.filled(section.start, section.end)
            if not filled:
                continue
            if section.is_talk:
                self._talks(plan, section, filled[0])
            else:
                self._report(section, filled)
        return Reading(tuple(self.drafts), self._remarks(), tuple(self.reported))

    def _report(self, section: Section, filled: list[int]) -> None:
        self.reported += (index + 1 for index in filled)
        if section.day is not None:
            self.calendar.number = section.day
            message = f"day: the talks below are of day {section.day}"
        elif section.head:
            message = "heading: it stands above the talks and was not imported"
        elif self.drafts:
            message = "text: it belongs to no talk and was not imported"
        else:
            message = "text: it stands before the first talk and was not imported"
        self.says.append(Say(filled[0], filled[-1] + 1, message))

    def _talks(self, plan: Outline, section: Section, first: int) -> None:
        """The talks of one section: its heading's, and those whose heading was left out."""
        body = section.head.end if section.head else first
        titled, *untitled = read_body(self.source, plan, body, section.end)
        if section.head:
            titled.start = section.head.start
        self._draft(titled, section.head)
        for part in untitled:
            self._draft(part, None)

    def _draft(self, part: Part, head: Head | None) -> None:
        filled = self.source.filled(part.start, part.end)
        heading = self._heading(part, head)
        untitled = not heading.title
        if untitled:
            reason = "the heading is empty" if head else "no heading"
            part.say(part.start, f"title: {reason}: {_NO_TITLE}", head.end if head else 0)
            heading = replace(heading, title=f"Untitled talk (line {part.start + 1})")
        slug = self._slug(self._digest(part, filled) if untitled else heading.title)
        day = self.calendar.on(part.start + 1)
        position = self._position(part, day)
        talk_id = f"{self.publication.id}/{day.isoformat()}/{slug}"
        published = self._published(part, day, position, talk_id)
        video = part.shelf.youtube_id
        talk = Talk(
            id=talk_id,
            slug=slug,
            title=heading.title,
            date=day,
            published=published,
            updated=published,
            language=self.language or self.publication.language,
            position=position,
            speakers=heading.speakers,
            event=self._event(),
            kind=heading.kind,
            level=heading.level,
            abstract=part.abstract,
            abstract_language=self.abstract_language if part.abstract else "",
            recording=Recording(video) if video else None,
            slides=part.shelf.slides,
            links=tuple(part.shelf.links),
            draft=untitled,
            notes=part.notes(self.source),
        )
        self.drafts.append(Draft(talk, tuple(index + 1 for index in filled)))
        for index in filled:
            if self.source.raw[index] != self.source.text[index]:
                part.say(index, "characters: U+FFFD stands for those that XML forbids")
        self.says += part.says

    def _heading(self, part: Part, head: Head | None) -> Heading:
        """What the heading says; a link around its title goes to the talk's links."""
        if head is None:
            return Heading("")
        text = head.text
        link, rest = leading_link(text) or (None, "")
        if link and link.label and len(link.urls) == 1 and is_web_url(link.urls[0]):
            text = link.label + rest
            sort = BARE if youtube_id(link.urls[0]) else OTHER
            _, remarks = part.shelf.put(replace(link, sort=sort))
            for remark in ("heading: its link is one of the talk's now", *remarks):
                part.say(head.start, remark, head.end)
        heading = read_heading(text)
        for remark in heading.remarks:
            part.say(head.start, remark, head.end)
        return heading

    def _digest(self, part: Part, filled: list[int]) -> str:
        """A name for a talk without a title that stays while its first notes do."""
        lines = part.kept[:1] or filled
        text = "\n".join(self.source.text[index].strip() for index in lines)
        return f"untitled {hashlib.sha256(text.encode()).hexdigest()[:8]}"

    def _slug(self, title: str) -> str:
        """The title's slug, numbered from 2 where an earlier talk has it."""
        slug = candidate = slugify(title[:_SLUG_SOURCE], limit=_SLUG_LIMIT)
        while candidate in self.taken:
            self.repeats[slug] += 1
            candidate = f"{slug}-{self.repeats[slug] + 1}"
        self.taken.add(candidate)
        return candidate

    def _position(self, part: Part, day: date) -> int:
        self.positions[day] += 1
        if self.positions[day] > MAX_POSITION:
            part.say(part.start, f"position: a day has no more than {MAX_POSITION}")
        return min(self.positions[day], MAX_POSITION)

    def _published(self, part: Part, day: date, position: int, talk_id: str) -> datetime:
        try:
            return default_published(day, position, talk_id, self.publication.timezone)
        except OverflowError:
            raise self.calendar.out_of_range(part.start + 1) from None

    def _event(self) -> Event | None:
        number = self.calendar.number
        if self.event is None or number is None:
            return self.event
        return replace(self.event, day=str(number))

    def _remarks(self) -> tuple[Remark, ...]:
        """What there is to say, by line, each once."""
        quotes: dict[tuple[int, int], str] = {}
        remarks: dict[Remark, None] = {}
        for say in sorted(self.says, key=lambda say: say.start):
            span = (say.start, say.end)
            if span not in quotes:
                lines = self.source.raw[say.start : say.end]
                quotes[span] = "\n".join(line.rstrip(" \t") for line in lines)
            remarks[Remark(say.start + 1, quotes[span], say.message)] = None
        return tuple(remarks)
