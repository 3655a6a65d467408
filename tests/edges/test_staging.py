"""A first build puts whole folders into their places; whatever is in its way is as safe as ever."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.edges.output import Site
from feeds.edges.public import MARKER
from feeds.edges.staging import STAGE
from feeds.errors import WorldError
from feeds.model import Changes, Copy, Output, Staged
from tests.edges.conftest import snapshot

_ALL = {
    "feed.atom": b"1",
    "archive/a": b"1",
    "talks/a/index.html": b"1",
    "talks/b/index.html": b"2",
}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "content").mkdir()
    return Site(tmp_path / "public", tmp_path / "content")


def outputs(files: dict[str, bytes] = _ALL) -> Iterator[Output | Copy]:
    for path, data in files.items():
        yield Output(path, data)


def test_nothing_is_seen_until_all_files_are_finished(site: Site) -> None:
    def watched() -> Iterator[Output | Copy]:
        for output in outputs():
            yield output
            assert {path.name for path in site.folder.iterdir()} == {MARKER, STAGE}

    assert site.write(watched()) == Changes(4, 0, 0)
    assert snapshot(site.folder) == {**_ALL, MARKER: snapshot(site.folder)[MARKER]}


def test_a_folder_stands_before_what_was_made_after_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    rename = os.rename

    def watched(source: str, target: str) -> None:
        rename(source, target)
        seen.append(Path(target).name)

    monkeypatch.setattr("feeds.edges.staging.os.rename", watched)
    site.write(outputs({"archive/a": b"", "index.html": b"", "archive/b": b"", "feed.atom": b""}))
    assert seen == ["index.html", "archive", "feed.atom"]


def test_a_build_that_is_killed_between_two_folders_is_completed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves = iter([True, True])
    rename = os.rename

    def killed(source: str, target: str) -> None:
        if not next(moves, False):
            raise KeyboardInterrupt
        rename(source, target)

    with monkeypatch.context() as context:
        context.setattr("feeds.edges.staging.os.rename", killed)
        with pytest.raises(KeyboardInterrupt):
            site.write(outputs())
    left = snapshot(site.folder)
    assert 0 < len([path for path in left if path in _ALL]) < len(_ALL)
    assert all(left[path] == _ALL[path] for path in left if path in _ALL)
    assert site.write(outputs()).removed == 0
    assert {path: data for path, data in snapshot(site.folder).items() if path in _ALL} == _ALL
    assert not (site.folder / STAGE).exists()


def test_a_hosts_own_hidden_folder_takes_in_what_belongs_there(site: Site) -> None:
    own = site.folder / ".well-known"
    own.mkdir(parents=True)
    (own / "host").write_text("its own")
    site.write(outputs({".well-known/security.txt": b"ours", "index.html": b"1"}))
    assert (own / "host").read_text() == "its own"
    assert (own / "security.txt").read_bytes() == b"ours"
    assert (site.folder / "index.html").read_bytes() == b"1"


def test_what_came_meanwhile_goes_as_it_would_from_a_folder_that_was_full(site: Site) -> None:
    def meanwhile() -> Iterator[Output | Copy]:
        yield from outputs()
        (site.folder / "stray.html").write_text("somebody's")

    assert site.write(meanwhile()) == Changes(4, 0, 1)
    assert not (site.folder / "stray.html").exists()


@pytest.mark.parametrize(
    ("first", "second"), [("a", "a/b"), ("a/b", "a"), ("a/b/c", "a/b"), ("a/b", "a/b/c/d")]
)
def test_a_file_where_another_needs_a_folder_is_told_by_who_knows_both(
    site: Site, first: str, second: str
) -> None:
    """A build refuses such files at the end of its outputs, with their names; until then they
    must not be in each other's way."""

    def clashing() -> Iterator[Output | Copy]:
        yield Output(first, b"1")
        yield Output(second, b"2")
        raise LookupError("clash")

    with pytest.raises(LookupError, match="clash"):
        site.write(clashing())
    assert not site.folder.exists()


def test_two_files_of_one_path_never_write_into_what_is_linked(site: Site) -> None:
    made = site.content.parent / ".talkfeeds" / "audio"
    made.mkdir(parents=True)
    (made / "a.m4a").write_bytes(b"sound")
    (site.content / "a.m4a").write_bytes(b"other")
    twice: list[Output | Copy] = [
        Copy("audio/a.m4a", "audio/a.m4a", made=True),
        Copy("audio/a.m4a", "a.m4a"),
        Output("audio/a.m4a", b"third"),
    ]
    site.write(iter(twice))
    assert (made / "a.m4a").read_bytes() == b"sound"
    assert (site.folder / "audio/a.m4a").read_bytes() == b"third"


def test_a_file_that_is_gone_is_told_as_one(site: Site) -> None:
    with pytest.raises(WorldError, match=r"a\.pdf: cannot be written: no such file"):
        site.write(iter([Copy("slides/a.pdf", "a.pdf")]))
    assert not site.folder.exists()


def test_processes_that_were_forked_fill_one_stage(site: Site) -> None:
    def staged() -> Iterator[Staged]:
        ends = []
        for number in range(3):
            if (child := os.fork()) == 0:
                status = 1
                try:
                    for one in range(number, 60, 3):
                        site.stage(Output(f"talks/{one // 7}/{one}", str(one).encode()))
                    status = 0
                finally:
                    os._exit(status)
            ends.append(os.waitpid(child, 0)[1])
        assert ends == [0, 0, 0]
        for one in range(60):
            yield Staged(f"talks/{one // 7}/{one}", "/")

    assert site.write(staged()) == Changes(60, 0, 0)
    found = snapshot(site.folder)
    assert all(found[f"talks/{one // 7}/{one}"] == str(one).encode() for one in range(60))
