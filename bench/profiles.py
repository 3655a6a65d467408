"""Where the time goes: of a cold build's functions, and of a start's imports."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

# What a build with nothing to do must do without.
HEAVY = ("yt_dlp", "feedgen", "lxml", "jinja2")


class Import(NamedTuple):
    """One line of ``python -X importtime``: microseconds alone, and with what it imports."""

    alone_us: int
    whole_us: int
    name: str


def profile(root: Path, lines: int = 30) -> None:
    """Print where a cold build's time goes: functions by their own time and by the whole.

    The build is held to one core, so that it works in one process, which is all that cProfile
    sees; and cProfile makes small functions look twice as dear as they are.
    """
    core = min(os.sched_getaffinity(0))
    saved = root / "profile"
    words = ["-m", "cProfile", "-o", str(saved), "-m", "feeds", "--root", str(root), "build"]
    subprocess.run(
        [sys.executable, *words],
        check=True,
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),  # no threads here
    )
    import pstats

    for order in ("tottime", "cumulative"):
        pstats.Stats(str(saved)).strip_dirs().sort_stats(order).print_stats(lines)


def imports(root: Path) -> list[Import]:
    """Every import of ``talkfeeds build`` with nothing to do, in order."""
    # A build does not trust the times of files that are younger than two seconds.
    time.sleep(2.1)
    for _ in range(2):
        subprocess.run(
            [sys.executable, "-m", "feeds", "--root", str(root), "build"],
            check=True,
            capture_output=True,
        )
    words = ["-X", "importtime", "-m", "feeds", "--root", str(root), "build"]
    ran = subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True)
    return parse(ran.stderr)


def parse(said: str) -> list[Import]:
    """What ``-X importtime`` writes on standard error, among whatever else is there."""
    found = []
    for line in said.splitlines():
        cells = line.removeprefix("import time:").split("|")
        if line.startswith("import time:") and cells[0].strip().isdigit():
            found.append(Import(int(cells[0]), int(cells[1]), cells[2].strip()))
    return found


def heavy(found: list[Import]) -> list[str]:
    """The names of heavy packages that were imported after all."""
    names = {one.name.partition(".")[0] for one in found}
    return [name for name in HEAVY if name in names]


def table(found: list[Import], lines: int = 25) -> str:
    """The dearest imports by their own time, and all together."""
    rows = ["| import | alone ms | with what it imports ms |", "| --- | ---: | ---: |"]
    rows += (
        f"| `{one.name}` | {one.alone_us / 1_000:.1f} | {one.whole_us / 1_000:.1f} |"
        for one in sorted(found, reverse=True)[:lines]
    )
    total = sum(one.alone_us for one in found) / 1_000
    rows.append(f"| all {len(found)} | {total:.1f} | |")
    return "\n".join(rows)
