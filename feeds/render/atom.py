"""The Atom feed (RFC 4287): each talk's entry serialised once, a head, and the entries."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from feeds import __version__
from feeds.model import Publication, Talk
from feeds.render.kit import Kit
from feeds.render.markdown import Body, to_text
from feeds.text import absolute_url, xml_legal

PATH = "feed.atom"
MEDIA_TYPE = "application/atom+xml"
GENERATOR = "talkfeeds"
_END = b"</feed>"


def entry(kit: Kit, talk: Talk, body: Body) -> bytes:
    """One talk as an ``entry`` element in UTF-8, ready to stand in any Atom document.

    Authors are the speakers, the publication's author where there are none; ``summary`` is
    the abstract as text, ``content`` the notes, the abstract and the links as HTML.
    """
    from lxml import etree

    from feeds.render.mended import AtomLink, Video, new_entry

    publication = kit.publication
    element, extension = new_entry()
    element.id(_said(talk.id))
    element.title(_said(talk.title))
    element.updated(talk.updated)
    element.published(talk.published)
    element.author([_person(speaker.name, speaker.url) for speaker in talk.speakers])
    if body.abstract_html:
        element.summary(_said(to_text(body.abstract_html)))
    element.content(_said(kit.render("entry.html", talk=talk, body=body)), type="html")
    for tag in talk.tags:
        element.category(term=_said(tag))
    if talk.license:
        element.rights(_said(talk.license))

    extension.language = talk.language
    extension.summary_language = talk.abstract_language
    add = extension.links.append
    add(AtomLink(kit.url(talk.path), "alternate", "text/html", hreflang=talk.language))
    if talk.recording:
        recording = talk.recording
        title = kit.words.with_duration(kit.words.say("Recording"), recording.duration_s)
        add(AtomLink(recording.url, "related", "text/html", title))
        extension.video = Video(recording.url, kit.picture(talk), recording.duration_s)
    if audio := kit.audio(talk):
        title = kit.words.with_duration(kit.words.say("Audio"), audio.duration_s)
        size = str(audio.size_bytes)
        add(AtomLink(kit.audio_url(talk), "enclosure", audio.media_type, title, length=size))
    slides = kit.slides(talk)
    if slides:
        length = str(slides.size_bytes) if slides.size_bytes is not None else ""
        rel = "enclosure" if slides.is_file else "related"
        title = kit.words.say("Slides")
        add(AtomLink(slides.url, rel, slides.media_type, title, length=length))
    for link in talk.links:
        url = absolute_url(publication.base_url, link.url)
        add(AtomLink(url, "related", title=xml_legal(link.title)))
    return bytes(etree.tostring(element.atom_entry(), encoding="UTF-8", pretty_print=True))


def document(kit: Kit, talks: Sequence[Talk], entries: Iterable[bytes]) -> Iterator[bytes]:
    """The feed as a stream: its head for ``talks``, then their ``entries`` in the same order."""
    head, end, rest = _head(kit, talks).partition(_END)
    yield head
    yield from entries
    yield end + rest


def _head(kit: Kit, talks: Sequence[Talk]) -> bytes:
    from feedgen.feed import FeedGenerator

    publication = kit.publication
    feed = FeedGenerator()
    feed.id(_said(publication.id))
    feed.title(_said(publication.title))
    feed.updated(updated(publication, talks))
    feed.language(xml_legal(publication.language))
    author = publication.author
    if author:
        feed.author(_person(author.name, author.uri, author.email))
    else:
        feed.author(_person(publication.title))
    feed.link(href=kit.url(""), rel="alternate", type="text/html")
    feed.link(href=kit.url(PATH), rel="self", type=MEDIA_TYPE)
    feed.generator(GENERATOR, version=__version__)
    if publication.subtitle:
        feed.subtitle(_said(publication.subtitle))
    if publication.license:
        feed.rights(_said(publication.license))
    for name in ("icon", "logo"):
        if url := kit.picture_url(getattr(publication, name)):
            getattr(feed, name)(_said(url))
    found: Any = feed.atom_str(pretty=True)
    return bytes(found)


def updated(publication: Publication, talks: Iterable[Talk]) -> datetime:
    """The newest change among ``talks``, never the clock (RFC 4287 §4.2.15).

    A feed without talks has been the same since its id was minted: a tag: URI names that
    day (RFC 4151 §2.1).
    """
    newest = max((talk.updated for talk in talks), default=None)
    if newest is not None:
        return newest
    minted = publication.id.partition(":")[2].partition(",")[2].partition(":")[0]
    year, month, day = (*minted.split("-"), "1", "1")[:3] if minted else ("1970", "1", "1")
    try:
        return datetime(int(year), int(month), int(day), tzinfo=UTC)
    except (ValueError, OverflowError):
        return datetime(1970, 1, 1, tzinfo=UTC)


def _person(name: str, uri: str = "", email: str = "") -> dict[str, str]:
    found = {"name": _said(name), "uri": uri, "email": email}
    return {key: xml_legal(value) for key, value in found.items() if value}


def _said(text: str) -> str:
    """``text`` fit for XML, and for feedgen, which refuses an empty title or name."""
    return xml_legal(text) or "–"
