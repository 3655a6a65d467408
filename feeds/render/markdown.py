"""A talk's Markdown → safe HTML with absolute URLs.

CommonMark with tables, footnotes and strikethrough by pyromark (pulldown-cmark), sanitised
by nh3 (ammonia). Nothing else in the house turns an author's text into HTML.
"""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from feeds.model import Talk
from feeds.patterns import pattern
from feeds.text import absolute_url, xml_legal

_TAGS = set(
    """a abbr b blockquote br caption cite code dd del dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img
    ins kbd li mark ol p pre q s samp small span strong sub sup table tbody td tfoot th thead tr
    u ul var""".split()
)
_ATTRIBUTES = {
    "*": {"lang", "dir", "title"},
    "a": {"href"},
    "div": {"id"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "style"},
    "th": {"colspan", "rowspan", "style"},
}
_IN_FRAGMENT = "%/:=&?~+!$,;'@()*-._"
_CLASSES = {
    "div": {"footnote-definition"},
    "sup": {"footnote-reference", "footnote-definition-label"},
}
_HEADING = pattern(r"<(/?)h([1-6])(?=[ >])")
# As deep as browsers go; parsing deeper trees takes time that grows with the square.
_MAX_DEPTH = 500
_TAG = pattern(r"<(/?)([a-zA-Z][^\s/<>]*)[^<>]*>?")
# Elements that end by themselves, so that they never nest in each other.
_SELF_ENDING = set(
    """area base br col dd dt embed hr img input li link meta option p source tbody td tfoot th
    thead tr track wbr""".split()
)


@dataclass(frozen=True, slots=True)
class Body:
    """A talk's texts as HTML, rendered once for every format that shows them.

    ``references`` are the paths below the base URL that the texts point to: files that the
    publication has to bring along.
    """

    notes_html: str
    abstract_html: str
    references: frozenset[str] = frozenset()


def body_of(talk: Talk, base_url: str) -> Body:
    """Notes and abstract of ``talk``; every URL in them is absolute."""
    references: set[str] = set()
    page_url = base_url + talk.path
    notes = to_html(talk.notes, base_url, page_url, f"{talk.slug}-", references)
    prefix = f"{talk.slug}-abstract-"
    abstract = to_html(talk.abstract, base_url, page_url, prefix, references, top=3)
    return Body(notes, abstract, frozenset(references))


def to_html(
    markdown: str,
    base_url: str,
    page_url: str,
    id_prefix: str,
    references: set[str],
    *,
    top: int = 2,
) -> str:
    """Sanitised HTML of ``markdown`` (CommonMark + tables, footnotes, strikethrough).

    Headings move below a page's own, the highest to level ``top``, none a step too deep.
    ``id_prefix`` keeps footnotes of several talks apart on one page. Relative paths that
    occur are added to ``references``, as file names.
    """
    if not markdown:
        return ""
    base_path = urlsplit(base_url).path

    def resolve(reference: str) -> str | None:
        if reference.startswith("#"):
            return f"{page_url}#{quote(id_prefix + reference[1:], safe=_IN_FRAGMENT)}"
        url = absolute_url(base_url, reference)
        if url.startswith(base_url):
            references.add(unquote(urlsplit(url).path.removeprefix(base_path)))
        return url or None

    cleaned = _cleaned(_shallow(_commonmark()(xml_legal(markdown))), id_prefix, resolve)
    # Character references may bring back what XML forbids: "&#1;" is legal HTML.
    cleaned = xml_legal(cleaned)
    # Not by nh3, which writes the attributes that it adds in a different order every time.
    cleaned = cleaned.replace("<img", '<img loading="lazy" referrerpolicy="no-referrer"')
    return _outlined(cleaned, top).strip()


def _cleaned(html: str, id_prefix: str, resolve: Callable[[str], str | None]) -> str:
    """``html`` sanitised. Where no ``div`` is, nothing has an id; so all of those share one
    sanitiser, which takes as long to make as to use."""
    if "<d" in html or "<D" in html:
        return str(_sanitiser(id_prefix, resolve).clean(html))
    shared = _shared()
    shared.resolve = resolve
    return str(shared.sanitiser.clean(html))


class _Shared(threading.local):
    """A sanitiser for each thread, and what resolves references for it at the moment."""

    def __init__(self) -> None:
        self.resolve: Callable[[str], str | None] = str
        self.sanitiser = _sanitiser("", self._resolved)

    def _resolved(self, reference: str) -> str | None:
        return self.resolve(reference)


@cache
def _shared() -> _Shared:
    return _Shared()


def _sanitiser(id_prefix: str, resolve: Callable[[str], str | None]) -> Any:
    import nh3

    return nh3.Cleaner(
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        allowed_classes=_CLASSES,
        filter_style_properties={"text-align"},
        url_schemes={"http", "https", "mailto"},
        url_relative=resolve,
        id_prefix=id_prefix,
        link_rel=None,
    )


def _shallow(html: str) -> str:
    """``html`` without the tags that stand deeper than _MAX_DEPTH; their text stays."""
    if html.count("<") <= _MAX_DEPTH:
        return html
    depth = 0

    def kept(found: re.Match[str]) -> str:
        nonlocal depth
        if found[2].lower() in _SELF_ENDING:
            return found[0]
        if not found[1]:
            depth += 1
            return found[0] if depth <= _MAX_DEPTH else ""
        depth -= depth > 0
        return found[0] if depth < _MAX_DEPTH else ""

    return _TAG.sub(kept, html)


def _outlined(html: str, top: int) -> str:
    """Sanitised ``html`` with its headings in steps of one, the highest at level ``top``."""
    above: list[int] = []
    opened: list[int] = []

    def moved(found: re.Match[str]) -> str:
        if found[1]:
            return f"</h{opened.pop()}"
        level = int(found[2])
        while above and above[-1] >= level:
            above.pop()
        above.append(level)
        opened.append(min(6, top + len(above) - 1))
        return f"<h{opened[-1]}"

    return _HEADING.sub(moved, html)


@cache
def _commonmark() -> Callable[[str], str]:
    from pyromark import Markdown, Options

    options = Options.ENABLE_TABLES | Options.ENABLE_FOOTNOTES | Options.ENABLE_STRIKETHROUGH
    return Markdown(options=options).html
