"""`feeds.opml`, read back by listparser; the feed of the issues that it names."""

from typing import Any

import feedparser
import listparser
from lxml import etree

from feeds.model import FeedSettings, NewsletterSettings, Speaker, Talk
from feeds.plan import plan
from feeds.recordings import AudioFile
from feeds.render import issues_feed, opml
from feeds.render.kit import Kit, Show
from tests.support import make_kit, make_publication, make_talk
from tests.unit.render.test_atom import SCHEMA

BASE = "https://talks.example/notas/"
TALKS = [
    make_talk(1, tags=("C++", "redes & <más>"), speakers=(Speaker("Ana «la» Pérez"),)),
    make_talk(2, tags=("C#",), speakers=(), event=None, language="en"),
]


def read(kit: Kit, talks: list[Talk]) -> Any:
    (output,) = opml.documents(kit, plan(kit.publication, talks))
    assert output.path == "feeds.opml"
    root = etree.fromstring(output.data)
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert all(outline.get("text") for outline in root.iter("outline"))
    found = listparser.parse(output.data.decode())
    assert not found.bozo
    return found


def test_listparser_finds_every_feed_once_in_its_folder() -> None:
    found = read(make_kit(), TALKS)
    assert found.meta.title == "Notas de KubeCon"
    assert found.meta.author.name == "Ana Pérez"
    assert [(feed.url.removeprefix(BASE), feed.title, feed.categories) for feed in found.feeds] == [
        ("feed.atom", "Notas de KubeCon", []),
        ("issues/feed.atom", "Notas de KubeCon: Los números semanales", []),
        ("tags/c-951a4d/feed.atom", "Notas de KubeCon: C#", [["Por etiqueta"]]),
        ("tags/c-cedb1b/feed.atom", "Notas de KubeCon: C++", [["Por etiqueta"]]),
        ("tags/redes-mas-e48ac3/feed.atom", "Notas de KubeCon: redes & <más>", [["Por etiqueta"]]),
        ("speakers/ana-la-perez/feed.atom", "Notas de KubeCon: Ana «la» Pérez", [["Por ponente"]]),
        ("events/kubecon-2017/feed.atom", "Notas de KubeCon: KubeCon 2017", [["Por evento"]]),
        ("languages/en/feed.atom", "Notas de KubeCon: inglés", [["Por idioma"]]),
        (
            "languages/es-mx/feed.atom",
            "Notas de KubeCon: español (México)",
            [["Por idioma"]],
        ),
    ]


def test_a_podcast_for_everyone_is_in_the_list_and_a_private_one_is_not() -> None:
    audio = {"talk-1": AudioFile("07jq-5VbBVQ.m4a", 5, "audio/x-m4a", 17.5)}
    for folder, listed in (("", True), ("secret/", False)):
        kit = make_kit()
        object.__setattr__(kit, "show", Show(audio, "g", folder))
        urls = [feed.url for feed in read(kit, TALKS).feeds]
        assert any("podcast.rss" in url for url in urls) is listed


def test_only_what_exists_is_listed() -> None:
    kit = make_kit(make_publication(author=None, feed=FeedSettings(by=())))
    assert [feed.url for feed in read(kit, [])["feeds"]] == [
        f"{BASE}feed.atom",
        f"{BASE}issues/feed.atom",
    ]


def test_an_issue_is_an_entry_that_tells_its_talks() -> None:
    kit = make_kit(make_publication(newsletter=NewsletterSettings(title="La semana")))
    late = make_talk(3, title="Otra <b>", speakers=(), language="en")
    planned = plan(kit.publication, [*TALKS, late])
    (output,) = issues_feed.documents(kit, planned)
    assert output.path == "issues/feed.atom"
    SCHEMA.assertValid(etree.fromstring(output.data))
    found = feedparser.parse(output.data)
    assert not found.bozo
    assert found.feed.title == "La semana: Los números semanales"
    assert found.feed.id == "tag:talks.example,2026-01-02:notas/issues"
    (entry,) = found.entries
    assert entry.id == "tag:talks.example,2026-01-02:notas/issues/2017-W49"
    assert entry.title == "Semana del 4 al 10 de diciembre de 2017"
    assert entry.link == f"{BASE}issues/2017-W49/"
    assert entry.summary == "Esta semana hubo 3 pláticas"
    assert entry.published == "2017-12-07T09:00:01+00:00"
    assert entry.updated == found.feed.updated == "2017-12-07T09:00:03+00:00"
    (content,) = entry.content
    for talk in (*TALKS, late):
        assert f'<a href="{BASE}talks/{talk.slug}/"' in content.value
    assert "Otra &lt;b&gt;" in content.value
    assert "Ana «la» Pérez" in content.value


def test_issues_are_archived_like_talks() -> None:
    from datetime import timedelta

    kit = make_kit(make_publication(feed=FeedSettings(2)))
    first = make_talk(0)
    talks = [
        make_talk(n, published=first.published + timedelta(weeks=n), updated=first.updated)
        for n in range(12)
    ]
    before = {o.path: o.data for o in issues_feed.documents(kit, plan(kit.publication, talks[:9]))}
    after = {o.path: o.data for o in issues_feed.documents(kit, plan(kit.publication, talks))}
    old = [path for path in before if path.startswith("issues/archive/")]
    assert len(old) == 7
    assert [before[path] for path in old] == [after[path] for path in old]
    ids, path = [], "issues/feed.atom"
    while path:
        found = feedparser.parse(after[path])
        ids += [entry.id[-8:] for entry in found.entries]
        older = [link.href for link in found.feed.links if link.rel == "prev-archive"]
        path = older[0].removeprefix(BASE) if older else ""
    assert ids == [str(issue.week) for issue in plan(kit.publication, talks).issues]
