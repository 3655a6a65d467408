"""Wall time, peak memory and files written of a build: cold, with nothing to do, one edit.

    scripts/bench [TALKS …] [--runs N] [--profile]

Publications are generated in a temporary folder (TMPDIR chooses the file system; measure on
tmpfs, a disk's noise is larger than the differences). Figures are medians.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from bench.corpus import generate


def measured(command: list[str]) -> tuple[float, float, float, dict[str, int]]:
    """Wall seconds, CPU seconds, peak MB of one child process, and the JSON that it printed."""
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        printed = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, json.loads(printed)


def main() -> None:
    """Measure, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("talks", nargs="*", type=int, default=[1_000, 10_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="where a cold build's time goes")
    options = parser.parse_args()
    talkfeeds = [sys.executable, "-m", "feeds"]
    print("| talks | case | wall s | CPU s | peak MB | files written |")
    print("| ---: | --- | ---: | ---: | ---: | ---: |")
    for talks in options.talks:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "publication"
            generate(root, talks)
            if options.profile:
                profile = [sys.executable, "-m", "cProfile", "-s", "cumulative", "-m", "feeds"]
                subprocess.run(
                    [*profile, "--root", str(root), "build", "--output", f"{root}/p"], check=True
                )
            cases: dict[str, list[tuple[float, float, float, dict[str, int]]]] = {}
            for run in range(options.runs):
                output = f"{root}/public-{run}"
                build = [*talkfeeds, "--root", str(root), "build", "--json", "--output", output]
                cases.setdefault("cold", []).append(measured(build))
                cases.setdefault("nothing changed", []).append(measured(build))
                edited = root / "content/talks/000007.md"
                edited.write_text(edited.read_text("utf-8") + f"\nEdición {run}.\n", "utf-8")
                cases.setdefault("one talk edited", []).append(measured(build))
            for case, runs in cases.items():
                wall, cpu, memory = (
                    median(figures) for figures in zip(*(r[:3] for r in runs), strict=True)
                )
                written = runs[-1][3]["written"]
                print(
                    f"| {talks:,} | {case} | {wall:.2f} | {cpu:.2f} | {memory:.0f} | {written:,} |",
                    flush=True,
                )


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
