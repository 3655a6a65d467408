"""What a build remembers for the next one, and the door through which it is remembered."""

import datetime as dt
import zoneinfo
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from feeds import archives, model, naming, plan, recordings
from feeds.jobs.records import Known, Store, Where
from feeds.model import Asset, Publication
from feeds.plan import Plan
from feeds.recordings import Sidecar
from feeds.render.kit import Show


@dataclass(slots=True)
class Past:
    """One build. ``beside`` stands for all files but the talks; ``talks`` are by path, ``units`` by
    name, each with its key and the paths of its files. ``search`` is where the index lies.

    ``record_base`` stands for what is the same for every record, ``base_url`` is the one that was
    given on the command line.
    """

    base_url: str
    beside: str
    record_base: bytes
    publication: Publication
    sidecars: Mapping[str, Sidecar]
    assets: Mapping[str, Asset]
    plan: Plan
    show: Show | None
    left_out: tuple[str, ...]
    talks: dict[str, Known] = field(default_factory=dict)
    units: dict[str, tuple[bytes, tuple[str, ...]]] = field(default_factory=dict)
    search: Where = ()

    @property
    def places(self) -> list[Where]:
        """Everything in the store that is still used."""
        found = [known.where for known in self.talks.values() if known.where]
        return [*found, self.search] if self.search else found


class Memory(Store, Protocol):
    """Where a build is remembered, for one output folder."""

    def begin(self) -> None:
        """Look at the inputs, before any of them is read."""
        ...

    def recall(self, known: Mapping[str, Mapping[str, type]]) -> object | None:
        """What was kept; None for nothing, or for what another program kept."""
        ...

    def untouched(self) -> bool:
        """Whether the output folder is as the last build left it."""
        ...

    def forget(self) -> None:
        """Before anything is changed: until it is kept again, nothing is known."""
        ...

    def keep(self, state: object, places: Collection[Where]) -> None:
        """Keep ``state``, and of the store the ``places``."""
        ...

    def seal(self, told: Mapping[str, object], paths: Collection[str]) -> None:
        """Note that ``paths`` are all there is, and what to tell when nothing has changed."""
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
    return found if isinstance(found, Past) else None


_CLASSES: dict[str, dict[str, type]] = {}
for _class in (
    *(dt.date, dt.datetime, dt.timedelta, dt.timezone),
    zoneinfo.ZoneInfo,
    *(Past, Known, Show),
    *(
        found
        for module in (archives, model, naming, plan, recordings)
        for found in vars(module).values()
        if isinstance(found, type) and found.__module__ == module.__name__
    ),
):
    _CLASSES.setdefault(_class.__module__, {})[_class.__qualname__] = _class
