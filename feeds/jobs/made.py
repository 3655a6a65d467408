"""What is known of each unit that was made: its key and its files, in as few bytes as can be.

There are three units a talk, of as many files or more: as tuples of texts they take three times the
memory.
"""

import marshal
import zlib
from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from typing import Protocol

# By a unit's name: its key, then the paths of its files.
Units = dict[str, bytes]
# A key, and whatever else stands for something. Not sixteen: of fifteen bytes Python makes an
# object of 48, and there are three a talk.
DIGEST_BYTES = 15
_NO_KEY = bytes(DIGEST_BYTES)
# No path holds one.
_BETWEEN = "\0"
_TOGETHER = 1_000


def made(key: bytes, paths: Iterable[str] = ()) -> bytes:
    """A unit with a key, which may be empty, and its files."""
    return (key or _NO_KEY) + _BETWEEN.join(paths).encode("utf-8", "surrogatepass")


def key_of(unit: bytes) -> bytes:
    """A unit's key; zeros, where it is empty."""
    return unit[:DIGEST_BYTES]


def digest_at(keys: bytes, at: int) -> bytes:
    """One of many keys that were joined."""
    return keys[at * DIGEST_BYTES : (at + 1) * DIGEST_BYTES]


def joined(keys: Iterable[bytes]) -> bytes:
    """Keys, of which some may be empty, as one."""
    return b"".join([key or _NO_KEY for key in keys])


def has_key(unit: bytes | None, key: bytes) -> bool:
    """Whether a unit has this key; never, where it is empty."""
    return bool(unit and key) and unit[:DIGEST_BYTES] == key  # type: ignore[index] # there is one


def paths_of(unit: bytes | None) -> list[str]:
    """The paths of a unit's files; none where there is no unit."""
    if unit is None or len(unit) == DIGEST_BYTES:
        return []
    return unit[DIGEST_BYTES:].decode("utf-8", "surrogatepass").split(_BETWEEN)


def number_of_paths(unit: bytes | None) -> int:
    """How many files a unit has."""
    if unit is None or len(unit) == DIGEST_BYTES:
        return 0
    return unit.count(_BETWEEN.encode(), DIGEST_BYTES) + 1


class Many(Protocol):
    """Units with their names."""

    def items(self) -> Iterable[tuple[str, bytes]]:
        """Each one's name, and itself."""
        ...

    def values(self) -> Iterable[bytes]:
        """Each one."""
        ...


class Noted:
    """Units that nobody asks for by their names, after ``others``: some hundred at a time in a
    tenth of the memory."""

    def __init__(self, others: Units) -> None:
        self._others = others
        self._packed: list[bytes] = []
        self._last: Units = {}

    def note(self, name: str, unit: bytes) -> None:
        """One more; no two have the same name."""
        self._last[name] = unit
        if len(self._last) >= _TOGETHER:
            self._packed.append(zlib.compress(marshal.dumps(self._last), 1))
            self._last = {}

    def items(self) -> Iterator[tuple[str, bytes]]:
        """Each one's name, and itself."""
        packed = (marshal.loads(zlib.decompress(one)) for one in self._packed)  # noqa: S302 # our own
        for some in chain([self._others], packed, [self._last]):
            yield from some.items()

    def values(self) -> Iterator[bytes]:
        """Each one."""
        return (unit for _, unit in self.items())


class Paths(Collection[str]):
    """The paths of all files of all units, each found when somebody asks. ``count``: how many there
    are, where that is known."""

    def __init__(self, units: Many, count: int | None = None) -> None:
        self._units = units
        self._count = sum(map(number_of_paths, units.values())) if count is None else count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        for unit in self._units.values():
            yield from paths_of(unit)

    def __contains__(self, path: object) -> bool:
        return any(path == one for one in self)
