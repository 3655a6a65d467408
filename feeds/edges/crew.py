"""Work shared out to the cores: processes that are forked, so that nothing is handed to them.

What they make they write themselves; they hand back what they say of it. Without a fork (one core,
few things to do, another system) everything is done here, in the same order.
"""

import gc
import os
import pickle
import selectors
import signal
import struct
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NoReturn, TypeVar

from feeds.errors import TalkfeedsError, WorldError

Thing = TypeVar("Thing")
Result = TypeVar("Result")
# So many things are handed out at once: enough that asking for them costs nothing.
PORTION = 32
# From so many things on it pays to begin other processes: see docs/speed.md.
WORTH_FROM = 200
# As Python begins: what one of the crew makes is waste soon.
_OFTEN = (700, 10, 10)
_NUMBER = struct.Struct("<I")
_LENGTH = struct.Struct("<Q")


class Crew:
    """``size`` processes; fulfils the build's Crew. One is none besides this."""

    def __init__(self, size: int = 1, worth_from: int = WORTH_FROM) -> None:
        self.size = size if hasattr(os, "fork") else 1
        self._worth_from = worth_from

    def worth(self, count: int) -> bool:
        """Whether it pays to share out so many things."""
        return self.size > 1 and count >= self._worth_from

    def share(
        self, work: Callable[[Sequence[Thing]], Result], things: Sequence[Thing]
    ) -> Iterator[tuple[int, Result]]:
        """``work`` done on portions of ``things``: the place of each portion's first, and what
        came of it, as they come. An error of a portion is raised here, and ends all work."""
        starts = range(0, len(things), PORTION)
        if self.size < 2 or len(starts) < 2:
            for start in starts:
                yield start, work(things[start : start + PORTION])
            return
        yield from self._forked(work, things, len(starts))

    def _forked(
        self, work: Callable[[Sequence[Thing]], Result], things: Sequence[Thing], count: int
    ) -> Iterator[tuple[int, Result]]:
        # Whoever is free draws the next number. A pipe holds 16,384 of them.
        portion = max(PORTION, -(-len(things) // 8_192))
        count = -(-len(things) // portion)
        numbers, hand = os.pipe()
        os.write(hand, b"".join(_NUMBER.pack(number) for number in range(count)))
        os.close(hand)
        # Never written to: it ends with this process, however that ends.
        watched, lives = os.pipe()
        children: dict[int, int] = {}
        # What is there by now is no waste: looking at it again would copy it for each process.
        gc.freeze()
        try:
            for _ in range(min(self.size, count)):
                ours, theirs = os.pipe()
                child = os.fork()
                if child == 0:
                    for other in (ours, lives, *children):
                        os.close(other)
                    _serve(work, things, portion, numbers, theirs, watched)
                os.close(theirs)
                children[ours] = child
            yield from _gathered(children, portion)
        finally:
            gc.unfreeze()
            for handle in (numbers, watched, lives):
                os.close(handle)
            for ours, child in children.items():
                os.close(ours)
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)


def _serve(
    work: Callable[[Sequence[Thing]], Result],
    things: Sequence[Thing],
    portion: int,
    numbers: int,
    theirs: int,
    lives: int,
) -> NoReturn:
    """One of the crew: draws numbers until there are none. Never returns."""
    status = 1
    try:
        gc.set_threshold(*_OFTEN)
        threading.Thread(target=_end_with, args=(lives,), daemon=True).start()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # who began this ends it
        while drawn := os.read(numbers, _NUMBER.size):
            (number,) = _NUMBER.unpack(drawn)
            start = number * portion
            try:
                data = pickle.dumps((number, work(things[start : start + portion])), 5)
            except Exception as error:  # noqa: BLE001 # raised again where the work was shared out
                data = _error(number, error)
            _send(theirs, _LENGTH.pack(len(data)) + data)
        status = 0
    finally:
        os._exit(status)


def _end_with(lives: int) -> None:
    """End when the process does that began this one: it holds the output folder's lock as well,
    for which the next build would wait."""
    os.read(lives, 1)
    os._exit(1)


def _error(number: int, error: Exception) -> bytes:
    """An error for another process; a bug's with the way that it came."""
    if not isinstance(error, TalkfeedsError):
        error = RuntimeError("".join(traceback.format_exception(error)))
    return pickle.dumps((number, error), 5)


def _send(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _gathered(children: dict[int, int], portion: int) -> Iterator[tuple[int, Any]]:
    """What comes of each portion, as it comes."""
    with selectors.DefaultSelector() as selector:
        pending: dict[int, bytearray] = {}
        for ours in children:
            selector.register(ours, selectors.EVENT_READ)
            pending[ours] = bytearray()
        while selector.get_map():
            for key, _ in selector.select():
                data = os.read(key.fd, 1 << 20)
                if not data:
                    selector.unregister(key.fd)
                    _ended(children[key.fd], pending[key.fd])
                    continue
                buffer = pending[key.fd]
                buffer += data
                for number, found in _told(buffer):
                    if isinstance(found, Exception):
                        raise found
                    yield number * portion, found


def _told(buffer: bytearray) -> Iterator[tuple[int, Any]]:
    while len(buffer) >= _LENGTH.size:
        (length,) = _LENGTH.unpack_from(buffer)
        if len(buffer) < _LENGTH.size + length:
            return
        found: tuple[int, Any] = pickle.loads(bytes(buffer[_LENGTH.size : _LENGTH.size + length]))  # noqa: S301 # our own child's
        del buffer[: _LENGTH.size + length]
        yield found


def _ended(child: int, rest: bytearray) -> None:
    """A child that said all it had to say; WorldError for one that was killed."""
    found = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    if rest or found is None or found.si_status:
        cause = "was ended before its work was done"
        raise WorldError("a process of the build", cause, "see whether there is memory for it")
