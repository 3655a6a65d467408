"""RSS 2.0 with the RSS Advisory Board's best practices profile; RSS 0.91 and 0.92 on the way."""

from urllib.parse import urlsplit

from feeds.check.documents import html, profile
from feeds.check.documents.grammar import Language, Spec, check
from feeds.check.documents.identifiers import check_self, is_of_its_scheme
from feeds.check.documents.modules import together
from feeds.check.documents.podcast import Podcast
from feeds.check.documents.profile import ATOM, CONTENT
from feeds.check.documents.sheet import Entry, Sheet
from feeds.check.documents.tree import Node
from feeds.check.documents.values import (
    ABSOLUTE,
    ANY,
    DATE822,
    LANGUAGE,
    MEDIA_TYPE,
    NUMBER,
    POSITIVE,
    RSS_PERSON,
    SOME,
    WEB,
    choice,
    is_absolute,
    is_integer,
    is_number,
    is_plain_rss_person,
    rfc822_problem,
    scheme_of,
)
from feeds.patterns import pattern

# 0.93 and 0.94 were drafts that were taken back; 2.0.1 is a revision, and is written 2.0.
_VERSIONS = {"0.91", "0.92", "2.0"}
# Readers of links do not open these.
_NAMES = {"tag", "urn"}
_DAYS = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
_NO_PICTURES = {"bmp", "ico", "svg", "tif", "tiff", "webp", "avif", "html", "htm"}
_MARKS = ("</", "<b>", "<i>", "<br")
_MAX_IMAGE = {"width": 144, "height": 400}
_YEAR = pattern(r"[A-Za-z]\s+([0-9]{4})\s")
_SMALL = {"form", "weekday", "year", "zone"}


def date(sheet: Sheet, node: Node) -> None:
    """What a date of RFC 822 says twice, or not clearly; whether it is one is known by then."""
    trouble, _ = rfc822_problem(node.text)
    if trouble in _SMALL:
        value = node.text.strip()
        sheet.say(f"rss-date-{trouble}", node.line, where=f"<{node.name}>", value=value)
    year = _YEAR.search(node.text)
    if year and trouble != "bad" and not "1970" <= year[1] < "2070":
        sheet.say("date-unlikely", node.line, where=f"<{node.name}>", value=node.text.strip())


def _person(sheet: Sheet, node: Node) -> None:
    text = node.text.strip()
    if RSS_PERSON.test(text) and not is_plain_rss_person(text):
        sheet.say("rss-person", node.line, where=f"<{node.name}>", value=text)


def _address(sheet: Sheet, node: Node) -> None:
    _ascii(sheet, node, f"<{node.name}>", node.text.strip())


def _ascii(sheet: Sheet, node: Node, where: str, text: str) -> None:
    """What RSS calls a URL beyond that it is an IRI."""
    if not text.isascii() and is_absolute(text):
        sheet.say("rss-uri-ascii", node.line, where=where, value=text)
    elif sheet.thorough and not is_of_its_scheme(text):
        sheet.say("uri-scheme", node.line, where=where, value=text)


def _with_url(sheet: Sheet, node: Node) -> None:
    _ascii(sheet, node, f"url of <{node.name}>", node.attributes.get("url", "").strip())


def _plain(sheet: Sheet, node: Node) -> None:
    text = node.text
    if "<" in text and any(mark in text.lower() for mark in _MARKS):
        sheet.say("rss-title-markup", node.line, where=f"<{node.name}>")


def _html(sheet: Sheet, node: Node) -> None:
    html.check_text(sheet, node, relative=True)


def _guid(sheet: Sheet, node: Node) -> None:
    text = node.text.strip()
    if node.attributes.get("isPermaLink", "true") != "true":
        return
    if not is_absolute(text) or scheme_of(text) in _NAMES:
        sheet.say("rss-guid", node.line, value=text)
    elif scheme_of(text) not in {"http", "https", "ftp", "file", "gopher", "gemini"}:
        sheet.say("rss-guid-scheme", node.line, value=text)


def _enclosure(sheet: Sheet, node: Node) -> None:
    _with_url(sheet, node)
    if node.attributes.get("length", "").strip() == "0":
        sheet.say("rss-enclosure-length", node.line)


def _image(sheet: Sheet, node: Node) -> None:
    for name, most in _MAX_IMAGE.items():
        for size in node.named(node.space, name):
            text = size.text.strip()
            if is_number(text) and not 1 <= int(text[:9]) <= most:
                sheet.say("rss-image-size", size.line, attribute=name, value=text)
    for url in node.named(node.space, "url"):
        last = urlsplit(url.text.strip()).path.rpartition(".")[2].lower()
        if last in _NO_PICTURES:
            sheet.say("rss-image-form", url.line, value=url.text.strip())


def _hours(sheet: Sheet, node: Node) -> None:
    old = _version(node).startswith("0.9")
    seen: set[int] = set()
    for hour in node.named(node.space, "hour"):
        text = hour.text.strip()
        number = int(text[:5]) if is_integer(text) and len(text) < 5 else -1
        if not 0 <= number <= 24:
            sheet.say("rss-hours", hour.line, value=f"{text}: no hour of the day")
        elif number % 24 in seen:
            sheet.say("rss-hours", hour.line, value=f"{text}: stands twice")
        elif number == 24 and not old:
            sheet.say("rss-hours-midnight", hour.line)
        seen.add(number % 24)


def _days(sheet: Sheet, node: Node) -> None:
    seen: set[str] = set()
    for day in node.named(node.space, "day"):
        text = day.text.strip()
        if text not in _DAYS:
            sheet.say("rss-days", day.line, value=f"{text}: no day of the week")
        elif text in seen:
            sheet.say("rss-days", day.line, value=f"{text}: stands twice")
        seen.add(text)


def _version(node: Node) -> str:
    while node.parent is not None:
        node = node.parent
    return node.attributes.get("version", "").strip()


def _old_input(sheet: Sheet, node: Node) -> None:
    """RSS 0.91 wrote it in small letters."""
    if not _version(node).startswith("0.9"):
        sheet.say("rss-unknown", node.line, element=node.name, parent="channel")


def _text(section: str) -> Spec:
    return Spec(SOME, section=f"RSS 2.0 <{section}>", closer=_plain)


_URL = Spec(ABSOLUTE, section="RSS 2.0 <link>", closer=_address)
_TITLE = Spec(SOME, section="RSS 2.0 <title>", closer=_plain)
_DESCRIPTION = Spec(SOME, section="RSS 2.0 <description>", closer=_html)
_CATEGORY = Spec(SOME, {"domain": ANY}, section="RSS 2.0 <category>")
_NUMBER = Spec(NUMBER, section="RSS 2.0")
ITEM = Spec(
    children={
        "title": _TITLE,
        "link": _URL,
        "description": _DESCRIPTION,
        "author": Spec(RSS_PERSON, section="RSS 2.0 <author>", closer=_person),
        "category": _CATEGORY,
        "comments": Spec(ABSOLUTE, section="RSS 2.0 <comments>", closer=_address),
        "enclosure": Spec(
            attributes={"url": WEB, "length": NUMBER, "type": MEDIA_TYPE},
            needs=("url", "length", "type"),
            section="RSS 2.0 <enclosure>",
            closer=_enclosure,
        ),
        "guid": Spec(
            SOME, {"isPermaLink": choice("true", "false")}, section="RSS 2.0 <guid>", closer=_guid
        ),
        "pubDate": Spec(DATE822, section="RSS 2.0 <pubDate>", closer=date),
        "source": Spec(
            ANY, {"url": ABSOLUTE}, needs=("url",), section="RSS 2.0 <source>", closer=_with_url
        ),
    },
    once=frozenset(
        {"title", "link", "description", "author", "comments", "guid", "pubDate", "source"}
    ),
    section="RSS 2.0 <item>",
)
_IMAGE = Spec(
    children={
        "url": Spec(ABSOLUTE, section="RSS 2.0 <image>", closer=_address),
        "title": _text("image"),
        "link": _URL,
        "width": Spec(POSITIVE, section="RSS 2.0 <image>"),
        "height": Spec(POSITIVE, section="RSS 2.0 <image>"),
        "description": Spec(ANY, section="RSS 2.0 <image>", closer=_plain),
    },
    must=("url", "title", "link"),
    once=frozenset({"url", "title", "link", "width", "height", "description"}),
    section="RSS 2.0 <image>",
    closer=_image,
)


def _input(sheet: Sheet, node: Node) -> None:
    if _version(node) == "2.0":
        sheet.say("rss-text-input", node.line)


_INPUT = Spec(
    children={
        "title": _text("textInput"),
        "description": _text("textInput"),
        "name": _text("textInput"),
        "link": _URL,
    },
    must=("title", "description", "name", "link"),
    once=frozenset({"title", "description", "name", "link"}),
    section="RSS 2.0 <textInput>",
    closer=_input,
)
_CHANNEL_CHILDREN = {
    "title": _TITLE,
    "link": _URL,
    "description": _DESCRIPTION,
    "language": Spec(LANGUAGE, section="RSS 2.0 <language>"),
    "copyright": Spec(ANY, section="RSS 2.0 <copyright>", closer=_plain),
    "managingEditor": Spec(RSS_PERSON, section="RSS 2.0 <managingEditor>", closer=_person),
    "webMaster": Spec(RSS_PERSON, section="RSS 2.0 <webMaster>", closer=_person),
    "pubDate": Spec(DATE822, section="RSS 2.0 <pubDate>", closer=date),
    "lastBuildDate": Spec(DATE822, section="RSS 2.0 <lastBuildDate>", closer=date),
    "category": _CATEGORY,
    "generator": Spec(ANY, section="RSS 2.0 <generator>"),
    "docs": Spec(ABSOLUTE, section="RSS 2.0 <docs>", closer=_address),
    "cloud": Spec(
        attributes={
            "domain": SOME,
            "port": POSITIVE,
            "path": ANY,
            "registerProcedure": ANY,
            "protocol": choice("xml-rpc", "soap", "http-post"),
        },
        needs=("domain", "port", "path", "registerProcedure", "protocol"),
        section="RSS 2.0 <cloud>",
    ),
    "ttl": Spec(NUMBER, section="RSS 2.0 <ttl>"),
    "image": _IMAGE,
    "rating": Spec(ANY, section="RSS 2.0 <rating>"),
    "textInput": _INPUT,
    "textinput": Spec(closer=_old_input, markup=True),
    "skipHours": Spec(
        children={"hour": Spec(ANY, section="RSS 2.0 <skipHours>")},
        must=("hour",),
        section="RSS 2.0 <skipHours>",
        closer=_hours,
    ),
    "skipDays": Spec(
        children={"day": Spec(ANY, section="RSS 2.0 <skipDays>")},
        must=("day",),
        section="RSS 2.0 <skipDays>",
        closer=_days,
    ),
}
CHANNEL = Spec(
    children={**_CHANNEL_CHILDREN, "item": ITEM},
    must=("title", "link", "description"),
    once=frozenset(_CHANNEL_CHILDREN) - {"category"},
    section="RSS 2.0 <channel>",
)
ROOT = Spec(
    children={"channel": CHANNEL},
    attributes={"version": ANY},
    must=("channel",),
    once=frozenset({"channel"}),
    section="RSS 2.0 <rss>",
)


class Rss:
    """One RSS document: items as they come, then the channel around them."""

    def __init__(self, sheet: Sheet, language: Language) -> None:
        self.sheet, self.language = sheet, language
        self._guids: dict[str, int] = {}
        self._head: int | None = None  # how much of the channel stands before the first item
        self._counted = 0  # the line of the first number of comments
        self.podcast = Podcast(sheet)

    def item(self, node: Node) -> bool:
        """One item; False for what is called so and stands elsewhere."""
        parent = node.parent
        if node.space != self.language.space or parent is None or parent.name != "channel":
            return False
        sheet = self.sheet
        if self._head is None:
            self._head = parent.children.index(node)
        self._counted = self._counted or profile.comments(node)
        check(sheet, self.language, node, ITEM)
        space = self.language.space
        together(sheet, node)
        profile.said_twice(sheet, node)
        found = {
            name: child.text.strip() if (child := node.first(space, name)) is not None else ""
            for name in ("title", "link", "guid", "pubDate")
        }
        described = node.first(space, "description")
        # RSS 0.92 and its drafts made every element of an item optional; RSS 2.0 took that back.
        old = _version(node).startswith("0.9")
        if node.first(space, "title") is None and described is None and not old:
            sheet.say("rss-item", node.line)
        guid = node.first(space, "guid")
        if guid is None:
            if not old:
                sheet.say("rss-guid-missing", node.line)
        elif found["guid"]:
            if (other := self._guids.get(found["guid"])) is not None:
                sheet.say("rss-guid-twice", guid.line, other=other, value=found["guid"])
            self._guids.setdefault(found["guid"], node.line)
            profile.number(sheet, guid)
        enclosures = list(node.named(space, "enclosure"))
        if len(enclosures) > 1:
            sheet.say("rss-enclosures", enclosures[1].line)
        encoded = node.first(CONTENT, "encoded")
        if encoded is not None:
            html.check_text(sheet, encoded, relative=True)
            profile.content(sheet, node, described, encoded)
        self.podcast.item(node, enclosures)
        sheet.facts.entries.append(
            Entry(found["guid"] or found["link"], node.line, found["title"], found["link"])
        )
        return True

    def _image(self, channel: Node) -> None:
        """The image says what the channel says (RSS 2.0 <image>)."""
        space = self.language.space
        image = channel.first(space, "image")
        if image is None:
            return
        for name in ("title", "link"):
            ours, theirs = channel.first(space, name), image.first(space, name)
            if ours is None or theirs is None or not theirs.text.strip():
                continue
            if ours.text.strip() != theirs.text.strip():
                self.sheet.say("rss-image-differs", theirs.line, element=name)

    def document(self, root: Node, doctype: str = "") -> None:
        """The channel, and what needs all items. ``doctype``: what its declaration names."""
        sheet, space = self.sheet, self.language.space
        check(sheet, self.language, root, ROOT)
        if space:
            sheet.say("rss-namespace", root.line, value=space)
        if "DTD RSS 0.91" in doctype and _version(root) != "0.91":
            sheet.say("rss-doctype", root.line, value=_version(root))
        if root.attributes.get("version", "").strip() not in _VERSIONS:
            sheet.say("rss-version", root.line)
        channel = root.first(space, "channel")
        if channel is None:
            return
        together(sheet, channel)
        profile.said_twice(sheet, channel)
        self._image(channel)
        for link in channel.named(ATOM, "link"):
            if link.attributes.get("rel") == "self":
                sheet.facts.self_url = link.attributes.get("href", "")
                check_self(sheet, link)
        if _version(root) == "2.0":
            if not sheet.facts.self_url:
                sheet.say("rss-self", channel.line)
            if self._head is not None:
                profile.order(sheet, channel, self._head)
            profile.counted(sheet, channel, self._counted)
        self.podcast.channel(channel)
