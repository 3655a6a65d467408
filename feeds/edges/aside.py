"""A question that another process answers, while this one does something else."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def cores() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


@contextmanager
def asked(question: Callable[[], bool], *, worth_it: bool) -> Iterator[Callable[[], bool]]:
    """What waits for the answer to ``question``, which a forked process looks for meanwhile when
    that is ``worth_it`` and there is a core for it. An answer that does not come is False. To be
    waited for once."""
    if not worth_it or cores() < 2 or not hasattr(os, "fork"):
        yield question
        return
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if question() else 1
        finally:
            os._exit(status)
    left = [child]

    def answer() -> bool:
        _, status = os.waitpid(left.pop(), 0)
        return status == 0

    try:
        yield answer
    finally:
        for one in left:  # nobody wants to know any more
            os.kill(one, signal.SIGKILL)
            os.waitpid(one, 0)
