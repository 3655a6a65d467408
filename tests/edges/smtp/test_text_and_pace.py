"""Dots doubled wherever a message was cut, and the rate limit, without a clock."""

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.deliveries import Fate
from feeds.edges.smtp.pace import Bucket
from feeds.edges.smtp.text import Stuffing
from tests.edges.smtp.conftest import lane_to, make_letter, run
from tests.edges.smtp.sink import Sink

_PIECES = st.lists(
    st.lists(st.sampled_from([b".", b"..", b"a", b"\r\n", b"\r\n."]), max_size=8).map(b"".join),
    max_size=8,
)


@given(_PIECES)
def test_dots_are_doubled_at_the_beginning_of_each_line_and_nowhere_else(
    pieces: list[bytes],
) -> None:
    stuffing = Stuffing()
    expected = re.sub(rb"(?m)^\.", b"..", b"".join(pieces))
    assert b"".join(stuffing(pieces)) == expected


@given(_PIECES)
def test_large_pieces_are_remembered_and_nothing_changes(pieces: list[bytes]) -> None:
    stuffing = Stuffing()
    pieces = [piece * 600 for piece in pieces]
    expected = re.sub(rb"(?m)^\.", b"..", b"".join(pieces))
    assert b"".join(stuffing(pieces)) == b"".join(stuffing(pieces)) == expected


def test_what_is_remembered_has_an_end() -> None:
    stuffing = Stuffing()
    for number in range(1_000):
        # Freed at once, so that the next one may have the same identity.
        text = b"%d\n.%s" % (number, b"x" * 600)
        assert stuffing([b"%d\n.%s" % (number, b"x" * 600)]) == [text.replace(b"\n.", b"\n..")]
    assert len(stuffing._kept) <= 64


@pytest.mark.parametrize("rate", [1, 3, 10, 250])
def test_no_second_sees_more_than_the_rate_and_a_tenth(rate: int) -> None:
    bucket, now, times = Bucket(rate), 100.0, []
    for number in range(rate * 4):
        if number == rate * 2:
            now += 7.5  # idle, and no more than a tenth of a second's tokens come of it
        now += bucket.take(now)
        times.append(now)
    for begin in times:
        within = sum(begin <= moment < begin + 1 - 1e-6 for moment in times)
        assert within <= rate + max(1, rate // 10)
    assert times[-1] - times[0] == pytest.approx(4 + 7.5 - 2 / rate, abs=1.2 / rate + 0.2)


def test_without_a_rate_nobody_waits() -> None:
    bucket = Bucket(0)
    assert [bucket.take(1.0) for _ in range(1_000)] == [0.0] * 1_000


def test_several_waiters_get_turns_of_their_own() -> None:
    bucket = Bucket(2)
    assert [round(bucket.take(5.0), 6) for _ in range(4)] == [0.0, 0.5, 1.0, 1.5]


def test_a_lane_waits_for_its_turn() -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        async with Sink() as sink, lane_to(sink.url(), rate=50) as lane:
            begin = loop.time()
            answers = [await lane.carry(make_letter(number)) for number in range(16)]
            # Never faster than the rate, however slow the machine: 5 at once, 11 after that.
            assert loop.time() - begin >= 10 / 50
        assert {answer.fate for answer in answers} == {Fate.ACCEPTED}

    run(story())
