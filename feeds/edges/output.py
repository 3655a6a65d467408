"""An output folder: all or nothing, beside and renamed, nothing touched that is the same."""

import fcntl
import os
import shutil
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from feeds.edges.disk import explained, unwritten
from feeds.edges.precompress import NOTE, disturbed
from feeds.edges.public import MARKER
from feeds.edges.staging import BY_ITS_PATH, Stage
from feeds.errors import ChangedError, WorldError
from feeds.model import Changes, Copy, Kept, Output, Staged
from feeds.render.compression import original_of

_MARKER_TEXT = b"Made by talkfeeds build, which removes from here what it did not make.\n"


class Site:
    """An output folder; fulfils the build's Destination.

    ``turn``: files with a higher one are removed before others, as they may name those.
    """

    def __init__(
        self, folder: Path, content: Path, turn: Callable[[str], int] = lambda _path: 0
    ) -> None:
        self.folder, self.content = folder, content
        self.made = content.parent / ".talkfeeds"
        self.turn = turn
        self._stage = Stage(os.fspath(folder))
        self._fresh = False
        self._held = False

    def write(
        self,
        outputs: Iterator[Output | Copy | Staged | Kept],
        known: Collection[str] | None = None,
    ) -> Changes:
        """Stage what differs, then rename it into place and remove what no longer belongs.

        While ``outputs`` is consumed only a hidden folder is filled; then empty folders are made.
        When one of these fails they go again, and nothing else has changed. ``known``: every path
        that is there, when somebody knows; else they are looked up.
        """
        with self.hold():
            return self._write(outputs, known)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep other builds out. When it ends with an error, a folder that was made for it goes."""
        if self._held:
            yield
            return
        made: list[str] = []
        with explained(self.folder):
            lock = self._lock(made)
        self._held = True
        marker = self.folder / MARKER
        try:
            marked = marker.exists()
            with explained(self.folder):
                self._refuse_foreign()
                # Before anything else, so that what a killed build leaves is known as ours.
                if not marked:
                    marker.write_bytes(_MARKER_TEXT)
            try:
                yield
            except BaseException:
                if not marked and not self._visible():
                    marker.unlink(missing_ok=True)
                raise
        except BaseException:
            with suppress(OSError):  # not empty: somebody else's, or half of a failed renaming
                for folder in reversed(made):
                    os.rmdir(folder)  # noqa: PTH106 # a text
            raise
        finally:
            self._held = False
            os.close(lock)

    def compare(self, outputs: Iterable[Output | Copy]) -> Changes:
        """What ``write`` would come to; nothing is touched."""
        if not self.folder.exists():
            return Changes(sum(1 for _ in outputs), 0, 0)
        with explained(self.folder, "read"):
            self._refuse_foreign()
            same: dict[str, bool] = {output.path: self._stands(output) for output in outputs}
            gone = self._others(same.keys())
        unchanged = sum(same.values())
        return Changes(len(same) - unchanged, unchanged, len(gone))

    def _lock(self, made: list[str]) -> int:
        """Make the folder if need be and hold it against other builds; gives a descriptor."""
        while True:
            there = _make_folders(os.fspath(self.folder), made)
            try:
                lock = os.open(self.folder, os.O_RDONLY)
            except FileNotFoundError:
                if there:  # and a build that failed has taken it away since
                    continue
                raise
            fcntl.flock(lock, fcntl.LOCK_EX)
            # While we waited, a build that failed may have taken its new folder away again.
            if self.folder.exists() and os.path.samestat(os.fstat(lock), self.folder.stat()):
                return lock
            os.close(lock)

    def _visible(self) -> list[str]:
        """Names at the top that no dot hides."""
        return sorted(path.name for path in self.folder.iterdir() if not path.name.startswith("."))

    def _refuse_foreign(self) -> None:
        if (self.folder / MARKER).exists():
            return
        if foreign := self._visible():
            raise WorldError(
                str(self.folder),
                f"holds files that no build made ({foreign[0]}, …)",
                "a build removes what it did not make: choose an empty folder with --output",
            )

    def stage(self, output: Output | Copy) -> Staged | Kept:
        """Put a file into the stage, unless it stands in its place as it should. For as long as
        a ``write`` consumes its outputs, in any process."""
        path = output.path
        try:
            if not self._fresh and self._stands(output):
                return Kept(path)
            if isinstance(output, Output):
                name = self._stage.put(path, output.data)
            else:
                name = self._stage.bring(path, partial(self._bring, output))
        except OSError as error:
            raise unwritten(f"{self.folder}/{path}", error) from error
        return Staged(path, name)

    def _write(
        self, outputs: Iterator[Output | Copy | Staged | Kept], known: Collection[str] | None
    ) -> Changes:
        taken = _Taken()
        folders: list[str] = []
        try:
            with explained(self.folder):
                self._fresh = known is None and not self._visible()
                self._stage.open(as_they_stand=self._fresh)
            for output in outputs:
                found = self.stage(output) if isinstance(output, Output | Copy) else output
                taken.add(found)
            for path in dict.fromkeys(
                path.rpartition("/")[0] for path, name in taken.staged() if name != BY_ITS_PATH
            ):
                with explained(folder := f"{self.folder}/{path}"):
                    _make_folders(folder, folders)
        except BaseException:
            for folder in reversed(folders):
                os.rmdir(folder)  # noqa: PTH106 # a text
            self._stage.close()
            raise
        with explained(self.folder):
            return self._put(taken, known)

    def _put(self, taken: "_Taken", known: Collection[str] | None) -> Changes:
        """What is staged into its place, in the order in which it was made; then the rest goes."""
        if taken.staged_count or not taken.paths().issuperset(
            self._others(taken.paths()) if known is None else known
        ):
            disturbed(self.folder)
        moved = self._moved(taken)
        for path, name in taken.staged():
            if name == BY_ITS_PATH and path.partition("/")[0] in moved:
                continue
            staged, target = self._stage.where(path, name), f"{self.folder}/{path}"
            try:
                os.replace(staged, target)  # noqa: PTH105 # a Path costs as much as the work
            except OSError:  # something else stands there, or where a folder should
                place = Path(target)
                _make_room(place.parent)
                if place.is_dir() and not place.is_symlink():
                    shutil.rmtree(place)
                Path(staged).replace(place)
        if known is not None:
            expected = taken.paths()
            removed = self._remove(path for path in known if path not in expected)
        elif moved and moved.issuperset(self._visible()):
            removed = 0  # nothing stood there, nothing else came
        else:
            # As many as there should be are those, which are all there.
            more = self._number_of_files() != taken.count
            removed = self._remove(self._others(taken.paths())) if more else 0
            self._remove_empty_folders()
        self._stage.close()
        return Changes(taken.staged_count, taken.count - taken.staged_count, removed)

    def _moved(self, taken: "_Taken") -> set[str]:
        """Files and folders at the top that found their places whole, each when the last file in it
        was made: what leads to a file comes after it."""
        tops: dict[str, None] = {}
        for path, name in taken.staged() if self._fresh else ():
            if name == BY_ITS_PATH:
                top = path.partition("/")[0]
                tops.pop(top, None)
                tops[top] = None
        return {top for top in tops if self._stage.move(top)}

    def _number_of_files(self) -> int:
        """How many files there are that ``_others`` would find, if none were expected."""
        count = 0
        for here, folders, names in os.walk(self.folder):
            top = here == os.fspath(self.folder)
            count += sum(not (top and name.startswith(".")) for name in names)
            links = [name for name in folders if os.path.islink(f"{here}/{name}")]  # noqa: PTH114 # many
            count += sum(not (top and name.startswith(".")) for name in links)
            if top:
                folders[:] = [name for name in folders if not name.startswith(".")]
        return count

    def _stands(self, output: Output | Copy) -> bool:
        target = f"{self.folder}/{output.path}"
        if isinstance(output, Output):
            return _holds(target, output.data)
        return self._same(output, Path(target))

    def _same(self, output: Copy, target: Path) -> bool:
        """Whether the file stands already as it should, byte for byte."""
        if target.is_symlink() or not target.is_file():
            return False
        size = target.stat().st_size
        source = self._source(output)
        there, here = source.stat(), target.stat()
        if size != there.st_size or output.size_bytes not in {None, size}:
            return False
        # What was made is big and never written to: its place on the disk or its time will do.
        if output.made:
            return os.path.samestat(there, here) or there.st_mtime_ns == here.st_mtime_ns
        with source.open("rb") as one, target.open("rb") as other:
            while block := one.read(1 << 20):
                if block != other.read(1 << 20):
                    return False
        return True

    def _bring(self, output: Copy, place: str) -> None:
        staged = Path(place)
        if output.made:
            _link(self._source(output), staged)
            # Of what goes out itself: a fetch may put another file into its place at any time.
            if output.size_bytes not in {None, staged.stat().st_size}:
                source = str(self._source(output))
                raise ChangedError(source, "changed while the build ran", "build again")
        else:
            shutil.copyfile(self._source(output), staged)

    def _source(self, output: Copy) -> Path:
        return (self.made if output.made else self.content) / output.asset

    def _remove_empty_folders(self) -> None:
        for here, _, _ in os.walk(self.folder, topdown=False):
            folder = Path(here)
            parts = folder.relative_to(self.folder).parts
            if parts and not parts[0].startswith(".") and not any(folder.iterdir()):
                folder.rmdir()

    def _remove(self, paths: Iterable[str]) -> int:
        """Remove files in their turn, and the folders that they leave empty; how many files."""
        count = 0
        for path in sorted(paths, key=lambda path: (-self.turn(path), path)):
            # A file and a folder may have traded places: then it is gone already.
            with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
                (self.folder / path).unlink()
                count += 1
            for folder in (self.folder / path).parents:
                if folder == self.folder or not folder.is_dir() or any(folder.iterdir()):
                    break
                folder.rmdir()
        return count

    def _others(self, expected: Collection[str]) -> list[str]:
        """The paths of every file that is not ``expected``.

        What begins with a dot at the top is left out: a host's own files (.git, .well-known).
        """
        found = []
        kept = (self.folder / NOTE).exists()  # what was compressed beforehand, with its original
        for here, names, files in os.walk(self.folder):
            folder = Path(here)
            relative = folder.relative_to(self.folder)
            for name in (*files, *(name for name in names if (folder / name).is_symlink())):
                path = (relative / name).as_posix()
                if kept and original_of(path)[0] in expected:
                    continue
                if path not in expected and (relative.parts or not name.startswith(".")):
                    found.append(path)
            if not relative.parts:
                names[:] = [name for name in names if not name.startswith(".")]
        return found


class _Taken:
    """The files that a build made, in the order in which they came; as bytes, for there may be half
    a million, and a path is all that there is to know of one."""

    def __init__(self) -> None:
        self.count = self.staged_count = 0
        self._packed: list[bytes] = []
        self._last: list[str] = []

    def add(self, one: Staged | Kept) -> None:
        """One more; no two have the same path."""
        name = one.name if isinstance(one, Staged) else ""
        self.count += 1
        self.staged_count += bool(name)
        self._last += (one.path, name)
        if len(self._last) >= 2_000:
            self._packed.append(_joined(self._last))
            self._last.clear()

    def staged(self) -> Iterator[tuple[str, str]]:
        """The path of each that is staged, and its name in the stage."""
        return ((path, name) for path, name in self._all() if name)

    def paths(self) -> set[str]:
        """The paths of all."""
        return {path for path, _ in self._all()}

    def _all(self) -> Iterator[tuple[str, str]]:
        for packed in (*self._packed, _joined(self._last)):
            texts = packed.decode("utf-8", "surrogatepass").split("\0") if packed else []
            yield from zip(texts[::2], texts[1::2], strict=True)


def _joined(texts: list[str]) -> bytes:
    return "\0".join(texts).encode("utf-8", "surrogatepass")


def _holds(path: str, data: bytes) -> bool:
    """Whether a plain file stands there with these bytes, and no link to one."""
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    if not stat.S_ISREG(found.st_mode) or found.st_size != len(data):
        return False
    with open(path, "rb", 0) as file:  # noqa: PTH123 # a Path costs as much as the work
        return file.read() == data


def _link(source: Path, target: Path) -> None:
    """Another name for a file; a copy, with its time, where the disk knows no such thing."""
    try:
        target.hardlink_to(source)
    except OSError:  # another disk, too many names, or no right to
        target.unlink(missing_ok=True)
        shutil.copyfile(source, target)
        found = source.stat()
        os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))


def _make_folders(folder: str, made: list[str]) -> bool:
    """``mkdir -p`` that remembers what it made; False where a file is in the way."""
    if os.path.isdir(folder):  # noqa: PTH112 # a text
        return True
    if os.path.lexists(folder) or not _make_folders(folder.rpartition("/")[0] or ".", made):
        return False
    try:
        os.mkdir(folder)  # noqa: PTH102 # a text
    except FileExistsError:  # another build was faster, and may take it away again
        return _make_folders(folder, made)
    made.append(folder)
    return True


def _make_room(folder: Path) -> None:
    """``mkdir -p`` in place of the files that stand where an earlier build had pages."""
    if folder.is_dir():
        return
    if folder.exists() or folder.is_symlink():
        folder.unlink()
    else:
        _make_room(folder.parent)
    folder.mkdir(exist_ok=True)
