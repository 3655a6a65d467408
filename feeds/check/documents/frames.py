"""What stands around the entries of an Atom document, for who looks at many of one kind.

A site has thousands of them that differ in names, addresses and times alone. Where one was sound,
the next of its shape is sound when each of those is what it has to be.
"""

import re
from collections.abc import Callable, Hashable

from feeds.check.documents.atom import FEED
from feeds.check.documents.values import Kind

# What may differ: texts without markup, and no character that XML forbids, each on a line.
_TEXT = "[^<>&\0-\x1f\ufffe\uffff]+"
_HREF = '[^<>&"\0-\x1f\ufffe\uffff]+'
_VALUE = re.compile(
    rf'\n +<(?:(id|title|subtitle|updated|name)>({_TEXT})(?=</)|link href="({_HREF})(?="))'
)
_PARTS = _VALUE.groups + 1
_BEGIN = b"<?xml version='1.0' encoding='UTF-8'?>\n"
_PERSON = FEED.children["author"].children
_KINDS: dict[str | None, Kind] = {
    **{name: FEED.children[name].text for name in ("id", "title", "subtitle", "updated")},
    "name": _PERSON["name"].text,
    None: FEED.children["link"].attributes["href"],
}
# Who has more has a shape for each document.
_MOST = 256


class Frames:
    """The shapes that were sound in one build."""

    def __init__(self) -> None:
        self._sound: set[Hashable] = set()

    def are_sound(self, start: bytes, end: bytes, judge: Callable[[], bool]) -> bool:
        """Whether no error is in a document of ``start`` and ``end``, which ``judge`` says where
        none of its shape was sound before."""
        if not start.startswith(_BEGIN):
            return judge()
        try:
            parts = _VALUE.split(start.decode("utf-8"))
        except UnicodeDecodeError:
            return judge()
        names, texts, urls = (parts[at::_PARTS] for at in (1, 2, 3))
        around = parts[::_PARTS]
        shape = (*around, *names, end)
        if shape in self._sound:
            return (
                all(
                    _KINDS[name].test(text or url)
                    for name, text, url in zip(names, texts, urls, strict=True)
                )
                or judge()
            )
        if not judge():
            return False
        if len(self._sound) < _MOST and _is_plain("".join(around)):
            self._sound.add(shape)
        return True


def _is_plain(text: str) -> bool:
    """Whether the same element means the same wherever it stands: no comments, no CDATA, no pages
    in it, one namespace that needs no prefix."""
    return "<!" not in text and "xhtml" not in text and text.count("xmlns=") == 1
