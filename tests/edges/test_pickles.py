"""Objects as bytes: what others speak of is one object again, and nothing foreign comes of them."""

from dataclasses import dataclass
from enum import Enum

import pytest

from feeds.edges.pickles import read, written


@dataclass(frozen=True, slots=True)
class One:
    """A value."""

    name: str
    more: tuple["One", ...] = ()


KNOWN = {__name__: {"One": One}}


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1_700])
def test_what_others_speak_of_is_one_object_again(count: int) -> None:
    some = [One(str(number)) for number in range(count)]
    groups = [One("group", tuple(some)), One("none")]
    data = b"".join(written([*some, *groups], [groups, {"first": some[:1]}, One("x")], KNOWN))
    found, named, last = read(data, KNOWN)
    assert (found, named, last) == (groups, {"first": some[:1]}, One("x"))
    assert count == 0 or named["first"][0] is found[0].more[0]
    # Each is written once: what speaks of it needs a few bytes.
    assert len(data) < 1_000 + 60 * count


@pytest.mark.parametrize("harm", [b"", b"x"])
def test_bytes_that_are_not_ours_are_refused(harm: bytes) -> None:
    data = b"".join(written([One("a")], [One("b")], KNOWN))
    with pytest.raises(ValueError, match=r"."):
        read(data[:-3] + harm, KNOWN)
    with pytest.raises(ValueError, match="One"):
        read(data, {})


class Old(Enum):
    """As Python 3.11.2 has a pickle look its members up."""

    YES = "yes"

    def __reduce_ex__(self, _: object) -> tuple[object, tuple[object, ...]]:
        return getattr, (type(self), self.name)


def test_members_of_an_enum_are_read_on_every_python() -> None:
    known = {__name__: {"Old": Old}}
    data = b"".join(written([], [{Old.YES: 1}], known))
    assert b"getattr" not in data
    assert read(data, known) == [{Old.YES: 1}]
