"""``talkfeeds serve`` as people start it: a process of its own, on a free port."""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support import NO_TLS

PATIENCE_S = 60.0


class Served:
    """A running preview: its address, what it says, and an HTTP client."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self.base = self.wait(" shows ").split(" ")[0]
        self.client = httpx.Client(
            base_url=self.base, trust_env=False, timeout=PATIENCE_S, verify=NO_TLS
        )

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self._lines.put(line.rstrip("\n"))

    def wait(self, text: str) -> str:
        """The next line on standard error that holds ``text``."""
        while True:
            line = self._lines.get(timeout=PATIENCE_S)
            self.said.append(line)
            if text in line:
                return line

    def events(self) -> Iterator[str]:
        """The numbers of the site's states, as they come."""
        with self.client.stream("GET", ".preview/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    yield line.removeprefix("data: ")

    def stop(self) -> tuple[int, str]:
        """Ctrl-C; exit status and everything that was said."""
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        while not self._lines.empty():
            self.said.append(self._lines.get())
        return status, "\n".join(self.said)


@contextmanager
def serving(
    root: Path,
    *arguments: str,
    secret: str = "k" * 40,
    environment: Mapping[str, str] | None = None,
    command: Sequence[str] = (sys.executable, "-m", "feeds"),
) -> Iterator[Served]:
    """A preview of ``root``, until the block ends."""
    process = subprocess.Popen(
        [*command, "--root", str(root), "serve", "--port", "0", *arguments],
        env={**os.environ, "TALKFEEDS_SECRET_KEY": secret, **(environment or {})},
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stderr
    try:
        served = Served(process)
        with served.client:
            yield served
    finally:
        process.kill()
        process.wait()
        served._reader.join(PATIENCE_S)
        process.stderr.close()


@pytest.fixture
def served(publication: Path) -> Iterator[Served]:
    """A publication with three talks, served and built."""
    with serving(publication) as found:
        found.wait("built: ")
        yield found
