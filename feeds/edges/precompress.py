"""Texts of an output folder, compressed beside themselves after a build has put them in place.

A compressed file has the time of its original, to the nanosecond, so one look at both tells
whether it is still what was made of it. A note at the folder's top says which forms are complete;
``disturbed`` takes it back before anything changes, so that whatever is killed is completed next
time, and a build with nothing to do finds it with one look.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from feeds.errors import WorldError, unwritable
from feeds.model import Changes
from feeds.render.compression import compressed, original_of, worth_it

# Says for which forms every file is there.
NOTE = ".talkfeeds-precompressed"
_STAGE = ".talkfeeds-precompressing"
# Files that a thread works on before it says so: a task costs more than a small file.
_TOGETHER = 20
_MOST_WORKERS = 8
# An original's path, not taken apart, as there may be a hundred thousand; the forms that it lacks.
_Wanting = tuple[str, tuple[str, ...]]
_REMEDY = "make it writable or make room, and build again; pages are complete without"


def precompress(
    folder: Path,
    kinds: tuple[str, ...],
    brought: Collection[str],
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    workers: int = 0,
    *,
    known: bool = True,
) -> Changes:
    """Make what is below ``folder`` stand there in ``kinds`` too, and in no other form.

    Unless it is ``known`` that nobody else changed something there, every file is looked at.

    What is among the paths that a build ``brought`` is the author's, under such a name too.
    ``workers`` threads, as the libraries compress outside of Python's lock; 0: one for each core.
    WorldError when the disk refuses, or a library is missing.
    """
    note = folder / NOTE
    said = _said(note)
    # Without a note nothing was ever compressed here.
    complete = said == (" ".join(kinds) or None)
    if complete and (known or not kinds):
        return Changes(0, 0, 0)
    _refuse_missing(kinds)
    with _explained(folder), _locked(folder):
        missing, gone, unchanged = _wanting(folder, kinds, frozenset(brought))
        if complete and not missing and not gone:
            return Changes(0, unchanged, 0)
        note.write_text("", "ascii")
        stage = folder / _STAGE
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir()
        try:
            # First of all, so that no server gives away what is old while the rest is made.
            for path in gone:
                path.unlink()
            written = _make(missing, stage, progress, workers)
        finally:
            shutil.rmtree(stage, ignore_errors=True)
        if kinds:
            note.write_text(" ".join(kinds), "ascii")
        else:
            note.unlink()
    return Changes(written, unchanged, sum(not path.exists() for path in gone))


def disturbed(folder: Path) -> None:
    """To be called before a file below ``folder`` changes; OSError."""
    note = folder / NOTE
    if _said(note):
        note.write_text("", "ascii")


def _said(note: Path) -> str | None:
    """The forms that are complete; empty after something changed, None where none ever were."""
    try:
        return note.read_text("ascii", "replace")
    except FileNotFoundError:
        return None


def _refuse_missing(kinds: tuple[str, ...]) -> None:
    try:
        for kind in kinds:
            compressed(b"", kind)
    except ModuleNotFoundError:
        remedy = "install it with: pip install 'talkfeeds[precompress]'"
        raise WorldError("[site] precompress", "zst needs backports-zstd", remedy) from None


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unwritable(str(folder), error, _REMEDY) from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """No build and no publish meanwhile."""
    lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _wanting(
    folder: Path, kinds: tuple[str, ...], brought: frozenset[str]
) -> tuple[list[_Wanting], list[Path], int]:
    """Originals with the forms that they lack, files that no longer belong, and how many are as
    they should be. What is old both lacks and no longer belongs."""
    missing: list[_Wanting] = []
    gone: list[Path] = []
    unchanged = 0
    for here, files in _folders(folder):
        ours = {name for name in files if original_of(name)[0]}
        for name, entry in files.items():
            stat = entry.stat(follow_symlinks=False)
            if not worth_it(name, stat.st_size):
                continue
            lacking: tuple[str, ...] = ()
            for kind in kinds:
                companion = f"{name}.{kind}"
                there = files.get(companion)
                if there and there.stat(follow_symlinks=False).st_mtime_ns == stat.st_mtime_ns:
                    ours.discard(companion)
                    unchanged += 1
                elif not _is(brought, folder, here / companion):
                    lacking = (*lacking, kind)
            if lacking:
                missing.append((str(here / name), lacking))
        gone += (here / name for name in ours if not _is(brought, folder, here / name))
    return missing, gone, unchanged


def _folders(folder: Path) -> Iterator[tuple[Path, dict[str, os.DirEntry[str]]]]:
    """Each folder with its files, by name, but what a dot hides at the top; no links."""
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        files = {}
        with os.scandir(here) as entries:
            for entry in entries:
                if here == folder and entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(here / entry.name)
                elif entry.is_file(follow_symlinks=False):
                    files[entry.name] = entry
        yield here, files


def _is(brought: frozenset[str], folder: Path, path: Path) -> bool:
    """Whether a build brought a file of that name here, which is the author's."""
    return path.relative_to(folder).as_posix() in brought


def _make(
    missing: list[_Wanting],
    stage: Path,
    progress: Callable[[int, int], None],
    workers: int,
) -> int:
    """Compress, several at a time; how many files were written."""
    from concurrent.futures import ThreadPoolExecutor, as_completed

    batches = [missing[at : at + _TOGETHER] for at in range(0, len(missing), _TOGETHER)]
    written = done = 0
    with ThreadPoolExecutor(workers or min(os.cpu_count() or 1, _MOST_WORKERS)) as pool:
        tasks = {
            pool.submit(_batch, batch, stage / str(number)): len(batch)
            for number, batch in enumerate(batches)
        }
        try:
            for task in as_completed(tasks):
                written += task.result()
                done += tasks[task]
                progress(done, len(missing))
        except BaseException:
            for task in tasks:
                task.cancel()
            raise
    return written


def _batch(originals: list[_Wanting], staged: Path) -> int:
    """Each staged and renamed, so that no server sees half of one."""
    written = 0
    for original, kinds in originals:
        with Path(original).open("rb") as file:
            stat = os.fstat(file.fileno())
            data = file.read()
        for kind in kinds:
            staged.write_bytes(compressed(data, kind))
            os.utime(staged, ns=(stat.st_atime_ns, stat.st_mtime_ns))
            staged.replace(f"{original}.{kind}")
            written += 1
    return written
