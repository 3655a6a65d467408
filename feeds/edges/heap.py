"""Memory that was freed, given back to the system (mallopt(3), malloc_trim(3)).

glibc keeps it for later, in each process of its own. Elsewhere nothing happens.
"""

from contextlib import suppress
from functools import cache
from typing import Any

# Its name in malloc.h, which has been this number since there is one.
_MMAP_THRESHOLD = -3
_LARGE_BYTES = 1 << 20
# What is tried where the C library has no such thing, and says so.
_NONE = (OSError, AttributeError, TypeError)


@cache
def large_blocks_apart() -> None:
    """From now on blocks of a megabyte go back when they are freed: a text that grows to ten
    megabytes leaves forty behind."""
    with suppress(*_NONE):
        _libc().mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)


def trim() -> None:
    """All that was freed so far goes back: some milliseconds for a hundred megabytes."""
    with suppress(*_NONE):
        _libc().malloc_trim(0)


def _libc() -> Any:
    import ctypes

    return ctypes.CDLL(None)
