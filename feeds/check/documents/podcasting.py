"""Podcasting 2.0: every tag of the podcast namespace, with its attributes."""

from collections.abc import Mapping

from feeds.check.documents import podcast_closer as closer
from feeds.check.documents.grammar import Spec
from feeds.check.documents.podcast_values import (
    AMOUNT,
    GEO,
    ISO8601,
    RECURRENCE,
    SECONDS,
)
from feeds.check.documents.srcset import is_srcset
from feeds.check.documents.values import (
    ABSOLUTE,
    ANY,
    BOOLEAN,
    DATE822,
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
from feeds.patterns import pattern

PODCAST = "https://podcastindex.org/namespace/1.0"
# What its first documents called it; feeds with it are as good.
PODCAST_OLD = "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"
_OSM = pattern(r"[NWR][0-9]+(?:#[0-9]+)?")
_ASPECT = pattern(r"[0-9]+(?:\.[0-9]+)?(?:\s*[/:]\s*[0-9]+(?:\.[0-9]+)?)?")
_MEDIA = (
    "podcast", "music", "video", "film", "audiobook", "newsletter", "blog", "publisher",
    "course",
)  # fmt: skip
_MEDIUM = choice(*_MEDIA, *(f"{one}L" for one in _MEDIA), "mixed", any_case=True)
_TRANSCRIPTS = Kind("media-type", "a media type such as text/vtt", MEDIA_TYPE.test)
_URI = Kind("uri", "an address", ABSOLUTE.test)
_CHAT_URL = Kind("uri", "a host or an address", lambda text: bool(text) and " " not in text)
_OWNER = Kind("email", "an e-mail address", is_email)
_FLAG = choice("yes", "no", any_case=True)
_BOOL = choice("true", "false", any_case=True)
_DIGITS = Kind("number", "a whole number", is_number)


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
    closer=closer.listed,
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
            "bitrate": AMOUNT,
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
                closer=closer.integrity,
            ),
        },
        must=("source",),
        once=frozenset({"integrity"}),
    ),
    "block": _spec("block", _FLAG, attributes={"id": SOME}, closer=closer.listed),
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
        closer=closer.listed,
    ),
    "contentLink": _spec("contentLink", attributes={"href": ABSOLUTE}, needs=("href",)),
    "episode": _spec("episode", DECIMAL, attributes={"display": ANY}, closer=closer.episode),
    "funding": _spec(
        "funding", SOME, attributes={"url": ABSOLUTE}, needs=("url",), closer=closer.long
    ),
    "guid": _spec("guid", UUID),
    "image": _IMAGE,
    "images": _spec(
        "images",
        attributes={"srcset": Kind("uri", "addresses with widths", is_srcset)},
        needs=("srcset",),
    ),
    "license": _spec("license", SOME, attributes={"url": ABSOLUTE}, closer=closer.license),
    "location": _spec(
        "location",
        SOME,
        attributes={
            "geo": GEO,
            "osm": Kind(
                "choice", "N, W or R and digits", lambda text: _OSM.fullmatch(text) is not None
            ),
            "rel": choice("subject", "creator"),
            "country": Kind(
                "choice", "a country of two letters", lambda text: len(text) == 2 and text.isalpha()
            ),
        },
        closer=closer.long,
    ),
    "locked": _spec("locked", _FLAG, attributes={"owner": _OWNER}),
    "medium": _spec("medium", _MEDIUM),
    "person": _spec(
        "person",
        SOME,
        attributes={"role": ANY, "group": ANY, "img": ABSOLUTE, "href": ABSOLUTE},
        closer=closer.long,
    ),
    "podping": _spec("podping", attributes={"usesPodping": _BOOL}),
    "podroll": _spec("podroll", NOTHING, children={"remoteItem": _REMOTE}, must=("remoteItem",)),
    "publisher": _spec(
        "publisher",
        NOTHING,
        children={"remoteItem": _REMOTE},
        must=("remoteItem",),
        once=frozenset({"remoteItem"}),
        closer=closer.publisher,
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
        closer=closer.social,
    ),
    "soundbite": _spec(
        "soundbite",
        attributes={"startTime": SECONDS, "duration": SECONDS},
        needs=("startTime", "duration"),
        closer=closer.soundbite,
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
        closer=closer.long,
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
        closer=closer.listed,
    ),
    "txt": _spec("txt", SOME, attributes={"purpose": ANY}, closer=closer.long),
    "updateFrequency": _spec(
        "updateFrequency",
        attributes={
            "complete": _BOOL,
            "dtstart": ISO8601,
            "rrule": RECURRENCE,
        },
        closer=closer.frequency,
    ),
    "value": _spec(
        "value",
        NOTHING,
        attributes={"type": SOME, "method": SOME, "suggested": AMOUNT},
        needs=("type", "method"),
        must=("valueRecipient",),
        children={
            "valueRecipient": _RECIPIENT,
            "valueTimeSplit": _spec(
                "valueTimeSplit",
                NOTHING,
                attributes={
                    "startTime": SECONDS,
                    "duration": SECONDS,
                    "remoteStartTime": SECONDS,
                    # Below 0 counts as 0, above 100 as 100.
                    "remotePercentage": DECIMAL,
                },
                needs=("startTime", "duration"),
                children={"remoteItem": _REMOTE, "valueRecipient": _RECIPIENT},
                once=frozenset({"remoteItem"}),
                closer=closer.split,
            ),
        },
        closer=closer.value,
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
        "start": ISO8601,
        "end": ISO8601,
    },
    needs=("status", "start"),
    children=ELEMENTS,
    must=("contentLink",),
)
