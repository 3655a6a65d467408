"""Verdicts on fragments: each inside of a document that is sound without it."""

import codecs
from collections.abc import Iterable

import pytest

from feeds.check import Level
from feeds.check.documents import check_document

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"
    xmlns:thr="http://purl.org/syndication/thread/1.0" xmlns:app="http://www.w3.org/2007/app">
<id>tag:a.example,2026:a</id><title>A</title><updated>2026-01-02T10:00:00Z</updated>
<author><name>Ana</name></author><link rel="self" href="https://a.example/f"/>HEAD
<entry><id>tag:a.example,2026:b</id><title>B</title><updated>2026-01-02T10:00:00Z</updated>
<link href="https://a.example/b"/>ENTRY</entry></feed>"""
RSS = """<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"
    xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
    xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:georss="http://www.georss.org/georss" xmlns:gml="http://www.opengis.net/gml"
    xmlns:slash="http://purl.org/rss/1.0/modules/slash/"
    xmlns:ev="http://purl.org/rss/1.0/modules/event/"
    xmlns:podcast="https://podcastindex.org/namespace/1.0">
<channel><title>A</title><link>https://a.example/</link><description>A</description>
<atom:link rel="self" href="https://a.example/f"/>HEAD
<item><title>B</title><guid>https://a.example/b</guid>ITEM</item></channel></rss>"""


def weighing(document: str | bytes) -> set[str]:
    data = document if isinstance(document, bytes) else document.encode()
    return {fault.rule for fault in check_document(data)[0] if fault.level is not Level.ADVICE}


def both(known: Iterable[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Each row as two cases: a fragment with nothing wrong, one with one rule broken."""
    return [case for good, bad, rule in known for case in ((good, ""), (bad, rule))]


XHTML = '<summary type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{}</div></summary>'
SOURCE = (
    "<source><id>https://b.example/</id><title>B</title>"
    "<updated>2026-01-02T10:00:00Z</updated>{}</source>"
)
REPLIES = '<link rel="replies" href="https://a.example/r" thr:{}/>'


@pytest.mark.parametrize(
    ("fragment", "rule"),
    both(
        [
            (
                '<category term="go" scheme="https://a.example/t"/>',
                '<category term="go" scheme="t"/>',
                "atom-uri",
            ),
            (
                XHTML.format('<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>x</mi></math>'),
                XHTML.format('<edited xmlns="http://www.w3.org/2007/app">x</edited>'),
                "atom-xhtml-foreign",
            ),
            (XHTML.format("<b>x</b>"), XHTML.format('<b xmlns="">x</b>'), "atom-xhtml-foreign"),
            (REPLIES.format('count="2"'), REPLIES.format('count="-2"'), "thread-number"),
            (
                REPLIES.format('updated="2026-01-02T10:00:00Z"'),
                REPLIES.format('updated="2026-01-02"'),
                "thread-date",
            ),
            ("<thr:total>1</thr:total>", REPLIES.format('when="x"'), "thread-attribute-unknown"),
            (
                '<thr:in-reply-to ref="tag:a.example,2026:c"/>',
                '<thr:in-reply-to ref="c"/>',
                "thread-uri",
            ),
            (
                "<app:edited>2026-01-02T10:00:00Z</app:edited>",
                "<app:edited>2026-01-02T10:00:00Z</app:edited>" * 2,
                "app-twice",
            ),
            (
                "<app:control><app:draft>no</app:draft></app:control>",
                "<app:draft>no</app:draft>",
                "app-unknown",
            ),
            (
                SOURCE.format('<link href="https://b.example/"/>'),
                SOURCE.format(
                    '<link href="https://b.example/"/><link href="https://b.example/2"/>'
                ),
                "atom-alternate-twice",
            ),
        ]
    ),
)
def test_an_entry(fragment: str, rule: str) -> None:
    document = ATOM.replace("HEAD", "").replace("ENTRY", fragment)
    assert weighing(document) == ({rule} if rule else set())


@pytest.mark.parametrize(
    ("uri", "is_one"),
    [
        ("tag:a.example,2026:b", True),
        ("tag:ana@a.example,2026-01-02:b#c", True),
        ("tag:a.example,2026:", True),
        ("tag:a.example:b", False),
        ("tag:a.example,2026-1:b", False),
        ("urn:isbn:0451450523", True),
        ("URN:x-notes:a/b?=c#d", True),
        ("urn:isbn", False),
        ("urn:i:0451450523", False),
        ("urn:uuid:1225c695-cfb8-4ebb-8aaa-80da344efa6a", True),
        ("urn:uuid:1225c695", False),
        ("https://a.example/b", True),
    ],
)
def test_an_id_is_of_the_form_of_its_scheme(uri: str, is_one: bool) -> None:
    document = ATOM.replace("HEAD", "").replace("ENTRY", "").replace("tag:a.example,2026:b", uri)
    assert weighing(document) == (set() if is_one else {"uri-scheme"})
    faults, _ = check_document(document.encode(), thorough=False)
    assert not [fault for fault in faults if fault.level is Level.ERROR]


@pytest.mark.parametrize(
    "uri",
    [
        *(
            "https://A.example/b",
            "HTTPS://a.example/b",
            "https://a.example",
            "http://a.example:80/b",
        ),
        *("https://a.example:/b", "https://@a.example/b", "https://a.example/a/../b"),
        *("https://a.example/%7Eb", "https://a.example/%c3%b1"),
    ],
)
def test_an_id_is_written_in_the_one_form_that_it_can_be_compared_in(uri: str) -> None:
    document = ATOM.replace("HEAD", "").replace("ENTRY", "").replace("tag:a.example,2026:b", uri)
    assert weighing(document) == {"atom-id-form"}
    for normal in (
        "https://a.example/b?",
        "https://a.example:8443/~b#",
        "https://a.example/%C3%B1",
    ):
        assert weighing(document.replace(uri, normal)) == set()


@pytest.mark.parametrize(
    ("fragment", "rule"),
    [
        ("<icon>i.png</icon>", ""),
        ("<icon/>", "atom-empty"),
        ("<logo>a b</logo>", "atom-uri"),
        ('<app:collection href="/c"><title>C</title><app:accept>*/*</app:accept></app:collection>',
         ""),
        ('<app:collection href="/c"><title>C</title><app:accept>png</app:accept></app:collection>',
         "app-choice"),
    ],
)  # fmt: skip
def test_a_feed(fragment: str, rule: str) -> None:
    document = ATOM.replace("HEAD", fragment).replace("ENTRY", "")
    assert weighing(document) == ({rule} if rule else set())


def group(*forms: str) -> str:
    made = (f'<media:content url="https://a.example/b.{x}" type="video/{x}"/>' for x in forms)
    return f"<media:group>{''.join(made)}</media:group>"


SCENE = "<media:scenes><media:scene><sceneTitle>One</sceneTitle></media:scene></media:scenes>"


@pytest.mark.parametrize(
    ("fragment", "rule"),
    both(
        [
            (
                "<pubDate>Fri, 02 Jan 2026 10:00:00 GMT</pubDate>",
                "<pubDate>Fri (or so), 02 Jan 2026 10:00 +0000 (GMT)</pubDate>",
                "rss-date-form",
            ),
            ("", "<pubDate>Fri,02 Jan 2026 10:00:00 GMT</pubDate>", "rss-date-form"),
            ("", "<pubDate>Mon, 02 Jan 2026 10:00:00 GMT</pubDate>", "rss-date-weekday"),
            ("", "<pubDate>Mon (or so), 02 Jan 2026 10:00:00 GMT</pubDate>", "rss-date"),
            ("", "<link>https://a.example/año</link>", "rss-uri-ascii"),
            (SCENE, '<x:a xmlns:x="x:a"><b/></x:a>', "rss-extension"),
            (
                '<enclosure url="https://a.example/b.mp3" length="1" type="audio/mpeg"/>',
                '<enclosure url="ftp://a.example/b.mp3" length="1" type="audio/mpeg"/>',
                "rss-uri",
            ),
            (
                "<itunes:duration>1:05:00</itunes:duration>",
                "<itunes:duration>1:65:00</itunes:duration>",
                "itunes-duration",
            ),
            ("", "<itunes:duration/>", "itunes-duration"),
            ("<itunes:title>B</itunes:title>", "<itunes:type>serial</itunes:type>",
             "itunes-unknown"),
            (
                '<media:player url="https://a.example/p" height="72"/>',
                '<media:player url="https://a.example/p" height="7.2"/>',
                "media-number",
            ),
            (group("mp4", "webm"), group("mp4"), "media-group"),
            ("", '<media:player url="https://a.example/p" size="2"/>', "media-attribute-unknown"),
            ("", "<media:hash/>", "media-choice"),
            ("<media:title>A &amp; B</media:title>", "<media:title>A &amp;amp; B</media:title>",
             "media-markup"),
            ("<dc:creator>Ana</dc:creator><dc:creator>Luis</dc:creator>",
             "<dc:author>Ana</dc:author>", "module-unknown"),
            ("<slash:hit_parade>3, 2,1</slash:hit_parade>",
             "<slash:hit_parade>3 2 1</slash:hit_parade>", "module-number"),
            ("<ev:startdate>2026-01-02T10:00</ev:startdate>",
             "<ev:startdate>2 January</ev:startdate>", "module-date"),
            ("<georss:line>19.4 -99.1 20 -98</georss:line>",
             "<georss:line>19.4 -99.1 20</georss:line>", "module-number"),
            ("<georss:where><gml:Point><gml:pos>19.4 -99.1</gml:pos></gml:Point></georss:where>",
             "<georss:where><gml:Point><gml:pos>here</gml:pos></gml:Point></georss:where>",
             "module-number"),
            ('<podcast:socialInteract protocol="disabled"/>',
             '<podcast:socialInteract protocol="activitypub"/>', "podcast-attribute-missing"),
        ]
    ),
)  # fmt: skip
def test_an_item(fragment: str, rule: str) -> None:
    document = RSS.replace("HEAD", "").replace("ITEM", fragment)
    assert weighing(document) == ({rule} if rule else set())


LIVE = '<podcast:liveItem status="live" start="2026-01-02T10:00:00Z"><title>L</title>{}</podcast:liveItem>'  # noqa: E501
LINK = '<podcast:contentLink href="https://a.example/l">L</podcast:contentLink>'
REMOTE = '<podcast:remoteItem feedGuid="917393e3-1b1e-5cef-ace4-edaa54e1f810" medium="{}"/>'


@pytest.mark.parametrize(
    ("fragment", "rule"),
    [
        ("<skipHours><hour>24</hour></skipHours>", "rss-hours-midnight"),
        ("<skipHours><hour>0</hour><hour>24</hour></skipHours>", "rss-hours"),
        ("<skipHours/>", "rss-missing"),
        ("<skipDays/>", "rss-missing"),
        ('<itunes:category text="Arts"><itunes:category text="Books"/></itunes:category>', ""),
        ('<itunes:category text="Technology"><itunes:category text="News"/></itunes:category>',
         "itunes-category-old"),
        ('<itunes:category text="News"><itunes:category text="Rugby"/></itunes:category>',
         "itunes-category"),
        ("<media:content url='https://a.example/b.mp4'/>", "media-unknown"),
        (LIVE.format(LINK), ""),
        (LIVE.format(""), "podcast-missing"),
        (f"<podcast:publisher>{REMOTE.format('publisher')}</podcast:publisher>", ""),
        (f"<podcast:publisher>{REMOTE.format('music')}</podcast:publisher>", "podcast-choice"),
        ('<podcast:updateFrequency rrule="FREQ=DAILY;COUNT=3">x</podcast:updateFrequency>',
         "podcast-attribute-missing"),
    ],
)  # fmt: skip
def test_a_channel(fragment: str, rule: str) -> None:
    document = RSS.replace("HEAD", fragment).replace("ITEM", "")
    assert weighing(document) == ({rule} if rule else set())


@pytest.mark.parametrize("version", ["2.0.1", "0.93", "0.94", "2", ""])
def test_no_other_version_of_rss_has_a_specification(version: str) -> None:
    document = RSS.replace("HEAD", "").replace("ITEM", "").replace('"2.0"', f'"{version}"')
    assert weighing(document) == {"rss-version"}


def test_entries_of_one_id_are_found_on_one_line() -> None:
    start = ATOM.index("<entry>")
    entry = ATOM[start : ATOM.index("</feed>")].replace("\n", "").replace("ENTRY", "")
    head = ATOM[:start].replace("HEAD", "")
    assert weighing(f"{head}{entry}{entry}</feed>") == {"atom-id-twice"}
    item = "<item><title>B</title><guid>https://a.example/b</guid></item>"
    assert weighing(RSS.replace("ITEM", "").replace("HEAD", item + item)) == {"rss-guid-twice"}
    one = '{"id": "1", "content_text": "a"}'
    feed = (
        f'{{"version": "https://jsonfeed.org/version/1.1", "title": "A", "items": [{one}, {one}]}}'
    )
    assert weighing(feed) == {"json-id-twice"}


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-32-be", b""), ("utf-32-le", b""), ("utf-16-be", b""), ("utf-16-le", b""),
        ("utf-32-be", codecs.BOM_UTF32_BE), ("utf-16-le", codecs.BOM_UTF16_LE),
        ("cp037", b""), ("cp500", b""), ("macintosh", b""),
    ],
)  # fmt: skip
def test_a_document_is_read_in_the_encoding_that_its_first_bytes_tell(
    encoding: str, mark: bytes
) -> None:
    text = RSS.replace("HEAD", "").replace("ITEM", "<description>Año</description>")
    named = encoding.removesuffix("-le").removesuffix("-be") if mark else encoding
    document = f'<?xml version="1.0" encoding="{named}"?>{text}'
    python = {"macintosh": "mac-roman"}.get(encoding, encoding)
    assert weighing(mark + document.encode(python)) <= {"xml-encoding-rare"}


SERVICE = """<service xmlns="http://www.w3.org/2007/app" xmlns:atom="http://www.w3.org/2005/Atom">
<workspace>TITLE<collection href="https://a.example/c"><atom:title>C</atom:title>INNER</collection>
</workspace></service>"""


@pytest.mark.parametrize(
    ("title", "inner", "rules"),
    [
        ("<atom:title>W</atom:title>", "<accept/>", set()),
        ("<atom:title>W</atom:title>", "<accept>image/png, image/*</accept>", set()),
        ("", "", {"app-missing"}),
        ("<atom:title>W</atom:title>" * 2, "", {"app-twice"}),
        ("<atom:title>W</atom:title>", "<accept>pictures</accept>", {"app-choice"}),
        ("<atom:title>W</atom:title>", '<categories fixed="maybe"/>', {"app-choice"}),
        ("<atom:title>W</atom:title>", "<categories><atom:category/></categories>",
         {"atom-attribute-missing"}),
        ("<atom:title>W</atom:title>", "<workspace/>", {"app-unknown"}),
    ],
)  # fmt: skip
def test_a_service_document(title: str, inner: str, rules: set[str]) -> None:
    assert weighing(SERVICE.replace("TITLE", title).replace("INNER", inner)) == rules
