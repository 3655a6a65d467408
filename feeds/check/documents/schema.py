"""Atom's structure as a RELAX NG schema, after RFC 4287, appendix B.

The typed rules say what is wrong in words of the format; this is the net below them, for what no
table thought of. Values are text here, because the typed rules know them better (libxml2's
xsd:dateTime knows no leap second), and entries may stand among the head's elements, which is a
warning of its own.
"""

from functools import cache
from typing import Any

from feeds.check.documents.sheet import Sheet

# Above that the net is not worth its time: the tables look at every element anyway.
MAX_BYTES = 4 << 20
_ONE = "<optional>{}</optional>"
_MANY = "<zeroOrMore>{}</zeroOrMore>"
_ANY = (
    '<element><anyName><except><nsName ns="http://www.w3.org/2005/Atom"/></except></anyName>'
    '<ref name="anything"/></element>'
)
_HEAD_ONE = ("generator", "icon", "logo", "rights", "subtitle")
_HEAD_MANY = ("author", "category", "contributor", "link")
_TEXTS = ("rights", "subtitle", "summary", "title")
_VALUES = ("icon", "id", "logo", "published", "updated")


def _refs(names: tuple[str, ...], wrap: str) -> str:
    return "".join(wrap.format(f'<ref name="{name}"/>') for name in names)


def _attributes(*names: str) -> str:
    return "".join(_ONE.format(f'<attribute name="{name}"/>') for name in names)


def _define(name: str, inner: str) -> str:
    common = '<ref name="common"/>'
    return f'<define name="{name}"><element name="{name}">{common}{inner}</element></define>'


_HEAD = _refs(_HEAD_ONE, _ONE) + _refs(_HEAD_MANY, _MANY) + '<ref name="extensions"/>'
_REQUIRED = _refs(("id", "title", "updated"), "{}")
_PERSON = (
    '<interleave><element name="name"><ref name="common"/><text/></element>'
    '<optional><element name="uri"><ref name="common"/><text/></element></optional>'
    '<optional><element name="email"><ref name="common"/><text/></element></optional>'
    '<ref name="extensions"/></interleave>'
)
_UNDEFINED = f"<zeroOrMore><choice><text/>{_ANY}</choice></zeroOrMore>"
_TEXT = (
    "<choice>"
    '<group><optional><attribute name="type"><choice><value>text</value><value>html</value>'
    "</choice></attribute></optional><text/></group>"
    '<group><attribute name="type"><value>xhtml</value></attribute>'
    '<element name="div" ns="http://www.w3.org/1999/xhtml"><ref name="anything"/></element>'
    "</group></choice>"
)
_ENTRY_ONE = ("content", "published", "rights", "source", "summary")
_INSIDE = (
    '<zeroOrMore><choice><text/><element><anyName/><ref name="anything"/></element></choice>'
    "</zeroOrMore>"
)


def _mixed(*parts: str) -> str:
    return f"<interleave>{''.join(parts)}</interleave>"


SCHEMA = "".join(
    (
        '<grammar xmlns="http://relaxng.org/ns/structure/1.0" ns="http://www.w3.org/2005/Atom">',
        '<start><choice><ref name="feed"/><ref name="entry"/></choice></start>',
        '<define name="common"><zeroOrMore><attribute><anyName><except><nsName ns=""/></except>',
        "</anyName></attribute></zeroOrMore></define>",
        '<define name="anything"><zeroOrMore><choice><text/><attribute><anyName/></attribute>',
        '<element><anyName/><ref name="anything"/></element></choice></zeroOrMore></define>',
        f'<define name="extensions"><zeroOrMore>{_ANY}</zeroOrMore></define>',
        _define("feed", _mixed(_REQUIRED, _HEAD, _refs(("entry",), _MANY))),
        _define(
            "entry",
            _mixed(
                _REQUIRED,
                _refs(_HEAD_MANY, _MANY),
                _refs(_ENTRY_ONE, _ONE),
                '<ref name="extensions"/>',
            ),
        ),
        _define("source", _mixed(_refs(("id", "title", "updated"), _ONE), _HEAD)),
        *(_define(name, _PERSON) for name in ("author", "contributor")),
        *(_define(name, _TEXT) for name in _TEXTS),
        *(_define(name, "<text/>") for name in _VALUES),
        _define(
            "category", '<attribute name="term"/>' + _attributes("scheme", "label") + _UNDEFINED
        ),
        _define("generator", _attributes("uri", "version") + "<text/>"),
        _define(
            "link",
            '<attribute name="href"/>'
            + _attributes("rel", "type", "hreflang", "title", "length")
            + _UNDEFINED,
        ),
        _define("content", _attributes("type", "src") + _INSIDE),
        "</grammar>",
    )
)


@cache
def _schema() -> Any:
    from lxml import etree

    return etree.RelaxNG(etree.fromstring(SCHEMA))


def check(sheet: Sheet, data: bytes) -> None:
    """The whole document in UTF-8, which was read to its end by then, against the schema."""
    from lxml import etree

    if len(data) > MAX_BYTES:
        return
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, encoding="utf-8"
    )
    try:
        document = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return  # libxml2 is stricter in things that no reader minds
    schema = _schema()
    if not schema.validate(document):
        first = schema.error_log.filter_from_errors()[0]
        sheet.say("atom-schema", first.line, detail=first.message)
