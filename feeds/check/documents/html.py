"""HTML inside of feeds: what readers remove, and what leads nowhere; and moments to compare."""

import re
from collections.abc import Container, Iterator
from datetime import UTC, datetime
from typing import Protocol

from feeds.check.documents import html_form
from feeds.check.documents.sheet import Sheet
from feeds.check.documents.tree import Node
from feeds.patterns import pattern

# In small letters, for text in small letters: case-blind patterns are five times slower.
_ELEMENT = pattern(
    r"<(?:(script|meta|link|style)|(iframe|object|embed|applet|frameset))(?![a-z0-9:-])"
)
# Begins with letters, which are searched for faster than a class of characters.
_MAYBE_HANDLER = pattern(r"on(?<=\son)[a-z]{3,20}\s*=")
_VALUE = r"\"[^\"]*\"|'[^']*'|[^\s\"'<>]+"
_TAG = pattern(rf"<[A-Za-z][A-Za-z0-9:-]*((?:[\s/]+(?:[^\s\"'<>/=]+(?:\s*=\s*(?:{_VALUE}))?)?)*)")
_ATTRIBUTE = pattern(rf"([^\s\"'<>/=]+)\s*=\s*({_VALUE})")
_XHTML = "http://www.w3.org/1999/xhtml"
_ABSOLUTE = pattern(r"[a-z][a-z0-9+.-]*:|//|#", re.IGNORECASE)
# Above what a reader shows around it, from somewhere else, or a script.
_STYLE = pattern(
    r"(?:^|[;\s])(position(?=\s*:\s*(?:absolute|fixed|sticky))|z-index(?=\s*:)|behaviou?r(?=\s*:)"
    r"|-moz-binding(?=\s*:))|(url|expression|image-set)\("
)
_REFERRING = {"href", "src"}
_REMOVED = {"script", "meta", "link", "style"}
_FRAMES = {"iframe", "object", "embed", "applet"}


class Notes(Protocol):
    """Whoever writes faults down."""

    def say(self, rule: str, line: int, /, **values: object) -> None:
        """Note a fault of ``rule``."""
        ...


def check_text(sheet: Sheet, node: Node, *, relative: bool) -> None:
    """The HTML that stands in an element as text, each fault on its own line."""
    text = node.text
    if "<" not in text and "&#" not in text:
        return
    check(sheet, node.text_line, text, relative=relative, last=node.end)
    if sheet.thorough and sheet.reads(len(text)):
        position, detail = html_form.fault(text)
        if detail:
            line = node.text_line + text.count("\n", 0, position)
            sheet.say("html-form", min(line, max(node.end, node.text_line)), detail=detail)


def check(sheet: Notes, line: int, text: str, *, relative: bool, last: int = 1) -> None:
    """HTML as text, between two lines; with ``relative`` its references must be whole, for want
    of a base."""
    if "<" not in text:
        return

    def say(rule: str, position: int, value: str) -> None:
        # A line end may be written as &#10;, which is none of the document's.
        sheet.say(rule, min(line + text.count("\n", 0, position), max(line, last)), value=value)

    lowered = text.lower()
    active = frame = None
    for element in _ELEMENT.finditer(lowered):
        if element[1]:
            active = active or (element.start(), element[1])
        else:
            frame = frame or (element.start(), element[2])
    if not active and ("javascript:" in lowered or _MAYBE_HANDLER.search(lowered)):
        active = next(_active_attributes(lowered), None)
    if active:
        say("html-active", *active)
    if frame:
        say("html-frame", *frame)
    if "style" in lowered and (found := next(_styles(lowered), None)):
        say("html-style", *found)
    if relative and (found := next(_relative(text), None)):
        say("html-relative", *found)


def _relative(text: str) -> Iterator[tuple[int, str]]:
    """Addresses that need a base: where each begins, and how it is written."""
    for position, name, value in _attributes(text):
        url = value.strip()
        if name.lower() in _REFERRING and url and not _ABSOLUTE.match(url):
            yield position, url


def _styles(lowered: str) -> Iterator[tuple[int, str]]:
    """Styles that put content over a reader's own, fetch something, or run: where each begins."""
    for position, name, value in _attributes(lowered):
        if name == "style" and (found := _unsafe(value)):
            yield position, found


def _unsafe(style: str) -> str:
    found = _STYLE.search(style)
    return (found[1] or found[2] + "()") if found else ""


def _active_attributes(lowered: str) -> Iterator[tuple[int, str]]:
    """Those that hold a script: where each begins, and what it is."""
    for position, name, value in _attributes(lowered):
        if name[:2] == "on" and len(name) > 4:
            yield position, name
        elif name in _REFERRING and value.lstrip().startswith("javascript:"):
            yield position, "javascript:"


def _attributes(text: str) -> Iterator[tuple[int, str, str]]:
    """Where each attribute of every tag begins, its name, and its value as it is written between
    the quotes."""
    for tag in _TAG.finditer(text):
        for found in _ATTRIBUTE.finditer(tag[1]):
            value = found[2]
            position = tag.start(1) + found.start()
            yield position, found[1], value[1:-1] if value[0] in "\"'" else value


def check_elements(sheet: Notes, top: Node, foreign: Container[str]) -> None:
    """The same of XHTML, which was read with its document; of namespaces in ``foreign`` nothing
    may stand in it."""
    _element_attributes(sheet, top)
    for node in top.below():
        name = node.name.lower()
        if node.space in foreign:
            sheet.say("atom-xhtml-foreign", node.line, element=node.name, value=node.space)
            continue
        if node.space == _XHTML and (detail := html_form.unknown(node.name)):
            sheet.say("html-form", node.line, detail=detail)
        if name in _REMOVED:
            sheet.say("html-active", node.line, value=name)
        elif name in _FRAMES:
            sheet.say("html-frame", node.line, value=name)
        _element_attributes(sheet, node)


def _element_attributes(sheet: Notes, node: Node) -> None:
    for attribute, value in node.attributes.items():
        if attribute[:2] == "on" or value.lstrip()[:11].lower() == "javascript:":
            sheet.say("html-active", node.line, value=attribute)
        elif attribute == "style" and (found := _unsafe(value.lower())):
            sheet.say("html-style", node.line, value=found)


def instant(moment: str) -> str:
    """A moment of RFC 3339 in UTC, as text that sorts; a leap second counts as the one before."""
    text = moment[:17] + "59" + moment[19:] if moment[17:19] == "60" else moment
    if moment.endswith("Z"):
        return text[:-1].ljust(30, "0") if "." in text else (text[:-1] + ".").ljust(30, "0")
    if text.startswith("0000"):
        return text
    whole, _, fraction = text[:-6].partition(".")
    try:
        found = datetime.fromisoformat(whole + text[-6:]).astimezone(UTC)
    except (ValueError, OverflowError):
        return text
    return (found.strftime("%Y-%m-%dT%H:%M:%S") + "." + fraction).ljust(30, "0")
