"""What makes a podcast of an RSS feed: PSP-1 and Apple's requirements."""

import re

from feeds.check.documents.itunes import ITUNES, ITUNES_OLD
from feeds.check.documents.podcasting import PODCAST, PODCAST_OLD
from feeds.check.documents.sheet import Sheet
from feeds.check.documents.tree import Node
from feeds.patterns import pattern

_ATOM = "http://www.w3.org/2005/Atom"
_PLAYED = pattern(
    r"(?:audio|video)/.+|application/(?:pdf|epub\+zip|ogg|x-mpegurl|vnd\.apple\.mpegurl)",
    re.IGNORECASE,
)
_MOST_BYTES = 4_000


class Podcast:
    """Gathers over the items what the channel is then asked for.

    A feed is taken for a podcast when its channel uses the itunes or the podcast namespace and
    an item has sound or video enclosed.
    """

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self._without: dict[str, list[int]] = {}
        self._types: list[tuple[int, str]] = []
        self._long: list[tuple[int, int]] = []
        self._heard = False

    def item(self, node: Node, enclosures: list[Node]) -> None:
        """One item; said only once it is known to be a podcast's."""
        space = node.space
        self._alternates(node)
        if not enclosures:
            self._miss("enclosure", node)
            return
        kind = enclosures[0].attributes.get("type", "").strip()
        self._heard = self._heard or kind.lower().startswith(("audio/", "video/"))
        if kind and not _PLAYED.fullmatch(kind.partition(";")[0].strip()):
            self._types.append((enclosures[0].line, kind))
        for name in ("title", "guid"):
            if node.first(space, name) is None:
                self._miss(name, node)
        if node.first(space, "pubDate") is None:
            self._miss("pubDate", node)
        if node.first(ITUNES, "duration") is None:
            self._miss("itunes:duration", node)
        described = node.first(space, "description")
        if described is not None and (count := len(described.text.encode())) > _MOST_BYTES:
            self._long.append((described.line, count))

    def _alternates(self, node: Node) -> None:
        """At most one alternate enclosure is the default."""
        defaults = [
            child
            for child in node.children
            if child.name == "alternateEnclosure" and child.attributes.get("default") == "true"
        ]
        if len(defaults) > 1:
            self.sheet.say("podcast-default", defaults[1].line)

    def _miss(self, name: str, node: Node) -> None:
        self._without.setdefault(name, []).append(node.line)

    def channel(self, channel: Node) -> None:
        """The channel, when it is a podcast's."""
        used = {child.space for child in channel.children}
        if not self._heard or used.isdisjoint({ITUNES, ITUNES_OLD, PODCAST, PODCAST_OLD}):
            return
        self._head(channel)
        sheet = self.sheet
        for name in ("enclosure", "title", "guid"):
            for one in self._without.get(name, ()):
                sheet.say("psp-missing", one, parent="item", element=name)
        for name in ("pubDate", "itunes:duration"):
            for one in self._without.get(name, ()):
                sheet.say("psp-recommended", one, parent="item", element=name)
        for one, kind in self._types:
            sheet.say("psp-enclosure-type", one, value=kind)
        for one, count in self._long:
            sheet.say("psp-description", one, count=f"{count:,}")

    def _head(self, channel: Node) -> None:
        """What the channel itself must and should have."""

        def has(name: str, *spaces: str) -> bool:
            return any(channel.first(space, name) is not None for space in spaces)

        missing = [
            f"itunes:{name}"
            for name in ("category", "explicit", "image")
            if not has(name, ITUNES, ITUNES_OLD)
        ]
        if not has("language", channel.space):
            missing.append("language")
        if not self.sheet.facts.self_url:
            missing.append('atom:link rel="self"')
        for name in missing:
            self.sheet.say("psp-missing", channel.line, parent="channel", element=name)
        wanted = [] if has("author", ITUNES, ITUNES_OLD) else ["itunes:author"]
        wanted += [
            f"podcast:{name}" for name in ("guid", "locked") if not has(name, PODCAST, PODCAST_OLD)
        ]
        for name in wanted:
            self.sheet.say("psp-recommended", channel.line, parent="channel", element=name)
