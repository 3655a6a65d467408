"""Apple's tags of podcasts, as its guide has them and as older guides had them."""

import re
from dataclasses import replace

from feeds.categories import CATEGORIES
from feeds.check.documents.grammar import Spec
from feeds.check.documents.sheet import Sheet
from feeds.check.documents.tree import Node
from feeds.check.documents.values import (
    ABSOLUTE,
    ANY,
    DATE822,
    DURATION,
    EMAIL,
    NUMBER,
    POSITIVE,
    choice,
)
from feeds.patterns import pattern

ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
# What Apple's first documents wrote; programs that compare letter by letter do not know it.
ITUNES_OLD = "http://www.itunes.com/DTDs/Podcast-1.0.dtd"
# Names of Apple's list before August 2019 that are in today's no longer.
_OLD = frozenset(
    " ".join(name.split())
    for name in """
    Alternative Health, Amateur, Arts & Entertainment, Audio Blogs,
    Automotive, Aviation, Business News, College & High School,
    Developers, Education, Education Technology, Entertainment,
    Family, Fashion & Beauty, Fitness & Nutrition, Food,
    Gadgets, Games & Hobbies, Government & Organizations, Health,
    Higher Education, Hobbies, Information Technology, International,
    K-12, Language Courses, Literature, Local,
    Management & Marketing, Medicine, Movies & Television, National,
    Natural Sciences, Non-Profit, Operating Systems, Other,
    Other Games, Outdoor, Philosophy, Podcasting,
    Professional, Public Radio, Regional, Science & Medicine,
    Self-Help, Sexuality, Shopping, Social Sciences,
    Software How-To, Sports & Recreation, Talk Radio, Tech News,
    Training, Transportation, Travel, Video Games
    """.split(",")
)
# What stood below another one then, and stands elsewhere, or nowhere, today.
_OLD_BELOW = {
    *(("Technology", name) for name in ("News", "Computers", "Smart Phones", "Text/Speech")),
    *(("Business", name) for name in ("News", "Finance")),
    *(("Religion & Spirituality", name) for name in ("New Age", "Philosophy")),
    ("Society & Culture", "History"),
}
_LIMITS = {"subtitle": 255, "summary": 4_000}
_PICTURES = (".jpg", ".jpeg", ".png")
_OTHERS = (".webp", ".gif", ".svg", ".avif", ".bmp", ".tif", ".tiff", ".heic", ".ico")
_FORM = pattern("jpe?g|png", re.IGNORECASE)


def _obsolete(sheet: Sheet, node: Node) -> None:
    sheet.say("itunes-obsolete", node.line, element=node.name)
    limit = _LIMITS.get(node.name)
    if limit and (count := len(node.text.strip())) > limit:
        sheet.say("itunes-long", node.line, element=node.name, count=count, limit=limit)


def _image(sheet: Sheet, node: Node) -> None:
    url = node.attributes.get("href", "").strip()
    path, _, query = url.partition("#")[0].partition("?")
    last = path.rpartition("/")[2].lower()
    # A program answers with whatever its query asks for; a file of a known form is what it says.
    made = query != "" and (not last.endswith(_OTHERS) or _FORM.search(query) is not None)
    if "." in last and not last.endswith(_PICTURES) and not made:
        sheet.say("itunes-image-form", node.line, where="<itunes:image>", value=url)


_TOP = "a category of Apple's list"


def _category(sheet: Sheet, node: Node) -> None:
    text = " ".join(node.attributes.get("text", "").split())
    parent, above = node.parent, ""
    if "text" not in node.attributes:
        return
    if parent is not None and parent.name == "category" and parent.space == ITUNES:
        above = " ".join(parent.attributes.get("text", "").split())
        good, wanted = text in CATEGORIES.get(above, ()), f"a category below {above}"
        if above not in CATEGORIES:
            return  # the one above is what is wrong
    else:
        good, wanted = text in CATEGORIES, _TOP
    if good:
        return
    if text in _OLD or (wanted != _TOP and (above, text) in _OLD_BELOW):
        sheet.say("itunes-category-old", node.line, value=text)
    else:
        where = "<itunes:category>"
        sheet.say("itunes-category", node.line, where=where, value=text, wanted=wanted)


def _yes(sheet_name: str) -> Spec:
    words = choice("yes", "no", "true", "false", any_case=True)
    return Spec(words, section=f"Apple: <itunes:{sheet_name}>")


_TEXT = Spec(ANY)
_OLD_TEXT = Spec(ANY, closer=_obsolete)
_INNER = Spec(
    attributes={"text": ANY}, needs=("text",), section="Apple: categories", closer=_category
)
# Apple's guide names two words, and programs compare letter by letter.
_EXPLICIT = replace(
    choice("true", "false", "yes", "no", "clean", "explicit", any_case=True), strict=True
)

ELEMENTS: dict[str, Spec] = {
    "author": _TEXT,
    "block": _yes("block"),
    "category": Spec(
        attributes={"text": ANY},
        needs=("text",),
        children={"category": _INNER},
        section="Apple: categories",
        closer=_category,
    ),
    "complete": _yes("complete"),
    "duration": Spec(DURATION, section="Apple: <itunes:duration>"),
    "email": Spec(EMAIL),
    "episode": Spec(POSITIVE, section="Apple: <itunes:episode>"),
    "episodeType": Spec(
        choice("full", "trailer", "bonus", any_case=True), section="Apple: <itunes:episodeType>"
    ),
    "explicit": Spec(_EXPLICIT, section="Apple: <itunes:explicit>"),
    "image": Spec(
        ANY,
        {"href": ABSOLUTE, "url": ABSOLUTE, "rel": ANY, "type": ANY},
        needs=("href",),
        section="Apple: artwork",
        closer=_image,
    ),
    "isClosedCaptioned": _OLD_TEXT,
    "keywords": _OLD_TEXT,
    "link": Spec(ANY, {"href": ABSOLUTE, "rel": ANY, "type": ANY}),
    "name": _TEXT,
    "new-feed-url": Spec(ABSOLUTE, section="Apple: <itunes:new-feed-url>"),
    "order": Spec(NUMBER),
    "owner": Spec(
        children={"name": _TEXT, "email": Spec(EMAIL, section="Apple: <itunes:owner>")},
        must=("email",),
        once=frozenset({"name", "email"}),
        section="Apple: <itunes:owner>",
    ),
    "pubDate": Spec(DATE822),
    "season": Spec(POSITIVE, section="Apple: <itunes:season>"),
    "subtitle": _OLD_TEXT,
    "summary": _OLD_TEXT,
    "title": _TEXT,
    "type": Spec(choice("episodic", "serial", any_case=True), section="Apple: <itunes:type>"),
    "applepodcastsverify": _TEXT,
    "provider": _TEXT,
    "store-front-data": _TEXT,
}
ONCE = frozenset(ELEMENTS) - {"category", "link", "keywords"}
_IN_CHANNEL = frozenset({"channel", "feed"})
_IN_ITEM = frozenset({"item", "entry", "liveItem", "trailer"})
PLACES: dict[str, frozenset[str]] = {
    "owner": _IN_CHANNEL,
    "complete": _IN_CHANNEL,
    "new-feed-url": _IN_CHANNEL,
    "type": _IN_CHANNEL,
    "duration": _IN_ITEM,
    "episode": _IN_ITEM,
    "episodeType": _IN_ITEM,
    "order": _IN_ITEM,
    "isClosedCaptioned": _IN_ITEM,
}
