"""Every document of every feed of a site: archives, tombstones, groups, stylesheets."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from lxml import etree

from feeds.model import Event, FeedSettings, Speaker, Talk
from feeds.plan import plan
from feeds.render import FORMATS, LISTINGS, fragments_of
from feeds.render.kit import Kit
from feeds.render.markdown import body_of
from tests.examples import examples
from tests.support import feeds, make_kit, make_publication, make_talk
from tests.unit.render.test_atom import SCHEMA
from tests.unit.render.test_jsonfeed import SCHEMA as JSON_SCHEMA

ATOM = "{http://www.w3.org/2005/Atom}"
BASE = "https://talks.example/notas/"
TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
ARCHIVE = "{http://purl.org/syndication/history/1.0}archive"


def kit_of(entries: int = 6, **changes: Any) -> Kit:
    return make_kit(make_publication(feed=FeedSettings(entries, **changes)))


_KIT = kit_of()


@cache
def _fragments(talk: Talk) -> dict[str, bytes]:
    return fragments_of(_KIT, talk, body_of(talk, BASE))


def site(kit: Kit, talks: Iterable[Talk]) -> dict[str, bytes]:
    """Every document by its path."""
    planned = plan(kit.publication, talks)
    outputs = list(feeds(kit, planned, {talk.slug: _fragments(talk) for talk in planned.talks}))
    found = {output.path: output.data for output in outputs}
    assert len(found) == len(outputs)
    return found


def links(root: Any) -> dict[str, str]:
    """The links of a head, by their relation."""
    found: dict[str, str] = {}
    for link in root.findall(f"{ATOM}link"):
        found[link.get("rel")] = link.get("href").removeprefix(BASE)
    return found


def ids(root: Any) -> list[str]:
    return [entry.findtext(f"{ATOM}id") for entry in root.findall(f"{ATOM}entry")]


def walk(files: Mapping[str, bytes], path: str) -> list[str]:
    """Every id on the way from a feed through ``prev-archive``, as a reader would go it."""
    found, seen, feed = [], set(), path
    while path:
        assert path not in seen
        seen.add(path)
        root = etree.fromstring(files[path])
        SCHEMA.assertValid(root)
        assert links(root)["self"] == path
        assert (root.find(ARCHIVE) is not None) == (path != feed)
        assert links(root).get("current", feed) == feed
        found += ids(root)
        path = links(root).get("prev-archive", "")
    return found


def walk_json(files: Mapping[str, bytes], path: str) -> list[str]:
    found, seen = [], set()
    while path:
        assert path not in seen
        seen.add(path)
        page = json.loads(files[path])
        assert page["feed_url"] == BASE + path
        found += [item["id"] for item in page["items"]]
        path = page.get("next_url", "").removeprefix(BASE)
    return found


def archives(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {path: data for path, data in files.items() if "archive/" in path}


@pytest.mark.slow
def test_a_thousand_talks_are_found_once_each_and_a_thousand_more_change_no_archive() -> None:
    kit = kit_of(50, by=("event",))
    talks = [make_talk(number) for number in range(2_000)]
    before, after = site(kit, talks[:1_000]), site(kit, talks)
    wanted = [talk.id for talk in talks[::-1]]
    for files, expected in ((before, wanted[1_000:]), (after, wanted)):
        for folder in ("", "events/kubecon-2017/"):
            assert walk(files, f"{folder}feed.atom") == expected
            assert walk_json(files, f"{folder}feed.json") == expected
    old = archives(before)
    assert len(old) > 80
    assert {path: after[path] for path in old} == old


@hypothesis_settings(max_examples=examples(25))
@given(
    st.sets(st.integers(0, 120), min_size=1, max_size=60), st.integers(0, 120), st.integers(1, 8)
)
def test_a_talk_dated_back_changes_only_the_archive_that_it_falls_into(
    numbers: set[int], late: int, entries: int
) -> None:
    kit = kit_of(entries, by=())
    before = archives(site(kit, [make_talk(number) for number in numbers - {late}]))
    files = site(kit, [make_talk(number) for number in numbers | {late}])
    for suffix in (".atom", ".json"):
        changed = [p for p, data in before.items() if p.endswith(suffix) and files[p] != data]
        assert len(changed) <= 1
        assert all(len(archives(files)) >= len(before) for _ in changed)
    assert sorted(walk(files, "feed.atom")) == sorted(
        make_talk(number).id for number in numbers | {late}
    )


def test_an_edited_talk_changes_only_its_own_documents() -> None:
    kit = kit_of(6, by=("speaker",))
    talks = [make_talk(number) for number in range(100)]
    before = site(kit, talks)
    talks[3] = replace(talks[3], notes="Otra cosa.")
    after = site(kit, talks)
    changed = {path for path in before if before[path] != after[path]}
    folders = {"", "speakers/zihao-yu/", "speakers/illya-chekrygin/"}
    assert {
        path.rpartition("archive/")[0].rpartition("later/")[0] or "" for path in changed
    } <= folders
    mine = {path for path in before if talks[3].id.encode() + b"<" in before[path]}
    mine |= {path for path in before if f'"{talks[3].id}"'.encode() in before[path]}
    assert changed == mine


def test_what_follows_an_archive_is_where_the_archive_says() -> None:
    files = site(kit_of(4), [make_talk(number) for number in range(40)])
    path, newer = "feed.atom", b""
    while path:
        root = etree.fromstring(files[path])
        if newer:
            after = links(root)["next-archive"]
            assert "archive/" not in after, "what changes is no archive"
            copied = files[after].replace(b"../feed.css", b"feed.css")
            assert copied == newer.replace(b"../feed.css", b"feed.css")
        newer = files[path]
        path = links(root).get("prev-archive", "")
    assert sum(name.startswith("later/") for name in files) > 5


def test_every_link_between_documents_leads_to_one() -> None:
    files = site(kit_of(4), [make_talk(number) for number in range(40)])
    for path, data in files.items():
        if path.endswith(".atom"):
            for rel, target in links(etree.fromstring(data)).items():
                if rel in {"self", "current", "prev-archive", "next-archive"}:
                    assert target in files, (path, rel)
        if path.endswith(".json") and (target := json.loads(data).get("next_url")):
            assert target.removeprefix(BASE) in files


def test_a_document_is_made_after_those_that_it_leads_back_to() -> None:
    kit = kit_of(4, by=())
    planned = plan(kit.publication, [make_talk(number) for number in range(40)])
    outputs = feeds(kit, planned, {talk.slug: _fragments(talk) for talk in planned.talks})
    there: set[str] = set()
    for output in outputs:
        if output.path.startswith(("feed.atom", "archive/")) and output.path.endswith(".atom"):
            older = links(etree.fromstring(output.data)).get("prev-archive")
            assert older is None or older in there
        there.add(output.path)
    assert len(there) > 20


def test_an_archive_says_nothing_that_changes_for_other_reasons() -> None:
    kit = make_kit(
        make_publication(
            icon="i.png", logo="l.png", feed=FeedSettings(2, hub="https://hub.example/")
        ),
        {"i.png": 1, "l.png": 1},
    )
    files = site(kit, [make_talk(number) for number in range(9)])
    assert b"<generator" in files["feed.atom"]
    assert b"https://hub.example/" in files["feed.json"]
    for data in archives(files).values():
        for word in (b"generator", b"hub.example", b"i.png", b"l.png"):
            assert word not in data


def withdrawn(number: int, reason: str = "La ponente lo pidió & «ya»") -> Talk:
    talk = make_talk(number, withdrawn=True, reason=reason)
    return replace(talk, updated=talk.published + timedelta(days=40))


def test_a_withdrawn_talk_leaves_a_tombstone_in_its_feeds_and_nothing_else() -> None:
    kit = kit_of(4)
    talks = [make_talk(number) for number in range(30)]
    before = site(kit, talks)
    gone = withdrawn(2)
    after = site(kit, [gone, *(talk for talk in talks if talk.slug != gone.slug)])
    wanted = [talk.id for talk in talks[::-1] if talk.id != gone.id]
    for folder in ("", "events/kubecon-2017/", "speakers/zihao-yu/", "languages/es-mx/"):
        assert walk(after, f"{folder}feed.atom") == wanted
        assert walk_json(after, f"{folder}feed.json") == wanted
        root = etree.fromstring(after[f"{folder}feed.atom"])
        (tombstone,) = root.findall(TOMBSTONE)
        assert tombstone.get("ref") == gone.id
        assert tombstone.get("when") == "2018-01-16T09:00:02+00:00"
        assert [child.text for child in tombstone] == ["La ponente lo pidió & «ya»"]
        assert root.findtext(f"{ATOM}updated") == "2018-01-16T09:00:02+00:00"
    changed = [path for path, data in archives(before).items() if after.get(path) != data]
    assert len({path.rpartition(".")[0] for path in changed}) == 5, "one of each feed"
    assert "talk-2/" not in "".join(data.decode() for data in after.values())


def test_a_speaker_whose_only_talk_is_withdrawn_keeps_a_feed_that_says_so() -> None:
    talks = [
        make_talk(1, speakers=(Speaker("Ana"),)),
        replace(withdrawn(2, ""), speakers=(Speaker("Bo"),)),
    ]
    files = site(kit_of(), talks)
    root = etree.fromstring(files["speakers/bo/feed.atom"])
    (tombstone,) = root.findall(TOMBSTONE)
    assert len(tombstone) == 0, "no reason, no comment"
    assert links(root)["alternate"] == "", "there is no page of theirs"
    assert links(etree.fromstring(files["speakers/ana/feed.atom"]))["alternate"] == "speakers/ana/"
    assert json.loads(files["speakers/bo/feed.json"])["items"] == []


@pytest.mark.parametrize("by", [(), ("tag",), ("speaker", "language"), ("event",)])
def test_only_wanted_kinds_have_feeds(by: tuple[str, ...]) -> None:
    files = site(kit_of(by=by), [make_talk(1, tags=("redes",))])
    folders = {"tag": "tags", "speaker": "speakers", "event": "events", "language": "languages"}
    found = {path.split("/")[0] for path in files if "/" in path}
    assert found == {"issues", *(folders[kind] for kind in by)}


def test_a_group_has_a_name_an_id_and_a_purpose_of_its_own() -> None:
    talks = [make_talk(1, tags=("C++",), language="en"), make_talk(2, tags=("C#", "日本語"))]
    files = site(kit_of(), talks)
    heads: dict[str | None, tuple[str | None, int]] = {}
    for path, data in files.items():
        if path.endswith("/feed.atom"):
            root = etree.fromstring(data)
            heads[root.findtext(f"{ATOM}title")] = (
                root.findtext(f"{ATOM}subtitle"),
                len(ids(root)),
            )
            assert links(root)["alternate"] == path.removesuffix("feed.atom")
            own = root.findtext(f"{ATOM}id")
            assert own == f"tag:talks.example,2026-01-02:notas/{path.removesuffix('/feed.atom')}"
    assert heads == {
        "Notas de KubeCon: C++": ("Pláticas sobre C++", 1),
        "Notas de KubeCon: C#": ("Pláticas sobre C#", 1),
        "Notas de KubeCon: 日本語": ("Pláticas sobre 日本語", 1),
        "Notas de KubeCon: Zihao Yu": ("Pláticas de Zihao Yu", 2),
        "Notas de KubeCon: Illya Chekrygin": ("Pláticas de Illya Chekrygin", 2),
        "Notas de KubeCon: KubeCon 2017": ("Pláticas en KubeCon 2017", 2),
        "Notas de KubeCon: inglés": ("Notas en inglés", 1),
        "Notas de KubeCon: español (México)": ("Notas en español (México)", 1),
        "Notas de KubeCon: Los números semanales": (
            "Una vez por semana, lo nuevo, en una lista",
            1,
        ),
    }


def test_an_entry_is_the_same_bytes_in_every_feed() -> None:
    talk = make_talk(1, tags=("redes",), event=Event("Otra"))
    files = site(kit_of(), [talk, make_talk(2)])
    entry, item = _fragments(talk)[".atom"], _fragments(talk)[".json"]
    for folder in ("", "tags/redes/", "events/otra/", "speakers/zihao-yu/", "languages/es-mx/"):
        assert files[f"{folder}feed.atom"].count(entry) == 1
        assert files[f"{folder}feed.json"].count(item) == 1


def test_every_feed_names_the_stylesheet_and_holds_no_script() -> None:
    files = site(kit_of(2), [make_talk(number, tags=("a",)) for number in range(9)])
    assert files["feed.css"]
    for path, data in files.items():
        assert b"<script" not in data.lower()
        if path.endswith((".atom", ".opml")):
            depth = "../" * path.count("/")
            wanted = f'<?xml-stylesheet type="text/css" href="{depth}feed.css"?>'
            assert data.decode().splitlines()[1] == wanted
            assert b"xslt" not in data


_NAMES = st.text(min_size=1, max_size=15) | st.sampled_from(
    [
        "C++",
        "C#",
        "日本語",
        "</title>",
        "]]>",
        '"items": []',
        "../..",
        "a\x00b",
        "\ufffe",
        "%(name)s",
    ]
)


@hypothesis_settings(max_examples=examples(60))
@given(st.lists(_NAMES, max_size=4), st.lists(_NAMES, max_size=3), _NAMES)
def test_whatever_people_are_called_every_document_is_valid(
    tags: list[str], speakers: list[str], event: str
) -> None:
    talk = make_talk(
        1,
        tags=tuple(tags),
        speakers=tuple(Speaker(name) for name in speakers),
        event=Event(event),
    )
    planned = plan(_KIT.publication, [talk])
    fragments = {talk.slug: fragments_of(_KIT, talk, body_of(talk, BASE))}
    for output in feeds(_KIT, planned, fragments):
        assert re.fullmatch(r"(?:[a-z0-9-]+/)*[a-z0-9-]+\.[a-z]+", output.path)
        if output.path.endswith(".atom"):
            SCHEMA.assertValid(etree.fromstring(output.data))
        elif output.path.endswith(".json"):
            JSON_SCHEMA.validate(json.loads(output.data))
        elif output.path.endswith(".opml"):
            etree.fromstring(output.data)


@pytest.mark.slow
def test_five_thousand_tags_have_five_thousand_feeds() -> None:
    kit = kit_of(by=("tag",))
    talks = [
        make_talk(number, tags=tuple(f"Tag {number * 50 + one} #{one}" for one in range(50)))
        for number in range(100)
    ]
    files = site(kit, talks)
    assert sum(path.startswith("tags/") for path in files) == 10_000
    assert files["feeds.opml"].count(b"xmlUrl=") == 5_002


def test_the_table_names_every_document() -> None:
    files = site(kit_of(), [make_talk(1)])
    assert {form.suffix for form in FORMATS} == {".atom", ".json"}
    assert {listing.path for listing in LISTINGS} <= set(files)
    assert all(form.media_type for form in (*FORMATS, *LISTINGS))


def test_a_publication_without_talks_has_feeds_without_entries() -> None:
    files = site(kit_of(), [])
    assert set(files) == {"feed.atom", "feed.json", "issues/feed.atom", "feeds.opml", "feed.css"}
    for path in ("feed.atom", "issues/feed.atom"):
        root = etree.fromstring(files[path])
        SCHEMA.assertValid(root)
        assert ids(root) == []
    assert json.loads(files["feed.json"])["items"] == []
