"""A site's links to itself: each rule is broken by one thing, and kept by what is nearest to it."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from feeds.check.documents import Target
from feeds.check.documents.rules_links import LINK_RULES
from feeds.check.links.sites import place_of
from feeds.errors import WorldError
from feeds.jobs.linking import LinksChecked, check_links

BASE = "https://talks.example/notes/"
HOME = f'<!doctype html><link rel="canonical" href="{BASE}"><p id="here">a</p>'
M4A = b"\0\0\0\x20ftypM4A " + b"\0" * 20


class Memory:
    """Files without a disk."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.held = files

    def linking(self, names: Iterable[str]) -> Iterator[Target]:
        for name in names:
            if name in self.held:
                yield Target(name)
            for path in sorted(self.held):
                if path.startswith(f"{name}/") and not path.endswith((".m4a", ".jpg")):
                    yield Target(path, found=True)

    def read(self, name: str) -> bytes:
        if name not in self.held:
            raise WorldError(name, "is not there")
        return self.held[name]

    def content_type(self, name: str) -> str:
        return ""

    def is_from_outside(self, name: str) -> bool:
        return False

    def files(self, folder: str) -> list[str]:
        prefix = f"{folder}/"
        return [name.removeprefix(prefix) for name in self.held if name.startswith(prefix)]

    def peek(self, name: str, most: int) -> tuple[int, bytes]:
        data = self.read(name)
        return len(data), data[:most]


def checked(name: str = "public", base_url: str = "", **files: str | bytes) -> LinksChecked:
    """``files``: names below public/, with __ for a slash and _ for a dot."""
    held = {"public/index.html": HOME.encode()}
    for name_, data in files.items():
        path = "public/" + name_.replace("__", "/").replace("_", ".")
        held[path] = data.encode() if isinstance(data, str) else data
    return check_links(Memory(held), [name], base_url=base_url)


def rules(**files: Any) -> list[str]:
    return [f"{one.file}:{one.fault.line} {one.fault.rule}" for one in checked(**files).remarks]


def page(link: str) -> str:
    return f'<!doctype html>\n<a href="{link}">x</a>'


@pytest.mark.parametrize(
    ("link", "rule"),
    [
        ("b.html", "link-missing"),
        (f"{BASE}b/", "link-missing"),
        ("HTTPS://Talks.Example/notes/b.html", "link-missing"),
        ("https://talks.example:443/notes/b.html", "link-missing"),
        ("https://talks.example/%7enotes/%2e%2E/notes/b.html", "link-missing"),
        ("sub/%2e%2e/b.html", "link-missing"),
        ("/notes/b/?q=1#c", "link-missing"),
        ("index.html#there", "link-fragment"),
        ("#there", "link-fragment"),
        ("http://[::1/", "link-form"),
        ("https://", "link-form"),
        ("https://a b.example/", "link-form"),
        ("file:///home/ana/slides.pdf", "link-scheme"),
        ("C:\\\\slides.pdf", "link-scheme"),
        ("http://localhost:8080/", "link-private"),
        ("http://192.168.0.7/a", "link-private"),
        ("http://nas.local/", "link-private"),
        ("http://LOCALHOST./", "link-private"),
    ],
)
def test_a_link_that_leads_nowhere_is_named_with_its_line(link: str, rule: str) -> None:
    (found,) = checked(a_html=page(link)).remarks
    assert (found.file, found.fault.line, found.fault.rule) == ("public/a.html", 2, rule)
    assert found.fault.message
    assert found.fault.remedy


@pytest.mark.parametrize(
    "link",
    [
        ".", "./", "index.html", BASE, "/notes/", f"{BASE}#here", "./?q=1#here", "#top", "#",
        "b%C3%A9.html", "bé.html", "sub", "sub/", "https://other.example/", "mailto:a@b.example",
        "tel:+52", "data:text/plain,a", "tag:talks.example,2026:1", "//cdn.example/x.js",
        "sub/%2E%2e/b%c3%a9.html", "HTTPS://TALKS.EXAMPLE:443/notes/s%75b/#", "a/../sub/",
        "%2e%2e/%2e%2e/notes/", "https://talks.example:8443/notes/b", "https://TALKS.example",
        "index.html#:~:text=a", "https://talks.example/", "http://talks.example/notes/b",
    ],
)  # fmt: skip
def test_a_link_that_leads_somewhere_is_not(link: str) -> None:
    files: dict[str, str] = {"bé_html": "x", "sub__index_html": "x", "a_html": page(link)}
    assert rules(**files) == []


def test_every_document_that_links_there_is_named_once() -> None:
    twice = page("gone.html") + '<a href="gone.html">y</a><a href="gone.html#a">z</a>'
    assert rules(a_html=twice, b__feed_json=f'{{"items": [{{"url": "{BASE}gone.html"}}]}}') == [
        "public/a.html:2 link-missing",
        "public/a.html:2 link-missing",
        "public/b/feed.json:1 link-missing",
    ]


def test_a_site_that_nowhere_says_where_it_is_has_links_too() -> None:
    held = {"s/a.html": page("b.html").encode(), "s/c.html": page("/a.html").encode()}
    found = check_links(Memory(held), ["s"]).remarks
    assert [(one.file, one.fault.rule) for one in found] == [("s/a.html", "link-missing")]


def test_a_site_below_the_folder_that_is_named_knows_itself() -> None:
    tag = (
        f'<link rel="canonical" href="{BASE}tags/"><a href="/notes/">x</a><a href="/notes/b">y</a>'
    )
    held = {"here/public/index.html": HOME.encode(), "here/public/tags/index.html": tag.encode()}
    found = check_links(Memory(held), ["here"]).remarks
    assert [(one.file, one.fault.values["path"]) for one in found] == [
        ("here/public/tags/index.html", "b")
    ]


def test_where_a_site_will_be_can_be_said() -> None:
    held = {"s/a.html": page("https://there.example/b").encode()}
    assert check_links(Memory(held), ["s"]).remarks == ()
    found = check_links(Memory(held), ["s"], base_url="https://there.example/").remarks
    assert [one.fault.rule for one in found] == ["link-missing"]


def test_a_site_on_this_machine_may_link_into_it() -> None:
    page_ = '<!doctype html><link rel="canonical" href="http://[::1]:8000/">'
    held = {"s/index.html": f'{page_}<a href="http://10.0.0.1/">x</a>'.encode()}
    assert check_links(Memory(held), ["s"]).remarks == ()


def test_a_feed_alone_knows_its_site_by_its_own_address() -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom">'
        f'<link rel="self" href="{BASE}tags/a/feed.atom"/>'
        f'<link href="{BASE}"/><link rel="related" href="{BASE}gone"/></feed>'
    )
    found = checked("public/tags/a/feed.atom", tags__a__feed_atom=feed)
    assert [(one.file, one.fault.rule) for one in found.remarks] == [
        ("public/tags/a/feed.atom", "link-missing")
    ]


@pytest.mark.parametrize(
    ("name", "url", "wanted"),
    [
        ("public/feed.atom", "https://x.example/feed.atom", ("public", "https://x.example/")),
        ("public/index.html", "https://x.example/n/", ("public", "https://x.example/n/")),
        ("public/tags/a/index.html", "https://x.example/tags/a/", ("public", "https://x.example/")),
        ("index.html", "https://x.example/", ("", "https://x.example/")),
        ("public/index.html", "HTTPS://X.example:443", ("public", "https://x.example/")),
        ("public/a.html", "https://x.example/b.html", None),
        ("public/a.html", "a.html", None),
        ("public/a.html", "http://[", None),
    ],
)
def test_a_site_lies_where_its_documents_say(
    name: str, url: str, wanted: tuple[str, str] | None
) -> None:
    assert place_of(name, url) == wanted


def podcast(length: int = len(M4A), kind: str = "audio/mp4") -> str:
    return (
        '<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel>\n'
        f'<itunes:image href="{BASE}art.jpg"/>\n'
        f'<item><enclosure url="{BASE}a.m4a" length="{length}" type="{kind}"/></item>'
        "</channel></rss>"
    )


def picture(size: tuple[int, int] = (1400, 1400), mode: str = "RGB", form: str = "JPEG") -> bytes:
    data = BytesIO()
    Image.new(mode, size).save(data, form)
    return data.getvalue()


def test_an_enclosure_among_the_files_is_what_the_feed_says() -> None:
    art = picture()
    assert rules(podcast_rss=podcast(), a_m4a=M4A, art_jpg=art) == []
    huge = podcast(int("9" * 4_000))
    for document in (podcast(7), huge.replace("9" * 4_000, "9" * 5_000)):
        assert rules(podcast_rss=document, a_m4a=M4A, art_jpg=art) == [
            "public/podcast.rss:3 enclosure-length"
        ]
    assert rules(podcast_rss=podcast(7), a_m4a=M4A, art_jpg=art) == [
        "public/podcast.rss:3 enclosure-length"
    ]
    assert rules(podcast_rss=podcast(kind="audio/mpeg"), a_m4a=M4A, art_jpg=art) == [
        "public/podcast.rss:3 enclosure-type"
    ]
    assert rules(podcast_rss=podcast(), art_jpg=art) == ["public/podcast.rss:3 link-missing"]


@pytest.mark.parametrize(
    ("art", "rule"),
    [
        (picture((1399, 1399)), "art-size"),
        (picture((3001, 3001)), "art-size"),
        (picture((1400, 1401)), "art-size"),
        (picture(mode="CMYK"), "art-colour"),
        (picture(mode="L"), "art-colour"),
        (picture(form="GIF", mode="RGB"), "art-form"),
        (b"<svg/>", "art-form"),
        (picture()[:100], "art-form"),
    ],
)
def test_art_must_be_what_apple_takes(art: bytes, rule: str) -> None:
    assert rules(podcast_rss=podcast(), a_m4a=M4A, art_jpg=art) == [f"public/podcast.rss:2 {rule}"]


@pytest.mark.parametrize("art", [picture((3000, 3000)), picture(form="PNG"), picture(mode="RGB")])
def test_art_that_apple_takes_is_passed(art: bytes) -> None:
    assert rules(podcast_rss=podcast(), a_m4a=M4A, art_jpg=art) == []


def test_every_rule_of_links_is_broken_by_a_test() -> None:
    """Here or against a server, so that none is only written down."""
    here = {
        "link-missing", "link-fragment", "link-form", "link-scheme", "link-private", "link-script",
        "enclosure-length", "enclosure-type", "art-size", "art-colour", "art-form",
    }  # fmt: skip
    there = {
        "link-gone", "link-unreachable", "link-failing", "link-slow", "link-refused", "link-loop",
        "link-unasked", "link-moved", "link-elsewhere", "enclosure-head", "enclosure-ranges",
        "enclosure-beyond", "file-cors", "file-type",
    }  # fmt: skip
    assert here | there == set(LINK_RULES)
