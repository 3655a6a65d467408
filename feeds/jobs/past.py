"""What a build remembers for the next one, and the door through which it is remembered."""

import datetime as dt
import zoneinfo
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Protocol

from feeds import archives, model, naming, plan, recordings
from feeds.jobs.made import Units
from feeds.jobs.records import Known, Store, Where
from feeds.model import Asset, Publication
from feeds.recordings import Sidecar
from feeds.render.kit import Show

# Some talks at a time; then objects, and plain values, which are read without those.
Whole = tuple[Iterable[object], Sequence[object], Iterable[Any]]
_TOGETHER = 400


@dataclass(slots=True)
class Ground:
    """What all talks stand on."""

    publication: Publication
    sidecars: Mapping[str, Sidecar]
    assets: Mapping[str, Asset]
    show: Show | None


@dataclass(slots=True)
class Briefly:
    """One build, but for the talks themselves. ``beside`` stands for all files but the talks,
    ``record_base`` for what is the same for every record; ``base_url`` is the one that was given
    on the command line; ``search`` is where the index lies. ``changed`` are talks, by path, that
    are not what they were when the rest was kept, and ``renewed`` units; ``count`` is the number
    of all files. ``table`` and ``numbers`` are all talks and the plan, as ``brief`` writes them,
    ``told`` is what else there was to tell."""

    base_url: str
    beside: str
    record_base: bytes
    left_out: tuple[str, ...]
    search: Where
    changed: dict[str, Known]
    renewed: Units
    count: int
    ground: Ground
    table: Any
    numbers: Any
    units: Units
    told: dict[str, Any]


@dataclass(slots=True)
class Past:
    """One build, and all of its talks, by path, in the order of the files."""

    brief: Briefly
    solid: dict[str, Known]

    @property
    def talks(self) -> dict[str, Known]:
        """As they were in the end."""
        return self.solid | self.brief.changed


class Named(Protocol):
    """Things with their names."""

    def items(self) -> Iterable[tuple[str, Any]]:
        """Each one's name, and itself."""
        ...


def portions(things: Named) -> Iterator[Sequence[Any]]:
    """All of them with their names, some at a time."""
    rest = iter(things.items())
    return iter(lambda: list(islice(rest, _TOGETHER)), [])


def named(name: str, parts: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Each of the parts with that name. Nothing holds one any more when the next is made."""
    for part in parts:
        yield name, part
        del part


class Memory(Store, Protocol):
    """Where a build is remembered, for one output folder."""

    def begin(self) -> None:
        """Look at the inputs, before any of them is read."""
        ...

    def recall(
        self, known: Mapping[str, Mapping[str, type]]
    ) -> tuple[Sequence[Any], Sequence[Any], Any] | None:
        """What was kept, but for the solid part: objects, plain values, and the loose part. None
        for nothing, or for what another program kept."""
        ...

    def recall_solid(self) -> Sequence[Any] | None:
        """The solid part of what was recalled; None where it is not there."""
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

    def keep(self, whole: Whole | None, loose: object, places: Collection[Where]) -> None:
        """Keep these for the next ``recall``: but for the ``loose`` part what was recalled when
        ``whole`` is None. Of the store the ``places`` are kept."""
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


def recalled_briefly(memory: Memory | None) -> Briefly | None:
    """The last build, but for its talks; None when it is not known."""
    found = memory.recall(_CLASSES) if memory else None
    if found is None:
        return None
    objects, plain, loose = found
    parts: dict[str, dict[str, Any]] = {name: {} for name in ("table", "numbers", "units", "told")}
    try:
        (on,) = objects
        for name, part in plain:
            parts[name] |= part
        values: tuple[Any, ...] = (*loose, on, *parts.values())
        brief = Briefly(*values)
        brief.units |= brief.renewed
    except (TypeError, ValueError, LookupError):
        return None  # of another shape than ours
    return brief if isinstance(on, Ground) else None


def recalled(memory: Memory | None, brief: Briefly | None) -> Past | None:
    """The last build; None when it is not known."""
    found = memory.recall_solid() if memory and brief else None
    if brief is None or found is None:
        return None
    try:
        return Past(brief, dict(chain.from_iterable(found)))
    except (TypeError, ValueError):
        return None  # of another shape than ours


def places_of(talks: Mapping[str, Known], search: Where) -> list[Where]:
    """Everything in the store that is still used."""
    found = [known.where for known in talks.values() if known.where]
    return [*found, search] if search else found


_CLASSES: dict[str, dict[str, type]] = {}
for _class in (
    *(dt.date, dt.datetime, dt.timedelta, dt.timezone),
    zoneinfo.ZoneInfo,
    *(Ground, Known, Show),
    *(
        found
        for module in (archives, model, naming, plan, recordings)
        for found in vars(module).values()
        if isinstance(found, type) and found.__module__ == module.__name__
    ),
):
    _CLASSES.setdefault(_class.__module__, {})[_class.__qualname__] = _class
