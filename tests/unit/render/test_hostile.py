"""Any text at all in any field: nothing raises, and every document stays whole.

``entry`` and ``settings`` refuse most of this. The renderers hold without them: one door left
open must not become a feed that no reader accepts. Only slug, base URL and time zone, which
name files and places, are what the doors let through.
"""

import json
import re
from email import message_from_bytes, policy
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml import html as lxml_html

from feeds.model import (
    Author,
    Event,
    Link,
    MailSettings,
    NewsletterSettings,
    Publication,
    Recording,
    Speaker,
    Talk,
)
from feeds.plan import plan
from feeds.render import pages
from feeds.render.kit import Kit
from feeds.render.newsletter import MAX_HTML_BYTES, message_of
from feeds.text import forbidden_in_xml
from tests.examples import examples
from tests.support import feed_of, make_digest, make_kit, make_publication, make_talk, pages_of

NASTY = (
    "",
    " ",
    "\x00",
    "\x01\x0b\x0c\x1b\x1f",
    "\r",
    "\r\n\r\n",
    "\x7f\x85\x9f",
    "\u2028\u2029",
    "\ud800",
    "\udfff\ud83d",
    "\ufffe\uffff",
    "\U0001fffe",
    "𝕏👩‍👩‍👧",
    "\u202eevil\u2066",
    "e\u0301\u0301\u0301",
    "]]>",
    "<![CDATA[",
    "--><script>alert(1)</script><!--",
    "</title></style></script></feed></entry>",
    "\"'><img src=x onerror=alert(1)>",
    "&amp;&#1;&#xD800;&nbsp;&bogus;",
    "{{ 7 * 7 }}{% raw %}{# #}",
    "%(x)s %s %d %% %",
    "{0} {x!r} $x ${x}",
    "javascript:alert(1)",
    "//evil.example/x",
    "http://[bad",
    "http://a:b@c:99999/",
    "https://ex.example/\x00 \n<>",
    "mailto:a@b.example\r\nBcc: c@d.example",
    "../../etc/passwd",
    "..",
    "a/b\\c?d#e",
    "C:\\x",
    "=?utf-8?q?=0D=0ABcc=3A_x?=",
    'a@b, c@d; <e@f> (g) "h',
    "[^1]: [^1] ~~|-|```",
    "x-Latn-é",
    "²٣߁",
    "a@b,",
    "<a@b.example>,(",
    "ñ" * 75,
)
TEXT = (
    st.sampled_from(NASTY)
    | st.text(st.characters(), max_size=30)
    | st.lists(st.sampled_from(NASTY), max_size=4).map("".join)
    | st.builds(lambda text, times: (text * times)[:10_000], st.sampled_from(NASTY), st.just(5_000))
)
TALKS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "id": TEXT,
        "title": TEXT,
        "language": TEXT,
        "speakers": st.tuples(st.builds(Speaker, TEXT, TEXT, TEXT, TEXT)),
        "event": st.builds(Event, TEXT, TEXT, TEXT, TEXT),
        "kind": TEXT,
        "level": TEXT,
        "tags": st.tuples(TEXT, TEXT),
        "abstract": TEXT,
        "abstract_language": TEXT,
        "recording": st.builds(Recording, TEXT),
        "slides": TEXT,
        "links": st.tuples(st.builds(Link, TEXT, TEXT)),
        "license": TEXT,
        "notes": TEXT,
        "source": TEXT,
    },
)
PUBLICATIONS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "title": TEXT,
        "id": TEXT,
        "base_url": st.sampled_from(["https://x.example/", "http://[::1]:8/a/", "http://a..b/"]),
        "language": TEXT,
        "subtitle": TEXT,
        "author": st.builds(Author, TEXT, TEXT, TEXT) | st.none(),
        "license": TEXT,
        "icon": TEXT,
        "logo": TEXT,
        "newsletter": st.builds(NewsletterSettings, TEXT, TEXT, TEXT),
        "mail": st.builds(MailSettings, TEXT, TEXT, TEXT, TEXT),
    },
)


def check_feed(kit: Kit, talks: list[Talk]) -> None:
    data = feed_of(kit, talks)
    root = etree.fromstring(data, etree.XMLParser(huge_tree=True))
    assert len(root.findall("{*}entry")) == len(talks)
    for node in (root, *root.findall("{*}entry")):
        for name in ("id", "title", "updated"):
            assert len(node.findall(f"{{*}}{name}")) == 1
        assert [link.get("rel") for link in node.findall("{*}link")].count("alternate") == 1
        assert all(link.get("href") for link in node.findall("{*}link"))
    found = feedparser.parse(data)
    assert not found.bozo, found.bozo_exception
    assert len(found.entries) == len(talks)


_OURS = ("html", "head", "title", "body", "header", "main", "h1", "footer")
_NEVER = ("iframe", "style", "base", "object", "embed", "meta[@http-equiv]")


def check_pages(kit: Kit, talks: list[Talk]) -> None:
    found = pages_of(kit, talks)
    assert {f"{talk.path}index.html" for talk in talks} < found.keys()
    for path, html in found.items():
        assert not forbidden_in_xml(html)
        assert "\r" not in html
        tree = lxml_html.document_fromstring(html)
        for name in _OURS:
            twice = name == "header" and path.startswith("talks/")
            assert len(tree.findall(f".//{name}")) + (name == "html") == 1 + twice, (path, name)
        for name in _NEVER:
            assert tree.findall(f".//{name}") == [], (path, name)
        assert len(tree.findall(".//form")) == (path == "search/index.html"), path
        for script in tree.findall(".//script"):
            if script.get("src"):
                assert (path, script.get("src")) == ("search/index.html", "../search.js")
                continue
            assert script.get("type") == "application/ld+json", path
            assert json.loads(script.text or "")["@context"] == "https://schema.org"
        for element in tree.iter("*"):
            assert not any(str(name).startswith("on") for name in element.attrib), path
    for talk in talks:
        if cover := pages.cover(kit, talk):
            etree.fromstring(cover.data)


def check_digest(kit: Kit, talks: list[Talk]) -> None:
    found = make_digest(kit, talks)
    assert len(found.html.encode()) <= MAX_HTML_BYTES, message_of
    assert not forbidden_in_xml(found.html + found.text + found.subject)
    data = message_of(kit, found)
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert re.search(rb"[^\r]\n|\r[^\n]", data) is None
    message = message_from_bytes(data, policy=policy.default)
    for part in message.walk():
        assert part.defects == []
        for value in part.values():
            assert value.defects == ()
    text, html = message.iter_parts()
    assert text.get_content().replace("\r\n", "\n") == found.text
    assert html.get_content().replace("\r\n", "\n") == found.html
    assert message["Subject"] == found.subject
    assert len(message["From"].addresses) == 1
    assert "Bcc" not in message


def check(publication: Publication, talks: list[Talk]) -> None:
    kit = make_kit(publication)
    check_feed(kit, talks)
    check_pages(kit, talks)
    check_digest(kit, talks)


def made(changes: list[dict[str, Any]]) -> list[Talk]:
    """Talks with these fields; ids stay different, as ``plan`` demands."""
    return [
        make_talk(number, **{**fields, "id": f"{fields.get('id', 'x:')}{number}"})
        for number, fields in enumerate(changes)
    ]


@settings(max_examples=examples(50))
@given(PUBLICATIONS, st.lists(TALKS, min_size=1, max_size=2))
def test_any_text_in_any_field(publication: dict[str, Any], talks: list[dict[str, Any]]) -> None:
    check(make_publication(**publication), made(talks))


@pytest.mark.slow
@pytest.mark.parametrize("text", NASTY)
def test_one_text_in_every_field_at_once(text: str) -> None:
    publication = make_publication(
        title=text,
        id=text,
        language=text,
        subtitle=text,
        author=Author(text, text, text),
        license=text,
        icon=text,
        logo=text,
        newsletter=NewsletterSettings(text, text, text),
        mail=MailSettings(text, text, text, text),
    )
    fields = {
        "id": text,
        "title": text,
        "language": text,
        "speakers": (Speaker(text, text, text, text),) * 2,
        "event": Event(text, text, text, text),
        "kind": text,
        "level": text,
        "tags": (text,) * 2,
        "abstract": text,
        "abstract_language": text,
        "recording": Recording(text),
        "slides": text,
        "links": (Link(text, text),) * 2,
        "license": text,
        "notes": text,
    }
    talks = made([fields, fields])
    check(publication, talks)
    assert len(plan(publication, talks).talks) == 2
