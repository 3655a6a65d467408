"""feedgen with its holes mended, in its own way: an extension for entries, one for the feed.

feedgen 1.0.0 writes an Atom entry's links without rel, type, length, title and hreflang,
so that an enclosure becomes a second alternate link, and knows no xml:lang below the feed.
Inside an extension core elements carry no namespace (tag ``link``, not ``{…}link``).
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.text import rfc3339, xml_legal

MEDIA = "http://search.yahoo.com/mrss/"
HISTORY = "http://purl.org/syndication/history/1.0"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class AtomLink:
    """RFC 4287 §4.2.7. Empty attributes are left out, and links that lead nowhere."""

    href: str
    rel: str
    type: str = ""
    title: str = ""
    hreflang: str = ""
    length: str = ""

    def attributes(self) -> dict[str, str]:
        """What is written, in the order of the RFC."""
        found = {
            "href": self.href,
            "rel": self.rel,
            "type": self.type,
            "hreflang": self.hreflang,
            "title": self.title,
            "length": self.length,
        }
        return {name: xml_legal(value) for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class Video:
    """A video on a page of its own (Media RSS 1.5.1): ``url`` is that page, and no file.

    So it is a player in a ``media:content`` without url, and never an enclosure.
    """

    url: str
    picture_url: str = ""
    duration_s: float | None = None


class TalkEntryExtension(BaseEntryExtension):  # type: ignore[misc] # feedgen has no types
    """Links whole, languages where they belong: RFC 4287 §2 (xml:lang) and §4.2.7."""

    def __init__(self) -> None:
        self.links: list[AtomLink] = []
        self.language = ""
        self.summary_language = ""
        self.video: Video | None = None

    def extend_atom(self, feed: Any) -> Any:
        """Set the links and languages on the finished ``entry`` element."""
        if self.language:
            feed.set(_XML_LANG, xml_legal(self.language))
        for link in feed.findall("link"):
            feed.remove(link)
        after = feed.find("updated")
        for link in filter(lambda link: link.href, self.links):
            element = feed.makeelement("link", link.attributes())
            after.addnext(element)
            after = element
        summary = feed.find("summary")
        if summary is not None and self.summary_language:
            summary.set(_XML_LANG, xml_legal(self.summary_language))
        if self.video:
            feed.append(_media(feed, self.video))
        return feed


def _media(feed: Any, video: Video) -> Any:
    attributes = {"medium": "video"}
    if video.duration_s:
        attributes["duration"] = str(round(video.duration_s))
    content = feed.makeelement(f"{{{MEDIA}}}content", attributes, nsmap={"media": MEDIA})
    parts = [("player", video.url), ("thumbnail", video.picture_url)]
    for name, url in parts:
        if url:
            part = content.makeelement(f"{{{MEDIA}}}{name}", {"url": xml_legal(url)})
            content.append(part)
    return content


def new_entry() -> tuple[Any, TalkEntryExtension]:
    """A feedgen entry that stands alone, and its extension."""
    entry = FeedEntry()
    entry.register_extension("talk", TalkEntryExtension, rss=False)
    return entry, entry.talk


@dataclass(frozen=True, slots=True)
class Tombstone:
    """RFC 6721 §3: the entry of that id was taken back, then, for that reason."""

    ref: str
    when: datetime
    comment: str = ""


class FeedExtension(BaseExtension):  # type: ignore[misc] # feedgen has no types
    """``fh:archive`` (RFC 5005 §4) and ``at:deleted-entry`` (RFC 6721). ``tree``: the ``feed``
    element, once it was made."""

    def __init__(self) -> None:
        self.tree: Any = None
        self.is_archive = False
        self.tombstones: list[Tombstone] = []

    def extend_ns(self) -> dict[str, str]:
        """The prefixes that the document declares: those that it uses."""
        found = {"fh": HISTORY} if self.is_archive else {}
        return found | ({"at": TOMBSTONES} if self.tombstones else {})

    def extend_atom(self, feed: Any) -> Any:
        """Complete the finished ``feed`` element, before its entries come."""
        self.tree = feed
        if self.is_archive:
            feed.append(feed.makeelement(f"{{{HISTORY}}}archive"))
        for tombstone in self.tombstones:
            attributes = {"ref": xml_legal(tombstone.ref), "when": rfc3339(tombstone.when)}
            element = feed.makeelement(f"{{{TOMBSTONES}}}deleted-entry", attributes)
            if tombstone.comment:
                comment = element.makeelement(f"{{{TOMBSTONES}}}comment")
                comment.text = xml_legal(tombstone.comment)
                element.append(comment)
            feed.append(element)
        return feed


def new_feed() -> tuple[Any, FeedExtension]:
    """A feedgen feed, and its extension."""
    feed = FeedGenerator()
    feed.register_extension("whole", FeedExtension, FeedExtension, rss=False)
    return feed, feed.whole


def with_style(document: bytes, href: str) -> bytes:
    """``document`` with the stylesheet that browsers show it by (Associating Style Sheets 1.0).

    Only CSS: browsers have dropped XSLT, and a script in a feed would be nobody's friend.
    """
    declaration, end, root = document.partition(b"?>\n")
    return declaration + end + _instruction(href) + b"\n" + root


@cache
def _instruction(href: str) -> bytes:
    found = etree.ProcessingInstruction("xml-stylesheet", f'type="text/css" href="{href}"')
    return bytes(etree.tostring(found))
