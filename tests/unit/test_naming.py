"""The paths of tags, speakers, events and languages: distinct, and never moved by others."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Event, Speaker
from feeds.naming import Kind, groups_of, key_of, slugs_of
from tests.support import make_talk

_NAMES = st.lists(
    st.one_of(
        st.text(min_size=1, max_size=12),
        st.sampled_from(
            ["C", "C++", "C#", "c", "日本語", "Ana María", "ana-maria", "Ana Maria", "+"]
        ),
        st.from_regex(r"[a-c ++#é-]{1,4}(-[0-9a-f]{6})?", fullmatch=True),
    ),
    max_size=12,
)


_PATH = re.compile("[a-z0-9]+(--?[a-z0-9]+)*")


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Kubernetes", "kubernetes"),
        ("zero trust", "zero-trust"),
        ("Ana María Núñez", "ana-maria-nunez"),
        ("KubeCon + CloudNativeCon 2017", "kubecon-cloudnativecon-2017"),
        ("Q&A", "q-a"),
        ("zero-trust", "zero--trust"),
        ("Day 2 - Keynotes", "day-2--keynotes"),
    ],
)
def test_a_plain_name_has_a_plain_slug(name: str, slug: str) -> None:
    assert list(slugs_of([name]).values()) == [slug]


@pytest.mark.parametrize("name", ["C++", "C#", "F#", "日本語", "日本語 AI", "+", "#nube", "Кот"])
def test_a_name_that_a_slug_would_change_has_the_same_path_whoever_else_is_there(name: str) -> None:
    alone = slugs_of([name])[key_of(name)]
    others = ["C", "c", "x", "AI", "nube", "c++ ", alone]
    assert slugs_of([*others, name])[key_of(name)] == alone
    assert alone.rpartition("-")[2].isalnum()
    assert len(alone.rpartition("-")[2]) == 6


def test_c_plus_plus_c_sharp_and_japanese_are_three() -> None:
    found = slugs_of(["C", "C++", "C#", "日本語", "中文"])
    assert found["c"] == "c"
    assert len(set(found.values())) == 5


def test_a_speaker_named_like_anothers_slug_has_a_page_of_their_own() -> None:
    first = slugs_of(["Ana María"])["ana maría"]
    found = slugs_of(["Ana María", "ana-maria", first, "Ana Maria"])
    assert found["ana maría"] == "ana-maria"
    assert len(set(found.values())) == len(found) == 3


def test_a_dash_moves_nobody_whoever_was_there_first() -> None:
    names = ["ana maria", "ana-maria", "-ana maria", "ana maria -", "x" * 61, "x" * 62]
    found = slugs_of(names)
    assert slugs_of(reversed(names)) == found
    assert found["ana maria"] == "ana-maria"
    assert found["ana-maria"] == "ana--maria"


def test_language_tags_stand_as_they_are_written() -> None:
    (group,) = groups_of(Kind.LANGUAGE, [make_talk(1, language="es-MX")])
    assert group.path == "languages/es-mx/"


def test_capitals_and_blanks_make_no_other_name() -> None:
    assert slugs_of(["Zero  Trust", "zero trust", "ZERO TRUST "]) == {"zero trust": "zero-trust"}


@given(_NAMES, _NAMES)
def test_slugs_are_slugs_no_two_are_alike_and_later_names_move_none(
    names: list[str], later: list[str]
) -> None:
    found = slugs_of(names)
    assert len(set(found.values())) == len(found) == len({key_of(name) for name in names})
    assert all(_PATH.fullmatch(slug) for slug in found.values())
    after = slugs_of([*names, *later])
    assert all(after[key] == slug or _looks_digested(slug) for key, slug in found.items())


def _looks_digested(slug: str) -> bool:
    """Somebody called themselves what a slug with a digest looks like: those give way."""
    tail = slug.rpartition("-")[2]
    return len(tail) == 6 and all(char in "0123456789abcdef" for char in tail)


def test_five_thousand_tags_take_no_time_worth_naming() -> None:
    names = [f"Etiqueta número {number} + {number % 7}#" for number in range(5_000)]
    assert len(set(slugs_of(names).values())) == 5_000


def test_a_long_run_of_combining_marks_is_no_trap() -> None:
    assert len(slugs_of(["a" + "\u0301\u0323" * 200_000])) == 1


def test_a_group_is_named_as_the_first_talk_wrote_it_and_keeps_the_order_given() -> None:
    older = make_talk(1, tags=("Zero Trust",), speakers=(Speaker("Ana"), Speaker("ana ")))
    newer = make_talk(2, tags=("zero trust", "zero  trust"), event=Event("KubeCon"))
    (tag,) = groups_of(Kind.TAG, [newer, older])
    assert (tag.name, tag.path) == ("Zero Trust", "tags/zero-trust/")
    assert tag.talks == (newer, older)
    assert groups_of(Kind.SPEAKER, [older])[0].talks == (older,)
    assert [group.path for group in groups_of(Kind.EVENT, [newer, older])] == [
        "events/kubecon/",
        "events/kubecon-2017/",
    ]
    assert [group.path for group in groups_of(Kind.LANGUAGE, [newer])] == ["languages/es-mx/"]


def test_a_withdrawn_talk_is_in_no_group_and_keeps_its_name_from_others() -> None:
    gone = make_talk(1, tags=("Café", "Té"), withdrawn=True)
    shown = make_talk(2, tags=("cafe",), published=gone.published + timedelta(days=1))
    old, tag, tea = groups_of(Kind.TAG, [shown, gone])
    assert (old.slug, old.talks, old.everything) == ("cafe", (), (gone,))
    assert (tag.name, tag.talks) == ("cafe", (shown,))
    assert tag.slug.startswith("cafe-")
    assert tea.talks == ()
