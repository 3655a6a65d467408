"""Atom: RFC 4287 with RFC 5005 (archives), 6721 (tombstones), 5023 (app:), 4685 (threads)."""

from collections import Counter

from feeds.check import Level
from feeds.check.documents import html
from feeds.check.documents.atom_text import (
    ATOM,
    HISTORY,
    THREAD,
    TOMBSTONES,
    content,
    is_binary,
    moment,
    plain,
    text_construct,
)
from feeds.check.documents.codes import RELATIONS
from feeds.check.documents.grammar import Language, Spec, check, check_value
from feeds.check.documents.identifiers import check_self, is_normal, is_of_its_scheme
from feeds.check.documents.sheet import Entry, Sheet
from feeds.check.documents.tree import Node
from feeds.check.documents.values import (
    ABSOLUTE_STRICT,
    ANY,
    ATOM_EMAIL,
    DATE3339,
    IRI,
    LANGUAGE,
    MEDIA_TYPE,
    NUMBER,
    SOME,
    choice,
    is_absolute,
    is_rfc3339,
)

_TEXT_TYPES = choice("text", "html", "xhtml")
_RELATION = "http://www.iana.org/assignments/relation/"
_ON_LINKS = {"count": NUMBER, "updated": DATE3339}
_OF_REPLIES = {f"{THREAD} {name}" for name in (*_ON_LINKS, "when")}
_COMPLETE_WITHOUT = ("first", "last", "next", "previous", "prev-archive", "next-archive")


def _link(sheet: Sheet, node: Node) -> None:
    if "title" in node.attributes:
        plain(sheet, node)
    if not _OF_REPLIES.isdisjoint(node.attributes):
        _replies(sheet, node)
    if sheet.thorough and not is_of_its_scheme(url := node.attributes.get("href", "")):
        sheet.say("uri-scheme", node.line, where="href of <link>", value=url)
    relation = node.attributes.get("rel")
    if relation is None or relation in RELATIONS:
        return
    if not relation.strip():
        sheet.say("atom-relation", node.line, value="", level=Level.ERROR)
    elif not is_absolute(relation):
        sheet.say("atom-relation", node.line, value=relation)


def _identifier(sheet: Sheet, node: Node) -> None:
    if not sheet.thorough:
        return
    text = node.text.strip()
    if not is_of_its_scheme(text):
        sheet.say("uri-scheme", node.line, where="<id>", value=text)
    elif not is_normal(text):
        sheet.say("atom-id-form", node.line, value=text)


def _picture(sheet: Sheet, node: Node) -> None:
    if not node.text:
        sheet.say("atom-empty", node.line, element=node.name)


def _replies(sheet: Sheet, node: Node) -> None:
    """What RFC 4685 §4 adds to links."""
    for name, kind in _ON_LINKS.items():
        value = node.attributes.get(f"{THREAD} {name}")
        if value is not None and not kind.test(value):
            where = f"thr:{name} of <link>"
            check_value(sheet, "thread", node.line, where, value, kind, "RFC 4685 §4")
    if f"{THREAD} when" in node.attributes:
        sheet.say("thread-attribute-unknown", node.line, element="link", attribute="thr:when")


def _source(sheet: Sheet, node: Node) -> None:
    _alternates(sheet, node)
    for name in ("id", "title", "updated"):
        if node.first(ATOM, name) is None:
            sheet.say("atom-source", node.line, element=name)


def _text_spec(section: str) -> Spec:
    return Spec(ANY, {"type": _TEXT_TYPES}, section=section, closer=text_construct, markup=True)


_PERSON = Spec(
    children={
        "name": Spec(SOME, section="RFC 4287 §3.2.1"),
        "uri": Spec(IRI, section="RFC 4287 §3.2.2"),
        "email": Spec(ATOM_EMAIL, section="RFC 4287 §3.2.3"),
    },
    must=("name",),
    once=frozenset({"name", "uri", "email"}),
    section="RFC 4287 §3.2",
)
LINK = Spec(
    ANY,
    {
        "href": IRI,
        "rel": ANY,
        "type": MEDIA_TYPE,
        "hreflang": LANGUAGE,
        "title": ANY,
        "length": NUMBER,
    },
    needs=("href",),
    section="RFC 4287 §4.2.7",
    closer=_link,
)
_CATEGORY = Spec(
    ANY,
    {"term": ANY, "scheme": ABSOLUTE_STRICT, "label": ANY},
    needs=("term",),
    section="RFC 4287 §4.2.2",
    closer=plain,
)
_DATE = "RFC 4287 §3.3"
_COMMON = {
    "author": _PERSON,
    "category": _CATEGORY,
    "contributor": _PERSON,
    "id": Spec(ABSOLUTE_STRICT, section="RFC 4287 §4.2.6", closer=_identifier),
    "link": LINK,
    "rights": _text_spec("RFC 4287 §4.2.10"),
    "title": _text_spec("RFC 4287 §4.2.14"),
    "updated": Spec(DATE3339, section="RFC 4287 §4.2.15", closer=moment),
}
_HEAD = {
    **_COMMON,
    "generator": Spec(
        SOME, {"uri": IRI, "version": ANY}, section="RFC 4287 §4.2.4", closer=plain
    ),
    "icon": Spec(IRI, section="RFC 4287 §4.2.5", closer=_picture),
    "logo": Spec(IRI, section="RFC 4287 §4.2.8", closer=_picture),
    "subtitle": _text_spec("RFC 4287 §4.2.12"),
}  # fmt: skip
_HEAD_ONCE = frozenset(
    {"generator", "icon", "id", "logo", "rights", "subtitle", "title", "updated"}
)
ENTRY = Spec(
    children={
        **_COMMON,
        "content": Spec(
            ANY, {"type": ANY, "src": IRI}, section="RFC 4287 §4.1.3", closer=content, markup=True
        ),
        "published": Spec(DATE3339, section="RFC 4287 §4.2.9"),
        "source": Spec(children=_HEAD, once=_HEAD_ONCE, section="RFC 4287 §4.2.11", closer=_source),
        "summary": _text_spec("RFC 4287 §4.2.13"),
    },
    must=("id", "title", "updated"),
    once=frozenset(
        {"content", "id", "published", "rights", "source", "summary", "title", "updated"}
    ),
    section="RFC 4287 §4.1.2",
)
FEED = Spec(
    children={**_HEAD, "entry": ENTRY},
    must=("id", "title", "updated"),
    once=_HEAD_ONCE,
    section="RFC 4287 §4.1.1",
)
DELETED = Spec(
    children={"by": _PERSON, "comment": _text_spec("RFC 6721 §3")},
    attributes={"ref": IRI, "when": DATE3339},
    needs=("ref", "when"),
    once=frozenset({"by", "comment"}),
    section="RFC 6721 §3",
)


class Atom:
    """One Atom document: entries as they come, then the feed around them."""

    def __init__(self, sheet: Sheet, language: Language) -> None:
        self.sheet, self.language = sheet, language
        self._orphans: list[int] = []
        self._stamps: Counter[str] = Counter()
        self._seen: dict[tuple[str, str], int] = {}
        self._newest = ("", "", 0)
        self._misplaced: str = ""
        self._entries = 0
        self._deleted: list[tuple[str, str, int]] = []
        self._last: Node | None = None
        self._head = 0

    def entry(self, node: Node) -> None:
        """One entry, complete with all below it; what it knows of its feed comes later."""
        sheet = self.sheet
        if self._entries:
            self._order(node.parent.children if node.parent is not None else [])
        elif node.parent is not None:
            self._head = len(node.parent.children) - 1
        self._entries += 1
        check(sheet, self.language, node, ENTRY)
        found = node.first(ATOM, "content")
        alternates = _alternates(sheet, node)
        if found is None and not alternates:
            sheet.say("atom-content-or-link", node.line)
        if found is None and node.first(ATOM, "summary") is None:
            sheet.say("atom-no-text", node.line)
        if found is not None and node.first(ATOM, "summary") is None:
            kind = found.attributes.get("type", "text")
            if "src" in found.attributes or is_binary(kind):
                sheet.say("atom-summary", found.line)
        if node.first(ATOM, "author") is None:
            source = node.first(ATOM, "source")
            if source is None or source.first(ATOM, "author") is None:
                self._orphans.append(node.line)
        self._note(node, alternates)

    def _note(self, node: Node, alternates: list[Node]) -> None:
        found = {
            name: child.text.strip() if (child := node.first(ATOM, name)) is not None else ""
            for name in ("id", "updated", "title")
        }
        name, updated = found["id"], found["updated"]
        if name:
            if (other := self._seen.get((name, updated))) is None:
                self._seen[(name, updated)] = node.line
            else:
                self.sheet.say("atom-id-twice", node.line, other=other)
        if updated:
            self._stamps[updated] += 1
            if is_rfc3339(updated) and (instant := html.instant(updated)) > self._newest[0]:
                self._newest = (instant, updated, node.line)
        url = alternates[0].attributes.get("href", "") if alternates else ""
        self.sheet.facts.entries.append(Entry(name, node.line, found["title"], url, updated))

    def _order(self, siblings: list[Node]) -> None:
        """What stands behind the first entry belongs before it."""
        for child in siblings[self._head :]:
            if child.space == ATOM and child.name != "entry" and not self._misplaced:
                self._misplaced = child.name
                self.sheet.say("atom-order", child.line, element=child.name)

    def deleted(self, node: Node) -> None:
        """A tombstone (RFC 6721)."""
        language = Language("deleted", TOMBSTONES, self.language.foreign, "at:")
        check(self.sheet, language, node, DELETED)
        when = node.attributes.get("when", "")
        if is_rfc3339(when):
            self._deleted.append((node.attributes.get("ref", ""), html.instant(when), node.line))

    def feed(self, root: Node) -> None:
        """The head, and what needs all entries."""
        sheet = self.sheet
        if self._entries:
            self._order(root.children)
        check(sheet, self.language, root, FEED)
        _alternates(sheet, root)
        if root.first(ATOM, "author") is None:
            for line in self._orphans:
                sheet.say("atom-author", line)
        if not any(link.attributes.get("rel") == "self" for link in root.named(ATOM, "link")):
            sheet.say("atom-self", root.line)
        self._times(root)
        self._history(root)
        ids = {entry.id: entry for entry in sheet.facts.entries}
        for ref, when, line in self._deleted:
            entry = ids.get(ref)
            if entry and is_rfc3339(entry.updated) and html.instant(entry.updated) < when:
                sheet.say("deleted-alive", line, other=entry.line)

    def alone(self) -> None:
        """What an entry needs that no feed is around (RFC 4287 §4.1.2)."""
        for line in self._orphans:
            self.sheet.say("atom-author", line)

    def _times(self, root: Node) -> None:
        updated = root.first(ATOM, "updated")
        if updated is None or not is_rfc3339(updated.text):
            return
        newest, _, line = self._newest
        if line and html.instant(updated.text) < newest:
            self.sheet.say("atom-updated-early", updated.line, other=line)
        for value, count in self._stamps.items():
            if count > 1:
                self.sheet.say("atom-updated-same", root.line, count=count, value=value)

    def _history(self, root: Node) -> None:
        marks = {child.name: child for child in root.children if child.space == HISTORY}
        for mark in marks.values():
            if mark.name in {"complete", "archive"}:
                language = Language("history", HISTORY, self.language.foreign, "fh:")
                check(self.sheet, language, mark, Spec(section="RFC 5005 §2, §4"))
        facts = self.sheet.facts
        facts.archive = "archive" in marks
        relations = {link.attributes.get("rel", "") for link in root.named(ATOM, "link")}
        if facts.archive and not relations & {"current", f"{_RELATION}current"}:
            self.sheet.say("history-current", marks["archive"].line)
        if "complete" in marks and "archive" in marks:
            self.sheet.say("history-both", marks["archive"].line)
        for link in root.named(ATOM, "link"):
            relation = link.attributes.get("rel", "alternate").removeprefix(_RELATION)
            url = link.attributes.get("href", "")
            if "complete" in marks and relation in _COMPLETE_WITHOUT:
                self.sheet.say("history-complete-linked", link.line, value=relation)
            if relation == "self":
                facts.self_url = url
                check_self(self.sheet, link)
            elif relation in {"prev-archive", "next-archive", "current"}:
                facts.links[relation] = (url, link.line)


def _alternates(sheet: Sheet, node: Node) -> list[Node]:
    """The alternate links; two of one type and language are one too many."""
    found: list[Node] = []
    for link in node.named(ATOM, "link"):
        relation = link.attributes.get("rel", "alternate")
        if relation != "alternate" and relation.removeprefix(_RELATION) != "alternate":
            continue
        kind = link.attributes.get("type", "").strip().lower()
        language = link.attributes.get("hreflang", "").strip().lower()
        if any(
            kind == other.attributes.get("type", "").strip().lower()
            and language == other.attributes.get("hreflang", "").strip().lower()
            for other in found
        ):
            sheet.say("atom-alternate-twice", link.line)
        found.append(link)
    return found
