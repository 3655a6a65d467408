"""What is kept of a talk."""

from dataclasses import fields, replace

from feeds.jobs.records import altered
from feeds.model import Talk
from tests.support import make_talk


def test_a_talk_is_altered_as_the_library_replaces() -> None:
    talk, other = make_talk(1), make_talk(2, license="CC0-1.0", draft=True, reason="x", links=())
    for one in fields(Talk):
        value = getattr(other, one.name)
        assert altered(talk, **{one.name: value}) == replace(talk, **{one.name: value}), one.name
    assert altered(talk) == talk
    assert altered(talk, notes="a", abstract="b") == replace(talk, abstract="b", notes="a")
