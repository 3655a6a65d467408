"""The build's gate: the fast rules over what is about to be written.

Most feeds of a publication list the same entries in the same bytes, so each is looked at in the
first document that lists it, and left out of the others. Where something is wrong, the whole
document is looked at, for its lines.
"""

from feeds.check import Level
from feeds.check.documents.items import Items
from feeds.check.documents.reading import check_document
from feeds.check.documents.sheet import Facts, Fault
from feeds.errors import Problem

_ENTRIES = {".atom": b"entry", ".rss": b"item"}


class Gate:
    """One build's. Memory: two numbers an entry."""

    def __init__(self) -> None:
        # What an entry is told apart by, by its hash: of 64 bits, two in a million are alike once
        # in 37 million builds.
        self._sound: dict[int, int] = {}
        self._items = Items()

    def problems(self, path: str, data: bytes) -> list[Problem]:
        """The errors in a file that goes to ``path`` below the output; none where it is no feed."""
        if not _is_feed(path):
            return []
        name = next((name for end, name in _ENTRIES.items() if path.endswith(end)), b"")
        if name and self._are_sound(data, name):
            return []
        if path.endswith(".json") and self._items.are_sound(data):
            return []
        return [
            Problem(f"public/{path}", fault.line, fault.rule, fault.message, fault.remedy)
            for fault in _errors(data)[0]
        ]

    def vouch(self, fragment: bytes) -> None:
        """Take one talk's fragment of a document, which went through the gate in an earlier build,
        as sound."""
        if fragment.startswith(b"{"):
            self._items.vouch(fragment)
            return
        for begin, end in ((b"<entry", b"</entry>"), (b"<item", b"</item>")):
            start, stop = fragment.find(begin), fragment.rfind(end)
            if 0 <= start < stop:
                told = hash(fragment[start : stop + len(end)])
                # Ids were proven unique when the build was planned.
                self._sound[told] = told

    def _are_sound(self, data: bytes, name: bytes) -> bool:
        """Whether no error is in an XML document, its entries that were sound elsewhere left out.

        They are sound from then on, if nothing is wrong: what is wrong here is so everywhere.
        """
        parts: list[bytes] = []
        fresh: list[int] = []
        names: list[int] = []
        begin, end = b"<" + name, b"</" + name + b">"
        done = at = 0
        while (start := data.find(begin, at)) >= 0:
            at = start + len(begin)
            if data[at : at + 1] not in {b" ", b">"}:
                continue
            stop = data.find(end, at)
            if stop < 0:
                return False
            at = stop + len(end)
            digest = hash(data[start:at])
            if (known := self._sound.get(digest)) is None:
                fresh.append(digest)
            else:
                names.append(known)
                parts.append(data[done:start])
                done = at
        # An entry may have its author from the feed that it was sound in.
        if names and name == b"entry" and b"<author" not in parts[0]:
            return False
        faults, facts = _errors(b"".join((*parts, data[done:])))
        names += (found := [hash((entry.id, entry.updated)) for entry in facts.entries])
        if faults or len(found) != len(fresh) or len(set(names)) < len(names):
            return False
        self._sound |= zip(fresh, found, strict=True)
        return True


def _is_feed(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    if name.endswith(".json"):
        return name == "feed.json" or f"/{folder}".endswith("/archive")
    return name.endswith((".atom", ".rss", ".opml"))


def _errors(data: bytes) -> tuple[list[Fault], Facts]:
    faults, facts = check_document(data, thorough=False)
    return [fault for fault in faults if fault.level is Level.ERROR], facts
