"""The disk, looked at: what can be said of files without reading them."""

import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# A file as young as this can change again without showing it: file systems count in such steps.
STEP_NS = 2_000_000_000
_TALKS = "content/talks/"
# What a build reads, below the root: the content, templates of one's own, and audio.
_READ = ("content", "templates", ".talkfeeds/audio")


@dataclass(frozen=True, slots=True)
class Stamp:
    """One state of a file. ``since_ns``: Unix time, when it became so, by the clock that nobody can
    set (``st_ctime``)."""

    size_bytes: int
    since_ns: int
    mtime_ns: int
    inode: int
    is_link: bool = False

    def __str__(self) -> str:
        return f"{self.size_bytes} {self.since_ns} {self.mtime_ns} {self.inode}"


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


def everything(root: Path) -> Iterator[tuple[str, Stamp | None]]:
    """All that a build of the publication at ``root`` reads."""
    for name in _READ:
        folder = root / name
        if folder.is_dir():
            for path, entry in entries(os.fspath(folder), f"{name}/"):
                yield path, stamp_of(entry)
    # The key hides a private podcast's address.
    with suppress(OSError), os.scandir(root / ".talkfeeds") as scanned:
        for entry in scanned:
            if entry.name == "secret.key":
                yield ".talkfeeds/secret.key", stamp_of(entry)


class Looks:
    """One look at everything that a build reads, shared by all who ask."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._found: list[tuple[str, Stamp | None]] | None = None

    def again(self) -> None:
        """Look again when somebody asks."""
        self._found = None

    def all(self) -> list[tuple[str, Stamp | None]]:
        """Every file's path and stamp."""
        if self._found is None:
            self._found = list(everything(self.root))
        return self._found

    def digest(self, also: bytes = b"") -> str:
        """What tells this state of the files from another; empty when something is too young to
        be known by its times."""
        return _digest_of(self.all(), also)

    def beside(self) -> str:
        """The same of all of it but the talks."""
        return _digest_of(one for one in self.all() if not _is_one(one[0]))

    def talks(self) -> Iterator[tuple[str, str]]:
        """Each talk file's path, and what tells this state of it from another; empty when nothing
        does, because it changed a moment ago or is a link."""
        young = time.time_ns() - STEP_NS
        for path, stamp in self.all():
            if _is_one(path):
                known = stamp and not stamp.is_link and stamp.since_ns < young
                yield path, str(stamp) if known else ""


def _is_one(path: str) -> bool:
    return path.startswith(_TALKS) and is_talk(path)


def _digest_of(found: Iterable[tuple[str, Stamp | None]], also: bytes = b"") -> str:
    young, digest = time.time_ns() - STEP_NS, hashlib.blake2b(also, digest_size=16)
    for path, stamp in found:
        if stamp and stamp.since_ns >= young:
            return ""
        digest.update(f"{path}\0{stamp}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
