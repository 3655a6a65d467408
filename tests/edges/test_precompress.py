"""``[site] precompress``: complete, never old, gone with its original, and nobody else's."""

import gzip
import json
import sys
from pathlib import Path

import brotli
import pytest

from feeds.edges.content import Folder
from feeds.edges.output import Site
from feeds.edges.precompress import NOTE, disturbed, precompress
from feeds.errors import WorldError
from feeds.jobs.build import build
from feeds.jobs.publish import turn
from feeds.model import ENCODINGS, Changes
from feeds.render.compression import MIN_BYTES, original_of, worth_it
from tests.edges.conftest import SETTINGS, TALK, Run, snapshot

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BACK = {"gz": gzip.decompress, "br": brotli.decompress, "zst": zstd.decompress}


def ask_for(root: Path, kinds: str) -> None:
    """Write the setting."""
    text = f"{SETTINGS}\n[site]\nprecompress = {kinds}\n"
    (root / "content" / "publication.toml").write_text(text, "utf-8")


@pytest.fixture
def asking(publication: Path) -> Path:
    """A publication with three talks that wants all forms."""
    ask_for(publication, '["gz", "br", "zst"]')
    return publication


def made(root: Path, output: Path | None = None) -> tuple[Changes, Changes]:
    """What ``talkfeeds build`` does: what was written, and what was compressed."""
    public = output or root / "public"
    built = build(Folder(root), Site(public, root / "content"))
    kinds = built.loaded.publication.site.precompress
    return built.changes, precompress(public, kinds, built.paths)


def assert_complete(public: Path, kinds: tuple[str, ...] = ENCODINGS) -> int:
    """Every text has each form, which reads back as it; nothing else has one. How many."""
    files = {path: data for path, data in snapshot(public).items() if not path.startswith(".")}
    packed = {path for path in files if original_of(path)[0]}
    texts = {path for path in files.keys() - packed if worth_it(path, len(files[path]))}
    assert packed == {f"{path}.{kind}" for path in texts for kind in kinds}
    for path in packed:
        original, kind = original_of(path)
        assert BACK[kind](files[path]) == files[original], path
    return len(packed)


def stamps(public: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of every file."""
    return {
        str(path.relative_to(public)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in public.rglob("*")
        if path.is_file()
    }


def test_every_text_stands_beside_itself_in_each_form_and_again_nothing_is_touched(
    talkfeeds: Run, asking: Path
) -> None:
    public = asking / "public"
    first = talkfeeds("--root", asking, "build")
    count = assert_complete(public)
    assert count > 30
    assert f" removed, {count} made smaller\n" in first.stdout, first.stderr
    before = stamps(public)
    again = json.loads(talkfeeds("--root", asking, "build", "--json").stdout)
    assert (again["written"], again["removed"], again["precompressed"]) == (0, 0, 0)
    assert stamps(public) == before


def test_after_an_edit_only_what_changed_is_made_again_and_the_whole_is_as_from_nothing(
    asking: Path, tmp_path: Path
) -> None:
    public = asking / "public"
    made(asking)
    before = stamps(public)
    talk = asking / "content" / "talks" / "talk-2.md"
    talk.write_text(talk.read_text("utf-8") + "\nUna frase más.\n", "utf-8")
    made(asking)
    assert_complete(public)
    after = stamps(public)
    changed = {path for path, stamp in after.items() if before.get(path) != stamp}
    assert "talks/talk-2/index.html.br" in changed
    for path in after:
        original = original_of(path)[0]
        assert not original or (path in changed) == (original in changed), path
    made(asking, tmp_path / "clean")
    assert snapshot(tmp_path / "clean") == snapshot(public)


def test_a_form_goes_with_its_original_and_with_the_setting(asking: Path) -> None:
    public = asking / "public"
    made(asking)
    (asking / "content" / "talks" / "talk-3.md").unlink()
    made(asking)
    assert not (public / "talks" / "talk-3").exists()
    assert_complete(public)
    ask_for(asking, '["br"]')
    made(asking)
    assert_complete(public, ("br",))
    ask_for(asking, "[]")
    made(asking)
    assert assert_complete(public, ()) == 0
    assert not (public / NOTE).exists()


def test_what_a_kill_left_old_is_mended_by_a_build_that_has_nothing_else_to_do(
    asking: Path,
) -> None:
    made(asking)
    talk = asking / "content" / "talks" / "talk-2.md"
    talk.write_text(talk.read_text("utf-8") + "\nUna frase más.\n", "utf-8")
    # All that a build does before it begins to compress.
    changes = build(Folder(asking), Site(asking / "public", asking / "content")).changes
    assert changes.written > 0
    changes, packed = made(asking)
    assert changes.written == 0
    assert packed.written > 0
    assert_complete(asking / "public")


def test_a_text_that_shrinks_below_the_least_has_no_forms_any_more(tmp_path: Path) -> None:
    public = tmp_path / "public"
    public.mkdir()
    page = public / "a.txt"
    page.write_bytes(b"a" * MIN_BYTES)
    assert precompress(public, ENCODINGS, ()).written == 3
    disturbed(public)
    page.write_bytes(b"a" * (MIN_BYTES - 1))
    assert precompress(public, ENCODINGS, ()).removed == 3
    assert {path.name for path in public.iterdir()} == {"a.txt", NOTE}


def test_an_authors_own_archive_is_neither_replaced_nor_removed(asking: Path) -> None:
    content = asking / "content"
    (content / "data.txt").write_text("números\n" * 500, "utf-8")
    (content / "data.txt.gz").write_bytes(b"what the author compressed")
    (content / "alone.json.gz").write_bytes(b"and this")
    (content / "talks" / "talk-1.md").write_text(
        TALK.format(number=1) + "\n[a](/data.txt) [b](/data.txt.gz) [c](/alone.json.gz)\n", "utf-8"
    )
    public = asking / "public"
    for kinds in ('["gz", "br"]', "[]", '["gz"]'):
        ask_for(asking, kinds)
        made(asking)
        assert (public / "data.txt.gz").read_bytes() == b"what the author compressed"
        assert (public / "alone.json.gz").read_bytes() == b"and this"
        assert (public / "data.txt.br").exists() == ("br" in kinds)
        assert (public / "index.html.gz").exists() == ("gz" in kinds)


def test_what_lies_in_a_hosts_own_folders_is_left_alone(asking: Path) -> None:
    made(asking)
    own = asking / "public" / ".well-known" / "security.txt"
    own.parent.mkdir()
    own.write_bytes(b"a" * 5_000)
    disturbed(asking / "public")
    made(asking)
    assert [path.name for path in own.parent.iterdir()] == ["security.txt"]


def test_a_form_that_nobody_knows_is_named_with_those_that_there_are(
    talkfeeds: Run, publication: Path
) -> None:
    ask_for(publication, '["gz", "bz2"]')
    done = talkfeeds("--root", publication, "build")
    assert done.returncode == 1
    assert (
        "publication.toml:8: site.precompress: 'bz2' is no form that files are compressed in "
        '(such as ["gz"]; [] for none of gz, br, zst)'
    ) in done.stderr


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="the standard library has it")
def test_a_library_that_is_missing_is_named_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "backports", None)
    with pytest.raises(WorldError) as caught:
        precompress(tmp_path, ("gz", "zst"), ())
    assert str(caught.value) == (
        "[site] precompress: zst needs backports-zstd "
        "(install it with: pip install 'talkfeeds[precompress]')"
    )
    assert list(tmp_path.iterdir()) == []


def test_what_the_disk_refuses_is_told_and_completed_later(tmp_path: Path) -> None:
    public = tmp_path / "public"
    public.mkdir()
    for number in range(50):
        (public / f"{number}.txt").write_bytes(b"a" * 2_000)
    in_the_way = public / "25.txt.gz"
    in_the_way.mkdir()
    with pytest.raises(WorldError, match="public: cannot be written: is a directory"):
        precompress(public, ("gz",), ())
    assert {path.name for path in public.iterdir() if path.name.startswith(".")} == {NOTE}
    in_the_way.rmdir()
    assert precompress(public, ("gz",), ()).written > 0
    assert assert_complete(public, ("gz",)) == 50


def test_compressed_feeds_go_up_when_feeds_do() -> None:
    for path in ("feed.atom", "index.html", "talks/a/index.html", "archive/1.atom", "style.css"):
        assert turn(f"{path}.gz") == turn(path)
    assert turn("slides.tar.gz") == 0


def test_a_form_that_somebody_deleted_comes_back(talkfeeds: Run, asking: Path) -> None:
    talkfeeds("--root", asking, "build")
    before = snapshot(asking / "public")
    (asking / "public" / "index.html.gz").unlink()
    again = json.loads(talkfeeds("--root", asking, "build", "--json").stdout)
    assert (again["written"], again["precompressed"]) == (0, 1)
    assert snapshot(asking / "public") == before
