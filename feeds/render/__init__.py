"""One module a format, and one table that names the documents of a publication.

A renderer takes one talk, or a head and fragments: each talk's Markdown becomes HTML once
(``markdown.body_of``), each format's fragment of it is made once, and every document that
lists the talk is assembled from those.
"""

from collections.abc import Iterator, Mapping

from feeds.model import Output, Talk
from feeds.plan import Plan
from feeds.render import atom, issues_feed, jsonfeed, opml
from feeds.render.forms import Listing, joined
from feeds.render.heads import STYLE, head_of
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


def feeds(kit: Kit, plan: Plan, fragments: Mapping[str, Mapping[str, bytes]]) -> Iterator[Output]:
    """Every document of every feed, and the stylesheet that browsers show them by.

    ``fragments``: each talk's, by its slug.
    """
    for feed in plan.feeds:
        heads = [(head_of(kit, feed, part), part.items) for part in feed.parts]
        for form in FORMATS:
            documents = [
                (head, [fragments[talk.slug][form.suffix] for talk in talks])
                for head, talks in heads
            ]
            yield from joined(kit, form, documents)
    for listing in LISTINGS:
        yield from listing.documents(kit, plan)
    yield Output(STYLE, kit.render(STYLE).encode())
