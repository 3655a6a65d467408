"""What a child process costs: wall, CPU, and the memory of its largest process."""

import os
import resource
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds and megabytes (of 1,024² bytes). ``memory_mb`` is the largest single process of
    those that were waited for, children of children too; ``cpu_s`` is that of all together."""

    wall_s: float
    cpu_s: float
    memory_mb: float


def middle(costs: list[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(
        median(cost.wall_s for cost in costs),
        median(cost.cpu_s for cost in costs),
        median(cost.memory_mb for cost in costs),
    )


def measured(command: list[str], folder: Path | None = None) -> tuple[Cost, str]:
    """Run a command to its end: what it cost, and what it printed. SystemExit when it fails.

    A process's peak begins with what it was forked from, so nothing below this one's own 30 MB
    can be told.
    """
    with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        with subprocess.Popen(command, cwd=folder, stdout=said, stderr=errors) as child:
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.perf_counter() - started
            child.returncode = os.waitstatus_to_exitcode(status)
        for file in (errors, said):
            file.seek(0)
        if child.returncode:
            tail = (errors.read() + said.read())[-2_000:].decode("utf-8", "replace")
            raise SystemExit(f"{' '.join(command)} ended with {child.returncode}\n{tail}")
        printed = said.read().decode("utf-8", "replace")
    return Cost(wall, usage.ru_utime + usage.ru_stime, _mb(usage)), printed


def _mb(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / 1_024  # Linux counts in KB


def counted(folder: Path) -> tuple[int, int]:
    """How many files stand below ``folder``, and their bytes; what a dot hides at its top not."""
    files = size = 0
    for here, folders, names in os.walk(folder):
        if Path(here) == folder:
            folders[:] = [name for name in folders if not name.startswith(".")]
            names = [name for name in names if not name.startswith(".")]  # noqa: PLW2901
        files += len(names)
        size += sum(Path(here, name).lstat().st_size for name in names)
    return files, size


def states(folder: Path) -> dict[str, tuple[int, int]]:
    """Of every file below ``folder``: its inode and when it was written, in nanoseconds."""
    found = {}
    for here, _, names in os.walk(folder):
        for name in names:
            stat = Path(here, name).lstat()
            found[str(Path(here, name))] = (stat.st_ino, stat.st_mtime_ns)
    return found


def place() -> tuple[Path, str]:
    """Where to measure, and on which file system: TMPDIR, else memory, else what there is."""
    memory = Path("/dev/shm")  # a tmpfs nearly everywhere
    folder = Path(tempfile.gettempdir())
    if "TMPDIR" not in os.environ and os.access(memory, os.W_OK):
        folder = memory
    return folder, _file_system(folder)


def _file_system(folder: Path) -> str:
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return "an unknown file system"
    found = [line.split()[1:3] for line in mounts.read_text().splitlines()]
    real = folder.resolve()
    above = [(len(at), kind) for at, kind in found if real.is_relative_to(at)]
    return max(above)[1] if above else "an unknown file system"


def emptied(*folders: Path) -> None:
    """Remove, and say nothing of what is not there."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
