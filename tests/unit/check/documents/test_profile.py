"""RSS as the RSS Advisory Board's profile wants it: elements that stand together."""

import pytest

from feeds.check import Level
from feeds.check.documents import check_document

RSS = """<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:slash="http://purl.org/rss/1.0/modules/slash/">
<channel><title>A</title><link>https://a.example/</link><description>A</description>
<atom:link rel="self" href="https://a.example/f"/>HEAD
<item><title>B</title><guid>https://a.example/b</guid>ITEM</item>TAIL</channel></rss>"""

BUILT = "<lastBuildDate>Fri, 02 Jan 2026 11:00:00 GMT</lastBuildDate>"


def told(head: str = "", item: str = "", tail: str = "", version: str = "2.0") -> dict[str, Level]:
    """The rules that are broken, and how much each weighs."""
    text = RSS.replace("HEAD", head).replace("ITEM", item).replace("TAIL", tail)
    text = text.replace('version="2.0"', f'version="{version}"')
    return {fault.rule: fault.level for fault in check_document(text.encode())[0]}


@pytest.mark.parametrize(
    ("tail", "is_told"),
    [
        ("", False),
        ("<item><title>C</title><guid>https://a.example/c</guid></item>", False),
        ("<ttl>60</ttl>", True),
        ('<atom:link rel="hub" href="https://hub.example/"/>', True),
        ("<dc:rights>Ana</dc:rights>", False),
    ],
)
def test_items_stand_behind_everything_else_of_a_channel(tail: str, is_told: bool) -> None:
    assert ("rss-order" in told(tail=tail)) == is_told
    assert "rss-order" not in told(tail=tail, version="0.92")


def test_numbers_of_comments_need_the_day_on_which_they_were_counted() -> None:
    count = "<slash:comments>3</slash:comments>"
    assert told(item=count) == {"rss-comments-date": Level.WARNING}
    assert told(BUILT, count) == {}


@pytest.mark.parametrize(
    ("item", "is_told"),
    [
        ("<description>a</description><content:encoded>b</content:encoded>", False),
        ("<content:encoded>b</content:encoded><description>a</description>", True),
        ("<content:encoded>b</content:encoded>", True),
    ],
)
def test_a_description_stands_before_the_content(item: str, is_told: bool) -> None:
    assert ("rss-description-content" in told(item=item)) == is_told


@pytest.mark.parametrize(
    ("head", "item"),
    [
        ("<copyright>Ana</copyright><dc:rights>Ana</dc:rights>", ""),
        ("<webMaster>a@b.example (Ana)</webMaster><dc:publisher>Ana</dc:publisher>", ""),
        ("<managingEditor>a@b.example (A)</managingEditor><dc:creator>A</dc:creator>", ""),
        (f"{BUILT}<dcterms:modified>2026-01-02</dcterms:modified>", ""),
        ("", '<source url="https://b.example/">B</source><dc:source>B</dc:source>'),
    ],
)
def test_what_is_said_twice_is_advice(head: str, item: str) -> None:
    assert told(head, item) == {"rss-said-twice": Level.ADVICE}


@pytest.mark.parametrize(
    ("guid", "is_told"), [("17", True), ("201712070001", False), ("a17", False)]
)
def test_a_short_number_is_no_good_guid(guid: str, is_told: bool) -> None:
    text = RSS.replace("HEAD", "").replace("ITEM", "").replace("TAIL", "")
    text = text.replace(
        "<guid>https://a.example/b</guid>", f'<guid isPermaLink="false">{guid}</guid>'
    )
    rules = {fault.rule for fault in check_document(text.encode())[0]}
    assert rules == ({"rss-guid-number"} if is_told else set())


@pytest.mark.parametrize("version", ["0.91", "0.92"])
def test_old_items_have_no_guid(version: str) -> None:
    text = RSS.replace("HEAD", "").replace("ITEM", "").replace("TAIL", "")
    text = text.replace("<guid>https://a.example/b</guid>", "")
    assert "rss-guid-missing" in {fault.rule for fault in check_document(text.encode())[0]}
    text = text.replace('version="2.0"', f'version="{version}"')
    assert check_document(text.encode())[0] == []


@pytest.mark.parametrize(
    ("person", "rules"),
    [
        ("ana@a.example (Ana)", {}),
        ("ana@a.example", {"rss-person": Level.WARNING}),
        ("mailto:ana%40a.example%20%28Ana%29", {"rss-person": Level.WARNING}),
        ("mailto:Ana%20%3Cana%40a.example%3E?subject=a", {"rss-person": Level.WARNING}),
        ("mailto:Ana", {"rss-email": Level.ERROR}),
        ("ana@a..example", {"rss-email": Level.ERROR}),
    ],
)
def test_people_are_an_address_and_then_a_name(person: str, rules: dict[str, Level]) -> None:
    assert told(item=f"<author>{person}</author>") == rules


@pytest.mark.parametrize(
    ("item", "rules"),
    [
        ('<enclosure url="https://a.example/ñ.mp3" length="1" type="audio/mpeg"/>',
         {"rss-uri-ascii": Level.ERROR}),
        ('<source url="https://ñ.example/">B</source>', {"rss-uri-ascii": Level.ERROR}),
        ("<link>urn:isbn</link>", {"uri-scheme": Level.ERROR}),
        ("<link>urn:isbn:0451450523</link>", {}),
        ("<comments>tag:a.example:b</comments>", {"uri-scheme": Level.ERROR}),
    ],
)  # fmt: skip
def test_addresses_are_in_ascii_and_of_the_form_of_their_scheme(
    item: str, rules: dict[str, Level]
) -> None:
    assert told(item=item) == rules


@pytest.mark.parametrize(
    ("style", "is_told"),
    [
        ("position:absolute;top:0", True),
        ("color: red; POSITION : fixed", True),
        ("background: url(https://a.example/b)", True),
        ("width: expression(alert(1))", True),
        ("-moz-binding: none", True),
        ("z-index: 9", True),
        ("font-style: italic; background-position: left", False),
        ("position: relative; color: #fff", False),
    ],
)
def test_styles_that_leave_their_place_are_told(style: str, is_told: bool) -> None:
    html = f"&lt;p style='{style}'&gt;a&lt;/p&gt;"
    assert ("html-style" in told(item=f"<description>{html}</description>")) == is_told
    entry = f"""<feed xmlns="http://www.w3.org/2005/Atom"><id>tag:a.example,2026:a</id><title>A
</title><updated>2026-01-02T10:00:00Z</updated><entry><id>tag:a.example,2026:b</id><title>B</title>
<updated>2026-01-02T10:00:00Z</updated><content type="xhtml"><div
xmlns="http://www.w3.org/1999/xhtml" style="{style}">a</div></content></entry></feed>"""
    rules = {fault.rule for fault in check_document(entry.encode())[0]}
    assert ("html-style" in rules) == is_told
