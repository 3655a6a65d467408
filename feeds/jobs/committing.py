"""Commits for all connections of a send together, and sees when it had better end.

Letters are looked up and made ahead, a block at a time, so that each connection knows its next
one before that is committed as begun. While one commit runs, the next one gathers: outcomes of
letters, and those to be begun.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar, TypeVarTuple

from feeds.bounces import is_about_recipient
from feeds.deliveries import Answer, Errand, Fate, Found, Letter, Outcome, State
from feeds.model import MailSettings

_log = logging.getLogger(__name__)
T = TypeVar("T")
Ts = TypeVarTuple("Ts")
# A letter at which the relay hangs up each time is put back like one that it defers.
_HANG_UPS = 5
# Refusals in a row that end a send: once letters got through, before any did, and at its end
# when none did.
_ROW, _FIRST_ROW, _LAST_ROW = 50, 10, 3
_LOOK_AGAIN_S = 0.5
# A commit for most of the connections costs what one for a single letter does; the processor
# that it spares is often the relay's own. Through a Postfix on the same two cores this sends a
# sixth more letters than 2 ms and half of them; 20 ms gain nothing more.
_GATHER_S = 0.01
# So many deliveries are looked up at once.
_BLOCK = 200

Compose = Callable[[Errand], Letter | Answer]
# A delivery that could be begun, and its letter; or what to answer when none may leave.
Made = tuple[Errand, Letter | Answer]


class Desk(Protocol):
    """The ledger's side of sending one issue; used from one thread."""

    def look(self, wanted: int, now: datetime) -> Found:
        """Deliveries that could be begun, up to ``wanted``; nothing is begun by it."""
        ...

    def look_at_once(self, wanted: int) -> Found | None:
        """The same, of those that were never tried, where it is a matter of a moment; None where
        it may not be, or there are fewer."""
        ...

    def exchange(
        self,
        outcomes: Sequence[Outcome],
        begin: Sequence[Errand],
        now: datetime,
        max_bounces: int,
    ) -> Collection[int]:
        """Commit what letters came to, and which of ``begin`` are begun next; gives those."""
        ...

    def exchange_at_once(
        self, outcomes: Sequence[Outcome], begin: Sequence[Errand]
    ) -> Collection[int] | None:
        """The same where it is a matter of a moment; None where it may not be, and nothing has
        changed."""
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
    """One connection's turn: what its last letter came to, which it wants to begin."""

    outcome: Outcome | None
    errand: Errand | None
    done: asyncio.Future[bool]


class Committer:
    """One of a send. Its methods are called by the connections, ``run`` beside them."""

    def __init__(
        self,
        desk: Desk,
        compose: Compose,
        mail: MailSettings,
        times: Times,
        stopping: asyncio.Event,
        sending: Sending,
        progress: Callable[[Sending], None],
        thread: ThreadPoolExecutor,
    ) -> None:
        self._desk, self._compose, self._mail, self._times = desk, compose, mail, times
        self._stopping, self._sending, self._progress = stopping, sending, progress
        self._thread = thread
        self._requests: list[_Request] = []
        self._wake = asyncio.Event()
        self._gather, self._enough = asyncio.Event(), 0
        self._lanes = 0
        # What was found, the first of them made already; and who has nothing to do.
        self._found: deque[Errand] = deque()
        self._made: deque[Made] = deque()
        self._hungry: deque[asyncio.Future[Made | None]] = deque()
        # Deliveries that were found, until their outcome is committed; and those of them that
        # are committed as begun.
        self._held: set[int] = set()
        self._begun = 0
        self._all_found = False
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

    def draw(self) -> Made | None:
        """The next letter that could be begun; None when there is none at the moment."""
        if self._stopping.is_set():
            return None
        if not self._made and not self._make():
            return None
        return self._made.popleft()

    async def more(self) -> Made | None:
        """The same for who waits until there is one. None: go home."""
        found: asyncio.Future[Made | None] = asyncio.get_running_loop().create_future()
        self._hungry.append(found)
        self._wake.set()
        return await found

    def begin(self, errand: Errand, outcome: Outcome | None = None) -> asyncio.Future[bool]:
        """Hand in the last letter's outcome, and the next delivery: whether it is begun, once
        both are committed."""
        return self._ask(outcome, errand)

    async def put(self, outcome: Outcome) -> None:
        """Hand in an outcome, and begin nothing yet."""
        await self._ask(outcome, None)

    def _ask(self, outcome: Outcome | None, errand: Errand | None) -> asyncio.Future[bool]:
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._requests.append(_Request(outcome, errand, done))
        self._wake.set()
        if len(self._requests) >= self._enough:
            self._gather.set()
        return done

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
        found = Found()
        while self._lanes:
            await self._woken(found.next_due if self._hungry else None)
            await self._gathered(self._begun * 4 // 5)
            self._wake.clear()
            requests, self._requests = self._requests, []
            await self._exchange(requests)
            # Letters leave before others are made.
            await asyncio.sleep(0)
            if self._stopping.is_set():
                self._put_down()
            elif self._wants_more():
                found = await self._look()
            self._hand_out()
            while len(self._made) < lanes and self._make():
                pass
            if self._hungry and not self._held and not self._requests:
                if self._deferred:
                    self._tell_wave(found.next_due)
                await self._idle(found)

    async def _woken(self, until: datetime | None) -> None:
        """Until a connection wants something, or the time has come at which one is due."""
        if until is None:
            await self._wake.wait()
        else:
            delay = (until - self._times.now()).total_seconds()
            pause = self._times.pause(min(max(delay, 0.05), 5.0))
            await _first(self._wake.wait(), pause, self._stopping.wait())

    async def _exchange(self, requests: list[_Request]) -> None:
        """Commit what was gathered, and tell each connection."""
        outcomes = [found.outcome for found in requests if found.outcome]
        begin = [found.errand for found in requests if found.errand]
        if self._stopping.is_set():
            self._held.difference_update(errand.delivery for errand in begin)
            begin = []
        begun: Collection[int] | None = ()
        if outcomes or begin:
            begun = self._desk.exchange_at_once(outcomes, begin)
        if begun is None:
            begun = await self._in_thread(
                self._desk.exchange, outcomes, begin, self._times.now(), self._mail.max_bounces
            )
        self._progress(self._sending)
        for request in requests:
            request.done.set_result(request.errand is not None and request.errand.delivery in begun)
        self._held.difference_update(outcome.delivery for outcome in outcomes)
        self._begun += len(begun) - len(outcomes)
        if len(begun) < len(begin):
            self._held.difference_update(
                errand.delivery for errand in begin if errand.delivery not in begun
            )
            # Others are faster, or people leave: what was found may be no more as it was.
            self._put_down()
        again = (State.PENDING, State.DEFERRED)
        if any(outcome.state in again for outcome in outcomes):
            self._all_found = False
        self._deferred += sum(outcome.state is State.DEFERRED for outcome in outcomes)

    def _put_down(self) -> None:
        """Forget what was found and not yet drawn."""
        self._held.difference_update(errand.delivery for errand in self._found)
        self._held.difference_update(errand.delivery for errand, _ in self._made)
        self._found.clear()
        self._made.clear()
        self._all_found = False

    def _wants_more(self) -> bool:
        if self._found or self._made:
            return not self._all_found and len(self._found) < self._lanes
        return bool(self._hungry) or not self._all_found

    async def _look(self) -> Found:
        # What is held already is found again.
        wanted = _BLOCK + len(self._held)
        found = self._desk.look_at_once(wanted)
        if found is None:
            found = await self._in_thread(self._desk.look, wanted, self._times.now())
        self._all_found = len(found.errands) < wanted
        self._found.extend(errand for errand in found.errands if errand.delivery not in self._held)
        self._held.update(errand.delivery for errand in found.errands)
        self._sending.suppressed += found.suppressed
        if found.suppressed:
            self._progress(self._sending)
        return found

    def _make(self) -> bool:
        """Make the next letter; False when nothing is left that was found."""
        if not self._found:
            return False
        errand = self._found.popleft()
        self._made.append((errand, self._compose(errand)))
        return True

    def _hand_out(self) -> None:
        """Letters to those who wait for one."""
        while self._hungry and (made := self.draw()):
            self._hungry.popleft().set_result(made)

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

    async def _idle(self, found: Found) -> None:
        """Nothing to do now: wait for other processes, for what is due later, or go home."""
        if found.elsewhere and not self._stopping.is_set():
            await self.rest(_LOOK_AGAIN_S)
            await self.bury()
            self._wake.set()
        elif found.next_due is None or self._stopping.is_set():
            for hungry in self._hungry:
                hungry.set_result(None)
            self._hungry.clear()

    async def _in_thread(self, work: Callable[[*Ts], T], *given: *Ts) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)


async def _first(*waits: Awaitable[object]) -> None:
    """Until the first of them is done; the others are called off."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
