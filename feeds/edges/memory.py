"""What builds remember, below ``.talkfeeds/cache/``: so that the next one makes only what changed.

A folder for each output folder. ``solid`` is what the build knew of every talk, ``brief`` what
there is to know of all talks and files without those, ``state`` what is another by now; the
``*.pack`` files hold what was made of each talk (``packs.py``); ``seal`` says what the inputs and
the outputs looked like at the end, without having read them. All of it can be deleted at any time.
Whatever is damaged, of another version, or not as it was left, counts as not there.
"""

import gc
import hashlib
import marshal
import os
import stat
import struct
import sys
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

from feeds.edges import heap
from feeds.edges.aside import asked
from feeds.edges.packs import Packs, Where
from feeds.edges.stamps import Looks, Seen

# Up to so many files each one is looked at, to see whether somebody changed it; above, the folders
# alone, which say what was added, removed or replaced.
FEW_FILES = 5_000
_FORM = b"talkfeeds 1\n"
_DIGEST = 16
# What reading a file can end with that is there no more, damaged, or somebody else's.
_NOT_OURS = (OSError, ValueError, LookupError, TypeError, AttributeError, EOFError, struct.error)
# Some talks at a time; then objects, and plain values, which are read without those.
Whole = tuple[Iterable[object], Sequence[object], Iterable[Any]]
_LENGTH = struct.Struct("<Q")
# After a value of so many bytes memory is given back.
_MANY_BYTES = 500_000


def program() -> bytes:
    """What stands for this program, the libraries that it renders with, and Python with its own
    (its Unicode tables fold words, its zlib packs pictures): when it is another one, so may be
    what it makes."""
    package = Path(__file__).parent.parent
    used = f"{sys.version} {zlib.ZLIB_RUNTIME_VERSION}"
    found = hashlib.blake2b(used.encode(), digest_size=_DIGEST)
    for folder in (package, package / "templates", package.parent / "templates"):
        seen = Seen(left_out="__pycache__")
        with suppress(OSError):
            seen.look(os.fspath(folder), "")
        found.update(repr((seen.paths, seen.sizes, seen.times)).encode())
    # Installed distributions name their versions in the names of their folders.
    spec = find_spec("markupsafe")
    libraries = Path(spec.origin).parent.parent if spec and spec.origin else package
    with suppress(OSError):
        found.update(repr(sorted(os.listdir(libraries))).encode())  # noqa: PTH208 # names alone
    return found.digest()


class Memory(Packs):
    """What the last build to ``output`` knew; fulfils the build's Memory.

    ``also`` stands for what a build depends on besides its files: options, the environment.
    """

    def __init__(
        self, root: Path, output: Path, also: Iterable[str] = (), looks: Looks | None = None
    ) -> None:
        name = hashlib.blake2b(os.fsencode(output.absolute()), digest_size=8).hexdigest()
        self.cache = root / ".talkfeeds" / "cache"
        super().__init__(self.cache / name)
        self.output = output
        self._looks = looks or Looks(root)
        self._also = repr(list(also)).encode()
        self._inputs, self._glanced = "", False
        # Paths of the output, and their marks; empty while they are not known.
        self._looked: tuple[list[str], list[int]] = ([], [])
        self._program = b""
        # What stands for the solid part, and for what is read without it.
        self._kept: tuple[bytes, ...] = ()
        self._known: Mapping[str, Mapping[str, type]] = {}
        # Of a glance: the seal, what it says, whether the output stands, and what ends that.
        self._asked: tuple[bytes, dict[str, Any], Callable[[], bool], ExitStack] | None = None

    def glance(self) -> dict[str, Any] | None:
        """What the last build told, when nothing has changed since. Names, sizes and times are
        looked at, and files read that were too young then to be known by those."""
        try:
            found = marshal.loads(self._checked("seal"))  # noqa: S302 # checked
            many = len(found["paths"]) > FEW_FILES
            with ExitStack() as stack:
                question = asked(partial(self._stands, found), worth_it=many)
                output_stands = stack.enter_context(question)
                self._inputs, self._glanced = self._look(), True
                young = found["young"]
                if found["inputs"] != self._inputs or young is None:
                    # Whoever builds now will ask the same, a moment later.
                    self._asked = (self._sealed(), found, output_stands, stack.pop_all())
                    return None
                if not all(self._looks.holds(path, told) for path, told in young.items()):
                    return None
                if not output_stands():
                    return None
            told = found["told"]
        except _NOT_OURS:
            return None
        old = young.keys() - self._looks.seen.young()
        if old:
            # What these files hold is known, and by now their times will tell when it is not so.
            found["young"] = {path: told for path, told in young.items() if path not in old}
            self._write("seal", [marshal.dumps(found)])
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
        few = len(paths) <= FEW_FILES
        with suppress(OSError, ValueError):
            names, marks = self._looked
            if touched is None or not names:
                names = sorted({*_folders(paths), *(paths if few else ())})
                marks = self._outputs(names)
            else:
                some = {*_folders(touched), *(touched if few else ())}
                places = [at for at, name in enumerate(names) if name in some]
                again = self._outputs(names[at] for at in places)
                for number, at in enumerate(places):
                    marks[4 * at : 4 * at + 4] = again[4 * number : 4 * number + 4]
            found = {"inputs": self._inputs, "young": self._looks.young(), "told": dict(told)}
            self._write("seal", [marshal.dumps(found | {"paths": names, "marks": marks})])

    def begin(self) -> None:
        """Look at the inputs, before any of them is read."""
        if not self._glanced:
            self._looks.again()
            self._inputs = self._look()
        self._glanced, self._looked = False, ([], [])

    def recall(
        self, known: Mapping[str, Mapping[str, type]]
    ) -> tuple[Sequence[Any], Sequence[Any], Any] | None:
        """What was kept, but for the solid part: objects, plain values, and the loose part. None
        where there is nothing, or nothing of this program's. Of classes only those ``known``, by
        module and name, come into being."""
        from feeds.edges.pickles import read

        self._known, self._kept = known, ()
        with _no_waste(), suppress(*_NOT_OURS):
            # Data alone comes of this, no code; what another Python wrote says so.
            program_, names, told = marshal.loads(self._checked("state"))  # noqa: S302 # checked
            if program_ != self._of_program():
                return None
            objects, *plain = _pieces(self._checked("brief", names[1]))
            (loose,) = read(told, known)
            found = read(objects, known), [marshal.loads(one) for one in plain], loose  # noqa: S302
            self._kept = names
            return found
        return None

    def recall_solid(self) -> Sequence[Any] | None:
        """The solid part of what was recalled; None where it is not there."""
        from feeds.edges.pickles import read

        with _no_waste(), suppress(*_NOT_OURS):
            found = read(self._checked("solid", self._kept[0]), self._known)
            gc.freeze()  # nor will it be waste, for as long as it is open
            return found
        return None

    def untouched(self) -> bool:
        """Whether the output folder is as the last build left it."""
        with suppress(*_NOT_OURS):
            if self._asked and self._asked[0] == self._sealed():
                _, found, stands, _ = self._asked
                stood, self._asked = stands(), None
            else:
                found = marshal.loads(self._checked("seal"))  # noqa: S302 # checked
                stood = self._stands(found)
            if stood:
                self._looked = (found["paths"], found["marks"])
                return True
        return False

    def _sealed(self) -> bytes:
        """What stands for the seal: another build has another."""
        with (self.folder / "seal").open("rb") as file:
            return file.read(len(_FORM) + _DIGEST)

    def _stands(self, sealed: Mapping[str, Any]) -> bool:
        """Whether the output folder is as it was sealed."""
        try:
            return bool(sealed["marks"] == self._outputs(sealed["paths"]))
        except OSError:
            return False

    def keep(self, whole: Whole | None, loose: object, places: Collection[Where]) -> None:
        """Keep these for the next ``recall``: but for the ``loose`` part what was recalled when
        ``whole`` is None. ``places`` are those that they speak of; files that hold no others
        go."""
        from feeds.edges.pickles import written

        self.close()
        if whole is not None:
            # What the whole build made and forgot.
            heap.trim()
            solid, objects, plain = whole
            first = self._write("solid", written((), solid, self._known))
            pickled = b"".join(written((), objects, self._known))
            pieces = chain([pickled], _marshalled(plain))
            self._kept = (first, self._write("brief", _framed(pieces)))
        told = b"".join(written((), [loose], self._known))
        self._write("state", [marshal.dumps((self._of_program(), self._kept, told))])
        self._write("output", [os.fsencode(self.output.absolute())])
        self.tidy(places)
        self._prune()

    def _prune(self) -> None:
        """Take away what was kept for output folders that are there no more."""
        import shutil

        with suppress(OSError):
            for folder in self.cache.iterdir():
                if folder == self.folder:
                    continue
                with suppress(OSError, ValueError):
                    if not os.path.exists(bytes(_checked(folder / "output"))):  # noqa: PTH110 # bytes
                        shutil.rmtree(folder, ignore_errors=True)

    def forget(self) -> None:
        """Before anything is changed: until it is kept again, nothing is known."""
        for name in ("seal", "state"):
            # What cannot be taken away says itself that the output is another by now.
            with suppress(OSError):
                (self.folder / name).unlink()

    def clear(self) -> None:
        """Take all of it away, and what was kept for folders that are there no more."""
        import shutil

        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def close(self) -> None:
        """Close what is open; it can go on after that."""
        if self._asked:
            self._asked[3].close()
            self._asked = None
        gc.unfreeze()
        super().close()

    def _look(self) -> str:
        """A digest of the names, sizes and times of everything that a build reads."""
        return self._looks.digest(self._of_program() + self._also)

    def _of_program(self) -> bytes:
        """What stands for this program, as it was when somebody asked first."""
        self._program = self._program or program()
        return self._program

    def _outputs(self, paths: Iterable[str]) -> list[int]:
        """What tells this state of files and folders of the output from another: four numbers
        for each."""
        look, found = os.stat, list[int]()
        top = os.open(self.output, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for path in paths:
                looked = look(path or ".", dir_fd=top, follow_symlinks=False)
                mode = looked.st_mode
                size = 0 if stat.S_ISDIR(mode) else looked.st_size
                found += (looked.st_ino, looked.st_mtime_ns, mode, size)
        finally:
            os.close(top)
        return found

    def _checked(self, name: str, told: bytes = b"") -> memoryview:
        return _checked(self.folder / name, told)

    def _write(self, name: str, data: Iterable[bytes]) -> bytes:
        """Gives what stands for the data. A cache that cannot be written to is none: the next build
        makes everything again."""
        digest = hashlib.blake2b(digest_size=_DIGEST)
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            beside = self.folder / f".{name}.{os.getpid()}"
            with suppress(OSError):
                with beside.open("wb") as file:
                    file.write(_FORM + bytes(_DIGEST))
                    for some in data:
                        digest.update(some)
                        file.write(some)
                        del some  # before the next one is made
                    file.seek(len(_FORM))
                    file.write(digest.digest())
                beside.replace(self.folder / name)
            beside.unlink(missing_ok=True)
        return digest.digest()


def _checked(path: Path, told: bytes = b"") -> memoryview:
    """What was written there; ValueError when it is not that, or not what was ``told`` of it."""
    data = memoryview(path.read_bytes())
    end = len(_FORM) + _DIGEST
    digest = hashlib.blake2b(data[end:], digest_size=_DIGEST).digest()
    if data[: len(_FORM)] != _FORM or data[len(_FORM) : end] != digest or told not in {b"", digest}:
        raise ValueError(path.name)
    return data[end:]


@contextmanager
def _no_waste() -> Iterator[None]:
    """Nothing of what is read meanwhile is waste."""
    waste = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if waste:
            gc.enable()


def _marshalled(values: Iterable[Any]) -> Iterator[bytes]:
    """Each value as bytes. Nothing holds one any more when the next is made."""
    before = _MANY_BYTES
    for value in values:
        if before >= _MANY_BYTES:
            heap.trim()
        data = marshal.dumps(value)
        before = len(data)
        del value
        yield data
        del data


def _framed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Each piece behind its length."""
    for piece in pieces:
        yield _LENGTH.pack(len(piece))
        yield piece
        del piece


def _pieces(data: memoryview) -> Iterator[memoryview]:
    """The pieces again."""
    while data:
        (length,) = _LENGTH.unpack_from(data)
        yield data[_LENGTH.size : _LENGTH.size + length]
        data = data[_LENGTH.size + length :]


def _folders(paths: Iterable[str]) -> set[str]:
    """All folders that the paths lead through, and the top."""
    found = {""}
    for path in paths:
        while path := path.rpartition("/")[0]:
            if path in found:
                break
            found.add(path)
    return found
