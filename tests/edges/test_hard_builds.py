"""The short form of scripts/hard-times: whatever happens to a build, each file is old or new."""

import random

import pytest

from bench.hardtimes import Trial, clocks, failures, full_disks, kills, read_only_places

pytestmark = pytest.mark.slow
CHANCE = random.Random(7)


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return Trial(tmp_path_factory.mktemp("hard") / "publication", 60)


def test_a_build_that_is_killed_leaves_the_old_or_the_new(trial: Trial) -> None:
    assert [wrong for _, wrong in kills(trial, 5, CHANCE)] == [[]] * 5


def test_a_disk_that_fails_leaves_the_old_or_the_new(trial: Trial) -> None:
    assert [wrong for _, wrong in failures(trial, 6, CHANCE)] == [[]] * 6


def test_a_disk_that_is_full_leaves_the_old_or_the_new(trial: Trial) -> None:
    found = [wrong for _, wrong in full_disks(trial, 2, CHANCE)]
    if not found:
        pytest.skip("NOT TESTED: no right to mount a small disk")
    assert found == [[]] * 2


def test_an_output_that_is_read_only_is_told_and_left_alone(trial: Trial) -> None:
    found = [wrong for _, wrong in read_only_places(trial)]
    if not found:
        pytest.skip("NOT TESTED: no right to make a folder read-only")
    assert found == [[]] * 3


def test_a_clock_that_jumps_changes_nothing(trial: Trial) -> None:
    assert all(not wrong for _, wrong in clocks(trial))


def test_what_is_neither_old_nor_new_is_seen(trial: Trial) -> None:
    """The check itself."""
    page = trial.public / "index.html"
    page.write_bytes(page.read_bytes()[:-20])
    assert trial.wrong() == ["index.html"]
    assert trial.mended()
    assert trial.wrong() == []
