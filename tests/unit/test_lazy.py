"""Sequences whose things are made when somebody asks: the same as the things themselves."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.jobs.site import units_of
from feeds.jobs.units import Search
from feeds.lazy import Runs
from feeds.plan import plan
from tests.support import make_kit, make_publication, make_talk


def _thing(run: int, at: int) -> tuple[int, int]:
    return run, at


@given(st.lists(st.integers(0, 4), max_size=6), st.integers(-30, 30), st.integers(-30, 30))
def test_runs_are_what_a_list_of_them_would_be(counts: list[int], start: int, stop: int) -> None:
    runs = Runs((count, partial(_thing, run)) for run, count in enumerate(counts))
    wanted = [(run, at) for run, count in enumerate(counts) for at in range(count)]
    assert list(runs) == wanted
    assert len(runs) == len(wanted)
    assert [runs[at] for at in range(len(wanted))] == wanted
    assert runs[start:stop] == wanted[start:stop]
    for at in (start, stop):
        if -len(wanted) <= at < len(wanted):
            assert runs[at] == wanted[at]
        else:
            with pytest.raises(IndexError):
                runs[at]


def test_units_have_a_name_each_and_are_the_same_whenever_they_are_asked_for() -> None:
    publication = make_publication()
    talks = [make_talk(number, tags=("go", f"g{number % 3}")) for number in range(120)]
    units = units_of(make_kit(publication), plan(publication, talks), Search())
    names = [unit.name for unit in units]
    assert len(set(names)) == len(names) == len(units)
    assert [units[at].name for at in range(len(units))] == names
    # Every talk's page, and a feed of more than one document, its oldest document first.
    assert {f"talk talk-{number}" for number in range(120)} <= set(names)
    documents = [name for name in names if name.startswith("feed tags/go/")]
    assert len(documents) > 1
    assert documents[-1] == "feed tags/go/ "
