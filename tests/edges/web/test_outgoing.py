"""Mails to people who asked: tried again, given up, never in the way of each other."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from feeds.deliveries import Answer, Fate, Letter
from feeds.errors import WorldError
from feeds.jobs.confirming import Outgoing
from feeds.links import Asked
from tests.edges.web.conftest import START, Inbox

ASKED = [Asked(f"p{number}@example.org", "", START) for number in range(4)]


def compose(asked: Asked) -> Letter | None:
    if asked.email.startswith("p3"):
        raise WorldError("database", "is away", "")
    if asked.email.startswith("p2"):
        return None
    return Letter(asked.email, "notas@talks.example", asked.email, (b"x\r\n",))


def run(outgoing: Outgoing, script: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        task = asyncio.create_task(outgoing.run())
        await script()
        await outgoing.finish(60)
        await asyncio.wait_for(task, 60)

    asyncio.run(whole())


def test_everything_waiting_is_sent_before_the_end() -> None:
    inbox = Inbox()
    outgoing = Outgoing(compose, inbox)

    async def script() -> None:
        for asked in ASKED:
            assert outgoing.ask(asked)

    run(outgoing, script)
    assert [letter.recipient for letter in inbox.letters] == ["p0@example.org", "p1@example.org"]
    assert outgoing.counts == {"accepted": 2, "nothing": 1, "given up": 1}
    assert outgoing.waiting == 0


def test_who_asks_while_the_database_is_away_gets_their_mail_when_it_is_back() -> None:
    inbox, away = Inbox(), [True, True]

    def composed(asked: Asked) -> Letter | None:
        if away:
            away.pop()
            raise WorldError("database", "does not answer", "")
        return compose(asked)

    outgoing = Outgoing(composed, inbox, pauses_s=(0.0, 0.0, 1_000.0))

    async def script() -> None:
        outgoing.ask(ASKED[0])
        await asyncio.to_thread(inbox.wait, 1)

    run(outgoing, script)
    assert outgoing.counts == {"accepted": 1}


@pytest.mark.parametrize("fate", [Fate.DEFERRED, Fate.UNSENT])
def test_what_the_relay_defers_is_tried_again_and_others_do_not_wait(fate: Fate) -> None:
    inbox = Inbox()
    inbox.answers = [Answer(fate, 450), WorldError("relay", "is away", "")]
    outgoing = Outgoing(compose, inbox, pauses_s=(0.01, 0.01, 0.01))

    async def script() -> None:
        outgoing.ask(ASKED[0])
        outgoing.ask(ASKED[1])
        await asyncio.to_thread(inbox.wait, 2)

    run(outgoing, script)
    assert sorted(letter.recipient for letter in inbox.letters) == [
        "p0@example.org",
        "p1@example.org",
    ]
    assert outgoing.counts["accepted"] == 2


@pytest.mark.parametrize(
    ("answers", "counts"),
    [
        ([Answer(Fate.DEFERRED, 450)] * 3, {"deferred": 3, "given up": 1}),
        ([Answer(Fate.REFUSED, 550)], {"refused": 1}),
        ([Answer(Fate.UNCERTAIN)], {"uncertain": 1}),
        ([ValueError("a bug")], {"failed": 1}),
    ],
)
def test_what_cannot_be_sent_is_counted_and_the_next_goes_out(
    answers: list[Answer | Exception], counts: dict[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    inbox = Inbox()
    inbox.answers = list(answers)
    outgoing = Outgoing(compose, inbox, pauses_s=(0.0, 0.0))

    async def script() -> None:
        outgoing.ask(ASKED[0])
        while inbox.answers or outgoing.waiting:
            await asyncio.sleep(0)
        outgoing.ask(ASKED[1])
        await asyncio.to_thread(inbox.wait, 1)

    run(outgoing, script)
    assert outgoing.counts == {**counts, "accepted": 1}
    assert [letter.recipient for letter in inbox.letters] == ["p1@example.org"]
    assert caplog.messages
    assert "example.org" not in caplog.text


def test_it_holds_so_many_and_no_more() -> None:
    outgoing = Outgoing(compose, Inbox(), most=2)
    assert [outgoing.ask(asked) for asked in ASKED] == [True, True, False, False]


def test_what_a_stop_leaves_behind_is_told_as_a_number(caplog: pytest.LogCaptureFixture) -> None:
    inbox = Inbox()
    inbox.answers = [Answer(Fate.DEFERRED, 450)]
    outgoing = Outgoing(compose, inbox, pauses_s=(1_000.0,))

    async def script() -> None:
        outgoing.ask(ASKED[0])
        while not outgoing.counts:
            await asyncio.sleep(0)

    run(outgoing, script)
    assert "1 mails to people who asked to subscribe were not sent" in caplog.text
