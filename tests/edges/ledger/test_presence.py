"""Processes that live and die: senders know of each other which of them are alive."""

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

import pytest

from feeds.edges.ledger import Ledger
from feeds.errors import WorldError
from tests.edges.ledger.conftest import Place
from tests.edges.ledger.made import (
    WEEK,
    asked,
    freeze,
    rows_of,
    some_people,
    states_of,
    totals_of,
)
from tests.edges.ledger.sender import begin_and_wait


def start(place: Place, wanted: int) -> tuple[SpawnProcess, list[int], Connection]:
    """A process that has begun so many deliveries; ``send`` to what comes last ends it."""
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    given = (place.folder, place.url, wanted, theirs)
    process = context.Process(target=begin_and_wait, args=given, daemon=True)
    process.start()
    assert mine.poll(120)
    return process, mine.recv(), mine


def kill(process: SpawnProcess) -> None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.slow
def test_the_living_are_not_buried_and_the_dead_are_once(ledger: Ledger, place: Place) -> None:
    some_people(ledger, 6)
    freeze(ledger)
    dying, begun, _ = start(place, 2)
    living, others, ends = start(place, 1)
    with ledger.sending(WEEK) as desk:
        mine = asked(desk, 1).errands[0]
        assert desk.bury() == 0
        assert asked(desk, 3).elsewhere == 3
        kill(dying)
        # PostgreSQL sees that a client is gone in its own time.
        buried = 0
        while not buried:
            buried = desk.bury()
        assert buried == 2
        assert desk.bury() == 0
        found = rows_of(ledger)
        assert {number for number, row in found.items() if row[0] == "uncertain"} == set(begun)
        assert {number for number, row in found.items() if row[0] == "sending"} >= {
            mine.delivery,
            *others,
        }
        ends.send("go")
        living.join(60)
        assert desk.bury() == 1
    assert totals_of(ledger).adds_up


def test_a_desk_that_was_left_is_dead_and_leaves_no_file(ledger: Ledger, place: Place) -> None:
    some_people(ledger, 2)
    freeze(ledger)
    with ledger.sending(WEEK) as desk:
        asked(desk, 1)
    with ledger.sending(WEEK) as desk:
        assert desk.bury() == 1
        assert states_of(ledger) == {"uncertain": 1, "pending": 1}
    assert list(place.folder.glob("*.senders/*")) == []


def test_a_killed_process_leaves_a_lock_that_its_burial_removes(sqlite_place: Place) -> None:
    ledger = sqlite_place.open()
    some_people(ledger, 1)
    freeze(ledger)
    process, _, _ = start(sqlite_place, 1)
    folder: Path = sqlite_place.folder / "mail.db.senders"
    assert folder.stat().st_mode & 0o777 == 0o700
    kill(process)
    assert len(list(folder.iterdir())) == 1
    with ledger.sending(WEEK) as desk:
        assert desk.bury() == 1
    assert list(folder.iterdir()) == []
    ledger.close()


def test_what_stands_in_the_way_of_the_locks_is_told(sqlite_place: Place) -> None:
    ledger = sqlite_place.open()
    some_people(ledger, 1)
    freeze(ledger)
    (sqlite_place.folder / "mail.db.senders").touch()
    with pytest.raises(WorldError, match=r"senders: cannot be used: .* \(change the permissions"):
        asked(ledger.sending(WEEK).__enter__())
    ledger.close()
