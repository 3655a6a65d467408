"""Units as bytes: the same key and the same paths again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.jobs.made import (
    DIGEST_BYTES,
    Noted,
    Paths,
    digest_at,
    has_key,
    joined,
    key_of,
    made,
    paths_of,
)

PATHS = st.lists(st.text(st.characters(exclude_characters="\0"), min_size=1), max_size=4)


@given(st.binary(min_size=DIGEST_BYTES, max_size=DIGEST_BYTES), PATHS)
def test_a_unit_comes_back_as_it_was(key: bytes, paths: list[str]) -> None:
    unit = made(key, paths)
    assert (key_of(unit), paths_of(unit)) == (key, paths)
    assert has_key(unit, key)
    assert not has_key(unit, bytes(reversed(key)) + b"x")


def test_a_unit_without_a_key_is_never_the_same() -> None:
    assert paths_of(made(b"", ["a"])) == ["a"]
    assert not has_key(made(b""), b"")
    assert not has_key(None, b"")
    assert paths_of(None) == []


@given(st.lists(PATHS, max_size=4))
def test_all_paths_of_all_units(units: list[list[str]]) -> None:
    found = Paths({str(at): made(b"k" * DIGEST_BYTES, paths) for at, paths in enumerate(units)})
    wanted = [path for paths in units for path in paths]
    assert list(found) == wanted
    assert len(found) == len(wanted)
    assert all(path in found for path in wanted)
    assert "/nothing/" not in found


@pytest.mark.parametrize("together", [1, 2, 3, 1_000])
def test_units_that_were_noted_come_back_in_their_order(
    together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.jobs.made._TOGETHER", together)
    found = Noted({"old": made(b"k" * DIGEST_BYTES)})
    for number in range(5):
        found.note(f"unit {number}", made(b"k" * DIGEST_BYTES, [f"{number}.html"]))
    for _ in range(2):  # not once alone
        assert [name for name, _ in found.items()] == ["old", *(f"unit {n}" for n in range(5))]
        assert list(found.values()) == [unit for _, unit in found.items()]
    assert list(Paths(found)) == [f"{number}.html" for number in range(5)]


def test_keys_that_were_joined_are_found_by_their_places() -> None:
    keys = joined([b"a" * DIGEST_BYTES, b"", b"c" * DIGEST_BYTES])
    assert [digest_at(keys, at) for at in range(3)] == [
        b"a" * DIGEST_BYTES,
        bytes(DIGEST_BYTES),
        b"c" * DIGEST_BYTES,
    ]
