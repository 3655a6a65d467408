"""One module a format, and one table that names the documents of a publication.

A renderer takes one talk, or a head and fragments: each talk's Markdown becomes HTML once
(``markdown.body_of``), each format's fragment of it is made once, and every document that
lists the talk is assembled from those.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from feeds.model import Output, Talk
from feeds.plan import Plan
from feeds.render import atom, issues_feed, jsonfeed, opml
from feeds.render.heads import STYLE, Head, head_of
from feeds.render.kit import Kit
from feeds.render.markdown import Body


@dataclass(frozen=True, slots=True)
class Format:
    """A feed format: ``fragment`` is made once a talk, ``document`` joins a head and those.

    ``suffix`` ends the names of its documents. ``leads_on`` says that an archive document names
    what follows it: that lies in a place of its own, so that the name can always stay.
    """

    suffix: str
    media_type: str
    fragment: Callable[[Kit, Talk, Body], bytes]
    document: Callable[[Kit, Head, Iterable[bytes]], Iterator[bytes]]
    leads_on: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A format that lists other things than talks: ``documents`` gives paths and bytes."""

    path: str
    media_type: str
    documents: Callable[[Kit, Plan], Iterator[tuple[str, bytes]]]


FORMATS = (
    Format(atom.SUFFIX, atom.MEDIA_TYPE, atom.entry, atom.document, leads_on=True),
    Format(jsonfeed.SUFFIX, jsonfeed.MEDIA_TYPE, jsonfeed.item, jsonfeed.document),
)
LISTINGS = (
    Listing(issues_feed.PATH, issues_feed.MEDIA_TYPE, issues_feed.document),
    Listing(opml.PATH, opml.MEDIA_TYPE, opml.document),
)


def fragments_of(kit: Kit, talk: Talk, body: Body) -> dict[str, bytes]:
    """A talk in every format of the table, by its suffix."""
    return {form.suffix: form.fragment(kit, talk, body) for form in FORMATS}


def feeds(kit: Kit, plan: Plan, fragments: Mapping[str, Mapping[str, bytes]]) -> Iterator[Output]:
    """Every document of every feed, and the stylesheet that browsers show them by.

    ``fragments``: each talk's, by its slug.
    """
    for feed in plan.feeds:
        for form in FORMATS:
            newer = b""
            for part in feed.parts:
                head = head_of(kit, feed, part)
                if head.newer and form.leads_on:
                    yield Output(head.newer + form.suffix, newer)
                inside = (fragments[talk.slug][form.suffix] for talk in part.items)
                newer = b"".join(form.document(kit, head, inside))
                yield Output(head.path + form.suffix, newer)
    for listing in LISTINGS:
        for path, data in listing.documents(kit, plan):
            yield Output(path, data)
    yield Output(STYLE, kit.render(STYLE).encode())
