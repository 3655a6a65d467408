"""The disk, looked at: what can be said of files without reading them."""

import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# A file as young as this can change again without showing it: file systems count in such steps.
STEP_NS = 2_000_000_000
_TALKS = "content/talks/"
# What a build reads, below the root: the content, templates of one's own, and audio.
_READ = ("content", "templates", ".talkfeeds/audio")


@dataclass(frozen=True, slots=True)
class Stamp:
    """One state of a file. ``since_ns``: Unix time, when it became so, by either of its clocks."""

    size_bytes: int
    since_ns: int
    mtime_ns: int
    inode: int

    def __str__(self) -> str:
        return f"{self.size_bytes} {self.since_ns} {self.mtime_ns} {self.inode}"


def stamp_of(entry: "os.DirEntry[str]") -> Stamp | None:
    """The file's; None when nothing can be said: a link that leads nowhere."""
    try:
        found = entry.stat()
    except OSError:
        return None
    since_ns = max(found.st_mtime_ns, found.st_ctime_ns)
    return Stamp(found.st_size, since_ns, found.st_mtime_ns, found.st_ino)


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


def digest_of(found: Iterator[tuple[str, Stamp | None]], also: bytes = b"") -> str:
    """What tells this state of the files from another; empty when something is too young to be
    known by its times."""
    young, digest = time.time_ns() - STEP_NS, hashlib.blake2b(also, digest_size=16)
    for path, stamp in found:
        if stamp and stamp.since_ns >= young:
            return ""
        digest.update(f"{path}\0{stamp}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def beside(root: Path) -> str:
    """The digest of all of it but the talks."""
    others = (
        (path, stamp)
        for path, stamp in everything(root)
        if not (path.startswith(_TALKS) and is_talk(path))
    )
    return digest_of(others)
