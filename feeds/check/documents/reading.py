"""One document: what format it is, and the rules of that format."""

from functools import partial

from feeds.check import Level
from feeds.check.documents import app, jsonfeed, schema
from feeds.check.documents.app import APP
from feeds.check.documents.atom import Atom
from feeds.check.documents.atom_text import ATOM, TOMBSTONES
from feeds.check.documents.encodings import is_common, named_encoding
from feeds.check.documents.grammar import Language
from feeds.check.documents.itunes import ITUNES_OLD
from feeds.check.documents.media import MEDIA_OLD
from feeds.check.documents.modules import NAMESPACES, foreign, together
from feeds.check.documents.opml import check_inside, check_opml
from feeds.check.documents.podcasting import PODCAST_OLD
from feeds.check.documents.rdf import RDF, Rdf
from feeds.check.documents.rss import Rss
from feeds.check.documents.sheet import Facts, Fault, Sheet
from feeds.check.documents.tree import Node, Reader, RefusedError

_OLD_ATOM = "http://purl.org/atom/ns#"
# A file of that suffix was meant to be something.
EMPTY = "it is empty"
_GZIP = b"\x1f\x8b\x08"
_RSS_SPACES = {
    "",
    "http://backend.userland.com/rss2",
    "http://backend.userland.com/RSS2",
    "http://blogs.law.harvard.edu/tech/rss",
    "http://cyber.law.harvard.edu/rss/rss.html",
}
# Prefixes that mean one namespace to everybody.
_USUAL = {"atom", "content", "dc", "dcterms", "georss", "itunes", "media", "podcast", "slash", "sy"}
_PREFIXES = {
    prefix: uri
    for uri, spoken in NAMESPACES.items()
    if (prefix := spoken.shown.rstrip(":")) in _USUAL
    and uri not in {ITUNES_OLD, MEDIA_OLD, PODCAST_OLD}
}
_KNOWN = set(NAMESPACES) - {ITUNES_OLD, MEDIA_OLD}
_NEAR = {uri.lower().rstrip("/#").replace("https:", "http:"): uri for uri in _KNOWN}


def check_document(
    data: bytes, *, thorough: bool = True, charset: str = ""
) -> tuple[list[Fault], Facts]:
    """What is wrong with a document, by its lines, and what it says of itself to others.

    ``charset`` is what the server said of XML; JSON has none (RFC 8259 §11). Where it need not be
    ``thorough``, the schema below the rules is left out.
    """
    sheet = Sheet(thorough=thorough)
    start = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start and not data.strip():
        sheet.say("unknown-format", 1, detail=EMPTY)
    elif data.startswith(_GZIP):
        sheet.say("xml-encoding", 1, detail="it is compressed with gzip")
    elif _is_wide_json(data):
        sheet.say("json-form", 1, detail="it is not in UTF-8 (RFC 8259 §8.1)")
    elif start[:1] in {b"{", b"["}:
        jsonfeed.check(sheet, data)
    else:
        _Xml(sheet, charset).check(data, thorough=thorough)
    sheet.faults.sort(key=lambda fault: fault.line)
    return sheet.faults, sheet.facts


def _is_wide_json(data: bytes) -> bool:
    """Whether a document is JSON in UTF-16 or UTF-32."""
    if b"\0" not in data[:4]:
        return False
    return data[:200].translate(None, b"\0\xff\xfe").lstrip()[:1] in {b"{", b"["}


class _Xml:
    """One XML document, its format known once its root has begun."""

    def __init__(self, sheet: Sheet, charset: str) -> None:
        self.sheet = sheet
        self.format: Atom | Rss | Rdf | None = None
        self._root: Node | None = None
        self.charset = charset
        self.reader = Reader(self._done, charset)

    def check(self, data: bytes, *, thorough: bool) -> None:
        """Read it all."""
        sheet = self.sheet
        try:
            root = self.reader.read(data)
        except RefusedError as refused:
            sheet.say(refused.rule, refused.line, detail=refused.detail)
            return
        except RecursionError:
            sheet.say("xml-too-deep", 1, detail="too many elements in each other")
            return
        self._begin(root)
        if self.reader.version != "1.0":
            sheet.say("xml-version", 1, value=self.reader.version)
        if self._judge(root):
            self._namespaces()
            if thorough:
                self._characters()
                if not is_common(name := self.charset or named_encoding(data)):
                    sheet.say("xml-encoding-rare", 1, value=name)
        if (
            thorough
            and isinstance(self.format, Atom)
            and not sheet.has_errors
            and not self.reader.doctype
        ):
            schema.check(sheet, self.reader.data)

    def _judge(self, root: Node) -> bool:
        """The rules of the format, for what has not gone yet; False where there is none."""
        sheet = self.sheet
        if isinstance(self.format, Atom):
            if root.name == "entry":
                self.format.entry(root)
                self.format.alone()
            else:
                self.format.feed(root)
            together(sheet, root, ATOM)
        elif self.format is not None:
            self.format.document(root, self.reader.doctype)
        elif root.space == APP and root.name in app.ROOTS:
            app.check_app(sheet, root)
        elif root.name == "opml" and root.space == "":
            sheet.facts.kind = "opml"
            check_opml(sheet, root)
        elif root.space == _OLD_ATOM:
            version = root.attributes.get("version", "0.3")
            sheet.say("atom-obsolete", root.line, value=version)
        else:
            where = f"<{root.name}>" + (f", {root.space}" if root.space else "")
            sheet.say("unknown-format", root.line, detail=where)
            return False
        return True

    def _begin(self, root: Node) -> None:
        """Choose the format by the root."""
        if self._root is root:
            return
        self._root = root
        hand_over = partial(foreign, feed=root.name)
        if root.space == ATOM and root.name in {"feed", "entry"}:
            self.format = Atom(self.sheet, Language("atom", ATOM, hand_over))
            self.sheet.facts.kind = "atom"
        elif root.name == "rss" and root.space in _RSS_SPACES:
            self.format = Rss(self.sheet, Language("rss", root.space, hand_over))
            self.sheet.facts.kind = "rss"
        elif root.name == "RDF" and root.space == RDF:
            self.format = Rdf(self.sheet, hand_over)
            self.sheet.facts.kind = "rss"

    def _done(self, node: Node) -> bool:
        """Check an entry as soon as it has ended; True lets it go."""
        root = self.reader.root
        assert root is not None
        if root.name == "opml" and not root.space:
            return check_inside(self.sheet, root, node)
        if node.name == "item":
            self._begin(root)
            return isinstance(self.format, Rss | Rdf) and self.format.item(node)
        if node.name in {"entry", "deleted-entry"} and node.parent is root:
            self._begin(root)
            if isinstance(self.format, Atom):
                if node.name == "entry" and node.space == ATOM:
                    self.format.entry(node)
                    together(self.sheet, node, ATOM)
                    return True
                if node.name == "deleted-entry" and node.space == TOMBSTONES:
                    self.format.deleted(node)
                    return True
        return False

    def _characters(self) -> None:
        """Letters that show that somebody took one encoding for another."""
        line, detail = self.reader.mangled()
        if line:
            self.sheet.say("xml-characters", line, detail=detail)

    def _namespaces(self) -> None:
        """Namespaces that are nearly one that is known."""
        for uri, line in self.reader.namespaces.items():
            if uri in _KNOWN:
                continue
            near = _NEAR.get(uri.lower().rstrip("/#").replace("https:", "http:"))
            prefix = self.reader.prefixes[uri]
            wanted = _PREFIXES.get(prefix)
            if near is None and wanted is not None and uri not in NAMESPACES:
                self.sheet.say("xml-prefix", line, prefix=prefix, value=uri, wanted=wanted)
            if near is not None:
                # Programs that know iTunes' other capitals are many; nobody reads this one.
                level = Level.ERROR if uri == MEDIA_OLD else None
                self.sheet.say("xml-namespace", line, value=uri, wanted=near, level=level)
