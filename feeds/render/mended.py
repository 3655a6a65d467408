"""feedgen with its holes mended, in its own way: one extension for a feed's entries.

feedgen 1.0.0 writes an Atom entry's links without rel, type, length, title and hreflang,
so that an enclosure becomes a second alternate link, and knows no xml:lang below the feed.
Inside an extension core elements carry no namespace (tag ``link``, not ``{…}link``).
"""

from dataclasses import dataclass
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension

from feeds.text import xml_legal

MEDIA = "http://search.yahoo.com/mrss/"
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
