"""Records come back part by part, as they were put or not at all."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from feeds.edges.packs import Packs
from feeds.errors import LostError


@pytest.fixture
def packs(tmp_path: Path) -> Iterator[Packs]:
    with closing(Packs(tmp_path / "cache")) as found:
        yield found


def test_parts_come_back_as_they_were_or_not_at_all(packs: Packs) -> None:
    first = packs.put({"a": b"1" * 1000, "b": b"2"})
    second = packs.put({"a": b"", "b": b"3"})
    packs.flush()
    assert [packs.get(first, part) for part in ("a", "b", "c")] == [b"1" * 1000, b"2", b""]
    assert [packs.get(second, part) for part in ("a", "b")] == [b"", b"3"]
    (pack,) = packs.folder.glob("*.pack")
    pack.write_bytes(pack.read_bytes()[:-1] + b"4")
    assert packs.get(first, "b") == b"2"
    with pytest.raises(LostError, match="is damaged"):
        packs.get(second, "b")
    pack.write_bytes(b"")
    with pytest.raises(LostError):
        packs.get(first, "a")


def test_a_pack_that_is_gone_is_told(packs: Packs) -> None:
    where = packs.put({"a": b"1"})
    packs.close()
    (pack,) = packs.folder.glob("*.pack")
    pack.unlink()
    with pytest.raises(LostError, match=r"\.pack: cannot be read"):
        packs.get(where, "a")


def test_a_crowded_folder_says_so(packs: Packs) -> None:
    places = [packs.put({"a": os.urandom(100_000)}) for _ in range(40)]
    packs.flush()
    assert not packs.crowded(places)
    assert packs.crowded(places[:2])
    moved = packs.move(places[0])
    packs.flush()
    assert packs.get(moved, "a") == packs.get(places[0], "a")


def test_too_many_packs_are_a_crowd(packs: Packs) -> None:
    """Closed between two of them, as builds are; each puts what it makes into another."""
    places = []
    for at in range(33):
        places.append(packs.put({"a": b"%d" % at}))
        packs.close()
    assert not packs.crowded(places[1:])
    assert packs.crowded(places)
    packs.tidy(places[1:])
    assert len(list(packs.folder.glob("*.pack"))) == 32
