"""What a mail uses of HTML and CSS, and who shows it: a row a feature."""

from dataclasses import dataclass

from lxml import etree

from feeds.check.mail.checking import html_of, sheets_of, stands_in
from feeds.check.mail.fallbacks import FALLBACKS
from feeds.check.mail.features import Used, features_of
from feeds.check.mail.support import Support


@dataclass(frozen=True, slots=True)
class Usage:
    """A feature, how often it is used, who shows it in part or not at all, and what stands in.

    ``share`` is per cent of all mails that are opened where it is not shown; ``fallback`` is empty
    where nothing stands in for it in every place.
    """

    slug: str
    title: str
    uses: int
    partly: tuple[str, ...]
    without: tuple[str, ...]
    share: float
    fallback: str


def usage_of(name: str, data: bytes, support: Support) -> list[Usage]:
    """Every feature of a mail, those that most readers lack first; empty for what is no HTML."""
    html = html_of(name, data)
    parser = etree.HTMLParser(encoding="utf-8", recover=True, no_network=True, huge_tree=True)
    root = etree.fromstring(html, parser) if html and html.strip() else None
    if root is None:
        return []
    uses: dict[str, list[Used]] = {}
    for used in features_of(root, sheets_of(root), support.features):
        uses.setdefault(used.slug, []).append(used)
    rows = [_row(slug, found, support) for slug, found in uses.items()]
    return sorted(rows, key=lambda row: (-row.share, -len(row.without), row.slug))


def _row(slug: str, uses: list[Used], support: Support) -> Usage:
    feature = support.features[slug]
    families = tuple(support.families)
    without = feature.without(families)
    partly = [client for client, result in feature.stats.items() if result[:1] == "a"]
    good = all(stands_in(used) for used in uses)
    return Usage(
        slug,
        feature.title,
        len(uses),
        tuple(support.named(client) for client in partly),
        tuple(support.named(client) for client in without),
        round(support.share(without), 1),
        FALLBACKS[slug].why if good and without else "",
    )
