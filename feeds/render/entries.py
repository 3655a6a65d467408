"""Entries of Atom feeds, serialised: feedgen makes one of each shape, and the next of that shape is
the same tree, its texts and addresses exchanged.

Ten thousand talks have some dozen shapes: as many authors, tags and links, of the same kinds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from lxml import etree

from feeds.render.mended import MEDIA, AtomLink, Video, new_entry
from feeds.text import xml_legal

# Where hardly two talks are alike there are more. Each holds the texts of its last talk.
_MOST_SHAPES = 64


class Entry(NamedTuple):
    """What an entry says, fit for XML. Moments are in UTC; ``authors`` are names, each with an
    address or none; an empty ``summary`` and empty ``rights`` are left out."""

    id: str
    title: str
    updated: datetime
    published: datetime
    authors: Sequence[tuple[str, str]]
    content: str
    summary: str
    tags: Sequence[str]
    rights: str
    language: str
    summary_language: str
    links: Sequence[AtomLink]
    video: Video | None

    @property
    def shape(self) -> object:
        """What two entries have in common that differ in texts and addresses alone."""
        video = self.video
        return (
            tuple([bool(uri) for _, uri in self.authors]),
            len(self.tags),
            tuple([(one.rel, one.type, bool(one.title), bool(one.length)) for one in self.links]),
            tuple([one.hreflang for one in self.links]),
            bool(self.summary),
            bool(self.rights),
            self.language,
            self.summary_language,
            video and (bool(video.picture_url), bool(video.duration_s)),
        )


@dataclass(slots=True)
class Entries:
    """Serialises entries, one after the other."""

    _trees: dict[object, "_Tree"] = field(default_factory=dict)

    def serialised(self, entry: Entry) -> bytes:
        """The ``entry`` element in UTF-8, ready to stand in any Atom document."""
        shape = entry.shape
        tree = self._trees.get(shape)
        if tree is None:
            if len(self._trees) == _MOST_SHAPES:
                self._trees.clear()
            tree = self._trees[shape] = _Tree(_made(entry))
        else:
            tree.exchange(entry)
        return bytes(etree.tostring(tree.root, encoding="UTF-8", pretty_print=True))


def _made(entry: Entry) -> Any:
    element, extension = new_entry()
    element.id(entry.id)
    element.title(entry.title)
    element.updated(entry.updated)
    element.published(entry.published)
    element.author([{"name": n, "uri": u} if u else {"name": n} for n, u in entry.authors])
    if entry.summary:
        element.summary(entry.summary)
    element.content(entry.content, type="html")
    element.category([{"term": tag} for tag in entry.tags])
    if entry.rights:
        element.rights(entry.rights)
    extension.language = entry.language
    extension.summary_language = entry.summary_language
    extension.links.extend(entry.links)
    extension.video = entry.video
    return element.atom_entry()


class _Tree:
    """An ``entry`` element, and those within it that say something of the talk."""

    __slots__ = ("authors", "content", "links", "media", "root", "tags", "texts", "video")

    def __init__(self, root: Any) -> None:
        self.root = root
        # In the order in which ``exchange`` says them.
        names = ("id", "title", "updated", "published", "content", "summary", "rights")
        self.texts = [one for one in map(root.find, names) if one is not None]
        self.authors = [(one.find("name"), one.find("uri")) for one in root.iterchildren("author")]
        self.tags = root.findall("category")
        self.links = root.findall("link")
        self.video = root.find(f"{{{MEDIA}}}content")
        self.media = [] if self.video is None else list(self.video)

    def exchange(self, entry: Entry) -> None:
        """Say what this entry says, which is of the same shape."""
        texts = [
            *(entry.id, entry.title, entry.updated.isoformat(), entry.published.isoformat()),
            *filter(None, (entry.content, entry.summary, entry.rights)),
        ]
        for element, text in zip(self.texts, texts, strict=True):
            element.text = text
        for (name, uri), (named, at) in zip(self.authors, entry.authors, strict=True):
            name.text = named
            if at:
                uri.text = at
        for element, tag in zip(self.tags, entry.tags, strict=True):
            element.set("term", tag)
        self._lead(entry)

    def _lead(self, entry: Entry) -> None:
        for element, link in zip(self.links, entry.links, strict=True):
            element.set("href", xml_legal(link.href))
            if link.title:
                element.set("title", xml_legal(link.title))
            if link.length:
                element.set("length", xml_legal(link.length))
        if video := entry.video:
            if video.duration_s:
                self.video.set("duration", str(round(video.duration_s)))
            urls = filter(None, (video.url, video.picture_url))
            for element, url in zip(self.media, urls, strict=True):
                element.set("url", xml_legal(url))
