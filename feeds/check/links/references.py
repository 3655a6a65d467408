"""What a document points at, and where in it: pages, feeds, JSON, style sheets, mails."""

import json
import re
from collections.abc import Set
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from feeds.check.documents.tree import XML, Node, Reader, RefusedError
from feeds.check.links.elements import (
    addresses_of,
    forms_of,
    is_mailto,
    modules_of,
    styled,
    with_lines,
)


class Use(StrEnum):
    """What a reader, a player or a directory does with what is linked."""

    LINK = "link"
    ENCLOSURE = "enclosure"
    TRANSCRIPT = "transcript"
    CHAPTERS = "chapters"
    ART = "art"
    FORM = "form"  # asking there would do something


@dataclass(frozen=True, slots=True)
class Reference:
    """One link: the whole address, the line it stands on, and what the document says of it.

    ``length`` and ``type`` are as they are written, empty where nothing is said.
    """

    url: str
    line: int
    use: Use = Use.LINK
    length: str = ""
    type: str = ""
    written: str = ""

    @property
    def length_bytes(self) -> int:
        """The length that the document says, 10¹⁸ or more for what no file has; −1 for none."""
        digits = self.length.strip()
        return int(digits.lstrip("0")[:19] or "0") if digits.isdecimal() else -1


@dataclass(slots=True)
class Linked:
    """A document's links; ``url`` is where it says that it is; ``ids`` are its own places."""

    url: str = ""
    references: list[Reference] = field(default_factory=list)
    ids: Set[str] = frozenset()


_ATOM = "http://www.w3.org/2005/Atom"
_ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_PODCAST = {
    "https://podcastindex.org/namespace/1.0",
    "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
}
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_MEDIA = "http://search.yahoo.com/mrss/"
_PODLOVE = "http://podlove.org/simple-chapters"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_ROBOTS = re.compile(r"(?im)^sitemap:\s*(\S+)")
# Their addresses name things, and lead nowhere.
_NAMES_ONLY = {"tag", "urn", "data", "mailto", "tel", "sms", "about", "blob", "cid", "geo"}
# In JSON of anybody's, the same names may hold words as well.
_ADDRESS = re.compile(r"(?i)https?:|[./]|[\w-]+[./]|file:")
# Values that are not found: each is looked for to the end.
_MOST_LOST = 200
# urljoin takes these for the base itself.
_HOLLOW = re.compile(r"(?i)https?:/*(?:[?#]|$)")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


def references_of(name: str, data: bytes, url: str, charset: str = "") -> Linked:
    """The links of ``data``; ``url`` is where it is, against which relative ones are read.

    ``charset`` is what the server said of it.

    Empty for what is none of these kinds, or cannot be read.
    """
    found = Linked()
    suffix = name.rpartition("/")[2].rpartition(".")[2].lower()
    start = data[:300].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    try:
        if suffix == "eml":
            from feeds.check.mail.checking import html_of

            _html(found, html_of(name, data) or b"", "")
        elif suffix == "css":
            _css(found, data.decode("utf-8", "replace"), url)
        elif suffix in {"js", "mjs"}:
            gather = _Gatherer(found, url)
            for address, line in modules_of(data.decode("utf-8", "replace")):
                gather.note(address, line)
        elif suffix == "txt":
            _robots(found, data.decode("utf-8", "replace"))
        elif start[:1] in {b"{", b"["}:
            _json(found, data, url)
        elif suffix in {"html", "htm"} or start.startswith((b"<!doctype html", b"<html")):
            _html(found, data, url)
        elif start[:1] == b"<":
            _xml(found, data, url, charset)
    except (RefusedError, RecursionError, ValueError):
        return Linked()  # the rules of documents say so
    return found


def scheme_of(url: str) -> str:
    """The scheme in small letters; empty where there is none."""
    found = _SCHEME.match(url)
    return found[1].lower() if found else ""


class _Gatherer:
    """Notes links below one document."""

    def __init__(self, found: Linked, base: str) -> None:
        self.found, self.base = found, base

    def note(self, written: str, line: int, use: Use = Use.LINK, **said: str) -> None:
        """One link, unless it only names something."""
        written = written.strip()
        scheme = scheme_of(written)
        if not written or (scheme in _NAMES_ONLY and (scheme != "mailto" or is_mailto(written))):
            return
        try:
            url = written
            if self.base and not _HOLLOW.match(written):
                url = urljoin(self.base, written)
        except ValueError:
            url = written
        self.found.references.append(Reference(url, line, use, written=written, **said))


def _html(found: Linked, data: bytes | str, url: str, line: int = 0) -> None:
    """A page, or with ``line`` a piece of one that stands in a feed there."""
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    if not text.strip():
        return
    parser = etree.HTMLParser(encoding="utf-8", recover=True, no_network=True, huge_tree=True)
    root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    if root is None:
        return
    base = root.find(".//base")
    if base is not None and base.get("href"):
        url = urljoin(url, base.get("href"))
    gather = _Gatherer(found, url)
    ids = set()
    for node in root.iter(etree.Element):
        at: int = line or node.sourceline or 1  # type: ignore[assignment]
        attributes = node.attrib
        if not line:
            ids |= {value for name in ("id", "name") if (value := attributes.get(name))}
            if node.tag == "link" and "canonical" in (attributes.get("rel") or "").split():
                found.url = found.url or urljoin(url, attributes.get("href") or "")
        _element(gather, node, at)
        if node.tag in {"style", "script"} and node.text:
            _inside(gather, node, at, in_page=not line)
    found.ids = ids or found.ids


def _inside(gather: _Gatherer, node: Any, at: int, *, in_page: bool) -> None:
    """The addresses in a style or a script."""
    if node.tag == "style":
        _css(gather.found, node.text, gather.base, at)
    elif node.get("type") == "application/ld+json":
        _json_value(gather, json.loads(node.text), _Lines("", at))
    elif node.get("type") == "module":
        for address, below in modules_of(node.text):
            gather.note(address, at + below - 1 if in_page else at)


def _element(gather: _Gatherer, node: Any, at: int) -> None:
    """The addresses in one element's attributes."""
    for address in addresses_of(node):
        gather.note(address, at)
    for address in forms_of(node):
        gather.note(address, at, Use.FORM)
    if "style" in node.attrib:
        _css(gather.found, node.attrib["style"], gather.base, at)


def _css(found: Linked, text: str, url: str, line: int = 0) -> None:
    gather = _Gatherer(found, url)
    for address, at in styled(text):
        gather.note(address, line or at)


def _robots(found: Linked, text: str) -> None:
    gather = _Gatherer(found, "")
    for one, at in with_lines(_ROBOTS, text):
        gather.note(one[1], at)


def _json(found: Linked, data: bytes, url: str) -> None:
    """Whatever is called an address in JSON Feed, in chapters, in lists of recordings."""
    document = json.loads(data)
    lines = _Lines(data.decode("utf-8", "replace"))
    if isinstance(document, dict):
        found.url = str(document.get("feed_url") or "")
    _json_value(_Gatherer(found, found.url or url), document, lines)


_JSON_URLS = {
    "home_page_url", "feed_url", "next_url", "url", "external_url", "image", "banner_image",
    "icon", "favicon", "avatar", "img", "page_url", "contentUrl", "embedUrl", "thumbnailUrl",
    "logo",
}  # fmt: skip


def _json_value(gather: _Gatherer, value: Any, lines: "_Lines") -> None:
    if isinstance(value, list):
        for one in value:
            _json_value(gather, one, lines)
    if not isinstance(value, dict):
        return
    for name, one in value.items():
        if isinstance(one, dict | list):
            if name != "hubs":  # they take what is posted, and nothing else
                _json_value(gather, one, lines)
        elif isinstance(one, str):
            _json_text(gather, value, name, lines)


def _json_text(gather: _Gatherer, item: dict[str, Any], name: str, lines: "_Lines") -> None:
    """One value that may be an address, or HTML."""
    text = item[name]
    if name == "content_html":
        _html(gather.found, text, str(item.get("url") or gather.base), lines.of(text))
    elif name == "url" and "mime_type" in item:
        length = str(item.get("size_in_bytes", ""))
        kind = str(item["mime_type"])
        gather.note(text, lines.of(text), Use.ENCLOSURE, length=length, type=kind)
    elif name in _JSON_URLS and _ADDRESS.match(text):
        gather.note(text, lines.of(text))


class _Lines:
    """On which line a value stands, looked for onwards from the one before."""

    def __init__(self, text: str, line: int = 1) -> None:
        self._text, self._at, self._line, self._left = text, 0, line, _MOST_LOST

    def of(self, value: str) -> int:
        """The line of the next such value; the last one found where it is written otherwise."""
        start = json.dumps(value[:60], ensure_ascii=False)[:-1]
        # PHP escapes slashes.
        for form in (start, start.replace("/", "\\/")) if self._left else ():
            at = self._text.find(form, self._at)
            if at >= 0:
                self._line += self._text.count("\n", self._at, at)
                self._at = at
                return self._line
        self._left -= self._left > 0
        return self._line


def _xml(found: Linked, data: bytes, url: str, charset: str) -> None:
    """A feed, an OPML file or a sitemap: each entry is let go once its links were taken."""
    walker = _Walker(found, url)
    reader = Reader(walker.entry, charset)
    walker.reader = reader
    walker.element(reader.read(data), "")


class _Walker:
    """Takes the links of a tree, top down, minding xml:base."""

    reader: Reader

    def __init__(self, found: Linked, url: str) -> None:
        self.found, self.url = found, url

    def entry(self, node: Node) -> bool:
        """One entry that has ended."""
        if node.name not in {"entry", "item", "url", "outline"}:
            return False
        if not self.found.url and self.reader.root is not None:
            self._head(self.reader.root)
        self.element(node, "")
        return True

    def _head(self, root: Node) -> None:
        """Where the feed says that it is, as far as it was read: its entries need it."""
        for node in (*root.children, *(below for one in root.children for below in one.children)):
            if _is_self(node):
                base = urljoin(self._base(node), node.get(f"{XML} base") or "")
                self.found.url = urljoin(base, node.get("href") or "")
                return

    def element(self, node: Node, base: str) -> None:
        """One element and what is below it."""
        base = base or self._base(node)
        if own := node.get(f"{XML} base"):
            base = urljoin(base, own)
        self._take(_Gatherer(self.found, base), node)
        if node.space == _ATOM and node.get("type") == "xhtml":
            self._xhtml(node, base)
            return
        for child in node.children:
            self.element(child, base)

    def _base(self, node: Node) -> str:
        base, above = self.found.url or self.url, []
        parent = node.parent
        while parent is not None:
            above.append(parent.get(f"{XML} base") or "")
            parent = parent.parent
        for one in reversed(above):
            base = urljoin(base, one) if one else base
        return base

    def _take(self, gather: _Gatherer, node: Node) -> None:
        space = node.space
        if space == _ATOM:
            self._atom(gather, node)
        elif space in {_ITUNES, _MEDIA, _PODLOVE} or space in _PODCAST:
            self._media(gather, node)
        elif space == _CONTENT or node.name == "description":
            _html(self.found, node.text, gather.base, node.line)
        elif node.name == "enclosure":
            said = {"length": node.get("length") or "", "type": node.get("type") or ""}
            gather.note(node.get("url") or "", node.line, Use.ENCLOSURE, **said)
        elif node.name == "outline":
            for attribute in ("xmlUrl", "htmlUrl", "url"):
                gather.note(node.get(attribute) or "", node.line)
        elif _is_address(node):
            gather.note(node.text, node.line)

    def _atom(self, gather: _Gatherer, node: Node) -> None:
        if node.name == "link":
            relation = (node.get("rel") or "alternate").rpartition("/")[2]
            if not self.found.url and _is_self(node):
                self.found.url = urljoin(gather.base, node.get("href") or "")
            if relation == "hub":
                return  # takes what is posted, and nothing else
            use = Use.ENCLOSURE if relation == "enclosure" else Use.LINK
            said = {"length": node.get("length") or "", "type": node.get("type") or ""}
            gather.note(node.get("href") or "", node.line, use, **said)
        elif node.name in {"icon", "logo", "uri"}:
            gather.note(node.text, node.line)
        elif node.name == "generator":
            gather.note(node.get("uri") or "", node.line)
        elif node.name in {"content", "summary", "title", "subtitle", "rights"}:
            gather.note(node.get("src") or "", node.line)
            if node.get("type") == "html":
                _html(self.found, node.text, gather.base, node.line)

    def _media(self, gather: _Gatherer, node: Node) -> None:
        use = {"transcript": Use.TRANSCRIPT, "chapters": Use.CHAPTERS}.get(node.name, Use.LINK)
        if node.name == "image" and node.space == _ITUNES:
            use = Use.ART
        for attribute in ("href", "url", "src", "uri", "image", "feedUrl"):
            gather.note(node.get(attribute) or "", node.line, use, type=node.get("type") or "")

    def _xhtml(self, node: Node, base: str) -> None:
        for below in node.below():
            for attribute in ("href", "src", "poster"):
                if value := below.get(attribute):
                    _Gatherer(self.found, base).note(value, below.line)


def _is_self(node: Node) -> bool:
    """Whether an element is the self link of a feed's head."""
    above = node.parent.name if node.parent is not None else "feed"
    named = node.name == "link" and node.space == _ATOM and node.get("rel") == "self"
    return named and above in {"feed", "channel"}


def _is_address(node: Node) -> bool:
    """Whether the text of an element of RSS or of a sitemap is an address."""
    if node.name == "guid":
        permanent = (node.get("isPermaLink") or "true") == "true"
        return permanent and node.text.strip().startswith("http")
    return node.name in {"link", "url", "docs", "comments"} or (
        node.name == "loc" and node.space == _SITEMAP
    )
