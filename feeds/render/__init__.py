"""One module a format, and one table that names the documents of a publication.

A renderer takes one talk, or a head and fragments: each talk's Markdown becomes HTML once
(``markdown.body_of``), each format's fragment of it is made once, and every document that
lists the talk is assembled from those.
"""

from collections.abc import Callable, Iterator

from feeds.model import Output, Talk
from feeds.plan import Feed
from feeds.render import atom, issues_feed, jsonfeed, opml
from feeds.render.forms import Format, Listing, document_at
from feeds.render.heads import STYLE, Head, head_of, place, updated
from feeds.render.kit import Kit
from feeds.render.markdown import Body

FORMATS = (
    atom.FORMAT,
    jsonfeed.FORMAT,
)
LISTINGS = (
    Listing(issues_feed.PATH, atom.MEDIA_TYPE, issues_feed.documents),
    Listing(opml.PATH, opml.MEDIA_TYPE, opml.documents),
)


def fragments_of(kit: Kit, talk: Talk, body: Body) -> dict[str, bytes]:
    """A talk in every format of the table, by its suffix."""
    return {form.suffix: form.fragment(kit, talk, body) for form in FORMATS}


def frames_of(kit: Kit) -> dict[str, tuple[bytes, bytes]]:
    """What stands before the fragments of a document and behind them, by the format's suffix."""
    publication = kit.publication
    head = Head(
        id=publication.id,
        title=publication.title,
        subtitle=publication.subtitle,
        language=publication.language,
        updated=updated(publication, ()),
        home_url=kit.url(""),
        path=place("", ""),
        current=place("", ""),
    )
    found = {}
    for form in FORMATS:
        start, end = form.document(kit, head, ())
        found[form.suffix] = start, end
    return found


def document_of(
    kit: Kit, feed: Feed, number: int, form: Format, fragment: Callable[[Talk], bytes]
) -> Iterator[Output]:
    """The document of a feed that stands there among its parts, and what has to come before it.
    ``fragment`` gives a talk's."""

    # Every format of one feed asks.
    last = kit.__dict__.get("_heads")
    if last is None or last[0] is not feed:
        last = kit.__dict__["_heads"] = (feed, {})
    heads: dict[int, Head] = last[1]

    def head_at(place: int) -> Head:
        if place not in heads:
            heads[place] = head_of(kit, feed, feed.parts[place])
        return heads[place]

    def fragments(place: int) -> Iterator[tuple[str, bytes]]:
        return ((talk.slug, fragment(talk)) for talk in feed.parts[place].items)

    return document_at(kit, form, number, head_at, fragments)


def style(kit: Kit) -> Output:
    """The stylesheet that browsers show feeds by."""
    return Output(STYLE, kit.render(STYLE).encode())
