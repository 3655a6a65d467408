"""Text constructs and content of Atom (RFC 4287 §3.1, §4.1.3), and the namespaces around them."""

import binascii
from base64 import b64decode

from feeds.check import Level
from feeds.check.documents import html
from feeds.check.documents.grammar import check_value
from feeds.check.documents.plain import is_marked_up
from feeds.check.documents.sheet import Sheet
from feeds.check.documents.tree import Node
from feeds.check.documents.values import MEDIA_TYPE, is_media_type, is_rfc3339
from feeds.patterns import pattern

ATOM = "http://www.w3.org/2005/Atom"
HISTORY = "http://purl.org/syndication/history/1.0"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
THREAD = "http://purl.org/syndication/thread/1.0"
XHTML = "http://www.w3.org/1999/xhtml"
# RFC 4287, appendix B, has XHTML alone below the div; drawings and formulas do no harm there,
# elements of feeds and those of no namespace say nothing to anybody.
_NOT_IN_XHTML = frozenset(
    {"", ATOM, HISTORY, TOMBSTONES, THREAD, "http://www.w3.org/2007/app"}
    | {"http://purl.org/dc/elements/1.1/", "http://search.yahoo.com/mrss/"}
    | {"http://www.itunes.com/dtds/podcast-1.0.dtd", "https://podcastindex.org/namespace/1.0"}
)
_INLINE = ("text", "html", "xhtml")
_TYPE = pattern(r"[^;\s]+")


def text_construct(sheet: Sheet, node: Node) -> None:
    """A text construct's elements (RFC 4287 §3.1.1); its type is checked by then."""
    kind = node.attributes.get("type", "text")
    if not node.children and not node.text.strip():
        # It is advisable that there is something (§4.1.2).
        sheet.say("atom-empty", node.line, element=node.name, level=Level.ADVICE)
    if kind == "xhtml":
        _xhtml(sheet, node)
        return
    if node.children and kind in {"text", "html"}:
        sheet.say("atom-markup", node.children[0].line, element=node.name, type=kind)
    if kind == "text" and is_marked_up(node.text):
        sheet.say("atom-text-markup", node.line, where=f"<{node.name}>")
    if kind == "html":
        html.check_text(sheet, node, relative=False)


def _xhtml(sheet: Sheet, node: Node) -> None:
    div = node.children[0] if node.children else None
    if (
        div is None
        or len(node.children) > 1
        or div.name != "div"
        or div.space != XHTML
        or not (node.text == "" or node.text.isspace())
    ):
        sheet.say("atom-xhtml-div", node.line, element=node.name)
    if div is not None:
        html.check_elements(sheet, div, _NOT_IN_XHTML)


def content(sheet: Sheet, node: Node) -> None:
    """An entry's content (RFC 4287 §4.1.3)."""
    kind = node.attributes.get("type")
    if kind is not None and ("src" in node.attributes or kind not in _INLINE):
        section = "RFC 4287 §4.1.3.1, §4.1.3.2"
        check_value(sheet, "atom", node.line, "type of <content>", kind, MEDIA_TYPE, section)
        if kind.strip().lower().startswith(("multipart/", "message/")):
            sheet.say("atom-content-composite", node.line, value=kind)
    if "src" in node.attributes:
        if node.children or node.text.strip():
            sheet.say("atom-content-src", node.line)
        if kind is None:
            sheet.say("atom-content-src-type", node.line)
    elif kind is None or kind in _INLINE:
        text_construct(sheet, node)
    elif is_media_type(kind.strip()):
        _embedded(sheet, node, kind)


def _embedded(sheet: Sheet, node: Node, kind: str) -> None:
    """Content of a media type (RFC 4287 §4.1.3.3)."""
    if _is_xml(kind):
        if len(node.children) > 1 or (node.children and node.text.strip()):
            sheet.say("atom-content-xml", node.line, type=kind)
    elif node.children:
        sheet.say("atom-markup", node.children[0].line, element="content", type=kind)
    elif not _is_text(kind) and not _is_base64(node.text):
        sheet.say("atom-base64", node.line, type=kind)


def _bare(kind: str) -> str:
    found = _TYPE.match(kind.strip())
    return found.group().lower() if found else ""


def _is_xml(kind: str) -> bool:
    return _bare(kind).endswith(("+xml", "/xml"))


def _is_text(kind: str) -> bool:
    return _bare(kind).startswith("text/")


def _is_base64(text: str) -> bool:
    try:
        b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def plain(sheet: Sheet, node: Node) -> None:
    """An element that is text, or has an attribute for people to read."""
    if node.name == "generator" and is_marked_up(node.text):
        sheet.say("atom-text-markup", node.line, where=f"<{node.name}>")
    for name in ("label", "title"):
        if is_marked_up(node.attributes.get(name, "")):
            sheet.say("atom-text-markup", node.line, where=f"{name} of <{node.name}>")


def moment(sheet: Sheet, node: Node) -> None:
    """A year in which there is a feed."""
    text = node.text.strip()
    if is_rfc3339(text) and not "1970" <= text[:4] < "2070":
        sheet.say("date-unlikely", node.line, where=f"<{node.name}>", value=text)


def is_binary(kind: str) -> bool:
    """Whether content of this type is in Base64, and says nothing to who cannot open it."""
    inline = kind in _INLINE or _is_xml(kind) or _is_text(kind)
    return not inline and is_media_type(kind)
