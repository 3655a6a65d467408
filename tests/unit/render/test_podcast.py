"""The podcast feed, rendered from values: a golden document, numbers, texts that must be cut."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feeds.model import Event
from feeds.render.podcast import Number, guid_of, numbers, short_text
from tests.golden import listening
from tests.support import make_talk


def test_the_podcast_is_the_golden_one() -> None:
    assert listening.made().decode() == listening.EXPECTED.read_text("utf-8")


def test_the_golden_podcast_is_well_formed_and_holds_no_markup_where_text_belongs() -> None:
    root = etree.fromstring(listening.made())
    titles = [item.findtext("title") for item in root.findall("channel/item")]
    assert titles == ["]]> & <b>3</b>", "Talk number 1"]
    assert all("<" not in (one.text or "") for one in root.findall("channel/item/description"))


def test_an_event_is_a_season_and_the_place_in_it_the_episode() -> None:
    old = Event("KubeCon 2016")
    talks = [
        make_talk(2, position=7),
        make_talk(1, position=3),
        make_talk(3, event=old, date=date(2016, 11, 8)),
        make_talk(4, event=None),
        make_talk(5, position=1, date=date(2017, 12, 8)),
    ]
    assert numbers(talks) == {
        "talk-3": Number(1, "KubeCon 2016", 1),
        "talk-1": Number(2, "KubeCon 2017", 1),
        "talk-2": Number(2, "KubeCon 2017", 2),
        "talk-5": Number(2, "KubeCon 2017", 3),
    }


@given(st.text(max_size=40).flatmap(lambda text: st.integers(1, 400).map(lambda n: text * n)))
def test_a_description_has_at_most_4000_bytes(text: str) -> None:
    found = short_text(text)
    assert len(found.encode()) <= 4000
    assert "\n" not in found


def test_a_short_description_is_whole() -> None:
    assert short_text("  Una\nnota ñ ") == "Una nota ñ"
    assert short_text("ñ" * 3000).endswith("…")


def test_the_guid_does_not_depend_on_scheme_or_last_slash() -> None:
    assert guid_of("http://a.example/p.rss") == guid_of("https://a.example/p.rss/")
    assert guid_of("http://a.example/p.rss") != guid_of("http://b.example/p.rss")
