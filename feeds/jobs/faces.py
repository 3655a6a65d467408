"""A talk as lists show it ⇄ bytes: plain values, so that one of many thousands can be opened alone,
in a few microseconds."""

import marshal
from collections.abc import Callable
from dataclasses import fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from feeds.model import AudioChoice, Event, Link, Recording, Speaker, Talk

_Way = Callable[[Any], Any]


def _of(kind: type) -> tuple[_Way, _Way]:
    """A value of that kind, or None, as a tuple of its fields, and back."""
    values = attrgetter(*(one.name for one in fields(kind)))
    make: Callable[..., Any] = kind
    return lambda one: one and values(one), lambda told: told and make(*told)


def _all_of(kind: type) -> tuple[_Way, _Way]:
    """The same for several."""
    give, take = _of(kind)
    return lambda some: tuple(map(give, some)), lambda told: tuple(map(take, told))


_NAMES = [one.name for one in fields(Talk)]
_WAYS: dict[int, tuple[Any, Any]] = {
    _NAMES.index(name): way
    for name, way in {
        "date": (date.toordinal, date.fromordinal),
        # Their offsets are whole minutes, which this keeps.
        "published": (datetime.isoformat, datetime.fromisoformat),
        "updated": (datetime.isoformat, datetime.fromisoformat),
        "speakers": _all_of(Speaker),
        "event": _of(Event),
        "recording": _of(Recording),
        "links": _all_of(Link),
        "audio": _of(AudioChoice),
    }.items()
}
_values = attrgetter(*_NAMES)


def packed(talk: Talk) -> bytes:
    """A talk as bytes."""
    values = list(_values(talk))
    for at, (give, _) in _WAYS.items():
        values[at] = give(values[at])
    return marshal.dumps(values)


def opened(data: bytes) -> Talk:
    """The talk again. ``data`` must be what ``packed`` gave in this version of Python."""
    values = marshal.loads(data)  # noqa: S302 # checked by whoever kept it
    for at, (_, take) in _WAYS.items():
        values[at] = take(values[at])
    return Talk(*values)
