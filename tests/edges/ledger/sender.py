"""Processes of their own that send: one that begins deliveries and waits to be killed, and
others that carry everything they get."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

from feeds.deliveries import Outcome, State
from feeds.edges.ledger import Ledger, open_ledger
from feeds.jobs.subscribers import forget, remove
from feeds.model import Week
from tests.edges.ledger.made import asked
from tests.edges.ledger.worker import SECRET

WEEK = Week(2017, 49)
NOW = datetime(2017, 12, 11, 9, 0, tzinfo=UTC)


def begin_and_wait(folder: Path, url: str, wanted: int, ends: Connection) -> None:
    """Begin so many deliveries, tell that, and wait for the end."""
    ledger = open_ledger(folder, SECRET, url)
    with ledger.sending(WEEK) as desk:
        found = asked(desk, wanted, now=NOW)
        ends.send([errand.delivery for errand in found.errands])
        ends.recv()
    ledger.close()


def carry_all(folder: Path, url: str, lanes: int, start: Barrier, ends: Connection) -> None:
    """Begin and settle ``lanes`` deliveries at a time until there are none; tell whose they
    were. Every seventh is refused."""
    ledger = open_ledger(folder, SECRET, url)
    carried: list[int] = []
    suppressed = 0
    start.wait(120)
    with ledger.sending(WEEK) as desk:
        outcomes: list[Outcome] = []
        while True:
            found = desk.look(lanes, NOW)
            suppressed += found.suppressed
            # Outcomes, and what is begun next, in one commit, as a send does it.
            begun = desk.exchange(outcomes, found.errands, NOW, 1)
            carried += begun
            outcomes = [
                Outcome(
                    errand.delivery,
                    errand.subscriber,
                    State.BOUNCED if errand.delivery % 7 == 0 else State.SENT,
                    250,
                    "the relay's word",
                )
                for errand in found.errands
                if errand.delivery in begun
            ]
            if not found.errands:
                break
    ends.send((carried, suppressed))
    ledger.close()


def people_leave(folder: Path, url: str, emails: list[str], start: Barrier) -> None:
    """Forget every second one, unsubscribe the others."""
    ledger: Ledger = open_ledger(folder, SECRET, url)
    start.wait(120)
    ways: tuple[Callable[[Ledger, str, datetime], object], ...] = (forget, remove)
    for at, email in enumerate(emails):
        ways[at % 2](ledger, email, NOW + timedelta(seconds=at))
    ledger.close()
