"""A JSON Feed by its items, for who looks at many documents that list the same ones.

Our documents hold each item on lines of its own. An item that was sound in one document is
sound in the next, and is not read there. What is laid out otherwise is not judged here.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from feeds.check.documents import jsonfeed

# Below that there is no room for more values than a document may have.
MAX_BYTES = jsonfeed.MAX_VALUES
_FIRST, _BETWEEN, _LAST = b'"items": [\n{', b"\n},\n{", b"\n}\n]"
_STAND_IN = "NaN"  # a word that Python's reader asks about, and that no document of JSON holds


class Items:
    """The items of a build's documents: the ids of those that are sound, by their hashes."""

    def __init__(self) -> None:
        self._ids: dict[int, str] = {}

    def vouch(self, item: bytes) -> None:
        """Take an item as sound, in the bytes in which documents list it."""
        told = hash(item[1:-2])
        self._ids[told] = str(told)

    def are_sound(self, document: bytes) -> bool:
        """Whether nothing is an error in a document and its items. False also where it is laid
        out so that only reading the whole of it can say."""
        start, end = document.find(_FIRST), document.rfind(_LAST)
        if start < 0 or end < start or len(document) >= MAX_BYTES:
            return False
        # The braces that the cuts took go back to where they were.
        inner = document[start + len(_FIRST) : end].split(_BETWEEN)
        hashes = list(map(hash, inner))
        fresh = {
            found: item for found, item in zip(hashes, inner, strict=True) if found not in self._ids
        }
        around = b'%b"items": [%b%b' % (
            document[:start],
            b",".join([_STAND_IN.encode()] * len(inner)),
            document[end + len(_LAST) - 1 :],
        )
        try:
            feed = _skeleton(around, len(inner))
            items = [_read(b"{%b\n}" % item) for item in fresh.values()]
        except (ValueError, RecursionError):
            return False
        if feed is None or not all(isinstance(item, dict) for item in items):
            return False
        if jsonfeed.has_errors({**feed, "items": items}):
            return False
        ids = dict(zip(fresh, (str(item["id"]) for item in items), strict=True))
        named = [name for found in hashes if (name := ids.get(found) or self._ids.get(found))]
        if len(set(named)) < len(named):
            return False
        self._ids |= ids
        return True


def items_are_sound(start: bytes, items: Sequence[bytes], end: bytes) -> bool:
    """Whether nothing is an error in a document that is cut before its items and behind them, and
    in these of its items, but for ids that stand twice. False also where it is cut otherwise."""
    try:
        feed = _read(start + end)
        found = [_read(item) for item in items]
    except (ValueError, RecursionError):
        return False
    if not isinstance(feed, dict) or feed.get("items") != []:
        return False
    if not start.endswith(b'"items": [') or not end.startswith(b"\n]"):
        return False
    if not all(isinstance(item, dict) for item in found):
        return False
    return not jsonfeed.has_errors({**feed, "items": found})


def _skeleton(document: bytes, count: int) -> dict[str, Any] | None:
    """A document whose items were replaced; None unless they are ``count``, and are its items."""
    stand_ins: list[object] = []

    def replaced(word: str) -> object:
        if word != _STAND_IN:
            raise ValueError
        stand_ins.append(object())
        return stand_ins[-1]

    feed = _read(document, replaced)
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or len(stand_ins) != count or len(items) != count:
        return None
    return feed if all(map(_is, items, stand_ins)) else None


def _is(one: object, other: object) -> bool:
    return one is other


def _read(data: bytes, constant: Any = None) -> Any:
    """JSON; ValueError for what is none, and for all that must be told by its line."""
    text = data.decode("utf-8")
    if text.startswith("\ufeff") or jsonfeed.HALF.search(text):
        raise ValueError
    return json.loads(text, parse_constant=constant or _refuse)


def _refuse(word: str) -> Iterator[None]:
    raise ValueError(word)
