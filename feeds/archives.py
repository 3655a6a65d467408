"""A feed cut into documents (RFC 5005 §4): what it lists, and archives that never change.

Where one archive document ends is said by the entries themselves: about every so many of them,
one whose id has a digest that falls so is the newest of a document. So the cut moves with no
other entry: a later one lies outside of every archive document that there is, and one that is
dated back falls into one of them.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")
_NAME = 12


@dataclass(frozen=True, slots=True)
class Part(Generic[Item]):
    """One document of a feed, its items newest first.

    ``name`` is an archive document's own, made from its newest entry's id, and empty for the
    subscription document. ``older`` is the name of the archive document before this one, empty
    when there is none.
    """

    name: str
    items: tuple[Item, ...]
    older: str = ""


def parts_of(
    items: Sequence[Item],
    entries: int,
    id_of: Callable[[Item], str],
    gone: Callable[[Item], bool] = lambda _item: False,
) -> tuple[Part[Item], ...]:
    """``items`` (newest first) as documents: the subscription document, then the archives.

    The first holds at least the newest ``entries`` and, on average, half as many more; an archive
    holds half as many on average. Items that are ``gone`` are counted and hold the cuts where they
    are, so that no document goes with them, but stand in none.
    """
    each = max(1, entries // 2)
    cuts = [at for at, item in enumerate(items) if at >= entries and _ends(id_of(item), each)]
    names = ["", *(name_of(id_of(items[at])) for at in cuts)]
    bounds = [0, *cuts, len(items)]
    return tuple(
        Part(
            name,
            _without(items[start:stop], gone),
            names[number] if number < len(names) else "",
        )
        for number, (name, start, stop) in enumerate(
            zip(names, bounds, bounds[1:], strict=False), 1
        )
    )


def _without(items: Sequence[Item], gone: Callable[[Item], bool]) -> tuple[Item, ...]:
    # All of a tuple is that tuple itself: most feeds have one document.
    return tuple(items) if not any(map(gone, items)) else tuple(i for i in items if not gone(i))


def name_of(entry_id: str) -> str:
    """The name of the archive document whose newest entry has that id: twelve hex digits."""
    return _digest(entry_id)[:_NAME]


def _ends(entry_id: str, each: int) -> bool:
    # The other end of the digest than the name's: a name says nothing about where cuts are.
    return int(_digest(entry_id)[-15:], 16) % each == 0


def _digest(entry_id: str) -> str:
    return hashlib.sha256(entry_id.encode("utf-8", "replace")).hexdigest()
