"""How the system shares its processors between this process and others."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def never_interrupting() -> Iterator[None]:
    """Inside, this thread does not interrupt others when it is woken (SCHED_BATCH, sched(7)).

    Its share of the processors stays what it was. It is for a thread that wakes processes of the
    same machine again and again, as a sender does with a relay: they get through what they were
    given at one stretch. Threads started inside inherit it. Nothing changes where the system does
    not know it, where it does not allow it, and where somebody chose another policy already.
    """
    if not hasattr(os, "SCHED_BATCH") or os.sched_getscheduler(0) != os.SCHED_OTHER:
        yield
        return
    with suppress(OSError):  # a service's sandbox may forbid it, and it is a matter of speed alone
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
