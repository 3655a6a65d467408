"""What is legal and unusual passes; what is nearly so does not."""

import pytest

from feeds.check import Level
from feeds.check.documents import check_document
from tests.unit.check.documents.test_corpus import CORPUS

ATOM = (CORPUS / "atom-date" / "valid.atom").read_text("utf-8")
RSS = (CORPUS / "rss-version" / "valid.rss").read_text("utf-8").replace('"0.92"', '"2.0"')
RDF = (CORPUS / "rdf-uri" / "valid.rdf").read_text("utf-8")
OPML = (CORPUS / "opml-uri" / "valid.opml").read_text("utf-8")
TITLE = "<title>One</title>"
DATE = "Fri, 02 Jan 2026 10:00:00 GMT"


def rules(text: str | bytes) -> list[str]:
    """The rules that are broken, but advice."""
    faults, _ = check_document(text if isinstance(text, bytes) else text.encode())
    return [fault.rule for fault in faults if fault.level is not Level.ADVICE]


def cut(text: str, old: str, new: str) -> str:
    assert old in text, old
    return text.replace(old, new, 1)


@pytest.mark.parametrize("text", [ATOM, RSS, RDF, OPML])
def test_the_documents_that_are_cut_here_are_good(text: str) -> None:
    assert rules(text) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            'xmlns="http://www.w3.org/2005/Atom"',
            'xmlns:a="urn:a" xmlns="http://www.w3.org/2005/Atom"',
        ),
        (TITLE, '<a:title xmlns:a="http://www.w3.org/2005/Atom">One</a:title>'),
        (
            TITLE,
            '<title type="xhtml"><h:div xmlns:h="http://www.w3.org/1999/xhtml">O</h:div></title>',
        ),
        (TITLE, '<title xml:lang="en-GB-oed" xml:space="preserve" xml:base="/">One</title>'),
        (TITLE, TITLE + '<author><name>A</name><x:y xmlns:x="urn:x">z</x:y></author>'),
        (TITLE, TITLE + '<link rel="http://www.iana.org/assignments/relation/self" href=""/>'),
        (TITLE, TITLE + '<link rel="enclosure" href="/a"/><link rel="enclosure" href="/b"/>'),
        (TITLE, TITLE + '<link rel="via" href="/a">text<b xmlns="urn:b"/></link>'),
        (TITLE, TITLE + '<category term="a" scheme="urn:a">text</category>'),
        (
            TITLE,
            TITLE + "<source><id>urn:isbn:0451450523</id><title/>"
            "<updated>2026-01-02T10:00:00Z</updated></source>",
        ),
        ("<content>", '<content type="TEXT/plain; charset=utf-8">'),
        ("What I heard.", '<![CDATA[<b> & "]]>'),
        ("<entry>", "<?a b?><!-- - --><entry>"),
        ("tag:talks.example,2026:one", "https://ejemplo.example/ñ?a=[".replace("[", "%5B")),
        ('href="https://talks.example/one/"', 'href="one/?a=b:c"'),
        ('<?xml version="1.0" encoding="utf-8"?>', ""),
        ('<?xml version="1.0" encoding="utf-8"?>', "<?xml version='1.0' standalone='yes' ?>"),
        ('<?xml version="1.0" encoding="utf-8"?>', '<?xml version="1.0" encoding="US-ASCII"?>'),
    ],
)
def test_legal_atom_passes(old: str, new: str) -> None:
    assert rules(cut(ATOM, old, new)) == []


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("T23:59:60.123456789-00:00", "T24:00:00Z", "atom-date"),
        ("T23:59:60.123456789-00:00", "t10:00:00z", "atom-date"),
        ("T23:59:60.123456789-00:00", "T10:00:00+0000", "atom-date"),
        ("2025-12-31T", "2025-02-29T", "atom-date"),
        ("2025-12-31T", "2025-12-31", "atom-date"),
        (TITLE, '<title type="xhtml"><div>One</div></title>', "atom-xhtml-div"),
        (TITLE, '<title type="xhtml">a<div xmlns="http://www.w3.org/1999/xhtml"/></title>',
         "atom-xhtml-div"),
        (TITLE, '<title type="xhtml"/>', "atom-xhtml-div"),
        (TITLE, TITLE + '<link rel="" href="/a"/>', "atom-relation"),
        (TITLE, TITLE + '<link rel="via" href="http://a b/"/>', "atom-uri"),
        (TITLE, TITLE + '<link rel="via" href="http://[a/"/>', "atom-uri"),
        (TITLE, TITLE + '<link rel="via" href="http://a:99999/"/>', "atom-uri"),
        (TITLE, TITLE + '<link rel="via" href="http:///a"/>', "atom-uri"),
        (TITLE, TITLE + '<link rel="via" href="https:a"/>', "atom-uri"),
        (TITLE, TITLE + '<link rel="via" href="1:2"/>', "atom-uri"),
        (TITLE, TITLE + '<link rel="via" href="a:"/>', "atom-uri"),
        (TITLE, TITLE + '<link rel="via" href="%zz"/>', "atom-uri"),
        (TITLE, TITLE + '<link rel="via" href="/a"><title/></link>', "atom-unknown"),
        ("<content>", '<content type="HTML">', "atom-media-type"),
        ("<content>", '<content src="/a" type="html">', "atom-media-type"),
        ("tag:talks.example,2026:one", "tag:talks.example,2026:o ne", "atom-uri"),
        ("<title>Notes", "<title>&nbsp;Notes", "xml-form"),
        ("<title>Notes", "<title>\x01Notes", "xml-form"),
        ("<?xml", " <?xml", "xml-form"),
        *(
            ("utf-8", name, "xml-encoding")
            for name in ("klingon", "rot13", "unicode_escape", "idna", "utf-7", "zlib")
        ),
        ("utf-8", "utf-16", "xml-encoding"),
    ],
)  # fmt: skip
def test_what_is_nearly_atom_does_not_pass(old: str, new: str, rule: str) -> None:
    assert rule in rules(cut(ATOM, old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (DATE, "2 JAN 2026 10:00 +0100"),
        (DATE, "Fri, 02 Jan 2026 10:00:60 EDT"),
        (DATE, " Fri,  2  Jan 2026 10:00:00 -0000 (a comment) "),
        (TITLE, "<title><![CDATA[One & <two]]></title>"),
        (
            TITLE,
            '<author>ana@[192.0.2.1] (Ana)</author><title>1</title><a:b xmlns:a="u:a"><a:t/></a:b>',
        ),
        ("<link>https://talks.example/</link>", "<link>mailto:ana@talks.example</link>"),
        ("<guid>", '<guid isPermaLink=" true ">'),
    ],
)
def test_legal_rss_passes(old: str, new: str) -> None:
    assert rules(cut(RSS, old, new)) == []


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (DATE, "Fri, 02 Jan 2026 10:00:00 UTC", "rss-date"),
        (DATE, "Fri, 02 Jan 2026 10:00:00 +01:00", "rss-date"),
        (DATE, "Fri, 31 Feb 2026 10:00:00 GMT", "rss-date"),
        (DATE, "Fri, 02 Jan 2026 9:00:00 GMT", "rss-date"),
        (DATE, "", "rss-date"),
        (TITLE, TITLE + '<enclosure url="magnet:?a" length="1" type="a/b"/>', "rss-uri"),
        (TITLE, "<title>One<b>two</b></title>", "rss-unknown"),
        ("<guid>", '<guid isPermaLink="True">', "rss-choice"),
        ("<language>en<", "<language>english<", "rss-language"),
        ("<language>en<", "<language>us<", "rss-language"),
        ("</channel>", "<textinput/></channel>", "rss-unknown"),
        ("</channel>", "<skipHours><hour>1</hour><hour>01</hour></skipHours></channel>",
         "rss-hours"),
        ("</channel>", "<skipDays><day>Friday</day><day>Friday</day></skipDays></channel>",
         "rss-days"),
        ("</channel>", "</channel><item/>", "rss-unknown"),
        ("</channel>", "</channel><channel/>", "rss-twice"),
        ("<rss ", "<RSS ", "xml-form"),
    ],
)  # fmt: skip
def test_what_is_nearly_rss_does_not_pass(old: str, new: str, rule: str) -> None:
    assert rule in rules(cut(RSS, old, new))


@pytest.mark.parametrize(
    ("prefix", "uri", "element", "rule"),
    [
        ("georss", "http://www.georss.org/georss", '<georss:point floor="2">1 -2.5</georss:point>',
         ""),
        ("georss", "http://www.georss.org/georss", "<georss:point>91 1</georss:point>",
         "module-number"),
        ("geo", "http://www.w3.org/2003/01/geo/wgs84_pos#", "<geo:lat>one</geo:lat>",
         "module-number"),
        ("b", "http://backend.userland.com/blogChannelModule", "<b:blink>a</b:blink>",
         "module-uri"),
        ("t", "http://madskills.com/public/xml/rss/module/trackback/", "<t:ping>a</t:ping>",
         "module-uri"),
        ("o", "http://a9.com/-/spec/opensearch/1.1/", "<o:startIndex>a</o:startIndex>",
         "module-number"),
        ("c", "http://purl.org/rss/1.0/modules/content/", "<c:items/>", ""),
    ],
)  # fmt: skip
def test_modules(prefix: str, uri: str, element: str, rule: str) -> None:
    text = cut(RSS, "<rss ", f'<rss xmlns:{prefix}="{uri}" ')
    assert rules(cut(text, TITLE, TITLE + element)) == ([rule] if rule else [])


def test_rss_0_91_may_bring_the_names_of_html_and_leave_out_descriptions() -> None:
    text = cut(RSS, '<rss version="2.0"', '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD '
               'RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">\n'
               '<rss version="0.91"')  # fmt: skip
    text = cut(text, TITLE, "<title>Ni&ntilde;o</title>")
    assert rules(cut(text, "</channel>", "<textinput/></channel>")) == []
    assert rules(cut(text, "&ntilde;", "&nothing;")) == ["xml-form"]


def test_rss_1_0_may_name_the_entities_of_xhtml() -> None:
    text = cut(
        RDF,
        "<rdf:RDF",
        """<!DOCTYPE rdf:RDF [<!ENTITY % HTMLlat1 PUBLIC
 "-//W3C//ENTITIES Latin 1 for XHTML//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml-lat1.ent">
%HTMLlat1;]><rdf:RDF""",
    )
    assert rules(cut(text, "<title>One", "<title>Un&eacute;")) == []


_AGAIN = """<item rdf:about="https://talks.example/one/">
<title/><link>https://a.example/</link></item>"""


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("</rdf:RDF>", "<guid/></rdf:RDF>", "rdf-unknown"),
        ("</item>", f"</item>{_AGAIN}", "rdf-items"),
        ("<channel", "<kanal", "xml-form"),
    ],
)  # fmt: skip
def test_what_is_nearly_rss_1_0_does_not_pass(old: str, new: str, rule: str) -> None:
    assert rule in rules(cut(RDF, old, new))
    assert rules(RDF.replace("channel", "kanal")) == ["rdf-missing", "rdf-unknown"]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("/></outline>", "/></outline>", ""),
        ("<body>", '<body><outline text="a" created="now"/>', "opml-date"),
        ("<body>", '<body><outline text="a"><b/></outline>', "opml-unknown"),
        ("<body>", '<body><outline text="a"><b><c/></b></outline>', "opml-unknown"),
        (
            "<body>",
            '<body><outline text="a"><outline text="b"><c/></outline></outline>',
            "opml-unknown",
        ),
        ("<body>", "<body><b/>", "opml-unknown"),
        ("<body>", '<body><outline text="a"><x:b xmlns:x="urn:x"/></outline>', ""),
        ("<body>", '<body><outline text="a" created="Fri, 02 Jan 2026 10:00:00 GMT"/>', ""),
    ],
)
def test_outlines(old: str, new: str, rule: str) -> None:
    text = OPML.replace(old, new, 1)
    assert rules(text) == ([rule] if rule else [])


def test_opml_without_a_body_is_missed() -> None:
    head, _, rest = OPML.partition("  <body>")
    assert rules(head + rest.partition("</body>")[2]) == ["opml-missing"]


@pytest.mark.parametrize(
    "encoding",
    ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32", "windows-1252", "shift_jis",
     "iso-8859-15", "gb2312", "euc-jp", "koi8-r", "big5", "euc-kr", "macintosh", "cp437", "ibm850"],
)  # fmt: skip
def test_every_usual_encoding_is_read(encoding: str) -> None:
    declared = encoding.removesuffix("-sig").removesuffix("-le").removesuffix("-be")
    text = cut(ATOM, "utf-8", declared)
    rare = {"gb2312", "big5", "euc-kr", "macintosh", "cp437", "ibm850"}
    assert rules(text.encode(encoding)) == (["xml-encoding-rare"] if encoding in rare else [])


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe\x00",
        b"\xff\xfe\x00\xd8",
        b"\xef\xbb\xbf" + cut(ATOM, "utf-8", "iso-8859-1").encode(),
        cut(ATOM, "utf-8", "us-ascii").replace("Ana", "Ána").encode(),
        cut(ATOM, "utf-8", "shift_jis").encode().replace(b"Ana", b"\xff\xff"),
    ],
)
def test_bytes_that_are_not_what_they_say_are_refused(data: bytes) -> None:
    assert rules(data) == ["xml-encoding"]


def test_xhtml_content_is_looked_at_too() -> None:
    div = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'
    for inner, rule in (
        ("<script>a</script>", "html-active"),
        ('<p onclick="a()">a</p>', "html-active"),
        ('<a href="javascript:a">a</a>', "html-active"),
        ('<p id="on">a</p>', ""),
    ):
        text = cut(ATOM, "<content>What I heard.", f'<content type="xhtml">{div.format(inner)}')
        assert rules(text) == ([rule] if rule else [])


def test_two_million_json_values_are_not_read() -> None:
    assert rules(b"[" + b"0," * 2_100_000 + b"0]") == ["json-too-large"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('{"a": 1}', "unknown-format"),
        ("[1]", "unknown-format"),
        ('\ufeff{"items": []}', "json-form"),
        ('{"items": [NaN]}', "json-form"),
        ('{"items": [], "hubs": [{"type": "WebSub", "url": "/hub"}]}', "json-uri"),
        ('{"items": [], "title": "", "authors": [1], "language": "en-UK"}', "language-region"),
        ('{"items": [{"id": "", "attachments": [1]}]}', "json-empty"),
    ],
)
def test_what_is_nearly_a_json_feed_does_not_pass(text: str, rule: str) -> None:
    assert rule in rules(text)
