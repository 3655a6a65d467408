"""Texts that were written as HTML, years without feeds, facts that are said twice."""

import pytest

from feeds.check import Level
from feeds.check.documents import check_document
from feeds.check.documents.plain import is_marked_up
from tests.unit.check.documents.test_verdicts import ATOM, RSS


def rules(document: str) -> set[str]:
    return {fault.rule for fault in check_document(document.encode())[0]}


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Some <b>bold</b> text", True),
        ("one<br>two", True),
        ("one<BR/>two", True),
        ('<a href="https://a.example/">one</a>', True),
        ("1 < 2, and 3 > 2", False),
        ("Why <b> is old", False),
        ("List<String>, Map<A, B> and </A>", False),
        ("no <script>alert()</script>", False),
        ("", False),
    ],
)
def test_html_is_known_by_an_element_that_begins_and_ends(text: str, marked: bool) -> None:
    assert is_marked_up(text) is marked


HTML = "&lt;b&gt;x&lt;/b&gt;"


@pytest.mark.parametrize(
    "entry",
    [
        f"<summary>{HTML}</summary>",
        f'<content type="text">{HTML}</content>',
        f'<category term="x" label="{HTML}"/>',
        f'<link rel="related" href="https://a.example/x" title="{HTML}"/>',
    ],
)
def test_html_in_plain_text_of_atom_is_told(entry: str) -> None:
    assert "atom-text-markup" in rules(ATOM.replace("ENTRY", entry).replace("HEAD", ""))
    plain = entry.replace(HTML, "x")
    assert "atom-text-markup" not in rules(ATOM.replace("ENTRY", plain).replace("HEAD", ""))


def test_html_that_says_so_is_not_told() -> None:
    entry = f'<summary type="html">{HTML}</summary>'
    assert "atom-text-markup" not in rules(ATOM.replace("ENTRY", entry).replace("HEAD", ""))


@pytest.mark.parametrize("element", ["copyright", "title"])
def test_html_in_plain_text_of_rss_is_told(element: str) -> None:
    text = f"<{element}>{HTML}</{element}>"
    head, item = ("", text) if element == "title" else (text, "")
    assert "rss-title-markup" in rules(RSS.replace("HEAD", head).replace("ITEM", item))


@pytest.mark.parametrize(
    ("date", "told"),
    [
        ("Sat, 31 Dec 1904 14:20:20 GMT", True),
        ("Sun, 31 Dec 2090 14:20:20 GMT", True),
        ("Thu, 01 Jan 1970 00:00:00 GMT", False),
        ("Thu, 01 Jan 70 00:00:00 GMT", False),
        ("Tue, 31 Dec 2069 14:20:20 GMT", False),
    ],
)
def test_a_year_has_feeds(date: str, told: bool) -> None:
    document = RSS.replace("HEAD", "").replace("ITEM", f"<pubDate>{date}</pubDate>")
    assert ("date-unlikely" in rules(document)) is told


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ("<dc:creator>A</dc:creator>", False),
        ("<dc:creator>A</dc:creator><author>a@a.example (A)</author>", True),
        ("<dc:date>2026-01-02</dc:date><category>a</category>", False),
        ("<category>a</category><dc:subject>a</dc:subject>", True),
    ],
)
def test_a_fact_of_an_item_is_said_once(item: str, told: bool) -> None:
    document = RSS.replace("HEAD", "").replace("ITEM", item)
    assert ("rss-said-twice" in rules(document)) is told


def test_where_the_modules_of_rss_1_are_odd_is_a_warning() -> None:
    space = 'xmlns:c="http://purl.org/rss/1.0/modules/content/" xmlns:t="http://purl.org/dc/terms/"'
    document = RSS.replace("<rss", f"<rss {space}", 1).replace("ITEM", "<c:encoded>a</c:encoded>")
    for head, told in (
        ("<t:license>a</t:license>", []),
        ("<c:encoded>a</c:encoded>", [Level.WARNING]),
        ("<t:banana>a</t:banana>", [Level.WARNING]),
        ("<c:banana>a</c:banana>", [Level.ERROR]),
    ):
        faults, _ = check_document(document.replace("HEAD", head).encode())
        assert [fault.level for fault in faults if fault.rule == "module-unknown"] == told
