"""RSS 1.0 (RDF): its skeleton, and the modules in it."""

from collections.abc import Callable

from feeds.check.documents.grammar import Language, Spec, check
from feeds.check.documents.modules import together
from feeds.check.documents.sheet import Entry, Sheet
from feeds.check.documents.tree import Node
from feeds.check.documents.values import ABSOLUTE, ANY

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RSS1 = "http://purl.org/rss/1.0/"
_ABOUT = f"{RDF} about"
_TEXT = Spec(ANY, section="RSS 1.0 §5", loose=True)
_URL = Spec(ABSOLUTE, section="RSS 1.0 §5", loose=True)
ITEM = Spec(
    children={"title": _TEXT, "link": _URL, "description": _TEXT},
    needs=(_ABOUT,),
    must=("title", "link"),
    once=frozenset({"title", "link", "description"}),
    section="RSS 1.0 §5.5",
    loose=True,
)
TOPS = {
    "channel": Spec(
        children={
            "title": _TEXT,
            "link": _URL,
            "description": _TEXT,
            "image": Spec(loose=True),
            "items": Spec(loose=True, markup=True),
            "textinput": Spec(loose=True),
        },
        needs=(_ABOUT,),
        must=("title", "link", "description", "items"),
        once=frozenset({"title", "link", "description", "image", "items", "textinput"}),
        section="RSS 1.0 §5.3",
        loose=True,
    ),
    "image": Spec(
        children={"title": _TEXT, "url": _URL, "link": _URL},
        must=("title", "url", "link"),
        once=frozenset({"title", "url", "link"}),
        section="RSS 1.0 §5.4",
        loose=True,
    ),
    "textinput": Spec(
        children={"title": _TEXT, "description": _TEXT, "name": _TEXT, "link": _URL},
        must=("title", "description", "name", "link"),
        once=frozenset({"title", "description", "name", "link"}),
        section="RSS 1.0 §5.6",
        loose=True,
    ),
}


class Rdf:
    """One RSS 1.0 document."""

    def __init__(self, sheet: Sheet, foreign: Callable[[Sheet, Node], None]) -> None:
        self.sheet = sheet
        self.language = Language("rdf", RSS1, foreign)
        self._items: dict[str, int] = {}

    def item(self, node: Node) -> bool:
        """One item; False for what is called so and stands elsewhere."""
        if node.space != RSS1 or node.parent is None or node.parent.name != "RDF":
            return False
        check(self.sheet, self.language, node, ITEM)
        together(self.sheet, node)
        found = {
            name: child.text.strip() if (child := node.first(RSS1, name)) is not None else ""
            for name in ("title", "link")
        }
        about = node.attributes.get(_ABOUT, "")
        if about and about in self._items:
            value = f"two items are about {about}"
            self.sheet.say("rdf-items", node.line, value=value)
        self._items.setdefault(about, node.line)
        self.sheet.facts.entries.append(Entry(about, node.line, found["title"], found["link"]))
        return True

    def document(self, root: Node, _doctype: str = "") -> None:
        """The channel and what stands beside it."""
        for name, spec in TOPS.items():
            for node in root.named(RSS1, name):
                check(self.sheet, self.language, node, spec)
        for child in root.children:
            if child.space == RSS1 and child.name not in TOPS:
                self.sheet.say("rdf-unknown", child.line, element=child.name, parent="rdf:RDF")
        channel = root.first(RSS1, "channel")
        if channel is None:
            self.sheet.say("rdf-missing", root.line, parent="rdf:RDF", element="channel")
            return
        listed = {
            one.attributes.get(f"{RDF} resource") or one.attributes.get("resource")
            for one in channel.below()
            if one.name == "li" and one.space == RDF
        } - {None}
        for about, line in self._items.items():
            if about and listed and about not in listed:
                self.sheet.say("rdf-items", line, value=f"{about} is not listed in <items>")
