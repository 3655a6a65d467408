"""Messages a second through the relay alone: no ledger, no rendering, no DKIM.

    scripts/bench --smtp [--messages N] [--size BYTES]

Against Postfix's ``smtp-sink`` on this machine with 10 connections, beside Postfix's own
``smtp-source``; then 40 ms away with 50 connections. All processes share the machine's cores.
"""

import argparse
import asyncio
import contextlib
import os
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator

from feeds.deliveries import Fate, Letter
from feeds.edges.smtp import Lane, open_relay
from feeds.model import MailSettings

_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"


@contextlib.contextmanager
def sink() -> Iterator[int]:
    """Postfix's sink; gives its port."""
    program = shutil.which("smtp-sink", path=_PATH)
    if program is None:
        raise SystemExit("Postfix is not installed (apt-get install postfix)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with child([program, *user, f"127.0.0.1:{port}", "1000"]):
        while True:
            with contextlib.suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port)).close()
                break
        yield port


@contextlib.contextmanager
def child(command: list[str]) -> Iterator["subprocess.Popen[str]"]:
    """A process that ends with the block."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@contextlib.contextmanager
def farther(port: int, way_ms: int) -> Iterator[int]:
    """The same server, so many milliseconds away in each direction."""
    command = [sys.executable, "-m", "tests.edges.smtp.delay", "--to", str(port)]
    with child([*command, "--ms", str(way_ms)]) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())


async def send(port: int, messages: int, size: int, connections: int) -> float:
    """Seconds for all messages, cut as a digest is: personal head, shared text, personal end."""
    relay = open_relay(f"smtp://127.0.0.1:{port}?tls=off", MailSettings(connections=connections))
    await relay.check()
    shared = (b"x" * 76 + b"\r\n") * (size // 78)
    fates: Counter[Fate] = Counter()
    letters = (
        Letter(
            f"token{number}",
            f"bounces+token{number}@example.org",
            f"subscriber{number}@example.com",
            (b"Message-ID: <token%d@example.org>\r\n\r\n" % number, shared, b"%d\r\n" % number),
        )
        for number in range(messages)
    )

    async def work(lane: Lane) -> None:
        for letter in letters:
            fates[(await lane.carry(letter)).fate] += 1
        await lane.close()

    began = time.perf_counter()
    await asyncio.gather(*map(work, relay.lanes()))
    took = time.perf_counter() - began
    if fates != {Fate.ACCEPTED: messages}:
        raise SystemExit(f"not everything was accepted: {dict(fates)}")
    return took


def row(case: str, messages: int, wall_s: float, cpu_s: float) -> None:
    """One line of the table."""
    per = 1e6 * cpu_s / messages
    print(f"| {case} | {messages / wall_s:,.0f} | {cpu_s:.2f} | {per:.0f} |", flush=True)


def main() -> None:
    """Measure, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--size", type=int, default=57_000)
    options = parser.parse_args()
    messages, size = options.messages, options.size
    print(f"| {size:,} bytes a message | messages/s | sender's CPU s | µs a message |")
    print("| --- | ---: | ---: | ---: |")
    with sink() as port:
        began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        source = shutil.which("smtp-source", path=_PATH) or "smtp-source"
        words = ["-d", "-s", "10", "-m", str(messages), "-l", str(size), f"127.0.0.1:{port}"]
        subprocess.run([source, *words], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        row("smtp-source, 10 connections", messages, time.perf_counter() - began, cpu)
    for case, connections, way_ms in (
        ("talkfeeds, 4 connections", 4, 0),
        ("talkfeeds, 10 connections", 10, 0),
        ("talkfeeds, 50 connections, 40 ms round trip", 50, 20),
    ):
        with contextlib.ExitStack() as stack:
            port = stack.enter_context(sink())
            if way_ms:
                port = stack.enter_context(farther(port, way_ms))
            began_cpu = time.process_time()
            wall = asyncio.run(send(port, messages, size, connections))
            row(case, messages, wall, time.process_time() - began_cpu)


if __name__ == "__main__":
    main()
