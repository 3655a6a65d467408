"""Units as bytes: the same key and the same paths again."""

from hypothesis import given
from hypothesis import strategies as st

from feeds.jobs.made import Paths, has_key, key_of, made, paths_of

PATHS = st.lists(st.text(st.characters(exclude_characters="\0"), min_size=1), max_size=4)


@given(st.binary(min_size=16, max_size=16), PATHS)
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
    found = Paths({str(at): made(b"k" * 16, paths) for at, paths in enumerate(units)})
    wanted = [path for paths in units for path in paths]
    assert list(found) == wanted
    assert len(found) == len(wanted)
    assert all(path in found for path in wanted)
    assert "/nothing/" not in found
