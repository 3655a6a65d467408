"""Elements of other vocabularies inside of a feed: each namespace, and the table it is held to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from feeds.check.documents import atom, itunes, media, podcasting
from feeds.check.documents.grammar import Language, Spec, check
from feeds.check.documents.sheet import Sheet
from feeds.check.documents.tree import Node
from feeds.check.documents.values import (
    ABSOLUTE,
    ANY,
    DATE3339,
    DATEW3C,
    DECIMAL,
    INTEGER,
    IRI,
    LANGUAGE,
    MEDIA_TYPE,
    NUMBER,
    POSITIVE,
    Kind,
    between,
    choice,
)

DC = "http://purl.org/dc/elements/1.1/"
DCTERMS = "http://purl.org/dc/terms/"
APP = "http://www.w3.org/2007/app"
THREAD = "http://purl.org/syndication/thread/1.0"


_POINT = Kind(
    "number",
    "a latitude and a longitude",
    lambda text: (
        len(parts := text.split()) == 2
        and between(-90, 90).test(parts[0])
        and between(-180, 180).test(parts[1])
    ),
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A namespace's elements. ``once``: at most one in a parent. ``places``: the parents that an
    element may have, where not all. ``closed``: names beyond the table are wrong.
    """

    prefix: str
    shown: str
    elements: Mapping[str, Spec]
    once: frozenset[str] = frozenset()
    places: Mapping[str, frozenset[str]] = field(default_factory=dict)
    closed: bool = True


def _module(prefix: str, once: str = "", **elements: Spec) -> Vocabulary:
    return Vocabulary("module", prefix, elements, frozenset(once.split()), closed=False)


def _resource(sheet: Sheet, node: Node) -> None:
    """What RDF writes in an attribute: an address."""
    value = node.attributes.get(f"{_RDF} resource")
    if value is not None and not ABSOLUTE.test(value):
        sheet.say(
            "module-uri",
            node.line,
            section="admin module",
            where=f"rdf:resource of <admin:{node.name}>",
            value=value,
            wanted=ABSOLUTE.wanted,
        )


_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_PLACE = _module(
    "icbm:",
    latitude=Spec(between(-90, 90), section="ICBM module"),
    longitude=Spec(between(-180, 180), section="ICBM module"),
)
_DC_DATE = Spec(DATEW3C, section="Dublin Core, W3CDTF")
_DC_LANGUAGE = Spec(LANGUAGE, section="Dublin Core, BCP 47")
_PODCAST = Vocabulary(
    "podcast",
    "podcast:",
    {**podcasting.ELEMENTS, "liveItem": podcasting.LIVE},
    podcasting.ONCE,
    podcasting.PLACES,
)
_MEDIA = Vocabulary(
    "media", "media:", media.ELEMENTS, frozenset({"title", "description", "copyright"})
)
_ITUNES = Vocabulary("itunes", "itunes:", itunes.ELEMENTS, itunes.ONCE, itunes.PLACES)
_ATOM_IN_RSS = Vocabulary(
    "atom",
    "atom:",
    {**atom.ENTRY.children, **atom.FEED.children},
    frozenset({"id", "updated", "published", "title", "summary", "content", "rights"}),
)

_CHANNEL_URL = Spec(ABSOLUTE, section="blogChannel module")
_COUNT = Spec(NUMBER, section="OpenSearch 1.1")
_SEARCH = _module("opensearch:", totalResults=_COUNT, startIndex=_COUNT, itemsPerPage=_COUNT)
# In RSS 1.0 the address is an attribute of RDF, and the element is empty.
_MAYBE_URL = Kind("uri", "an absolute IRI", lambda text: not text.strip() or ABSOLUTE.test(text))

NAMESPACES: Mapping[str, Vocabulary] = {
    atom.ATOM: _ATOM_IN_RSS,
    itunes.ITUNES: _ITUNES,
    itunes.ITUNES_OLD: _ITUNES,
    podcasting.PODCAST: _PODCAST,
    podcasting.PODCAST_OLD: _PODCAST,
    media.MEDIA: _MEDIA,
    media.MEDIA_OLD: _MEDIA,
    atom.HISTORY: Vocabulary(
        "history", "fh:", {"complete": Spec(), "archive": Spec()},
        places={"complete": frozenset({"feed", "channel"}),
                "archive": frozenset({"feed", "channel"})},
        closed=False,
    ),
    atom.TOMBSTONES: Vocabulary("deleted", "at:", {}, closed=False),
    APP: Vocabulary(
        "app",
        "app:",
        {
            "edited": Spec(DATE3339, section="RFC 5023 §10.2"),
            "control": Spec(
                children={"draft": Spec(choice("yes", "no"), section="RFC 5023 §13.1.1")},
                once=frozenset({"draft"}),
                section="RFC 5023 §13.1.1",
            ),
            "collection": Spec(
                attributes={"href": IRI},
                needs=("href",),
                children={"accept": Spec(ANY), "categories": Spec(ANY, {"href": IRI}, loose=True)},
                section="RFC 5023 §8.3.3",
                loose=True,
            ),
        },
        frozenset({"edited", "control"}),
        {"edited": frozenset({"entry", "item"}), "control": frozenset({"entry", "item"})},
        closed=False,
    ),
    THREAD: Vocabulary(
        "thread",
        "thr:",
        {
            "in-reply-to": Spec(
                ANY,
                {"ref": IRI, "href": IRI, "type": MEDIA_TYPE, "source": IRI},
                needs=("ref",),
                section="RFC 4685 §3",
                loose=True,
            ),
            "total": Spec(NUMBER, section="RFC 4685 §5"),
        },
        closed=False,
    ),
    DC: _module("dc:", date=_DC_DATE, language=_DC_LANGUAGE),
    DCTERMS: _module("dcterms:", created=_DC_DATE, modified=_DC_DATE, issued=_DC_DATE),
    "http://purl.org/rss/1.0/modules/content/": _module("content:", "encoded"),
    "http://purl.org/rss/1.0/modules/syndication/": Vocabulary(
        "module",
        "sy:",
        {
            "updatePeriod": Spec(
                choice("hourly", "daily", "weekly", "monthly", "yearly"),
                section="RSS 1.0 syndication module",
            ),
            "updateFrequency": Spec(POSITIVE, section="RSS 1.0 syndication module"),
            "updateBase": Spec(DATEW3C, section="RSS 1.0 syndication module"),
        },
        frozenset({"updatePeriod", "updateFrequency", "updateBase"}),
    ),
    "http://purl.org/rss/1.0/modules/slash/": _module(
        "slash:",
        "comments section department",
        comments=Spec(NUMBER, section="RSS 1.0 slash module")
    ),
    "http://wellformedweb.org/CommentAPI/": _module(
        "wfw:",
        "comment commentRss",
        comment=Spec(ABSOLUTE, section="Comment API"),
        commentRss=Spec(ABSOLUTE, section="Comment API"),
        commentRSS=Spec(ABSOLUTE, section="Comment API"),
    ),
    "http://backend.userland.com/creativeCommonsRssModule": _module(
        "creativeCommons:", license=Spec(ABSOLUTE, section="creativeCommons RSS module")
    ),
    "http://www.georss.org/georss": _module(
        "georss:", point=Spec(_POINT, section="GeoRSS Simple", loose=True),
        elev=Spec(DECIMAL, loose=True),
        floor=Spec(INTEGER, loose=True), radius=Spec(DECIMAL, loose=True),
    ),
    "http://www.w3.org/2003/01/geo/wgs84_pos#": _module(
        "geo:", lat=Spec(between(-90, 90), section="W3C Basic Geo"),
        long=Spec(between(-180, 180), section="W3C Basic Geo"),
    ),
    "http://postneo.com/icbm": _PLACE,
    "http://geourl.org/rss/module/": _PLACE,
    "http://webns.net/mvcb/": _module(
        "admin:",
        generatorAgent=Spec(ANY, section="admin module", loose=True, closer=_resource),
        errorReportsTo=Spec(ANY, section="admin module", loose=True, closer=_resource),
    ),
    "http://a9.com/-/spec/opensearch/1.1/": _SEARCH,
    "http://a9.com/-/spec/opensearchrss/1.0/": _SEARCH,
    "http://madskills.com/public/xml/rss/module/trackback/": _module(
        "trackback:",
        ping=Spec(_MAYBE_URL, section="TrackBack module"),
        about=Spec(_MAYBE_URL, section="TrackBack module"),
    ),
    "http://backend.userland.com/blogChannelModule": _module(
        "blogChannel:",
        blogRoll=_CHANNEL_URL,
        mySubscriptions=_CHANNEL_URL,
        blink=_CHANNEL_URL,
        changes=_CHANNEL_URL,
    ),
    "http://podlove.org/simple-chapters": _module("psc:"),
}  # fmt: skip


@cache
def _language(uri: str) -> Language:
    vocabulary = NAMESPACES[uri]
    return Language(vocabulary.prefix, uri, foreign, vocabulary.shown)


def foreign(sheet: Sheet, node: Node, feed: str = "") -> None:
    """An element of another namespace than its parent's; ``feed`` is the document's root."""
    vocabulary = NAMESPACES.get(node.space)
    if vocabulary is None or (feed in {"feed", "entry"} and node.space == atom.ATOM):
        return
    language = _language(node.space)
    parent = node.parent.name if node.parent is not None else ""
    name = vocabulary.shown + node.name
    spec = vocabulary.elements.get(node.name)
    if spec is None:
        if node.space == atom.TOMBSTONES and node.name == "deleted-entry":
            sheet.say("deleted-place", node.line)
        elif vocabulary.closed:
            sheet.say(f"{vocabulary.prefix}-unknown", node.line, element=name, parent=parent)
        return
    places = vocabulary.places.get(node.name)
    if places is not None and parent and parent not in places:
        if vocabulary.prefix == "history":
            sheet.say("history-place", node.line, element=node.name)
        else:
            sheet.say(f"{vocabulary.prefix}-unknown", node.line, element=name, parent=parent)
    check(sheet, language, node, spec)


def together(sheet: Sheet, node: Node) -> None:
    """What of other namespaces may stand only once in an item or a channel."""
    seen: set[tuple[str, str]] = set()
    for child in node.children:
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
