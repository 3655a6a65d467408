"""What builds remember, below ``.talkfeeds/cache/``: so that the next one makes only what changed.

A folder for each output folder. ``solid`` and ``state`` are what the build knew of every talk and
of every file that it wrote; the ``*.pack`` files hold what was made of each talk; ``seal`` says
what the inputs and the outputs looked like at the end, without having read them. All of it can be
deleted at any time. Whatever is damaged, of another version, or not as it was left, counts as not
there.
"""

import gc
import hashlib
import io
import json
import marshal
import os
import pickle
import secrets
import shutil
import sys
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass
from importlib.util import find_spec
from operator import attrgetter
from pathlib import Path
from typing import Any, BinaryIO

from feeds.edges.stamps import Looks
from feeds.errors import LostError

# Up to so many files each one is looked at, to see whether somebody changed it; above, the folders
# alone, which say what was added, removed or replaced.
FEW_FILES = 5_000
_MAX_PACKS = 32
_FORM = b"talkfeeds 1\n"
_DIGEST = 16
Where = tuple[Any, ...]


def program() -> bytes:
    """What stands for this program, the libraries that it renders with, and Python with its own
    (its Unicode tables fold words, its zlib packs pictures): when it is another one, so may be
    what it makes."""
    package = Path(__file__).parent.parent
    used = f"{sys.version} {zlib.ZLIB_RUNTIME_VERSION}"
    found = hashlib.blake2b(used.encode(), digest_size=_DIGEST)
    templates = package.parent / "templates"
    for folder in (package, package / "templates", templates):
        found.update(repr(_stamps(folder)).encode())
    # Installed distributions name their versions in the names of their folders.
    spec = find_spec("markupsafe")
    libraries = Path(spec.origin).parent.parent if spec and spec.origin else package
    with suppress(OSError):
        found.update(repr(sorted(os.listdir(libraries))).encode())  # noqa: PTH208 # names alone
    return found.digest()


def _stamps(folder: Path) -> list[tuple[str, int, int]]:
    found = []
    with suppress(OSError):
        for here, folders, files in os.walk(folder):
            folders[:] = [name for name in folders if name != "__pycache__"]
            for name in files:
                path = os.path.join(here, name)  # noqa: PTH118 # a Path costs ten times as much
                looked = os.stat(path)  # noqa: PTH116
                found.append((os.path.relpath(path, folder), looked.st_size, looked.st_mtime_ns))
    return sorted(found)


class Memory:
    """What the last build to ``output`` knew; fulfils the build's Memory.

    ``also`` stands for what a build depends on besides its files: options, the environment.
    """

    def __init__(
        self, root: Path, output: Path, also: Iterable[str] = (), looks: Looks | None = None
    ) -> None:
        name = hashlib.blake2b(os.fsencode(output.absolute()), digest_size=8).hexdigest()
        self.cache = root / ".talkfeeds" / "cache"
        self.folder = self.cache / name
        self.output = output
        self._looks = looks or Looks(root)
        self._also = repr(list(also)).encode()
        self._inputs, self._glanced = "", False
        self._looked: dict[str, tuple[int, ...]] = {}
        self._solid = b""
        self._table: dict[type, Callable[[Any], tuple[type, tuple[Any, ...]]]] = {}
        self._pack: BinaryIO | None = None
        self._owner = 0
        self._read: dict[str, int] = {}

    def glance(self) -> dict[str, Any] | None:
        """What the last build told, when nothing has changed since; nothing but names, sizes
        and times is looked at."""
        try:
            found = marshal.loads(self._checked("seal"))  # noqa: S302 # checked
            self._inputs, self._glanced = self._look(), True
            same = found["inputs"] and found["inputs"] == self._inputs
            if not same or found["outputs"] != self._outputs(found["outputs"]):
                return None
        except (OSError, ValueError, KeyError, TypeError, EOFError):
            return None
        told = json.loads(found["told"])
        return told if isinstance(told, dict) else None

    def seal(
        self,
        told: Mapping[str, object],
        paths: Collection[str],
        touched: Collection[str] | None = None,
    ) -> None:
        """Note that ``paths`` is all that the output folder holds, and what to tell when nothing
        has changed. To be called when nothing will be written any more. ``touched``: those of
        which alone the last ``untouched`` may no more be true."""
        files = paths if len(paths) <= FEW_FILES else ()
        with suppress(OSError):
            if touched is None or not self._looked:
                looked = self._outputs(sorted({*_folders(paths), *files}))
            else:
                some = {*_folders(touched), *(touched if files else ())}
                looked = self._looked | self._outputs(some & self._looked.keys())
            found = {"inputs": self._inputs, "outputs": looked, "told": json.dumps(dict(told))}
            self._write("seal", marshal.dumps(found))

    def begin(self) -> None:
        """Look at the inputs, before any of them is read."""
        if not self._glanced:
            self._looks.again()
            self._inputs = self._look()
        self._glanced, self._looked = False, {}

    def recall(
        self, known: Mapping[str, Mapping[str, type]]
    ) -> tuple[object, object, dict[str, Any]] | None:
        """What was kept: the solid part, the loose one and the units; None where there is
        nothing, or nothing of this program's. Of classes only those ``known``, by module and
        name, come into being."""
        for kind in (kind for some in known.values() for kind in some.values()):
            if by := _by_fields(kind):
                self._table[kind] = by
        self._solid = b""
        waste = gc.isenabled()
        gc.disable()  # nothing of what is read is waste
        try:
            # Data alone comes of this, no code; what another Python wrote says so.
            program_, name, loose, units = marshal.loads(self._checked("state"))  # noqa: S302
            solid = self._checked("solid")
            if program_ != program() or name != _digest(solid):
                return None
            found = (_read(solid, known), _read(loose, known), units)
            self._solid = name
        except (OSError, ValueError, TypeError, EOFError):
            return None
        finally:
            if waste:
                gc.enable()
        return found

    def untouched(self) -> bool:
        """Whether the output folder is as the last build left it."""
        with suppress(OSError, ValueError, KeyError, TypeError, EOFError):
            found = marshal.loads(self._checked("seal"))["outputs"]  # noqa: S302 # checked
            if found == self._outputs(found):
                self._looked = found
                return True
        return False

    def put(self, parts: Mapping[str, bytes]) -> Where:
        """Keep the parts of one talk; LostError where that cannot be. Each process writes into a
        file of its own."""
        with self._or_lost():
            if self._pack is None or self._owner != os.getpid():
                self.folder.mkdir(parents=True, exist_ok=True)
                self._owner = os.getpid()
                self._pack = (self.folder / f"{secrets.token_hex(6)}.pack").open("wb", 1 << 20)
            offset = self._pack.tell()
            found: list[Any] = [Path(self._pack.name).name, tuple(parts), offset]
            for data in parts.values():
                self._pack.write(data)
                found += [len(data), zlib.crc32(data)]
        return tuple(found)

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
        name, names, offset, *rest = where
        if part not in names:
            return b""
        at = names.index(part)
        offset += sum(rest[: 2 * at : 2])
        length, check = rest[2 * at : 2 * at + 2]
        try:
            handle = self._read.get(name)
            if handle is None:
                handle = os.open(self.folder / name, os.O_RDONLY | os.O_CLOEXEC)
                self._read[name] = handle
            data = os.pread(handle, length, offset)
        except OSError as error:
            raise LostError(str(self.folder / name), "cannot be read") from error
        if len(data) != length or zlib.crc32(data) != check:
            raise LostError(str(self.folder / name), "is damaged")
        return data

    def keep(
        self,
        solid: object | None,
        loose: object,
        units: Mapping[str, Any],
        places: Collection[Where],
    ) -> None:
        """Keep these for the next ``recall``; ``solid`` as it was recalled when it is None.
        ``places`` are those that they speak of; files that hold no others go."""
        self.close()
        if solid is not None:
            data = self._pickled(solid)
            self._solid = _digest(data)
            self._write("solid", data)
        state = (program(), self._solid, self._pickled(loose), dict(units))
        self._write("state", marshal.dumps(state))
        self._write("output", os.fsencode(self.output.absolute()))
        self.tidy(places)
        self._prune()

    def _prune(self) -> None:
        """Take away what was kept for output folders that are there no more."""
        with suppress(OSError):
            for folder in self.cache.iterdir():
                if folder == self.folder:
                    continue
                with suppress(OSError, ValueError):
                    if not os.path.exists(_checked(folder / "output")):  # noqa: PTH110 # bytes
                        shutil.rmtree(folder, ignore_errors=True)

    def tidy(self, places: Collection[Where]) -> None:
        """Take away what is stored besides ``places``: builds that failed have left it."""
        used = {where[0] for where in places}
        with suppress(OSError):
            for path in self.folder.glob("*.pack"):
                if path.name not in used:
                    path.unlink()

    def _pickled(self, value: object) -> bytes:
        found = io.BytesIO()
        pickler = pickle.Pickler(found, 5)
        # A dataclass pickles itself field by field, in Python; this is four times as fast.
        pickler.dispatch_table = self._table
        pickler.dump(value)
        return found.getvalue()

    def crowded(self, places: Collection[Where]) -> bool:
        """Whether much more is stored than ``places`` need, or in too many files."""
        packs: dict[str, int] = {}
        for where in places:
            packs[where[0]] = packs.get(where[0], 0) + sum(where[3::2])
        size = 0
        for name in packs:
            with suppress(OSError):
                size += (self.folder / name).stat().st_size
        return len(packs) > _MAX_PACKS or size > 2 * sum(packs.values()) + (1 << 20)

    def move(self, where: Where) -> Where:
        """Put what lies there once more."""
        return self.put({part: self.get(where, part) for part in where[1]})

    def forget(self) -> None:
        """Before anything is changed: until it is kept again, nothing is known."""
        for name in ("seal", "state"):
            # What cannot be taken away says itself that the output is another by now.
            with suppress(OSError):
                (self.folder / name).unlink()

    def clear(self) -> None:
        """Take all of it away, and what was kept for folders that are there no more."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

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

    def _look(self) -> str:
        """A digest of the names, sizes and times of everything that a build reads; empty when
        something is too young to be known by those."""
        return self._looks.digest(program() + self._also)

    def _outputs(self, paths: Iterable[str]) -> dict[str, tuple[int, ...]]:
        """What tells this state of files and folders of the output from another."""
        top, found = os.fsdecode(self.output), dict[str, tuple[int, ...]]()
        for path in paths:
            looked = os.stat(f"{top}/{path}", follow_symlinks=False)  # noqa: PTH116 # a Path costs more
            size = 0 if looked.st_mode & 0o040000 else looked.st_size
            found[path] = (looked.st_ino, looked.st_mtime_ns, looked.st_mode, size)
        return found

    def _checked(self, name: str) -> bytes:
        return _checked(self.folder / name)

    def _write(self, name: str, data: bytes) -> None:
        """A cache that cannot be written to is none: the next build makes everything again."""
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            beside = self.folder / f".{name}.{os.getpid()}"
            with suppress(OSError):
                beside.write_bytes(_FORM + _digest(data) + data)
                beside.replace(self.folder / name)
            beside.unlink(missing_ok=True)


def _checked(path: Path) -> bytes:
    """What was written there; ValueError when it is not that."""
    data = path.read_bytes()
    end = len(_FORM) + _DIGEST
    if data[: len(_FORM)] != _FORM or data[len(_FORM) : end] != _digest(data[end:]):
        raise ValueError(path.name)
    return data[end:]


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_DIGEST).digest()


def _folders(paths: Iterable[str]) -> set[str]:
    """All folders that the paths lead through, and the top."""
    found = {""}
    for path in paths:
        while path := path.rpartition("/")[0]:
            if path in found:
                break
            found.add(path)
    return found


def _by_fields(kind: type) -> Callable[[Any], tuple[type, tuple[Any, ...]]] | None:
    """How an object of a dataclass is made again from its fields."""
    if not is_dataclass(kind) or not all(one.init for one in fields(kind)):
        return None
    names = [one.name for one in fields(kind)]
    if len(names) < 2:
        return lambda one: (kind, tuple(getattr(one, name) for name in names))
    values = attrgetter(*names)
    return lambda one: (kind, values(one))


def _read(data: bytes, known: Mapping[str, Mapping[str, type]]) -> Any:
    """An object; ValueError for whatever goes wrong: the bytes are not ours."""
    try:
        return _Reader(io.BytesIO(data), known).load()
    except Exception as error:
        raise ValueError(str(error)) from error


class _Reader(pickle.Unpickler):
    """Reads what a build kept, and nothing else: a cache may have come with somebody's files."""

    def __init__(self, file: io.BytesIO, known: Mapping[str, Mapping[str, type]]) -> None:
        super().__init__(file)
        self._known = known

    def find_class(self, module: str, name: str) -> Any:
        """The class; ValueError for one that no build keeps."""
        found = self._known.get(module, {}).get(name)
        if found is None:
            raise ValueError(f"{module}.{name}")
        return found
