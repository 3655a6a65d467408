"""Letters that are announced: their envelope goes with the end of the letter before."""

import asyncio
from typing import Any

import pytest

from feeds.deliveries import Answer, Fate, Letter
from feeds.edges.smtp import Lane
from tests.edges.smtp.conftest import lane_to, make_letter, run
from tests.edges.smtp.session import Manners
from tests.edges.smtp.sink import Sink

A, D, R, UNSENT, UNCERTAIN = (
    Fate.ACCEPTED,
    Fate.DEFERRED,
    Fate.REFUSED,
    Fate.UNSENT,
    Fate.UNCERTAIN,
)


async def carry_announced(lane: Lane, letters: list[Letter]) -> list[Answer]:
    """Each with the one behind it."""
    pairs = zip(letters, [*letters[1:], None], strict=True)
    return [await lane.carry(letter, following) for letter, following in pairs]


def after(
    faults: list[str], letters: int, *, size: int = 20, pipelining: bool = True, **settings: Any
) -> tuple[list[Fate], list[str], Sink]:
    """The fates of that many letters on one lane, the recipients that got one, and the sink."""

    async def story() -> tuple[list[Fate], list[str], Sink]:
        manners = Manners(faults=faults, pipelining=pipelining)
        async with Sink(manners) as sink, lane_to(sink.url(), **settings) as lane:
            body = (b"." + b"x" * 75 + b"\r\n") * size
            answers = await carry_announced(lane, [make_letter(n, body) for n in range(letters)])
        # Nothing arrives but whole letters, each to whom it is for.
        for message in sink.seen.messages:
            number = int(message.recipient.partition("@")[0].removeprefix("ana"))
            assert message.text == b"".join(make_letter(number, body).data)
            assert message.sender == make_letter(number).return_path
        got = [message.recipient.partition("@")[0] for message in sink.seen.messages]
        return [answer.fate for answer in answers], got, sink

    return run(story())


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("size", [1, 700, 200_000])
def test_announced_letters_arrive_once_each(size: int, *, pipelining: bool) -> None:
    fates, got, sink = after([], 5, size=size, pipelining=pipelining)
    assert fates == [A] * 5
    assert got == ["ana0", "ana1", "ana2", "ana3", "ana4"]
    assert sink.seen.connections == 1
    assert sink.seen.commands.count("DATA") == 5


def test_the_next_envelope_comes_before_the_answer_to_the_letter() -> None:
    """The sink holds its answer back until it has seen the next DATA."""

    async def story() -> None:
        async with Sink(Manners(accept_after_data=True)) as sink, lane_to(sink.url()) as lane:
            letters = [make_letter(1), make_letter(2)]
            assert (await lane.carry(letters[0], letters[1])).fate is A
            assert sink.seen.commands.count("DATA") == 2

    run(story())


@pytest.mark.parametrize("step", ["mail", "rcpt", "data", "end"])
def test_a_4xx_defers_that_letter_and_no_other(step: str) -> None:
    fates, got, sink = after([f"{step} only=2 451 4.3.0 later"], 4)
    assert fates == [A, D, A, A]
    assert got == ["ana0", "ana2", "ana3"]
    assert sink.seen.connections == 1


@pytest.mark.parametrize("step", ["rcpt", "data", "end"])
def test_a_5xx_refuses_that_letter_and_no_other(step: str) -> None:
    fates, got, _ = after([f"{step} to=ana1@ 550 5.1.1 nobody"], 4)
    assert fates == [A, R, A, A]
    assert got == ["ana0", "ana2", "ana3"]


@pytest.mark.parametrize(
    ("fault", "fates", "got"),
    [
        ("mail only=2 421 4.7.0 enough", [A, UNSENT, A, A], ["ana0", "ana2", "ana3"]),
        ("rcpt only=2 cut", [UNCERTAIN, A, A, A], ["ana0", "ana1", "ana2", "ana3"]),
        ("end only=2 421 4.7.0 enough", [A, UNSENT, A, A], ["ana0", "ana2", "ana3"]),
        ("end only=2 cut", [A, UNCERTAIN, A, A], ["ana0", "ana2", "ana3"]),
        ("accepted only=2 cut", [A, UNCERTAIN, A, A], ["ana0", "ana1", "ana2", "ana3"]),
    ],
)
def test_a_connection_that_ends_takes_at_most_its_own_letter_along(
    fault: str, fates: list[Fate], got: list[str]
) -> None:
    """Cut in the next one's envelope, even an answer that was on its way may be lost."""
    found, arrived, _ = after([fault], 4)
    if "rcpt" in fault:
        assert found[0] in {A, UNCERTAIN}
        assert found[1] in {A, UNSENT}
        assert found[2:] == fates[2:]
        assert len(arrived) == len(set(arrived))
        return
    assert found == fates
    assert arrived == got


def test_an_announced_letter_that_is_dropped_is_not_delivered() -> None:
    async def story() -> None:
        async with Sink() as sink, lane_to(sink.url()) as lane:
            first, dropped, third = make_letter(1), make_letter(2), make_letter(3)
            fates = [(await lane.carry(first, dropped)).fate, (await lane.carry(third)).fate]
        assert fates == [A, A]
        assert [message.recipient for message in sink.seen.messages] == [
            first.recipient,
            third.recipient,
        ]
        assert sink.seen.connections == 2

    run(story())


def test_closing_behind_an_announced_letter_delivers_nothing_of_it() -> None:
    async def story() -> None:
        async with Sink() as sink:
            async with lane_to(sink.url()) as lane:
                await lane.carry(make_letter(1), make_letter(2))
            while sink.sessions:
                await asyncio.sleep(0)
            assert len(sink.seen.messages) == 1
            assert "QUIT" not in sink.seen.commands

    run(story())


def test_the_last_letter_of_a_connection_announces_nothing() -> None:
    fates, got, sink = after([], 6, messages_per_connection=2)
    assert fates == [A] * 6
    assert len(got) == 6
    assert sink.seen.connections == 3
    assert sink.seen.commands.count("QUIT") == 3


def test_a_letter_that_the_relay_cannot_take_is_not_announced() -> None:
    async def story() -> None:
        async with Sink(Manners(smtputf8=False)) as sink, lane_to(sink.url()) as lane:
            letters = [make_letter(1), make_letter(2, recipient="josé@example.com"), make_letter(3)]
            answers = await carry_announced(lane, letters)
        assert [answer.fate for answer in answers] == [A, R, A]
        assert sink.seen.connections == 1

    run(story())


def test_with_a_rate_limit_nothing_is_announced() -> None:
    async def story() -> None:
        async with Sink() as sink, lane_to(sink.url(), rate=1_000) as lane:
            # Were it announced, dropping it would cost the connection.
            for number in (1, 2):
                answer = await lane.carry(make_letter(number), make_letter(9))
                assert answer.fate is A
            await lane.close()
            commands = [line.partition(" ")[0] for line in sink.seen.commands]
            assert commands == ["EHLO", *["MAIL", "RCPT", "DATA"] * 2, "QUIT"]

    run(story())
