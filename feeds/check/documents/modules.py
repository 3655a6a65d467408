"""Elements of other vocabularies inside of a feed: each namespace, and the table it is held to."""

from collections.abc import Mapping
from functools import cache

from feeds.check import Level
from feeds.check.documents import app, atom, atom_text, itunes, media, podcasting
from feeds.check.documents.grammar import Language, Spec, check
from feeds.check.documents.sheet import Sheet
from feeds.check.documents.tree import Node
from feeds.check.documents.values import (
    ABSOLUTE_STRICT,
    ANY,
    DATE3339,
    IRI,
    MEDIA_TYPE,
    NUMBER,
    choice,
)
from feeds.check.documents.vocabularies import DC_TERMS, MODULES, Vocabulary

THREAD = "http://purl.org/syndication/thread/1.0"


_PODCAST = Vocabulary(
    "podcast",
    "podcast:",
    {**podcasting.ELEMENTS, "liveItem": podcasting.LIVE},
    podcasting.ONCE,
    podcasting.PLACES,
)
_MEDIA = Vocabulary(
    "media",
    "media:",
    media.ELEMENTS,
    frozenset({"title", "description", "copyright", "adult"}),
    media.PLACES,
)
_ITUNES = Vocabulary("itunes", "itunes:", itunes.ELEMENTS, itunes.ONCE, itunes.PLACES)
_ATOM_IN_RSS = Vocabulary(
    "atom",
    "atom:",
    {**atom.ENTRY.children, **atom.FEED.children},
    frozenset({"id", "updated", "published", "title", "summary", "content", "rights"}),
)

NAMESPACES: Mapping[str, Vocabulary] = {
    atom_text.ATOM: _ATOM_IN_RSS,
    itunes.ITUNES: _ITUNES,
    itunes.ITUNES_OLD: _ITUNES,
    podcasting.PODCAST: _PODCAST,
    podcasting.PODCAST_OLD: _PODCAST,
    media.MEDIA: _MEDIA,
    media.MEDIA_OLD: _MEDIA,
    atom_text.HISTORY: Vocabulary(
        "history", "fh:", {"complete": Spec(), "archive": Spec()},
        places={"complete": frozenset({"feed", "channel"}),
                "archive": frozenset({"feed", "channel"})},
        closed=False,
    ),
    atom_text.TOMBSTONES: Vocabulary("deleted", "at:", {}, closed=False),
    app.APP: Vocabulary(
        "app",
        "app:",
        {
            "edited": Spec(DATE3339, section="RFC 5023 §10.2"),
            "control": Spec(
                children={"draft": Spec(choice("yes", "no"), section="RFC 5023 §13.1.1")},
                once=frozenset({"draft"}),
                section="RFC 5023 §13.1.1",
            ),
            "draft": Spec(ANY),
            "collection": app.COLLECTION,
        },
        frozenset({"edited", "control"}),
        {
            "edited": frozenset({"entry", "item"}),
            "control": frozenset({"entry", "item"}),
            "draft": frozenset({"control"}),
        },
        closed=False,
    ),
    THREAD: Vocabulary(
        "thread",
        "thr:",
        {
            "in-reply-to": Spec(
                ANY,
                {"ref": ABSOLUTE_STRICT, "href": IRI, "type": MEDIA_TYPE, "source": IRI},
                needs=("ref",),
                section="RFC 4685 §3",
            ),
            "total": Spec(NUMBER, section="RFC 4685 §5"),
        },
        frozenset({"total"}),
        closed=False,
    ),
    **MODULES,
}  # fmt: skip


@cache
def _language(uri: str) -> Language:
    vocabulary = NAMESPACES[uri]
    return Language(vocabulary.prefix, uri, foreign, vocabulary.shown)


_PLAIN = frozenset({"module", "itunes"})


def _check_extension(sheet: Sheet, node: Node) -> None:
    """RSS 2.0 is extended by elements that a namespace defines, at every depth."""
    for child in node.below():
        if not child.space:
            sheet.say("rss-extension", child.line, element=child.name, parent=node.name)
            return


def foreign(sheet: Sheet, node: Node, feed: str = "") -> None:
    """An element of another namespace than its parent's; ``feed`` is the document's root."""
    vocabulary = NAMESPACES.get(node.space)
    # Podcasting 2.0 has RSS's own elements in its live items, Media RSS bare names in its scenes.
    if feed == "rss" and node.children and (vocabulary is None or vocabulary.prefix in _PLAIN):
        _check_extension(sheet, node)
    if not node.space and feed in {"feed", "entry"}:
        sheet.say("atom-no-namespace", node.line, element=node.name)
    if vocabulary is None or (feed in {"feed", "entry"} and node.space == atom_text.ATOM):
        return
    language = _language(node.space)
    parent = node.parent.name if node.parent is not None else ""
    name = vocabulary.shown + node.name
    spec = vocabulary.elements.get(node.name)
    if spec is None:
        if node.space == atom_text.TOMBSTONES and node.name == "deleted-entry":
            sheet.say("deleted-place", node.line)
        elif vocabulary.closed:
            # RSS 2.0 has only elements that a namespace defines; Atom takes all (RFC 4287 §6.3).
            # Qualified Dublin Core as pages have it (dc:date.Taken of photographs) is understood.
            known = "." in node.name and node.name.partition(".")[0] in vocabulary.elements
            mild = known or node.space == DC_TERMS or feed in {"feed", "entry"}
            level = Level.WARNING if mild else None
            rule = f"{vocabulary.prefix}-unknown"
            sheet.say(rule, node.line, element=name, parent=parent, level=level)
        return
    places = vocabulary.places.get(node.name)
    if places is not None and parent and parent not in places:
        if vocabulary.prefix == "history":
            sheet.say("history-place", node.line, element=node.name)
        else:
            # The modules of RSS 1.0 say where they mean something, not where they may not be.
            level = Level.WARNING if vocabulary.prefix == "module" else None
            rule = f"{vocabulary.prefix}-unknown"
            sheet.say(rule, node.line, element=name, parent=parent, level=level)
    check(sheet, language, node, spec)


def together(sheet: Sheet, node: Node, own: str = "") -> None:
    """What of other namespaces than ``own`` may stand only once in an item or a channel."""
    others = [child for child in node.children if child.space != own]
    if not others:
        return
    seen: set[tuple[str, str]] = set()
    for child in others:
        vocabulary = NAMESPACES.get(child.space)
        if vocabulary is None or child.name not in vocabulary.once:
            continue
        key = (child.space, child.name)
        if key in seen:
            sheet.say(
                f"{vocabulary.prefix}-twice",
                child.line,
                element=vocabulary.shown + child.name,
                parent=node.name,
            )
        seen.add(key)
