"""The two parts of a message: plain text and HTML, read with lxml, and held against each other."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from feeds.check import Finding, Level
from feeds.check.headers import mail_address, web_address
from feeds.check.rules import broken
from feeds.text import is_language, shortened

MAX_HTML_BYTES = 102_000
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
        parser = etree.HTMLParser(encoding="utf-8", recover=True, no_network=True)
        self.root = etree.fromstring(data or b" ", parser)
        self.elements: list[Any] = []
        self.texts: list[str] = []
        self.styles: list[str] = []
        if self.root is not None:
            self._gather(self.root, seen=True)

    def _gather(self, root: Any, *, seen: bool) -> None:
        hidden = {"style", "script", "title"}
        for node in root.iter():
            if isinstance(node.tag, str):
                self.elements.append(node)
                if node.tag == "style":
                    self.styles.append(node.text or "")
                elif seen and node.tag not in hidden and node.text:
                    self.texts.append(node.text)
            elif (
                seen and isinstance(node, etree._Comment) and (found := _MSO.match(node.text or ""))
            ):
                inner = found[1].encode("utf-8", "replace")
                parser = etree.HTMLParser(encoding="utf-8", recover=True, no_network=True)
                if (tree := etree.fromstring(b"<div>" + inner + b"</div>", parser)) is not None:
                    self._gather(tree, seen=False)
            if seen and node.tail:
                self.texts.append(node.tail)

    def named(self, name: str) -> list[Any]:
        """Every element of that name."""
        return [node for node in self.elements if node.tag == name]


def html_findings(html: Html) -> Iterator[Finding]:
    """What holds for the HTML alone."""
    if html.size_bytes > MAX_HTML_BYTES:
        message = f"{html.size_bytes:,} bytes of HTML, at most {MAX_HTML_BYTES:,} are shown"
        yield broken("mail-html-size", message)
    if html.root is None or not html.named("body") or not any(map(str.strip, html.texts)):
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
        yield broken("mail-html-lang", "the html element names no language")
    if not any((node.text or "").strip() for node in html.named("title")):
        yield broken("mail-html-title", "the HTML has no title")
    metas = html.named("meta")
    charsets = [node.get("charset", "").lower() for node in metas if node.get("charset")]
    charsets += [
        node.get("content", "").lower().rpartition("charset=")[2]
        for node in metas
        if node.get("http-equiv", "").lower() == "content-type"
    ]
    if not charsets or set(charsets) != {"utf-8"}:
        yield broken("mail-html-charset", "the HTML does not say that it is utf-8")
    if not any(
        node.get("name", "").lower() == "viewport" and node.get("content") for node in metas
    ):
        yield broken("mail-html-viewport", "the HTML names no viewport")


def _active_findings(html: Html) -> Iterator[Finding]:
    for node in html.elements:
        refresh = node.tag == "meta" and node.get("http-equiv", "").lower() == "refresh"
        if node.tag in _ACTIVE or refresh:
            yield broken("mail-active-content", f"the HTML holds <{node.tag}>")
            return
        for name, value in node.attrib.items():
            if name.startswith("on") or name == "ping":
                yield broken("mail-active-content", f"the HTML holds the attribute {name}")
                return
            if name == "style" and _CSS_ACTIVE.search(value):
                yield broken("mail-active-content", "a style attribute holds a script")
                return
    if any(_CSS_ACTIVE.search(style) for style in html.styles):
        yield broken("mail-active-content", "a style element holds a script")


def _style_findings(html: Html) -> Iterator[Finding]:
    imported = any(_CSS_IMPORT.search(style) for style in html.styles)
    if imported or any(node.get("href") is not None for node in html.named("link")):
        yield broken("mail-external-style", "the HTML asks for another file")


def _scheme_findings(html: Html) -> Iterator[Finding]:
    for where, url in _addresses(html):
        allowed = web_address(url) or (where == "href" and mail_address(url))
        if not allowed and not _TEMPLATE.search(url):
            found = re.match(r"([A-Za-z][A-Za-z0-9+-]{0,20}):", url)
            scheme = f"of the scheme {found[1].lower()}" if found else "without a scheme"
            yield broken("mail-scheme", f"{where} has an address {scheme}")
            return


def _addresses(html: Html) -> Iterator[tuple[str, str]]:
    for node in html.elements:
        if node.tag in _ACTIVE or node.tag == "link":
            continue  # has a finding already
        for name, value in node.attrib.items():
            if name == "srcset":
                yield from ((name, part.split()[0]) for part in value.split(",") if part.split())
            elif name in _LINKS:
                yield name, value.strip()
            elif name == "style":
                yield from (("style", url.strip()) for url in _CSS_URL.findall(value))
    for style in html.styles:
        if not _CSS_IMPORT.search(style):
            yield from (("style", url.strip()) for url in _CSS_URL.findall(style))


def _picture_findings(html: Html) -> Iterator[Finding]:
    pictures = html.named("img")
    if any(not (node.get("alt") or "").strip() for node in pictures):
        yield broken("mail-image-alt", "a picture has no alt text")
    sizes = [(node.get("width") or "", node.get("height") or "") for node in pictures]
    if any(not _PIXELS.fullmatch(number) for size in sizes for number in size):
        yield broken("mail-image-size", "a picture has no width and height in pixels")
    elif any(int(number) <= _MAX_UNSEEN_PIXELS for size in sizes for number in size):
        yield broken("mail-tracking-pixel", "a picture is too small to be seen")
    elif any(map(_is_hidden, pictures)):
        yield broken("mail-tracking-pixel", "a picture is hidden")


def _is_hidden(node: Any) -> bool:
    """By its own style, or by that of what it stands in."""
    around = (node, *node.iterancestors())
    return any("hidden" in one.attrib or _UNSEEN.search(one.get("style") or "") for one in around)


def control_findings(html: bytes, text: bytes) -> Iterator[Finding]:
    """What no transfer encoding may bring through."""
    for name, content in (("text", text), ("HTML", html)):
        if found := _CONTROLS.search(content):
            code = found.group()[0]
            yield broken("mail-control", f"the control character 0x{code:02X} in the {name} part")
            return


def left_findings(html: Html, text: str, header: str) -> Iterator[Finding]:
    """What a template should have turned into words.

    In the words themselves it is a warning: a talk about Helm may well quote ``{{``.
    """
    attributes = [(name, value) for node in html.elements for name, value in node.attrib.items()]
    machine = [value for name, value in attributes if name not in _READ_ALOUD]
    if any(map(_TEMPLATE.search, [header, *machine, *html.styles])):
        yield broken("mail-template-left", "{{ or {% is left in a header or an attribute")
    else:
        aloud = (value for name, value in attributes if name in _READ_ALOUD)
        if any(map(_TEMPLATE.search, [text, *html.texts, *aloud])):
            message = "{{ or {% stands in the text: fine where the notes say so"
            yield broken("mail-template-left", message, Level.WARNING)
    for name, value in attributes:
        if _NOTHING.fullmatch(value.strip()) or (name in _LINKS and _says_nothing(value)):
            yield broken("mail-value-missing", f"the attribute {name} says {_shown(value)}")
            return


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
        yield broken("mail-links-differ", f"{message}, such as one to {_place(left[0])}")
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
        yield broken("mail-links-differ", f"{message}, such as one to {_place(lost[0])}")


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
