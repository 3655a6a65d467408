"""Objects as bytes and back: those of a few classes, and nothing else.

A cache may have come with somebody's files: of it come data, and no code.
"""

import io
import pickle
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from operator import attrgetter
from typing import Any

Classes = Mapping[str, Mapping[str, type]]
_Parts = tuple[type, tuple[Any, ...]]


def written(value: object, known: Classes) -> bytes:
    """An object as bytes. Dataclasses among the ``known`` classes are those of their fields."""
    found = io.BytesIO()
    pickler = pickle.Pickler(found, 5)
    # A dataclass pickles itself field by field, in Python; this is four times as fast.
    kinds = (kind for some in known.values() for kind in some.values())
    pickler.dispatch_table = {kind: by for kind in kinds if (by := _by_fields(kind))}
    pickler.dump(value)
    return found.getvalue()


def read(data: bytes, known: Classes) -> Any:
    """An object of ``known`` classes, by module and name; ValueError for whatever goes wrong: the
    bytes are not ours."""
    try:
        return _Reader(io.BytesIO(data), known).load()
    except Exception as error:
        raise ValueError(str(error)) from error


def _by_fields(kind: type) -> Callable[[Any], _Parts] | None:
    """How an object of a dataclass is made again from its fields."""
    if not is_dataclass(kind) or not all(one.init for one in fields(kind)):
        return None
    names = [one.name for one in fields(kind)]
    if len(names) < 2:
        return lambda one: (kind, tuple(getattr(one, name) for name in names))
    values = attrgetter(*names)
    return lambda one: (kind, values(one))


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
