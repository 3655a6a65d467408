"""What a document points at: every form in which pages and feeds write an address."""

import pytest

from feeds.check.links.references import Use, references_of
from tests.fuzz.running import bounded

HERE = "https://talks.example/notes/feed"


def urls(name: str, text: str, url: str = HERE) -> list[tuple[str, int]]:
    found = references_of(name, text.encode(), url)
    return [(reference.url, reference.line) for reference in found.references]


def test_a_page_gives_every_address_with_its_line() -> None:
    page = """<!doctype html>
<html><head><link rel="canonical" href="https://talks.example/notes/a/">
<link rel="stylesheet" href="../style.css"><meta property="og:image" content="/card.png">
<style>body { background: url("b.png") }</style>
<script type="application/ld+json">{"url": "https://talks.example/ld", "name": "a/b"}</script>
</head><body id="top">
<a href="#notes">x</a><a name="old">y</a><a href="mailto:a@b.example">m</a>
<img src="c.png" srcset="d.png 1x, e.png 2x" style="background:url(f.png)">
<form action="/subscribe"></form><a href="tag:x,2026:y">t</a>
</body></html>"""
    base = "https://talks.example/notes/a/"
    found = references_of("public/a/index.html", page.encode(), base)
    assert [
        (one.url.removeprefix("https://talks.example/"), one.line) for one in found.references
    ] == [
        ("notes/a/", 2),
        ("notes/style.css", 3),
        ("card.png", 3),
        ("notes/a/b.png", 4),
        ("ld", 5),
        ("notes/a/#notes", 7),
        ("notes/a/c.png", 8),
        ("notes/a/d.png", 8),
        ("notes/a/e.png", 8),
        ("notes/a/f.png", 8),
    ]
    assert found.ids == {"top", "old"}
    assert found.url == base


def test_an_atom_feed_gives_links_and_the_html_of_its_entries() -> None:
    feed = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/notes/">
<link rel="self" href="https://talks.example/notes/feed"/><link rel="hub" href="https://hub.example/"/>
<id>tag:talks.example,2026:a</id><icon>icon.png</icon>
<entry xml:base="one/"><link href="page"/>
<link rel="enclosure" href="a.m4a" type="audio/mp4" length="12"/>
<content type="html">&lt;a href="b"&gt;x&lt;/a&gt;</content></entry>
<entry><content type="xhtml">
<div xmlns="http://www.w3.org/1999/xhtml"><img src="c"/></div></content></entry></feed>"""
    found = references_of("feed.atom", feed.encode(), "").references
    base = "https://talks.example/notes/"
    assert {(one.url.removeprefix(base), one.line) for one in found} == {
        ("feed", 2), ("icon.png", 3), ("one/page", 4), ("one/a.m4a", 5), ("one/b", 6), ("c", 8),
    }  # fmt: skip
    (enclosure,) = [one for one in found if one.use is Use.ENCLOSURE]
    assert (enclosure.length, enclosure.type) == ("12", "audio/mp4")


def test_a_podcast_gives_what_players_fetch() -> None:
    feed = """<rss version="2.0" xmlns:podcast="https://podcastindex.org/namespace/1.0"
 xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel>
<link>https://talks.example/</link><itunes:image href="https://talks.example/art.jpg"/>
<item><guid isPermaLink="false">abc</guid><guid>https://talks.example/g</guid>
<enclosure url="https://talks.example/a.mp3" length="9" type="audio/mpeg"/>
<podcast:transcript url="https://talks.example/a.vtt" type="text/vtt"/>
<podcast:chapters url="https://talks.example/a.json" type="application/json+chapters"/>
<description>&lt;a href="https://talks.example/d"&gt;d&lt;/a&gt;</description>
</item></channel></rss>"""
    found = references_of("podcast.rss", feed.encode(), "").references
    assert {(one.url.removeprefix("https://talks.example/"), one.use) for one in found} == {
        ("", Use.LINK), ("art.jpg", Use.ART), ("g", Use.LINK), ("a.mp3", Use.ENCLOSURE),
        ("a.vtt", Use.TRANSCRIPT), ("a.json", Use.CHAPTERS), ("d", Use.LINK),
    }  # fmt: skip


def test_a_json_feed_gives_its_addresses_on_their_lines() -> None:
    feed = """{"version": "https://jsonfeed.org/version/1.1",
"feed_url": "https://talks.example/feed.json", "hubs": [{"url": "https://hub.example/"}],
"license": "CC-BY-4.0",
"items": [{"id": "1", "url": "https://talks.example/1/",
"content_html": "<a href='more'>x</a>",
"attachments": [
{"url": "https://talks.example/a.m4a", "mime_type": "audio/mp4", "size_in_bytes": 7}]}]}"""
    found = references_of("feed.json", feed.encode(), "").references
    base = "https://talks.example/"
    assert [(one.url.removeprefix(base), one.line, one.use) for one in found] == [
        ("feed.json", 2, Use.LINK), ("1/", 4, Use.LINK), ("1/more", 5, Use.LINK),
        ("a.m4a", 7, Use.ENCLOSURE),
    ]  # fmt: skip
    assert found[-1].length == "7"


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("a.opml", "<opml>\n<outline xmlUrl='a' htmlUrl='b'/></opml>", [("a", 2), ("b", 2)]),
        ("style.css", "a {}\nb { background: url(c.png) }", [("c.png", 2)]),
        ("robots.txt", "A: *\nSitemap: https://x.example/s", [("https://x.example/s", 2)]),
        (
            "sitemap.xml",
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n<url><loc>d</loc></url></urlset>',
            [("d", 2)],
        ),
    ],
)  # fmt: skip
def test_other_files_give_theirs(name: str, text: str, wanted: list[tuple[str, int]]) -> None:
    assert urls(name, text, "") == wanted


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", "{"),
        ("a.xml", "<a"),
        ("a.xml", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"),
        ("a.json", "[" * 100_000),
        ("a.html", "<html>" + "<div>" * 100_000),
        ("a.bin", "\0\1\2"),
        ("a.html", ""),
    ],
)
def test_what_cannot_be_read_has_no_links(name: str, text: str) -> None:
    assert urls(name, text) == []


def test_a_mail_gives_the_links_of_its_html() -> None:
    mail = "Subject: a\r\nContent-Type: text/html\r\n\r\n<html>\n<a href='https://a.example/'>a"
    assert urls("a.eml", mail, "") == [("https://a.example/", 2)]
    assert urls("a.eml", "Subject: a\r\n\r\nhttps://a.example/", "") == []


@pytest.mark.parametrize("pump", ["url(", "url('", 'url("', "url( ", "url(a ", "url(a)\n"])
def test_a_style_sheet_of_many_addresses_is_read_as_quickly_as_another(pump: str) -> None:
    def read(data: bytes) -> None:
        references_of("a.css", data, "")

    bounded(read, pump.encode() * 200_000, 5.0)


def test_the_lines_of_many_addresses_are_counted_once() -> None:
    def read(data: bytes) -> None:
        assert references_of("robots.txt", data, "").references[-1].line == 200_000
        assert references_of("a.css", data, "").references[-1].line == 200_000

    bounded(read, b"Sitemap: https://a.example/ url(a)\n" * 200_000, 10.0)


def test_addresses_in_json_that_escapes_its_slashes_have_their_lines() -> None:
    text = r"""{"items": [
{"url": "https:\/\/a.example\/1"},

{"url": "https:\/\/a.example\/2"}]}"""
    assert urls("feed.json", text) == [("https://a.example/1", 2), ("https://a.example/2", 4)]


def test_addresses_in_json_that_are_written_otherwise_are_not_looked_for_again_and_again() -> None:
    def read(data: bytes) -> None:
        assert len(references_of("feed.json", data, "").references) == 50_000

    row = r'{"url": "https:\u002f\u002fa.example/%d"},'
    rows = "".join(row % number for number in range(50_000))
    bounded(read, f'{{"items": [{rows[:-1]}]}}'.encode(), 5.0)


def test_every_other_form_of_an_address_in_a_page_is_followed_too() -> None:
    page = """<!doctype html><head>
<style>@import "a.css"; @import 'b.css' screen; @import url(c.css);</style>
<meta http-equiv="Refresh" content="0; URL='d.html'">
<link rel="preload" imagesrcset="e.png 1x, f,g.png 2x">
<script type="module">
import { a } from "./h.js";
import "/i.js"
import b from "lit";
</script></head><body>
<blockquote cite="j.html">a</blockquote>
<form action="k.html"><button formaction="l.html">a</button></form>
<form action="m.html" method="post"><button formaction="n.html">a</button></form>
<form action="./"></form><form action="/search"></form>"""
    base = "https://talks.example/"
    found = references_of("a.html", page.encode(), base).references
    assert {(one.url.removeprefix(base), one.line) for one in found} == {
        *(("a.css", 2), ("b.css", 2), ("c.css", 2), ("d.html", 3), ("e.png", 4), ("f,g.png", 4)),
        *(("h.js", 6), ("i.js", 7), ("j.html", 10), ("k.html", 11), ("l.html", 11)),
    }
    forms = {one.url.removeprefix(base) for one in found if one.use is Use.FORM}
    assert forms == {"k.html", "l.html"}


def test_an_import_of_a_style_sheet_is_followed() -> None:
    assert urls("a.css", '\n@import "b.css";') == [("https://talks.example/notes/b.css", 2)]


@pytest.mark.parametrize("name", ["a.js", "a.mjs"])
def test_what_a_script_imports_is_followed_from_where_it_lies(name: str) -> None:
    script = """import { b } from "./b.js";
export * from '../c.js'
import d from "lit";
const words = 'import "./e.js"';
"""
    assert urls(name, script) == [
        ("https://talks.example/notes/b.js", 1),
        ("https://talks.example/c.js", 2),
    ]


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("mailto:a@b.example", True),
        ("mailto:a@b.example,c@d.example?subject=e", True),
        ("mailto:?subject=a", True),
        ("MAILTO:%22a%40b%22@c.example", True),
        ("mailto:a@@b", False),
        ("mailto:", False),
        ("mailto:a", False),
    ],
)
def test_a_mail_address_that_is_none_is_noted(url: str, known: bool) -> None:
    assert bool(urls("a.html", f'<p><a href="{url}">a</a>')) is not known
