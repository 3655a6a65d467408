"""What a format of feeds is, and how its documents are put together."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from feeds.model import Document, Output, Talk
from feeds.plan import Plan
from feeds.render.heads import Head
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
    """A format that lists other things than talks; ``path`` is its first document."""

    path: str
    media_type: str
    documents: Callable[[Kit, Plan], Iterator[Output]]


def document_at(
    kit: Kit,
    form: Format,
    number: int,
    head_at: Callable[[int], Head],
    fragments: Callable[[int], Iterable[tuple[str, bytes]]],
) -> Iterator[Output]:
    """The document that stands there among a feed's, which are given newest first; what follows it
    comes before it, where it says that, so that nobody who follows a build or an upload finds
    a document that leads to one that is not there yet. ``head_at`` and ``fragments`` give those of
    a document by its place; each fragment has a name that stands for its bytes in the whole
    build, or none."""

    def made(head: Head, place: int) -> Output:
        path = (head.lies_at or head.path) + form.suffix
        named = tuple(fragments(place))
        parts = tuple(form.document(kit, head, [fragment for _, fragment in named]))
        whole = b"".join(parts)
        start, *listed, end = parts
        # What a document changes in what it lists is another thing by the same name.
        if len(listed) == len(named) and all(
            name and (part is fragment or part.endswith(fragment))
            for part, (name, fragment) in zip(listed, named, strict=True)
        ):
            return Document(path, whole, start, named, end)
        return Output(path, whole)

    head = head_at(number)
    if head.newer and form.leads_on:
        yield made(replace(head_at(number - 1), lies_at=head.newer), number - 1)
    yield made(head, number)
