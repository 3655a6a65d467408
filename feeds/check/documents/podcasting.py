"""Podcasting 2.0: every tag of the podcast namespace, with its attributes."""

import re
from collections.abc import Mapping

from feeds.check.documents.grammar import Spec
from feeds.check.documents.sheet import Sheet
from feeds.check.documents.srcset import is_srcset
from feeds.check.documents.tree import Node
from feeds.check.documents.values import (
    ABSOLUTE,
    ANY,
    BOOLEAN,
    DATE822,
    DATE3339_LAX,
    DECIMAL,
    LANGUAGE,
    MEDIA_TYPE,
    NOTHING,
    NUMBER,
    POSITIVE,
    SOME,
    UUID,
    Kind,
    choice,
    is_email,
    is_number,
)

PODCAST = "https://podcastindex.org/namespace/1.0"
# What its first documents called it; feeds with it are as good.
PODCAST_OLD = "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"
_GEO = re.compile(
    r"geo:-?[0-9]{1,3}(?:\.[0-9]+)?,-?[0-9]{1,3}(?:\.[0-9]+)?(?:,-?[0-9]+(?:\.[0-9]+)?)?"
    r"(?:;[A-Za-z0-9-]+(?:=[^;\s]+)?)*"
)
_OSM = re.compile(r"[NWR][0-9]+(?:#[0-9]+)?")
_ASPECT = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:\s*[/:]\s*[0-9]+(?:\.[0-9]+)?)?")
_MEDIA = (
    "podcast", "music", "video", "film", "audiobook", "newsletter", "blog", "publisher",
    "course",
)  # fmt: skip
_MEDIUM = choice(*_MEDIA, *(f"{one}L" for one in _MEDIA), "mixed", any_case=True)
_LIMITS = {
    **dict.fromkeys(("funding", "soundbite", "season", "location", "person"), 128),
    **dict.fromkeys(("license", "trailer", "updateFrequency"), 128),
    "txt": 4_000,
}
_TRANSCRIPTS = Kind("media-type", "a media type such as text/vtt", MEDIA_TYPE.test)
_DATE = Kind(
    "date",
    "a date of ISO 8601 or RFC 822",
    lambda text: (
        DATE3339_LAX.test(text)
        or DATE822.test(text)
        or re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+(?:Z|[+-][0-9:]+)?)?", text)
        is not None
    ),
)
_URI = Kind("uri", "an address", ABSOLUTE.test)
_CHAT_URL = Kind("uri", "a host or an address", lambda text: bool(text) and " " not in text)
_SECONDS = Kind("number", "seconds", lambda text: DECIMAL.test(text) and not text.startswith("-"))
_OWNER = Kind("email", "an e-mail address", is_email)
_FLAG = choice("yes", "no", any_case=True)
_BOOL = choice("true", "false", any_case=True)
_DIGITS = Kind("number", "a whole number", is_number)


def _long(sheet: Sheet, node: Node) -> None:
    limit = _LIMITS[node.name]
    if (count := len(node.text.strip())) > limit:
        sheet.say("podcast-long", node.line, element=node.name, count=count, limit=limit)


def _value(sheet: Sheet, node: Node) -> None:
    splits = [
        one.attributes.get("split", "").strip() for one in node.named(node.space, "valueRecipient")
    ]
    if splits and all(is_number(one) and not one.strip("0") for one in splits):
        sheet.say("podcast-split", node.line)


def _social(sheet: Sheet, node: Node) -> None:
    """Comments are somewhere, or not wanted."""
    protocol = node.attributes.get("protocol", "").strip().lower()
    if "uri" not in node.attributes and protocol != "disabled":
        _lack(sheet, node, "uri")


def _frequency(sheet: Sheet, node: Node) -> None:
    """A rule that counts must know where it begins."""
    _long(sheet, node)
    if "COUNT=" in node.attributes.get("rrule", "").upper() and "dtstart" not in node.attributes:
        _lack(sheet, node, "dtstart")


def _split(sheet: Sheet, node: Node) -> None:
    """Either somebody else's recipients, or some of its own."""
    theirs = node.first(node.space, "remoteItem")
    ours = node.first(node.space, "valueRecipient")
    if theirs is None and ours is None:
        name, element = "podcast:valueTimeSplit", "podcast:valueRecipient"
        sheet.say("podcast-missing", node.line, parent=name, element=element)
    elif theirs is not None and ours is not None:
        sheet.say("podcast-split-both", ours.line)


def _publisher(sheet: Sheet, node: Node) -> None:
    """The feed that it leads to is a publisher's."""
    for item in node.named(node.space, "remoteItem"):
        if item.attributes.get("medium", "").strip().lower() != "publisher":
            value, where = item.attributes.get("medium", ""), "medium of <podcast:remoteItem>"
            section = "Podcasting 2.0 <podcast:publisher>"
            sheet.say(
                "podcast-choice", item.line, section=section, where=where, value=value,
                wanted="one of publisher",
            )  # fmt: skip


def _lack(sheet: Sheet, node: Node, attribute: str) -> None:
    element = f"podcast:{node.name}"
    sheet.say("podcast-attribute-missing", node.line, element=element, attribute=attribute)


def _spec(section: str, text: Kind = ANY, **more: object) -> Spec:
    return Spec(text, section=f"Podcasting 2.0 <podcast:{section}>", **more)  # type: ignore[arg-type]


_RECIPIENT = _spec(
    "valueRecipient",
    attributes={
        "name": ANY,
        "customKey": ANY,
        "customValue": ANY,
        "type": SOME,
        "address": SOME,
        "split": NUMBER,
        "fee": _BOOL,
    },
    needs=("type", "address", "split"),
)
_REMOTE = _spec(
    "remoteItem",
    attributes={
        "feedGuid": UUID,
        "feedUrl": ABSOLUTE,
        "itemGuid": SOME,
        "medium": _MEDIUM,
        "title": ANY,
        "feedImg": ANY,
    },
    needs=("feedGuid",),
)
_IMAGE = _spec(
    "image",
    attributes={
        "href": ABSOLUTE,
        "alt": ANY,
        "aspect-ratio": Kind(
            "number", "a ratio such as 1/1", lambda text: _ASPECT.fullmatch(text) is not None
        ),
        "width": POSITIVE,
        "height": POSITIVE,
        "type": MEDIA_TYPE,
        "purpose": ANY,
    },
    needs=("href",),
)

ELEMENTS: Mapping[str, Spec] = {
    "alternateEnclosure": _spec(
        "alternateEnclosure",
        NOTHING,
        attributes={
            "type": MEDIA_TYPE,
            "length": NUMBER,
            "bitrate": DECIMAL,
            "height": NUMBER,
            "lang": LANGUAGE,
            "title": ANY,
            "rel": ANY,
            "codecs": ANY,
            "default": BOOLEAN,
        },
        needs=("type",),
        children={
            "source": _spec(
                "source", attributes={"uri": ABSOLUTE, "contentType": MEDIA_TYPE}, needs=("uri",)
            ),
            "integrity": _spec(
                "integrity",
                attributes={"type": choice("sri", "pgp-signature"), "value": SOME},
                needs=("type", "value"),
            ),
        },
        must=("source",),
        once=frozenset({"integrity"}),
    ),
    "block": _spec("block", _FLAG, attributes={"id": SOME}),
    "chapters": _spec(
        "chapters", attributes={"url": ABSOLUTE, "type": MEDIA_TYPE}, needs=("url", "type")
    ),
    "chat": _spec(
        "chat",
        attributes={
            "server": _CHAT_URL,
            "protocol": SOME,
            "accountId": ANY,
            "space": ANY,
            "embedUrl": ABSOLUTE,
        },
        needs=("server", "protocol"),
    ),
    "contentLink": _spec("contentLink", attributes={"href": ABSOLUTE}, needs=("href",)),
    "episode": _spec("episode", DECIMAL, attributes={"display": ANY}),
    "funding": _spec("funding", attributes={"url": ABSOLUTE}, needs=("url",), closer=_long),
    "guid": _spec("guid", UUID),
    "image": _IMAGE,
    "images": _spec(
        "images",
        attributes={"srcset": Kind("uri", "addresses with widths", is_srcset)},
        needs=("srcset",),
    ),
    "license": _spec("license", SOME, attributes={"url": ABSOLUTE}, closer=_long),
    "location": _spec(
        "location",
        SOME,
        attributes={
            "geo": Kind("uri", "a geo: address", lambda text: _GEO.fullmatch(text) is not None),
            "osm": Kind(
                "choice", "N, W or R and digits", lambda text: _OSM.fullmatch(text) is not None
            ),
            "rel": choice("subject", "creator"),
            "country": Kind(
                "choice", "a country of two letters", lambda text: len(text) == 2 and text.isalpha()
            ),
        },
        closer=_long,
    ),
    "locked": _spec("locked", _FLAG, attributes={"owner": _OWNER}),
    "medium": _spec("medium", _MEDIUM),
    "person": _spec(
        "person",
        SOME,
        attributes={"role": ANY, "group": ANY, "img": ABSOLUTE, "href": ABSOLUTE},
        closer=_long,
    ),
    "podping": _spec("podping", attributes={"usesPodping": _BOOL}),
    "podroll": _spec("podroll", NOTHING, children={"remoteItem": _REMOTE}, must=("remoteItem",)),
    "publisher": _spec(
        "publisher",
        NOTHING,
        children={"remoteItem": _REMOTE},
        must=("remoteItem",),
        once=frozenset({"remoteItem"}),
        closer=_publisher,
    ),
    "remoteItem": _REMOTE,
    "season": _spec("season", NUMBER, attributes={"name": ANY}),
    "socialInteract": _spec(
        "socialInteract",
        attributes={
            "protocol": SOME,
            "uri": _URI,
            "accountId": ANY,
            "accountUrl": ABSOLUTE,
            "priority": _DIGITS,
        },
        needs=("protocol",),
        closer=_social,
    ),
    "soundbite": _spec(
        "soundbite",
        attributes={"startTime": _SECONDS, "duration": _SECONDS},
        needs=("startTime", "duration"),
        closer=_long,
    ),
    "trailer": _spec(
        "trailer",
        SOME,
        attributes={
            "url": ABSOLUTE,
            "pubdate": DATE822,
            "length": NUMBER,
            "type": MEDIA_TYPE,
            "season": NUMBER,
        },
        needs=("url", "pubdate"),
        closer=_long,
    ),
    "transcript": _spec(
        "transcript",
        attributes={
            "url": ABSOLUTE,
            "type": _TRANSCRIPTS,
            "language": LANGUAGE,
            "rel": ANY,
        },
        needs=("url", "type"),
    ),
    "txt": _spec("txt", SOME, attributes={"purpose": ANY}, closer=_long),
    "updateFrequency": _spec(
        "updateFrequency",
        attributes={
            "complete": _BOOL,
            "dtstart": _DATE,
            "rrule": Kind("choice", "a rule of RFC 5545", lambda text: "FREQ=" in text.upper()),
        },
        closer=_frequency,
    ),
    "value": _spec(
        "value",
        NOTHING,
        attributes={"type": SOME, "method": SOME, "suggested": DECIMAL},
        needs=("type", "method"),
        children={
            "valueRecipient": _RECIPIENT,
            "valueTimeSplit": _spec(
                "valueTimeSplit",
                NOTHING,
                attributes={
                    "startTime": _SECONDS,
                    "duration": _SECONDS,
                    "remoteStartTime": _SECONDS,
                    # Below 0 counts as 0, above 100 as 100.
                    "remotePercentage": DECIMAL,
                },
                needs=("startTime", "duration"),
                children={"remoteItem": _REMOTE, "valueRecipient": _RECIPIENT},
                once=frozenset({"remoteItem"}),
                closer=_split,
            ),
        },
        closer=_value,
    ),
}
_CHANNEL = frozenset({"channel", "feed"})
_ITEM = frozenset({"item", "liveItem", "entry"})
PLACES: Mapping[str, frozenset[str]] = {
    "alternateEnclosure": _ITEM,
    "block": _CHANNEL,
    "chapters": _ITEM,
    "contentLink": _ITEM,
    "episode": _ITEM,
    "guid": _CHANNEL,
    "liveItem": _CHANNEL,
    "locked": _CHANNEL,
    "medium": _CHANNEL,
    "podroll": _CHANNEL,
    "publisher": _CHANNEL,
    "remoteItem": _CHANNEL | {"podroll", "publisher", "valueTimeSplit"},
    "season": _ITEM,
    "soundbite": _ITEM,
    "trailer": _CHANNEL,
    "transcript": _ITEM,
    "updateFrequency": _CHANNEL,
    "podping": _CHANNEL,
}
ONCE = frozenset(
    {"chapters", "chat", "episode", "guid", "license", "locked", "medium", "podping", "podroll",
     "publisher", "season", "updateFrequency"}
)  # fmt: skip
LIVE = _spec(
    "liveItem",
    attributes={
        "status": choice("pending", "live", "ended", any_case=True),
        "start": _DATE,
        "end": _DATE,
    },
    needs=("status", "start"),
    children=ELEMENTS,
    must=("contentLink",),
)
