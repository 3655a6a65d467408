"""What builds remember: seen without being read, never believed when it is not ours."""

import marshal
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from feeds.edges.memory import Memory
from feeds.edges.stamps import Looks
from feeds.jobs.past import Ground, recalled, recalled_briefly
from feeds.model import Publication
from tests.edges.conftest import Run, snapshot, write_publication


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_publication(tmp_path / "publication")


@pytest.fixture
def old(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A publication none of whose files is too young to be known by its times."""
    monkeypatch.setattr("feeds.edges.stamps.STEP_NS", -(10**15))
    monkeypatch.setattr("feeds.edges.content.STEP_NS", -(10**15))
    return root


def sealed(root: Path, *also: str) -> Memory:
    memory = Memory(root, root / "public", also)
    memory.begin()
    (root / "public" / "talks").mkdir(parents=True, exist_ok=True)
    (root / "public" / "talks" / "a").write_text("1")
    memory.seal({"talks": 3}, ["talks/a"])
    return memory


def test_nothing_changed_is_seen_without_reading(old: Path) -> None:
    sealed(old)
    assert Memory(old, old / "public").glance() == {"talks": 3}
    assert Memory(old, old / "public", ["https://other/"]).glance() is None
    assert Memory(old, old / "other").glance() is None


@pytest.mark.parametrize(
    "path", ["content/talks/talk-1.md", "content/publication.toml", "public/talks/a"]
)
@pytest.mark.parametrize("how", ["same size", "gone", "replaced", "another beside it"])
def test_any_change_is_seen(old: Path, path: str, how: str) -> None:
    sealed(old)
    target = old / path
    data = target.read_bytes()
    if how == "same size":
        target.write_bytes(data[::-1])
        os.utime(target, ns=(10**18, 10**18))
    elif how == "gone":
        target.unlink()
    elif how == "replaced":
        target.with_name("new").write_bytes(data)
        target.with_name("new").replace(target)
    else:
        (target.parent / "new.md").write_text("x")
    assert Memory(old, old / "public").glance() is None


def test_what_was_written_a_moment_ago_may_change_unseen_and_is_read_again(root: Path) -> None:
    sealed(root)
    assert Memory(root, root / "public").glance() is None


def seen_and_read(root: Path, changed: str = "") -> Looks:
    """A build whose files are all young, and read: one of them as it is on the disk no more."""
    looks = Looks(root)
    memory = Memory(root, root / "public", looks=looks)
    memory.begin()
    for path in looks.seen.paths:
        data = (root / path).read_bytes()
        looks.note(path, data[::-1] if path == changed else data)
    (root / "public" / "talks").mkdir(parents=True)
    memory.seal({"talks": 3}, ["talks"])
    return looks


def test_a_young_file_is_known_by_its_bytes(root: Path) -> None:
    looks = seen_and_read(root)
    assert looks.young()
    assert Memory(root, root / "public").glance() == {"talks": 3}


def test_a_young_file_that_was_another_when_it_was_read_is_not_known(root: Path) -> None:
    """It may have changed there and back, too fast for its times to show it."""
    seen_and_read(root, "content/talks/talk-1.md")
    assert Memory(root, root / "public").glance() is None


def test_a_young_file_that_changed_between_two_readings_is_not_known(root: Path) -> None:
    looks = seen_and_read(root)
    looks.note("content/talks/talk-1.md", b"another")
    assert looks.young() is None
    looks.note("content/talks/talk-1.md", (root / "content/talks/talk-1.md").read_bytes())
    assert looks.young() is None


def test_a_file_that_was_too_young_at_the_beginning_stays_so(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = Looks(root)
    assert len(list(looks.talks())) == len(list((root / "content" / "talks").iterdir()))
    monkeypatch.setattr("feeds.edges.stamps.STEP_NS", -(10**15))
    looks.beside()  # a second look
    assert looks.young() is None
    looks.again()
    looks.beside()
    assert looks.young() == {}


def test_files_that_are_not_young_any_more_are_not_read_any_more(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen_and_read(root)
    monkeypatch.setattr("feeds.edges.stamps.STEP_NS", -(10**15))
    assert Memory(root, root / "public").glance() == {"talks": 3}
    monkeypatch.setattr("feeds.edges.stamps.Looks.holds", lambda *_given: False)
    assert Memory(root, root / "public").glance() == {"talks": 3}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["seal", "state", "brief", "solid"])
def test_a_damaged_memory_is_none(old: Path, name: str, talkfeeds: Run) -> None:
    assert talkfeeds("--root", old, "build").returncode == 0
    before = snapshot(old / "public")
    (file,) = (old / ".talkfeeds" / "cache").glob(f"*/{name}")
    data = file.read_bytes()
    for harmed in (b"", data[:-1], data[:40] + b"?" + data[41:], b"talkfeeds 0\n" + data[12:]):
        file.write_bytes(harmed)
        done = talkfeeds("--root", old, "build")
        assert done.returncode == 0, done.stderr
        assert snapshot(old / "public") == before


def test_only_what_is_spoken_of_is_kept(root: Path) -> None:
    memory = Memory(root, root / "public")
    memory.put({"a": b"0"})
    other = Memory(root, root / "public")
    lone = other.put({"a": b"1"})
    other.keep(([], [], []), {}, [lone])
    assert len(list(other.folder.glob("*.pack"))) == 1
    assert other.get(lone, "a") == b"1"
    memory.close()
    other.close()


class Harm:
    """Does harm when a pickle is opened."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch harmed",)


GROUND = Ground(Publication("T", "tag:example.org,2026:t", "https://e.org/"), {}, {}, None)
LOOSE: tuple[Any, ...] = ("", "", b"", (), (), {}, {}, 0)


@pytest.mark.parametrize("where", ["nowhere", "solid", "objects", "loose"])
def test_a_cache_that_came_with_somebodys_files_runs_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.chdir(root)
    memory = Memory(root, root / "public")
    assert recalled_briefly(memory) is None  # by now it knows what may come into being
    solid = [[("a", Harm() if where == "solid" else 1)]]
    objects = [Harm() if where == "objects" else GROUND]
    loose = (*LOOSE[:-1], Harm()) if where == "loose" else LOOSE
    plain: list[tuple[str, dict[str, object]]] = [
        (name, {}) for name in ("table", "numbers", "units", "told")
    ]
    memory.keep((solid, objects, plain), loose, [])
    brief = recalled_briefly(memory)
    assert (recalled(memory, brief) is not None) == (where == "nowhere")
    assert not (root / "harmed").exists()
    pickle.loads(pickle.dumps(Harm()))
    assert (root / "harmed").exists(), "the test could not fail"


def test_a_build_with_nothing_to_do_imports_nothing_that_makes(old: Path) -> None:
    heavy = {"feedgen", "lxml", "jinja2", "yaml", "PIL"}
    assert imported_by_a_build(old) >= heavy
    assert imported_by_a_build(old).isdisjoint(heavy | {"yt_dlp", "sqlalchemy", "rich"})


@pytest.mark.parametrize(
    ("solid", "objects", "plain", "loose"),
    [
        ([1], [GROUND], [{}, {}, {}], LOOSE),
        ([[1]], [GROUND], [{}, {}, {}], LOOSE),
        ([], [], [{}, {}, {}], LOOSE),
        ([], [1], [{}, {}, {}], LOOSE),
        ([], [GROUND, GROUND], [{}, {}, {}], LOOSE),
        ([], [GROUND], [{}], LOOSE),
        ([], [GROUND], [{}, {}, {}, 5], LOOSE),
        ([], [GROUND], [{}, {}, {}], LOOSE[1:]),
        ([], [GROUND], [{}, {}, {}], 5),
    ],
)
def test_a_cache_of_another_shape_is_none(
    root: Path, solid: Any, objects: Any, plain: Any, loose: Any
) -> None:
    memory = Memory(root, root / "public")
    recalled_briefly(memory)
    memory.keep((solid, objects, plain), loose, [])
    assert recalled(memory, recalled_briefly(memory)) is None


@pytest.mark.parametrize("sealed", [1, [], {}, {"paths": 1}, {"paths": [], "young": 3}])
def test_a_seal_of_another_shape_is_none(old: Path, sealed: Any) -> None:
    memory = Memory(old, old / "public")
    memory._write("seal", [marshal.dumps(sealed)])
    assert memory.glance() is None
    assert not memory.untouched()


def imported_by_a_build(root: Path) -> set[str]:
    """The packages that a build imports when no file is too young to be known by its times."""
    script = (
        "import sys, feeds.edges.stamps as s\n"
        "s.STEP_NS = -(10**15)\n"
        "from feeds.cli import main\n"
        f"assert main(['--root', {str(root)!r}, 'build']) == 0\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stderr.splitlines()[-1].split())


def test_a_cache_that_cannot_be_written_to_is_done_without(root: Path, talkfeeds: Run) -> None:
    (root / ".talkfeeds").mkdir()
    (root / ".talkfeeds" / "cache").write_text("a file where the folder goes")
    for _ in range(2):
        done = talkfeeds("--root", root, "build")
        assert done.returncode == 0, done.stderr
    assert "0 files written" in done.stdout
    assert (root / "public" / "feed.atom").exists()


def test_a_full_cache_is_done_without(root: Path) -> None:
    """The disk of the cache is full, that of the output is not."""
    script = (
        "import sys, feeds.edges.memory as m\n"
        "from pathlib import Path\n"
        "m._new_name = lambda: '../../../full'\n"
        "from feeds.cli import main\n"
        f"sys.exit(main(['--root', {str(root)!r}, 'build']))\n"
    )
    (root / "full.pack").symlink_to("/dev/full")
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (root / "public" / "feed.atom").exists()


def test_what_another_python_made_is_made_again(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = sealed(old)
    memory.keep(([3], [1], [{"a": b"2"}]), (), [])
    assert memory.recall({}) == ([1], [{"a": b"2"}], ())
    assert memory.recall_solid() == [3]
    assert Memory(old, old / "public").glance() is not None
    monkeypatch.setattr("feeds.edges.memory.sys.version", "4.0")
    assert Memory(old, old / "public").recall({}) is None
    assert Memory(old, old / "public").glance() is None


def test_what_was_kept_for_a_folder_that_is_gone_goes(root: Path) -> None:
    for name in ("one", "two"):
        (root / name).mkdir()
        Memory(root, root / name).keep(([], [], []), (), [])
    assert len(list((root / ".talkfeeds" / "cache").iterdir())) == 2
    (root / "one").rmdir()
    Memory(root, root / "two").keep(([], [], []), (), [])
    (left,) = (root / ".talkfeeds" / "cache").iterdir()
    assert left == Memory(root, root / "two").folder


def test_a_file_from_the_future_is_known_by_its_times(root: Path) -> None:
    """Anybody can date a file; what says that it changed is a clock that nobody sets."""
    path = root / "content" / "talks" / "talk-1.md"
    os.utime(path, (2**31, 2**31))
    (stamp,) = (found for name, found in Looks(root).seen.all() if name.endswith("talk-1.md"))
    assert stamp is not None
    assert stamp.since_ns < 2**31 * 10**9
