"""The pages that list talks: a year, a tag, a speaker, an event, a language; and their overviews.

A talk's line is made once where there are not too many, and so is the heading of a day; every page
that lists the talk is put together from those. All of these pages but the home page stand two
folders deep.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import groupby

from markupsafe import Markup

from feeds.lazy import Runs
from feeds.model import Output, Speaker, Talk
from feeds.naming import Group, Kind, key_of
from feeds.plan import Day, Plan, days_of
from feeds.render import alternates, linked
from feeds.render.frame import Shared, heading_of, page
from feeds.render.heads import shown_name
from feeds.render.kit import Kit
from feeds.render.search import folded

# From so many names on an overview is cut at the letters of the alphabet.
_LETTERS_FROM = 40
# So many lines of talks are kept: eight megabytes.
_MOST_LINES = 16_384
# So many of them stand above the letters.
_OFTEN = 12


@dataclass(frozen=True, slots=True)
class Block:
    """One day on a page that lists talks: its heading, and a line a talk, made when it is written:
    on a page of fifty thousand talks all of them take as much memory as the page."""

    anchor: str
    heading: Markup
    lines: Sequence[Markup]


@dataclass(frozen=True, slots=True)
class Name:
    """A name on an overview: how often it occurs, and what is said beside it."""

    path: str
    name: str
    count: int
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Lists:
    """Makes the pages of one plan; keeps each talk's line and each day's heading."""

    kit: Kit
    plan: Plan
    _lines: dict[str, Markup] = field(default_factory=dict, init=False, repr=False)
    _headings: dict[tuple[str, str, date, bool], Markup] = field(
        default_factory=dict, init=False, repr=False
    )

    def years(self) -> Iterator[Output]:
        """``archive/`` and a page a year."""
        if self.plan.years:
            yield self.archive()
            for number in range(len(self.plan.years)):
                yield self.year(number)

    def archive(self) -> Output:
        """``archive/``: the years, and the languages."""
        languages = [self._name(group, "") for group in self.plan.groups[Kind.LANGUAGE]]
        years = self.plan.years
        return page(
            self.kit, self.plan, "archive.html", "archive/", years=years, languages=languages
        )

    def year(self, number: int) -> Output:
        """The page of the year that stands there among the plan's."""
        years = self.plan.years
        year = years[number]
        return page(
            self.kit,
            self.plan,
            "year.html",
            year.path,
            year=year,
            blocks=self._blocks(year.days),
            newer=years[number - 1] if number else None,
            older=years[number + 1] if number + 1 < len(years) else None,
            shared=Shared(str(year.year)),
        )

    def groups(self) -> Iterator[Output]:
        """``tags/``, ``speakers/``, ``events/``, ``languages/``, and a page for each of them."""
        for kind, groups in self.plan.groups.items():
            if groups:
                yield self.overview(kind)
                for group in groups:
                    yield self.group(group)

    def issues(self) -> Iterator[Output]:
        """``issues/``: every week, by year."""
        if not self.plan.issues:
            return
        years = [
            (year, list(found))
            for year, found in groupby(self.plan.issues, lambda issue: issue.week.year)
        ]
        feeds = alternates.of_issues(self.kit)
        yield page(self.kit, self.plan, "issues.html", "issues/", feeds=feeds, years=years)

    def group(self, group: Group) -> Output:
        """Newest day first; an event as it went, first day first."""
        kit, kind = self.kit, group.kind
        days = days_of(group.talks)
        is_event = kind is Kind.EVENT
        if is_event:
            days = tuple(sorted(days, key=lambda day: day.date))
        name, facts = shown_name(kit, group), self._facts(group)
        return page(
            kit,
            self.plan,
            "group.html",
            group.path,
            feeds=alternates.of_group(kit, group),
            shared=Shared(name),
            description=" · ".join((name, *facts)),
            data=linked.event(kit, group) if is_event else "",
            kind=kind.value,
            name=name,
            group=group,
            facts=facts,
            urls=_urls(group),
            blocks=self._blocks(days, with_event=not is_event),
        )

    def _about(self, group: Group) -> list[str]:
        """What is known of the name itself: when and where, or what somebody does."""
        words, newest = self.kit.words, max(group.talks, key=lambda talk: talk.published)
        if group.kind is Kind.EVENT:
            return [words.span(*_span(group)), *_places(group)]
        if group.kind is Kind.SPEAKER:
            return _occupations(group, newest)
        return []

    def _facts(self, group: Group) -> list[str]:
        return [self.kit.words.talks(len(group.talks)), *self._about(group)]

    def overview(self, kind: Kind) -> Output:
        """Events newest first, names by the alphabet."""
        kit, groups = self.kit, self.plan.groups[kind]
        if kind is Kind.EVENT:
            ordered = sorted(groups, key=lambda group: _span(group)[::-1], reverse=True)
            names = [self._name(group, " · ".join(self._facts(group))) for group in ordered]
            letters, often = [("", names)], []
        else:
            names = [self._name(group, self._employer(group)) for group in groups]
            names.sort(key=lambda name: (folded(name.name), name.path))
            letters = by_letter(names) if len(names) >= _LETTERS_FROM else [("", names)]
            often = _often(names) if len(letters) > 1 else []
        return page(
            kit,
            self.plan,
            "overview.html",
            f"{kind}/",
            kind=kind.value,
            heading=heading_of(kit, kind),
            letters=letters,
            often=often,
        )

    def _name(self, group: Group, beside: str) -> Name:
        return Name(group.path, shown_name(self.kit, group), len(group.talks), beside)

    def _employer(self, group: Group) -> str:
        """Where a speaker worked last."""
        if group.kind is not Kind.SPEAKER:
            return ""
        newest = max(group.talks, key=lambda talk: talk.published)
        return next((one.organization for one in _themselves(group, newest)), "")

    def _blocks(self, days: Iterable[Day], *, with_event: bool = True) -> list[Block]:
        found, anchors = [], set()
        for day in days:
            anchor = day.date.isoformat()
            found.append(
                Block(
                    "" if anchor in anchors else anchor,
                    self._heading(day, with_event=with_event),
                    Runs([(len(day.talks), partial(self._line_of, day.talks))]),
                )
            )
            anchors.add(anchor)
        return found

    def _line_of(self, talks: Sequence[Talk], at: int) -> Markup:
        return self._line(talks[at])

    def _line(self, talk: Talk) -> Markup:
        found = self._lines.get(talk.slug)
        if found is None:
            if len(self._lines) >= _MOST_LINES:
                self._lines.clear()
            found = Markup(self.kit.render("line.html", talk=talk, up="../../"))  # noqa: S704 # our own template
            self._lines[talk.slug] = found
        return found

    def _heading(self, day: Day, *, with_event: bool) -> Markup:
        key = (day.event, day.label, day.date, with_event)
        if key not in self._headings:
            path = self.plan.group(Kind.EVENT, day.event).path if day.event else ""
            values = {"day": day, "with_event": with_event, "event_path": path, "up": "../../"}
            self._headings[key] = Markup(self.kit.render("heading.html", **values))  # noqa: S704 # our own template
        return self._headings[key]


def _often(names: Iterable[Name]) -> list[Name]:
    """The names that occur most, most first; those that occur once are not often."""
    ordered = sorted(names, key=lambda name: -name.count)
    return [name for name in ordered[:_OFTEN] if name.count > 1]


def by_letter(names: Sequence[Name]) -> list[tuple[str, list[Name]]]:
    """Names in their order, cut where they begin with another letter.

    Accents do not make another one; what begins with a digit or a sign stands below ``#``.
    """
    return [(letter, list(found)) for letter, found in groupby(names, _letter)]


def _letter(name: Name) -> str:
    first = folded(name.name[:1])[:1]
    return first.upper() if unicodedata.category(first or "#")[0] == "L" else "#"


def _span(group: Group) -> tuple[date, date]:
    days = [talk.date for talk in group.talks]
    return min(days), max(days)


def _places(group: Group) -> list[str]:
    found = dict.fromkeys(talk.event.location for talk in group.talks if talk.event)
    return [place for place in found if place]


def _themselves(group: Group, talk: Talk) -> list[Speaker]:
    """The speaker that a group is of, as a talk has them."""
    wanted = key_of(group.name)
    return [speaker for speaker in talk.speakers if key_of(speaker.name) == wanted]


def _occupations(group: Group, newest: Talk) -> list[str]:
    told = (
        ", ".join(filter(None, (one.role, one.organization))) for one in _themselves(group, newest)
    )
    return [words for words in told if words]


def _urls(group: Group) -> list[str]:
    """Addresses of the event or the person elsewhere, as the talks name them."""
    if group.kind is Kind.EVENT:
        found = dict.fromkeys(talk.event.url for talk in group.talks if talk.event)
    elif group.kind is Kind.SPEAKER:
        people = (one for talk in group.talks for one in _themselves(group, talk))
        found = dict.fromkeys(one.url for one in people)
    else:
        return []
    return [url for url in found if url]
