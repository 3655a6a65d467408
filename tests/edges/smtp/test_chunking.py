"""Letters in one packet, answered once (RFC 3030): what each reply, and none, makes of them."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from feeds.deliveries import Answer, Fate
from feeds.edges.smtp import open_relay
from feeds.model import MailSettings
from tests.edges.smtp.conftest import (
    HASTY,
    PATIENT,
    UNCERTAIN,
    UNSENT,
    A,
    D,
    R,
    carry_all,
    lane_to,
    make_letter,
    run,
)
from tests.edges.smtp.session import Manners
from tests.edges.smtp.sink import Sink

LONG = (b"x" * 76 + b"\r\n") * 1_000_000


def told(
    prepare: Callable[[Sink], None],
    letters: int = 3,
    body: bytes = b"Hello.\r\n",
    *,
    chunking: bool = True,
) -> tuple[list[Answer], Sink]:
    """The answers to letters, the first of them with ``body``, and the sink."""

    async def story() -> tuple[list[Answer], Sink]:
        manners = Manners(chunking=chunking)
        async with Sink(manners) as sink, lane_to(sink.url(), HASTY) as lane:
            prepare(sink)
            made = [make_letter(0, body), *map(make_letter, range(1, letters))]
            return await carry_all(lane, made), sink

    return run(story())


def once(*steps: tuple[str, str]) -> Callable[[Sink], None]:
    """The sink says or does that at the step, the first time."""

    def prepare(sink: Sink) -> None:
        for step, action in steps:
            sink.say_once(step, action)

    return prepare


def verbs(sink: Sink) -> list[str]:
    """What was said to the sink, without QUIT and the greeting."""
    said = [line.split()[0] for line in sink.seen.commands]
    return [verb for verb in said if verb not in {"EHLO", "QUIT"}]


def arrived(sink: Sink) -> list[str]:
    """The recipients of what the sink took."""
    return [message.recipient for message in sink.seen.messages]


def test_nothing_is_doubled_in_a_text_whose_length_is_told() -> None:
    body = b".\r\n..x\r\n.\r\nBDAT 3 LAST\r\n.\r\n"
    answers, sink = told(once(), 2, body)
    assert [answer.fate for answer in answers] == [A, A]
    assert sink.seen.messages[0].text.endswith(b"\r\n\r\n" + body)
    assert verbs(sink) == ["MAIL", "RCPT", "BDAT"] * 2


@pytest.mark.parametrize("action", ["cut", "close", "mute"])
@pytest.mark.parametrize("step", ["mail", "rcpt", "data", "end", "accepted"])
def test_no_reply_leaves_a_letter_uncertain_whose_end_has_left(step: str, action: str) -> None:
    """Nobody knows how far the relay has read."""
    answers, sink = told(once((step, action)))
    assert [answer.fate for answer in answers] == [UNCERTAIN, A, A]
    assert ("ana0@example.com" in arrived(sink)) is (step == "accepted")
    assert sink.seen.connections == 2


def test_a_letter_whose_end_never_left_is_unsent() -> None:
    answers, sink = told(once(("text", "cut")), 2, LONG)
    assert [answer.fate for answer in answers] == [UNSENT, A]
    assert arrived(sink) == ["ana1@example.com"]


def test_an_answer_before_the_end_of_a_long_text_is_that_letters_answer() -> None:
    answers, sink = told(once(("text", "452 4.3.1 no room")), 2, LONG)
    assert [(answer.fate, answer.code) for answer in answers] == [(D, 452), (A, 250)]
    assert arrived(sink) == ["ana1@example.com"]


def test_replies_to_the_envelope_may_come_while_the_text_is_leaving() -> None:
    """The sink answers MAIL and RCPT at once: that ends nothing."""
    answers, sink = told(once(), 2, LONG)
    assert [answer.fate for answer in answers] == [A, A]
    assert len(sink.seen.messages[0].text) > len(LONG)
    assert sink.seen.connections == 1


def test_a_relay_that_takes_its_time_with_a_text_is_waited_for() -> None:
    async def story() -> None:
        manners = Manners(chunking=True, accept_delay_s=0.4)
        timeouts = replace(PATIENT, envelope=0.1)
        async with Sink(manners) as sink, lane_to(sink.url(), timeouts) as lane:
            assert (await lane.carry(make_letter(1))).fate is A

    run(story())


def test_what_a_relay_said_of_the_recipient_holds_although_it_left_then() -> None:
    refusal = ("rcpt", "550 5.1.1 nobody")
    answers, sink = told(once(refusal, ("data", "close")))
    assert [(answer.fate, answer.code) for answer in answers] == [(R, 550), (A, 250), (A, 250)]
    assert sink.seen.connections == 2


def test_421_behind_a_refusal_ends_the_connection() -> None:
    refusal = ("rcpt", "550 5.1.1 nobody")
    answers, sink = told(once(refusal, ("data", "421 4.7.0 too many of them")))
    assert [(answer.fate, answer.code) for answer in answers] == [(R, 550), (A, 250), (A, 250)]
    assert sink.seen.connections == 2


@pytest.mark.parametrize(("body", "fate"), [(b"Hello.\r\n", UNCERTAIN), (LONG, UNSENT)])
def test_a_text_that_is_taken_although_its_recipient_was_not_is_uncertain_once_its_end_has_left(
    body: bytes, fate: Fate
) -> None:
    refusal = ("rcpt", "550 5.1.1 nobody")
    answers, sink = told(once(refusal, ("data", "250 2.0.0 thanks")), 3, body)
    assert [answer.fate for answer in answers] == [fate, A, A]
    assert sink.seen.connections == 2


@pytest.mark.parametrize("said", ["355 go on", "199 what"])
@pytest.mark.parametrize("step", ["mail", "rcpt"])
def test_a_reply_that_answers_something_else_leaves_it_uncertain(step: str, said: str) -> None:
    answers, sink = told(once((step, said)))
    assert [answer.fate for answer in answers] == [UNCERTAIN, A, A]
    assert sink.seen.connections == 2


@pytest.mark.parametrize("code", [500, 501, 502, 503, 504])
def test_a_relay_that_does_not_know_what_it_offers_gets_the_next_letters_the_old_way(
    code: int,
) -> None:
    answers, sink = told(once(("data", f"{code} 5.5.2 BDAT?")))
    assert [(answer.fate, answer.code) for answer in answers] == [
        (UNSENT, code), (A, 250), (A, 250),
    ]  # fmt: skip
    assert sink.seen.connections == 2
    assert verbs(sink) == ["MAIL", "RCPT", "BDAT"] + ["MAIL", "RCPT", "DATA"] * 2


def test_all_lanes_learn_that_a_relay_does_not_know_what_it_offers() -> None:
    async def story() -> None:
        async with Sink(Manners(chunking=True)) as sink:
            sink.say_once("data", "502 5.5.1 BDAT?")
            first, second = open_relay(sink.url(), MailSettings(connections=2)).lanes()
            assert (await first.carry(make_letter(1))).fate is UNSENT
            assert (await second.carry(make_letter(2))).fate is A
            await second.close()
        assert verbs(sink) == ["MAIL", "RCPT", "BDAT", "MAIL", "RCPT", "DATA"]

    run(story())


def test_a_relay_that_takes_bdat_for_data_gets_the_next_letters_the_old_way() -> None:
    answers, sink = told(once(("data", "354 go on")))
    assert [answer.fate for answer in answers] == [UNCERTAIN, A, A]
    assert verbs(sink)[3:] == ["MAIL", "RCPT", "DATA"] * 2


@pytest.mark.parametrize("said", ["250 again", "450 4.2.0 later\r\n450 4.2.0 later", "250-half"])
@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_what_a_relay_says_unasked_answers_no_letter(said: str, when: str) -> None:
    """And it is not trusted with letters in one packet any more: which reply would be whose?"""

    async def story() -> None:
        async with Sink(Manners(chunking=True)) as sink, lane_to(sink.url()) as lane:
            await lane.carry(make_letter(1))
            (session,) = sink.sessions
            begun: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            task = None
            if when == "meanwhile":
                task = asyncio.create_task(lane.carry_if(begun, make_letter(2)))
                await asyncio.sleep(0)
            session.blurt(said)
            assert lane._line is not None
            while lane._line.wire.usable:  # it is on its way
                await asyncio.sleep(0)
            begun.set_result(True)
            second = await (task or lane.carry_if(begun, make_letter(2)))
            third = await lane.carry(make_letter(3))
        assert second is not None
        assert [second.fate, third.fate] == [UNSENT if when == "meanwhile" else A, A]
        went = 2 if when == "before" else 1
        assert verbs(sink) == ["MAIL", "RCPT", "BDAT"] + ["MAIL", "RCPT", "DATA"] * went
        assert sink.seen.connections == 2

    run(story())


def test_a_relay_that_says_421_before_the_next_letter_keeps_its_trust() -> None:
    """So every relay does when it has had enough."""

    async def story() -> None:
        async with Sink(Manners(chunking=True)) as sink, lane_to(sink.url()) as lane:
            await lane.carry(make_letter(1))
            (session,) = sink.sessions
            session.leave("421 4.4.2 timeout exceeded")
            assert lane._line is not None
            while lane._line.wire.usable:
                await asyncio.sleep(0)
            assert (await lane.carry(make_letter(2))).fate is A
        assert verbs(sink) == ["MAIL", "RCPT", "BDAT"] * 2

    run(story())


@pytest.mark.parametrize("chunking", [True, False])
def test_no_yes_is_believed_before_the_end_of_a_text_has_left(*, chunking: bool) -> None:
    answers, sink = told(once(("text", "250 2.0.0 thanks")), 2, LONG, chunking=chunking)
    assert [answer.fate for answer in answers] == [UNSENT, A]
    assert arrived(sink) == ["ana1@example.com"]


def test_the_rest_of_a_long_text_is_not_sent_to_who_refused_it() -> None:
    refusal = ("rcpt", "550 5.1.1 nobody")
    answers, sink = told(once(refusal, ("data", "552 5.3.4 far too large")), 2, LONG)
    assert [(answer.fate, answer.code) for answer in answers] == [(R, 550), (A, 250)]
    assert sink.seen.connections == 2


@pytest.mark.parametrize("chunking", [True, False])
def test_a_farewell_is_no_yes(*, chunking: bool) -> None:
    answers, _ = told(once(("end", "221 2.0.0 bye")), 2, chunking=chunking)
    assert [(answer.fate, answer.code) for answer in answers] == [(UNCERTAIN, 221), (A, 250)]


def test_after_a_refusal_the_next_letter_begins_with_rset_and_its_envelope() -> None:
    answers, sink = told(once(("rcpt", "450 4.2.0 later")), 4)
    assert [answer.fate for answer in answers] == [D, A, A, A]
    assert verbs(sink)[3:] == ["RSET", "MAIL", "RCPT", "DATA"] + ["MAIL", "RCPT", "BDAT"] * 2
    assert sink.seen.connections == 1


@pytest.mark.parametrize(
    ("idle_s", "sent"), [(0.0, ["DATA", "DATA"]), (3_600.0, ["BDAT", "BDAT"])], ids=["idle", "busy"]
)
def test_a_relay_that_was_silent_for_long_hears_the_envelope_first(
    idle_s: float, sent: list[str]
) -> None:
    """It may have left, and a letter written after it would be uncertain."""

    async def story() -> None:
        timeouts = replace(PATIENT, idle=idle_s)
        async with Sink(Manners(chunking=True)) as sink, lane_to(sink.url(), timeouts) as lane:
            await carry_all(lane, [make_letter(1), make_letter(2)])
        assert [verb for verb in verbs(sink) if verb in {"DATA", "BDAT"}] == sent

    run(story())


@pytest.mark.parametrize(
    ("manners", "options"),
    [
        (Manners(chunking=True), "?chunking=off"),
        (Manners(chunking=True, pipelining=False), ""),
        (Manners(), ""),
    ],
    ids=["not wanted", "no pipelining", "not offered"],
)
def test_letters_go_in_one_packet_only_where_that_is_offered_and_wanted(
    manners: Manners, options: str
) -> None:
    async def story() -> None:
        async with Sink(manners) as sink, lane_to(sink.url(options=options)) as lane:
            answer = await lane.carry(make_letter(1))
        assert answer.fate is A
        assert verbs(sink) == ["MAIL", "RCPT", "DATA"]

    run(story())
