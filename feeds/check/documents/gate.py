"""The build's gate: the fast rules over what is about to be written.

Most feeds of a publication list the same entries in the same bytes, so each is looked at in the
first document that lists it; elsewhere blank lines stand in for it, and lines keep their numbers.
"""

import hashlib
import re

from feeds.check import Level
from feeds.check.documents.reading import check_document
from feeds.errors import Problem

_CHECKED = (".atom", ".rss", ".opml", "feed.json")
_ENTRY = re.compile(rb"<(entry|item)(?=[ >]).*?</\1>", re.DOTALL)


class Gate:
    """One build's. Memory: a hash an entry."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()

    def problems(self, path: str, data: bytes) -> list[Problem]:
        """The errors in a file that goes to ``path`` below the output; none where it is no feed."""
        if not path.endswith(_CHECKED):
            return []
        rest = data if path.endswith((".json", ".opml")) else _ENTRY.sub(self._unseen, data)
        faults, _ = check_document(rest, thorough=False)
        return [
            Problem(f"public/{path}", fault.line, fault.rule, fault.message, fault.remedy)
            for fault in faults
            if fault.level is Level.ERROR
        ]

    def vouch(self, fragment: bytes) -> None:
        """Take an entry that went through the gate of an earlier build as looked at."""
        for entry in _ENTRY.finditer(fragment):
            self._seen.add(hashlib.blake2b(entry.group(), digest_size=16).digest())

    def _unseen(self, entry: re.Match[bytes]) -> bytes:
        text = entry.group()
        digest = hashlib.blake2b(text, digest_size=16).digest()
        if digest in self._seen:
            return b"\n" * text.count(b"\n")
        self._seen.add(digest)
        return text
