"""What was made of each talk, in files that only grow: where a build puts records, and finds them.

A record is some parts, each of which is read on its own. Where it lies is a few numbers, which
whoever put it keeps; the files do not say what is in them. What is damaged is lost, and is told so.
"""

import os
import struct
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from feeds.errors import LostError

_MAX_PACKS = 32
Where = tuple[Any, ...]
# Where the parts of a record lie: the first one's place, then each one's length and checksum.
_OFFSET, _PART = struct.Struct("<Q"), struct.Struct("<II")


class Packs:
    """The ``*.pack`` files of a folder; fulfils the build's Store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pack: BinaryIO | None = None
        self._owner = 0
        self._read: dict[str, int] = {}

    def put(self, parts: Mapping[str, bytes]) -> Where:
        """Keep the parts of one talk; LostError where that cannot be. Each process writes into a
        file of its own."""
        with self._or_lost():
            if self._pack is None or self._owner != os.getpid():
                self.folder.mkdir(parents=True, exist_ok=True)
                self._owner = os.getpid()
                # A name that nobody else takes.
                self._pack = (self.folder / f"{os.urandom(6).hex()}.pack").open("wb", 1 << 20)
            found, crc32 = [_OFFSET.pack(self._pack.tell())], _crc32()
            for data in parts.values():
                self._pack.write(data)
                found.append(_PART.pack(len(data), crc32(data)))
        return Path(self._pack.name).name, tuple(parts), b"".join(found)

    def flush(self) -> None:
        """Let other processes read what this one has put."""
        if self._pack is not None and self._owner == os.getpid():
            with self._or_lost():
                self._pack.flush()

    @contextmanager
    def _or_lost(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LostError(str(self.folder), f"cannot be written: {error.strerror}") from error

    def get(self, where: Where, part: str) -> bytes:
        """One of the parts; LostError when it is not what was put. Empty for one that was not."""
        name, names, places = where
        if part not in names:
            return b""
        at, (offset, *told) = 2 * names.index(part), _places(len(names)).unpack(places)
        length, check = told[at : at + 2]
        offset += sum(told[:at:2])
        try:
            handle = self._read.get(name)
            if handle is None:
                handle = os.open(self.folder / name, os.O_RDONLY | os.O_CLOEXEC)
                self._read[name] = handle
            data = os.pread(handle, length, offset)
        except OSError as error:
            raise LostError(str(self.folder / name), "cannot be read") from error
        if len(data) != length or _crc32()(data) != check:
            raise LostError(str(self.folder / name), "is damaged")
        return data

    def tidy(self, places: Collection[Where]) -> None:
        """Take away what is stored besides ``places``: builds that failed have left it."""
        used = {where[0] for where in places}
        with suppress(OSError):
            for path in self.folder.glob("*.pack"):
                if path.name not in used:
                    path.unlink()

    def crowded(self, places: Collection[Where]) -> bool:
        """Whether much more is stored than ``places`` need, or in too many files."""
        packs: dict[str, int] = {}
        for where in places:
            sizes = sum(length for length, _ in _PART.iter_unpack(where[2][_OFFSET.size :]))
            packs[where[0]] = packs.get(where[0], 0) + sizes
        size = 0
        for name in packs:
            with suppress(OSError):
                size += (self.folder / name).stat().st_size
        return len(packs) > _MAX_PACKS or size > 2 * sum(packs.values()) + (1 << 20)

    def move(self, where: Where) -> Where:
        """Put what lies there once more."""
        return self.put({part: self.get(where, part) for part in where[1]})

    def close(self) -> None:
        """Close what is open; it can go on after that."""
        if self._pack is not None and self._owner == os.getpid():
            # What did not come to the disk is found out when it is read.
            with suppress(OSError):
                self._pack.close()
        self._pack = None
        for handle in self._read.values():
            os.close(handle)
        self._read.clear()


@cache
def _places(parts: int) -> struct.Struct:
    """How the places of so many parts are told."""
    return struct.Struct(f"<Q{2 * parts}I")


@cache
def _crc32() -> Callable[[bytes], int]:
    """zlib's checksum, in a tenth of its time. Loaded when something is put or taken: a build with
    nothing to do needs none."""
    from zlib_ng import zlib_ng

    return zlib_ng.crc32
