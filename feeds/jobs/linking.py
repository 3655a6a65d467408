"""Links: what a site's pages and feeds point at, in its files and, when asked, elsewhere."""

from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Protocol

from feeds.check.documents import Fault, Target
from feeds.check.documents.encodings import charset_of
from feeds.check.links.addresses import host_of, normal
from feeds.check.links.answers import Answer, Question, answer_faults
from feeds.check.links.references import Linked, Reference, Use, references_of, scheme_of
from feeds.check.links.sites import (
    NOWHERE,
    Site,
    address_faults,
    art_faults,
    art_of,
    fault,
    file_faults,
    is_private,
    missing_faults,
    place_of,
)
from feeds.errors import WorldError
from feeds.jobs.checking import Remark, nothing_in

_WHO_SAYS = ("index.html", "feed.atom", "feed.json", "feed.xml", "rss.xml", "podcast.rss")
_START_BYTES = 64


class Shelf(Protocol):
    """Where documents and the files of their sites are."""

    def linking(self, names: Iterable[str]) -> Iterator[Target]:
        """Everything in files, folders and addresses that may hold links, in a fixed order."""
        ...

    def read(self, name: str) -> bytes:
        """A document; WorldError when it cannot be had."""
        ...

    def content_type(self, name: str) -> str:
        """The Content-Type with which a document that was read came; empty for a file."""
        ...

    def is_from_outside(self, name: str) -> bool:
        """Whether a document that was read came from the open net."""
        ...

    def files(self, folder: str) -> Collection[str]:
        """The paths of all files below a folder, with forward slashes."""
        ...

    def peek(self, name: str, most: int) -> tuple[int, bytes]:
        """A file's size in bytes, and its first ones."""
        ...


class Asker(Protocol):
    """Asks servers, politely. ``limit_s`` is how long it waits for one address."""

    limit_s: float

    def ask(self, questions: Sequence[Question]) -> Iterator[Answer]:
        """One answer a question, in whatever order they come in."""
        ...


@dataclass(frozen=True, slots=True)
class LinksChecked:
    """What came of it: documents, links in them, addresses asked, and what is wrong."""

    documents: int
    links: int
    asked: int
    remarks: tuple[Remark, ...]


def check_links(
    shelf: Shelf, names: Iterable[str], asker: Asker | None = None, base_url: str = ""
) -> LinksChecked:
    """Follow every link of the documents that are named.

    Without an ``asker`` only what lies in their own site is looked at. ``base_url`` is where the
    site will be; else it is where its documents say that they are.
    """
    return _Links(shelf, asker, base_url).check(names)


class _Links:
    def __init__(self, shelf: Shelf, asker: Asker | None, base_url: str) -> None:
        self.shelf, self.asker, self.base_url = shelf, asker, base_url
        self.remarks: list[Remark] = []
        self.elsewhere: dict[str, list[tuple[str, Reference]]] = {}
        self._sites: dict[tuple[str, str], Site] = {}
        self._ids: dict[tuple[str, str], Set[str] | None] = {}
        self._links = 0

    def check(self, names: Iterable[str]) -> LinksChecked:
        """All of it."""
        names = list(names)
        folders = {name.rstrip("/"): self._site_of_folder(name.rstrip("/")) for name in names}
        documents = 0
        for name in names:
            empty = True
            for target in self.shelf.linking([name]):
                empty = False
                site = next(
                    (site for path, site in folders.items() if target.name.startswith(f"{path}/")),
                    None,
                )
                documents += self._document(target.name, site if target.found else None)
            if empty:
                self.remarks.append(nothing_in(name))
        asked = self._ask()
        order: dict[str, int] = {}
        for remark in self.remarks:
            order.setdefault(remark.file, len(order))
        self.remarks.sort(key=lambda remark: (order[remark.file], remark.fault.line))
        return LinksChecked(documents, self._links, asked, tuple(self.remarks))

    def _site_of_folder(self, folder: str) -> Site | None:
        """A folder's site, as the first document that says where it is has it."""
        if is_web(folder):
            return None
        files = self.shelf.files(folder)
        if not files:
            return None
        if not self.base_url:
            for name in _WHO_SAYS:
                if name in files:
                    path = f"{folder}/{name}"
                    said = references_of(path, self.shelf.read(path), "").url
                    if said and (place := place_of(path, said)):
                        return self._site(*place)
        return self._site(folder, self.base_url or NOWHERE)

    def _site(self, folder: str, base: str) -> Site:
        found = self._sites.get((folder, base))
        if found is None:
            found = Site(folder, base, self.shelf.files(folder or "."))
            self._sites[folder, base] = found
        return found

    def _document(self, name: str, site: Site | None) -> int:
        """One document's links; 1 when it could be read."""
        try:
            data = self.shelf.read(name)
        except WorldError:
            return 0  # the rules of documents say so
        url = name if is_web(name) else ""
        if site is not None:
            url = site.url_of(name.removeprefix(f"{site.folder}/"))
        charset = charset_of(self.shelf.content_type(name))
        linked = references_of(name, data, url, charset)
        unplaced = not url if site is None else site.base == NOWHERE
        if unplaced and linked.url and (place := place_of(name, linked.url)):
            site = self._site(*place)
            linked = references_of(name, data, linked.url, charset)
        self._links += len(linked.references)
        seen: set[tuple[str, Use]] = set()
        for reference in linked.references:
            if (reference.url, reference.use) not in seen:
                seen.add((reference.url, reference.use))
                for found in self._reference(name, site, linked, reference):
                    self.remarks.append(Remark(name, found))
        return 1

    def _reference(
        self, name: str, site: Site | None, linked: Linked, reference: Reference
    ) -> Iterator[Fault]:
        private = is_private(host_of(site.base if site else name))
        found = list(address_faults(reference, private=private))
        yield from found
        if any(one.rule != "link-private" for one in found):
            return
        path = site.path_of(reference.url) if site else None
        if site is not None and path is not None:
            own = name.removeprefix(f"{site.folder}/") if site.folder else name

            def ids_of(other: str) -> Set[str] | None:
                return linked.ids if other == own else self._ids_of(site, other)

            yield from missing_faults(site, reference, path, ids_of)
            if (there := site.finds(path)) is not None:
                yield from self._file(reference, _joined(site.folder, there))
        elif _is_asked(reference):
            url = normal(reference.url).partition("#")[0]
            self.elsewhere.setdefault(url, []).append((name, reference))

    def _ids_of(self, site: Site, path: str) -> Set[str] | None:
        key = (site.folder, path)
        if key not in self._ids:
            name = _joined(site.folder, path)
            try:
                self._ids[key] = references_of(name, self.shelf.read(name), "").ids
            except WorldError:
                self._ids[key] = None
        return self._ids[key]

    def _file(self, reference: Reference, name: str) -> Iterator[Fault]:
        """What lies among the files: an enclosure's truth, a picture's form."""
        try:
            if reference.use is Use.ENCLOSURE:
                yield from file_faults(reference, *self.shelf.peek(name, _START_BYTES))
            elif reference.use is Use.ART:
                yield from art_faults(reference, art_of(self.shelf.read(name)))
        except WorldError as error:
            yield fault(reference, "link-unreachable", detail=error.cause)

    def _ask(self) -> int:
        """Everything that lies elsewhere, each address once."""
        if self.asker is None:
            return 0
        questions = [
            Question(
                url,
                frozenset(reference.use for _, reference in places),
                all(self.shelf.is_from_outside(name) for name, _ in places),
            )
            for url, places in self.elsewhere.items()
        ]
        for answer in self.asker.ask(questions):
            for name, reference in self.elsewhere[answer.url]:
                for found in answer_faults(reference, answer, self.asker.limit_s):
                    self.remarks.append(Remark(name, found))
        return len(questions)


def _is_asked(reference: Reference) -> bool:
    """Whether what lies elsewhere is asked for; a form's target may do something."""
    url = reference.url
    return is_web(url) and reference.use is not Use.FORM and not url.startswith(NOWHERE)


def is_web(name: str) -> bool:
    """Whether ``name`` is an address on the web."""
    return scheme_of(name) in {"http", "https"}


def _joined(folder: str, path: str) -> str:
    return f"{folder}/{path}" if folder else path
