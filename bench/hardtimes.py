"""Builds in hard times: killed, on a disk that is full, fails or is read-only, with odd clocks.

    scripts/hard-times [--kills 100] [--talks 2000]

A publication goes back and forth between two states. Whatever happens to a build that is on its
way from one to the other, each file of ``public/`` is that of the one or of the other, whole; and
the next build makes what a first one makes. Prints one line a trial; ends with 1 at the first file
that is neither. The tests run the short form.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.corpus import generate

MARKER = ".talkfeeds-output"
# Fails the n-th call of one of the disk's functions, below the command itself.
_BROKEN = """\
import errno, os, sys
calls, at = 0, int(sys.argv.pop(1))
def broken(real):
    def call(*given, **more):
        global calls
        calls += 1
        if calls == at:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(*given, **more)
    return call
for name in ("rename", "replace", "mkdir", "unlink", "rmdir", "link", "open"):
    setattr(os, name, broken(getattr(os, name)))
import io
from pathlib import Path
Path.write_bytes = broken(Path.write_bytes)
Path.read_bytes = broken(Path.read_bytes)
from feeds.cli import main
status = main(sys.argv[1:])
print("calls", calls, file=sys.stderr)
sys.exit(status)
"""


def files_of(folder: Path) -> dict[str, bytes]:
    """Everything that visitors find, by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.relative_to(folder).parts[0].startswith(".")
    }


class Trial:
    """A publication with two states, and what a first build makes of each."""

    def __init__(self, root: Path, talks: int, command: list[str] | None = None) -> None:
        self.root, self.public = root, root / "public"
        self.command = command or [sys.executable, "-m", "feeds"]
        generate(root, talks)
        self.states: list[dict[str, bytes]] = []
        self.made: list[dict[str, bytes]] = []
        self.seconds = 0.0
        for state in range(2):
            if state:
                self._edit(talks)
            self.states.append(files_of(root / "content"))
            started = time.perf_counter()
            self.build("--no-cache")
            self.seconds = time.perf_counter() - started
            self.made.append(files_of(self.public))
        self.now = 1

    def _edit(self, talks: int) -> None:
        """Every fifth talk changed, some gone, some new: files come, change and go."""
        folder = self.root / "content" / "talks"
        for number, path in enumerate(sorted(folder.iterdir())):
            text = path.read_text("utf-8")
            if number % 41 == 0:
                path.unlink()
                path.with_name(f"new-{number}.md").write_text(
                    text.replace("generated/", "generated/new-"), "utf-8"
                )
            elif number % 5 == 0:
                path.write_text(text + f"\nEdición de {talks}.\n", "utf-8")

    def turn(self) -> None:
        """The other state's content. Only what differs is written, as a person would."""
        self.now = 1 - self.now
        wanted, there = self.states[self.now], files_of(self.root / "content")
        for name in there.keys() - wanted.keys():
            (self.root / "content" / name).unlink()
        for name, data in wanted.items():
            if there.get(name) != data:
                (self.root / "content" / name).write_bytes(data)

    def start(self, *options: str) -> "subprocess.Popen[bytes]":
        """A build, on its way."""
        command = [*self.command, "--root", str(self.root), "build", *options]
        return subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        )

    def build(self, *options: str) -> None:
        """A build that comes to its end."""
        child = self.start(*options)
        _, said = child.communicate()
        assert child.returncode == 0, said.decode()

    def files(self) -> dict[str, tuple[int, int]]:
        """Everything below the output, hidden or not, with its inode and when it was written."""
        return {
            str(path): (path.lstat().st_ino, path.lstat().st_mtime_ns)
            for path in self.public.rglob("*")
        }

    def wrong(self) -> list[str]:
        """Files that are those of neither state."""
        return [
            path
            for path, data in files_of(self.public).items()
            if data not in (self.made[0].get(path), self.made[1].get(path))
        ]

    def mended(self) -> bool:
        """Whether the next build makes what a first one does."""
        self.build()
        return files_of(self.public) == self.made[self.now]


def kill(child: "subprocess.Popen[bytes]") -> bytes:
    """Kill a build and all that it began; what it had said."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    _, said = child.communicate()
    return said


def kills(trial: Trial, count: int, chance: random.Random) -> Iterator[tuple[float, list[str]]]:
    """A build killed at any time, again and again: after how many seconds, and what was wrong."""
    for _ in range(count):
        trial.turn()
        after = chance.uniform(0.0, trial.seconds)
        child = trial.start()
        with suppress(subprocess.TimeoutExpired):
            child.wait(after)
        kill(child)
        wrong = trial.wrong()
        yield after, wrong + ([] if trial.mended() else ["the next build"])


def failures(trial: Trial, count: int, chance: random.Random) -> Iterator[tuple[int, list[str]]]:
    """A call of the disk fails, another one in each trial: which, and what was wrong."""
    most = 1000
    for number in range(count):
        trial.turn()
        at = chance.randrange(1, most)
        command = [sys.executable, "-c", _BROKEN, str(10**9 if number == 0 else at)]
        child = subprocess.Popen(
            [*command, "--root", str(trial.root), "build"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        _, said = child.communicate()
        told = said.decode()
        if number == 0:
            most = int(told.rpartition("calls ")[2])
        wrong = trial.wrong()
        if "Traceback" in told:
            wrong.append(told)
        yield at, wrong + ([] if trial.mended() else ["the next build"])


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[bool]:
    """A disk of that many bytes at ``folder``; False where nobody lets us have one."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        done = False
    try:
        yield done
    finally:
        if done:
            subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[bool]:
    """``folder`` so that nobody, not even root, writes into it; False where we may not do that."""
    if shutil.which("mount") is None or _fails("mount", "--bind", str(folder), str(folder)):
        yield False
        return
    try:
        yield not _fails("mount", "-o", "remount,ro,bind", str(folder))
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def _fails(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode != 0


def read_only_places(trial: Trial) -> Iterator[tuple[str, list[str]]]:
    """Builds into an output that is read-only, whole or in part: which, and what was wrong."""
    for name, options in (("", ()), ("", ("--no-cache",)), ("talks", ())):
        trial.turn()
        before = trial.files()
        wrong = []
        with read_only(trial.public / name) as there:
            if not there:
                print("NOT TRIED: no right to make a folder read-only")
                return
            child = trial.start(*options)
            _, said = child.communicate()
            if child.returncode != 1 or b"read-only file system" not in said or b"\n " in said:
                wrong.append(f"status {child.returncode}: {said.decode()}")
            wrong += trial.wrong()
            if not name and trial.files() != before:
                wrong.append("something was touched")
        yield f"public/{name}", wrong + ([] if trial.mended() else ["the next build"])


def full_disks(trial: Trial, count: int, chance: random.Random) -> Iterator[tuple[int, list[str]]]:
    """Builds onto a disk that is full at some point: its size, and what was wrong."""
    whole = sum(len(data) // 4096 * 4096 + 8192 for data in trial.made[0].values())
    for _ in range(count):
        size = chance.randrange(1, whole * 2)
        with tempfile.TemporaryDirectory() as folder, small_disk(Path(folder), size) as there:
            if not there:
                print("NOT TRIED: no right to mount a small disk")
                return
            output = Path(folder) / "public"
            wrong = []
            for _state in range(2):
                trial.turn()
                child = trial.start("--output", str(output))
                _, said = child.communicate()
                if child.returncode and b"Traceback" in said:
                    wrong.append(said.decode())
                for path, data in files_of(output).items() if output.exists() else ():
                    if data not in (trial.made[0].get(path), trial.made[1].get(path)):
                        wrong.append(path)
                if not child.returncode and files_of(output) != trial.made[trial.now]:
                    wrong.append("said that it was done")
            yield size, wrong


def clocks(trial: Trial) -> Iterator[tuple[str, list[str]]]:
    """Builds whose clock stands elsewhere each time."""
    if shutil.which("faketime") is None:
        print("NOT TRIED: Debian's faketime is not installed")
        return
    command = trial.command
    for when in ("1999-12-31 23:59:59", "2041-07-01 12:00:00", "2020-02-29 00:00:00"):
        trial.turn()
        trial.command = ["faketime", when, *command]
        trial.build()
        trial.command = command
        same = files_of(trial.public) == trial.made[trial.now]
        yield when, ([] if same else ["not what a first build makes"])


def main() -> None:
    """Try, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--talks", type=int, default=2_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--failures", type=int, default=100)
    parser.add_argument("--disks", type=int, default=10)
    parser.add_argument("--seed", type=int, default=20171207)
    options = parser.parse_args()
    chance = random.Random(options.seed)  # the same trials each time
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(Path(folder) / "publication", options.talks)
        print(f"{len(trial.made[0]):,} files; a first build takes {trial.seconds:.1f} s")
        for what, found in (
            ("killed after {:.2f} s", kills(trial, options.kills, chance)),
            ("call {} of the disk failed", failures(trial, options.failures, chance)),
            ("a disk of {:,} bytes", full_disks(trial, options.disks, chance)),
            ("{} is read-only", read_only_places(trial)),
            ("a clock that says {}", clocks(trial)),
        ):
            for told, wrong in found:
                print(what.format(told), "·", "; ".join(wrong[:5]) or "old or new", flush=True)
                if wrong:
                    raise SystemExit(1)


if __name__ == "__main__":
    main()
