"""sitemap.xml and robots.txt, read by other people's parsers."""

from pathlib import Path
from urllib.robotparser import RobotFileParser

import pytest
from lxml import etree

from feeds.plan import plan
from feeds.render import sitemap
from tests.golden import PUBLICATION
from tests.support import REPOSITORY, built, make_kit, make_publication, make_talk

_LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
NS = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def places(data: bytes) -> list[str]:
    """The addresses that a sitemap names."""
    return [str(element.text) for element in etree.fromstring(data).iter(_LOC)]


@pytest.mark.parametrize("root", [PUBLICATION, REPOSITORY], ids=["golden", "own"])
def test_the_sitemap_has_every_page_once_and_nothing_else(root: Path) -> None:
    site = built(root)
    urls = places(site.files["sitemap.xml"])
    base = urls[0]
    pages = {
        base + path.removesuffix("index.html") for path in site.files if path.endswith("index.html")
    }
    assert sorted(urls) == sorted(pages - {f"{base}search/"})


def test_a_page_changed_when_the_newest_of_its_talks_did() -> None:
    talks = [make_talk(number, tags=("a",) if number < 3 else ("b",)) for number in range(5)]
    kit = make_kit()
    (found, _robots) = sitemap.outputs(kit, plan(kit.publication, talks))
    tree = etree.fromstring(found.data)
    base = kit.publication.base_url
    changed = {
        entry.findtext("s:loc", namespaces=NS): entry.findtext("s:lastmod", namespaces=NS)
        for entry in tree
    }
    assert changed[base] == changed[f"{base}tags/b/"] == "2017-12-07T09:00:04+00:00"
    assert changed[f"{base}tags/a/"] == "2017-12-07T09:00:02+00:00"
    assert changed[f"{base}talks/talk-1/"] == "2017-12-07T09:00:01+00:00"
    assert changed[f"{base}subscribe/"] is None


def test_more_pages_than_a_sitemap_may_have_make_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_URLS", 10)
    kit = make_kit()
    planned = plan(kit.publication, [make_talk(number) for number in range(20)])
    found = {output.path: output.data for output in sitemap.outputs(kit, planned)}
    assert etree.fromstring(found["sitemap.xml"]).tag == f"{{{NS['s']}}}sitemapindex"
    base = kit.publication.base_url
    parts = [url.removeprefix(base) for url in places(found["sitemap.xml"])]
    assert parts == [f"sitemap-{number}.xml" for number in range(1, len(parts) + 1)]
    urls = [url for part in parts for url in places(found[part])]
    assert len(urls) == len(set(urls)) > 30
    assert set(found) == {"sitemap.xml", "robots.txt", *parts}


def test_robots_are_let_in_and_shown_the_sitemap() -> None:
    kit = make_kit(make_publication())
    *_, robots = sitemap.outputs(kit, plan(kit.publication, []))
    reader = RobotFileParser()
    reader.parse(robots.data.decode().splitlines())
    assert reader.can_fetch("Somebot/1.0", f"{kit.publication.base_url}talks/a/")
    assert reader.site_maps() == [f"{kit.publication.base_url}sitemap.xml"]


def test_entries_are_written_some_at_a_time_as_they_would_be_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kit = make_kit()
    planned = plan(kit.publication, [make_talk(number) for number in range(5)])
    together = next(sitemap.outputs(kit, planned))
    for some in (1, 2, 3):
        monkeypatch.setattr(sitemap, "_TOGETHER", some)
        assert next(sitemap.outputs(kit, planned)) == together
