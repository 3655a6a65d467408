"""What each output lists: Publication + Talks (+ now) → Plan. Decides, and touches nothing."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from feeds.archives import Part, parts_of
from feeds.errors import ContentError, Problem
from feeds.model import Issue, Publication, Talk, Week
from feeds.naming import Group, Kind, groups_of, key_of, names_of
from feeds.text import fixed_offset, local_midnight


@dataclass(frozen=True, slots=True)
class Day:
    """The talks of one event on one calendar day, in the order they were given."""

    event: str
    label: str
    date: date
    talks: tuple[Talk, ...]


@dataclass(frozen=True, slots=True)
class Year:
    """The days of one calendar year, newest first."""

    year: int
    days: tuple[Day, ...]

    @property
    def path(self) -> str:
        """Its page below ``public/``."""
        return f"archive/{self.year:04}/"

    @property
    def talks(self) -> int:
        """How many talks it has."""
        return sum(len(day.talks) for day in self.days)


@dataclass(frozen=True, slots=True)
class Feed:
    """Something to subscribe to: all talks, or those of a ``group``.

    ``publication_id`` is that of the publication; ``cut`` are its documents; none, where a
    group has a single one, of all its talks. ``withdrawn`` are talks that it listed once.
    """

    publication_id: str
    cut: tuple[Part[Talk], ...]
    group: Group | None = None
    withdrawn: tuple[Talk, ...] = ()

    # Made when somebody asks: there is a feed for nearly every talk, each of one document.
    @property
    def parts(self) -> tuple[Part[Talk], ...]:
        """Its documents: the subscription document, then archives, newest first."""
        return self.cut or (Part("", self.group.talks if self.group else ()),)

    @property
    def id(self) -> str:
        """Its own, for ever."""
        path = self.path
        return f"{self.publication_id}/{path.rstrip('/')}" if path else self.publication_id

    @property
    def path(self) -> str:
        """Its folder below ``public/``: empty, or ending in a slash."""
        return self.group.path if self.group else ""


@dataclass(frozen=True, slots=True)
class Plan:
    """One build: ``talks`` newest first, without drafts and withdrawn ones.

    ``neighbours``: a talk's slug → the talks before and after it on its day. ``groups`` of every
    kind have talks. ``feeds``: that of all talks, then one for each group of the kinds that are
    wanted; those of groups whose talks were all withdrawn are among them.
    """

    publication: Publication
    talks: tuple[Talk, ...]
    days: tuple[Day, ...]
    issues: tuple[Issue, ...]
    neighbours: Mapping[str, tuple[Talk | None, Talk | None]] = field(hash=False)
    groups: Mapping[Kind, tuple[Group, ...]] = field(hash=False)
    feeds: tuple[Feed, ...]
    years: tuple[Year, ...]
    _named: Mapping[Kind, Mapping[str, Group]] = field(hash=False, repr=False)

    def group(self, kind: Kind, name: str) -> Group:
        """The group of that kind that a talk's tag, speaker, event or language stands for."""
        if found := self._named[kind].get(name):
            return found
        # No talk writes it so.
        key = key_of(name)
        for one in self.groups[kind]:
            if key_of(one.name) == key:
                return one
        raise KeyError(name)

    def names(self) -> Iterator[tuple[Kind, str, Group]]:
        """The groups by everything that talks call them."""
        return (
            (kind, name, one) for kind, some in self._named.items() for name, one in some.items()
        )


def plan(publication: Publication, talks: Iterable[Talk]) -> Plan:
    """Drafts and withdrawn talks left out, ids and slugs proven unique, the order made total.

    Nothing here depends on the clock: a talk published in the future is listed like any
    other; ``draft: true`` holds one back. Raises ContentError for equal ids or slugs.
    """
    found = sorted(talks, key=lambda talk: talk.source)
    _refuse_equals(found)
    out = sorted(
        (talk for talk in found if not talk.draft),
        key=lambda talk: (talk.published, talk.id),
        reverse=True,
    )
    shown = [talk for talk in out if not talk.withdrawn]
    groups = {kind: groups_of(kind, out) for kind in Kind}
    peopled = {kind: tuple(one for one in found if one.talks) for kind, found in groups.items()}
    return Plan(
        publication,
        tuple(shown),
        (days := days_of(shown)),
        issues_of(publication, shown),
        _Neighbours(days),
        peopled,
        tuple(_feeds(publication, out, groups)),
        years_of(days),
        _named(peopled, shown),
    )


def _named(
    peopled: Mapping[Kind, Iterable[Group]], shown: Sequence[Talk]
) -> dict[Kind, dict[str, Group]]:
    """The groups by their names as talks write them: that is asked for a dozen times a talk."""
    found: dict[Kind, dict[str, Group]] = {}
    for kind, some in peopled.items():
        by_key = {key_of(one.name): one for one in some}
        named = found[kind] = {one.name: one for one in some}
        for talk in shown:
            for name in names_of(kind, talk):
                if name not in named:
                    named[name] = by_key[key_of(name)]
    return found


def _feeds(
    publication: Publication, out: Sequence[Talk], groups: Mapping[Kind, Iterable[Group]]
) -> Iterator[Feed]:
    """The feed of all talks, and one for each group of a kind that is wanted."""

    def feed(talks: Sequence[Talk], group: Group | None) -> Feed:
        parts = parts_of(
            talks, publication.feed.entries, lambda talk: talk.id, lambda talk: talk.withdrawn
        )
        cut = parts if len(parts) > 1 or group is None else ()
        return Feed(publication.id, cut, group, tuple(t for t in talks if t.withdrawn))

    yield feed(out, None)
    for kind in Kind:
        if kind.word in publication.feed.by:
            for group in groups[kind]:
                yield feed(group.everything, group)


class _Neighbours(Mapping[str, tuple[Talk | None, Talk | None]]):
    """Each talk's slug → the talk before and the talk after it on its day, put together when
    somebody asks."""

    def __init__(self, days: Iterable[Day]) -> None:
        self._order: list[Talk | None] = [None]
        for day in days:
            self._order += (*day.talks, None)
        self._places = {talk.slug: place for place, talk in enumerate(self._order) if talk}

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __getitem__(self, slug: str) -> tuple[Talk | None, Talk | None]:
        place = self._places[slug]
        return self._order[place - 1], self._order[place + 1]


def days_of(talks: Iterable[Talk]) -> tuple[Day, ...]:
    """Talks grouped by day (newest first) and event; within a day in the order given."""

    def key(talk: Talk) -> tuple[date, str, str]:
        event = talk.event
        return talk.date, event.name if event else "", event.day if event else ""

    ordered = sorted(talks, key=reading_order)
    days = [
        Day(event, label, when, tuple(group))
        for (when, event, label), group in groupby(ordered, key)
    ]
    return tuple(sorted(days, key=lambda day: -day.date.toordinal()))


def years_of(days: Iterable[Day]) -> tuple[Year, ...]:
    """Days, newest first, by their calendar year."""
    return tuple(
        Year(year, tuple(found)) for year, found in groupby(days, lambda day: day.date.year)
    )


def reading_order(talk: Talk) -> tuple[date, str, str, int, datetime, str]:
    """By day, event, position: as a person would go through the programme."""
    event = talk.event
    name, day = (event.name, event.day) if event else ("", "")
    return talk.date, name, day, talk.position, talk.published, talk.id


def issues_of(publication: Publication, talks: Iterable[Talk]) -> tuple[Issue, ...]:
    """One issue for every ISO week that has talks, newest first."""
    zone = ZoneInfo(publication.timezone)
    weeks: dict[Week, list[Talk]] = {}
    for talk in talks:
        weeks.setdefault(Week.of(talk.published.astimezone(zone).date()), []).append(talk)
    return tuple(
        _issue(publication, week, members) for week, members in sorted(weeks.items(), reverse=True)
    )


def issue_of(publication: Publication, talks: Iterable[Talk], week: Week) -> Issue:
    """The issue of ``week``; its talks may be none. The window is half-open (RFC 3339 dates)."""
    issue = _issue(publication, week, ())
    inside = [
        talk for talk in talks if not talk.hidden and issue.start <= talk.published < issue.end
    ]
    return _issue(publication, week, inside)


@dataclass(frozen=True, slots=True)
class News:
    """What an issue is about to say. ``older``: ids of talks that were there before the first
    issue, and are no news."""

    issue: Issue
    older: tuple[str, ...]


def news_of(
    publication: Publication, talks: Iterable[Talk], week: Week, told: Collection[str] | None
) -> News:
    """The talks that the issue of ``week`` has to tell: what no issue told yet.

    ``told`` are the ids that earlier issues told, or that were no news; None before the first
    issue, which tells its own week alone. A talk that comes late or is dated back is told in
    the next issue; one that was told is never told again, whatever changes in it.
    """
    empty = _issue(publication, week, ())
    until = [talk for talk in talks if not talk.hidden and talk.published < empty.end]
    if told is None:
        fresh = [talk for talk in until if talk.published >= empty.start]
        older = tuple(talk.id for talk in until if talk.published < empty.start)
        return News(_issue(publication, week, fresh), older)
    fresh = [talk for talk in until if talk.id not in told]
    return News(_issue(publication, week, fresh), ())


def wanted_of(issue: Issue, tags: Iterable[str], events: Iterable[str]) -> Issue:
    """The part of an issue that somebody wants: every talk of any of these tags or events.

    Everything, when they named none. Capitals do not matter.
    """
    some_tags = {tag.casefold() for tag in tags}
    some_events = {event.casefold() for event in events}
    if not some_tags and not some_events:
        return issue
    wanted = tuple(
        talk
        for talk in issue.talks
        if some_tags.intersection(tag.casefold() for tag in talk.tags)
        or (talk.event is not None and talk.event.name.casefold() in some_events)
    )
    return replace(issue, talks=wanted)


def last_finished_week(publication: Publication, now: datetime) -> Week:
    """The newest ISO week that lies wholly in the past, in the publication's time zone."""
    today = now.astimezone(ZoneInfo(publication.timezone)).date()
    return Week.of(today - timedelta(days=7))


def _issue(publication: Publication, week: Week, talks: Iterable[Talk]) -> Issue:
    start = local_midnight(week.monday, publication.timezone)
    end = local_midnight(week.sunday + timedelta(days=1), publication.timezone)
    ordered = tuple(sorted(talks, key=reading_order))
    return Issue(week, fixed_offset(start), fixed_offset(end), ordered)


def _refuse_equals(talks: Sequence[Talk]) -> None:
    problems = []
    for key, remedy in (
        ("id", "an id belongs to one talk for ever: remove it from the copy"),
        ("slug", "rename the file or give one of them a slug"),
    ):
        first: dict[str, Talk] = {}
        for talk in talks:
            value = getattr(talk, key)
            other = first.setdefault(value, talk)
            if other is not talk:
                message = f"{value} is also that of {other.source}"
                problems.append(Problem(talk.source, 0, key, message, remedy))
    if problems:
        raise ContentError(problems)
