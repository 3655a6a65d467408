"""OPML 1.0, 1.1 and 2.0."""

import re
from dataclasses import replace

from feeds.check import Level
from feeds.check.documents.grammar import Language, Spec, check
from feeds.check.documents.modules import foreign
from feeds.check.documents.sheet import Entry, Sheet
from feeds.check.documents.tree import Node
from feeds.check.documents.values import (
    ABSOLUTE,
    ANY,
    BOOLEAN,
    DATE822,
    EMAIL,
    INTEGER,
    LANGUAGE,
    Kind,
    is_absolute,
)

_VERSIONS = {"1.0", "1.1", "2.0"}
_STATE = Kind(
    "number",
    "line numbers with commas between them",
    lambda text: re.fullmatch(r"\s*|\s*-?[0-9]+\s*(?:,\s*-?[0-9]+\s*)*+", text) is not None,
)
_INTEGER = Spec(INTEGER, section="OPML 2.0 <head>")
_DATE = Spec(DATE822, section="OPML 2.0 <head>")
_HEAD = {
    "title": Spec(ANY, section="OPML 2.0 <head>"),
    "dateCreated": _DATE,
    "dateModified": _DATE,
    "ownerName": Spec(ANY, section="OPML 2.0 <head>"),
    "ownerEmail": Spec(EMAIL, section="OPML 2.0 <head>"),
    "ownerId": Spec(ABSOLUTE, section="OPML 2.0 <head>"),
    "docs": Spec(ABSOLUTE, section="OPML 2.0 <head>"),
    "expansionState": Spec(_STATE, section="OPML 2.0 <head>"),
    "vertScrollState": _INTEGER,
    "windowTop": _INTEGER,
    "windowLeft": _INTEGER,
    "windowBottom": _INTEGER,
    "windowRight": _INTEGER,
}
ROOT = Spec(
    children={
        "head": Spec(children=_HEAD, once=frozenset(_HEAD), section="OPML 2.0 <head>"),
        "body": Spec(
            children={"outline": Spec(ANY, loose=True, markup=True, section="OPML 2.0 <outline>")},
            must=("outline",),
            section="OPML 2.0 <body>",
        ),
    },
    attributes={"version": ANY},
    must=("head", "body"),
    once=frozenset({"head", "body"}),
    section="OPML 2.0 <opml>",
)
# Programs write "unknown" for a feed that does not say its language, as the specification's do.
_SAID = replace(LANGUAGE, test=lambda text: text == "unknown" or LANGUAGE.test(text))
_TYPED = {"isComment": BOOLEAN, "isBreakpoint": BOOLEAN, "language": _SAID}
_ADDRESSES = ("xmlUrl", "htmlUrl", "url")


def check_outline(sheet: Sheet, node: Node, version: str) -> None:
    """One outline's attributes; those below it are looked at one by one."""
    attributes = node.attributes
    kind = attributes.get("type", "").strip()
    if "text" not in attributes:
        level = None if version == "2.0" else Level.ADVICE
        sheet.say("opml-text", node.line, level=level)
    needed = {"rss": "xmlUrl", "link": "url", "include": "url"}.get(kind.lower())
    if needed and not attributes.get(needed, "").strip():
        sheet.say("opml-outline", node.line, type=kind, attribute=needed)
    if not kind and "xmlUrl" in attributes:
        sheet.say("opml-type", node.line)
    for name in _ADDRESSES:
        value = attributes.get(name)
        if value is not None and value.strip() and not is_absolute(value.strip()):
            where = f"{name} of <outline>"
            sheet.say("opml-uri", node.line, where=where, value=value, wanted=ABSOLUTE.wanted)
    for name, typed in _TYPED.items():
        value = attributes.get(name, "").strip()
        if value and not typed.test(value):
            where, wanted = f"{name} of <outline>", typed.wanted
            sheet.say(f"opml-{typed.name}", node.line, where=where, value=value, wanted=wanted)
    if node.text.strip():
        sheet.say("opml-content", node.line, element="outline", section="OPML 2.0 <outline>")
    created = attributes.get("created")
    if created is not None and created.strip() and not DATE822.test(created):
        where = "created of <outline>"
        sheet.say("opml-date", node.line, where=where, value=created, wanted=DATE822.wanted)


def check_opml(sheet: Sheet, root: Node) -> None:
    """All of it but what ``check_inside`` has looked at."""
    check(sheet, Language("opml", "", foreign), root, ROOT)
    version = root.attributes.get("version", "").strip()
    if version not in _VERSIONS:
        sheet.say("opml-version", root.line)
    names = [child.name for child in root.children if child.name in {"head", "body"}]
    if names == ["body", "head"]:
        sheet.say("opml-order", root.line)
    body = root.first("", "body")
    if body is None:
        return
    for node in body.below():
        _check_below(sheet, node, version)
    sheet.facts.entries.sort(key=lambda entry: entry.line)


def check_inside(sheet: Sheet, root: Node, node: Node) -> bool:
    """Check an outline in a folder, with all that is in it, as soon as it has ended; False for
    anything else. Forty thousand of them take 50 MB."""
    folder = node.parent
    body = folder.parent if folder and folder.name == "outline" and not folder.space else None
    if node.name != "outline" or node.space or body is None or body is not root.first("", "body"):
        return False
    version = root.attributes.get("version", "").strip()
    for one in (node, *node.below()):
        _check_below(sheet, one, version)
    return True


def _check_below(sheet: Sheet, node: Node, version: str) -> None:
    """One element somewhere in the body."""
    if node.space:
        return
    if node.name != "outline":
        # What stands elsewhere is said of the body, or of what it stands in.
        if node.parent is not None and node.parent.name == "outline":
            sheet.say("opml-unknown", node.line, element=node.name, parent="outline")
        return
    check_outline(sheet, node, version)
    if url := node.attributes.get("xmlUrl", ""):
        title = node.attributes.get("text", "")
        sheet.facts.entries.append(Entry(url, node.line, title, url))
