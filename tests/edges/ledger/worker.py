"""A process of its own that opens a ledger and adds people, at the same moment as others."""

from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path

from feeds.edges.ledger import open_ledger
from feeds.jobs.subscribers import add
from feeds.model import Status, Subscriber

SECRET = b"a secret key of at least 32 characters"


def add_some(folder: Path, url: str, number: int, start: Barrier) -> None:
    """Somebody whom all add, and five of our own."""
    start.wait(120)
    ledger = open_ledger(folder, SECRET, url)
    for email in ("ana@example.org", *(f"p{number}.{copy}@example.org" for copy in range(5))):
        now = datetime(2017, 12, 11, 9, 0, tzinfo=UTC)
        add(ledger, Subscriber(email, Status.CONFIRMED, now), again=False)
    ledger.close()
