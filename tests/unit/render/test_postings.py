"""Words and where they stand, in a few bytes: whatever comes, and in whatever order."""

from hypothesis import given
from hypothesis import strategies as st

from feeds.render.postings import Postings

_WORDS = st.sampled_from(["a", "b", "c"])
# Around the ends of halves, and at the end of all.
_BASES = st.sampled_from([0, 4, 65_528, 65_532, 65_536, 131_068, 131_072, 4_294_967_292])
_ADDED = st.lists(st.tuples(_BASES, st.dictionaries(_WORDS, st.integers(1, 3))), max_size=12)


def _collected(added: list[tuple[int, dict[str, int]]], postings: Postings) -> Postings:
    for base, found in added:
        postings.add(base, found)
    postings.close()
    return postings


def _told(postings: Postings) -> dict[str, list[int]]:
    return {word: sorted(postings.of(word)) for word in postings}


def _wanted(added: list[tuple[int, dict[str, int]]]) -> dict[str, list[int]]:
    wanted: dict[str, list[int]] = {}
    for base, found in added:
        for word, more in found.items():
            wanted.setdefault(word, []).append(base + more)
    return {word: sorted(some) for word, some in wanted.items()}


@given(_ADDED, _ADDED)
def test_what_was_added_is_there_before_and_after_packing(
    first: list[tuple[int, dict[str, int]]], then: list[tuple[int, dict[str, int]]]
) -> None:
    postings = _collected(first, Postings())
    assert _told(postings) == _wanted(first)
    again = Postings((word, postings.packed(word)) for word in postings)
    assert _told(again) == _wanted(first)
    assert _told(_collected(then, again)) == _wanted(first + then)


@given(_ADDED.filter(lambda added: any("a" in found for _, found in added)))
def test_what_was_changed_is_packed_as_it_is(added: list[tuple[int, dict[str, int]]]) -> None:
    postings = _collected(added, Postings())
    wanted = _wanted(added)
    gone = wanted["a"].pop()
    postings.changing("a").remove(gone)
    postings.changing("d").append(70_001)
    wanted["d"] = [70_001]
    again = Postings((word, postings.packed(word)) for word in postings)
    assert _told(again) == wanted
    # And goes on from there.
    more = [(131_072, {"a": 1, "d": 2})]
    assert _told(_collected(more, postings)) == _wanted(
        [(number, {word: 0}) for word, some in wanted.items() for number in some] + more
    )


def test_a_word_that_nobody_has_stands_nowhere() -> None:
    postings = _collected([(0, {"a": 1})], Postings())
    assert not postings.of("b")
    assert "b" not in postings
    postings.discard("a")
    assert list(postings) == []


def test_they_take_two_bytes_each() -> None:
    postings = _collected([(4 * number, {"a": 1}) for number in range(10_000)], Postings())
    assert len(postings.packed("a")) < 20_100
    assert postings.size_bytes("a") == len(postings.packed("a"))
