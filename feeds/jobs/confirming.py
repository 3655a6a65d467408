"""Mails to people who asked to subscribe: written and sent behind the back of the web app.

Whoever asks gets their answer before anything is looked up, so that neither its words nor its
time say whether an address is known. What is waiting lives in memory and is bounded: when the
process ends, people ask again.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from feeds.deliveries import Answer, Fate, Letter
from feeds.errors import TalkfeedsError, WorldError
from feeds.links import Asked

_log = logging.getLogger(__name__)
_AGAIN = {Fate.DEFERRED, Fate.UNSENT}


class Post(Protocol):
    """Takes letters to their recipients."""

    async def send(self, letter: Letter) -> Answer:
        """Carry one letter; says what became of it, and raises WorldError when none can go."""
        ...


class Outgoing:
    """A bounded queue and the task that empties it.

    ``compose`` writes the letter, or says that there is none to write; it may wait for a
    database, so it runs in a thread. A letter that cannot be written while the database is away,
    or that the relay defers, is tried again after each of ``pauses_s``. ``counts`` says what became
    of them: each Fate, ``nothing``, ``failed``, ``given up``.
    """

    def __init__(
        self,
        compose: Callable[[Asked], Letter | None],
        post: Post,
        most: int = 1_000,
        pauses_s: tuple[float, ...] = (10.0, 60.0, 300.0, 900.0),
    ) -> None:
        self._compose, self._post = compose, post
        self._most, self._pauses_s = most, pauses_s
        self._queue: asyncio.Queue[Asked | None] = asyncio.Queue()
        self._done = asyncio.Event()
        self._later: set[asyncio.Task[None]] = set()
        self.counts: Counter[str] = Counter()

    @property
    def waiting(self) -> int:
        """How many are not settled."""
        return self._queue.qsize() + len(self._later)

    def ask(self, asked: Asked) -> bool:
        """Take one in; False when there are too many."""
        if self.waiting >= self._most:
            return False
        self._queue.put_nowait(asked)
        return True

    async def run(self) -> None:
        """Empty the queue until ``finish`` says that it was all."""
        while (asked := await self._queue.get()) is not None:
            await self._settle(asked, 0)
        self._done.set()

    async def finish(self, within_s: float) -> None:
        """Let ``run`` send what is waiting, each once, and end; the rest is told as a number."""
        left = len(self._later)
        for task in self._later:
            task.cancel()
        self._pauses_s = ()
        self._queue.put_nowait(None)
        try:
            await asyncio.wait_for(self._done.wait(), within_s)
        except TimeoutError:
            left += self._queue.qsize()  # the one in hand stands for the word of the end
        if left:
            _log.warning("%d mails to people who asked to subscribe were not sent", left)

    async def _settle(self, asked: Asked, attempt: int) -> None:
        # One letter that cannot be written or sent must not end the task that sends the others.
        try:
            letter = await asyncio.to_thread(self._compose, asked)
        except WorldError as error:  # such as a database that is away for a while
            _log.warning("a mail could not be written: %s", error)
            self._try_later(attempt, partial(self._settle, asked))
            return
        except TalkfeedsError as error:
            self.counts["failed"] += 1
            _log.warning("a mail could not be written: %s", error)
            return
        except Exception as error:  # noqa: BLE001 # see above
            self.counts["failed"] += 1
            _log.error("a mail could not be written: %s", type(error).__name__)
            return
        if letter is None:
            self.counts["nothing"] += 1
            return
        await self._send(letter, 0)

    async def _send(self, letter: Letter, attempt: int) -> None:
        try:
            answer = await self._post.send(letter)
        except TalkfeedsError as error:
            _log.warning("a mail could not be sent: %s", error)
            answer = Answer(Fate.UNSENT)
        except Exception as error:  # noqa: BLE001 # see above
            self.counts["failed"] += 1
            _log.error("a mail could not be sent: %s", type(error).__name__)
            return
        self.counts[str(answer.fate)] += 1
        if answer.fate == Fate.ACCEPTED:
            return
        _log.warning("a mail was %s (%d)", answer.fate, answer.code)
        if answer.fate not in _AGAIN:
            return
        self._try_later(attempt, partial(self._send, letter))

    def _try_later(self, attempt: int, work: Callable[[int], Awaitable[None]]) -> None:
        """Have ``work`` done as the next attempt after its pause, unless this was the last."""
        if attempt >= len(self._pauses_s):
            self.counts["given up"] += 1
            return
        task = asyncio.create_task(self._again(attempt, work))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _again(self, attempt: int, work: Callable[[int], Awaitable[None]]) -> None:
        await asyncio.sleep(self._pauses_s[attempt])
        await work(attempt + 1)
