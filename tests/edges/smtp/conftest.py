"""Letters, certificates, and a relay's lanes in an event loop of the test's own."""

import asyncio
import selectors
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
import trustme

from feeds.deliveries import Answer, Fate, Letter
from feeds.edges.smtp import Lane, Timeouts, open_relay
from feeds.model import MailSettings

T = TypeVar("T")
# A letter's fates, as tables have them.
A, D, R, UNSENT, UNCERTAIN = (
    Fate.ACCEPTED,
    Fate.DEFERRED,
    Fate.REFUSED,
    Fate.UNSENT,
    Fate.UNCERTAIN,
)
# Long for a machine, short for a person who waits for a test that hangs.
PATIENT = Timeouts(30, 30, 30, 30, 30, 30)
# What a relay offers decides how a letter goes: in one packet, in two, or in four.
OFFERS: tuple[dict[str, Any], ...] = ({"chunking": True}, {}, {"pipelining": False})
HASTY = Timeouts(20, 0.2, 0.2, 0.2, 0.2, 0.2)


class _Idle(selectors.DefaultSelector):
    """Counts the seconds in which nothing happened."""

    idle_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found: list[tuple[selectors.SelectorKey, int]] = super().select(timeout)
        if not found:
            # A turn that waits for nothing takes a little too, so that no test spins for ever.
            self.idle_s += max(timeout or 0.0, 1e-5)
        return found


class _Patient(asyncio.SelectorEventLoop):
    """Its clock stands still while there is work: a busy machine makes no timeout pass."""

    def __init__(self) -> None:
        self._idle = _Idle()
        super().__init__(self._idle)

    def time(self) -> float:
        return self._idle.idle_s


def run(work: Coroutine[Any, Any, T]) -> T:
    """To its end in a new event loop; every task that it leaves behind is a mistake."""

    async def watched() -> T:
        found = await asyncio.wait_for(work, 60)
        await asyncio.sleep(0)
        return found

    with asyncio.Runner(loop_factory=_Patient) as runner:
        return runner.run(watched())


def make_letter(number: int = 1, body: bytes = b"Hello.\r\n", recipient: str = "") -> Letter:
    """A small letter."""
    token = f"token{number:027}"
    head = f"Message-ID: <{token}@example.org>\r\nSubject: {number}\r\n\r\n"
    return Letter(
        token,
        f"bounces+{token}@example.org",
        recipient or f"ana{number}@example.com",
        (head.encode(), body),
    )


@asynccontextmanager
async def lane_to(url: str, timeouts: Timeouts = PATIENT, **settings: Any) -> AsyncIterator[Lane]:
    """The first lane to a relay."""
    lane = open_relay(url, MailSettings(**settings), timeouts).lanes()[0]
    try:
        yield lane
    finally:
        await lane.close()


async def carry_all(lane: Lane, letters: list[Letter]) -> list[Answer]:
    """One after the other."""
    return [await lane.carry(letter) for letter in letters]


@dataclass(frozen=True)
class Certificates:
    """A private CA's file, and what servers use: for ``localhost``, and for another name."""

    ca: Path
    good: ssl.SSLContext
    other_name: ssl.SSLContext


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Made for this run."""
    ca = trustme.CA()
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(file)
    contexts = []
    for name in ("localhost", "other.example"):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        ca.issue_cert(name).configure_cert(context)
        contexts.append(context)
    return Certificates(file, *contexts)


Check = Callable[[], Awaitable[None]]
