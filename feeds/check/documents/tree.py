"""XML as elements with their lines, read one entry at a time, within limits.

expat (stdlib) and not lxml: it says the line of every element however long the document is,
names each declared entity before it is used, and lets go of an entry once it was looked at.
Nothing outside of the document is ever opened.
"""

from collections.abc import Callable, Iterator
from html.entities import name2codepoint
from itertools import islice
from xml.parsers import expat

from feeds.check.documents.encodings import UnreadableError, as_utf8
from feeds.patterns import pattern

MAX_BYTES = 64 << 20
MAX_DEPTH = 250
MAX_ELEMENTS = 1_000_000
# What may be in memory at one time: the head, and the entry that is being read.
_MAX_ALIVE = 200_000
_MAX_WITH_ENTITIES = 1 << 20
_MAX_ENTITY = 200
_MAX_ENTITIES = 64 << 10
# Each declared attribute is looked at again for every element that may have it.
_MAX_ATTRIBUTES = 256
# Every name in a namespace is told with all of its letters.
_MAX_NAMESPACE = 1_000
_NESTED = pattern(r"&(?!#)")
# Windows-1252 taken for ISO-8859-1, and what stands for what could not be read.
_MANGLED = pattern(b"\xc2[\x80-\x84\x86-\x9f]|\xef\xbf\xbd")
# UTF-8 taken for ISO-8859-1, and written in UTF-8 once more.
# Where so many words are what they seem, the others are too.
_MOST_WORDS = 1_000
_BEFORE = pattern(rb"[^\s<>&\"']*\Z")
_WORDS = pattern(rb"\xc3[\x82\x83]\xc2[\x80-\xbf][^\s<>&\"']{0,40}")
XML = "http://www.w3.org/XML/1998/namespace"
# Below so many others an element that is let go may begin; OPML has its feeds in folders.
_DEEPEST, _DEEPEST_OPML = 2, 3


class Node:
    """One element: ``space`` and ``name`` of its tag, ``text`` of its own.

    ``line`` is where it begins, ``end`` where its end tag stands; both from 1.
    """

    __slots__ = ("_text", "attributes", "children", "end", "line", "name", "parent", "space")

    def __init__(
        self, tag: str, attributes: dict[str, str], line: int, parent: "Node | None"
    ) -> None:
        space, _, self.name = tag.rpartition(" ")
        self.space = space
        self.attributes = attributes
        self.line = self.end = line
        self.parent = parent
        self.children: list[Node] = []
        self._text: list[str] | None = None

    def add_text(self, text: str) -> None:
        """Text between the children, in one run with what was there."""
        if self._text is None:
            self._text = [text]
        else:
            self._text.append(text)

    @property
    def text(self) -> str:
        """All text that stands in this element itself, not in its children."""
        return "".join(self._text) if self._text else ""

    @property
    def text_line(self) -> int:
        """Where the text of an element without children begins: a tag may have several lines."""
        return max(self.line, self.end - self.text.count("\n"))

    def get(self, name: str) -> str | None:
        """An attribute; those with a namespace are called ``{namespace} {name}``."""
        return self.attributes.get(name)

    def named(self, space: str, name: str) -> Iterator["Node"]:
        """The children of that name, in their order."""
        return (child for child in self.children if child.name == name and child.space == space)

    def first(self, space: str, name: str) -> "Node | None":
        """The first child of that name."""
        return next(self.named(space, name), None)

    def below(self) -> Iterator["Node"]:
        """Every element below this one."""
        for child in self.children:
            yield child
            yield from child.below()

    @property
    def lang(self) -> str:
        """The nearest xml:lang."""
        node: Node | None = self
        while node is not None:
            if (found := node.attributes.get(f"{XML} lang")) is not None:
                return found
            node = node.parent
        return ""


def _is_twice(word: bytes) -> bool:
    """Whether the rest of a word makes sense as UTF-8 too: after a real Ã it does not."""
    try:
        word.decode("utf-8").encode("latin-1").decode("utf-8")
    except UnicodeError:
        return False
    return True


class RefusedError(Exception):
    """The document cannot be read to its end: ``rule`` says why, ``detail`` more closely."""

    def __init__(self, rule: str, line: int, detail: str) -> None:
        self.rule, self.line, self.detail = rule, line, detail
        super().__init__(rule, line, detail)


class Reader:
    """One parse. ``charset`` is what the server said. ``entry`` is asked for each element that ends
    two or three levels deep, or in OPML four, whether it is done with it; if so, the element is let
    go.
    ``namespaces``: URI → line, as declared; ``prefixes``: URI → the prefix that it had first.
    """

    def __init__(self, entry: Callable[[Node], bool], charset: str = "") -> None:
        self.entry, self.charset = entry, charset
        self.data = b""  # in UTF-8, once it is read
        self.root: Node | None = None
        self.namespaces: dict[str, int] = {}
        self.prefixes: dict[str, str] = {}
        self.stylesheet = False
        self.doctype = ""
        self.version = "1.0"
        self._html_entities = False
        self._deepest = _DEEPEST
        self._stack: list[Node] = []
        self._marks: list[int] = []  # how many elements there were when each of these began
        self._elements = self._alive = self._letters = self._declared = 0
        self._limit_letters = self._attributes = 0
        self._has_defaults = False
        self._spaces: dict[str, str] = {}  # one text a namespace, however many names are in it

    def read(self, data: bytes) -> Node:
        """The root; its entries have been handed over. RefusedError where it cannot be read."""
        if len(data) > MAX_BYTES:
            raise RefusedError("xml-too-large", 1, f"more than {MAX_BYTES >> 20} MB")
        try:
            data, encoding = as_utf8(data, self.charset)
        except UnreadableError as error:
            raise RefusedError("xml-encoding", error.line, error.detail) from error
        self.data = data
        self._limit_letters = len(data) + 1_000_000
        self._size = len(data)
        parser = expat.ParserCreate(encoding, " ")
        parser.buffer_text = True
        parser.buffer_size = 1 << 16
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartNamespaceDeclHandler = self._namespace
        parser.StartDoctypeDeclHandler = self._doctype
        parser.XmlDeclHandler = self._declaration
        parser.EntityDeclHandler = self._entity
        parser.AttlistDeclHandler = self._attribute
        parser.ExternalEntityRefHandler = self._external
        parser.SkippedEntityHandler = self._skipped
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self._parser = parser
        try:
            parser.Parse(data, True)  # noqa: FBT003 # expat knows it by its place alone
        except expat.ExpatError as error:
            raise self._explained(error, data) from error
        except (LookupError, ValueError) as error:
            # expat asks Python for encodings that ``as_utf8`` did not see, and passes on its no.
            if self._elements:
                raise
            raise RefusedError("xml-encoding", 1, "unknown encoding") from error
        assert self.root is not None
        return self.root

    def mangled(self) -> tuple[int, str]:
        """Where a letter stands that nobody writes: its line and its code; 0 where none does."""
        found = _MANGLED.search(self.data)
        if found is not None:
            return self._line_of(found.start()), f"U+{ord(found[0].decode()):04X}"
        for words in islice(_WORDS.finditer(self.data), _MOST_WORDS):
            start = words.start()
            before = _BEFORE.search(self.data, max(0, start - 60), start)
            if before is not None and _is_twice(before[0] + words[0]):
                return self._line_of(start), words[0].decode("utf-8", "replace")[:20]
        return 0, ""

    def _line_of(self, position: int) -> int:
        return self.data.count(b"\n", 0, position) + 1

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        line = self._parser.CurrentLineNumber
        self._elements += 1
        self._alive += 1
        stack = self._stack
        if len(stack) >= MAX_DEPTH:
            raise RefusedError(
                "xml-too-deep", line, f"more than {MAX_DEPTH} elements in each other"
            )
        if self._elements > MAX_ELEMENTS or self._alive > _MAX_ALIVE:
            raise RefusedError("xml-too-large", line, "too many elements")
        if stack:
            parent = stack[-1]
            node = Node(tag, attributes, line, parent)
            parent.children.append(node)
        else:
            node = self.root = Node(tag, attributes, line, None)
            if tag == "opml":
                self._deepest = _DEEPEST_OPML
        node.space = self._spaces.setdefault(node.space, node.space)
        stack.append(node)
        self._marks.append(self._elements)
        if self._has_defaults:
            self._grow(sum(len(name) + len(value) for name, value in attributes.items()))

    def _end(self, _tag: str) -> None:
        stack = self._stack
        node = stack.pop()
        node.end = self._parser.CurrentLineNumber
        mark = self._marks.pop()
        depth = len(stack)
        if 1 <= depth <= self._deepest and self.entry(node):
            assert node.parent is not None
            del node.parent.children[-1]
            node.parent = None
            self._alive -= self._elements - mark + 1

    def _characters(self, text: str) -> None:
        self._grow(len(text))
        if self._stack:
            self._stack[-1].add_text(text)

    def _grow(self, letters: int) -> None:
        """So much more came out of the document; RefusedError when that is more than went in."""
        self._letters += letters
        if self._letters > self._limit_letters:
            raise RefusedError(
                "xml-entities", self._parser.CurrentLineNumber, "they grow too large"
            )

    def _declaration(self, version: str, _encoding: str | None, _standalone: int) -> None:
        if version and version != "1.0":
            self.version = version

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        if uri and len(uri) > _MAX_NAMESPACE:
            detail = f"a namespace of more than {_MAX_NAMESPACE} letters"
            raise RefusedError("xml-too-large", self._parser.CurrentLineNumber, detail)
        if self._has_defaults:
            self._grow(len(prefix or "") + len(uri or ""))
        if uri and uri not in self.namespaces:
            self.namespaces[uri] = self._parser.CurrentLineNumber
            self.prefixes[uri] = prefix or ""

    def _doctype(self, name: str, system: str | None, public: str | None, _internal: int) -> None:
        self.doctype = f"{name} {public or ''} {system or ''}".strip()
        self._html_entities = (public or "").startswith("-//Netscape Communications//DTD RSS 0.91")

    def _entity(
        self,
        name: str,
        is_parameter: int,
        value: str | None,
        _base: str | None,
        _system: str | None,
        public: str | None,
        _notation: str | None,
    ) -> None:
        line = self._parser.CurrentLineNumber
        if value is None:
            if is_parameter and (public or "").startswith("-//W3C//ENTITIES "):
                self._html_entities = True
                return
            raise RefusedError("xml-external-entity", line, f"“{name[:40]}”")
        self._declared += len(value)
        if (
            self._size > _MAX_WITH_ENTITIES
            or len(value) > _MAX_ENTITY
            or self._declared > _MAX_ENTITIES
        ):
            raise RefusedError("xml-entities", line, "they are too large")
        if not is_parameter and _NESTED.search(value):
            raise RefusedError("xml-entities", line, "one holds another")

    def _attribute(
        self, _element: str, name: str, _type: str, default: str | None, _required: int
    ) -> None:
        """A declared attribute; what it is by default comes with every element that lacks it."""
        self._attributes += 1
        letters = len(name) + len(default or "")
        self._declared += letters
        self._has_defaults = self._has_defaults or default is not None
        if (
            self._attributes > _MAX_ATTRIBUTES
            or letters > _MAX_ENTITY
            or self._declared > _MAX_ENTITIES
            or (self._has_defaults and self._size > _MAX_WITH_ENTITIES)
        ):
            line = self._parser.CurrentLineNumber
            raise RefusedError("xml-entities", line, "the attributes of its DTD are too large")

    def _external(
        self, context: str | None, _base: str | None, _system: str | None, _public: str | None
    ) -> int:
        name = (context or "").split("\f")[-1]
        raise RefusedError("xml-external-entity", self._parser.CurrentLineNumber, f"“{name[:40]}”")

    def _skipped(self, name: str, is_parameter: int) -> None:
        # RSS 0.91's DTD and RSS 1.0's own example bring HTML's names, which nobody has to fetch.
        if not is_parameter and not (self._html_entities and name in name2codepoint):
            line = self._parser.CurrentLineNumber
            raise RefusedError("xml-form", line, f"undefined entity &{name[:40]};")

    def _explained(self, error: expat.ExpatError, data: bytes) -> RefusedError:
        message = expat.ErrorString(error.code)
        if error.code == expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN]:
            try:
                data.decode("utf-8")
            except UnicodeDecodeError as wrong:
                line = data.count(b"\n", 0, wrong.start) + 1
                return RefusedError("xml-encoding", line, "a byte that is not UTF-8")
        if "amplification" in message:
            return RefusedError("xml-entities", error.lineno, "they grow too large")
        if self._stack and "mismatched" in message:
            message = f"<{self._stack[-1].name}> of line {self._stack[-1].line} is not closed"
        return RefusedError("xml-form", error.lineno, message)
