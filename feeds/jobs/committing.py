"""Commits for all connections of a send together, and sees when it had better end.

While one commit runs, the next one gathers: outcomes of letters, and wishes for more.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from feeds.bounces import is_about_recipient
from feeds.deliveries import Answer, Errand, Exchanged, Fate, Outcome, State
from feeds.model import MailSettings

_log = logging.getLogger(__name__)
# A letter at which the relay hangs up each time is put back like one that it defers.
_HANG_UPS = 5
# Refusals in a row that end a send: once letters got through, before any did, and at its end
# when none did.
_ROW, _FIRST_ROW, _LAST_ROW = 50, 10, 3
_LOOK_AGAIN_S = 0.5
# A commit for half of the connections costs what one for a single letter does; the processor
# that it spares is often the relay's own.
_GATHER_S = 0.005


class Desk(Protocol):
    """The ledger's side of sending one issue; used from one thread."""

    def exchange(
        self, outcomes: Sequence[Outcome], wanted: int, now: datetime, max_bounces: int
    ) -> Exchanged:
        """Commit what letters came to, and which ``wanted`` deliveries are begun next."""
        ...

    def reopen(self, refused: Collection[int]) -> None:
        """Take refusals back that were not the recipients' fault: they are to be sent again."""
        ...

    def bury(self) -> int:
        """Name uncertain what processes were sending that are gone; how many deliveries."""
        ...


@dataclass(frozen=True, slots=True)
class Times:
    """Clock and pauses, as the caller has them. ``give_up_s``: without a letter that gets
    through for so long, the relay is taken for gone."""

    now: Callable[[], datetime]
    pause: Callable[[float], Awaitable[None]]
    give_up_s: float = 120.0


@dataclass(slots=True)
class Sending:
    """How a send goes: letters by their fate since it began. ``gone`` says why it gave up."""

    fates: Counter[Fate] = field(default_factory=Counter)
    suppressed: int = 0
    gone: str = ""

    @property
    def settled(self) -> int:
        """Deliveries that came to an end."""
        ended = self.fates[Fate.ACCEPTED] + self.fates[Fate.REFUSED] + self.fates[Fate.UNCERTAIN]
        return ended + self.suppressed


@dataclass(slots=True)
class _Request:
    """One connection's turn: what it has, whether it wants more, who waits."""

    outcome: Outcome | None
    wants: bool
    done: asyncio.Future[Errand | None]


class Committer:
    """One of a send. Its methods are called by the connections, ``run`` beside them."""

    def __init__(
        self,
        desk: Desk,
        mail: MailSettings,
        times: Times,
        stopping: asyncio.Event,
        sending: Sending,
        progress: Callable[[Sending], None],
        thread: ThreadPoolExecutor,
    ) -> None:
        self._desk, self._mail, self._times = desk, mail, times
        self._stopping, self._sending, self._progress = stopping, sending, progress
        self._thread = thread
        self._requests: list[_Request] = []
        self._wake = asyncio.Event()
        self._gather, self._enough = asyncio.Event(), 0
        self._lanes = 0
        self._hang_ups: Counter[int] = Counter()
        self._silent_since: datetime | None = None
        self._row: list[int] = []
        self._deferred = 0

    async def bury(self) -> None:
        """Name uncertain what a dead process left."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._thread, self._desk.bury)
        if found:
            _log.warning("left by a process that is gone", extra={"data": {"uncertain": found}})

    async def next(self, outcome: Outcome | None = None) -> Errand | None:
        """Hand in an outcome; the next delivery once both are committed. None: go home."""
        return await self._ask(outcome, wants=True)

    async def put(self, outcome: Outcome) -> None:
        """Hand in an outcome, and want nothing yet."""
        await self._ask(outcome, wants=False)

    async def _ask(self, outcome: Outcome | None, *, wants: bool) -> Errand | None:
        done: asyncio.Future[Errand | None] = asyncio.get_running_loop().create_future()
        self._requests.append(_Request(outcome, wants, done))
        self._wake.set()
        if len(self._requests) >= self._enough:
            self._gather.set()
        return await done

    def leave(self) -> None:
        """A connection is at its end."""
        self._lanes -= 1
        self._wake.set()

    async def rest(self, seconds: float) -> None:
        """A pause that ends early when everybody goes home."""
        await _first(self._times.pause(seconds), self._stopping.wait())

    def weigh(self, errand: Errand, answer: Answer) -> Answer:
        """Count a fate; decide whether the relay is gone, or one letter offends it."""
        self._sending.fates[answer.fate] += 1
        self._weigh_row(errand, answer)
        if answer.fate is not Fate.UNSENT:
            self._silent_since = None
            self._hang_ups.pop(errand.delivery, None)
            return answer
        self._hang_ups[errand.delivery] += 1
        now = self._times.now()
        self._silent_since = self._silent_since or now
        silent = now - self._silent_since
        if silent > timedelta(seconds=self._times.give_up_s) and not self._sending.gone:
            self._sending.gone = answer.text or "the relay does not answer"
            data = {"cause": self._sending.gone, "silent_s": round(silent.total_seconds())}
            _log.error("relay gone", extra={"data": data})
            self._stopping.set()
        if self._hang_ups[errand.delivery] < _HANG_UPS:
            return answer
        del self._hang_ups[errand.delivery]
        return Answer(Fate.DEFERRED, answer.code, answer.text)

    def _weigh_row(self, errand: Errand, answer: Answer) -> None:
        """Refusals that say nothing about people, and answers that never come, one after
        another, are about us, the relay or the issue: recipients must not pay for them."""
        about_them = answer.fate is Fate.REFUSED and is_about_recipient(answer.code, answer.text)
        if answer.fate in {Fate.ACCEPTED, Fate.DEFERRED} or about_them:
            self._row.clear()
        elif answer.fate is not Fate.UNSENT:
            self._row.append(errand.delivery)
            most = _ROW if self._sending.fates[Fate.ACCEPTED] else _FIRST_ROW
            if len(self._row) >= most and not self._sending.gone:
                self._give_up(answer)

    def _give_up(self, answer: Answer) -> None:
        what = "refuses" if answer.fate is Fate.REFUSED else "gives no answer to"
        self._sending.gone = f"it {what} letter after letter: {answer.text}"
        _log.error("relay gone", extra={"data": {"cause": self._sending.gone, "silent_s": 0}})
        self._stopping.set()

    async def take_back(self) -> None:
        """Put refusals back that nobody's address was the cause of, at the end."""
        none_got_through = not self._sending.fates[Fate.ACCEPTED] and len(self._row) >= _LAST_ROW
        if self._row and (self._sending.gone or none_got_through):
            self._sending.gone = self._sending.gone or "it refuses every letter"
            reopen = self._desk.reopen
            await asyncio.get_running_loop().run_in_executor(self._thread, reopen, self._row)

    async def run(self, lanes: int) -> None:
        """Until every connection went home."""
        self._lanes = lanes
        waiting: list[asyncio.Future[Errand | None]] = []
        begun = 0
        until = None
        while self._lanes:
            if until is None:
                await self._wake.wait()
            else:
                delay = (until - self._times.now()).total_seconds()
                pause = self._times.pause(min(max(delay, 0.05), 5.0))
                await _first(self._wake.wait(), pause, self._stopping.wait())
            await self._gathered(begun // 2)
            self._wake.clear()
            requests, self._requests = self._requests, []
            outcomes = [found.outcome for found in requests if found.outcome]
            waiting += [found.done for found in requests if found.wants]
            begun -= len(outcomes)
            wanted = 0 if self._stopping.is_set() else len(waiting)
            found = Exchanged()
            if outcomes or wanted:
                found = await self._exchange(outcomes, wanted)
            for request in requests:
                if not request.wants:
                    request.done.set_result(None)
            begun += len(found.errands)
            for errand in found.errands:
                waiting.pop().set_result(errand)
            until = found.next_due if waiting else None
            self._deferred += sum(outcome.state is State.DEFERRED for outcome in outcomes)
            if self._deferred and not begun:
                self._tell_wave(until)
            if waiting and not begun and not self._requests:
                await self._idle(waiting, found)

    def _tell_wave(self, until: datetime | None) -> None:
        """Log how many the relay deferred since the last time that it was asked."""
        data = {"deferred": self._deferred, "next_at": until.isoformat() if until else None}
        data |= {"accepted_so_far": self._sending.fates[Fate.ACCEPTED]}
        _log.info("deferred", extra={"data": data})
        self._deferred = 0

    async def _gathered(self, enough: int) -> None:
        """Until so many connections have something to commit, or a moment has passed."""
        if len(self._requests) >= enough:
            return
        self._enough = enough
        self._gather.clear()
        end = asyncio.get_running_loop().call_later(_GATHER_S, self._gather.set)
        await self._gather.wait()
        end.cancel()

    async def _idle(self, waiting: list[asyncio.Future[Errand | None]], found: Exchanged) -> None:
        """Nothing to do now: wait for other processes, for what is due later, or go home."""
        if found.elsewhere and not self._stopping.is_set():
            await self.rest(_LOOK_AGAIN_S)
            await self.bury()
            self._wake.set()
        elif found.next_due is None or self._stopping.is_set():
            for done in waiting:
                done.set_result(None)
            waiting.clear()

    async def _exchange(self, outcomes: list[Outcome], wanted: int) -> Exchanged:
        exchange, now = self._desk.exchange, self._times.now()
        found = await asyncio.get_running_loop().run_in_executor(
            self._thread, exchange, outcomes, wanted, now, self._mail.max_bounces
        )
        self._sending.suppressed += found.suppressed
        self._progress(self._sending)
        return found


async def _first(*waits: Awaitable[object]) -> None:
    """Until the first of them is done; the others are called off."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
