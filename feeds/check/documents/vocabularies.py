"""Vocabularies that RSS and Atom are extended with, and the tables of the small ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from feeds.check import Level
from feeds.check.documents.geography import BASIC, GEORSS, GML, ICBM
from feeds.check.documents.grammar import Spec
from feeds.check.documents.sheet import Sheet
from feeds.check.documents.tree import Node
from feeds.check.documents.values import (
    ABSOLUTE,
    ANY,
    DATE822,
    DATE_LOCAL,
    DATEW3C,
    DECIMAL,
    EMAIL,
    INTEGER,
    LANGUAGE,
    NUMBER,
    POSITIVE,
    WEB,
    Kind,
    choice,
    is_number,
)

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
# Its terms grow: what is not among them here is a warning.
DC_TERMS = "http://purl.org/dc/terms/"


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


def _open(shown: str, once: str = "", /, **elements: Spec) -> Vocabulary:
    """A module that has elements beyond these."""
    return Vocabulary("module", shown, elements, frozenset(once.split()), closed=False)


def _whole(shown: str, once: str = "", /, **elements: Spec) -> Vocabulary:
    """A module all of whose elements these are."""
    return Vocabulary("module", shown, elements, frozenset(once.split()))


def _resource(sheet: Sheet, node: Node) -> None:
    """What RDF writes in an attribute: an address."""
    value = node.attributes.get(f"{RDF} resource")
    if value is not None and not ABSOLUTE.test(value):
        sheet.say(
            "module-uri",
            node.line,
            where=f"rdf:resource of <{node.name}>",
            value=value,
            wanted=ABSOLUTE.wanted,
        )


def _capitals(sheet: Sheet, node: Node) -> None:
    """The Comment API calls it commentRss; an early version of its text wrote it otherwise."""
    parent = node.parent.name if node.parent is not None else ""
    name = f"wfw:{node.name}"
    sheet.say("module-unknown", node.line, level=Level.WARNING, element=name, parent=parent)


def _texts(names: str) -> dict[str, Spec]:
    return dict.fromkeys(names.split(), Spec(ANY, loose=True))


# In RSS 1.0 the address is an attribute of RDF, and the element is empty.
_MAYBE_URL = Kind("uri", "an absolute IRI", lambda text: not text.strip() or ABSOLUTE.test(text))
_NUMBERS = Kind(
    "number",
    "whole numbers with commas between them",
    lambda text: all(is_number(part.strip()) for part in text.split(",")),
)
_DC_DATE = Spec(DATEW3C, section="Dublin Core, W3CDTF")
# DCMI Metadata Terms §2; dates have forms of their own beside W3CDTF.
_TERMS = """
    abstract accessRights accrualMethod accrualPeriodicity accrualPolicy alternative audience
    available bibliographicCitation conformsTo contributor coverage created creator date
    dateAccepted dateCopyrighted dateSubmitted description educationLevel extent format hasFormat
    hasPart hasVersion identifier instructionalMethod isFormatOf isPartOf isReferencedBy
    isReplacedBy isRequiredBy isVersionOf issued language license mediator medium modified
    provenance publisher references relation replaces requires rights rightsHolder source spatial
    subject tableOfContents temporal title type valid
"""
# In RDF; in XML its address may be its text.
_LINKED = Spec(ANY, loose=True, closer=_resource)
_LIST_DATE = Spec(DATE822, section="OPML 2.0 namespace")
_ADMIN = Spec(ANY, section="admin module", loose=True, closer=_resource)
_COUNT = Spec(NUMBER, section="OpenSearch 1.1")
_SEARCH = _open(
    "opensearch:",
    "totalResults startIndex itemsPerPage",
    totalResults=_COUNT,
    startIndex=Spec(INTEGER, section="OpenSearch 1.1"),
    itemsPerPage=_COUNT,
)
_BLOG = Spec(ABSOLUTE, section="blogChannel module")
_BURNED = Spec(ABSOLUTE, section="FeedBurner's namespace")
_EVENT = Spec(DATE_LOCAL, section="RSS 1.0 event module")
_PERIOD = choice("hourly", "daily", "weekly", "monthly", "yearly")
_UPDATES = "RSS 1.0 syndication module"

MODULES: Mapping[str, Vocabulary] = {
    "http://purl.org/dc/elements/1.1/": _whole(
        "dc:",
        "",
        **_texts(
            "contributor coverage creator description format identifier publisher relation rights"
            " source subject title type"
        ),
        date=_DC_DATE,
        language=Spec(LANGUAGE, section="Dublin Core, BCP 47"),
    ),
    DC_TERMS: _whole(
        "dcterms:",
        "",
        **{**_texts(_TERMS), **dict.fromkeys(("created", "modified", "issued"), _DC_DATE)},
    ),
    "http://purl.org/rss/1.0/modules/content/": Vocabulary(
        "module",
        "content:",
        {
            "encoded": Spec(ANY, section="RSS 1.0 content module"),
            "items": Spec(markup=True),
        },
        frozenset({"encoded", "items"}),
        {"encoded": frozenset({"item", "liveItem", "entry"})},
    ),
    "http://purl.org/rss/1.0/modules/syndication/": _whole(
        "sy:",
        "updatePeriod updateFrequency updateBase",
        updatePeriod=Spec(_PERIOD, section=_UPDATES),
        updateFrequency=Spec(POSITIVE, section=_UPDATES),
        updateBase=Spec(DATEW3C, section=_UPDATES),
    ),
    "http://purl.org/rss/1.0/modules/slash/": _whole(
        "slash:",
        "comments section department hit_parade",
        comments=Spec(NUMBER, section="RSS 1.0 slash module"),
        hit_parade=Spec(_NUMBERS, section="RSS 1.0 slash module"),
        **_texts("section department"),
    ),
    "http://purl.org/rss/1.0/modules/event/": _open(
        "ev:", "startdate enddate", startdate=_EVENT, enddate=_EVENT
    ),
    "http://purl.org/rss/1.0/modules/aggregation/": _open(
        "ag:",
        "source sourceURL timestamp",
        sourceURL=Spec(ABSOLUTE, section="RSS 1.0 aggregation module"),
        timestamp=Spec(DATE_LOCAL, section="RSS 1.0 aggregation module"),
    ),
    "http://wellformedweb.org/CommentAPI/": _open(
        "wfw:",
        "comment commentRss",
        comment=Spec(ABSOLUTE, section="Comment API"),
        commentRss=Spec(ABSOLUTE, section="Comment API"),
        commentRSS=Spec(ABSOLUTE, section="Comment API", closer=_capitals),
    ),
    "http://backend.userland.com/creativeCommonsRssModule": _open(
        "creativeCommons:", license=Spec(ABSOLUTE, section="creativeCommons RSS module")
    ),
    "http://www.georss.org/georss": _whole("georss:", "", **GEORSS),
    "http://www.opengis.net/gml": _open("gml:", "", **GML),
    "http://www.w3.org/2003/01/geo/wgs84_pos#": _open("geo:", "", **BASIC),
    "http://postneo.com/icbm": _open("icbm:", "", **ICBM),
    "http://geourl.org/rss/module/": _open("icbm:", "", **ICBM),
    "http://webns.net/mvcb/": _open(
        "admin:",
        "generatorAgent errorReportsTo",
        generatorAgent=_ADMIN,
        errorReportsTo=_ADMIN,
    ),
    "http://a9.com/-/spec/opensearch/1.1/": _SEARCH,
    "http://a9.com/-/spec/opensearchrss/1.0/": _SEARCH,
    "http://madskills.com/public/xml/rss/module/trackback/": _open(
        "trackback:",
        "ping",
        ping=Spec(_MAYBE_URL, section="TrackBack module"),
        about=Spec(_MAYBE_URL, section="TrackBack module"),
    ),
    "http://backend.userland.com/blogChannelModule": _open(
        "blogChannel:",
        "blogRoll mySubscriptions blink changes",
        blogRoll=_BLOG,
        mySubscriptions=_BLOG,
        blink=_BLOG,
        changes=_BLOG,
    ),
    "http://rssnamespace.org/feedburner/ext/1.0": _open(
        "feedburner:",
        "origLink origEnclosureLink awareness feedburnerHostname browserFriendly emailServiceId",
        origLink=_BURNED,
        origEnclosureLink=_BURNED,
        awareness=_BURNED,
        feedburnerHostname=_BURNED,
        feedFlare=Spec(ANY, {"href": ANY, "src": ANY}, needs=("href", "src"), loose=True),
    ),
    "http://www.bloglines.com/about/specs/fac-1.0": _open(
        "access:",
        "restriction",
        restriction=Spec(
            ANY,
            {"relationship": choice("allow", "deny")},
            needs=("relationship",),
            section="Feed Access Control 1.0",
        ),
    ),
    "http://conversationsnetwork.org/rssNamespace-1.0/": _open(
        "conversationsNetwork:",
        image=Spec(WEB),
        introMilliseconds=Spec(NUMBER),
        ratingAverage=Spec(DECIMAL),
        ratingCount=Spec(NUMBER),
        ratingIndividual=Spec(POSITIVE),
        ratingTimestamp=Spec(DATE_LOCAL),
    ),
    "http://podlove.org/simple-chapters": _open("psc:"),
    "http://www.opml.org/spec2": _open(
        "opml:",
        "dateCreated dateModified ownerName ownerEmail ownerId",
        dateCreated=_LIST_DATE,
        dateModified=_LIST_DATE,
        ownerEmail=Spec(EMAIL, section="OPML 2.0 namespace"),
        ownerId=Spec(WEB, section="OPML 2.0 namespace"),
    ),
    "http://web.resource.org/cc/": _open("cc:", license=_LINKED),
    "http://purl.org/rss/1.0/modules/annotate/": _open("annotate:", reference=_LINKED),
    "http://my.theinfo.org/changed/1.0/rss/": _open("cp:", server=_LINKED),
    "http://www.microsoft.com/schemas/rss/core/2005": _open(
        "cf:",
        "treatAs",
        treatAs=Spec(choice("list"), section="Simple List Extensions", loose=True),
    ),
}
