"""The podcast: RSS 2.0 with Apple's, Podcasting 2.0's and Podlove's elements (PSP-1).

Every talk that has audio is an item, and no other talk is; without any there is no podcast.
An item is serialised once, as in the Atom feed: a head, and the items.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from feeds import __version__, transcripts
from feeds.licences import spdx_of, url_of
from feeds.model import Publication, Talk
from feeds.render import covers, recordings
from feeds.render.atom import GENERATOR
from feeds.render.heads import STYLE, updated
from feeds.render.kit import Kit, Show, byline
from feeds.render.markdown import Body
from feeds.render.plaintext import to_text
from feeds.text import one_line, shortened, xml_legal

PATH = "podcast.rss"
MEDIA_TYPE = "application/rss+xml"
COVER = "covers/podcast.jpg"
# https://podcasting2.org/docs/podcast-namespace/tags/guid
_NAMESPACE = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
_MAX_TEXT_BYTES = 4_000  # PSP-1, description
_END = b"</channel>"


@dataclass(frozen=True, slots=True)
class Number:
    """Where a talk stands: the ``season`` is the year of the talk, called by its event's ``name``;
    the ``episode`` is the talk's own position in it, None when it has none."""

    season: int
    name: str
    episode: int | None


def guid_of(feed_url: str) -> str:
    """The podcast:guid that a feed first published at ``feed_url`` has for ever (a UUIDv5)."""
    address = feed_url.partition("://")[2] or feed_url
    return str(uuid.uuid5(_NAMESPACE, address.rstrip("/")))


def number_of(talk: Talk) -> Number | None:
    """A talk's number; None without an event.

    It is made of what the talk itself says, so that no talk that is added or removed renumbers
    one that is out already: apps keep episodes by their numbers.
    """
    if talk.event is None:
        return None
    return Number(talk.date.year, talk.event.name, talk.position if talk.position > 0 else None)


def item(kit: Kit, show: Show, talk: Talk, body: Body) -> bytes:
    """One talk as an ``item`` element in UTF-8; its prefixes are declared by the document."""
    from feeds.render.mended_rss import Episode, Person, Text, item_bytes, new_item

    audio, number = show.audio[talk.slug], number_of(talk)
    element, extension = new_item()
    element.title(_said(talk.title))
    element.link(href=kit.url(talk.path))
    element.guid(_said(talk.id), permalink=False)
    notes = to_text(body.notes_html) or to_text(body.abstract_html) or talk.title
    element.description(_said(short_text(notes)))
    element.content(_said(kit.content(talk, body)))
    element.enclosure(kit.url(show.path(talk)), str(audio.size_bytes), audio.media_type)
    for tag in talk.tags:
        element.category(term=_said(tag))
    public = talk.slug in kit.audible
    starts = audio.chapters
    extension.episode = Episode(
        published=talk.published,
        duration_s=round(audio.duration_s),
        explicit=kit.publication.podcast.explicit,
        author=byline(talk.speakers) or _author(kit.publication),
        image_url=kit.url(show.cover_path(talk)),
        season=(number.season, number.name) if number else None,
        number=number.episode if number else None,
        people=tuple(Person(one.name, one.url) for one in talk.speakers),
        chapters_url=kit.url(recordings.chapters_path(talk)) if public and starts else "",
        chapters=starts,
        transcripts=tuple(
            Text(kit.url(recordings.transcript_path(talk, one, suffix)), kind, one.language)
            for one in recordings.transcripts_of(kit, talk)
            for suffix, kind in (("vtt", transcripts.VTT), ("srt", transcripts.SRT))
        ),
        license=spdx_of(talk.license).lower(),
        license_url=url_of(talk.license),
        audio_url=kit.url(show.path(talk)),
        audio_type=audio.media_type,
        audio_bytes=audio.size_bytes,
        audio_s=audio.duration_s,
        audio_title=kit.words.say("Audio"),
        language=talk.language,
    )
    return item_bytes(element)


def document(
    kit: Kit, show: Show, talks: Sequence[Talk], items: Iterable[bytes]
) -> Iterator[bytes]:
    """The feed as a stream: its head for ``talks``, then their ``items`` in the same order."""
    head, end, rest = _head(kit, show, talks).partition(_END)
    yield head
    yield from items
    yield end + rest


def path(show: Show) -> str:
    """The feed below ``public/``."""
    return show.folder + PATH


def _head(kit: Kit, show: Show, talks: Sequence[Talk]) -> bytes:
    from feeds.render.mended import with_style
    from feeds.render.mended_rss import Channel, new_feed

    publication, podcast = kit.publication, kit.publication.podcast
    title = podcast.title or publication.title
    words = podcast.description or publication.subtitle or title
    email = podcast.email or (publication.author.email if publication.author else "")
    cover = cover_url(kit, show)
    feed, extension = new_feed()
    feed.title(_said(title))
    feed.description(_said(short_text(words)))
    feed.link(href=kit.url(path(show)), rel="self", type=MEDIA_TYPE)
    feed.link(href=kit.url(""), rel="alternate")
    feed.language(xml_legal(publication.language))
    feed.generator(f"{GENERATOR} {__version__}")
    feed.image(cover, _said(title), kit.url(""))
    if publication.license:
        feed.copyright(_said(publication.license))
    extension.channel = Channel(
        updated=updated(publication, talks),
        author=_author(publication),
        email=email,
        image_url=cover,
        categories=podcast.categories,
        explicit=podcast.explicit,
        guid=show.guid,
        locked=podcast.locked or podcast.private,
        private=podcast.private,
        txt=podcast.txt,
        hub_url="" if podcast.private else publication.feed.hub,
    )
    return with_style(bytes(feed.rss_str(pretty=True)), "../" * path(show).count("/") + STYLE)


def cover_url(kit: Kit, show: Show) -> str:
    """The show's cover: the publication's own, or the one that is drawn."""
    return kit.picture_url(kit.publication.podcast.image) or kit.url(show.folder + COVER)


def drawn(kit: Kit, show: Show, talks: Iterable[Talk]) -> Iterator[tuple[str, covers.Cover]]:
    """The covers that have to be drawn, and where each goes below ``public/``."""
    if not kit.picture_url(kit.publication.podcast.image):
        yield show.folder + COVER, covers.of_show(kit.publication)
    for talk in talks:
        if not (talk.audio and talk.audio.image):
            yield show.cover_path(talk), covers.of_talk(kit.publication, talk)


def heard(show: Show, talks: Iterable[Talk]) -> tuple[Talk, ...]:
    """The talks that are items, in the order given."""
    return tuple(talk for talk in talks if talk.slug in show.audio)


def short_text(text: str) -> str:
    """Text of at most 4,000 bytes of UTF-8 (PSP-1), cut at a word."""
    line = one_line(text).encode("utf-8", "replace").decode()
    limit = len(line.encode()[:_MAX_TEXT_BYTES].decode("utf-8", "ignore"))
    found = shortened(line, limit)
    while len(found.encode()) > _MAX_TEXT_BYTES:  # the ellipsis has three bytes
        limit -= 1
        found = shortened(line, limit)
    return found


def _author(publication: Publication) -> str:
    author = publication.author.name if publication.author else publication.title
    return publication.podcast.author or author


def _said(text: str) -> str:
    """``text`` fit for XML, and for feedgen, which refuses an empty title."""
    return xml_legal(text) or "–"
