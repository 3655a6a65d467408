"""feedgen's RSS with what podcasts need: one extension for the channel, one for its items.

feedgen 1.0.0 refuses itunes:explicit true/false, does not check categories, knows no podcast:
element, takes the channel's dates from the clock, and sets the process's locale to write a date.
Core elements carry no namespace here (tag ``channel``).

https://podcasting2.org/docs/podcast-namespace, https://podlove.org/simple-chapters,
https://podcasters.apple.com/support/823-podcast-requirements
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.categories import category_of
from feeds.chapters import MEDIA_TYPE as CHAPTERS_TYPE
from feeds.chapters import PSC, to_psc
from feeds.recordings import Chapter
from feeds.text import rfc5322_date, xml_legal

ATOM = "http://www.w3.org/2005/Atom"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST = "https://podcastindex.org/namespace/1.0"
_NAMESPACES = {"itunes": ITUNES, "podcast": PODCAST, "psc": PSC}
_ITEM = b"<item"


@dataclass(frozen=True, slots=True)
class Person:
    """podcast:person. Whoever speaks at a conference is a guest: the taxonomy knows no speaker."""

    name: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """podcast:transcript."""

    url: str
    media_type: str
    language: str


@dataclass(frozen=True, slots=True)
class Channel:
    """What a podcast's channel says beyond RSS 2.0. Empty is left out."""

    updated: datetime
    author: str
    email: str
    image_url: str
    categories: tuple[str, ...]
    explicit: bool
    guid: str
    locked: bool
    private: bool
    txt: str
    hub_url: str = ""


@dataclass(frozen=True, slots=True)
class Episode:
    """What a podcast's item says beyond RSS 2.0. Empty and None are left out."""

    published: datetime
    duration_s: int
    explicit: bool
    author: str
    image_url: str
    season: tuple[int, str] | None
    number: int | None
    people: tuple[Person, ...]
    chapters_url: str
    chapters: tuple[Chapter, ...]
    transcripts: tuple[Text, ...]
    license: str
    license_url: str
    audio_url: str
    audio_type: str
    audio_bytes: int
    audio_s: float
    audio_title: str
    language: str


class ChannelExtension(BaseExtension):  # type: ignore[misc] # feedgen has no types
    """A channel with honest dates, Apple's elements and Podcasting 2.0's."""

    def __init__(self) -> None:
        self.channel: Channel | None = None

    def extend_ns(self) -> dict[str, str]:
        """The prefixes that the document declares, once."""
        return _NAMESPACES

    def extend_rss(self, feed: Any) -> Any:
        """Complete the ``channel`` of the finished ``rss`` element."""
        found, channel = self.channel, feed.find("channel")
        assert found is not None
        for date in channel.findall("lastBuildDate"):
            date.text = rfc5322_date(found.updated)
        if found.hub_url:  # feedgen writes no atom:link but the channel's own
            _add(channel, ATOM, "link", href=found.hub_url, rel="hub")
        _add(channel, ITUNES, "author", found.author)
        _add(channel, ITUNES, "type", "episodic")
        if found.email:
            owner = _add(channel, ITUNES, "owner")
            _add(owner, ITUNES, "name", found.author)
            _add(owner, ITUNES, "email", found.email)
        _add(channel, ITUNES, "image", href=found.image_url)
        parents: dict[str, Any] = {}
        for name in found.categories:
            category, sub = category_of(name) or ("", "")
            if category and category not in parents:
                parents[category] = _add(channel, ITUNES, "category", text=category)
            if sub:
                _add(parents[category], ITUNES, "category", text=sub)
        _add(channel, ITUNES, "explicit", str(found.explicit).lower())
        if found.private:
            _add(channel, ITUNES, "block", "Yes")
            _add(channel, PODCAST, "block", "yes")
        _add(channel, PODCAST, "guid", found.guid)
        owned = {"owner": found.email} if found.email else {}
        _add(channel, PODCAST, "locked", "yes" if found.locked else "no", **owned)
        _add(channel, PODCAST, "medium", "podcast")
        if found.txt:
            _add(channel, PODCAST, "txt", found.txt)
        return feed


class EpisodeExtension(BaseEntryExtension):  # type: ignore[misc] # feedgen has no types
    """An item with Apple's elements, Podcasting 2.0's and Podlove's chapters."""

    def __init__(self) -> None:
        self.episode: Episode | None = None

    def extend_rss(self, item: Any) -> Any:
        """Complete the finished ``item`` element."""
        found = self.episode
        assert found is not None
        date = etree.SubElement(item, "pubDate")
        date.text = rfc5322_date(found.published)
        _add(item, ITUNES, "duration", str(found.duration_s))
        _add(item, ITUNES, "explicit", str(found.explicit).lower())
        _add(item, ITUNES, "author", found.author)
        _add(item, ITUNES, "image", href=found.image_url)
        _add(item, ITUNES, "episodeType", "full")
        if found.season:
            season, name = found.season
            _add(item, ITUNES, "season", str(season))
            _add(item, PODCAST, "season", str(season), name=name[:128])
        if found.number:
            _add(item, ITUNES, "episode", str(found.number))
            _add(item, PODCAST, "episode", str(found.number))
        for person in found.people:
            more = {"href": person.url} if person.url else {}
            _add(item, PODCAST, "person", person.name[:128], role="guest", group="cast", **more)
        for text in found.transcripts:
            known = {"url": text.url, "type": text.media_type, "language": text.language}
            _add(item, PODCAST, "transcript", **known)
        if found.chapters_url:
            _add(item, PODCAST, "chapters", url=found.chapters_url, type=CHAPTERS_TYPE)
        if found.chapters:
            item.append(to_psc(found.chapters))
        if found.license:
            _add(item, PODCAST, "license", found.license, url=found.license_url)
        self._alternate(item, found)
        return item

    def _alternate(self, item: Any, found: Episode) -> None:
        """The enclosure once more, with what RSS has no room for."""
        bits = round(found.audio_bytes * 8 / found.audio_s) if found.audio_s else 0
        known = {
            "type": found.audio_type,
            "length": str(found.audio_bytes),
            "bitrate": str(bits),
            "lang": found.language,
            "title": found.audio_title[:32],
            "default": "true",
        }
        whole = _add(item, PODCAST, "alternateEnclosure", **known)
        _add(whole, PODCAST, "source", uri=found.audio_url)


def new_feed() -> tuple[Any, ChannelExtension]:
    """A feedgen feed, and its extension."""
    feed = FeedGenerator()
    feed.register_extension("show", ChannelExtension, atom=False)
    return feed, feed.show


def new_item() -> tuple[Any, EpisodeExtension]:
    """A feedgen entry that stands alone, and its extension."""
    entry = FeedEntry()
    entry.register_extension("episode", EpisodeExtension, atom=False)
    return entry, entry.episode


def item_bytes(entry: Any) -> bytes:
    """The item as it stands within a document that declares its prefixes."""
    item = entry.rss_entry()
    known = {"atom": "http://www.w3.org/2005/Atom"}
    known |= {"content": "http://purl.org/rss/1.0/modules/content/", **_NAMESPACES}
    root = etree.Element("rss", nsmap=known)
    root.append(item)
    etree.cleanup_namespaces(root, keep_ns_prefixes=list(known))
    data = bytes(etree.tostring(item, encoding="UTF-8", xml_declaration=False, pretty_print=True))
    tag, end, rest = data.partition(b">")
    assert tag.startswith(_ITEM)
    return _ITEM + end + rest


def _add(parent: Any, namespace: str, name: str, text: str = "", /, **attributes: str) -> Any:
    """One more child; characters that XML forbids are replaced."""
    legal = {key: xml_legal(value) for key, value in attributes.items()}
    element = etree.SubElement(parent, f"{{{namespace}}}{name}", legal)
    if text:
        element.text = xml_legal(text)
    return element
