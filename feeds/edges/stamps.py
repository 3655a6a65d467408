"""The disk, looked at: what can be said of files without reading them."""

import hashlib
import marshal
import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

# A file as young as this can change again without showing it: file systems count in such steps.
STEP_NS = 2_000_000_000
_TALKS = "content/talks/"
# What a build reads, below the root: the content, templates of one's own, and audio.
_READ = ("content", "templates", ".talkfeeds/audio")
_KEY = ".talkfeeds/secret.key"
# Of each file: size, st_ctime, st_mtime, inode, and whether it is a link.
_MARKS = 5
_NOWHERE = (-1, 0, 0, 0, False)


class Stamp(NamedTuple):
    """One state of a file. ``since_ns``: Unix time, when it became so, by the clock that nobody can
    set (``st_ctime``)."""

    size_bytes: int
    since_ns: int
    mtime_ns: int
    inode: int
    is_link: bool = False

    def __str__(self) -> str:
        # Short, because there is one for each talk.
        step_ns = self.mtime_ns - self.since_ns
        return f"{self.size_bytes:x} {self.since_ns:x} {step_ns:x} {self.inode:x}"


def stamp_of(entry: "os.DirEntry[str]") -> Stamp | None:
    """The file's; None when nothing can be said: a link that leads nowhere."""
    try:
        found = entry.stat()
    except OSError:
        return None
    return Stamp(
        found.st_size, found.st_ctime_ns, found.st_mtime_ns, found.st_ino, entry.is_symlink()
    )


def entries(folder: str, shown: str) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    """Files below ``folder`` in the order of their paths, each with its path as it is ``shown``;
    linked folders are not entered, hidden files are left out."""
    with os.scandir(folder) as scanned:
        found = sorted(scanned, key=lambda entry: entry.name)
    for entry in found:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from entries(entry.path, f"{shown}{entry.name}/")
        else:
            yield shown + entry.name, entry


def is_talk(path: str) -> bool:
    """Whether a file below ``content/talks/`` is a talk, by its name."""
    name = path.rpartition("/")[2]
    return path.lower().endswith((".md", ".markdown")) and not name.startswith(".")


class Seen:
    """Files as they were seen, in the order of their paths; ``at_ns``: when it began.

    ``marks`` has _MARKS numbers for each file, and no object, of which a hundred thousand cost more
    than the looking does: size, ``st_ctime``, ``st_mtime``, inode, and whether it is a link. The
    size is -1 where nothing can be said. Files and folders with the name ``left_out`` are not among
    them.
    """

    def __init__(self, left_out: str = "") -> None:
        self.left_out = left_out
        self.at_ns = time.time_ns()
        self.paths: list[str] = []
        self.marks: list[int] = []

    def look(self, folder: str, shown: str) -> None:
        """Add the files below a folder, each by its path as it is ``shown``; linked folders are not
        entered, hidden files are left out."""
        # Asked of an open folder, the system has no path to follow; a DirEntry costs twice as much.
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        look, see, mark = os.stat, self.paths.append, self.marks.extend
        try:
            for name in sorted(os.listdir(opened)):  # noqa: PTH208 # of what is open
                if name[0] == "." or name == self.left_out:
                    continue
                try:
                    found = look(name, dir_fd=opened, follow_symlinks=False)
                    kind = stat.S_IFMT(found.st_mode)
                    if kind == stat.S_IFLNK:
                        found = look(name, dir_fd=opened)
                except OSError:
                    see(shown + name)
                    mark(_NOWHERE)
                    continue
                if kind == stat.S_IFDIR:
                    self.look(f"{folder}/{name}", f"{shown}{name}/")
                    continue
                see(shown + name)
                since, link = found.st_ctime_ns, kind == stat.S_IFLNK
                mark((found.st_size, since, found.st_mtime_ns, found.st_ino, link))
        finally:
            os.close(opened)

    @property
    def sizes(self) -> list[int]:
        """Of each file, in bytes."""
        return self.marks[::_MARKS]

    @property
    def times(self) -> list[int]:
        """When each was written to last, if nobody set it: Unix time in nanoseconds."""
        return self.marks[2::_MARKS]

    def digest(self) -> bytes:
        """What tells these states of these files from any others."""
        found = hashlib.blake2b(digest_size=16)
        names = "\0".join(self.paths).encode("utf-8", "surrogateescape")
        found.update(b"%d:" % len(names))
        found.update(names)
        found.update(marshal.dumps(self.marks, 2))  # numbers, in a form that is always the same
        return found.digest()

    def all(self) -> Iterator[tuple[str, Stamp | None]]:
        """Every file's path and stamp."""
        marks = iter(self.marks)
        for path, size, *rest in zip(self.paths, *[marks] * _MARKS, strict=True):
            since, mtime, inode, link = rest
            stamp = Stamp(size, since, mtime, inode, bool(link))
            yield path, stamp if size >= 0 else None

    def young(self) -> list[str]:
        """The paths of files that may have changed since without showing it."""
        since = self.at_ns - STEP_NS
        if max(self.marks[1::_MARKS], default=0) < since:
            return []
        times = zip(self.paths, self.marks[1::_MARKS], strict=True)
        return [path for path, changed in times if changed >= since]

    def without_talks(self) -> "Seen":
        """All of it but the talks."""
        found = Seen()
        found.at_ns = self.at_ns
        for number, path in enumerate(self.paths):
            if not _is_one(path):
                found.paths.append(path)
                found.marks += self.marks[number * _MARKS : (number + 1) * _MARKS]
        return found


def everything(root: Path) -> Seen:
    """All that a build of the publication at ``root`` reads."""
    seen = Seen()
    for name in _READ:
        folder = f"{root}/{name}"
        if os.path.isdir(folder):  # noqa: PTH112 # a Path costs more
            seen.look(folder, f"{name}/")
    # The key hides a private podcast's address.
    with suppress(OSError):
        found = os.stat(f"{root}/{_KEY}")  # noqa: PTH116 # as above
        seen.paths.append(_KEY)
        times = (found.st_ctime_ns, found.st_mtime_ns)
        seen.marks += (found.st_size, *times, found.st_ino, os.path.islink(f"{root}/{_KEY}"))  # noqa: PTH114
    return seen


class Looks:
    """One look at everything that a build reads, shared by all who ask; and what was read of the
    files that are too young to be known by their times."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._seen: Seen | None = None
        self._young: dict[str, bytes | None] = {}

    def again(self) -> None:
        """Look again when somebody asks, and forget what was read."""
        self._seen = None
        self._young = {}

    @property
    def seen(self) -> Seen:
        """What there is to see."""
        if self._seen is None:
            self._seen = everything(self.root)
            # One that was too young once stays so: it was read as it was then.
            self._young = dict.fromkeys(self._seen.young()) | self._young
        return self._seen

    def digest(self, also: bytes = b"") -> str:
        """What tells this state of the files from another, but for the ``young`` ones."""
        return hashlib.blake2b(also + self.seen.digest(), digest_size=16).hexdigest()

    def beside(self) -> str:
        """What tells this state of all but the talks from another; empty when one of them is too
        young to be known by its times."""
        found = self.seen.without_talks()
        return "" if found.young() else found.digest().hex()

    def talks(self) -> Iterator[tuple[str, str]]:
        """Each talk file's path, and what tells this state of it from another; empty when nothing
        does, because it changed a moment ago or is a link. What was seen goes with that: whoever
        asks again looks again."""
        seen = self.seen
        young, self._seen = frozenset(seen.young()), None
        for path, stamp in seen.all():
            if _is_one(path):
                known = stamp and not stamp.is_link and path not in young
                yield path, str(stamp) if known else ""

    def note(self, path: str, data: bytes) -> None:
        """A build has read these bytes of a file. Of what is young they alone tell a state."""
        if path in self._young:
            told, before = _told(data), self._young[path]
            self._young[path] = told if before in {None, told} else b""

    def young(self) -> dict[str, bytes] | None:
        """What stands for the bytes of each young file as they were read; None where not each one
        was, or where one changed meanwhile."""
        found = {path: told for path, told in self._young.items() if told}
        return found if len(found) == len(self._young) else None

    def holds(self, path: str, told: bytes) -> bool:
        """Whether these are the bytes of a file now."""
        try:
            return _told((self.root / path).read_bytes()) == told
        except OSError:
            return False


def _told(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


def _is_one(path: str) -> bool:
    return path.startswith(_TALKS) and is_talk(path)
