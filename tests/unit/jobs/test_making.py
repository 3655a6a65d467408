"""What is noted of units that are made: each by its own key, and its files in their order."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

from feeds.jobs.made import DIGEST_BYTES, joined, key_of, paths_of
from feeds.jobs.making import Making
from feeds.jobs.taking import Alone
from feeds.model import Output


class Two:
    """A unit of two files."""

    def __init__(self, name: str) -> None:
        self.name, self.shows = name, ()

    def make(self, _: object) -> Iterator[Output]:
        yield Output(f"{self.name}/b.txt", b"1")
        yield Output(f"{self.name}/a.txt", b"2")


def test_each_unit_is_noted_with_its_own_key_and_its_files_in_their_order() -> None:
    noted: dict[str, bytes] = {}
    making = Making(
        cast("Any", SimpleNamespace(search=())),
        lambda _: None,  # type: ignore[arg-type, return-value] # nobody stages here
        Alone(),
        lambda _done, _of: None,
        noted.__setitem__,
    )
    keys = [b"1" * DIGEST_BYTES, b"2" * DIGEST_BYTES, b"3" * DIGEST_BYTES]
    units = cast("Any", [Two("x"), Two("y"), Two("z")])
    made = [one.path for one in making.outputs(units, joined(keys))]
    assert made == [f"{name}/{file}.txt" for name in "xyz" for file in "ba"]
    assert [key_of(noted[name]) for name in "xyz"] == keys
    assert list(paths_of(noted["y"])) == ["y/b.txt", "y/a.txt"]
