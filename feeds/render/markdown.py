"""A talk's Markdown → safe HTML with absolute URLs, and plain text.

CommonMark with tables, footnotes and strikethrough by pyromark (pulldown-cmark), sanitised
by nh3 (ammonia). Nothing else in the house turns an author's text into HTML.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from feeds.model import Talk
from feeds.text import absolute_url, one_line, shortened, xml_legal

_TAGS = set(
    """a abbr b blockquote br caption cite code dd del dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img
    ins kbd li mark ol p pre q s samp small span strong sub sup table tbody td tfoot th thead tr
    u ul var""".split()  # noqa: SIM905 # a list of 54 strings reads worse
)
_ATTRIBUTES = {
    "*": {"lang", "dir", "title"},
    "a": {"href"},
    "div": {"id"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "style"},
    "th": {"colspan", "rowspan", "style"},
}
_HEADING = re.compile(r"(</?h)([1-6])(?=[ >])")
_BLOCKS = {"p", "div", "blockquote", "pre", "ul", "ol", "dl", "table", "hr"} | {
    f"h{level}" for level in range(1, 7)
}
_LINES = {"li", "tr", "dt", "dd", "br", "caption"}


@dataclass(frozen=True, slots=True)
class Body:
    """A talk's texts as HTML, rendered once for every format that shows them.

    ``references`` are the paths below the base URL that the texts point to: files that the
    publication has to bring along.
    """

    notes_html: str
    abstract_html: str
    references: frozenset[str] = frozenset()


def body_of(talk: Talk, base_url: str) -> Body:
    """Notes and abstract of ``talk``; every URL in them is absolute."""
    references: set[str] = set()
    page_url = base_url + talk.path
    notes = to_html(talk.notes, base_url, page_url, f"{talk.slug}-", references)
    abstract = to_html(talk.abstract, base_url, page_url, f"{talk.slug}-abstract-", references)
    return Body(notes, abstract, frozenset(references))


def to_html(
    markdown: str, base_url: str, page_url: str, id_prefix: str, references: set[str]
) -> str:
    """Sanitised HTML of ``markdown`` (CommonMark + tables, footnotes, strikethrough).

    Headings move two levels down, below a page's own. ``id_prefix`` keeps footnotes of
    several talks apart on one page. Relative paths that occur are added to ``references``.
    """
    if not markdown:
        return ""
    import nh3

    def resolve(reference: str) -> str | None:
        if reference.startswith("#"):
            return f"{page_url}#{id_prefix}{reference[1:]}"
        url = absolute_url(base_url, reference)
        if url.startswith(base_url):
            references.add(unquote(urlsplit(url.removeprefix(base_url)).path))
        return url or None

    cleaned = nh3.clean(
        _commonmark()(xml_legal(markdown)),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        allowed_classes={"div": {"footnote-definition"}},
        filter_style_properties={"text-align"},
        set_tag_attribute_values={"img": {"loading": "lazy", "referrerpolicy": "no-referrer"}},
        url_schemes={"http", "https", "mailto"},
        url_relative=resolve,
        id_prefix=id_prefix,
        link_rel=None,
    )
    # Character references may bring back what XML forbids: "&#1;" is legal HTML.
    cleaned = xml_legal(cleaned)
    return _HEADING.sub(lambda found: f"{found[1]}{min(6, int(found[2]) + 2)}", cleaned).strip()


@cache
def _commonmark() -> Callable[[str], str]:
    from pyromark import Markdown, Options

    options = Options.ENABLE_TABLES | Options.ENABLE_FOOTNOTES | Options.ENABLE_STRIKETHROUGH
    return Markdown(options=options).html


class _Text(HTMLParser):
    """Collects what a person would read, block by block."""

    def __init__(self, *, links: bool) -> None:
        super().__init__()
        self.links = links
        self.parts: list[str] = []
        self.lists: list[int | None] = []
        self.hrefs: list[tuple[str, int]] = []
        self.verbatim = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in _BLOCKS:
            self._break("\n" if self.lists else "\n\n")
        elif tag in _LINES:
            self._break("\n")
        if tag in {"ul", "ol"}:
            start = values.get("start") or "1"
            self.lists.append(int(start) if tag == "ol" and start.isdecimal() else None)
        elif tag == "li":
            self._item()
        elif tag == "a":
            self.hrefs.append((values.get("href") or "", len(self.parts)))
        elif tag == "img":
            self.parts.append(values.get("alt") or "")
        elif tag == "pre":
            self.verbatim += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            if tag in {"ul", "ol"} and self.lists:
                self.lists.pop()
            self.verbatim -= tag == "pre"
            self._break("\n" if self.lists else "\n\n")
        elif tag in {"td", "th"}:
            self.parts.append(" | ")
        elif tag == "tr" and self.parts and self.parts[-1] == " | ":
            self.parts.pop()
        elif tag == "a" and self.hrefs:
            href, start = self.hrefs.pop()
            shown = "".join(self.parts[start:]).strip()
            if self.links and href and href.removeprefix("mailto:") != shown:
                self.parts.append(f" <{href}>" if shown else f"<{href}>")

    def handle_data(self, data: str) -> None:
        if self.verbatim:
            self.parts.append(data)
            return
        at_line_start = not self.parts or self.parts[-1].endswith("\n")
        words = re.sub(r"[ \t\n\r\f]+", " ", data)
        words = words.lstrip(" ") if at_line_start else words
        if words:
            self.parts.append(words)

    def _item(self) -> None:
        indent = "  " * max(0, len(self.lists) - 1)
        number = self.lists[-1] if self.lists else None
        if number is not None:
            self.lists[-1] = number + 1
        self.parts.append(f"{indent}{'-' if number is None else f'{number}.'} ")

    def _break(self, wanted: str) -> None:
        if self.parts and re.fullmatch(r"\s*(?:-|\d+\.) ", self.parts[-1]):
            return  # a list item's own paragraph begins on the item's line
        self.parts.append(wanted)

    def text(self) -> str:
        joined = "".join(self.parts)
        joined = re.sub(r"[ \t]+\n", "\n", joined)
        return re.sub(r"\n{3,}", "\n\n", joined).strip()


def to_text(html: str, *, links: bool = True) -> str:
    """Sanitised HTML as plain text: blank lines between blocks, ``- `` items, ``<url>`` links."""
    parser = _Text(links=links)
    parser.feed(html)
    parser.close()
    return parser.text()


def excerpt(html: str, sentences: int = 3, limit: int = 320) -> str:
    """The first sentences of ``html`` as one line of text, at most ``limit`` characters.

    Words are the author's; an ellipsis says where a sentence had to be cut.
    """
    # Eight times the limit is enough for any three sentences that could be shown.
    source = to_text(html, links=False)[: limit * 8]
    line = one_line(re.sub(r"(?m)^\s*(?:-|\d+\.) ", "", source))
    found, whole = "", 0
    for sentence in _sentences(line)[:sentences]:
        longer = f"{found} {sentence}".strip()
        if len(longer) > limit:
            break
        found, whole = longer, whole + 1
    # One short sentence says little: rather two, the second one cut.
    if whole == 0 or (whole == 1 and len(found) < limit // 2 and len(line) > len(found)):
        return shortened(line, limit)
    return found


def _sentences(line: str) -> list[str]:
    """``line`` cut after . ! ? … where the next word begins like a sentence."""
    found, start = [], 0
    for end in re.finditer(r"[.!?…]+[\"'”’»)\]]*\s+(?=[¿¡\"'“‘«(\[]*(\w))", line):
        if end[1].isupper() or end[1].isdigit():
            found.append(line[start : end.end()].strip())
            start = end.end()
    return [*found, line[start:].strip()]
