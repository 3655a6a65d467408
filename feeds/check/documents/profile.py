"""What the RSS Advisory Board's best practices profile says of elements that stand together."""

from feeds.check.documents.sheet import Sheet
from feeds.check.documents.tree import Node
from feeds.patterns import pattern

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
_SLASH = "http://purl.org/rss/1.0/modules/slash/"
_TERMS = "http://purl.org/dc/terms/"
_ADMIN = "http://webns.net/mvcb/"
_DC = "http://purl.org/dc/elements/1.1/"
_XHTML = "http://www.w3.org/1999/xhtml"
# What modules say that RSS has an element for.
_SAME = {
    (_DC, "date"): ("pubDate",),
    (_DC, "creator"): ("author", "managingEditor"),
    (_DC, "publisher"): ("webMaster",),
    (_DC, "subject"): ("category",),
    (_DC, "language"): ("language",),
    (_DC, "rights"): ("copyright",),
    (_DC, "source"): ("source",),
    (_TERMS, "modified"): ("lastBuildDate",),
    (_ADMIN, "generatorAgent"): ("generator",),
    (ATOM, "id"): ("guid",),
    (ATOM, "published"): ("pubDate",),
    (ATOM, "summary"): ("description",),
    (_XHTML, "body"): ("description",),
}
_FEW_DIGITS = pattern(r"[0-9]{1,8}")


def said_twice(sheet: Sheet, node: Node) -> None:
    """The same fact by an element of RSS and by one of a module."""
    own = {child.name for child in node.children if child.space == node.space}
    for child in node.children:
        for other in _SAME.get((child.space, child.name), ()):
            if other in own:
                sheet.say("rss-said-twice", child.line, element=child.name, other=other)
                return


def content(sheet: Sheet, item: Node, described: Node | None, encoded: Node) -> None:
    """§5.2: the summary stands first; where there is none, the content is the description."""
    children = item.children
    if described is None or children.index(encoded) < children.index(described):
        sheet.say("rss-description-content", encoded.line)


def number(sheet: Sheet, guid: Node) -> None:
    """RSS 2.0 <guid>: one that other feeds' items have too."""
    if guid.attributes.get("isPermaLink") == "false" and _FEW_DIGITS.fullmatch(guid.text.strip()):
        sheet.say("rss-guid-number", guid.line, value=guid.text.strip())


def order(sheet: Sheet, channel: Node, head: int) -> None:
    """§4.1: items stand behind everything else; ``head``: how much stood before the first."""
    for child in channel.children[head:]:
        mine = child.space == channel.space and child.name != "item"
        if mine or (child.space == ATOM and child.name == "link"):
            sheet.say("rss-order", child.line, element=child.name)
            return


def comments(item: Node) -> int:
    """The line of a number of comments; 0 where there is none."""
    found = item.first(_SLASH, "comments")
    return found.line if found is not None else 0


def counted(sheet: Sheet, channel: Node, line: int) -> None:
    """§5.4: a number of comments is of the day on which the feed was built; ``line``: the first."""
    if line and channel.first(channel.space, "lastBuildDate") is None:
        sheet.say("rss-comments-date", line)
