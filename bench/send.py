"""A whole send: rendering, gate, ledger and relay, as the command does it.

    scripts/bench --send [--recipients N]

Against Postfix's ``smtp-sink`` alone; the same 40 ms away with 50 connections; through a real
Postfix, beside Postfix's own ``smtp-source`` at the same size and connections, and beside our
connections alone, which have the envelopes of a digest, but no ledger: in alternation;
and its memory from 10,000 to 1,000,000 recipients. All processes share the machine's cores. The
ledger and Postfix's queue lie in memory, where there is room, because a disk's noise is larger than
the differences; ``TMPDIR=/var/tmp`` shows what they cost on a disk.
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bench.children import place
from bench.smtp import farther, sink
from feeds.deliveries import Fate, Letter
from feeds.edges.smtp import Lane, open_relay
from feeds.model import MailSettings
from tests.edges.send.postfix import Postfix, missing, postfix

_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
_WEEK = "2017-W49"
_WORDS = ("kubernetes", "red", "pláticas", "segura", "cosas", "que", "pueden", "servicio", "datos")


@contextlib.contextmanager
def publication(recipients: int, connections: int, talks: int) -> Iterator[Path]:
    """A publication with so many subscribers, in a folder that ends with the block."""
    with tempfile.TemporaryDirectory(prefix="talkfeeds-bench-") as folder:
        root = Path(folder)
        (root / "content" / "talks").mkdir(parents=True)
        (root / "content" / "publication.toml").write_text(
            'title = "Bench"\nid = "tag:bench.example,2026:b"\n'
            'base_url = "https://bench.example/"\n'
            '[mail]\nsender = "Bench <bench@bench.example>"\n'
            'web_url = "https://subscribe.bench.example/"\n'
            f"connections = {connections}\nmessages_per_connection = 1000\n"
        )
        for number in range(talks):
            body = " ".join(_WORDS[(number * at) % len(_WORDS)] for at in range(1, 121))
            (root / "content" / "talks" / f"t{number}.md").write_text(
                f"---\ntitle: Talk number {number} about many things that were said\n"
                f"date: 2017-12-07\nposition: {number}\nspeakers: [Ana Pérez {number}]\n"
                f"youtube: 07jq-5VbBVQ\nslides: https://x.example/{number}.pdf\n---\n\n{body}.\n"
            )
        with (root / "people.csv").open("w") as people:
            people.write("email,name\n")
            people.writelines(
                f"reader{number}@example{number % 50}.org,Reader {number}\n"
                for number in range(recipients)
            )
        run(root, "subscribers", "import", str(root / "people.csv"))
        yield root


@dataclass(frozen=True)
class Run:
    """One run of the command; ``letters_s`` leaves out its start, the rendering and the gate."""

    wall_s: float
    letters_s: float
    cpu_s: float
    memory_mb: float


def run(root: Path, *arguments: str, relay: str = "") -> Run:
    """Run the command to its end."""
    environment = {**os.environ, "TALKFEEDS_SMTP_URL": relay}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "feeds", "--root", str(root), *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    if status:
        raise SystemExit(said.decode())
    cpu = usage.ru_utime + usage.ru_stime
    return Run(wall, _letters_s(root) or wall, cpu, usage.ru_maxrss / 1_024)


def _letters_s(root: Path) -> float:
    """Seconds from the first letter to the last, as the command's own log tells."""
    log = root / "log.jsonl"
    if not log.exists():
        return 0.0
    at = {
        event["event"]: datetime.fromisoformat(event["at"])
        for event in map(json.loads, log.read_text().splitlines())
    }
    log.unlink()
    return (at["finished"] - at["began"]).total_seconds()


def send(root: Path, port: int) -> Run:
    """Send the issue to a relay on this machine."""
    relay = f"smtp://127.0.0.1:{port}?tls=off"
    return run(root, "send", _WEEK, "--log", str(root / "log.jsonl"), relay=relay)


def again(root: Path) -> None:
    """As if the issue had never been sent: subscribers stay."""
    import sqlite3

    with sqlite3.connect(root / ".talkfeeds" / "mail.db") as ledger:
        for table in ("deliveries", "variants", "issue_talks", "issues"):
            ledger.execute(f"DELETE FROM {table}")  # constants
        ledger.execute("DELETE FROM properties WHERE name = 'told'")
    ledger.close()


def source(port: int, messages: int, connections: int, size: int) -> float:
    """Seconds that Postfix's own generator takes for so many messages."""
    program = shutil.which("smtp-source", path=_PATH) or "smtp-source"
    # -d: it reconnects as rarely as we do. -N: its recipients differ, as ours do; Postfix keeps
    # what it found out about the last one.
    words = ["-d", "-N", "-s", str(connections), "-m", str(messages), "-l", str(size)]
    began = time.perf_counter()
    subprocess.run(
        [
            program,
            *words,
            "-f",
            "bench@bench.example",
            "-t",
            "reader@example.org",
            f"127.0.0.1:{port}",
        ],
        check=True,
    )
    return time.perf_counter() - began


def carried(port: int, messages: int, connections: int, mail: bytes) -> float:
    """Seconds that our connections take for so many copies, each with a return address of its own
    and another recipient, as a digest has; no ledger, no rendering."""
    settings = MailSettings(connections=connections, messages_per_connection=1000)

    async def all_of_them() -> float:
        relay = open_relay(f"smtp://127.0.0.1:{port}?tls=off", settings)
        numbers = iter(range(messages))

        async def work(lane: Lane) -> None:
            for number in numbers:
                sender = f"bounces+{number:032}@bench.example"
                recipient = f"reader{number}@example{number % 50}.org"
                own = f"Message-ID: <{number:032}@bench.example>\r\nTo: {recipient}\r\n".encode()
                answer = await lane.carry(Letter(str(number), sender, recipient, (own, mail)))
                assert answer.fate is Fate.ACCEPTED, answer
            await lane.close()

        began = time.perf_counter()
        await asyncio.gather(*map(work, relay.lanes()))
        return time.perf_counter() - began

    return asyncio.run(all_of_them())


def shared_part(message: bytes) -> bytes:
    """A message without what each recipient has for himself and our connections alone have too."""
    head, _, body = message.partition(b"\r\n\r\n")
    own = (b"to:", b"message-id:", b"return-path:", b"delivered-to:")
    kept = [line for line in head.split(b"\r\n") if not line.lower().startswith(own)]
    return b"\r\n".join(kept) + b"\r\n\r\n" + body


def taken(relay: Postfix) -> int:
    """Bytes of the last message that it took, as it counts them."""
    drained(relay.folder)
    return int(re.findall(r" size=(\d+)", relay.log.read_text())[-1])


def drained(folder: Path) -> None:
    """Wait until Postfix has passed on everything, and the disk has it."""
    queues = [folder / "queue" / name for name in ("incoming", "active", "maildrop")]
    while any(path.is_file() for queue in queues for path in queue.rglob("*")):
        time.sleep(0.1)
    os.sync()


def alone(recipients: int, talks: int) -> None:
    """Against smtp-sink, near and far, and against Postfix, which takes letters in one packet."""
    for case, connections, way_ms in (
        ("smtp-sink, 10 connections", 10, 0),
        ("smtp-sink, 50 connections, 40 ms round trip", 50, 20),
        ("Postfix, 50 connections, 40 ms round trip", 50, 20),
    ):
        if case.startswith("Postfix") and (reason := missing()):
            print(reason)
            continue
        with publication(recipients, connections, talks) as root, contextlib.ExitStack() as stack:
            port = stack.enter_context(sink())
            if case.startswith("Postfix"):
                port = stack.enter_context(postfix(relay_to=port)).port
            if way_ms:
                port = stack.enter_context(farther(port, way_ms))
            found = send(root, port)
        rates = f"{recipients / found.wall_s:,.0f} | {recipients / found.letters_s:,.0f}"
        print(f"| {case} | {rates} | {found.cpu_s:.1f} | {found.memory_mb:.0f} |", flush=True)


def beside_smtp_source(recipients: int, talks: int, rounds: int) -> None:
    """Through Postfix, in alternation with its own generator."""
    if reason := missing():
        print(reason)
        return
    rates: dict[str, list[float]] = {"smtp-source": [], "our connections": [], "talkfeeds": []}
    with (
        publication(recipients, 10, talks) as root,
        sink() as behind,
        postfix(relay_to=behind) as relay,
    ):
        # Off the books, and into a Maildir: the letter that everybody gets, with its own parts.
        run(root, "send", _WEEK, "--test", "reader0@example0.org")
        (kept,) = (root / ".talkfeeds" / "outbox" / "new").iterdir()
        mail = shared_part(kept.read_bytes().replace(b"\n", b"\r\n"))
        port = relay.port
        # One of each, which nobody times: theirs is to be as large as ours, headers and all.
        carried(port, 1, 1, mail)
        size = taken(relay)
        source(port, 1, 1, size)
        size -= taken(relay) - size

        def sent() -> float:
            again(root)
            return send(root, port).letters_s

        ways = {
            "smtp-source": lambda: source(port, recipients, 10, size),
            "our connections": lambda: carried(port, recipients, 10, mail),
            "talkfeeds": sent,
        }
        order = list(ways)
        for _ in range(rounds):
            for name in order:
                rates[name].append(recipients / ways[name]())
                drained(relay.folder)
            # Whoever comes first finds the disk at its best: everybody does once.
            order.append(order.pop(0))
    most = statistics.median(rates["smtp-source"])
    for name, found in rates.items():
        shown = ", ".join(f"{rate:,.0f}" for rate in found)
        ratio = statistics.median(found) / most
        print(
            f"Postfix, {len(mail):,} bytes, 10 connections, {name}: {shown} messages/s, "
            f"{ratio:.2f} of smtp-source (medians of {rounds})",
            flush=True,
        )


def memory(numbers: list[int]) -> None:
    """Peak memory by number of recipients; a small digest, so that the sink keeps up."""
    for number in numbers:
        with publication(number, 10, 3) as root, sink() as port:
            found = send(root, port)
        rate = number / found.letters_s
        print(f"{number:,} recipients: {found.memory_mb:.0f} MB, {rate:,.0f}/s", flush=True)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--recipients", type=int, default=5_000)
    parser.add_argument("--talks", type=int, default=20, help="20 make 57 KB")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--only", choices=("alone", "postfix", "memory"))
    options = parser.parse_args()
    folder, file_system = place()
    tempfile.tempdir = str(folder)
    print(f"ledger and queue on {file_system}", flush=True)
    if options.only in {None, "alone"}:
        print("| | messages/s, the whole command | from the first letter on | CPU s | MB |")
        print("| --- | ---: | ---: | ---: | ---: |")
        alone(options.recipients * 4, options.talks)
    if options.only in {None, "postfix"}:
        beside_smtp_source(options.recipients, options.talks, options.rounds)
    if options.only in {None, "memory"}:
        memory(options.memory)


if __name__ == "__main__":
    main()
