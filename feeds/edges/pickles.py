"""Objects as bytes and back: those of a few classes, and nothing else.

A cache may have come with somebody's files: of it come data, and no code. What many objects speak
of is written first, some hundred at a time, and has a number after that: what a pickler remembers
of all it has seen would take more memory than the objects.
"""

import io
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from operator import attrgetter
from typing import Any

Classes = Mapping[str, Mapping[str, type]]
_Parts = tuple[type, tuple[Any, ...]]
_TOGETHER = 500


def written(shared: Sequence[object], others: Iterable[object], known: Classes) -> Iterator[bytes]:
    """Objects as bytes, in pieces: the ``shared`` ones, and ``others`` that may speak of them.
    Dataclasses among the ``known`` classes are those of their fields."""
    kinds = (kind for some in known.values() for kind in some.values())
    table = {kind: by for kind in kinds if (by := _by_fields(kind))}
    numbers: dict[int, int] = {}

    def dumped(value: object) -> bytes:
        found = io.BytesIO()
        pickler = _Writer(found, numbers)
        # A dataclass pickles itself field by field, in Python; this is four times as fast.
        pickler.dispatch_table = table
        pickler.dump(value)
        return found.getvalue()

    starts = range(0, len(shared), _TOGETHER)
    yield dumped(len(starts))
    for start in starts:
        some = shared[start : start + _TOGETHER]
        yield dumped(list(some))
        numbers |= {id(one): at for at, one in enumerate(some, start)}
    for one in others:
        yield dumped(one)


def read(data: bytes | memoryview, known: Classes) -> list[Any]:
    """The others again. ValueError for whatever goes wrong: the bytes are not ours. Of classes only
    the ``known`` ones come into being, by module and name."""
    file, shared, found = io.BytesIO(data), list[object](), list[object]()
    try:
        for _ in range(_loaded(file, known, shared)):
            shared += _loaded(file, known, shared)
        while file.tell() < len(data):
            found.append(_loaded(file, known, shared))
    except Exception as error:
        raise ValueError(str(error)) from error
    return found


def _loaded(file: io.BytesIO, known: Classes, shared: list[object]) -> Any:
    reader = _Reader(file, known)
    # Not a method of the class: that would be called in Python, a few times for each talk.
    reader.persistent_load = shared.__getitem__  # type: ignore[method-assign]
    return reader.load()


def _by_fields(kind: type) -> Callable[[Any], _Parts] | None:
    """How an object of a dataclass is made again from its fields, and an enum's from its value."""
    if issubclass(kind, Enum):
        # Some versions of Python have a pickle look it up by its name, which takes getattr().
        return lambda one: (kind, (one.value,))
    if not is_dataclass(kind) or not all(one.init for one in fields(kind)):
        return None
    names = [one.name for one in fields(kind)]
    if len(names) < 2:
        return lambda one: (kind, tuple(getattr(one, name) for name in names))
    values = attrgetter(*names)
    return lambda one: (kind, values(one))


class _Writer(pickle.Pickler):
    """Writes a number for an object that has one."""

    def __init__(self, file: io.BytesIO, numbers: Mapping[int, int]) -> None:
        super().__init__(file, 5)
        self._number = numbers.get

    def persistent_id(self, value: object) -> int | None:
        """The number of an object."""
        return self._number(id(value))


class _Reader(pickle.Unpickler):
    """Reads what a build kept, and nothing else."""

    def __init__(self, file: io.BytesIO, known: Classes) -> None:
        super().__init__(file)
        self._known = known

    def find_class(self, module: str, name: str) -> Any:
        """The class; ValueError for one that no build keeps."""
        found = self._known.get(module, {}).get(name)
        if found is None:
            raise ValueError(f"{module}.{name}")
        return found
