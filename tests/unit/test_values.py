"""Values do what the standard library's frozen dataclasses with slots do."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import field
from typing import Any, Generic, TypeVar

import pytest

from feeds import values
from feeds.model import Document, Output, Speaker, Talk

Item = TypeVar("Item")


def made(decorate: Callable[..., Any]) -> tuple[Any, Any]:
    @decorate(frozen=True, slots=True)
    class Base:
        """A value."""

        name: str
        more: tuple[str, ...] = ()
        found: dict[str, int] = field(hash=False, default_factory=dict)
        note: str = field(default="", repr=False, compare=False)

        @property
        def loud(self) -> str:
            return self.name.upper()

    @decorate(frozen=True, slots=True)
    class Other(Base):
        """One with a field more, and another default."""

        number: int = 3
        more: tuple[str, ...] = ("x",)

    return Base, Other


@pytest.fixture(params=[values.dataclass, dataclasses.dataclass], ids=["ours", "theirs"])
def kinds(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    return made(request.param)


def test_they_are_made_shown_and_told_apart(kinds: tuple[Any, Any]) -> None:
    base, other = kinds
    one = base("a", note="seen by nobody")
    assert one == base("a") == base(name="a")
    assert one != base("b")
    assert one != other("a")
    assert hash(one) == hash(base("a", found={"x": 1}))
    assert one.found == {}
    assert one.found is not base("a").found
    assert one.loud == "A"
    where = "made.<locals>."
    assert repr(one) == f"{where}Base(name='a', more=(), found={{}})"
    assert repr(other("a")) == f"{where}Other(name='a', more=('x',), found={{}}, number=3)"
    assert one.__eq__(3) is NotImplemented


def test_they_stay_as_they_are(kinds: tuple[Any, Any]) -> None:
    for kind in kinds:
        one = kind("a")
        with pytest.raises(dataclasses.FrozenInstanceError):
            one.name = "b"
        # The library trips over its own check here.
        with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
            one.other = "b"
        with pytest.raises(dataclasses.FrozenInstanceError):
            del one.name
        assert not hasattr(one, "__dict__")
        assert one.name == "a"


def test_what_is_missing_or_too_much_is_an_error(kinds: tuple[Any, Any]) -> None:
    base, other = kinds
    for wrong in (base, lambda: other(unknown=1), lambda: base("a", (), {}, "", 5)):
        with pytest.raises(TypeError, match="__init__"):
            wrong()


def test_the_library_takes_them_for_its_own(kinds: tuple[Any, Any]) -> None:
    base, other = kinds
    assert dataclasses.is_dataclass(kinds[0])
    names = ["name", "more", "found", "note"]
    assert [one.name for one in dataclasses.fields(base)] == names
    assert [one.name for one in dataclasses.fields(other)] == [*names, "number"]
    assert dataclasses.fields(other)[1].default == ("x",)
    changed = dataclasses.replace(other("a"), number=4)
    assert (changed.name, changed.number, changed.more) == ("a", 4, ("x",))
    assert dataclasses.asdict(base("a"))["found"] == {}
    assert base.__match_args__ == ("name", "more", "found", "note")
    assert copy.deepcopy(other("a", number=5)) == other("a", number=5)


def test_they_travel_between_processes() -> None:
    one = Document("a", b"1", b"2", (("x", b"3"),), b"4")
    again = pickle.loads(pickle.dumps(one))  # our own
    assert again == one
    assert type(again) is Document
    assert issubclass(Document, Output)


def test_a_class_of_a_kind_of_things_is_one() -> None:
    @values.dataclass(frozen=True, slots=True)
    class Some(Generic[Item]):
        """Some."""

        items: tuple[Item, ...]

    assert Some[int]((1, 2)) == Some((1, 2))
    assert Some.__doc__ == "Some."


def test_methods_of_its_own_stay() -> None:
    @values.dataclass(frozen=True, slots=True)
    class Own:
        """Equal to all."""

        name: str

        def __repr__(self) -> str:
            return "<own>"

        def __init__(self) -> None:
            object.__setattr__(self, "name", "fixed")

    assert repr(Own()) == "<own>"
    assert Own().name == "fixed"


def test_an_init_is_written_when_the_first_one_is_made() -> None:
    @values.dataclass(frozen=True, slots=True)
    class Fresh:
        """One."""

        name: str

    assert type(vars(Fresh)["__init__"]).__name__ == "_Init"
    Fresh("a")
    assert type(vars(Fresh)["__init__"]).__name__ == "function"
    assert Fresh("b").name == "b"


def test_other_kinds_are_refused() -> None:
    with pytest.raises(TypeError, match="frozen"):
        values.dataclass(frozen=False, slots=True)
    with pytest.raises(TypeError, match="no plain field"):

        @values.dataclass(frozen=True, slots=True)
        class _Wrong:
            name: str = field(init=False)

    @dataclasses.dataclass(frozen=True, slots=True)
    class Foreign:
        name: str

    with pytest.raises(TypeError, match="no value"):

        @values.dataclass(frozen=True, slots=True)
        class _Mixed(Foreign):
            more: str


def test_a_talk_is_one() -> None:
    names = [one.name for one in dataclasses.fields(Talk)]
    assert names[:3] == ["id", "slug", "title"]
    assert repr(Speaker("Ana")) == "Speaker(name='Ana', role='', organization='', url='')"
