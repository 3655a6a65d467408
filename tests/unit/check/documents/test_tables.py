"""Whatever a table can find wrong is a rule."""

from collections.abc import Iterator, Mapping

import pytest

from feeds.check.documents import atom, opml, rdf, rss
from feeds.check.documents.grammar import Spec
from feeds.check.documents.modules import NAMESPACES
from feeds.check.documents.rules import RULES
from feeds.check.documents.values import ANY

TABLES: dict[str, tuple[str, Mapping[str, Spec]]] = {
    **{uri: (found.prefix, found.elements) for uri, found in NAMESPACES.items()},
    "Atom": ("atom", {"feed": atom.FEED, "entry": atom.ENTRY}),
    "tombstones": ("deleted", {"deleted-entry": atom.DELETED}),
    "RSS": ("rss", {"rss": rss.ROOT}),
    "RDF": ("rdf", {**rdf.TOPS, "item": rdf.ITEM}),
    "OPML": ("opml", {"opml": opml.ROOT}),
}


def words_of(spec: Spec) -> Iterator[str]:
    """The second halves of the ids of all rules that this table can break."""
    for kind in (spec.text, *spec.attributes.values()):
        if kind is not ANY:
            yield kind.name
        if kind.strict:
            yield "space"
    if not spec.loose:
        yield "attribute-unknown"
    if spec.needs:
        yield "attribute-missing"
    if spec.must:
        yield "missing"
    if spec.once:
        yield "twice"
    if not spec.markup:
        yield "unknown"
        for child in spec.children.values():
            yield from words_of(child)


@pytest.mark.parametrize("name", TABLES)
def test_what_a_table_finds_wrong_is_a_rule(name: str) -> None:
    prefix, elements = TABLES[name]
    wanted = {f"{prefix}-{word}" for spec in elements.values() for word in words_of(spec)}
    assert wanted - set(RULES) == set()
