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


def bounded(hold: Callable[[bytes], None], data: bytes) -> None:
    """``hold(data)``, stopped after MOST_S of processor time."""
    before = signal.signal(signal.SIGVTALRM, _too_slow)
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_S)
    started = process_time()
    try:
        hold(data)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    if process_time() - started > MOST_S:  # a signal waits for what is written in C
        raise TooSlowError(f"took {process_time() - started:.1f} s")


def _too_slow(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlowError(f"took more than {MOST_S:g} s")
