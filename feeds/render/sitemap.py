"""``sitemap.xml`` (sitemaps.org, protocol 0.9) and ``robots.txt`` (RFC 9309)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from io import BytesIO
from itertools import chain, islice

from lxml import etree

from feeds.model import Output, Talk
from feeds.plan import Plan
from feeds.render.kit import Kit
from feeds.text import rfc3339

PATH = "sitemap.xml"
MAX_URLS = 50_000
_TOGETHER = 1_000
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_Page = tuple[str, datetime | None]


def outputs(kit: Kit, plan: Plan) -> Iterator[Output]:
    """The list of pages, and where robots find it. Above 50,000 pages it is a list of lists."""
    rest = _pages(plan)
    parts = iter(lambda: list(islice(rest, MAX_URLS)), [])
    first, second = next(parts), next(parts, None)
    if second is None:
        yield Output(PATH, _document(kit, "urlset", "url", first))
    else:
        lists: list[_Page] = []
        for number, part in enumerate(chain((first, second), parts), 1):
            path = f"sitemap-{number}.xml"
            yield Output(path, _document(kit, "urlset", "url", part))
            lists.append((path, max((when for _, when in part if when), default=None)))
        yield Output(PATH, _document(kit, "sitemapindex", "sitemap", lists))
    yield Output("robots.txt", f"User-agent: *\nDisallow:\n\nSitemap: {kit.url(PATH)}\n".encode())


def _pages(plan: Plan) -> Iterator[_Page]:
    """Every page that is about something, with the newest change of a talk that it shows."""
    everything = _newest(plan.talks)
    yield "", everything
    yield "subscribe/", None
    for talk in plan.talks:
        yield talk.path, talk.updated
    for issue in plan.issues:
        yield issue.path, _newest(issue.talks)
    if plan.issues:
        yield "issues/", everything
        yield "archive/", everything
    for year in plan.years:
        yield year.path, _newest(chain.from_iterable(day.talks for day in year.days))
    for kind, groups in plan.groups.items():
        if groups:
            yield f"{kind}/", everything
        for group in groups:
            yield group.path, _newest(group.talks)


def _newest(talks: Iterable[Talk]) -> datetime | None:
    return max((talk.updated for talk in talks), default=None)


def _document(kit: Kit, root: str, element: str, entries: Sequence[_Page]) -> bytes:
    """Some entries at a time: a tree of all of them takes ten times the memory of the document."""
    found = BytesIO()
    for first in range(0, len(entries), _TOGETHER):
        data = _tree(kit, root, element, entries[first : first + _TOGETHER])
        start = data.index(b">", data.index(_NAMESPACE.encode())) + 2 if first else 0
        found.seek(max(0, found.tell() - len(f"</{root}>\n")))
        found.write(memoryview(data)[start:])
    return found.getvalue()


def _tree(kit: Kit, root: str, element: str, entries: Iterable[_Page]) -> bytes:
    top = etree.Element(f"{{{_NAMESPACE}}}{root}", nsmap={None: _NAMESPACE})  # type: ignore[dict-item] # the default namespace has no prefix
    for path, changed in entries:
        entry = etree.SubElement(top, f"{{{_NAMESPACE}}}{element}")
        etree.SubElement(entry, f"{{{_NAMESPACE}}}loc").text = kit.url(path)
        if changed:
            etree.SubElement(entry, f"{{{_NAMESPACE}}}lastmod").text = rfc3339(
                changed.replace(microsecond=0)
            )
    return bytes(etree.tostring(top, xml_declaration=True, encoding="UTF-8", pretty_print=True))
