"""Send: a frozen issue to everybody it is for, once, whatever happens on the way.

Each connection carries one letter at a time. Before a letter goes, its delivery is committed as
begun; after, its outcome. One committer does both for all connections together, so that the
ledger writes once for many letters.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Protocol

from feeds.deliveries import Answer, Errand, Fate, Letter, Outcome, State
from feeds.errors import WorldError
from feeds.jobs.committing import Committer, Compose, Desk, Sending, Times
from feeds.model import MailSettings

_log = logging.getLogger(__name__)
_MAX_PAUSE = timedelta(minutes=30)
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0
# What is logged of single letters. All others are only counted: there are thousands a second.
_TOLD = {
    State.BOUNCED: (logging.INFO, "refused"),
    State.EXPIRED: (logging.INFO, "expired"),
    State.UNCERTAIN: (logging.WARNING, "uncertain"),
}


class Lane(Protocol):
    """One connection to the relay, used by one coroutine."""

    async def carry(self, letter: Letter) -> Answer:
        """Send a letter; whatever the relay or the net does is an answer, never an error."""
        ...

    async def carry_if(self, begun: Awaitable[bool], letter: Letter) -> Answer | None:
        """Send a letter whose delivery is ``begun``; None when it is not, and nothing went."""
        ...

    async def close(self) -> None:
        """End the connection."""
        ...


class Relay(Protocol):
    """Where letters go."""

    async def check(self) -> None:
        """WorldError when letters cannot be sent there."""
        ...

    def lanes(self) -> Sequence[Lane]:
        """The connections, not yet opened."""
        ...


def outcome_of(errand: Errand, answer: Answer, now: datetime, mail: MailSettings) -> Outcome:
    """What a letter's fate makes of its delivery.

    A deferred one is tried again after ``retry_after_s``, twice that, and so on (at most half
    an hour), until these pauses come to ``retry_for_s``: then it expires.
    """
    given = (errand.delivery, errand.subscriber)
    said = (answer.code, answer.text)
    if answer.fate is Fate.ACCEPTED:
        return Outcome(*given, State.SENT, *said)
    if answer.fate is Fate.REFUSED:
        return Outcome(*given, State.BOUNCED, *said)
    if answer.fate is Fate.UNCERTAIN:
        return Outcome(*given, State.UNCERTAIN, *said)
    if answer.fate is Fate.UNSENT:
        return Outcome(*given, State.PENDING, *said)
    waited = sum((_pause(mail, tried) for tried in range(errand.attempts)), timedelta())
    pause = _pause(mail, errand.attempts)
    if waited + pause > timedelta(seconds=mail.retry_for_s):
        return Outcome(*given, State.EXPIRED, *said)
    return Outcome(*given, State.DEFERRED, *said, now + pause)


def _pause(mail: MailSettings, tried: int) -> timedelta:
    first_s = max(1, mail.retry_after_s)  # pauses of nothing would come to nothing, for ever
    return min(timedelta(seconds=first_s * 2 ** min(tried, 20)), _MAX_PAUSE)


async def deliver(
    desk: Desk,
    relay: Relay,
    compose: Compose,
    mail: MailSettings,
    times: Times,
    stopping: asyncio.Event,
    progress: Callable[[Sending], None],
) -> Sending:
    """Carry every open delivery of the desk's issue; gives back how it went.

    Ends when nothing is left that time alone could settle, when ``stopping`` is set (letters
    on their way are finished first), or when the relay seems gone. WorldError when the relay
    cannot be used at all, before anything is begun.
    """
    await relay.check()
    sending = Sending()
    lanes = relay.lanes()
    _log.info("connected", extra={"data": {"connections": len(lanes)}})
    with ThreadPoolExecutor(1, "ledger") as thread:
        committer = Committer(desk, compose, mail, times, stopping, sending, progress, thread)
        await committer.bury()
        failed: WorldError | None = None
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(committer.run(len(lanes)))
                for lane in lanes:
                    tasks.create_task(_work(lane, committer, mail, times))
            await committer.take_back()
        except* WorldError as group:
            found = group.exceptions[0]
            while isinstance(found, BaseExceptionGroup):
                found = found.exceptions[0]
            failed = found
        # Raised in there, some Pythons would wrap it into a group again.
        if failed is not None:
            raise failed
    return sending


async def _work(lane: Lane, committer: Committer, mail: MailSettings, times: Times) -> None:
    """One connection: a letter at a time, each outcome committed when the next is begun."""
    hung_up = 0
    outcome: Outcome | None = None
    try:
        while True:
            made = committer.draw()
            if made is None:
                if outcome is not None:
                    await committer.put(outcome)
                    outcome = None
                made = await committer.more()
                if made is None:
                    return
            errand, letter = made
            begun = committer.begin(errand, outcome)
            outcome = None
            if isinstance(letter, Letter):
                answer = await lane.carry_if(begun, letter)
            else:
                answer = letter if await begun else None
            if answer is None:
                continue
            answer = committer.weigh(errand, answer)
            outcome = outcome_of(errand, answer, times.now(), mail)
            if outcome.state in _TOLD or _log.isEnabledFor(logging.DEBUG):
                _tell(errand, letter, outcome)
            # A relay that ends a connection (421) wants a new one; one that ends each wants time.
            hung_up = hung_up + 1 if answer.fate is Fate.UNSENT else 0
            if hung_up > 1:
                await committer.put(outcome)
                outcome = None
                await committer.rest(min(_FIRST_PAUSE_S * 2 ** (hung_up - 2), _LONGEST_PAUSE_S))
    finally:
        await lane.close()
        committer.leave()


def _tell(errand: Errand, letter: Letter | Answer, outcome: Outcome) -> None:
    """Log a letter that did not get through, by its token; with its address at DEBUG alone."""
    token = letter.token if isinstance(letter, Letter) else ""
    data = {"token": token, "code": outcome.code}
    if outcome.state in _TOLD:
        _log.log(*_TOLD[outcome.state], extra={"data": data})
    if _log.isEnabledFor(logging.DEBUG):
        data |= {"state": str(outcome.state), "to": errand.email, "answer": outcome.text}
        _log.debug("letter", extra={"data": data})
