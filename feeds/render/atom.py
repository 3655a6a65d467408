"""Atom feeds (RFC 4287): each talk's entry serialised once, a head, and the entries.

Older entries stand in archive documents (RFC 5005 §4), withdrawn talks as RFC 6721 has it.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from feeds import __version__
from feeds.model import Talk
from feeds.render.forms import Format
from feeds.render.heads import STYLE, Head, moment, said
from feeds.render.kit import Kit
from feeds.render.markdown import Body
from feeds.render.plaintext import to_text
from feeds.text import absolute_url, xml_legal

if TYPE_CHECKING:
    from feeds.render.mended import AtomLink

SUFFIX = ".atom"
PATH = "feed.atom"
MEDIA_TYPE = "application/atom+xml"
GENERATOR = "talkfeeds"
_END = b"</feed>"


def entry(kit: Kit, talk: Talk, body: Body) -> bytes:
    """One talk as an ``entry`` element in UTF-8, ready to stand in any Atom document.

    Authors are the speakers, the publication's author where there are none; ``summary`` is
    the abstract as text, ``content`` the notes, the abstract and the links as HTML.
    """
    from feeds.render.entries import Entries, Entry
    from feeds.render.mended import Video

    entries = kit.__dict__.get("_entries")
    if entries is None:
        entries = kit.__dict__["_entries"] = Entries()
    recording = talk.recording
    found = Entry(
        id=said(talk.id),
        title=said(talk.title),
        updated=moment(talk.updated),
        published=moment(talk.published),
        authors=[(said(one.name), xml_legal(one.url)) for one in talk.speakers],
        content=kit.content(talk, body) or said(""),
        summary=said(to_text(body.abstract_html)) if body.abstract_html else "",
        tags=[said(tag) for tag in talk.tags],
        rights=said(talk.license) if talk.license else "",
        language=xml_legal(talk.language),
        summary_language=xml_legal(talk.abstract_language),
        links=links_of(kit, talk),
        video=Video(recording.url, kit.picture(talk), recording.duration_s) if recording else None,
    )
    return bytes(entries.serialised(found))


def links_of(kit: Kit, talk: Talk) -> list["AtomLink"]:
    """Where a talk leads: its page, recording, audio, slides and what else it names."""
    # Every format of one talk asks.
    last = kit.__dict__.get("_links")
    if last is None or last[0] is not talk:
        last = kit.__dict__["_links"] = (talk, _links_of(kit, talk))
    found: list[AtomLink] = last[1]
    return found


def _links_of(kit: Kit, talk: Talk) -> list["AtomLink"]:
    from feeds.render.mended import AtomLink

    found = [AtomLink(kit.url(talk.path), "alternate", "text/html", hreflang=talk.language)]
    if recording := talk.recording:
        title = kit.words.with_duration(kit.words.say("Recording"), recording.duration_s)
        found.append(AtomLink(recording.url, "related", "text/html", title))
    if audio := kit.audio(talk):
        title = kit.words.with_duration(kit.words.say("Audio"), audio.duration_s)
        size = str(audio.size_bytes)
        url = kit.audio_url(talk)
        found.append(AtomLink(url, "enclosure", audio.media_type, title, length=size))
    if slides := kit.slides(talk):
        length = str(slides.size_bytes) if slides.size_bytes is not None else ""
        rel = "enclosure" if slides.is_file else "related"
        title = kit.words.say("Slides")
        found.append(AtomLink(slides.url, rel, slides.media_type, title, length=length))
    for link in talk.links:
        url = absolute_url(kit.publication.base_url, link.url)
        found.append(AtomLink(url, "related", title=xml_legal(link.title)))
    return [link for link in found if link.href]


def document(kit: Kit, head: Head, entries: Iterable[bytes]) -> Iterator[bytes]:
    """A feed's document as a stream: its head, then its ``entries``, newest first."""
    start, end, rest = _head(kit, head).partition(_END)
    yield start
    yield from entries
    yield end + rest


def _head(kit: Kit, head: Head) -> bytes:
    """The document without entries. Heads of one shape are one tree, its texts exchanged: a site
    has thousands of them that differ in names and addresses alone."""
    from feeds.render.mended import with_style

    style = "../" * head.depth + STYLE
    if head.withdrawn:
        return with_style(_made(kit, head)[0], style)
    shape = head.is_archive, bool(head.older), bool(head.newer), bool(head.subtitle), head.language
    known: dict[object, _Tree] = kit.__dict__.setdefault("_atom_heads", {})
    tree = known.get(shape)
    if tree is None:
        found, made = _made(kit, head)
        known[shape] = _Tree(made)
        return with_style(found, style)
    return with_style(tree.exchanged(kit, head), style)


class _Tree:
    """A ``feed`` element, and those within it that say something of the document."""

    __slots__ = ("document", "id", "links", "subtitle", "title", "updated")

    def __init__(self, root: Any) -> None:
        self.document = root.getroottree()
        self.id, self.title = root.find("id"), root.find("title")
        self.updated, self.subtitle = root.find("updated"), root.find("subtitle")
        self.links = root.findall("link")

    def exchanged(self, kit: Kit, head: Head) -> bytes:
        """The tree with what another head of the same shape says."""
        from lxml import etree

        self.id.text = said(head.id)
        self.title.text = said(head.title)
        self.updated.text = moment(head.updated).isoformat()
        if head.subtitle:
            self.subtitle.text = said(head.subtitle)
        urls = [head.home_url, *(kit.url(path + SUFFIX) for _, path in _places(head))]
        for link, url in zip(self.links, urls, strict=False):
            link.set("href", url)
        found = etree.tostring(
            self.document, encoding="UTF-8", xml_declaration=True, pretty_print=True
        )
        return bytes(found)


def _made(kit: Kit, head: Head) -> tuple[bytes, Any]:
    from feeds.render.mended import Tombstone, new_feed

    publication = kit.publication
    feed, extension = new_feed()
    feed.id(said(head.id))
    feed.title(said(head.title))
    feed.updated(moment(head.updated))
    feed.language(xml_legal(head.language))
    author = publication.author
    if author:
        feed.author(_person(author.name, author.uri, author.email))
    else:
        feed.author(_person(publication.title))
    feed.link(href=head.home_url, rel="alternate", type="text/html")
    for rel, path in _places(head):
        feed.link(href=kit.url(path + SUFFIX), rel=rel, type=MEDIA_TYPE)
    if publication.feed.hub and not head.is_archive:
        feed.link(href=publication.feed.hub, rel="hub")
    # An archive document stays as it is, also when the program or the looks change.
    feed.generator("")  # feedgen names itself where nobody is named
    if not head.is_archive:
        feed.generator(GENERATOR, version=__version__)
        for name in ("icon", "logo"):
            if url := kit.picture_url(getattr(publication, name)):
                getattr(feed, name)(said(url))
    if head.subtitle:
        feed.subtitle(said(head.subtitle))
    if publication.license:
        feed.rights(said(publication.license))
    extension.is_archive = head.is_archive
    extension.tombstones = [
        Tombstone(talk.id, moment(talk.updated), talk.reason) for talk in head.withdrawn
    ]
    found: Any = feed.atom_str(pretty=True)
    return bytes(found), extension.tree


def _places(head: Head) -> list[tuple[str, str]]:
    """Link relations of the document and its neighbours (RFC 5005 §4), with their paths."""
    current = head.current if head.is_archive else ""
    found = [("self", head.path), ("current", current)]
    found += [("prev-archive", head.older), ("next-archive", head.newer)]
    return [(rel, path) for rel, path in found if path]


def _person(name: str, uri: str = "", email: str = "") -> dict[str, str]:
    found = {"name": said(name), "uri": uri, "email": email}
    return {key: xml_legal(value) for key, value in found.items() if value}


FORMAT = Format(SUFFIX, MEDIA_TYPE, entry, document, leads_on=True)
