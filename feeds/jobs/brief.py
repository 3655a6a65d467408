"""What was known of every talk, and the plan, in columns and numbers: read in a moment, and opened
where somebody looks.

An edit of one talk's text leaves all lists as they are. Of ten thousand talks it shows some
hundred, and of as many groups a dozen; making objects of all of them would take longer than all
that there is to do.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import accumulate
from typing import Any, cast

from feeds.archives import Part
from feeds.jobs.faces import opened, packed
from feeds.jobs.made import DIGEST_BYTES, digest_at
from feeds.jobs.records import FACE, Known, Store, Where
from feeds.lazy import ByKey, Late, Lazy
from feeds.model import Issue, Publication, Talk, Week
from feeds.naming import Group, Kind
from feeds.plan import Feed, Plan, days_of, years_of

_NOTHING = bytes(DIGEST_BYTES)
_NOWHERE = -1
_KINDS = list(Kind)
# Texts, numbers, bytes, and tuples, lists and dictionaries of those.
Plain = Any


def table_of(talks: Mapping[str, Known], slugs: Iterable[str], shown: bytes) -> Iterator[Plain]:
    """All talks in columns, some columns at a time. ``shown`` has for each of the ``slugs`` what
    stands for a talk and the pages that it leads to."""
    known = list(talks.values())
    yield {"shown": _shown(known, slugs, shown)}
    yield {"paths": list(talks)}
    yield {"stamps": [one.stamp for one in known]}
    yield {"slugs": [one.talk.slug for one in known]}
    yield {"wheres": [one.where for one in known]}
    yield {
        "digests": b"".join([one.digest for one in known]),
        "faces": b"".join([one.face for one in known]),
        "keys": b"".join([one.key or _NOTHING for one in known]),
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


def _shown(known: Iterable[Known], slugs: Iterable[str], shown: bytes) -> bytes:
    number = {slug: at for at, slug in enumerate(slugs)}
    # One that nobody is shown has none.
    places = (number.get(one.talk.slug) for one in known)
    return b"".join([_NOTHING if at is None else digest_at(shown, at) for at in places])


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
        found = digest_at(self.columns[column], number)
        return b"" if found == _NOTHING else found

    def is_hidden(self, path: str) -> bool:
        """Whether the talk of that file is a draft, or withdrawn: such a one may not be opened."""
        return bool(self.columns["hidden"][self.by_path[path]])

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
        return b"".join([at.get(number) or digest_at(keys, number) for number in order])

    def _talk(self, number: int) -> Talk:
        if found := self.changed.get(number):
            return found.talk
        inline = self.columns["withdrawn"].get(number)
        return opened(inline or self._store.get(self.columns["wheres"][number], FACE))


def numbers_of(plan: Plan, number: Mapping[str, int]) -> Iterator[Plain]:
    """A plan with talks' numbers in place of talks, a part at a time. ``number`` has each talk's,
    its place in the table, by its slug."""

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
    # In columns: as many values as there are groups, and each in as few objects as can be.
    yield {
        "groups": {
            kind.value: (
                [one.name for one in some],
                [one.slug for one in some],
                [told(one.talks) for one in some],
                {at: rest for at, one in enumerate(some) if (rest := _rest(one, told)) is not None},
            )
            for kind, some in plan.groups.items()
        },
    }
    places = _places_of_groups(plan)
    yield {"feeds": [_told_of_feed(feed, places[at], told) for at, feed in enumerate(plan.feeds)]}
    del places
    named: dict[str, dict[str, int]] = {}
    for kind, some in plan.groups.items():
        at = {id(one): place for place, one in enumerate(some)}
        named[kind.value] = {name: at[id(one)] for of, name, one in plan.names() if of is kind}
        del at
    yield {"named": named}
    del named
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
    counts = array("I", [0]) * len(number)
    for _, _, at in _stands(plan, number):
        counts[at] += 1
    ends = array("I", accumulate(counts))
    del counts
    stands = array("I", [0]) * (2 * ends[-1] if ends else 0)
    # Each talk's from its end on, so that their order is that of the feeds from behind.
    free = array("I", ends)
    for feed_number, part_number, at in _stands(plan, number):
        free[at] -= 1
        stands[2 * free[at] : 2 * free[at] + 2] = array("I", (feed_number, part_number))
    del free
    # As they are: what is written of an array is its bytes.
    yield {"stands": stands, "stands end": ends}


def _stands(plan: Plan, number: Mapping[str, int]) -> Iterator[tuple[int, int, int]]:
    """The places of each feed and of each of its documents, and the number of a talk in it."""
    for feed_number, feed in enumerate(plan.feeds):
        for part_number, part in enumerate(feed.parts):
            for talk in part.items:
                yield feed_number, part_number, number[talk.slug]


def _rest(group: Group, told: Callable[[Sequence[Talk]], bytes]) -> bytes | None:
    """All talks of a group, where those are more than it shows."""
    return None if group.everything == group.talks else told(group.everything)


def _places_of_groups(plan: Plan) -> "array[int]":
    """For each feed the place of its group among those of its kind; groups without talks have
    none. Feeds stand in the order of their groups."""
    found, next_of = array("i"), dict.fromkeys(Kind, 0)
    for feed in plan.feeds:
        group, place = feed.group, _NOWHERE
        if group is not None and group.talks:
            place = next_of[group.kind]
            assert plan.groups[group.kind][place] is group
            next_of[group.kind] += 1
        found.append(place)
    return found


def _told_of_feed(feed: Feed, place: int, told: Callable[[Sequence[Talk]], bytes]) -> Plain:
    """A feed; as one number, where it is one document of all talks of its group, as most are. A
    group is told by its place, or, when it has no talks any more, by what it is called."""
    group = feed.group
    if group is not None and place >= 0 and not feed.cut and not feed.withdrawn:
        return place * len(_KINDS) + _KINDS.index(group.kind)
    parts = [(part.name, part.older, told(part.items)) for part in feed.cut]
    where = None
    if group is not None:
        where = (group.kind.value, *((place,) if place >= 0 else (group.name, group.slug)))
    return where, parts, told(feed.withdrawn)


class Opened:
    """A plan out of such numbers."""

    def __init__(self, numbers: Plain, table: Table, publication: Publication) -> None:
        self._numbers, self.table, self._publication = numbers, table, publication
        self.order = _array("I", numbers["order"])
        self._issues = _array("i", numbers["issue of"])
        self._beside = _array("i", numbers["around"])
        self._stands_end = _array("I", numbers["stands end"])
        self._groups = {kind: self._groups_of(kind) for kind in Kind}

    def _groups_of(self, kind: Kind) -> Lazy[Group]:
        names, slugs, talks, rests = self._numbers["groups"].get(kind.value, ((), (), (), {}))

        def group(at: int) -> Group:
            shown, rest = self._talks(talks[at]), rests.get(at)
            everything = shown if rest is None else self._talks(rest)
            return Group(kind, names[at], slugs[at], shown, everything)

        return Lazy(len(names), group)

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
        at = self.table.by_slug[slug]
        start = self._stands_end[at - 1] if at else 0
        size = 2 * array("I").itemsize
        found = _array("I", self._numbers["stands"][size * start : size * self._stands_end[at]])
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

    def _feed(self, at: int) -> Feed:
        told = self._numbers["feeds"][at]
        if isinstance(told, int):
            place, kind_at = divmod(told, len(_KINDS))
            return Feed(self._publication.id, (), self._groups[_KINDS[kind_at]][place])
        where, parts, withdrawn = told
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
