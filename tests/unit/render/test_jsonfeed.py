"""JSON Feed 1.1, held against its specification, and against what the Atom feed says."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import FeedSettings, Link, Speaker, Talk
from feeds.recordings import AudioFile
from feeds.render import jsonfeed
from feeds.render.kit import Kit, Show
from feeds.render.markdown import body_of
from tests.support import head_of_feed, make_kit, make_publication, make_talk
from tests.unit.render.test_atom import FULL, KIT, PLAIN

BASE = "https://talks.example/notas/"
SCHEMA = jsonschema_rs.validator_for(
    json.loads(Path(__file__).with_name("jsonfeed.schema.json").read_text("utf-8"))
)


def feed(kit: Kit, talks: list[Talk]) -> Any:
    """The feed as a program reads it, after the schema had its say."""
    items = [jsonfeed.item(kit, talk, body_of(talk, BASE)) for talk in talks]
    data = b"".join(jsonfeed.document(kit, head_of_feed(kit, talks), items))
    found = json.loads(data)
    SCHEMA.validate(found)
    return found


def test_an_item_holds_the_whole_talk() -> None:
    (item,) = feed(KIT, [FULL])["items"]
    content = item.pop("content_html")
    assert "<h2>Nota</h2>" in content
    assert f'href="{BASE}a.png"' in content
    assert item == {
        "id": "tag:talks.example,2026-01-02:notas/1",
        "url": f"{BASE}talks/talk-1/",
        "title": "Nadie <b>&</b> «todos»",
        "summary": f"An abstract with a link <{BASE}c.pdf>.",
        "image": "https://i.ytimg.com/vi/07jq-5VbBVQ/mqdefault.jpg",
        "date_published": "2017-12-07T15:00:00.250000+00:00",
        "date_modified": "2018-01-02T03:04:05+00:00",
        "authors": [{"name": "Zihao Yu", "url": "https://zihao.example/"}, {"name": "Ñu <x>"}],
        "tags": ["redes", "ñ & <b>"],
        "language": "es-MX",
        "attachments": [
            {
                "url": f"{BASE}l%C3%A1minas/uno.pdf",
                "mime_type": "application/pdf",
                "title": "Diapositivas",
                "size_in_bytes": 1234,
            }
        ],
    }


def test_what_is_not_known_is_left_out() -> None:
    (item,) = feed(KIT, [replace(PLAIN, tags=(), notes="")])["items"]
    assert sorted(item) == [
        "content_html",
        "date_modified",
        "date_published",
        "id",
        "language",
        "title",
        "url",
    ]


def test_the_head() -> None:
    found = feed(KIT, [])
    assert found == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Notas de KubeCon",
        "home_page_url": BASE,
        "feed_url": f"{BASE}feed.json",
        "description": "Lo que oímos en Austin",
        "icon": "https://x.example/logo.png",
        "favicon": f"{BASE}icon.png",
        "authors": [{"name": "Ana Pérez", "url": "https://ana.example/"}],
        "language": "es-MX",
        "items": [],
    }
    bare = feed(make_kit(make_publication(author=None, subtitle="")), [])
    assert bare["authors"] == [{"name": "Notas de KubeCon"}]
    assert "description" not in bare


def test_audio_is_an_attachment_with_its_length_and_duration() -> None:
    talk = make_talk(1)
    show = Show({talk.slug: AudioFile("07jq-5VbBVQ.m4a", 28_934_122, "audio/x-m4a", 1787.512)}, "g")
    kit = replace(KIT, show=show, audible=frozenset({talk.slug}))
    (item,) = feed(kit, [talk])["items"]
    assert item["attachments"] == [
        {
            "url": f"{BASE}audio/talk-1.m4a",
            "mime_type": "audio/x-m4a",
            "title": "Audio (30 min)",
            "size_in_bytes": 28_934_122,
            "duration_in_seconds": 1788,
        }
    ]


def test_a_file_without_a_byte_says_so() -> None:
    (item,) = feed(make_kit(assets={"e.pdf": 0}), [make_talk(slides="e.pdf")])["items"]
    assert item["attachments"][0]["size_in_bytes"] == 0


def test_the_hub_is_named() -> None:
    publication = make_publication(feed=FeedSettings(hub="https://hub.example/"))
    found = feed(make_kit(publication), [])
    assert found["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]


@pytest.mark.parametrize("word", ['"items": []', '"items": []\n}', "\\", "\u2028", "</script>"])
def test_no_title_takes_the_document_apart(word: str) -> None:
    kit = make_kit(make_publication(title=word, subtitle=word))
    found = feed(kit, [make_talk(1, title=word), make_talk(2, title=word)])
    assert [item["title"] for item in found["items"]] == [word, word]
    assert found["title"] == found["description"] == word


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_can_be_read_back(title: str, notes: str) -> None:
    talk = make_talk(1, title=title, notes=notes, tags=(notes or "x",), speakers=(Speaker(title),))
    (item,) = feed(KIT, [replace(talk, links=(Link(title, "https://x.example/"),))])["items"]
    legal = "".join("\ufffd" if ord(c) < 32 and c not in "\t\n\r" else c for c in title) or "–"
    assert item["title"] == legal.translate({0xFFFE: "\ufffd", 0xFFFF: "\ufffd"})


def test_the_schema_says_no() -> None:
    """A schema that accepts anything would make every test above worthless."""
    good = feed(KIT, [FULL])
    for change in (
        {"version": "https://jsonfeed.org/version/1"},
        {"title": ""},
        {"feed_url": "feed.json"},
        {"author": {"name": "x"}},
        {"items": [{"title": "no id", "content_html": ""}]},
        {"items": [good["items"][0] | {"date_published": "2017-12-07"}]},
        {"items": [good["items"][0] | {"attachments": [{"url": "https://x.example/"}]}]},
        {"items": [{"id": "no content"}]},
    ):
        assert not SCHEMA.is_valid(good | change), change


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    )
)
def test_json_is_laid_out_as_the_library_does(value: object) -> None:
    assert jsonfeed.laid_out(value).decode() == json.dumps(value, ensure_ascii=False, indent=1)
