"""The addresses of a srcset attribute, read in one pass (HTML §4.8.4.2)."""

import re
from collections.abc import Iterator

from feeds.patterns import pattern

_BETWEEN = pattern(r"[\s,]*")
_ADDRESS = pattern(r"\S+")
_DESCRIPTOR = pattern(r"[^,]*")
_SIZE = pattern(r"[0-9.]+[wx]")


def candidates_of(text: str) -> Iterator[tuple[str, str]]:
    """Each address, and the size that stands behind it; an address may hold commas."""
    position = 0
    while found := _ADDRESS.match(text, _end(_BETWEEN, text, position)):
        position = found.end()
        address = found[0].rstrip(",")
        size = ""
        if address == found[0]:
            behind = _DESCRIPTOR.match(text, position)
            assert behind is not None
            position, size = behind.end(), behind[0].strip()
        yield address, size


def is_srcset(text: str) -> bool:
    """Whether there are addresses, each with a width, a density, or nothing behind it."""
    sizes = [size for _, size in candidates_of(text)]
    return bool(sizes) and all(not size or _SIZE.fullmatch(size) for size in sizes)


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position
