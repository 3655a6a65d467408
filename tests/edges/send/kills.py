"""Kill a send at random, again and again, and count what the relay really took.

The relay is a process of its own that writes down each Message-ID before it answers. Every
moment of a send may be the one of a kill: each waits for a drawn number of letters more than
the last one left, and then for a drawn part of a millisecond.
"""

import json
import math
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from feeds.edges.secret import secret_key
from feeds.model import Week
from feeds.tokens import Tokens

WEEK = "2017-W49"
SETTLE = {"reconcile": "--reconcile", "resend": "--resend-uncertain", "skip": "--skip-uncertain"}
_SETTINGS = """\
title = "Kills"
id = "tag:kills.example,2026:k"
base_url = "https://kills.example/"
[mail]
sender = "Kills <kills@kills.example>"
connections = {connections}
"""
_TALK = "---\ntitle: A talk\ndate: 2017-12-07\n---\n\nWhat was said there.\n"


@dataclass
class Kills:
    """What came of it. ``copies`` counts what the relay took, ``states`` is what the ledger
    says, both by subscriber."""

    killed: int = 0
    runs: int = 0
    recipients: int = 0
    copies: Counter[int] = field(default_factory=Counter)
    states: dict[int, str] = field(default_factory=dict)

    @property
    def totals(self) -> dict[str, int]:
        """The ledger in numbers."""
        return dict(Counter(self.states.values()))

    @property
    def twice(self) -> int:
        """Letters too many."""
        return sum(number - 1 for number in self.copies.values())

    @property
    def lost(self) -> int:
        """Recipients who got none, without the ledger naming them as skipped."""
        return sum(
            not self.copies[number] and state != "skipped" for number, state in self.states.items()
        )


@contextmanager
def relay(folder: Path, *arguments: str) -> Iterator[int]:
    """A sink in a process of its own; gives its port."""
    command = [sys.executable, "-m", "tests.edges.smtp.sink", "--record", str(folder / "record")]
    command += ["--log", str(folder / "log"), *arguments]
    (folder / "record").touch()
    (folder / "log").touch()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as sink:
        assert sink.stdout is not None
        try:
            yield int(sink.stdout.readline())
        finally:
            sink.kill()


def publication(
    root: Path, recipients: int, connections: int, database: str = "", mail: str = ""
) -> dict[str, str]:
    """A publication with one talk and its confirmed subscribers; gives the environment."""
    talks = root / "content" / "talks"
    talks.mkdir(parents=True)
    settings = _SETTINGS.format(connections=connections)
    (root / "content" / "publication.toml").write_text(settings + mail)
    (talks / "a.md").write_text(_TALK)
    lines = ["email", *(f"reader{number}@example.org" for number in range(recipients))]
    (root / "people.csv").write_text("\n".join(lines) + "\n")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("TALKFEEDS_")
    }
    if database:
        environment["TALKFEEDS_DATABASE_URL"] = database
    talkfeeds(root, environment, "subscribers", "import", str(root / "people.csv"))
    return environment


def command(root: Path, *arguments: str) -> list[str]:
    """The command as a process."""
    return [sys.executable, "-m", "feeds", "--root", str(root), *arguments]


def talkfeeds(root: Path, environment: dict[str, str], *arguments: str) -> str:
    """Run it to its end; gives its standard output."""
    done = subprocess.run(
        command(root, *arguments), env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout


def copies(root: Path, record: Path) -> Counter[int]:
    """How many letters the relay took for each subscriber."""
    key, _ = secret_key(root / ".talkfeeds", "")
    tokens = Tokens(key, "tag:kills.example,2026:k")
    found: Counter[int] = Counter()
    for line in record.read_text().split():
        delivery = tokens.read_delivery(line.strip("<>").partition("@")[0])
        assert delivery is not None, line
        assert delivery[0] == Week.parse(WEEK)
        found[delivery[1]] += 1
    return found


def kill_again_and_again(
    folder: Path,
    kills: int,
    recipients: int,
    settle: str,
    connections: int = 8,
    seed: int = 0,
    accept_delay_ms: float = 0,
    *,
    chunking: bool = False,
) -> Kills:
    """``kills`` kills of a send to ``recipients``, the uncertain settled each time.

    ``accept_delay_ms`` is how long the relay takes for a letter: with few of them the last
    ones would be gone before the kill. ``chunking``: whether it takes them in one packet.
    """
    draw = random.Random(seed)
    root = folder / "publication"
    environment = publication(root, recipients, connections)
    record = folder / "record"
    found = Kills(recipients=recipients)
    manners = ["--accept-delay-ms", str(accept_delay_ms), *(["--chunking"] if chunking else [])]
    with relay(folder, *manners) as port:
        environment["TALKFEEDS_SMTP_URL"] = f"smtp://127.0.0.1:{port}"
        how = [SETTLE[settle], *([str(folder / "log")] if settle == "reconcile" else [])]
        while True:
            arguments = ["send", WEEK, *(how if found.runs else [])]
            with subprocess.Popen(
                command(root, *arguments),
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            ) as process:
                found.runs += 1
                if found.killed < kills:
                    # So that every run has letters left when its turn comes.
                    skipped = connections * found.killed if settle == "skip" else 0
                    left = max(0, recipients - _lines(record) - skipped)
                    wanted = draw.randint(0, left // (kills - found.killed + 1))
                    found.killed += _kill(process, record, _lines(record) + wanted, draw)
                assert process.stderr is not None
                said = process.stderr.read().decode()
            if process.returncode == 0:
                break
            if process.returncode != -signal.SIGKILL:
                raise AssertionError(f"exit {process.returncode}: {said}")
    (totals,) = json.loads(talkfeeds(root, environment, "issues", "--json"))
    assert sum(totals["states"].values()) == totals["recipients"] == recipients, totals
    assert totals["open"] == 0, totals
    with sqlite3.connect(root / ".talkfeeds" / "mail.db") as ledger:
        found.states = dict(ledger.execute("SELECT subscriber_id, state FROM deliveries"))
    assert len(found.states) == recipients
    found.copies = copies(root, record)
    return found


def _kill(process: "subprocess.Popen[bytes]", record: Path, at: int, draw: random.Random) -> bool:
    """SIGKILL once the relay took ``at`` letters; False when the process was faster."""
    # Also while it starts, and before its first letter.
    until = time.monotonic() + draw.random() if draw.random() < 0.05 else math.inf
    # Never later than that: the last letters would be gone before the kill.
    while process.poll() is None and time.monotonic() < until and _lines(record) < at:
        time.sleep(0.001)
    time.sleep(draw.random() / 1_000)
    process.kill()
    process.wait()
    return process.returncode == -signal.SIGKILL


def _lines(record: Path) -> int:
    return record.stat().st_size // _LINE_BYTES


# <token@kills.example> and the end of its line.
_LINE_BYTES = len("<@kills.example>\n") + 32
