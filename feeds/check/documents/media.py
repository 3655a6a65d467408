"""Media RSS 1.5.1."""

from collections.abc import Mapping

from feeds.check.documents.codes import REGIONS
from feeds.check.documents.geography import LATITUDE, LONGITUDE
from feeds.check.documents.grammar import Spec
from feeds.check.documents.sheet import Sheet
from feeds.check.documents.tree import Node
from feeds.check.documents.values import (
    ABSOLUTE,
    ANY,
    BOOLEAN,
    DECIMAL,
    LANGUAGE,
    MEDIA_TYPE,
    NOTHING,
    NPT,
    NUMBER,
    SOME,
    Kind,
    choice,
    is_amount,
    is_decimal,
    is_number,
)
from feeds.patterns import pattern

MEDIA = "http://search.yahoo.com/mrss/"
MEDIA_OLD = "http://search.yahoo.com/mrss"
_TEXT_TYPE = choice("plain", "html")
_SIZE = Kind("number", "a size in pixels", lambda text: is_number(text.removesuffix("px")))
_AMOUNT = Kind("number", "a number from 0 on", is_amount)
_LOWER = Kind("choice", "a word in small letters", str.islower)
_HEX = pattern(r"[0-9a-fA-F]+")
_HASH = Kind("choice", "the digits of a hash", lambda _text: False)
_MARKED = pattern(r"</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>|&(?:#x?[0-9a-fA-F]+|[A-Za-z]+);")
_ICRA = pattern(r"r \((?:[clnosv][a-z] [01](?: |(?=\))))+\)")
_RATINGS = {
    "urn:simple": choice("adult", "nonadult", any_case=True),
    # M until 1970, GP until 1972, X until 1990, and what is said of films that have no rating;
    # Canada's V-chip has words of its own.
    "urn:mpaa": choice(
        *("g", "pg", "pg-13", "r", "nc-17", "m", "gp", "x"),
        *("nr", "ur", "unrated", "not rated", "not yet rated", "approved", "passed"),
        any_case=True,
    ),
    "urn:v-chip": choice(
        *("tv-y", "tv-y7", "tv-y7-fv", "tv-g", "tv-pg", "tv-14", "tv-ma"),
        *("c", "c8", "g", "pg", "14+", "18+", "e", "exempt", "nr", "tv-nr", "none"),
        any_case=True,
    ),
    "urn:icra": Kind("choice", "a label of ICRA", lambda text: bool(_ICRA.fullmatch(text))),
}
_RESTRICTED = {
    "": choice("all", "none"),
    "country": Kind("choice", "a country's code (ISO 3166)", lambda text: text.upper() in REGIONS),
    "uri": ABSOLUTE,
}
_DURATION = Kind("number", "seconds", lambda text: is_decimal(text) or NPT.test(text))


def _spec(section: str, text: Kind = ANY, **more: object) -> Spec:
    return Spec(text, section=f"Media RSS 1.5.1 <media:{section}>", **more)  # type: ignore[arg-type]


def _list(section: str, child: str) -> Spec:
    return _spec(section, children={child: _spec(section)})


def _content(sheet: Sheet, node: Node) -> None:
    if "url" not in node.attributes and node.first(node.space, "player") is None:
        sheet.say("media-source", node.line)


def _group(sheet: Sheet, node: Node) -> None:
    defaults = [
        one
        for one in node.named(node.space, "content")
        if one.attributes.get("isDefault") == "true"
    ]
    if len(defaults) > 1:
        sheet.say("media-default", defaults[1].line)
    if sum(1 for _ in node.named(node.space, "content")) < 2:
        sheet.say("media-group", node.line)


def _plain(sheet: Sheet, node: Node) -> None:
    """Text is text, unless it says otherwise."""
    if node.attributes.get("type") == "html":
        return
    if _MARKED.search(node.text) or _MARKED.search(node.attributes.get("label", "")):
        sheet.say("media-markup", node.line, element=node.name)


def _adult(sheet: Sheet, node: Node) -> None:
    sheet.say("media-obsolete", node.line, element=node.name)


def _wrong(sheet: Sheet, node: Node, kind: Kind, value: str) -> None:
    section = f"Media RSS 1.5.1 <media:{node.name}>"
    where = f"<media:{node.name}>"
    rule = f"media-{kind.name}"
    sheet.say(rule, node.line, section=section, where=where, value=value, wanted=kind.wanted)


def _rating(sheet: Sheet, node: Node) -> None:
    """Only of the schemes that the specification names is it known what they say."""
    kind = _RATINGS.get(node.attributes.get("scheme", "urn:simple"))
    text = node.text.strip()
    if kind is not None and text and not kind.test(text):
        _wrong(sheet, node, kind, text)


def _credit(sheet: Sheet, node: Node) -> None:
    role = node.attributes.get("role", "")
    if role != role.lower():
        _wrong(sheet, node, _LOWER, role)


def _hash(sheet: Sheet, node: Node) -> None:
    digits = {"md5": 32, "sha-1": 40}.get(node.attributes.get("algo", "md5"))
    text = node.text.strip()
    if digits and not (len(text) == digits and _HEX.fullmatch(text)):
        _wrong(sheet, node, _HASH, text)


def _restriction(sheet: Sheet, node: Node) -> None:
    kind = _RESTRICTED.get(node.attributes.get("type", ""))
    words = node.text.split()
    if kind is None or words in (["all"], ["none"]):
        return
    for word in words:
        if not kind.test(word):
            _wrong(sheet, node, kind, word)
            return


def _stars(sheet: Sheet, node: Node) -> None:
    """An average lies between the least and the most that can be given."""
    said = {name: node.attributes.get(name, "").strip() for name in ("min", "average", "max")}
    numbers = [float(text) for text in said.values() if is_decimal(text)]
    if is_decimal(said["average"]) and numbers != sorted(numbers):
        sheet.say("media-stars", node.line, **said)


_OPTIONAL: dict[str, Spec] = {
    "adult": _spec("adult", BOOLEAN, closer=_adult),
    "rating": _spec("rating", SOME, attributes={"scheme": ABSOLUTE}, closer=_rating),
    "title": _spec("title", attributes={"type": _TEXT_TYPE}, closer=_plain),
    "description": _spec("description", attributes={"type": _TEXT_TYPE}, closer=_plain),
    "keywords": _spec("keywords", closer=_plain),
    "thumbnail": _spec(
        "thumbnail",
        attributes={"url": ABSOLUTE, "width": _SIZE, "height": _SIZE, "time": NPT, "type": ANY},
        needs=("url",),
    ),
    "category": _spec("category", attributes={"scheme": ABSOLUTE, "label": ANY}, closer=_plain),
    "hash": _spec("hash", attributes={"algo": choice("md5", "sha-1")}, closer=_hash),
    "player": _spec(
        "player", attributes={"url": ABSOLUTE, "height": _SIZE, "width": _SIZE}, needs=("url",)
    ),
    "credit": _spec("credit", SOME, attributes={"role": ANY, "scheme": ABSOLUTE}, closer=_credit),
    "copyright": _spec("copyright", attributes={"url": ABSOLUTE}, closer=_plain),
    "text": _spec(
        "text",
        attributes={"type": _TEXT_TYPE, "lang": LANGUAGE, "start": NPT, "end": NPT},
        closer=_plain,
    ),
    "restriction": _spec(
        "restriction",
        attributes={
            "relationship": choice("allow", "deny"),
            "type": choice("country", "uri", "sharing"),
        },
        needs=("relationship",),
        closer=_restriction,
    ),
    "community": _spec(
        "community",
        children={
            "starRating": _spec(
                "community",
                attributes={"average": DECIMAL, "count": NUMBER, "min": DECIMAL, "max": DECIMAL},
                closer=_stars,
            ),
            "statistics": _spec("community", attributes={"views": NUMBER, "favorites": NUMBER}),
            "tags": _spec("community"),
        },
    ),
    "comments": _list("comments", "comment"),
    "embed": _spec(
        "embed",
        attributes={"url": ABSOLUTE, "width": _SIZE, "height": _SIZE},
        children={"param": _spec("embed", attributes={"name": SOME}, needs=("name",))},
        needs=("url",),
    ),
    "responses": _list("responses", "response"),
    "backLinks": _list("backLinks", "backLink"),
    "status": _spec(
        "status",
        attributes={"state": choice("active", "blocked", "deleted"), "reason": ANY},
        needs=("state",),
    ),
    "price": _spec(
        "price",
        attributes={
            "type": choice("rent", "purchase", "package", "subscription"),
            "info": ANY,
            "price": DECIMAL,
            "currency": SOME,
        },
    ),
    "license": _spec("license", attributes={"type": MEDIA_TYPE, "href": ABSOLUTE}),
    "subTitle": _spec(
        "subTitle",
        attributes={"type": MEDIA_TYPE, "lang": LANGUAGE, "href": ABSOLUTE},
        needs=("href",),
    ),
    "peerLink": _spec(
        "peerLink", attributes={"type": MEDIA_TYPE, "href": ABSOLUTE}, needs=("href",)
    ),
    "location": _spec(
        "location",
        attributes={
            "description": ANY,
            "start": NPT,
            "end": NPT,
            "lat": LATITUDE,
            "lng": LONGITUDE,
        },
    ),
    "rights": _spec("rights", attributes={"status": choice("userCreated", "official")}),
    "scenes": _spec(
        "scenes",
        children={
            "scene": _spec(
                "scenes",
                children={
                    "sceneTitle": _spec("scenes"),
                    "sceneDescription": _spec("scenes"),
                    "sceneStartTime": _spec("scenes", NPT),
                    "sceneEndTime": _spec("scenes", NPT),
                },
            )
        },
    ),
}
_CONTENT = _spec(
    "content",
    attributes={
        "url": ABSOLUTE,
        "fileSize": NUMBER,
        "type": MEDIA_TYPE,
        "medium": choice("image", "audio", "video", "document", "executable"),
        "isDefault": BOOLEAN,
        "expression": choice("sample", "full", "nonstop"),
        "bitrate": DECIMAL,
        "framerate": _AMOUNT,
        "samplingrate": DECIMAL,
        "channels": _AMOUNT,
        "duration": _DURATION,
        "height": _SIZE,
        "width": _SIZE,
        "lang": LANGUAGE,
    },
    children=_OPTIONAL,
    once=frozenset({"player", "title", "description", "copyright"}),
    closer=_content,
)
ELEMENTS: Mapping[str, Spec] = {
    **_OPTIONAL,
    "content": _CONTENT,
    "group": _spec("group", NOTHING, children={**_OPTIONAL, "content": _CONTENT}, closer=_group),
}
# A content stands in an item (an entry of Atom), or in a group that stands there.
PLACES: Mapping[str, frozenset[str]] = {
    "content": frozenset({"item", "entry", "liveItem"}),
    "group": frozenset({"item", "entry", "liveItem"}),
}
