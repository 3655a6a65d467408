"""The Atom Publishing Protocol (RFC 5023): what stands in feeds, service and category documents."""

from feeds.check.documents.atom import FEED
from feeds.check.documents.atom_text import ATOM
from feeds.check.documents.grammar import Language, Spec, check
from feeds.check.documents.sheet import Sheet
from feeds.check.documents.tree import Node
from feeds.check.documents.values import IRI, Kind, choice, is_media_type

APP = "http://www.w3.org/2007/app"
# RFC 5023 §8.3.4: nothing, or media ranges with commas between them.
_RANGES = Kind(
    "choice",
    "a media range such as image/*",
    lambda text: (
        not text.strip()
        or all(is_media_type(part.strip().replace("*", "x")) for part in text.split(","))
    ),
)


def _titled(sheet: Sheet, node: Node) -> None:
    """RFC 5023 §8.3.2, §8.3.3: a title of Atom, and one only."""
    titles = list(node.named(ATOM, "title"))
    if not titles:
        sheet.say("app-missing", node.line, parent=node.name, element="atom:title")
    elif len(titles) > 1:
        sheet.say("app-twice", titles[1].line, parent=node.name, element="atom:title")


def _categories(sheet: Sheet, node: Node) -> None:
    """RFC 5023 §7.2.1: a list is here, or elsewhere."""
    if "href" not in node.attributes:
        return
    here = [name for name in ("fixed", "scheme") if name in node.attributes]
    if here or node.first(ATOM, "category") is not None:
        sheet.say("app-categories", node.line)


_ACCEPT = Spec(_RANGES, section="RFC 5023 §8.3.4")
CATEGORIES = Spec(
    attributes={"href": IRI, "fixed": choice("yes", "no"), "scheme": IRI},
    section="RFC 5023 §7.2",
    closer=_categories,
)
COLLECTION = Spec(
    attributes={"href": IRI},
    needs=("href",),
    children={"accept": _ACCEPT, "categories": CATEGORIES},
    section="RFC 5023 §8.3.3",
    closer=_titled,
)
_WORKSPACE = Spec(children={"collection": COLLECTION}, section="RFC 5023 §8.3.2", closer=_titled)
ROOTS = {
    "service": Spec(
        children={"workspace": _WORKSPACE}, must=("workspace",), section="RFC 5023 §8.3.1"
    ),
    "categories": CATEGORIES,
}


def _foreign(sheet: Sheet, node: Node) -> None:
    """Titles and categories of Atom; other markup is taken as it is (RFC 5023 §6.2)."""
    spec = FEED.children.get(node.name) if node.space == ATOM else None
    if spec is not None:
        check(sheet, Language("atom", ATOM, _foreign), node, spec)


def check_app(sheet: Sheet, root: Node) -> None:
    """A service document, or a category document."""
    sheet.facts.kind = "app"
    check(sheet, Language("app", APP, _foreign, "app:"), root, ROOTS[root.name])
