"""Sanitised HTML → what a person would read of it: plain text, and excerpts."""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from itertools import islice
from urllib.parse import unquote

from feeds.patterns import pattern
from feeds.text import one_line, shortened

# Sanitised HTML as the sanitiser writes it: small letters, values in double quotes.
_TOKEN = pattern(r"""<(/?)([a-z][^\s/<>]*)([^<>"]*(?:"[^"]*"[^<>"]*)*)>""")
_ATTRIBUTE = pattern(r"""([^\s"=<>/]+)="([^"]*)\"""")
_BLOCKS = {"p", "div", "blockquote", "pre", "ul", "ol", "dl", "table", "hr"} | {
    f"h{level}" for level in range(1, 7)
}
_LINES = {"li", "tr", "dt", "dd", "caption"}
_VOID = {"br", "hr", "img"}
_LETTER = pattern(r"\w")
_BLANKS = pattern(r"[ \t\n\r\f]+")
_ODD_BLANKS = ("\n", "  ", "\t", "\r", "\f")
# After these a full stop ends no sentence.
_ABBREVIATIONS = set(
    "dr dra sr sra srta mr mrs ms prof ing lic st vs ee núm fig ej e.g i.e".split()
)


class _Text:
    """Collects what a person would read, block by block.

    ``gap`` line ends are due before the next word, or a blank; ``marker``, the sign of a
    list item, waits for that word too. Without ``marks`` only the author's words are left:
    no signs of lists and tables, and no footnotes.
    """

    def __init__(self, *, links: bool, marks: bool) -> None:
        self.links, self.marks = links, marks
        self.parts: list[str] = []
        self.gap, self.blank, self.marker = 0, False, ""
        self.lists: list[int | None] = []
        self.cells: list[int] = []
        self.hrefs: list[tuple[str, list[str]]] = []
        self.raw: list[str] = []
        self.verbatim = self.hidden = 0
        self.note = ""
        self.written = 0

    def feed(self, html: str, most: int = 0) -> bool:
        """Take in sanitised HTML; of ``most`` words or more, no more than those. Whether that
        was all of it."""
        done = 0
        for found in _TOKEN.finditer(html):
            if found.start() > done:
                self._data(unescape(html[done : found.start()]))
            done = found.end()
            end, tag, attributes = found.groups()
            if end:
                self._end(tag)
            else:
                values = _ATTRIBUTE.findall(attributes) if attributes else ()
                self._start(tag, {name: unescape(value) for name, value in values})
            if 0 < most < self.written:
                return False
        self._data(unescape(html[done:]))
        return True

    def _start(self, tag: str, values: dict[str, str]) -> None:
        note = values.get("class", "").partition("footnote-")[2]
        if self.hidden or (note and not self.marks):
            self.hidden += tag not in _VOID
            return
        if tag in _BLOCKS:
            self._break(1 if self.lists and tag in {"ul", "ol"} else 2)
        elif tag in _LINES:
            self._break(1)
        if tag == "sup" and note:
            self.note = note
            self._write("[" if note == "reference" else "")
        self._open(tag, values)

    def _open(self, tag: str, values: dict[str, str]) -> None:
        if tag in {"ul", "ol"}:
            self._settle()
            self.lists.append(_number(values.get("start", "1")) if tag == "ol" else None)
        elif tag == "li":
            self._item()
        elif tag == "a":
            self.hrefs.append(("" if self.note else values.get("href", ""), []))
        elif tag == "img":
            self._data(values.get("alt", ""))
        elif tag == "br":
            self._break(min(2, self.gap + 1))
        elif tag == "pre":
            self.verbatim += 1
        elif tag == "tr":
            self.cells.append(0)
        elif tag in {"td", "th"} and self.cells:
            self.blank = True
            if self.marks and self.cells[-1]:
                self._write("|")
                self.blank = True
            self.cells[-1] += 1

    def _end(self, tag: str) -> None:
        if self.hidden:
            self.hidden -= 1
        elif tag == "a" and self.hrefs:
            self._link(*self.hrefs.pop())
        elif tag == "sup" and self.note:
            if self.note == "reference":
                self._write("]")
            self.note = ""
        elif tag == "pre" and self.verbatim:
            self.verbatim -= 1
            self._verbatim()
        elif tag == "tr" and self.cells:
            self.cells.pop()
        elif tag == "li":
            self._settle()
        elif tag in {"ul", "ol"} and self.lists:
            self.lists.pop()
            self._break(1 if self.lists else 2)
        elif tag in _BLOCKS:
            self._break(2)

    def _data(self, data: str) -> None:
        if self.hidden:
            return
        if self.note == "definition-label":
            self.marker = f"[{data}] "
        elif self.verbatim:
            self.raw.append(data)
        else:
            words = _blanks(data)
            self.blank = self.blank or words.startswith(" ")
            if bare := words.strip(" "):
                self._write(bare)
                self.blank = words.endswith(" ")
                self.written += len(bare)
        if self.hrefs:
            self.hrefs[-1][1].append(data)

    def _write(self, words: str) -> None:
        """``words`` on this line or on a new one, behind what is due before them."""
        fresh = self.gap or not self.parts
        if self.gap and self.parts:
            self.parts.append("\n" * self.gap)
        if self.marker:
            self.parts.append("  " * max(0, len(self.lists) - 1) + self.marker)
        elif fresh and self.marks:
            self.parts.append("  " * len(self.lists))
        elif self.blank:
            self.parts.append(" ")
        self.parts.append(words)
        self.gap, self.blank, self.marker = 0, False, ""

    def _settle(self) -> None:
        """The sign of an item that has no words of its own stands alone on its line."""
        if self.marker:
            self._write("")
            self.gap = 1

    def _item(self) -> None:
        number = self.lists[-1] if self.lists else None
        if number is not None:
            self.lists[-1] = number + 1
        if self.marks:
            self.marker = "- " if number is None else f"{number}. "

    def _link(self, href: str, shown: list[str]) -> None:
        label = one_line("".join(shown))
        if self.links and href and unquote(href).removeprefix("mailto:") != unquote(label):
            if self.verbatim:
                self.raw.append(f" <{href}>")
            else:
                self.blank = self.blank or bool(label)
                self._write(f"<{href}>")

    def _verbatim(self) -> None:
        if self.verbatim:
            return
        first, *rest = "".join(self.raw).strip("\n").split("\n")
        self.raw.clear()
        self._write(first)
        self.parts.extend(f"\n{'  ' * len(self.lists)}{line}" for line in rest)
        self._break(2)

    def _break(self, lines: int) -> None:
        if self.verbatim:
            self.raw.append("\n")
        elif not self.marker:  # a list item's own paragraph begins on the item's line
            self.gap, self.blank = max(self.gap, lines), False

    def text(self) -> str:
        joined = "".join(self.parts)
        if " \n" in joined or "\t\n" in joined:
            joined = re.sub(r"(?<![ \t])[ \t]+\n", "\n", joined)
        return joined.lstrip("\n").rstrip()


def _number(start: str) -> int:
    return int(start) if re.fullmatch(r"-?[0-9]{1,9}", start) else 1


@lru_cache(maxsize=2)  # both feeds of a talk ask for its abstract
def to_text(html: str, *, links: bool = True) -> str:
    """Sanitised HTML as plain text: blank lines between blocks, ``- `` items, ``<url>`` links."""
    if html.startswith("<p>") and html.find("<", 3) == len(html) - 4 and html.endswith("</p>"):
        # What most abstracts are: one paragraph, and nothing in it.
        return _blanks(unescape(html[3:-4])).strip(" ").rstrip()
    found = _Text(links=links, marks=True)
    found.feed(html)
    return found.text()


def _blanks(data: str) -> str:
    """``data`` with every run of HTML's blanks made one."""
    return _BLANKS.sub(" ", data) if any(map(data.__contains__, _ODD_BLANKS)) else data


def excerpt(html: str, sentences: int = 3, limit: int = 320) -> str:
    """The first sentences of ``html`` as one line of text, at most ``limit`` characters.

    Words are the author's; an ellipsis says where a sentence had to be cut.
    """
    # With a word behind twice the limit, nothing that follows can end a sentence before the limit.
    line = _beginning(html, limit * 3)
    if len(line) == limit * 3 and not _LETTER.search(line, limit * 2):
        line = _beginning(html, limit * 8)
    return _excerpt(line, sentences, limit)


def _excerpt(line: str, sentences: int, limit: int) -> str:
    found, whole = "", 0
    for sentence in islice(_sentences(line), sentences):
        longer = f"{found} {sentence}".strip()
        if len(longer) > limit:
            break
        found, whole = longer, whole + 1
    # One short sentence says little: rather two, the second one cut.
    if whole == 0 or (whole == 1 and len(found) < limit // 2 and len(line) > len(found)):
        return shortened(line, limit)
    return found


def _beginning(html: str, most: int) -> str:
    """The first ``most`` characters of the author's words in ``html``, as one line."""
    found = _Text(links=False, marks=False)
    whole = found.feed(html, most)
    line = one_line(found.text())
    if not whole and len(line) < most:  # among them were blanks of other kinds
        found = _Text(links=False, marks=False)
        found.feed(html)
        line = one_line(found.text())
    return line[:most]


_SENTENCE_END = pattern(r"([.!?…]+)[\"'”’»)\]]*\s+(?=[¿¡\"'“‘«(\[]*(\w))")


def _sentences(line: str) -> Iterator[str]:
    """``line`` cut after . ! ? … where the next word begins like a sentence."""
    start = 0
    for end in _SENTENCE_END.finditer(line):
        if end[1] == "." and _abbreviated(line[start : end.start()]):
            continue
        if end[2].isupper() or end[2].isdigit():
            yield line[start : end.end()].strip()
            start = end.end()
    yield line[start:].strip()


def _abbreviated(before: str) -> bool:
    """Whether the last word of ``before`` is an initial or keeps its full stop anywhere."""
    word = before.rpartition(" ")[2].lstrip("¿¡\"'“‘«([")
    return (len(word) == 1 and word.isupper()) or word.lower() in _ABBREVIATIONS
