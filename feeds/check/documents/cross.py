"""What several documents of one site say of each other.

Documents are of one site when each lies where its own address says: ``public/feed.atom`` that
calls itself ``https://talks.example/feed.atom``, and ``public/tags/k8s/feed.atom`` likewise.
Feeds that only happen to be looked at together are left alone.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from feeds.check.documents.html import instant
from feeds.check.documents.rules import RULES
from feeds.check.documents.sheet import Entry, Facts, Fault, shown
from feeds.check.documents.values import is_rfc3339

_Found = Iterator[tuple[str, Fault]]


@dataclass(frozen=True, slots=True)
class Placed:
    """A document's facts, and its name: a path with forward slashes, or an address."""

    name: str
    facts: Facts


def check_together(
    documents: Iterable[Placed], exists: Callable[[str], bool]
) -> list[tuple[str, Fault]]:
    """Faults with the names of the documents that hold them. ``exists`` knows other files."""
    sites: dict[tuple[str, str], list[Placed]] = {}
    for document in documents:
        if site := _site(document):
            sites.setdefault(site, []).append(document)
    found: list[tuple[str, Fault]] = []
    for (folder, base), members in sites.items():
        found += _entries(members)
        found += _archives(members, folder, base, exists)
    return found


def _site(document: Placed) -> tuple[str, str] | None:
    """The folder and the address below which the document lies as it says; None when it does not.

    The longest end that both have in common is taken off both.
    """
    try:
        url = urlsplit(document.facts.self_url)
    except ValueError:
        return None
    if url.scheme not in {"http", "https"}:
        return None
    here = document.name.split("/")
    there = [url.netloc, *unquote(url.path).lstrip("/").split("/")]
    same = 0
    while same < min(len(here), len(there) - 1) and here[-1 - same] == there[-1 - same]:
        same += 1
    if same == 0:
        return None
    return "/".join(here[:-same]), f"{url.scheme}://{'/'.join(there[:-same])}"


def _fault(line: int, rule: str, **values: str) -> Fault:
    said = {key: shown(value) for key, value in values.items()}
    return Fault(line, rule, RULES[rule].level, "", said)


def _entries(members: list[Placed]) -> _Found:
    """The same entry in every format: one title, and one moment where the format has it."""
    first: dict[str, tuple[Placed, Entry]] = {}
    for document in members:
        for entry in document.facts.entries:
            if not entry.id or document.facts.kind == "opml":
                continue
            other, there = first.setdefault(entry.id, (document, entry))
            if other is document:
                continue
            where = f"{other.name}:{there.line}"
            if there.title and entry.title and entry.title.split() != there.title.split():
                fault = _fault(entry.line, "cross-entry", what="title", value=entry.id, other=where)
                yield document.name, fault
            if _moments_differ(entry, there):
                fault = _fault(
                    entry.line, "cross-entry", what="updated", value=entry.id, other=where
                )
                yield document.name, fault


def _moments_differ(one: Entry, other: Entry) -> bool:
    if not (is_rfc3339(one.updated) and is_rfc3339(other.updated)):
        return False
    return instant(one.updated) != instant(other.updated)


def _archives(
    members: list[Placed], folder: str, base: str, exists: Callable[[str], bool]
) -> _Found:
    """RFC 5005 §4: every archive is there, says that it is one, and leads back."""
    by_url = {document.facts.self_url: document for document in members}
    for document in members:
        if "prev-archive" not in document.facts.links:
            continue
        url, line = document.facts.links["prev-archive"]
        previous = by_url.get(url)
        if previous is None:
            if url.startswith(base + "/"):
                path = unquote(url.removeprefix(base + "/"))
                name = f"{folder}/{path}" if folder else path
                if "://" not in document.name and not exists(name):
                    yield document.name, _fault(line, "cross-absent", value=url)
            continue
        if not previous.facts.archive:
            yield previous.name, _fault(1, "cross-archive")
        back = previous.facts.links.get("next-archive")
        # An address that no document here calls its own may be a redirect that leads here.
        if document.facts.archive and back and by_url.get(back[0], document) is not document:
            yield document.name, _fault(line, "cross-chain", value=url)
