"""What becomes of a letter, whatever the relay does: each fault of the sink, one by one."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from feeds.deliveries import Fate
from feeds.edges.smtp import open_relay
from feeds.model import MailSettings
from tests.edges.smtp.conftest import (
    HASTY,
    OFFERS,
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


async def after(
    faults: list[str], letters: int, manners: Manners | None = None
) -> tuple[list[tuple[Fate, int, str]], Sink]:
    """The answers to that many letters on one lane, and the sink."""
    manners = manners or Manners()
    manners.faults = faults
    async with Sink(manners) as sink, lane_to(sink.url()) as lane:
        answers = await carry_all(lane, [make_letter(number) for number in range(letters)])
    return [(answer.fate, answer.code, answer.text) for answer in answers], sink


def subjects(sink: Sink) -> list[str]:
    """Which letters came, by number."""
    return [
        message.text.split(b"Subject: ")[1].split(b"\r")[0].decode()
        for message in sink.seen.messages
    ]


@pytest.mark.parametrize("offers", OFFERS, ids=str)
def test_letters_arrive_as_they_are(offers: dict[str, Any]) -> None:
    async def story() -> None:
        letters = [make_letter(number, b".\r\n..x\r\n.\r\n\r\n" * number) for number in range(5)]
        async with Sink(Manners(**offers)) as sink, lane_to(sink.url()) as lane:
            answers = await carry_all(lane, letters)
        assert [answer.fate for answer in answers] == [A] * 5
        assert answers[0].code == 250
        assert answers[0].text.startswith("2.0.0 Ok: queued as ")
        assert [message.text for message in sink.seen.messages] == [
            b"".join(letter.data) for letter in letters
        ]
        assert [(m.sender, m.recipient) for m in sink.seen.messages] == [
            (letter.return_path, letter.recipient) for letter in letters
        ]
        assert sink.seen.connections == 1
        assert sink.seen.commands[-1] == "QUIT"
        assert (sink.seen.most_commands_at_once == 3) is offers.get("pipelining", True)
        used = {line.split()[0] for line in sink.seen.commands}
        assert ("BDAT" in used) is ("chunking" in offers)

    run(story())


@pytest.mark.parametrize("offers", OFFERS, ids=str)
@pytest.mark.parametrize("step", ["mail", "rcpt", "data", "end"])
def test_a_4xx_defers_that_letter_and_no_other(step: str, offers: dict[str, Any]) -> None:
    faults = [f"{step} only=2 451 4.3.0 try later"]
    answers, sink = run(after(faults, 3, Manners(**offers)))
    assert [fate for fate, _, _ in answers] == [A, D, A]
    assert answers[1] == (D, 451, "4.3.0 try later")
    assert subjects(sink) == ["0", "2"]
    assert sink.seen.connections == 1
    # RFC 3030 §2: after a chunk that was refused nothing else begins a new letter.
    assert ("RSET" in sink.seen.commands) is (step != "end" or "chunking" in offers)


@pytest.mark.parametrize("offers", OFFERS, ids=str)
@pytest.mark.parametrize("step", ["rcpt", "data", "end"])
def test_a_5xx_refuses_that_letter_and_no_other(step: str, offers: dict[str, Any]) -> None:
    faults = [f"{step} to=ana1@ 550 5.1.1 <ANA1@example.com>: no such user"]
    answers, sink = run(after(faults, 3, Manners(**offers)))
    assert [fate for fate, _, _ in answers] == [A, R, A]
    assert answers[1] == (R, 550, "5.1.1 <…>: no such user")
    assert subjects(sink) == ["0", "2"]


@pytest.mark.parametrize(
    "fault",
    [
        "mail only=2 550 5.1.8 bad sender",
        "rcpt only=2 530 5.7.0 authentication required",
        "rcpt only=2 535 5.7.8 credentials invalid",
        "rcpt only=2 554 5.7.1 <ana1@example.com>: Relay access denied",
        "rcpt only=2 550 relay not permitted",
        "rcpt only=2 550 5.7.1 Unable to relay",
        "rcpt only=2 550 5.7.1 <ana1@example.com>... Relaying denied",
        "rcpt only=2 503 5.5.1 sequence",
        "end only=2 550 5.7.26 unauthenticated mail is not accepted",
    ],
)
def test_a_5xx_that_is_about_the_sender_bounces_nobody(fault: str) -> None:
    answers, sink = run(after([fault], 3))
    assert [fate for fate, _, _ in answers] == [A, UNSENT, A]
    assert answers[1][1] >= 500
    assert "ana1" not in answers[1][2]
    assert subjects(sink) == ["0", "2"]


@pytest.mark.parametrize(
    "said",
    [
        "550 5.1.1 <ana1@example.com>: User unknown in relay recipient table",
        "550 relay.example.net: no such user",
        "501 5.1.3 bad recipient address syntax",
        "554 5.7.1 <ana1@example.com>: Recipient address rejected: Access denied",
        "552 5.2.2 mailbox full",
    ],
)
def test_a_5xx_that_is_about_the_recipient_is_a_refusal(said: str) -> None:
    answers, _ = run(after([f"rcpt only=2 {said}"], 3))
    assert [fate for fate, _, _ in answers] == [A, R, A]


@pytest.mark.parametrize("offers", OFFERS, ids=str)
@pytest.mark.parametrize("step", ["mail", "rcpt", "data", "end"])
def test_421_leaves_the_letter_unsent_and_the_next_takes_a_new_connection(
    step: str, offers: dict[str, Any]
) -> None:
    faults = [f"{step} only=2 421 4.7.0 enough"]
    answers, sink = run(after(faults, 3, Manners(**offers)))
    assert [fate for fate, _, _ in answers] == [A, UNSENT, A]
    assert answers[1] == (UNSENT, 421, "4.7.0 enough")
    assert subjects(sink) == ["0", "2"]
    assert sink.seen.connections == 2


@pytest.mark.parametrize("action", ["cut", "close"])
@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
def test_a_connection_lost_before_the_text_leaves_the_letter_unsent(step: str, action: str) -> None:
    answers, sink = run(after([f"{step} only=2 {action}"], 3))
    assert [fate for fate, _, _ in answers] == [A, UNSENT, A]
    assert answers[1][1] == 0
    assert "connection" in answers[1][2]
    assert subjects(sink) == ["0", "2"]


@pytest.mark.parametrize("action", ["cut", "close"])
@pytest.mark.parametrize(("step", "arrived"), [("end", False), ("accepted", True)])
def test_a_connection_lost_after_the_end_leaves_it_uncertain(
    step: str, action: str, *, arrived: bool
) -> None:
    answers, sink = run(after([f"{step} only=2 {action}"], 3))
    assert [fate for fate, _, _ in answers] == [A, UNCERTAIN, A]
    assert subjects(sink) == (["0", "1", "2"] if arrived else ["0", "2"])


def test_a_connection_lost_in_the_middle_of_a_long_text_leaves_it_unsent() -> None:
    """Its end never left this process, so nobody has to ask the operator."""

    async def story() -> None:
        long = b"x" * 76 + b"\r\n"
        letters = [make_letter(1, long * 1_000_000), make_letter(2)]
        async with Sink(Manners(faults=["text first=1 cut"])) as sink, lane_to(sink.url()) as lane:
            answers = await carry_all(lane, letters)
        assert [answer.fate for answer in answers] == [UNSENT, A]
        assert subjects(sink) == ["2"]

    run(story())


def test_an_answer_before_the_end_of_a_long_text_is_that_letters_answer() -> None:
    async def story() -> None:
        long = b"x" * 76 + b"\r\n"
        letters = [make_letter(1, long * 1_000_000), make_letter(2)]
        faults = ["text only=1 452 4.3.1 no room"]
        async with Sink(Manners(faults=faults)) as sink, lane_to(sink.url()) as lane:
            answers = await carry_all(lane, letters)
        assert [(answer.fate, answer.code) for answer in answers] == [(D, 452), (A, 250)]
        assert subjects(sink) == ["2"]

    run(story())


@pytest.mark.parametrize(
    ("step", "fate"),
    [
        ("mail", UNSENT),
        ("rcpt", UNSENT),
        ("data", UNSENT),
        ("end", UNCERTAIN),
        ("accepted", UNCERTAIN),
    ],
)
def test_silence_is_taken_as_a_lost_connection(step: str, fate: Fate) -> None:
    async def story() -> None:
        manners = Manners(faults=[f"{step} only=1 mute"])
        async with Sink(manners) as sink, lane_to(sink.url(), HASTY) as lane:
            answers = await carry_all(lane, [make_letter(1), make_letter(2)])
        assert [answer.fate for answer in answers] == [fate, A]
        assert answers[0].text == "the relay gave no answer for 0.2 s"

    run(story())


@pytest.mark.parametrize("step", ["connect", "ehlo", "mail", "rcpt", "data", "accepted"])
def test_an_answer_that_drips_is_waited_for(step: str) -> None:
    answers, sink = run(after([f"{step} first=2 drip"], 2))
    assert [fate for fate, _, _ in answers] == [A, A]
    assert subjects(sink) == ["0", "1"]


def test_a_lone_dot_ends_a_text_that_was_asked_for_although_the_recipient_was_refused() -> None:
    """RFC 2920 §3.1; nothing is delivered, and the connection goes on."""
    faults = ["rcpt only=2 550 5.1.1 nobody", "data only=2 354 go on"]
    answers, sink = run(after(faults, 3))
    assert [(fate, code) for fate, code, _ in answers] == [(A, 250), (R, 550), (A, 250)]
    assert subjects(sink) == ["0", "2"]
    assert sink.seen.connections == 1


def test_a_text_that_was_asked_for_although_the_sender_was_refused_cuts_the_connection() -> None:
    """The recipient was taken: a lone dot might deliver an empty message."""
    faults = ["mail only=2 451 4.3.0 later", "rcpt only=2 250 fine", "data only=2 354 go on"]
    answers, sink = run(after(faults, 3))
    assert [(fate, code) for fate, code, _ in answers] == [(A, 250), (D, 451), (A, 250)]
    assert subjects(sink) == ["0", "2"]
    assert sink.seen.connections == 2


@pytest.mark.parametrize("how", ["421 4.3.2 shutting down", "close", "cut"])
def test_a_relay_that_left_while_nothing_was_to_do_costs_no_letter(how: str) -> None:
    async def story() -> None:
        async with Sink() as sink, lane_to(sink.url()) as lane:
            first = await lane.carry(make_letter(1))
            (session,) = sink.sessions
            session.leave(how)
            assert lane._line is not None
            while lane._line.wire.usable:  # the news is on its way
                await asyncio.sleep(0)
            second = await lane.carry(make_letter(2))
        assert [first.fate, second.fate] == [A, A]
        assert subjects(sink) == ["1", "2"]

    run(story())


def verdict(word: str) -> "asyncio.Future[bool]":
    """Whether a delivery is begun: known already ("yes", "no"), or not yet ("")."""
    found: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    if word:
        found.set_result(word == "yes")
    return found


@pytest.mark.parametrize("offers", OFFERS, ids=str)
@pytest.mark.parametrize("is_begun", [True, False])
def test_the_relay_hears_nothing_of_a_letter_until_it_is_begun(
    offers: dict[str, Any], *, is_begun: bool
) -> None:
    async def story() -> None:
        manners = Manners(**offers)
        async with Sink(manners) as sink, lane_to(sink.url()) as lane:
            begun = verdict("")
            task = asyncio.create_task(lane.carry_if(begun, make_letter(1)))
            while not sink.seen.commands:
                await asyncio.sleep(0)
            for _ in range(50):  # turns in which MAIL could come
                await asyncio.sleep(0.001)
            assert [line.split()[0] for line in sink.seen.commands] == ["EHLO"]
            begun.set_result(is_begun)
            answer = await task
            second = await lane.carry_if(verdict("yes"), make_letter(2))
        assert (answer and answer.fate) == (A if is_begun else None)
        assert second is not None
        assert second.fate is A
        assert subjects(sink) == (["1", "2"] if is_begun else ["2"])
        assert "RSET" not in sink.seen.commands
        assert sink.seen.connections == 1

    run(story())


def test_a_letter_that_is_not_begun_is_silent_about_a_relay_that_is_gone() -> None:
    async def story() -> None:
        async with Sink() as sink:
            url = sink.url()
        async with lane_to(url) as lane:
            assert await lane.carry_if(verdict("no"), make_letter(1)) is None
            answer = await lane.carry_if(verdict("yes"), make_letter(1))
        assert answer is not None
        assert (answer.fate, answer.text) == (
            UNSENT,
            "the relay cannot be reached: connection refused",
        )

    run(story())


def test_after_so_many_letters_the_connection_is_a_new_one() -> None:
    async def story() -> None:
        async with Sink() as sink, lane_to(sink.url(), messages_per_connection=3) as lane:
            answers = await carry_all(lane, [make_letter(number) for number in range(7)])
        assert {answer.fate for answer in answers} == {A}
        assert sink.seen.connections == 3
        assert sink.seen.commands.count("QUIT") == 3

    run(story())


@pytest.mark.parametrize(
    ("faults", "text"),
    [
        (["connect 554 5.3.2 not today"], "the relay refuses the connection: 554 5.3.2 not today"),
        (["connect 421 4.3.2 busy"], "the relay refuses the connection: 421 4.3.2 busy"),
        (["connect cut"], "the relay closed the connection in the handshake"),
        (["ehlo close"], "the relay closed the connection in the handshake"),
    ],
)
def test_a_relay_that_cannot_be_opened_leaves_the_letter_unsent(
    faults: list[str], text: str
) -> None:
    answers, _ = run(after(faults, 2))
    assert [fate for fate, _, _ in answers] == [UNSENT, UNSENT]
    assert {said for _, _, said in answers} == {text}


def test_a_relay_that_is_not_there_leaves_the_letter_unsent() -> None:
    async def story() -> None:
        async with Sink() as sink:
            url = sink.url()
        async with lane_to(url) as lane:
            answer = await lane.carry(make_letter(1))
        assert (answer.fate, answer.code) == (UNSENT, 0)
        assert answer.text == "the relay cannot be reached: connection refused"

    run(story())


def test_an_old_server_that_knows_helo_alone_will_do() -> None:
    answers, sink = run(after([], 2, Manners(esmtp=False)))
    assert [fate for fate, _, _ in answers] == [A, A]
    assert sink.seen.most_commands_at_once == 1


@pytest.mark.parametrize(
    "said", ["550 5.1.1 " + "x" * 400, "550 5.1.1 a\x00\x1b[31m\tb  c"], ids=["long", "odd"]
)
def test_the_answers_text_is_one_short_line(said: str) -> None:
    answers, _ = run(after([f"rcpt {said}"], 1))
    text = answers[0][2]
    assert len(text) <= 200
    assert text.isprintable()
    assert text.startswith("5.1.1 ")


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("250-x\r\n" * 40_000 + "250 x", "the relay's reply has no end"),
        ("2" * 40_000, "the relay's reply has no end|the relay's reply is none of SMTP"),
        ("hello", "the relay's reply is none of SMTP"),
        ("25x", "the relay's reply is none of SMTP"),
    ],
)
def test_nonsense_in_place_of_a_reply_cuts_the_connection(said: str, cause: str) -> None:
    async def story() -> None:
        async with Sink() as sink, lane_to(sink.url()) as lane:
            sink.say_once("mail", said)
            answers = await carry_all(lane, [make_letter(1), make_letter(2)])
        assert [answer.fate for answer in answers] == [UNSENT, A]
        assert re.fullmatch(cause, answers[0].text)

    run(story())


def test_a_letter_that_is_called_off_in_the_middle_leaves_no_connection_behind() -> None:
    async def story() -> None:
        faults = ["accepted only=1 mute"]
        async with Sink(Manners(faults=faults)) as sink, lane_to(sink.url()) as lane:
            task = asyncio.create_task(lane.carry(make_letter(1)))
            while not sink.seen.accepted:
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            answer = await lane.carry(make_letter(2))
            assert answer.fate is A
        assert subjects(sink) == ["1", "2"]
        assert sink.seen.connections == 2

    run(story())


def test_closing_a_lane_whose_relay_is_silent_ends() -> None:
    async def story() -> None:
        async with Sink() as sink, lane_to(sink.url(), HASTY) as lane:
            await lane.carry(make_letter(1))
            for session in sink.sessions:
                session.hush()
            await lane.close()
            await lane.close()

    run(story())


def test_lanes_work_side_by_side_and_share_nothing_but_the_relay(tmp_path: Path) -> None:
    async def story() -> None:
        record = tmp_path / "record"
        async with Sink(Manners(record=record)) as sink:
            lanes = open_relay(sink.url(), MailSettings(connections=5)).lanes()
            letters = iter([make_letter(number) for number in range(500)])

            async def work(lane: object) -> None:
                for letter in letters:
                    answer = await lane.carry(letter)  # type: ignore[attr-defined]
                    assert answer.fate is A
                    # Written down before it is said.
                    assert letter.token in record.read_text()

            await asyncio.gather(*map(work, lanes))
            assert sink.seen.most_open == 5
            for lane in lanes:
                await lane.close()
        assert len(set(record.read_text().split())) == 500

    run(story())
