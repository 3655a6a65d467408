"""Work shared out to the cores: processes that are forked, so that nothing is handed to them.

What they make they write themselves; they hand back what they say of it. Without a fork (one core,
few things to do, another system) everything is done here, in the same order.
"""

import gc
import os
import pickle
import resource
import selectors
import signal
import struct
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NoReturn, TypeVar

from feeds.edges import heap
from feeds.errors import TalkfeedsError, WorldError

Thing = TypeVar("Thing")
Result = TypeVar("Result")
# So many things are handed out at once: enough that asking for them costs nothing.
PORTION = 32
# From so many things on it pays to begin other processes: see docs/speed.md.
WORTH_FROM = 200
# What one of the crew makes is waste soon, and little of it is in cycles: to look at as many things
# as Python does to begin with takes a fiftieth of all.
_OFTEN = (10_000, 10, 10)
# Whoever has taken so much more memory than it began with ends, and another one begins anew: what
# was used for one large file, and is not given back, would be added to what the next one needs. At
# half of that, templates are compiled anew so often that a build takes a twentieth longer.
MOST_GROWTH_BYTES = 40 << 20
# Where what everybody needs was compiled before they began, nothing is lost but what they kept.
MOST_WARM_GROWTH_BYTES = 24 << 20
_WORN = 3
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
        self,
        work: Callable[[Sequence[Thing]], Result],
        things: Sequence[Thing],
        large: Sequence[int] = (),
        *,
        warm: bool = False,
    ) -> Iterator[tuple[int, Result]]:
        """``work`` done on portions of ``things``: the place of each portion's first, and what
        came of it, as they come. An error of a portion is raised here, and ends all work. The
        things at the places of the ``large`` ones are each a portion of its own, and come first:
        who has done nothing yet has the memory for them. ``warm``: what everybody needs is there
        already."""
        if self.size < 2 or len(things) <= PORTION:
            for start in range(0, len(things), PORTION):
                yield start, work(things[start : start + PORTION])
            return
        # A pipe holds 16,384 numbers.
        portion = max(PORTION, -(-len(things) // 8_192))
        heap.large_blocks_apart()
        growth = MOST_WARM_GROWTH_BYTES if warm else MOST_GROWTH_BYTES
        yield from self._forked(work, things, _cut(len(things), portion, large), growth)

    def _forked(
        self,
        work: Callable[[Sequence[Thing]], Result],
        things: Sequence[Thing],
        portions: Sequence[range],
        growth: int,
    ) -> Iterator[tuple[int, Result]]:
        # Whoever is free draws the next number.
        count = len(portions)
        numbers, hand = os.pipe()
        os.write(hand, b"".join(_NUMBER.pack(number) for number in range(count)))
        os.close(hand)
        # Never written to: it ends with this process, however that ends.
        watched, lives = os.pipe()
        children: dict[int, int] = {}

        def begin() -> int:
            # What is there by now is no waste: looking at it again would copy it for each process.
            gc.freeze()
            ours, theirs = os.pipe()
            child = os.fork()
            if child == 0:
                for other in (ours, lives, *children):
                    os.close(other)
                _serve(work, things, portions, growth, (numbers, theirs, watched))
            os.close(theirs)
            children[ours] = child
            return ours

        try:
            for _ in range(min(self.size, count)):
                begin()
            for number, found in _gathered(children, begin, count):
                yield portions[number].start, found
        finally:
            gc.unfreeze()
            for handle in (numbers, watched, lives):
                os.close(handle)
            for ours, child in children.items():
                os.close(ours)
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)


def _cut(count: int, portion: int, large: Sequence[int]) -> list[range]:
    """Places of so many things as portions, the large ones first."""
    found = [range(at, at + 1) for at in large]
    start = 0
    for stop in (*sorted(large), count):
        found += (range(at, min(at + portion, stop)) for at in range(start, stop, portion))
        start = stop + 1
    return found


def _serve(
    work: Callable[[Sequence[Thing]], Result],
    things: Sequence[Thing],
    portions: Sequence[range],
    growth: int,
    pipes: tuple[int, int, int],
) -> NoReturn:
    """One of the crew: draws numbers until there are none, or it has grown by so many bytes. Never
    returns."""
    status, begun = 1, _most_bytes()
    numbers, theirs, lives = pipes
    try:
        gc.set_threshold(*_OFTEN)
        threading.Thread(target=_end_with, args=(lives,), daemon=True).start()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # who began this ends it
        while drawn := os.read(numbers, _NUMBER.size):
            (number,) = _NUMBER.unpack(drawn)
            at = portions[number]
            try:
                data = pickle.dumps((number, work(things[at.start : at.stop])), 5)
            except Exception as error:  # noqa: BLE001 # raised again where the work was shared out
                data = _error(number, error)
            _send(theirs, _LENGTH.pack(len(data)) + data)
            if _most_bytes() - begun > growth:
                status = _WORN
                break
        else:
            status = 0
    finally:
        os._exit(status)


def _most_bytes() -> int:
    """How much memory this process had when it had most."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


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


def _gathered(
    children: dict[int, int], begin: Callable[[], int], count: int
) -> Iterator[tuple[int, Any]]:
    """The number of each of so many portions, and what comes of it, as they come. Who is worn out
    is replaced."""
    with selectors.DefaultSelector() as selector:
        pending: dict[int, bytearray] = {}

        def listen(ours: int) -> None:
            selector.register(ours, selectors.EVENT_READ)
            pending[ours] = bytearray()

        for ours in children:
            listen(ours)
        while selector.get_map():
            for key, _ in selector.select():
                data = os.read(key.fd, 1 << 20)
                if not data:
                    selector.unregister(key.fd)
                    worn = _ended(children[key.fd], pending[key.fd])
                    # Each of the others may be about to draw one of what is left.
                    if worn and count > len(selector.get_map()):
                        listen(begin())
                    continue
                buffer = pending[key.fd]
                buffer += data
                for number, found in _told(buffer):
                    if isinstance(found, Exception):
                        raise found
                    count -= 1
                    yield number, found


def _told(buffer: bytearray) -> Iterator[tuple[int, Any]]:
    while len(buffer) >= _LENGTH.size:
        (length,) = _LENGTH.unpack_from(buffer)
        if len(buffer) < _LENGTH.size + length:
            return
        found: tuple[int, Any] = pickle.loads(bytes(buffer[_LENGTH.size : _LENGTH.size + length]))  # noqa: S301 # our own child's
        del buffer[: _LENGTH.size + length]
        yield found


def _ended(child: int, rest: bytearray) -> bool:
    """Whether a child that said all it had to say was worn out; WorldError for one that was
    killed."""
    found = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    worn = found is not None and (found.si_code, found.si_status) == (os.CLD_EXITED, _WORN)
    if rest or found is None or (found.si_status and not worn):
        cause = "was ended before its work was done"
        raise WorldError("a process of the build", cause, "see whether there is memory for it")
    return worn
