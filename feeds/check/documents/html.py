"""HTML inside of feeds: what readers remove, and what leads nowhere; and moments to compare."""

import re
from datetime import UTC, datetime

from feeds.check.documents.sheet import Sheet
from feeds.check.documents.tree import Node

_ACTIVE = re.compile(
    r"<\s*(script|meta|link|style)\b|<[^<>]*\s(on[a-z]{3,20})\s*=\s*[\"']|"
    r"\b(?:href|src)\s*=\s*[\"']?\s*(javascript):",
    re.IGNORECASE,
)
_FRAME = re.compile(r"<\s*(iframe|object|embed|applet|frameset)\b", re.IGNORECASE)
_REFERENCE = re.compile(
    r"<[a-z][a-z0-9]{0,10}\b[^<>]*?\s(?:href|src)\s*=\s*([\"'])([^\"'<>]*)\1", re.I
)
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#", re.IGNORECASE)
_REFERRING = {"a": "href", "img": "src", "area": "href", "audio": "src", "video": "src"}
_REMOVED = {"script", "meta", "link", "style"}
_FRAMES = {"iframe", "object", "embed", "applet"}


def check(sheet: Sheet, line: int, text: str, *, relative: bool) -> None:
    """HTML as text; with ``relative`` its references must be whole, for want of a base."""
    if "<" not in text:
        return
    if found := _ACTIVE.search(text):
        sheet.say("html-active", line, value=next(filter(None, found.groups())).lower())
    if found := _FRAME.search(text):
        sheet.say("html-frame", line, value=found[1].lower())
    if relative:
        for found in _REFERENCE.finditer(text):
            if found[2].strip() and not _ABSOLUTE.match(found[2].strip()):
                sheet.say("html-relative", line, value=found[2])
                return


def check_elements(sheet: Sheet, top: Node) -> None:
    """The same of XHTML, which was read with its document."""
    for node in top.below():
        name = node.name.lower()
        if name in _REMOVED:
            sheet.say("html-active", node.line, value=name)
        elif name in _FRAMES:
            sheet.say("html-frame", node.line, value=name)
        for attribute, value in node.attributes.items():
            if attribute[:2] == "on" or value.lstrip()[:11].lower() == "javascript:":
                sheet.say("html-active", node.line, value=attribute)


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
