"""Documents that were made to harm whoever reads them end in an error, soon and in little room."""

import tracemalloc
from collections.abc import Callable
from time import process_time

import pytest

from feeds.check.documents import check_document
from feeds.check.documents.tree import MAX_BYTES

FEED = b'<feed xmlns="http://www.w3.org/2005/Atom">'
LAUGHS = b"<!DOCTYPE feed [<!ENTITY a 'ha ha ha ha ha ha ha ha'>%s]>" % b"".join(
    b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)
QUADRATIC = b"<!DOCTYPE feed [<!ENTITY a '%s'>]>" % (b"a" * 190)
CATEGORY = b'<category term="a"/>'
_DEFAULTS = b"<!DOCTYPE feed [<!ATTLIST category a CDATA '%s'>]>" + FEED + b"%s</feed>"
# Made when they are wanted: some are as large as a document may be, or larger.
DOCUMENTS: dict[str, Callable[[], tuple[bytes, str]]] = {
    "billion laughs": lambda: (LAUGHS + FEED + b"<id>&j;</id></feed>", "xml-entities"),
    "billion laughs in an attribute": lambda: (
        LAUGHS + FEED + b"<id a='&j;'/></feed>", "xml-entities",
    ),
    "quadratic blowup": lambda: (
        b"<!DOCTYPE feed [<!ENTITY a '%s'>]>" % (b"a" * 50_000) + FEED + b"&a;" * 50_000,
        "xml-entities",
    ),
    "small entities, many times": lambda: (QUADRATIC + FEED + b"&a;" * 300_000, "xml-entities"),
    "an entity of a file": lambda: (
        b"<!DOCTYPE feed [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" + FEED + b"&a;</feed>",
        "xml-external-entity",
    ),
    "an entity of the net": lambda: (
        b"<!DOCTYPE feed [<!ENTITY a PUBLIC 'a' 'http://127.0.0.1:9/'>]>" + FEED + b"&a;</feed>",
        "xml-external-entity",
    ),
    "a parameter entity": lambda: (
        b"<!DOCTYPE feed [<!ENTITY % a SYSTEM 'http://127.0.0.1:9/'> %a;]>" + FEED + b"</feed>",
        "xml-external-entity",
    ),
    "a DTD of the net with an entity": lambda: (
        b"<!DOCTYPE feed SYSTEM 'http://127.0.0.1:9/a.dtd'>" + FEED + b"<id>&a;</id></feed>",
        "xml-form",
    ),
    "10,000 deep": lambda: (FEED + b"<a>" * 10_000 + b"</a>" * 10_000 + b"</feed>", "xml-too-deep"),
    "10,000 deep in an entry": lambda: (
        FEED + b"<entry><content type='xhtml'>" + b"<div>" * 10_000, "xml-too-deep",
    ),
    "more than the limit": lambda: (FEED + b" " * MAX_BYTES + b"</feed>", "xml-too-large"),
    "elements without an end": lambda: (FEED + b"<a/>" * 1_500_000 + b"</feed>", "xml-too-large"),
    "entries without an end": lambda: (
        FEED + b"<entry><a/><a/><a/><a/><a/><a/><a/></entry>" * 200_000 + b"</feed>",
        "xml-too-large",
    ),
    "attributes without an end": lambda: (
        FEED + b"<a %s/></feed>" % b" ".join(b"a%d=''" % n for n in range(200_000)), "atom-missing",
    ),
    "a large default of an attribute": lambda: (
        _DEFAULTS % (b"x" * 1_000_000, CATEGORY * 20_000), "xml-entities",
    ),
    "a small default, many times": lambda: (
        _DEFAULTS % (b"x" * 190, CATEGORY * 40_000), "xml-entities",
    ),
    "attributes that are only declared": lambda: (
        b"<!DOCTYPE feed [<!ATTLIST a %s>]>" % b" ".join(
            b"a%d CDATA #IMPLIED" % n for n in range(200_000)
        ) + FEED + b"<a/>" * 200_000,
        "xml-entities",
    ),
    "a namespace by default": lambda: (
        b"<!DOCTYPE feed [<!ATTLIST a xmlns:b CDATA '%s'>]>" % (b"x" * 190)
        + FEED + b"<a/>" * 40_000,
        "xml-entities",
    ),
    "a long namespace": lambda: (
        b'<feed xmlns="%s">' % (b"x" * 1_000_000) + b"<a/>" * 20_000, "xml-too-large",
    ),
    "a long id of a scheme": lambda: (
        FEED + b"<id>tag:" + b"a." * 1_000_000 + b"x,</id></feed>", "uri-scheme",
    ),
    "a long text of JSON": lambda: (
        b'{"items": [{"title": "%s"}]}' % (b"a\\n" * 1_000_000), "json-missing",
    ),
    "JSON, deep": lambda: (b"[" * 1_000_000, "json-too-large"),
    "JSON, deep in an item": lambda: (b'{"items": [' + b'{"a":' * 100_000, "json-too-large"),
    "JSON of empty lists": lambda: (
        b'{"items": [' + b"[]," * 4_000_000 + b"[]]}", "json-too-large",
    ),
    "JSON of a long number": lambda: (b'{"items": [%s]}' % (b"9" * 1_000_000), "json-too-large"),
    "OPML, deep": lambda: (
        b"<opml version='2.0'><body>" + b"<outline text='a'>" * 5_000, "xml-too-deep",
    ),
}  # fmt: skip


_LONG = "entries without an end"


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if name == _LONG else ()) for name in DOCUMENTS],
)
def test_an_attack_ends_in_an_error_within_seconds(name: str) -> None:
    data, rule = DOCUMENTS[name]()
    started = process_time()
    faults, _ = check_document(data)
    assert rule in {fault.rule for fault in faults}
    assert process_time() - started < 30


@pytest.mark.parametrize(
    "name",
    ["billion laughs", "quadratic blowup", "small entities, many times", "10,000 deep",
     "a large default of an attribute", "a small default, many times", "a namespace by default",
     "a long namespace", "a long id of a scheme", "a long text of JSON"],
)  # fmt: skip
def test_an_attack_stays_within_its_room(name: str) -> None:
    data, _ = DOCUMENTS[name]()
    tracemalloc.start()
    try:
        check_document(data)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 64 << 20


@pytest.mark.parametrize(
    "text",
    [
        "<p " + "a " * 200_000,
        "<" * 300_000,
        "<a " + "href=" * 100_000,
        "<a onx " * 60_000,
        " on" + "a" * 200_000,
        "<a href='" * 60_000,
        "javascript:<a " * 40_000,
    ],
)
@pytest.mark.parametrize("kind", ["html", "rss"])
def test_no_text_makes_a_pattern_slow(text: str, kind: str) -> None:
    escaped = text.replace("<", "&lt;")
    if kind == "html":
        title = f'<title type="html">{escaped}</title>'
        data = f'<entry xmlns="http://www.w3.org/2005/Atom">{title}</entry>'
    else:
        item = f"<item><description>{escaped}</description></item>"
        data = f'<rss version="2.0"><channel>{item}</channel></rss>'
    started = process_time()
    check_document(data.encode())
    assert process_time() - started < 2


@pytest.mark.parametrize(
    "value",
    ["http://" + "a" * 100_000 + " ", "a@" * 50_000, "1:" * 50_000, "en-" * 50_000, "a/b;" * 50_000,
     "x" * 100_000 + "@", "0" * 100_000, "Fri, " * 20_000, "geo:" + "1" * 100_000, "%" * 100_000,
     "a," * 50_000 + "a x y"],
)  # fmt: skip
def test_no_value_makes_a_type_slow(value: str) -> None:
    fields = (
        f"<link>{value}</link><pubDate>{value}</pubDate><author>{value}</author>"
        f'<enclosure url="{value}" type="{value}" length="{value}"/><guid>{value}</guid>'
        f"<itunes:duration>{value}</itunes:duration><podcast:location geo='{value}' osm='{value}'/>"
        f"<podcast:images srcset='{value}'/><podcast:transcript language='{value}'/>"
    )
    data = f"""<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
 xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><item>{fields}</item>
 </channel></rss>"""
    started = process_time()
    check_document(data.encode())
    assert process_time() - started < 2
