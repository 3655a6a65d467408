"""A question for another process: answered as it is, and nobody stays."""

import os
import select

import pytest

from feeds.edges.aside import asked, cores
from tests.edges.conftest import Forked

MINE = os.getpid()


@pytest.fixture(autouse=True)
def _two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.edges.aside.cores", lambda: 2)


@pytest.mark.parametrize("said", [True, False])
@pytest.mark.parametrize("worth_it", [True, False])
def test_the_answer_comes_back(said: bool, worth_it: bool, forked: Forked) -> None:
    with asked(lambda: said and (os.getpid() != MINE) is worth_it, worth_it=worth_it) as answer:
        assert answer() is said
    assert len(forked.children) == worth_it
    forked.are_gone()


def test_who_fails_to_answer_says_no(capfd: pytest.CaptureFixture[str]) -> None:
    with asked(lambda: bool(1 // 0), worth_it=True) as answer:
        assert answer() is False


def test_who_wants_no_answer_leaves_nobody_behind(forked: Forked) -> None:
    with asked(lambda: not select.select([], [], [], 600), worth_it=True):
        pass
    assert len(forked.children) == 1
    forked.are_gone()


def test_one_core_answers_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.edges.aside.cores", lambda: 1)
    with asked(lambda: os.getpid() == MINE, worth_it=True) as answer:
        assert answer() is True
    monkeypatch.undo()
    assert cores() >= 1
