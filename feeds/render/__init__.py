"""One module a format, and one table that names the documents of a publication.

A renderer takes one talk, or a head and fragments: each talk's Markdown becomes HTML once
(``markdown.body_of``), each format's fragment of it is made once, and every document that
lists the talk is assembled from those.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from feeds.model import Output, Talk
from feeds.plan import Feed
from feeds.render import atom, issues_feed, jsonfeed, opml
from feeds.render.forms import Format, Listing
from feeds.render.heads import STYLE, Head, head_of
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


def document_of(
    kit: Kit, feed: Feed, number: int, form: Format, fragment: Callable[[Talk], bytes]
) -> Iterator[Output]:
    """The document of a feed that stands there among its parts; what follows it comes first, where
    it says that, so that nobody who follows a build or an upload finds a document that leads to
    one that is not there yet. ``fragment`` gives a talk's."""
    head = head_of(kit, feed, feed.parts[number])

    def made(head: Head, talks: Iterable[Talk]) -> Output:
        path = (head.lies_at or head.path) + form.suffix
        return Output(path, b"".join(form.document(kit, head, map(fragment, talks))))

    if head.newer and form.leads_on:
        newer = feed.parts[number - 1]
        yield made(replace(head_of(kit, feed, newer), lies_at=head.newer), newer.items)
    yield made(head, feed.parts[number].items)


def style(kit: Kit) -> Output:
    """The stylesheet that browsers show feeds by."""
    return Output(STYLE, kit.render(STYLE).encode())
