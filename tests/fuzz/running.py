"""One input through one target: within bounds of time, and what went wrong in a line."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import process_time
from types import FrameType

from tests.fuzz.targets import Target

# Of this process' own time: another program that is busy is no finding.
MOST_S = 5.0


class TooSlowError(AssertionError):
    """An input of a few kilobytes keeps a processor busy for seconds."""


@contextmanager
def opened(target: Target) -> Iterator[Callable[[bytes], None]]:
    """What holds an input of ``target``, with what it needs."""
    if target.around is None:
        yield lambda data: bounded(target.hold, data)
        return
    with target.around() as hold:
        yield lambda data: bounded(hold, data)


def bounded(hold: Callable[[bytes], None], data: bytes, most_s: float = 0.0) -> None:
    """``hold(data)``, stopped after ``most_s`` (0: MOST_S) of processor time."""
    most_s = most_s or MOST_S
    before = signal.signal(signal.SIGVTALRM, _too_slow)
    signal.setitimer(signal.ITIMER_VIRTUAL, most_s)
    started = process_time()
    try:
        hold(data)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    if process_time() - started > most_s:  # a signal waits for what is written in C
        raise TooSlowError(f"took {process_time() - started:.1f} s")


def _too_slow(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlowError("took too long")
