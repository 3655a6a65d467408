"""The website: valid HTML, whole inside itself, and nothing asked of anybody else."""

import io
import json
import posixpath
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import feedparser
import html5lib
import pytest
from lxml import etree
from PIL import Image

from feeds.model import Event, MailSettings, Recording, Speaker, Talk
from feeds.naming import Kind
from feeds.plan import plan
from feeds.render import pages
from tests.golden import PUBLICATION
from tests.support import (
    REPOSITORY,
    Memory,
    built,
    make_kit,
    make_publication,
    make_talk,
    pages_of,
)

BASE = "https://talks.example/notas/"
SITES = {
    "golden": (PUBLICATION, BASE),
    "own": (REPOSITORY, "https://kubecon-2017.talkfeeds.example/"),
}
# What a browser fetches without being asked to (HTML Living Standard).
_FETCHED = {
    "img": ("src", "srcset"),
    "script": ("src",),
    "iframe": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "input": ("src",),
    "body": ("background",),
}
_FETCHED_LINKS = {"stylesheet", "icon", "preload", "prefetch", "modulepreload", "manifest"}


@cache
def parsed(html: str) -> Any:
    """The page as a tree that nobody changes; a mistake against the HTML standard raises."""
    parser = html5lib.HTMLParser(
        html5lib.getTreeBuilder("lxml"), strict=True, namespaceHTMLElements=False
    )
    return parser.parse(html).getroot()


def page_of(talks: list[Talk], path: str, **publication: Any) -> Any:
    """One page of a site with these talks."""
    return parsed(pages_of(make_kit(make_publication(**publication)), talks)[path])


@pytest.fixture(scope="module", params=list(SITES))
def site(request: pytest.FixtureRequest) -> tuple[Memory, str]:
    """A publication built whole, and its base URL."""
    root, base_url = SITES[request.param]
    return built(root), base_url


def html_pages(site: Memory) -> Iterator[tuple[str, Any]]:
    """Every page by its path."""
    for path, data in sorted(site.files.items()):
        if path.endswith(".html"):
            yield path, parsed(data.decode())


def test_every_page_is_valid_html_in_utf_8(site: tuple[Memory, str]) -> None:
    found = dict(html_pages(site[0]))
    assert {"index.html", "subscribe/index.html", "issues/2017-W49/index.html"} <= found.keys()
    assert len(found) >= 6
    for path, data in site[0].files.items():
        if path.endswith(".html"):
            assert data.startswith(b"<!doctype html>\n")
            assert b'<meta charset="utf-8">' in data[:200]
            assert b"\r" not in data


def fitting(path: str) -> set[str]:
    """The feeds that a page is about, but for those of single talks."""
    folder, _, rest = path.removesuffix("index.html").partition("/")
    if folder == "issues":
        return {"issues/feed.atom"}
    if folder in set(Kind) and rest:
        return {f"{folder}/{rest}feed.atom", f"{folder}/{rest}feed.json"}
    return {"feed.atom", "feed.json"}


def alternates(base_url: str, path: str, page: Any) -> dict[str, str]:
    """The feeds that a page's head names: path → media type."""
    links = page.xpath("/html/head/link[@rel='alternate']")
    assert all(link.get("title") for link in links)
    found = {
        urljoin(base_url + path, link.get("href")).removeprefix(base_url): link.get("type")
        for link in links
    }
    assert len(found) == len(links), "each once"
    return found


def test_every_page_names_the_feeds_that_fit_it_and_no_others(site: tuple[Memory, str]) -> None:
    memory, base_url = site
    types = {"atom": "application/atom+xml", "json": "application/feed+json"}
    named: set[str] = set()
    for path, page in html_pages(memory):
        found = alternates(base_url, path, page)
        assert found.keys() <= memory.files.keys()
        assert all(types[name.rpartition(".")[2]] == kind for name, kind in found.items())
        named |= found.keys()
        if not path.startswith("talks/"):
            assert set(found) == fitting(path), path
    feeds = {path for path in memory.files if path.endswith(("feed.atom", "feed.json"))}
    assert named == feeds, "and every feed is found somewhere"


def test_a_talks_page_names_the_feeds_that_list_the_talk(site: tuple[Memory, str]) -> None:
    memory, base_url = site
    listing: dict[str, set[str]] = {}
    languages = {path.split("/")[1] for path in memory.files if path.startswith("languages/")}
    for name, data in memory.files.items():
        if not name.endswith("feed.atom") or name.startswith("issues/"):
            continue
        if name.startswith("languages/") and len(languages - {"index.html"}) == 1:
            continue  # the same as the publication's
        for entry in feedparser.parse(data).entries:
            listing.setdefault(entry.link.removeprefix(base_url), set()).add(name)
    compared = 0
    for path, page in html_pages(memory):
        if path.startswith("talks/"):
            found = set(alternates(base_url, path, page))
            assert found == listing[path.removesuffix("index.html")] | {"feed.json"}, path
            compared += len(found)
    assert compared > 20


def test_every_page_says_where_it_stands(site: tuple[Memory, str]) -> None:
    memory, base_url = site
    titles = set()
    for path, page in html_pages(memory):
        canonical = page.xpath("/html/head/link[@rel='canonical']/@href")
        url = base_url + path.removesuffix("index.html")
        assert canonical == ([] if path == "404.html" else [url])
        (title,) = page.xpath("/html/head/title/text()")
        titles.add(title)
        assert page.xpath("/html/head/meta[@name='viewport']")
        assert page.xpath("/html/body//a[1]/@href")[0] == "#content"
        current = page.xpath("//header//nav/a[@aria-current]/@href")
        assert [urljoin(base_url + path, one) for one in current] == [
            base_url + section
            for section in (f"{path.partition('/')[0]}/",)
            if section in {"tags/", "speakers/", "events/", "issues/", "search/", "subscribe/"}
        ]
    assert len(titles) == len(list(html_pages(memory))), "each has a title of its own"


def test_a_shared_link_has_a_card(site: tuple[Memory, str]) -> None:
    memory, base_url = site
    for path, page in html_pages(memory):
        told = {
            meta.get("property"): meta.get("content")
            for meta in page.xpath("/html/head/meta[@property]")
        }
        card = told["og:image"].removeprefix(base_url)
        assert card == (path.replace("index.html", "card.png") if "talks/" in path else "card.png")
        with Image.open(io.BytesIO(memory.files[card])) as image:
            assert (image.format, image.size) == ("PNG", (1200, 630))
        assert (told["og:image:width"], told["og:image:height"]) == ("1200", "630")
        assert told["og:title"] in page.xpath("string(/html/head/title)")
        assert told["og:url"].startswith(base_url)
        assert told["og:image:alt"]
        assert len(memory.files[card]) < 40_000


def test_every_link_within_the_site_arrives(site: tuple[Memory, str]) -> None:
    memory, base_url = site
    arrived = 0
    for path, page in html_pages(memory):
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids)), path
        for element in page.iter():
            for name in ("href", "src"):
                reference = element.get(name)
                if reference is None:
                    continue
                url = urljoin(base_url + path, reference)
                if not url.startswith(base_url):
                    continue
                target = unquote(urlsplit(url).path.removeprefix(urlsplit(base_url).path))
                if target.endswith("/") or not target:
                    target += "index.html"
                assert target in memory.paths, f"{path}: {reference}"
                if element.getparent().get("class") == "footnote-reference":
                    assert unquote(urlsplit(url).fragment) in ids, f"{path}: {reference}"
                arrived += 1
        for reference in [*page.xpath("//@aria-labelledby"), "content"]:
            assert reference in ids
    assert arrived > 50


def test_no_page_asks_anything_of_a_third_party(site: tuple[Memory, str]) -> None:
    memory, base_url = site
    fetched = 0
    for path, page in html_pages(memory):
        for element in page.iter(etree.Element):
            names = _FETCHED.get(str(element.tag), ())
            if element.tag == "link" and set(element.get("rel").split()) & _FETCHED_LINKS:
                names = ("href",)
            for name in names:
                if (reference := element.get(name)) is not None:
                    assert urljoin(base_url + path, reference).startswith(base_url), reference
                    fetched += 1
            assert element.tag not in {"iframe", "style"}
            assert element.tag != "form" or path == "search/index.html"
            if element.tag == "script" and not element.get("src"):
                assert element.get("type") == "application/ld+json"
            assert "url(" not in (element.get("style") or "")
    assert fetched
    css = memory.files["style.css"].decode()
    assert "url(" not in css
    assert "@import" not in css
    for path, data in memory.files.items():
        if path.endswith(".svg"):
            elements = etree.fromstring(data).iter()
            assert not any("href" in str(name) for node in elements for name in node.attrib), path


def test_headings_are_an_outline(site: tuple[Memory, str]) -> None:
    for path, page in html_pages(site[0]):
        levels = [
            int(element.tag[1])
            for element in page.iter(etree.Element)
            if re.fullmatch("h[1-6]", element.tag)
        ]
        assert levels[0] == 1, path
        assert levels.count(1) == 1, path
        for above, below in pairwise(levels):
            assert below <= above + 1, f"{path}: {levels}"


def test_pictures_have_words_and_a_size(site: tuple[Memory, str]) -> None:
    for path, page in html_pages(site[0]):
        for image in page.iter("img"):
            assert image.get("alt"), path
            if "covers/" in image.get("src"):
                assert (image.get("width"), image.get("height")) == ("640", "360")


def test_a_recording_is_a_picture_that_leads_to_youtube() -> None:
    memory = built(PUBLICATION)
    for slug, video, cover in (
        ("limites", "7skInj_vqN0", "covers/7skInj_vqN0.png"),
        ("zero-trust", "07jq-5VbBVQ", "covers/zero-trust.svg"),
    ):
        page = parsed(memory.files[f"talks/{slug}/index.html"].decode())
        (link,) = page.xpath("//p[@class='recording']/a")
        assert link.get("href") == f"https://www.youtube.com/watch?v={video}"
        (image,) = link.xpath("img")
        assert posixpath.normpath(f"talks/{slug}/{image.get('src')}") == cover
        assert page.xpath("string(//h1)") in image.get("alt")
        assert "YouTube" in "".join(link.itertext())
    assert memory.copies["covers/7skInj_vqN0.png"] == "recordings/7skInj_vqN0.png"
    assert "covers/limites.svg" not in memory.files
    assert not parsed(memory.files["talks/hallway/index.html"].decode()).xpath("//img")


def test_previous_and_next_are_the_neighbours_of_the_day() -> None:
    other = Event("Otra", "2")
    talks = [
        make_talk(1),
        make_talk(2),
        make_talk(3),
        make_talk(4, event=other),
        make_talk(5, date=date(2017, 12, 8)),
    ]
    found = pages_of(make_kit(), talks[::-1])

    def around(number: int) -> dict[str, str]:
        page = parsed(found[f"talks/talk-{number}/index.html"])
        return {
            link.get("rel"): posixpath.normpath(f"talks/talk-{number}/{link.get('href')}")
            for link in page.xpath("//nav[@class='neighbours']/a")
        }

    assert around(1) == {"next": "talks/talk-2"}
    assert around(2) == {"prev": "talks/talk-1", "next": "talks/talk-3"}
    assert around(3) == {"prev": "talks/talk-2"}
    assert around(4) == around(5) == {}
    page = parsed(found["talks/talk-2/index.html"])
    assert "Talk number 1" in page.xpath("string(//a[@rel='prev'])")


def test_every_text_says_its_language() -> None:
    page = page_of(
        [make_talk(language="en", abstract_language="fr", title="Titre")], "talks/talk-1/index.html"
    )
    assert page.get("lang") == "es-MX"
    assert page.xpath("//h1")[0].get("lang") == "fr"
    assert page.xpath("//section[@class='notes']")[0].get("lang") == "en"
    assert page.xpath("//section[@class='abstract']/div")[0].get("lang") == "fr"
    assert page.xpath("//h2[@id='abstract']/ancestor::*/@lang") == ["es-MX"]
    page = page_of([make_talk(abstract_language="")], "talks/talk-1/index.html")
    assert page.xpath("//h1")[0].get("lang") is None
    assert page.xpath("//section[@class='notes']")[0].get("lang") is None
    assert page.xpath("//section[@class='abstract']/div")[0].get("lang") == "", "unknown"
    talks = [make_talk(1, language="en", abstract_language=""), make_talk(2)]
    issue = page_of(talks, "issues/2017-W49/index.html")
    assert issue.xpath("//h3/a/@lang") == ["en", "en"]
    first, second = issue.xpath("//article")
    assert first.xpath("p[not(@class)]/@lang") == ["en"]
    assert second.xpath("p[not(@class)]/@lang") == []
    assert page_of(talks, "index.html").xpath("//a[@class='talk']/@lang") == ["en", "en"]


def test_a_talks_page_holds_the_talk() -> None:
    memory = built(PUBLICATION)
    page = parsed(memory.files["talks/limites/index.html"].decode())
    text = " ".join("".join(page.xpath("//main")[0].itertext()).split())
    for part in (
        "keynote",
        "intermedio",
        "Día 2",
        "jueves, 7 de diciembre de 2017",
        "Senior Staff Engineer, HBO",
        "Las IPs de la VPC se acabaron",
        "HBO runs Game of Thrones on Kubernetes.",
        "red & video",
        "Código & <ejemplos>",
    ):
        assert part in text
    assert "nunca" not in text, "scripts are not text either"
    links = page.xpath("//main//a/@href")
    assert "https://zihao.example/" in links
    assert "../../events/kubecon-cloudnativecon-north-america-2017/" in links
    assert "../../tags/escalamiento/" in links
    assert f"{BASE}laminas/Limites%20de%20K8s%20%232.pdf" in links
    assert "../../issues/2017-W49/" in links
    (description,) = page.xpath("//meta[@name='description']/@content")
    assert description.startswith("Migraron de VMs")
    assert len(description) <= 200


def test_files_that_the_talks_show_come_along_and_missing_ones_do_not_break_links() -> None:
    memory = built(PUBLICATION)
    assert memory.copies == {
        "icono.svg": "icono.svg",
        "laminas/Limites de K8s #2.pdf": "laminas/Limites de K8s #2.pdf",
        "laminas/diagrama de red.png": "laminas/diagrama de red.png",
        "covers/7skInj_vqN0.png": "recordings/7skInj_vqN0.png",
    }
    assert b"perdidas" not in b"".join(memory.files.values())
    assert b"Borrador" not in b"".join(memory.files.values())


def test_an_index_is_for_scanning() -> None:
    talks = [
        make_talk(1, kind="keynote", level="advanced"),
        make_talk(2, speakers=()),
        make_talk(3, date=date(2017, 12, 8), event=None),
        make_talk(4, draft=True),
    ]
    page = page_of(talks, "index.html")
    days = page.xpath("//section[@class='programme']")
    assert [day.xpath("string(.//time/@datetime)") for day in days] == ["2017-12-08", "2017-12-07"]
    assert days[1].xpath(".//a[@class='talk']/text()") == ["Talk number 1", "Talk number 2"]
    first, second = days[1].xpath(".//li")
    assert first.xpath(".//span[contains(@class, 'label')]/text()") == ["keynote", "avanzado"]
    assert first.xpath(".//span[@class='who']/text()") == ["Zihao Yu (HBO), Illya Chekrygin"]
    assert second.xpath(".//span") == []
    assert "Talk number 4" not in "".join(page.itertext())


def test_an_issues_page_has_every_talk_once_in_the_order_of_the_week() -> None:
    talks = [make_talk(n, date=date(2017, 12, 9 - n), title=f"T{n}") for n in (1, 2, 3)]
    page = page_of(talks, "issues/2017-W49/index.html")
    assert page.xpath("//article/h3/a/text()") == ["T3", "T2", "T1"]
    assert page.xpath("//h1/text()") == ["Semana del 4 al 10 de diciembre de 2017"]
    assert page.xpath("//p[@class='lead']/text()") == ["Esta semana hubo 3 pláticas"]
    for article in page.xpath("//article"):
        assert article.xpath(".//p[@class='links']/a/text()") == ["Video", "Notas completas"]
        assert article.xpath("p[not(@class)]/text()") == [
            "Una nota corta. Otra nota, más larga, que cuenta lo que pasó."
        ]


@pytest.mark.parametrize(
    ("mail", "address"),
    [
        (MailSettings(), "mailto:ana@talks.example?subject=subscribe"),
        (
            MailSettings(sender="Ana <ana+x@talks.example>"),
            "mailto:ana+x@talks.example?subject=subscribe",
        ),
        (
            MailSettings(sender="a@talks.example", reply_to="b@talks.example"),
            "mailto:b@talks.example?subject=subscribe",
        ),
    ],
)
def test_a_subscribe_page_offers_what_there_is(mail: MailSettings, address: str | None) -> None:
    page = page_of([make_talk()], "subscribe/index.html", mail=mail)
    assert page.xpath("//p[@class='address']/a/text()") == [f"{BASE}feed.atom"]
    assert page.xpath("//a[starts-with(@href, 'mailto:')]/@href") == [address] * bool(address)
    assert page.xpath("//ul[@class='issues']//a/@href") == ["../issues/2017-W49/"]
    assert page.xpath("//ul[@class='issues']//span/text()") == ["1 plática"]


def test_an_empty_publication_says_so() -> None:
    found = pages_of(make_kit(make_publication(author=None, subtitle="", license="CC0-1.0")), [])
    assert found.keys() == {
        "index.html",
        "subscribe/index.html",
        "search/index.html",
        "404.html",
    }
    index = parsed(found["index.html"])
    assert "Todavía no hay pláticas." in "".join(index.itertext())
    assert "Último número" not in "".join(index.itertext())
    assert index.xpath("//footer/p[1]/text()") == ["CC0-1.0"]
    assert index.xpath("//meta[@name='description']") == []
    assert parsed(found["subscribe/index.html"]).xpath("//ul") == []


def test_an_icon_stands_elsewhere_or_is_at_hand_or_is_left_out() -> None:
    for icon, href in (("i.png", None), ("https://x.example/i.png",) * 2, ("", None)):
        page = page_of([], "subscribe/index.html", icon=icon)
        assert page.xpath("//link[@rel='icon']/@href") == ([href] if href else [])


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "\"'><img src=x>", "{{ 7 * 7 }}", "&amp;"]
)
def test_whatever_a_title_says_is_text(text: str) -> None:
    talk = make_talk(
        title=text,
        kind=text,
        tags=(text,),
        event=Event(text, text),
        speakers=(Speaker(text, text, text),),
    )
    found = pages_of(make_kit(make_publication(title=text, subtitle=text, license=text)), [talk])
    for path, html in found.items():
        page = parsed(html)
        for script in page.xpath("//script[not(@src)]"):
            assert json.loads(script.text)["@graph"]
        assert not page.xpath("//img[not(ancestor::p[@class='recording'])]"), path
        assert text in "".join(page.xpath("//body")[0].itertext())


def covered(talk: Talk) -> Any:
    output = pages.cover(make_kit(), talk)
    assert output is not None
    assert output.path == "covers/talk-1.svg"
    return etree.fromstring(output.data)


def test_a_drawn_cover_says_what_is_behind_it() -> None:
    svg = covered(make_talk(title="Running MySQL on Kubernetes", event=Event("KubeCon 2017")))
    assert svg.get("viewBox") == "0 0 640 360"
    assert list(svg.itertext()) == [
        "KubeCon 2017",
        "Running MySQL on Kubernetes",
        "Zihao Yu (HBO), Illya Chekrygin",
    ]
    alone = covered(make_talk(title="<&>", event=None, speakers=()))
    assert list(alone.itertext()) == ["Notas de KubeCon", "<&>"]


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("Uno", ["Uno"]),
        ("uno dos tres cuatro cinco seis siete", ["uno dos tres cuatro cinco seis", "siete"]),
        ("x" * 40, ["x" * 31 + "…"]),
        (f"corta {'y' * 40}", ["corta", "y" * 31 + "…"]),
        ("palabra " * 40, ["palabra palabra palabra palabra"] * 3 + ["palabra palabra palabra…"]),
        ("", []),
    ],
)
def test_a_cover_has_room_for_four_lines(title: str, lines: list[str]) -> None:
    svg = covered(make_talk(title=title, event=Event("E"), speakers=()))
    texts = svg.findall("{*}text")
    assert [text.text for text in texts] == ["E", *lines]
    places = [int(text.get("y")) for text in texts]
    assert places == sorted(set(places))
    assert max(places) < 276, "above the play mark"


def test_no_cover_without_need() -> None:
    held = make_kit(assets={"recordings/07jq-5VbBVQ.webp": 1})
    assert pages.cover(held, make_talk()) is None
    assert pages.cover_path(held, make_talk()) == "covers/07jq-5VbBVQ.webp"
    assert pages.cover(make_kit(), make_talk(recording=None)) is None
    assert pages.cover_path(make_kit(), make_talk(recording=None)) == ""
    other = make_talk(recording=Recording("00000000000"))
    assert pages.cover_path(held, other) == "covers/talk-1.svg"


def test_a_page_is_the_same_every_time() -> None:
    talks = [make_talk(number) for number in range(3)]
    first = pages_of(make_kit(), talks)
    assert pages_of(make_kit(), talks[::-1]) == first
    planned = plan(make_publication(), talks)
    assert pages.index(make_kit(), planned).data.decode() == first["index.html"]
    assert [one.path for one in pages.fixed(make_kit())] == ["style.css", "search.js"]
