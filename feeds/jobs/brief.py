"""What was known of every talk, and the plan, in columns and numbers: read in a moment, and opened
where somebody looks.

An edit of one talk's text leaves all lists as they are. Of ten thousand talks it shows some
hundred, and of as many groups a dozen; making objects of all of them would take longer than all
that there is to do.
"""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, cast

from feeds.archives import Part
from feeds.jobs.faces import opened, packed
from feeds.jobs.lazy import ByKey, Late, Lazy
from feeds.jobs.records import FACE, Known, Store, Where
from feeds.model import Issue, Publication, Talk, Week
from feeds.naming import Group, Kind
from feeds.plan import Feed, Plan, days_of, years_of

_SIZE = 16
_NOTHING = bytes(_SIZE)
_NOWHERE = -1
# Texts, numbers, bytes, and tuples, lists and dictionaries of those.
Plain = Any


def table_of(talks: Mapping[str, Known], shown: Mapping[str, bytes]) -> Iterator[Plain]:
    """All talks in columns, some columns at a time. ``shown`` has for some slugs what stands for a
    talk and the pages that it leads to."""
    known = list(talks.values())
    yield {"paths": list(talks), "stamps": [one.stamp for one in known]}
    yield {"slugs": [one.talk.slug for one in known], "wheres": [one.where for one in known]}
    yield {
        "digests": b"".join([one.digest for one in known]),
        "faces": b"".join([one.face for one in known]),
        "keys": b"".join([one.key or _NOTHING for one in known]),
        "shown": b"".join([shown.get(one.talk.slug, _NOTHING) for one in known]),
        "sound": bytes(one.sound for one in known),
        "hidden": bytes(one.talk.hidden for one in known),
    }
    yield {
        "references": {
            number: sorted(one.references) for number, one in enumerate(known) if one.references
        },
        # They have no record that the others' are in.
        "withdrawn": {
            number: packed(replace(one.talk, notes="", abstract=""))
            for number, one in enumerate(known)
            if one.talk.withdrawn
        },
    }


def digests_in(data: bytes) -> Iterator[bytes]:
    """The digests that were joined."""
    return (data[at : at + _SIZE] for at in range(0, len(data), _SIZE))


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of a talk; as ``Known``, with its talk opened when somebody asks."""

    table: "Table"
    number: int

    @property
    def digest(self) -> bytes:
        return self.table.cell("digests", self.number)

    @property
    def face(self) -> bytes:
        return self.table.cell("faces", self.number)

    @property
    def key(self) -> bytes:
        return self.table.cell("keys", self.number)

    @property
    def where(self) -> Where:
        return cast("Where", self.table.columns["wheres"][self.number])

    @property
    def references(self) -> frozenset[str]:
        return frozenset(self.table.columns["references"].get(self.number, ()))

    @property
    def sound(self) -> bool:
        return bool(self.table.columns["sound"][self.number])

    @property
    def talk(self) -> Talk:
        return self.table.talks[self.number]


class Table:
    """The talks, by their numbers: their places in the order of the files. ``changed``: those of
    which something else is known by now, by path."""

    def __init__(self, columns: Plain, store: Store, changed: Mapping[str, Known]) -> None:
        self.columns, self._store = columns, store
        self.count = len(columns["paths"])
        self.changed = {self.by_path[path]: known for path, known in changed.items()}
        self.talks: Lazy[Talk] = Lazy(self.count, self._talk)

    @cached_property
    def by_path(self) -> dict[str, int]:
        """Each talk's number, by the path of its file."""
        return dict(zip(self.columns["paths"], range(self.count), strict=True))

    @cached_property
    def by_slug(self) -> dict[str, int]:
        """Each talk's number, but those of drafts and withdrawn ones, by its slug."""
        hidden = self.columns["hidden"]
        found = zip(self.columns["slugs"], range(self.count), strict=True)
        return {slug: number for slug, number in found if not hidden[number]}

    def cell(self, column: str, number: int) -> bytes:
        """One of a column's digests; empty where there is none."""
        found: bytes = self.columns[column][number * _SIZE : (number + 1) * _SIZE]
        return b"" if found == _NOTHING else found

    def row(self, number: int) -> Known:
        """What is known of a talk."""
        return self.changed.get(number) or cast("Known", Row(self, number))

    def whole(self, number: int) -> Known:
        """The same, all of it."""
        found = self.row(number)
        if isinstance(found, Known):
            return found
        parts = (found.face, found.key, found.where, found.references, found.sound)
        return Known(self.columns["stamps"][number], found.digest, found.talk, *parts)

    def stamps(self) -> list[str]:
        """What tells the state of each file from another."""
        found = list(self.columns["stamps"])
        for number, known in self.changed.items():
            found[number] = known.stamp
        return found

    def shown(self) -> Mapping[str, bytes]:
        """What stands for each talk and the pages that it leads to, by slug."""
        return ByKey(self.by_slug, lambda number: self.cell("shown", number))

    def known(self) -> Mapping[str, Known]:
        """What is known of each talk that is shown, by slug."""
        return ByKey(self.by_slug, self.row)

    def keys(self, order: Sequence[int]) -> bytes:
        """The keys of these talks."""
        keys = self.columns["keys"]
        at = {number: known.key for number, known in self.changed.items()}
        return b"".join([at.get(n) or keys[n * _SIZE : (n + 1) * _SIZE] for n in order])

    def _talk(self, number: int) -> Talk:
        if found := self.changed.get(number):
            return found.talk
        inline = self.columns["withdrawn"].get(number)
        return opened(inline or self._store.get(self.columns["wheres"][number], FACE))


def numbers_of(plan: Plan, talks: Mapping[str, Known]) -> Iterator[Plain]:
    """A plan with talks' numbers in place of talks, a part at a time."""
    number = {known.talk.slug: at for at, known in enumerate(talks.values())}

    def told(some: Sequence[Talk]) -> bytes:
        return array("I", [number[talk.slug] for talk in some]).tobytes()

    yield {
        "order": told(plan.talks),
        "issues": [
            (
                one.week.year,
                one.week.number,
                one.start.isoformat(),
                one.end.isoformat(),
                told(one.talks),
            )
            for one in plan.issues
        ],
    }
    yield {
        "groups": {
            kind.value: [(one.name, one.slug, told(one.talks), _rest(one, told)) for one in some]
            for kind, some in plan.groups.items()
        },
    }
    at = {id(one): place for some in plan.groups.values() for place, one in enumerate(some)}
    yield {
        "feeds": [
            (
                _told_of(feed.group, at),
                [(part.name, part.older, told(part.items)) for part in feed.parts],
                told(feed.withdrawn),
            )
            for feed in plan.feeds
        ],
    }
    named: dict[str, dict[str, int]] = {kind.value: {} for kind in Kind}
    for kind, name, group in plan.names():
        named[kind.value][name] = at[id(group)]
    yield {"named": named}
    del named, at
    yield from _places(plan, number)


def _places(plan: Plan, number: Mapping[str, int]) -> Iterator[Plain]:
    """For each talk its issue, the talks beside it, and the documents that list it."""
    issues = array("i", [_NOWHERE]) * len(number)
    for place, issue in enumerate(plan.issues):
        for talk in issue.talks:
            issues[number[talk.slug]] = place
    around = array("i", [_NOWHERE]) * (2 * len(number))
    for slug, pair in plan.neighbours.items():
        for side, other in enumerate(pair):
            if other:
                around[2 * number[slug] + side] = number[other.slug]
    yield {"issue of": issues.tobytes(), "around": around.tobytes()}
    # As bytes from the first on: lists would take three times as much.
    stands = [b""] * len(number)
    for feed_number, feed in enumerate(plan.feeds):
        for part_number, part in enumerate(feed.parts):
            stand = array("I", (feed_number, part_number)).tobytes()
            for talk in part.items:
                stands[number[talk.slug]] += stand
    yield {"stands": stands}


def _rest(group: Group, told: Callable[[Sequence[Talk]], bytes]) -> bytes | None:
    """All talks of a group, where those are more than it shows."""
    return None if group.everything == group.talks else told(group.everything)


def _told_of(group: Group | None, at: Mapping[int, int]) -> Plain:
    """Where a group stands, or, when it has no talks any more, what it is called."""
    if group is None:
        return None
    place = at.get(id(group))
    return (group.kind.value, *((group.name, group.slug) if place is None else (place,)))


class Opened:
    """A plan out of such numbers."""

    def __init__(self, numbers: Plain, table: Table, publication: Publication) -> None:
        self._numbers, self.table, self._publication = numbers, table, publication
        self.order = _array("I", numbers["order"])
        self._issues = _array("i", numbers["issue of"])
        self._beside = _array("i", numbers["around"])
        self._groups = {kind: self._groups_of(kind) for kind in Kind}

    def _groups_of(self, kind: Kind) -> Lazy[Group]:
        told = self._numbers["groups"].get(kind.value, ())
        return Lazy(len(told), lambda at: self._group(kind, *told[at]))

    @cached_property
    def plan(self) -> Plan:
        """The plan, of which each thing is opened when somebody asks for it."""
        talks = self._talks(self._numbers["order"])
        days = Late(lambda: days_of(talks), some=bool(talks))
        # In tuples' places: what is asked of them is the same.
        found: tuple[Any, ...] = (
            *(self._publication, talks, days),
            Lazy(len(self._numbers["issues"]), self._issue),
            ByKey(self.table.by_slug, self._around),
            self._groups,
            Lazy(len(self._numbers["feeds"]), self._feed),
            Late(lambda: years_of(days), some=bool(talks)),
            {kind: self._named(kind) for kind in Kind},
        )
        return Plan(*found)

    def issue(self, slug: str) -> int:
        """The place of the issue that tells a talk."""
        return self._issues[self.table.by_slug[slug]]

    def feeds(self, slug: str) -> list[tuple[int, int]]:
        """The feeds that list a talk, by their places, and in each the place of the document."""
        found = _array("I", self._numbers["stands"][self.table.by_slug[slug]])
        return list(zip(found[::2], found[1::2], strict=True))

    def _named(self, kind: Kind) -> Mapping[str, Group]:
        return ByKey(self._numbers["named"][kind.value], self._groups[kind].__getitem__)

    def _talks(self, told: bytes) -> tuple[Talk, ...]:
        numbers, talks = _array("I", told), self.table.talks
        return cast("tuple[Talk, ...]", Lazy(len(numbers), lambda at: talks[numbers[at]]))

    def _issue(self, at: int) -> Issue:
        year, week, start, end, talks = self._numbers["issues"][at]
        bounds = datetime.fromisoformat(start), datetime.fromisoformat(end)
        return Issue(Week(year, week), *bounds, self._talks(talks))

    def _group(self, kind: Kind, name: str, slug: str, told: bytes, rest: bytes | None) -> Group:
        talks = self._talks(told)
        return Group(kind, name, slug, talks, talks if rest is None else self._talks(rest))

    def _feed(self, at: int) -> Feed:
        where, parts, withdrawn = self._numbers["feeds"][at]
        gone = self._talks(withdrawn)
        group = None
        if where is not None:
            kind, *rest = where
            group = (
                self._groups[Kind(kind)][rest[0]]
                if len(rest) == 1
                else Group(Kind(kind), rest[0], rest[1], (), gone)
            )
        made = Lazy(len(parts), lambda at: self._part(*parts[at]))
        return Feed(self._publication.id, cast("tuple[Part[Talk], ...]", made), group, gone)

    def _part(self, name: str, older: str, talks: bytes) -> Part[Talk]:
        return Part(name, self._talks(talks), older)

    def _around(self, number: int) -> tuple[Talk | None, Talk | None]:
        pair = self._beside[2 * number : 2 * number + 2]
        before, after = (None if one == _NOWHERE else self.table.talks[one] for one in pair)
        return before, after


def _array(kind: str, data: bytes) -> "array[int]":
    found = array(kind)
    found.frombytes(data)
    return found
