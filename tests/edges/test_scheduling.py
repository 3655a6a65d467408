"""A sender leaves its processors to the relay that it wakes, and only while it sends."""

import asyncio
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from feeds.edges.scheduling import never_interrupting
from tests.edges.send.kills import WEEK, command, publication
from tests.edges.smtp.session import Message
from tests.edges.smtp.sink import Sink

pytestmark = pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="Linux has such a policy")

# What Linux itself says to a filter that forbids one call (seccomp(2), BPF): load the call's
# number; is it this one, then EPERM, else go on.
_FORBIDDEN = """
import ctypes, os, platform, struct
number = {"x86_64": 144, "aarch64": 119}[platform.machine()]
rules = b"".join(struct.pack("HBBI", *rule) for rule in (
    (0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)))
kept = ctypes.create_string_buffer(rules)
program = ctypes.create_string_buffer(struct.pack("HP", 4, ctypes.addressof(kept)))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, program, 0, 0) == 0
from feeds.edges.scheduling import never_interrupting
try:
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
except PermissionError:
    with never_interrupting():
        print(os.sched_getscheduler(0) == os.SCHED_OTHER)
"""


def in_a_thread(policy: int) -> tuple[int, int, int]:
    """The policies before, inside and after, of a thread that ends with them."""

    def policies() -> tuple[int, int, int]:
        os.sched_setscheduler(0, policy, os.sched_param(0))
        before = os.sched_getscheduler(0)
        with never_interrupting():
            inside = os.sched_getscheduler(0)
        return before, inside, os.sched_getscheduler(0)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(policies).result()


def test_it_holds_inside_and_ends_there() -> None:
    assert in_a_thread(os.SCHED_OTHER) == (os.SCHED_OTHER, os.SCHED_BATCH, os.SCHED_OTHER)


def test_a_policy_that_somebody_chose_stays() -> None:
    assert in_a_thread(os.SCHED_IDLE) == (os.SCHED_IDLE,) * 3


def test_where_it_is_forbidden_nothing_changes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FORBIDDEN], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_a_send_never_interrupts_its_relay(tmp_path: Path) -> None:
    environment = publication(tmp_path / "publication", 3, 1)
    senders: list[asyncio.subprocess.Process] = []
    found = []

    class Watching(Sink):
        def accept(self, message: Message, number: int) -> None:
            found.append(os.sched_getscheduler(senders[0].pid))
            super().accept(message, number)

    async def story() -> None:
        async with Watching() as sink:
            sender = await asyncio.create_subprocess_exec(
                *command(tmp_path / "publication", "send", WEEK),
                env={**environment, "TALKFEEDS_SMTP_URL": sink.url(options="?tls=off")},
            )
            senders.append(sender)
            assert await sender.wait() == 0

    asyncio.run(story())
    assert found == [os.SCHED_BATCH] * 3
