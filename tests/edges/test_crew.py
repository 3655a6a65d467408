"""Work shared out: everything is done once, errors come back as they were, nobody stays."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from mmap import mmap
from pathlib import Path

import pytest

from feeds.edges.aside import cores
from feeds.edges.crew import PORTION, Crew, _cut
from feeds.errors import ContentError, Problem, WorldError
from tests.edges.conftest import Forked

MANY = range(10 * PORTION + 7)


def squares(numbers: Sequence[int]) -> list[int]:
    return [number * number for number in numbers]


def test_everything_is_done_once_wherever() -> None:
    for size in (1, 2, 5):
        found: dict[int, int] = {}
        for start, portion in Crew(size).share(squares, MANY):
            found |= dict(enumerate(portion, start))
        assert found == {number: number * number for number in MANY}


def test_what_is_large_comes_first_and_alone() -> None:
    large = (3 * PORTION + 5, 0, 2 * PORTION, MANY[-1])
    for size in (1, 2):
        found: dict[int, int] = {}
        portions: list[list[int]] = []
        for start, portion in Crew(size).share(squares, MANY, large):
            assert found.keys().isdisjoint(range(start, start + len(portion)))
            found |= dict(enumerate(portion, start))
            portions.append(portion)
        assert found == {number: number * number for number in MANY}
        if size > 1:
            assert all([number * number] in portions for number in large)
    assert list(map(len, _cut(100, 32, large=(40,)))) == [1, 32, 8, 32, 27]


def test_other_processes_do_it_when_it_pays() -> None:
    def who(_numbers: Sequence[int]) -> int:
        return os.getpid()

    assert {pid for _, pid in Crew(1).share(who, MANY)} == {os.getpid()}
    assert os.getpid() not in {pid for _, pid in Crew(2).share(who, MANY)}
    assert not Crew(1).worth(10**6)
    assert Crew(2, 5).worth(5)
    assert not Crew(2, 5).worth(4)
    assert cores() >= 1


@pytest.mark.parametrize("size", [1, 2])
def test_a_persons_mistake_comes_back_as_it_was(size: int, forked: Forked) -> None:
    problem = Problem("content/talks/a.md", 3, "title", "is missing", "write one")

    def fails(numbers: Sequence[int]) -> None:
        if 200 in numbers:
            raise ContentError([problem])

    with pytest.raises(ContentError) as caught:
        list(Crew(size).share(fails, MANY))
    assert caught.value.problems == (problem,)
    assert len(forked.children) == (2 if size > 1 else 0)
    forked.are_gone()


def test_a_bug_comes_back_with_the_way_that_it_came() -> None:
    def fails(_numbers: Sequence[int]) -> None:
        raise ZeroDivisionError("a bug")

    with pytest.raises(RuntimeError, match=r"(?s)test_crew.*ZeroDivisionError: a bug"):
        list(Crew(2).share(fails, MANY))


def test_one_that_is_killed_is_told(tmp_path: Path) -> None:
    def dies(numbers: Sequence[int]) -> list[int]:
        if 0 in numbers:
            os.kill(os.getpid(), signal.SIGKILL)
        return squares(numbers)

    with pytest.raises(WorldError, match="was ended before its work was done"):
        list(Crew(2).share(dies, MANY))


def test_who_stops_asking_leaves_nobody_behind(forked: Forked) -> None:
    work = Crew(2).share(squares, MANY)
    next(work)
    del work
    assert len(forked.children) == 2
    forked.are_gone()


def test_nobody_outlives_who_began_the_work(tmp_path: Path) -> None:
    """Nor what they hold: a lock of the output folder, for which the next build would wait."""
    script = (
        "import fcntl, os, sys\n"
        "from feeds.edges.crew import Crew\n"
        f"handle = os.open({str(tmp_path)!r}, os.O_RDONLY)\n"
        "fcntl.flock(handle, fcntl.LOCK_EX)\n"
        "def busy(_things):\n"
        "    sys.stdout.write('.'); sys.stdout.flush()\n"
        "    while True: pass\n"
        "list(Crew(2).share(busy, range(999)))\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert child.stdout is not None
    with child.stdout as told:
        assert told.read(2) == b".."  # both are at it
        child.kill()
        child.wait()
        # The end of what they said comes when the last of them is gone.
        assert told.read() == b""
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(handle)


def test_who_has_grown_too_large_is_replaced_and_everything_is_done_once(
    monkeypatch: pytest.MonkeyPatch,
    forked: Forked,
) -> None:
    monkeypatch.setattr("feeds.edges.crew.MOST_GROWTH_BYTES", 4 << 20)

    def grows(numbers: Sequence[int]) -> tuple[int, list[int]]:
        if numbers[0] % (2 * PORTION) == 0:
            # Pages that nobody had: free memory of the parent's would count already.
            with mmap(-1, 16 << 20) as room:
                for page in range(0, len(room), 4096):
                    room[page] = 1
        return os.getpid(), squares(numbers)

    found: dict[int, int] = {}
    workers = set()
    for start, (pid, portion) in Crew(2).share(grows, MANY):
        workers.add(pid)
        assert found.keys().isdisjoint(range(start, start + len(portion)))
        found |= dict(enumerate(portion, start))
    assert found == {number: number * number for number in MANY}
    assert len(workers) > 3
    assert workers <= set(forked.children)
    forked.are_gone()
