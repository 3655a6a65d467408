"""What a child process costs: wall, CPU, and the memory of its largest process."""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_LAUNCH = Path(__file__).with_name("launch.py")


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
    """Run a command to its end: what it cost, and what it printed. SystemExit when it fails."""
    there, here = os.pipe()
    with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as said:
        with open(there, encoding="ascii") as pipe:  # noqa: PTH123 # a descriptor
            subprocess.run(
                [sys.executable, "-I", "-S", str(_LAUNCH), str(here), *command],
                cwd=folder,
                stdout=said,
                stderr=errors,
                pass_fds=[here],
                check=False,
            )
            os.close(here)
            told = pipe.read().split()
        for file in (errors, said):
            file.seek(0)
        if not told or told[3] != "0":
            tail = (errors.read() + said.read())[-2_000:].decode("utf-8", "replace")
            raise SystemExit(
                f"{' '.join(command)} ended with {told[3] if told else 'nothing'}\n{tail}"
            )
        printed = said.read().decode("utf-8", "replace")
    return Cost(float(told[0]), float(told[1]), int(told[2]) / 1_024), printed


def counted(folder: Path) -> tuple[int, int]:
    """How many files stand below ``folder``, and their bytes; what a dot hides at its top not."""
    files = size = 0
    for here, folders, names in os.walk(folder):
        if Path(here) == folder:
            folders[:] = [name for name in folders if not name.startswith(".")]
            names = [name for name in names if not name.startswith(".")]  # noqa: PLW2901 # fewer
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
