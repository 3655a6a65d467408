"""Whether HTML that stands in a feed could stand in a page: HTML Living Standard §4, §13.1.2."""

import re
from collections import Counter

from feeds.patterns import pattern

# Without an end tag, old ones too.
_VOID = frozenset(
    """
    area base basefont bgsound br col embed frame hr img input isindex keygen link meta param
    source track wbr
    """.split()
)
# Whose end tag need not be written (§13.1.2.4).
_OPEN = frozenset(
    """
    caption colgroup dd dt li optgroup option p rb rp rt rtc tbody td tfoot th thead tr
    """.split()
)
_PAGE = frozenset({"html", "head", "body", "frameset"})
# In which no tag begins until they end.
_RAW = frozenset({"script", "style", "textarea", "title", "xmp", "noembed", "noframes", "iframe"})
_OTHERS = frozenset({"svg", "math"})
_KNOWN = _VOID | _OPEN | _RAW | _OTHERS | frozenset(
    """
    a abbr acronym address applet article aside audio b bdi bdo big blink blockquote button canvas
    center cite code command data datalist del details dfn dialog dir div dl em fieldset figcaption
    figure font footer form h1 h2 h3 h4 h5 h6 header hgroup i ins kbd label legend listing main map
    mark marquee menu menuitem meter multicol nav nobr noscript object ol output picture plaintext
    pre progress q ruby s samp search section select selectedcontent slot small span strike strong
    sub summary sup table template time tt u ul var video
    """.split()
)  # fmt: skip
# What a tag may hold: no other begins in it, so that nobody's text is read twice.
_TAG = pattern(
    r"<!--.*?(?:-->|\Z)|<(/?)([A-Za-z][^\s<>/]*+)"
    r"((?:[^<>\"'=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')|[=\"'])*+)>",
    re.DOTALL,
)
# U+0080 to U+009F (§13.1.4): whoever writes them means letters of Windows.
_CONTROL = pattern(r"&#(?:1(?:2[89]|[34][0-9]|5[0-9])|[xX][89][0-9A-Fa-f]);")
_IN_VALUE = pattern(r"=\s*[^\s\"']+/\Z")
_MOST = 64
# Browsers go no deeper than about five hundred.
_MOST_OPEN = 1_000


def fault(text: str) -> tuple[int, str]:
    """Where the first thing stands that a page could not hold, and what it is; an empty text where
    there is none."""
    if found := _CONTROL.search(text):
        return found.start(), f"{found[0]} is a control character"
    return _Reader(text).read()


def unknown(name: str) -> str:
    """What is wrong with the name of an element within a page, in small letters where it is one of
    HTML; empty where nothing is."""
    if name in _PAGE:
        return f"<{name}> belongs to a whole page"
    # Elements of somebody's own have a hyphen (§4.13.3).
    if name not in _KNOWN and "-" not in name:
        return f"<{name[:_MOST]}> is no element of HTML"
    return ""


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self._names: list[str] = []
        self._places: list[int] = []
        self._count: Counter[str] = Counter()

    def read(self) -> tuple[int, str]:
        """As ``fault`` says."""
        text, position = self.text, 0
        while (tag := _TAG.search(text, position)) is not None:
            position = tag.end()
            if tag[2] is None:
                continue
            name = tag[2].lower()
            if found := self._tag(name, tag.start(), ends=bool(tag[1])):
                return found
            if tag[1] or name in _VOID:
                continue
            if tag[3].endswith("/") and not _IN_VALUE.search(tag[3]):
                self._drop()
            elif name in _RAW or name in _OTHERS:
                end = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(text, position)
                if end is None:
                    return tag.start(), f"<{name}> is not closed"
                position = end.end()
                self._drop()
        return self._left() or (0, "")

    def _tag(self, name: str, position: int, *, ends: bool) -> tuple[int, str] | None:
        if detail := unknown(name):
            return position, detail
        if ends:
            return self._end(name, position)
        if len(self._names) >= _MOST_OPEN:
            return position, "too many elements in each other"
        if name not in _VOID:
            self._names.append(name)
            self._places.append(position)
            self._count[name] += 1
        return None

    def _end(self, name: str, position: int) -> tuple[int, str] | None:
        if not self._count[name]:
            # </br> is read as <br> (§13.2.6.4.7).
            return None if name == "br" else (position, f"</{name[:_MOST]}> closes nothing")
        while self._names[-1] != name:
            if found := self._unclosed():
                return found
            self._drop()
        self._drop()
        return None

    def _unclosed(self) -> tuple[int, str] | None:
        """The innermost element, where it must have an end tag."""
        name = self._names[-1]
        return None if name in _OPEN else (self._places[-1], f"<{name[:_MOST]}> is not closed")

    def _left(self) -> tuple[int, str] | None:
        """What is open at the end."""
        while self._names:
            if found := self._unclosed():
                return found
            self._drop()
        return None

    def _drop(self) -> None:
        self._count[self._names.pop()] -= 1
        self._places.pop()
