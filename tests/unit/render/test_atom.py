"""The Atom feed, read back by two readers and held against RFC 4287."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import feedparser
import html5lib
import pytest
from lxml import etree

from feeds import __version__
from feeds.model import Link, NewsletterSettings, Publication, Recording, Speaker, Talk
from feeds.render import FORMATS, atom
from feeds.render.heads import updated
from feeds.render.kit import Kit
from feeds.render.markdown import body_of
from tests.support import entry_of, feed_of, head_of_feed, make_kit, make_publication, make_talk

ATOM = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
BASE = "https://talks.example/notas/"
SCHEMA = etree.RelaxNG(file=str(Path(__file__).with_name("atom.rng")))

FULL = make_talk(
    1,
    title="Nadie <b>&</b> «todos»",
    published=datetime(2017, 12, 7, 9, 0, 0, 250_000, timezone(timedelta(hours=-6))),
    updated=datetime(2018, 1, 2, 3, 4, 5, tzinfo=UTC),
    speakers=(Speaker("Zihao Yu", "Engineer", "HBO", "https://zihao.example/"), Speaker("Ñu <x>")),
    tags=("redes", "ñ & <b>"),
    slides="láminas/uno.pdf",
    links=(Link("Código", "https://code.example/a?b=c&d=e"), Link("Más", "https://ñu.example/más")),
    license="CC-BY-3.0",
    notes="# Nota\n\n[relativa](a.png) ![](/b.png) [nota][^1]\n\n[^1]: Al [pie](#x).",
    abstract="An *abstract* with [a link](c.pdf).",
)
PLAIN = make_talk(
    2, speakers=(), abstract="", abstract_language="", recording=None, event=None, language="en"
)
BARE = make_talk(3, speakers=(), abstract="", recording=None, notes="", event=None)
KIT = make_kit(
    make_publication(license="CC-BY-4.0", icon="icon.png", logo="https://x.example/logo.png"),
    {"láminas/uno.pdf": 1234, "icon.png": 9},
)


def checked(data: bytes) -> Any:
    """The feed's root after every rule of RFC 4287 that a machine can hold it to."""
    root = etree.fromstring(data)
    SCHEMA.assertValid(root)
    for node in (root, *root.iter(f"{ATOM}entry")):
        alternates = [
            (link.get("type"), link.get("hreflang"))
            for link in node.findall(f"{ATOM}link")
            if link.get("rel", "alternate") == "alternate"
        ]
        assert len(alternates) == len(set(alternates)) == 1, "§4.1.1, §4.1.2"
        for name in ("updated", "published"):
            for moment in node.findall(f"{ATOM}{name}"):
                assert re.fullmatch(r"[\d-]{10}T[\d:.]{8,15}[+-]\d\d:\d\d", moment.text or ""), (
                    "§3.3"
                )
        for link in node.findall(f"{ATOM}link"):
            assert urlsplit(link.get("href")).scheme in {"http", "https"}
        for uri in node.findall(f"{ATOM}id"):
            assert re.match(r"[a-z]+:.", uri.text or ""), "§4.2.6"
        persons = [person.findtext(f"{ATOM}name") for person in node.findall(f"{ATOM}author")]
        assert all(persons)
    entries = root.findall(f"{ATOM}entry")
    assert root.find(f"{ATOM}author") is not None or all(
        entry.find(f"{ATOM}author") is not None for entry in entries
    ), "§4.1.1"
    assert [child.tag for child in root][-len(entries) or len(root) :] == [
        f"{ATOM}entry" for _ in entries
    ]
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(ids) == len(set(ids))
    return root


def links(entry: Any) -> list[dict[str, str]]:
    return [dict(link.attrib) for link in entry.findall(f"{ATOM}link")]


def only_entry(talk: Talk, kit: Any = KIT) -> Any:
    (entry,) = checked(feed_of(kit, [talk])).findall(f"{ATOM}entry")
    return entry


def test_an_entry_holds_the_whole_talk() -> None:
    entry = only_entry(FULL)
    text = {
        child.tag.removeprefix(ATOM): child.text for child in entry if child.text and len(child) < 1
    }
    assert text["id"] == "tag:talks.example,2026-01-02:notas/1"
    assert text["title"] == "Nadie <b>&</b> «todos»"
    assert text["published"] == "2017-12-07T15:00:00.250000+00:00"
    assert text["updated"] == "2018-01-02T03:04:05+00:00"
    assert text["rights"] == "CC-BY-3.0"
    assert text["summary"] == f"An abstract with a link <{BASE}c.pdf>."
    assert entry.get(LANG) == "es-MX"
    assert entry.find(f"{ATOM}summary").get(LANG) == "en"
    assert entry.find(f"{ATOM}content").get("type") == "html"
    assert [
        {child.tag.removeprefix(ATOM): child.text for child in author}
        for author in entry.findall(f"{ATOM}author")
    ] == [{"name": "Zihao Yu", "uri": "https://zihao.example/"}, {"name": "Ñu <x>"}]
    assert [category.get("term") for category in entry.findall(f"{ATOM}category")] == [
        "redes",
        "ñ & <b>",
    ]
    assert links(entry) == [
        {
            "href": f"{BASE}talks/talk-1/",
            "rel": "alternate",
            "type": "text/html",
            "hreflang": "es-MX",
        },
        {
            "href": "https://www.youtube.com/watch?v=07jq-5VbBVQ",
            "rel": "related",
            "type": "text/html",
            "title": "Grabación",
        },
        {
            "href": f"{BASE}l%C3%A1minas/uno.pdf",
            "rel": "enclosure",
            "type": "application/pdf",
            "title": "Diapositivas",
            "length": "1234",
        },
        {"href": "https://code.example/a?b=c&d=e", "rel": "related", "title": "Código"},
        {"href": "https://xn--u-qga.example/m%C3%A1s", "rel": "related", "title": "Más"},
    ]


def test_a_recording_is_a_page_to_go_to_and_no_enclosure() -> None:
    talk = make_talk(recording=Recording("07jq-5VbBVQ", 2040.4))
    found = feedparser.parse(feed_of(KIT, [talk]), sanitize_html=False)
    assert found.bozo == 0
    (item,) = found.entries
    url = "https://www.youtube.com/watch?v=07jq-5VbBVQ"
    picture = "https://i.ytimg.com/vi/07jq-5VbBVQ/mqdefault.jpg"
    assert item.enclosures == []
    assert [(link.href, link.title) for link in item.links if link.rel == "related"] == [
        (url, "Grabación (34 min)")
    ]
    assert item.media_content == [{"medium": "video", "duration": "2040"}]
    assert item.media_player["url"] == url
    assert item.media_thumbnail == [{"url": picture}]
    (html,) = (content.value for content in item.content)
    assert re.search(rf'<a href="{re.escape(url)}"><img [^>]*src="{picture}"', html)
    assert "Ver la grabación en YouTube (34 min)" in html


def test_an_unknown_duration_and_an_unwanted_picture_are_left_out() -> None:
    publication = make_publication(newsletter=NewsletterSettings(thumbnails="none"))
    (item,) = feedparser.parse(feed_of(make_kit(publication), [make_talk()])).entries
    assert item.media_content == [{"medium": "video"}]
    assert "media_thumbnail" not in item
    assert "<img" not in item.content[0].value
    (bare,) = feedparser.parse(feed_of(KIT, [BARE])).entries
    assert "media_content" not in bare


def test_feedparser_reads_back_what_was_written() -> None:
    found = feedparser.parse(feed_of(KIT, [FULL, PLAIN]))
    assert not found.bozo
    assert found.version == "atom10"
    feed = found.feed
    assert feed.id == "tag:talks.example,2026-01-02:notas"
    assert (feed.title, feed.subtitle) == ("Notas de KubeCon", "Lo que oímos en Austin")
    assert feed.author_detail == {
        "name": "Ana Pérez",
        "email": "ana@talks.example",
        "href": "https://ana.example/",
    }
    assert feed.link == BASE
    assert (feed.icon, feed.logo) == (f"{BASE}icon.png", "https://x.example/logo.png")
    assert feed.rights == "CC-BY-4.0"
    assert feed.updated == "2018-01-02T03:04:05+00:00"
    full, plain = found.entries
    assert (full.id, plain.id) == (FULL.id, PLAIN.id)
    assert full.title_detail.type == "text/plain"
    assert full.title == FULL.title
    assert [author["name"] for author in full.authors] == ["Zihao Yu", "Ñu <x>"]
    assert full.published_parsed[:6] == (2017, 12, 7, 15, 0, 0)
    assert full.updated_parsed[:6] == (2018, 1, 2, 3, 4, 5)
    assert [tag.term for tag in full.tags] == ["redes", "ñ & <b>"]
    assert full.link == f"{BASE}talks/talk-1/"
    (enclosure,) = full.enclosures
    assert (enclosure.href, enclosure.length) == (f"{BASE}l%C3%A1minas/uno.pdf", "1234")
    assert full.summary_detail.language == "en"
    assert full.content[0].language == "es-MX"
    assert "<h2>Nota</h2>" in full.content[0].value
    assert plain.content[0].language == "en"
    assert "author" not in plain, "it is the feed's"
    assert plain.enclosures == []


def test_the_head() -> None:
    root = checked(feed_of(KIT, [FULL]))
    assert root.get(LANG) == "es-MX"
    assert links(root) == [
        {"href": BASE, "rel": "alternate", "type": "text/html"},
        {"href": f"{BASE}feed.atom", "rel": "self", "type": "application/atom+xml"},
    ]
    generator = root.find(f"{ATOM}generator")
    assert (generator.text, generator.get("version")) == ("talkfeeds", __version__)
    form = FORMATS[0]
    assert (form.suffix, form.media_type) == (".atom", "application/atom+xml")


def test_a_publication_without_author_is_its_own() -> None:
    kit = make_kit(make_publication(author=None, subtitle=""))
    root = checked(feed_of(kit, [BARE]))
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "Notas de KubeCon"
    assert root.find(f"{ATOM}entry/{ATOM}author") is None
    for name in ("subtitle", "rights", "icon", "logo"):
        assert root.find(f"{ATOM}{name}") is None


def test_a_talk_of_which_little_is_known() -> None:
    entry = only_entry(BARE)
    assert [child.tag.removeprefix(ATOM) for child in entry if child.tag != f"{ATOM}link"] == [
        "id",
        "title",
        "updated",
        "content",
        "published",
    ]
    assert [link["rel"] for link in links(entry)] == ["alternate"]


@pytest.mark.parametrize(
    ("slides", "rel", "media_type", "length"),
    [
        ("láminas/uno.pdf", "enclosure", "application/pdf", "1234"),
        ("https://s.example/uno.PDF?x=1", "enclosure", "application/pdf", None),
        ("https://s.example/uno.pptx", "enclosure", None, None),
        ("https://s.example/uno", "related", "text/html", None),
        ("https://s.example/uno.html", "related", "text/html", None),
        ("https://s.example/uno.md", "related", "text/markdown", None),
    ],
)
def test_slides_are_an_enclosure_when_they_are_a_file(
    slides: str, rel: str, media_type: str | None, length: str | None
) -> None:
    (found,) = [
        link
        for link in links(only_entry(replace(FULL, slides=slides)))
        if link.get("title") == "Diapositivas"
    ]
    assert found["rel"] == rel
    assert found.get("length") == length
    assert media_type in (None, found["type"])


@pytest.mark.parametrize("slides", ["missing.pdf", "", "presentaciones/.pdf"])
def test_no_enclosure_without_a_file(slides: str) -> None:
    entry = only_entry(replace(FULL, slides=slides))
    assert {link["rel"] for link in links(entry)} == {"alternate", "related"}
    assert "Diapositivas" not in entry.findtext(f"{ATOM}content")


def test_an_empty_file_has_its_true_length_too() -> None:
    entry = only_entry(replace(FULL, slides="e.pdf"), make_kit(assets={"e.pdf": 0}))
    assert [link["length"] for link in links(entry) if link["rel"] == "enclosure"] == ["0"]


def test_a_link_that_leads_nowhere_is_left_out() -> None:
    entry = only_entry(replace(FULL, links=(Link("x", "http://[bad"), Link("y", "https://y.org/"))))
    assert [link["href"] for link in links(entry) if link.get("title") in {"x", "y"}] == [
        "https://y.org/"
    ]


def test_an_entry_without_languages_takes_the_feeds() -> None:
    entry = only_entry(replace(FULL, language="", abstract_language=""))
    assert entry.get(LANG) is None
    assert entry.find(f"{ATOM}summary").get(LANG) is None
    assert "hreflang" not in links(entry)[0]


def content_urls(data: bytes) -> Iterable[str]:
    for content in etree.fromstring(data).iter(f"{ATOM}content"):
        tree = html5lib.parseFragment(content.text or "", namespaceHTMLElements=False)
        for element in tree.iter():
            for name in ("href", "src", "srcset", "poster", "action", "data", "cite"):
                if (url := element.get(name)) is not None:
                    yield url


def test_content_is_the_notes_the_abstract_and_the_links_with_absolute_urls() -> None:
    data = feed_of(KIT, [FULL, PLAIN])
    urls = list(content_urls(data))
    assert all(urlsplit(url).scheme in {"http", "https"} and urlsplit(url).netloc for url in urls)
    assert set(urls) >= {
        f"{BASE}a.png",
        f"{BASE}b.png",
        f"{BASE}c.pdf",
        f"{BASE}talks/talk-1/#talk-1-1",
        f"{BASE}talks/talk-1/#talk-1-x",
        "https://www.youtube.com/watch?v=07jq-5VbBVQ",
        f"{BASE}l%C3%A1minas/uno.pdf",
        "https://code.example/a?b=c&d=e",
    }
    content = only_entry(FULL).findtext(f"{ATOM}content")
    order = ["Nota</h2>", "Resumen de los organizadores", 'lang="en"', "abstract", "Zihao Yu"]
    positions = [content.index(part) for part in order]
    assert positions == sorted(positions)


def test_a_feed_is_a_head_and_fragments() -> None:
    talks = [FULL, PLAIN, BARE]
    fragments = [entry_of(KIT, talk) for talk in talks]
    head, *entries, end = atom.document(KIT, head_of_feed(KIT, talks), iter(fragments))
    assert entries == fragments
    assert b"<entry" not in head + end
    assert head.startswith(b"<?xml")
    assert end.startswith(b"</feed>")
    assert feed_of(KIT, talks) == head + b"".join(fragments) + end


def test_an_entry_is_the_same_in_any_feed() -> None:
    fragment = entry_of(KIT, FULL)
    for talks in ([FULL], [PLAIN, FULL], [FULL, BARE, PLAIN]):
        assert feed_of(KIT, talks).count(fragment) == 1
    assert entry_of(KIT, FULL) == fragment


def test_updated_is_the_newest_change_whatever_the_order() -> None:
    moments = [datetime(2017, 12, day, tzinfo=UTC) for day in (3, 9, 6)]
    talks = [make_talk(number, updated=moment) for number, moment in enumerate(moments)]
    for order in (talks, talks[::-1]):
        assert checked(feed_of(KIT, order)).findtext(f"{ATOM}updated").startswith("2017-12-09T")
    # As moments, not as texts: 23:30 at −06:00 is later than 04:00 of the next day in UTC.
    west = datetime(2017, 12, 8, 23, 30, tzinfo=timezone(timedelta(hours=-6)))
    east = datetime(2017, 12, 9, 4, 0, tzinfo=UTC)
    assert updated(KIT.publication, [make_talk(updated=east), make_talk(updated=west)]) == west


@pytest.mark.parametrize(
    ("identifier", "moment"),
    [
        ("tag:talks.example,2026-01-02:x", datetime(2026, 1, 2, tzinfo=UTC)),
        ("tag:talks.example,2026-03:x", datetime(2026, 3, 1, tzinfo=UTC)),
        ("tag:talks.example,2026:x", datetime(2026, 1, 1, tzinfo=UTC)),
        ("tag:talks.example,2026-02-30:x", datetime(1970, 1, 1, tzinfo=UTC)),
        ("tag:talks.example,nunca:x", datetime(1970, 1, 1, tzinfo=UTC)),
        (f"tag:talks.example,{'9' * 30}:x", datetime(1970, 1, 1, tzinfo=UTC)),
        (f"tag:talks.example,{'9' * 5000}:x", datetime(1970, 1, 1, tzinfo=UTC)),
        ("https://talks.example/a,b", datetime(1970, 1, 1, tzinfo=UTC)),
        ("urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_empty_feed_is_as_old_as_its_id(identifier: str, moment: datetime) -> None:
    publication: Publication = make_publication(id=identifier)
    root = checked(feed_of(make_kit(publication), []))
    assert root.findtext(f"{ATOM}updated") == moment.isoformat()
    assert root.findall(f"{ATOM}entry") == []


def test_titles_are_never_empty_and_never_markup() -> None:
    kit = make_kit(make_publication(title="", author=None))
    root = checked(feed_of(kit, [make_talk(title="", speakers=(Speaker(""),))]))
    assert root.findtext(f"{ATOM}title")
    assert root.findtext(f"{ATOM}entry/{ATOM}title")
    assert root.findtext(f"{ATOM}entry/{ATOM}author/{ATOM}name")
    for title in ("</feed>", "]]>", "<!--", "&amp;", "%(x)s {{ y }}"):
        root = checked(feed_of(make_kit(make_publication(title=title)), [make_talk(title=title)]))
        assert root.findtext(f"{ATOM}title") == root.findtext(f"{ATOM}entry/{ATOM}title") == title


def test_the_schema_says_no() -> None:
    """A schema that accepts anything would make every test above worthless."""
    good = feed_of(KIT, [FULL])
    for old, new in (
        (b"<id>tag:talks.example,2026-01-02:notas/1</id>", b""),
        (b"<published>", b"<published/><published>"),
        (b"2018-01-02T03:04:05+00:00", b"2018-01-02"),
        (b'hreflang="es-MX"', b'hreflang=""'),
        (b'rel="alternate"', b'relation="alternate"'),
        (b"<email>ana@", b"<email>ana"),
        (b'term="redes"', b""),
        (b"<title>Notas", b"<title><b/>Notas"),
        (b"</feed>", b"<id>x</id></feed>"),
        (b'type="application/pdf"', b'type="pdf"'),
    ):
        assert old in good
        assert not SCHEMA.validate(etree.fromstring(good.replace(old, new))), old


def test_a_head_does_not_depend_on_those_that_were_made_before() -> None:
    talks = [make_talk(), make_talk(2)]
    plain = head_of_feed(make_kit(), talks)
    heads = [
        plain,
        replace(
            plain, id="tag:b.example,2020:x", title="<b> & \x01", home_url="https://b.example/"
        ),
        replace(plain, older="archive/1", title=""),
        replace(plain, older="archive/2", subtitle=""),
        replace(plain, path="archive/2", newer="later/2", language="en"),
        replace(plain, path="archive/3", newer="later/3", older="archive/1", language="en"),
        replace(plain, withdrawn=(replace(make_talk(3), reason="Gone"),)),
        replace(plain, lies_at="tags/a/later/3"),
        plain,
    ]
    kit = make_kit()
    for head in heads:
        alone = b"".join(atom.document(make_kit(), head, ()))
        assert b"".join(atom.document(kit, head, ())) == alone


def test_an_entry_is_the_same_whatever_was_serialised_before_it() -> None:
    talks = [
        FULL,
        PLAIN,
        BARE,
        replace(
            FULL,
            id="tag:x.example,2026:otra",
            title="Otra",
            updated=FULL.updated + timedelta(days=1),
            published=FULL.published + timedelta(hours=1),
            speakers=(Speaker("Ana", url="https://ana.example/"), Speaker("Bea")),
            tags=("uno", "dos"),
            links=(Link("Uno", "https://uno.example/"), Link("Dos", "https://dos.example/")),
            license="CC0-1.0",
            notes="Otra nota.",
            abstract="Another one.",
            recording=Recording("AAAAAAAAAAA", 65.4),
        ),
        replace(FULL, speakers=FULL.speakers[::-1]),
        replace(FULL, recording=Recording("BBBBBBBBBBB", None)),
        replace(FULL, recording=Recording("BBBBBBBBBBB", 3600.0)),
        replace(FULL, language="en"),
        replace(FULL, abstract_language="fr"),
        replace(FULL, license=""),
        replace(FULL, links=()),
        replace(FULL, slides="https://x.example/a.html"),
        replace(FULL, slides="https://x.example/a.pdf"),
        replace(FULL, tags=()),
        replace(FULL, abstract=""),
        replace(FULL, notes="", abstract="", speakers=(), recording=None, slides="", links=()),
    ]

    def said(kit: Kit, talk: Talk) -> bytes:
        return atom.entry(kit, talk, body_of(talk, BASE))

    alone = [said(replace(KIT), talk) for talk in talks]
    assert len(set(alone)) == len(alone)
    shared = replace(KIT)
    for _ in range(2):
        assert [said(shared, talk) for talk in talks] == alone
        assert [said(shared, talk) for talk in reversed(talks)] == alone[::-1]


def test_entries_of_many_shapes_are_not_all_held() -> None:
    kit = replace(KIT)
    for count in range(200):
        talk = replace(PLAIN, tags=tuple(map(str, range(count))))
        atom.entry(kit, talk, body_of(talk, BASE))
    assert len(kit.__dict__["_entries"]._trees) <= 64
