"""Letters in one packet, answered once (RFC 3030): what each reply, and none, makes of them."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from feeds.deliveries import Answer, Fate
from tests.edges.smtp.conftest import HASTY, PATIENT, carry_all, lane_to, make_letter, run
from tests.edges.smtp.session import Manners
from tests.edges.smtp.sink import Sink

A, D, R, UNSENT, UNCERTAIN = (
    Fate.ACCEPTED,
    Fate.DEFERRED,
    Fate.REFUSED,
    Fate.UNSENT,
    Fate.UNCERTAIN,
)
LONG = (b"x" * 76 + b"\r\n") * 1_000_000


def told(
    prepare: Callable[[Sink], None], letters: int = 3, body: bytes = b"Hello.\r\n"
) -> tuple[list[Answer], Sink]:
    """The answers to letters, the first of them with ``body``, and the sink."""

    async def story() -> tuple[list[Answer], Sink]:
        async with Sink(Manners(chunking=True)) as sink, lane_to(sink.url(), HASTY) as lane:
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


def test_a_text_that_is_taken_although_its_recipient_was_not_is_uncertain() -> None:
    refusal = ("rcpt", "550 5.1.1 nobody")
    answers, sink = told(once(refusal, ("data", "250 2.0.0 thanks")))
    assert [answer.fate for answer in answers] == [UNCERTAIN, A, A]
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
