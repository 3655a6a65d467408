"""What no program can go below: every input read once, every output written once.

    python -m bench.limit CONTENT PUBLIC TARGET

One process and nothing but open, read, write and close; what is written has the sizes of the
files below PUBLIC, which are found, and removed, as memory may not hold both, before the clock
starts. Prints seconds of wall and CPU.
"""

import os
import shutil
import sys
import time
from pathlib import Path


def sizes(folder: str) -> list[tuple[str, int]]:
    """Every file below ``folder``, as a path from there, with its bytes."""
    return [
        (os.path.relpath(path, folder), path.stat().st_size)
        for here, _, names in os.walk(folder)
        for path in (Path(here, name) for name in names)
    ]


def read_and_write(content: str, wanted: list[tuple[str, int]], target: str) -> None:
    """Read what is below ``content``, write files of such sizes below ``target``."""
    # Plain system calls: what a library costs on top is no limit of the machine's.
    for here, _, names in os.walk(content):
        for name in names:
            handle = os.open(f"{here}/{name}", os.O_RDONLY)
            while os.read(handle, 1 << 20):
                pass
            os.close(handle)
    letters = memoryview(b"x" * max((size for _, size in wanted), default=0))
    made: set[str] = set()
    for name, size in wanted:
        folder = f"{target}/{name}".rpartition("/")[0]
        if folder not in made:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103 # pathlib costs more than the call
            made.add(folder)
        handle = os.open(f"{target}/{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        os.write(handle, letters[:size])
        os.close(handle)


def main() -> None:
    """Measure, and print."""
    content, public, target = sys.argv[1:4]
    wanted = sizes(public)
    shutil.rmtree(public)
    began, busy = time.perf_counter(), time.process_time()
    read_and_write(content, wanted, target)
    print(time.perf_counter() - began, time.process_time() - busy)


if __name__ == "__main__":
    main()
