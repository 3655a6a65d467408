"""The podcast feed, rendered from values: a golden document, numbers, texts that must be cut."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feeds.model import Event
from feeds.render.podcast import Number, guid_of, number_of, short_text
from tests.golden import listening
from tests.support import make_talk


def test_the_podcast_is_the_golden_one() -> None:
    assert listening.made().decode() == listening.EXPECTED.read_text("utf-8")


def test_the_golden_podcast_is_well_formed_and_holds_no_markup_where_text_belongs() -> None:
    root = etree.fromstring(listening.made())
    titles = [item.findtext("title") for item in root.findall("channel/item")]
    assert titles == ["]]> & <b>3</b>", "Talk number 1"]
    assert all("<" not in (one.text or "") for one in root.findall("channel/item/description"))


def test_a_number_is_the_talks_own_whatever_else_is_published() -> None:
    assert number_of(make_talk(3)) == Number(2017, "KubeCon 2017", 3)
    assert number_of(make_talk(3, position=0)) == Number(2017, "KubeCon 2017", None)
    later = make_talk(3, event=Event("KubeCon"), date=date(2018, 12, 11))
    assert number_of(later) == Number(2018, "KubeCon", 3)
    assert number_of(make_talk(3, event=None)) is None


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
