"""Servers asked whether links lead anywhere: at the same time, and politely.

One request at a time a host (and port), with a pause between two; what a server says with
Retry-After is kept; what was there is not asked again for a week.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from queue import SimpleQueue
from time import monotonic

from feeds.check.links.addresses import server_of
from feeds.check.links.answers import Answer, Question
from feeds.check.links.references import Use
from feeds.check.links.sites import art_of
from feeds.edges.asking.memory import Memory
from feeds.edges.asking.visit import Visit

__all__ = ["Asker", "Memory"]


class Hosts:
    """Whose turn it is at a host. ``wait`` takes seconds."""

    def __init__(self, pause_s: float, wait: Callable[[float], object]) -> None:
        self.pause_s, self.wait = pause_s, wait
        self._lock = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}
        self._next: dict[str, float] = {}
        self._refused: dict[str, int] = {}

    def turn(self, url: str) -> threading.Lock:
        """The lock of the address' host; whoever holds it may ask."""
        with self._lock:
            return self._turns.setdefault(server_of(url), threading.Lock())

    def before(self, url: str) -> None:
        """Waits as long as the host was promised; the turn is held."""
        left = self._next.get(server_of(url), 0.0) - monotonic()
        if left > 0:
            self.wait(left)

    def after(self, url: str, at_least_s: float = 0.0) -> None:
        """The host is left alone for the pause, or for longer where it asked for that."""
        with self._lock:
            until = monotonic() + max(self.pause_s, at_least_s)
            self._next[server_of(url)] = max(until, self._next.get(server_of(url), 0.0))

    def refuse(self, url: str, status: int) -> None:
        """The host wants to be left alone for longer than anybody waits here."""
        self._refused[server_of(url)] = status

    def refused(self, url: str) -> int:
        """With which status it said so; 0 where it did not."""
        return self._refused.get(server_of(url), 0)


_Answers = SimpleQueue[tuple[Question, Answer | BaseException, bytes]]


class Asker:
    """Fulfils the job's Asker.

    ``limit_s`` is for one request, ``file_limit_s`` for one file that is fetched whole. So many
    hosts as ``parallel`` says are asked at the same time; ``pause_s`` lies between two requests
    to one.
    """

    def __init__(
        self,
        memory: Memory | None = None,
        *,
        limit_s: float = 20.0,
        file_limit_s: float = 900.0,
        parallel: int = 8,
        pause_s: float = 1.0,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self.memory, self.limit_s, self.file_limit_s = memory, limit_s, file_limit_s
        self.parallel = parallel
        self._stop = threading.Event()
        self._hosts = Hosts(pause_s, wait or self._stop.wait)

    def ask(self, questions: Sequence[Question]) -> Iterator[Answer]:
        """One answer a question; what is remembered comes first."""
        open_: list[Question] = []
        for question in questions:
            known = self.memory.answer(question) if self.memory else None
            if known is not None:
                yield known
            else:
                open_.append(question)
        try:
            yield from self._visit(open_)
        finally:
            if self.memory:
                self.memory.keep()

    def _visit(self, questions: list[Question]) -> Iterator[Answer]:
        by_host: dict[str, list[Question]] = {}
        for question in questions:
            by_host.setdefault(server_of(question.url), []).append(question)
        answers: _Answers = SimpleQueue()
        pool = ThreadPoolExecutor(self.parallel, "links")
        try:
            # The hosts with the most links first: they take longest.
            for asked in sorted(by_host.values(), key=len, reverse=True):
                pool.submit(self._work, asked, answers)
            for _ in questions:
                question, answer, picture = answers.get()
                if isinstance(answer, BaseException):
                    raise answer
                if Use.ART in question.uses and answer.is_good:
                    answer = replace(answer, art=art_of(picture))
                if self.memory:
                    self.memory.note(question, answer)
                yield answer
        finally:
            self._stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            self._stop.clear()

    def _work(self, asked: list[Question], answers: "_Answers") -> None:
        """One host's questions, one after the other."""
        try:
            with Visit(self._hosts, self.limit_s, self.file_limit_s) as visit:
                for question in asked:
                    if self._stop.is_set():
                        return
                    answer, picture = visit.ask(question)
                    answers.put((question, answer, picture))
        except BaseException as error:  # noqa: BLE001 # raised where the answers are waited for
            answers.put((asked[0], error, b""))
