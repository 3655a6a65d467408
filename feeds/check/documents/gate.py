"""The build's gate: the fast rules over what is about to be written.

Most feeds of a publication list the same entries in the same bytes, so each is looked at in the
first document that lists it, and left out of the others; so is what is the same around them. Where
something is wrong, the whole document is looked at, for its lines.
"""

from collections.abc import Container, Mapping

from feeds.check import Level
from feeds.check.documents.items import MAX_BYTES, Items, items_are_sound
from feeds.check.documents.reading import check_document
from feeds.check.documents.shapes import Shapes
from feeds.check.documents.sheet import Facts, Fault
from feeds.errors import Problem
from feeds.model import Document

_ENTRIES = {".atom": b"entry", ".rss": b"item"}
# What every fragment begins and ends with.
_EDGES = {
    ".atom": ((b"<entry>", b"<entry "), b"</entry>\n"),
    ".json": ((b"{\n",), b"\n}"),
}


class Gate:
    """One build's, or that of a few entries with the ``shapes`` of a build. Memory: two numbers an
    entry."""

    def __init__(self, shapes: Shapes | None = None) -> None:
        # What an entry is told apart by, by its hash: of 64 bits, two in a million are alike once
        # in 37 million builds.
        self._sound: dict[int, int] = {}
        self._items = Items()
        self._shapes = shapes or Shapes()
        # The names of fragments, by the suffix of the documents that list them.
        self._named: dict[str, set[str]] = {suffix: set() for suffix in _EDGES}
        self._vouched: Container[str] = ()

    def problems(self, path: str, data: bytes) -> list[Problem]:
        """The errors in a file that goes to ``path`` below the output; none where it is no feed."""
        if not _is_feed(path):
            return []
        name = next((name for end, name in _ENTRIES.items() if path.endswith(end)), b"")
        if name and self._are_sound(data, name):
            return []
        if path.endswith(".json") and self._items.are_sound(data):
            return []
        return _problems(path, data)

    def document(self, document: Document) -> list[Problem]:
        """The same of a document whose fragments are known by their names: each is looked at where
        it is listed first, and every document's head."""
        suffix = "." + document.path.rpartition(".")[2]
        known = self._named.get(suffix)
        names = [name for name, _ in document.fragments]
        too_large = suffix == ".json" and len(document.data) >= MAX_BYTES
        if known is None or too_large or len(set(names)) < len(names):
            return _problems(document.path, document.data)
        fresh = {
            name: fragment
            for name, fragment in document.fragments
            if name not in known and name not in self._vouched
        }
        if not self.are_sound(
            suffix, document.start, fresh, document.end, others=len(fresh) < len(names)
        ):
            return _problems(document.path, document.data)
        return []

    def are_sound(
        self,
        suffix: str,
        start: bytes,
        fragments: Mapping[str, bytes],
        end: bytes,
        *,
        others: bool = False,
    ) -> bool:
        """Whether no error is in a document of these fragments, and of ``others`` that were sound
        elsewhere. They are sound from then on."""
        first, last = _EDGES[suffix]
        if not all(one.startswith(first) and one.endswith(last) for one in fragments.values()):
            return False
        # An entry may have its author from the feed that it was sound in.
        if others and suffix == ".atom" and b"<author" not in start:
            return False
        if suffix == ".json":
            if not items_are_sound(start, list(fragments.values()), end):
                return False
        elif not self._shapes.are_sound(start, list(fragments.values()), end, _entries):
            return False
        self._named[suffix].update(fragments)
        return True

    def vouch(self, names: Container[str]) -> None:
        """Take the fragments of these names as sound, in every format: they went through a gate
        before."""
        self._vouched = names

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


def _problems(path: str, data: bytes) -> list[Problem]:
    return [
        Problem(f"public/{path}", fault.line, fault.rule, fault.message, fault.remedy)
        for fault in _errors(data)[0]
    ]


def _is_feed(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    if name.endswith(".json"):
        return name == "feed.json" or f"/{folder}".endswith("/archive")
    return name.endswith((".atom", ".rss", ".opml"))


def _entries(data: bytes) -> int | None:
    """How many entries are in a document without errors; None for another one."""
    faults, facts = _errors(data)
    return None if faults else len(facts.entries)


def _errors(data: bytes) -> tuple[list[Fault], Facts]:
    faults, facts = check_document(data, thorough=False)
    return [fault for fault in faults if fault.level is Level.ERROR], facts
