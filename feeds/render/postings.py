"""Words → the pages that they stand on, in a few bytes each: the middle of the search index.

A posting is a number below 2³², one for a word on a page; numbers come nearly in their order.
"""

import struct
from array import array
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

# Numbers with the same upper half stand together, each in two bytes: that half, how many there are.
_HALF = 16
_HEAD = struct.Struct("<II")


class Postings:
    """Collects them. ``packed`` are those of words that were collected before."""

    def __init__(self, packed: Iterable[tuple[str, bytes]] = ()) -> None:
        # Packed, but for those that were asked for, to be exchanged.
        self._words: dict[str, array[int] | bytes] = dict(packed)
        # Those of the upper half that comes now.
        self._half = -1
        self._here: dict[str, array[int]] = {}

    def add(self, base: int, found: Mapping[str, int]) -> None:
        """For each word one: the ``base``, and what was ``found`` of it, which together have the
        upper half of the base. Whoever asks closes first."""
        half, low = base >> _HALF, base & 0xFFFF
        if half != self._half:
            self.close()
            self._half = half
        here = self._here
        for word, more in found.items():
            postings = here.get(word)
            if postings is None:
                postings = here[word] = array("H")
            postings.append(low + more)

    def close(self) -> None:
        """Put what was added behind what was there: arrays of all of them take three times the
        memory, and leave holes when they grow."""
        here, self._here = self._here, {}
        words = self._words
        for word, postings in here.items():
            packed = _HEAD.pack(self._half, len(postings)) + postings.tobytes()
            words[word] = self.packed(word) + packed if word in words else packed

    def __iter__(self) -> Iterator[str]:
        """The words, in any order."""
        return iter(self._words)

    def __contains__(self, word: object) -> bool:
        return word in self._words

    def of(self, word: str) -> "array[int]":
        """The postings of a word, in any order; none for an unknown one."""
        found = self._words.get(word, b"")
        return _opened(found) if isinstance(found, bytes) else found

    def changing(self, word: str) -> "array[int]":
        """The same, to be changed."""
        found = self._words[word] = self.of(word)
        return found

    def discard(self, word: str) -> None:
        """Forget a word."""
        self._words.pop(word, None)

    def packed(self, word: str) -> bytes:
        """The postings of a word as bytes."""
        found = self._words[word]
        return found if isinstance(found, bytes) else _packed(found)

    def size_bytes(self, word: str) -> int:
        """How large they are so, about."""
        found = self._words[word]
        return len(found) * (1 if isinstance(found, bytes) else 2)


def _packed(postings: Iterable[int]) -> bytes:
    found: list[bytes] = []
    for half, some in groupby(sorted(postings), lambda posting: posting >> _HALF):
        here = array("H", [posting & 0xFFFF for posting in some])
        found += (_HEAD.pack(half, len(here)), here.tobytes())
    return b"".join(found)


def _opened(packed: bytes) -> "array[int]":
    found, at = array("I"), 0
    while at < len(packed):
        half, count = _HEAD.unpack_from(packed, at)
        at += _HEAD.size
        here, base = array("H", packed[at : at + 2 * count]), half << _HALF
        at += 2 * count
        found.extend([base + low for low in here])
    return found
