"""What a document of a feed says of itself, the same in every format: names, places, times."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from feeds.archives import Part
from feeds.model import Publication, Talk
from feeds.naming import Group, Kind, key_of
from feeds.plan import Feed
from feeds.render.kit import Kit
from feeds.text import xml_legal

STYLE = "feed.css"


@dataclass(frozen=True, slots=True)
class Head:
    """One document. Its own place, and those of its neighbours, are paths below ``public/``
    without the format's suffix; empty is left out.

    ``current`` is the subscription document, ``older`` the archive document before this one
    (RFC 5005 §4), ``newer`` what comes after this one. ``lies_at`` is where a copy of the document
    lies, which still says of itself that it is the one at ``path``.
    """

    id: str
    title: str
    subtitle: str
    language: str
    updated: datetime
    home_url: str
    path: str
    current: str
    older: str = ""
    newer: str = ""
    withdrawn: tuple[Talk, ...] = ()
    lies_at: str = ""

    @property
    def depth(self) -> int:
        """In how many folders the file lies, below ``public/``."""
        return (self.lies_at or self.path).count("/")

    @property
    def is_archive(self) -> bool:
        """Whether the document is an archive document."""
        return self.path != self.current


def place(folder: str, name: str) -> str:
    """A document below ``public/`` without its suffix; an empty name is the newest entries'."""
    return f"{folder}archive/{name}" if name else f"{folder}feed"


def place_after(folder: str, name: str) -> str:
    """What follows the archive document of that name, whatever that is at the moment."""
    return f"{folder}later/{name}"


def head_of(kit: Kit, feed: Feed, part: Part[Talk]) -> Head:
    """The head of one document of ``feed``; tombstones stand in the subscription document."""
    publication = kit.publication
    withdrawn = () if part.name else feed.withdrawn
    shown = feed.group is None or feed.group.talks
    group = feed.group
    if group and part.name:
        # As no talk spells it: another talk's capitals change no archive document.
        group = replace(group, name=key_of(group.name))
    return Head(
        id=feed.id,
        title=title_of(kit, group),
        subtitle=about(kit, group) if group else publication.subtitle,
        language=_language(publication, feed.group),
        updated=updated(publication, (*part.items, *withdrawn)),
        home_url=kit.url(feed.path if shown else ""),
        path=place(feed.path, part.name),
        current=place(feed.path, ""),
        older=place(feed.path, part.older) if part.older else "",
        newer=place_after(feed.path, part.name) if part.name else "",
        withdrawn=withdrawn,
    )


def title_of(kit: Kit, group: Group | None) -> str:
    """``Notas de KubeCon: C++``; the publication's own without a group."""
    title = kit.publication.title
    return f"{title}: {shown_name(kit, group)}" if group else title


def shown_name(kit: Kit, group: Group) -> str:
    """A group's name as people read it: a language has one in the publication's words."""
    return kit.words.tongue(group.name) if group.kind is Kind.LANGUAGE else group.name


def about(kit: Kit, group: Group) -> str:
    """What a group's feed brings, in a sentence."""
    words, name = kit.words, shown_name(kit, group)
    if group.kind is Kind.TAG:
        return words.say("Talks about %(name)s", name=name)
    if group.kind is Kind.SPEAKER:
        return words.say("Talks by %(name)s", name=name)
    if group.kind is Kind.EVENT:
        return words.say("Talks at %(name)s", name=name)
    return words.say("Notes in %(name)s", name=name)


def _language(publication: Publication, group: Group | None) -> str:
    return group.name if group and group.kind is Kind.LANGUAGE else publication.language


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


def moment(when: datetime) -> datetime:
    """``when`` in UTC, as feeds have it: newsboat overlooks an offset behind a fraction."""
    return when.astimezone(UTC)


def said(text: str) -> str:
    """``text`` fit for XML, and for feedgen, which refuses an empty title or name."""
    return xml_legal(text) or "–"
