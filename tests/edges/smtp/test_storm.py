"""Everything at once: whatever a relay does, each letter arrives once, and nothing else does."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from feeds.deliveries import Fate, Letter
from feeds.edges.smtp import Lane, Timeouts, open_relay
from feeds.model import MailSettings
from tests.edges.smtp.conftest import OFFERS, make_letter, run
from tests.edges.smtp.session import Manners
from tests.edges.smtp.sink import Sink

LETTERS = 600
# A second is an age for this sink, which only falls silent on purpose.
TIMEOUTS = Timeouts(20, 1, 1, 1, 1, 1)
STORM = (
    "connect every=11 421 4.3.2 busy",
    "connect every=13 cut",
    "ehlo every=17 close",
    "mail after=20 421 4.7.0 enough for one connection",
    "mail every=23 451 4.3.0 later",
    "mail every=29 cut",
    "rcpt every=7 450 4.2.0 later",
    "rcpt to=ana5@ 550 5.1.1 <ana5@example.com> nobody",
    "rcpt every=31 close",
    "data every=19 451 4.3.0 later",
    "data every=37 drip",
    "text every=41 cut",
    "end every=43 452 4.3.1 no room",
    "end every=47 cut",
    "end every=53 421 4.3.2 shutting down",
    "accepted every=59 cut",
    "accepted every=211 mute",
)


def token_of(message_id: str) -> str:
    return message_id.strip("<>").partition("@")[0]


@pytest.mark.slow
@pytest.mark.parametrize("offers", OFFERS, ids=str)
def test_nothing_is_lost_and_nothing_repeated(tmp_path: Path, offers: dict[str, Any]) -> None:
    """As the send job does it: uncertain letters are settled from the relay's own record."""
    record = tmp_path / "record"
    record.touch()
    letters = [make_letter(number, b".x\r\n" * (number % 400)) for number in range(LETTERS)]
    settled: dict[str, Fate] = {}
    seen: Counter[Fate] = Counter()

    async def work(lane: Lane, waiting: list[Letter]) -> None:
        while waiting:
            letter = waiting.pop()
            answer = await lane.carry(letter)
            seen[answer.fate] += 1
            accepted = {token_of(line) for line in record.read_text().split()}
            if answer.fate in {Fate.ACCEPTED, Fate.REFUSED}:
                # Its word can be taken.
                assert (answer.fate is Fate.ACCEPTED) == (letter.token in accepted)
                settled[letter.token] = answer.fate
            elif answer.fate is Fate.UNCERTAIN and letter.token in accepted:
                settled[letter.token] = Fate.ACCEPTED
            else:
                # "Not sent" and "deferred" must be true, or it would arrive twice.
                assert letter.token not in accepted, answer
                waiting.insert(0, letter)
        await lane.close()

    async def story() -> Sink:
        manners = Manners(faults=STORM, record=record, **offers)
        async with Sink(manners) as sink:
            lanes = open_relay(sink.url(), MailSettings(connections=6), TIMEOUTS).lanes()
            await asyncio.gather(*(work(lane, letters[n::6]) for n, lane in enumerate(lanes)))
        return sink

    sink = run(story())
    assert len(settled) == LETTERS
    refused = {token for token, fate in settled.items() if fate is Fate.REFUSED}
    assert refused == {letters[5].token}
    arrived = Counter(token_of(line) for line in record.read_text().split())
    assert set(arrived) == set(settled) - refused
    assert set(arrived.values()) == {1}
    by_token = {letter.token: b"".join(letter.data) for letter in letters}
    for message in sink.seen.messages:
        token = message.sender.partition("+")[2].partition("@")[0]
        assert message.text == by_token[token]
    # The storm blew: every fate was met.
    assert set(seen) == set(Fate)
