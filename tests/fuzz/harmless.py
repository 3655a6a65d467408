"""Whether a page or a mail does anything by itself: read by a real HTML parser, as browsers do."""

import json
import re

import html5lib

_ADDRESSES = ("href", "src", "action", "formaction", "data", "poster", "xlink:href", "background")
_RUNS = re.compile(r"[\x00-\x20]*(?:j\s*a\s*v\s*a\s*s\s*c\s*r\s*i\s*p\s*t|vbscript|data)\s*:", re.I)
_NEVER = {"iframe", "object", "embed", "base", "applet", "frame", "frameset", "portal"}


def assert_harmless(page: str | bytes) -> None:
    """No script but the search's and data for machines, no handler, no frame, no such address."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    for element in tree.iter():
        name = str(element.tag).rpartition("}")[2].lower()
        assert name not in _NEVER, name
        if name == "script":
            if element.get("type") == "application/ld+json":
                json.loads(element.text or "")
            else:
                assert not (element.text or "").strip()
                assert str(element.get("src")).endswith("search.js")
        if name == "meta":
            assert "http-equiv" not in element.attrib
        for attribute, value in element.attrib.items():
            key = str(attribute).rpartition("}")[2].lower()
            assert not key.startswith("on"), key
            assert key != "srcdoc"
            if key in _ADDRESSES:
                assert not _RUNS.match(value), value
            if key == "style":
                assert "url(" not in value.lower()
                assert "expression(" not in value.lower()
