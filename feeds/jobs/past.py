"""What a build remembers for the next one, and the door through which it is remembered."""

import datetime as dt
import zoneinfo
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Protocol

from feeds import archives, model, naming, plan, recordings
from feeds.jobs.made import Units
from feeds.jobs.records import Known, Store, Where
from feeds.model import Asset, Publication
from feeds.plan import Plan
from feeds.recordings import Sidecar
from feeds.render.kit import Show

# Values that others speak of, then the others.
Parts = tuple[Sequence[object], Iterable[object]]
_TOGETHER = 1_000


@dataclass(slots=True)
class Solid:
    """What an edit of a talk's text leaves as it was. ``talks`` are by path."""

    publication: Publication
    sidecars: Mapping[str, Sidecar]
    assets: Mapping[str, Asset]
    plan: Plan
    show: Show | None
    talks: dict[str, Known]

    def parts(self) -> Parts:
        """All of it in portions: a talk is spoken of in thirty places, a group in five."""
        talks = list(self.talks.values())
        groups = [group for some in self.plan.groups.values() for group in some]
        feeds = list(_portions(self.plan.feeds))
        rest = replace(self, talks={}, plan=replace(self.plan, feeds=()))
        others = chain([(rest, len(feeds))], feeds, _portions(list(self.talks.items())))
        return [*(known.talk for known in talks), *groups], others

    @classmethod
    def of(cls, others: Sequence[Any]) -> "Solid | None":
        """What such portions came from; None where it was something else."""
        try:
            (found, count), *portions = others
            feeds = tuple(chain.from_iterable(portions[:count]))
            talks = dict(chain.from_iterable(portions[count:]))
        except (TypeError, ValueError):
            return None
        if not isinstance(found, cls):
            return None
        return replace(found, talks=talks, plan=replace(found.plan, feeds=feeds))


def _portions(things: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (things[at : at + _TOGETHER] for at in range(0, len(things), _TOGETHER))


@dataclass(slots=True)
class Past:
    """One build. ``beside`` stands for all files but the talks, ``record_base`` for what is the
    same for every record; ``base_url`` is the one that was given on the command line. ``changed``
    are talks, by path, that are not what they were when the ``solid`` part was kept; ``search``
    is where the index lies.
    """

    base_url: str
    beside: str
    record_base: bytes
    left_out: tuple[str, ...]
    search: Where
    changed: dict[str, Known]
    solid: Solid
    units: Units

    @property
    def talks(self) -> dict[str, Known]:
        """All of them, by path, in the order of the files."""
        return self.solid.talks | self.changed


class Memory(Store, Protocol):
    """Where a build is remembered, for one output folder."""

    def begin(self) -> None:
        """Look at the inputs, before any of them is read."""
        ...

    def recall(
        self, known: Mapping[str, Mapping[str, type]]
    ) -> tuple[Sequence[object], object, Units] | None:
        """What was kept; None for nothing, or for what another program kept."""
        ...

    def tidy(self, places: Collection[Where]) -> None:
        """Take away what is stored besides ``places``: builds that failed have left it."""
        ...

    def untouched(self) -> bool:
        """Whether the output folder is as the last build left it."""
        ...

    def forget(self) -> None:
        """Before anything is changed: until it is kept again, nothing is known."""
        ...

    def keep(
        self, solid: Parts | None, loose: object, units: Units, places: Collection[Where]
    ) -> None:
        """Keep these for the next ``recall``: ``solid`` as it was recalled when it is None. Of the
        store the ``places`` are kept."""
        ...

    def seal(
        self,
        told: Mapping[str, object],
        paths: Collection[str],
        touched: Collection[str] | None = None,
    ) -> None:
        """Note that ``paths`` are all there is, and what to tell when nothing has changed. Of
        these ``touched`` alone may have changed since ``untouched``, where that is known."""
        ...

    def crowded(self, places: Collection[Where]) -> bool:
        """Whether the store holds much more than ``places``."""
        ...

    def move(self, where: Where) -> Where:
        """Put what lies there once more."""
        ...

    def clear(self) -> None:
        """Take all of it away."""
        ...

    def close(self) -> None:
        """Close what is open; it can go on after that."""
        ...


def recalled(memory: Memory | None) -> Past | None:
    """The last build; None when it is not known."""
    found = memory.recall(_CLASSES) if memory else None
    if found is None:
        return None
    others, loose, units = found
    solid = Solid.of(others)
    if solid is None or not isinstance(loose, tuple):
        return None
    base_url, beside, record_base, left_out, search, changed = loose
    return Past(base_url, beside, record_base, left_out, search, changed, solid, units)


def places_of(talks: Mapping[str, Known], search: Where) -> list[Where]:
    """Everything in the store that is still used."""
    found = [known.where for known in talks.values() if known.where]
    return [*found, search] if search else found


_CLASSES: dict[str, dict[str, type]] = {}
for _class in (
    *(dt.date, dt.datetime, dt.timedelta, dt.timezone),
    zoneinfo.ZoneInfo,
    *(Solid, Known, Show),
    *(
        found
        for module in (archives, model, naming, plan, recordings)
        for found in vars(module).values()
        if isinstance(found, type) and found.__module__ == module.__name__
    ),
):
    _CLASSES.setdefault(_class.__module__, {})[_class.__qualname__] = _class
