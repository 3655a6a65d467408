"""The disk, written: files all or none, beside and renamed.

Files are not fsynced: everything written here is made again from ``content/`` by the next
build. What a crash can leave is the old or the new state of each file, never half of one.
"""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from feeds.errors import WorldError, unwritable
from feeds.model import Output

_REMEDIES = {
    errno.ENOSPC: "make room and run it again; nothing was changed",
    errno.EDQUOT: "make room and run it again; nothing was changed",
    errno.EACCES: "choose another folder, or change its permissions",
    errno.EPERM: "choose another folder, or change its permissions",
    errno.EROFS: "choose a folder that can be written to",
    errno.ENOTDIR: "a file stands where a folder is needed",
    errno.EEXIST: "a file stands where a folder is needed",
}


@contextmanager
def explained(subject: Path | str, what: str = "written") -> Iterator[None]:
    """An OSError as the WorldError that a person can act on."""
    try:
        yield
    except OSError as error:
        raise unwritten(subject, error, what) from error


def unwritten(subject: Path | str, error: OSError, what: str = "written") -> WorldError:
    """What a person can do about an OSError."""
    return unwritable(str(subject), error, _REMEDIES.get(error.errno or 0, ""), what)


def write_files(folder: Path, outputs: Iterable[Output]) -> list[Path]:
    """Write files below ``folder``, each beside its place and renamed; all staged first."""
    with explained(folder), _staged(folder, outputs) as staged:
        for beside, target in staged:
            beside.replace(target)
    return [target for _, target in staged]


def add_files(root: Path, outputs: Iterable[Output]) -> None:
    """Create files below ``root``, all or none; one that exists already is a WorldError."""
    made: list[Path] = []
    with explained(root), _staged(root, outputs) as staged:
        try:
            for beside, target in staged:
                # Unlike a rename, a hard link refuses to take an existing file's place.
                target.hardlink_to(beside)
                made.append(target)
        except BaseException:
            for path in made:
                path.unlink()
            raise


@contextmanager
def _staged(folder: Path, outputs: Iterable[Output]) -> Iterator[list[tuple[Path, Path]]]:
    """Where each was written, beside its place, and that place; what is beside goes in the end."""
    staged: list[tuple[Path, Path]] = []
    try:
        for output in outputs:
            target = folder / output.path
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
            staged.append((beside, target))
            beside.write_bytes(output.data)
        yield staged
    finally:
        for beside, _ in staged:
            beside.unlink(missing_ok=True)


class Desk:
    """The import's Notebook: ``root`` takes the talk files, ``beside`` has the attachments."""

    def __init__(self, root: Path, beside: Path) -> None:
        self.root, self.beside = root, beside

    def add(self, outputs: Iterable[Output]) -> None:
        """Create files, all or none; an existing one is never replaced."""
        add_files(self.root, outputs)

    def bring(self, path: str) -> bool:
        """Copy ``path`` from beside the notes into ``content/``; False when it is not there."""
        source, target = self.beside / path, self.root / "content" / path
        inside = source.resolve().is_relative_to(self.beside.resolve())
        parts = path.split("/")
        # What is no attachment in content/: the talks, the settings, hidden files.
        if parts[0] in {"talks", "publication.toml"} or any(part[:1] == "." for part in parts):
            return False
        if not inside or not source.is_file() or target.exists():
            return False
        with explained(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
            try:
                shutil.copyfile(source, beside)
                beside.replace(target)
            finally:
                beside.unlink(missing_ok=True)
        return True


def lines_of(path: Path) -> Iterator[bytes]:
    """A file's lines, one by one; WorldError when it cannot be read."""
    try:
        with path.open("rb") as file:
            yield from file
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise WorldError(str(path), f"cannot be read: {reason}") from error


def write_private(target: Path, blocks: Iterable[bytes]) -> None:
    """Write one file beside its place and rename it; nobody but its owner can read it."""
    beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    with explained(target):
        try:
            handle = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.writelines(blocks)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)


def make_private_folder(folder: Path) -> None:
    """Make a folder for its owner alone, if it is not there; its parents as they are usual."""
    with explained(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
