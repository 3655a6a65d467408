"""One module a format, and one table that names the documents of a publication.

A renderer takes one talk, or a head and fragments: each talk's Markdown becomes HTML once
(``markdown.body_of``), each format's fragment of it is made once, and every document that
lists the talk is assembled from those.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from feeds.model import Talk
from feeds.render import atom
from feeds.render.kit import Kit
from feeds.render.markdown import Body


@dataclass(frozen=True, slots=True)
class Format:
    """A feed format: ``fragment`` is made once a talk, ``document`` joins a head and those."""

    path: str
    media_type: str
    fragment: Callable[[Kit, Talk, Body], bytes]
    document: Callable[[Kit, Sequence[Talk], Iterable[bytes]], Iterator[bytes]]


FORMATS = (Format(atom.PATH, atom.MEDIA_TYPE, atom.entry, atom.document),)
