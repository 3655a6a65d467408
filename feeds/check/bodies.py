"""The two parts of a message: plain text and HTML, read with lxml, and held against each other."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from feeds.check import Finding, Level
from feeds.check.headers import mail_address, web_address
from feeds.check.rules import broken
from feeds.text import is_language, shortened

MAX_HTML_BYTES = 102_000
TEXT, HTML = "text", "HTML"
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_URL = re.compile(r"(?:https?://|mailto:)[^\s<>\"]+", re.IGNORECASE)
_CSS_URL = re.compile(r"""url\(\s*['"]?([^'")]*)""", re.IGNORECASE)
_CSS_IMPORT = re.compile(r"@import\b", re.IGNORECASE)
_CSS_ACTIVE = re.compile(r"expression\s*\(|behavior\s*:|-moz-binding|javascript:", re.IGNORECASE)
_MSO = re.compile(r"\[if[^\]]*\]>(.*)<!\[endif\]", re.DOTALL | re.IGNORECASE)
# Written by a template engine that was not asked to render: {{ name }}, {% if %}.
_TEMPLATE = re.compile(r"\{\{|\{%|%7B%7B|%7B%25", re.IGNORECASE)
_NOTHING = re.compile(r"None|undefined|Undefined|null|NaN|\[object Object\]")
_LINKS = {
    "href", "src", "background", "action", "formaction", "poster", "cite", "longdesc",
    "data", "codebase", "srcset", "classid", "usemap", "manifest",
}  # fmt: skip
_ACTIVE = {
    "script", "form", "input", "button", "select", "textarea", "iframe", "frame", "frameset",
    "object", "embed", "applet", "audio", "video", "base", "svg", "math", "dialog",
}  # fmt: skip
# So many of one kind are told; who has more will see the rest when these are gone.
_MOST = 100
_READ_ALOUD = {"alt", "title", "aria-label", "summary", "content"}
_PIXELS = re.compile(r"[0-9]{1,4}")
# What no reader would see, and only a watcher would ask for.
_MAX_UNSEEN_PIXELS = 3
_UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden"
    r"|(?<![\w-])(?:max-)?(?:width|height)\s*:\s*0*[0-3](?:\.[0-9]*)?(?:px)?\s*(?:;|!|$)",
    re.IGNORECASE,
)


class Html:
    """An HTML part: its elements, those for Outlook alone among them, and its visible text."""

    def __init__(self, data: bytes) -> None:
        self.size_bytes = len(data)
        parser = etree.HTMLParser(encoding="utf-8", recover=True, no_network=True, huge_tree=True)
        self.root = etree.fromstring(data or b" ", parser)
        # libxml2 lets go of what is deeper than it likes.
        self.is_too_deep = any("depth" in error.message for error in parser.error_log)
        self.elements: list[Any] = []
        self.texts: list[str] = []
        self.styles: list[str] = []
        self._style_lines: list[int] = []
        self._conditional: dict[Any, int] = {}
        if self.root is not None:
            self._gather(self.root, seen=True)

    def _gather(self, root: Any, *, seen: bool) -> None:
        hidden = {"style", "script", "title"}
        for node in root.iter():
            if isinstance(node.tag, str):
                self.elements.append(node)
                if node.tag == "style":
                    self.styles.append(node.text or "")
                    self._style_lines.append(self.line_of(node))
                elif seen and node.tag not in hidden and node.text:
                    self.texts.append(node.text)
            elif (
                seen and isinstance(node, etree._Comment) and (found := _MSO.match(node.text or ""))
            ):
                inner = found[1].encode("utf-8", "replace")
                parser = etree.HTMLParser(encoding="utf-8", recover=True, no_network=True)
                if (tree := etree.fromstring(b"<div>" + inner + b"</div>", parser)) is not None:
                    # lxml's types give comments no line.
                    self._conditional[tree] = getattr(node, "sourceline", 0) or 0
                    self._gather(tree, seen=False)
            if seen and node.tail:
                self.texts.append(node.tail)

    def line_of(self, node: Any) -> int:
        """The line of an element; of what is for Outlook alone, that of the comment around it."""
        root = node.getroottree().getroot()
        return self._conditional.get(root) or int(node.sourceline or 0)

    def line_of_style(self, pattern: re.Pattern[str]) -> int:
        """The line of the first match in a style element; 0 where there is none."""
        for style, line in zip(self.styles, self._style_lines, strict=True):
            if found := pattern.search(style):
                return line + style.count("\n", 0, found.start())
        return 0

    def lines_of_styles(self, pattern: re.Pattern[str]) -> list[int]:
        """The lines of all matches in style elements, each once."""
        lines = {
            line + style.count("\n", 0, found.start())
            for style, line in zip(self.styles, self._style_lines, strict=True)
            for found in islice(pattern.finditer(style), _MOST)
        }
        return sorted(lines)

    def named(self, name: str) -> list[Any]:
        """Every element of that name."""
        return [node for node in self.elements if node.tag == name]


def html_findings(html: Html) -> Iterator[Finding]:
    """What holds for the HTML alone."""
    if html.size_bytes > MAX_HTML_BYTES:
        message = f"{html.size_bytes:,} bytes of HTML, at most {MAX_HTML_BYTES:,} are shown"
        yield broken("mail-html-size", message)
    if html.root is None or not html.named("body") or not any(map(str.strip, html.texts)):
        if html.is_too_deep:
            yield broken("mail-html-form", "the elements of the HTML are too deep in each other")
        else:
            yield broken("mail-html-form", "the HTML part has no text")
        return
    yield from _head_findings(html)
    yield from _active_findings(html)
    yield from _style_findings(html)
    yield from _scheme_findings(html)
    yield from _picture_findings(html)


def _head_findings(html: Html) -> Iterator[Finding]:
    language = html.root.get("lang", "")
    if not is_language(language):
        line = html.line_of(html.root)
        yield broken("mail-html-lang", "the html element names no language", line=line, part=HTML)
    head = next(map(html.line_of, html.named("head")), 0)
    titles = html.named("title")
    if not any((node.text or "").strip() for node in titles):
        line = next(map(html.line_of, titles), head)
        yield broken("mail-html-title", "the HTML has no title", line=line, part=HTML)
    metas = html.named("meta")
    charsets = [node.get("charset", "").lower() for node in metas if node.get("charset")]
    charsets += [
        node.get("content", "").lower().rpartition("charset=")[2]
        for node in metas
        if node.get("http-equiv", "").lower() == "content-type"
    ]
    if not charsets or set(charsets) != {"utf-8"}:
        message = "the HTML does not say that it is utf-8"
        yield broken("mail-html-charset", message, line=head, part=HTML)
    if not any(
        node.get("name", "").lower() == "viewport" and node.get("content") for node in metas
    ):
        yield broken("mail-html-viewport", "the HTML names no viewport", line=head, part=HTML)


def _active_findings(html: Html) -> Iterator[Finding]:
    yield from islice(_active_elements(html), _MOST)
    if any(_CSS_ACTIVE.search(style) for style in html.styles):
        line = html.line_of_style(_CSS_ACTIVE)
        message = "a style element holds a script"
        yield broken("mail-active-content", message, line=line, part=HTML)


def _active_elements(html: Html) -> Iterator[Finding]:
    for node in html.elements:
        line = html.line_of(node)
        refresh = node.tag == "meta" and node.get("http-equiv", "").lower() == "refresh"
        if node.tag in _ACTIVE or refresh:
            message = f"the HTML holds <{node.tag}>"
            yield broken("mail-active-content", message, line=line, part=HTML)
            continue
        for name, value in node.attrib.items():
            if name.startswith("on") or name == "ping":
                message = f"the HTML holds the attribute {name}"
                yield broken("mail-active-content", message, line=line, part=HTML)
            elif name == "style" and _CSS_ACTIVE.search(value):
                message = "a style attribute holds a script"
                yield broken("mail-active-content", message, line=line, part=HTML)


def _style_findings(html: Html) -> Iterator[Finding]:
    imported = any(_CSS_IMPORT.search(style) for style in html.styles)
    links = [node for node in html.named("link") if node.get("href") is not None]
    if imported or links:
        line = html.line_of_style(_CSS_IMPORT) or next(map(html.line_of, links), 0)
        yield broken("mail-external-style", "the HTML asks for another file", line=line, part=HTML)


def _scheme_findings(html: Html) -> Iterator[Finding]:
    yield from islice(_of_other_schemes(html), _MOST)


def _of_other_schemes(html: Html) -> Iterator[Finding]:
    for where, url, line in _addresses(html):
        allowed = web_address(url) or (where == "href" and mail_address(url))
        if not allowed and not _TEMPLATE.search(url):
            found = re.match(r"([A-Za-z][A-Za-z0-9+-]{0,20}):", url)
            scheme = f"of the scheme {found[1].lower()}" if found else "without a scheme"
            message = f"{where} has an address {scheme}"
            yield broken("mail-scheme", message, line=line, part=HTML)


def _addresses(html: Html) -> Iterator[tuple[str, str, int]]:
    """Where an address stands, the address, and its line."""
    for node in html.elements:
        if node.tag in _ACTIVE or node.tag == "link":
            continue  # has a finding already
        line = html.line_of(node)
        for name, value in node.attrib.items():
            yield from ((name, url, line) for url in _addresses_in(name, value))
    for style in html.styles:
        if not _CSS_IMPORT.search(style):
            line = html.line_of_style(_CSS_URL)
            yield from (("style", url.strip(), line) for url in _CSS_URL.findall(style))


def _addresses_in(name: str, value: str) -> list[str]:
    """Those in one attribute."""
    if name == "srcset":
        return [part.split()[0] for part in value.split(",") if part.split()]
    if name in _LINKS:
        return [value.strip()]
    return [url.strip() for url in _CSS_URL.findall(value)] if name == "style" else []


def _picture_findings(html: Html) -> Iterator[Finding]:
    yield from islice(_of_pictures(html), _MOST)


def _of_pictures(html: Html) -> Iterator[Finding]:
    """Each picture's: none is told to have no size, and to be too small."""
    for node in html.named("img"):
        line = html.line_of(node)
        if _is_mute(node):
            yield broken("mail-image-alt", "a picture has no alt text", line=line, part=HTML)
        if _is_unsized(node):
            message = "a picture has no width and height in pixels"
            yield broken("mail-image-size", message, line=line, part=HTML)
        elif _is_small(node):
            message = "a picture is too small to be seen"
            yield broken("mail-tracking-pixel", message, line=line, part=HTML)
        elif _is_hidden(node):
            yield broken("mail-tracking-pixel", "a picture is hidden", line=line, part=HTML)


def _is_mute(node: Any) -> bool:
    """Without alt; an empty one is a decoration's (WCAG 1.1.1, H67), but in a link without words
    it is none."""
    if (alt := node.get("alt")) is None or alt.strip():
        return alt is None
    link = next(node.iterancestors("a"), None)
    if link is None or not link.get("href") or link.get("aria-label", "").strip():
        return False
    said = [*link.itertext(), *(one.get("alt") or "" for one in link.iter("img"))]
    return not any(map(str.strip, said))


def _is_unsized(node: Any) -> bool:
    return not all(_PIXELS.fullmatch(node.get(name) or "") for name in ("width", "height"))


def _is_small(node: Any) -> bool:
    sizes = [node.get(name) or "" for name in ("width", "height")]
    return any(_PIXELS.fullmatch(one) and int(one) <= _MAX_UNSEEN_PIXELS for one in sizes)


def _is_hidden(node: Any) -> bool:
    """By its own style, or by that of what it stands in."""
    around = (node, *node.iterancestors())
    return any("hidden" in one.attrib or _UNSEEN.search(one.get("style") or "") for one in around)


def control_findings(html: bytes, text: bytes) -> Iterator[Finding]:
    """What no transfer encoding may bring through."""
    for name, content in (("text", text), ("HTML", html)):
        line, counted = 1, 0
        for found in islice(_CONTROLS.finditer(content), _MOST):
            line, counted = line + content.count(b"\n", counted, found.start()), found.start()
            message = f"the control character 0x{found.group()[0]:02X} in the {name} part"
            yield broken("mail-control", message, line=line, part=name)


def left_findings(html: Html, text: str, header: str) -> Iterator[Finding]:
    """What a template should have turned into words.

    In the words themselves it is a warning: a talk about Helm may well quote ``{{``.
    """
    attributes = [
        (name, value, node) for node in html.elements for name, value in node.attrib.items()
    ]
    machine = [(value, node) for name, value, node in attributes if name not in _READ_ALOUD]
    found = [html.line_of(node) for value, node in machine if _TEMPLATE.search(value)]
    found += html.lines_of_styles(_TEMPLATE)
    message = "{{ or {% is left in a header or an attribute"
    if _TEMPLATE.search(header):
        yield broken("mail-template-left", message)
    for line in found[:_MOST]:
        yield broken("mail-template-left", message, line=line, part=HTML)
    if not found and not _TEMPLATE.search(header):
        aloud = (value for name, value, _ in attributes if name in _READ_ALOUD)
        if any(map(_TEMPLATE.search, [text, *html.texts, *aloud])):
            message = "{{ or {% stands in the text: fine where the notes say so"
            yield broken("mail-template-left", message, Level.WARNING)
    yield from islice(_without_values(attributes, html), _MOST)


def _without_values(attributes: list[tuple[str, str, Any]], html: Html) -> Iterator[Finding]:
    for name, value, node in attributes:
        if _NOTHING.fullmatch(value.strip()) or (name in _LINKS and _says_nothing(value)):
            message = f"the attribute {name} says {_shown(value)}"
            yield broken("mail-value-missing", message, line=html.line_of(node), part=HTML)


def _says_nothing(url: str) -> bool:
    """A word of Python where a template had no value; no slug is written with capitals."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    words = [*parts.path.split("/"), *re.split("[=&]", parts.query), parts.netloc]
    return "None" in words or parts.netloc == "undefined"


def _shown(value: str) -> str:
    return "None" if "None" in value else shortened(value.strip(), 20)


def link_findings(html: Html, text: str) -> Iterator[Finding]:
    """That both parts lead to the same places.

    What ``a href`` names in the HTML stands in the text, written out; what looks like an
    address in the text is a link in the HTML, or stands in its words as well (an excerpt of
    the notes may hold one), whatever its capitals. Sources of pictures are no links, and
    neither is what ends in an ellipsis: a piece of words that were cut.
    """
    anchors = [*html.named("a"), *html.named("area")]
    linked = {node.get("href").strip() for node in anchors if node.get("href")}
    written = [url for url in _URL.findall(text) if "…" not in url[-3:]]
    stands = {form for url in written for form in _forms(url)}
    if left := sorted(linked - stands):
        message = f"links of the HTML that the text does not name: {len(left)}"
        message += f", such as one to {_place(left[0])}"
        (node, *_) = (one for one in anchors if (one.get("href") or "").strip() == left[0])
        yield broken("mail-links-differ", message, line=html.line_of(node), part=HTML)
        return
    words = {url.casefold() for text in html.texts for url in _URL.findall(text)}
    said = {form for url in words for form in _forms(url)}
    lost = [
        url
        for url in written
        if linked.isdisjoint(_forms(url)) and said.isdisjoint(_forms(url.casefold()))
    ]
    if lost:
        message = f"addresses in the text that the HTML does not link: {len(lost)}"
        message += f", such as one to {_place(lost[0])}"
        line = text.count("\n", 0, text.index(lost[0])) + 1
        yield broken("mail-links-differ", message, line=line, part=TEXT)


def _forms(url: str) -> tuple[str, str]:
    """As it stands, and without what ends a sentence."""
    return url, url.rstrip(".,;:!?…'’”»)]}")


def _place(url: str) -> str:
    """The host of a web address: never a person's address."""
    if url.lower().startswith("mailto:"):
        return "a mailbox"
    try:
        return shortened(urlsplit(url).hostname or "somewhere", 60)
    except ValueError:
        return "somewhere"


def postal_findings(html: Html, text: str, address: str) -> Iterator[Finding]:
    """That both parts say where the sender can be reached by post."""
    # Templates shorten what is longer than any address; blanks are theirs to choose.
    wanted = "".join(address.split())[:300]
    said = "".join("".join(html.texts).split()), "".join(text.split())
    missing = [
        part for part, words in zip(("HTML", "text"), said, strict=True) if wanted not in words
    ]
    if missing:
        yield broken("mail-postal-address", f"the {missing[0]} part does not name it")
