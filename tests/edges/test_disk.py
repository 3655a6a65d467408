"""All or nothing, beside and renamed, nothing touched that is the same (promise 4)."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from feeds.edges.content import Folder
from feeds.edges.disk import Desk, add_files, write_files
from feeds.edges.output import Site
from feeds.edges.public import MARKER
from feeds.edges.root import find_root
from feeds.errors import ContentError, Problem, WorldError
from feeds.model import Changes, Copy, Output
from tests.edges.conftest import Run, snapshot, write_publication


def outputs(**files: str) -> Iterator[Output | Copy]:
    for name, text in files.items():
        yield Output(name.replace("__", "/"), text.encode())


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "content").mkdir()
    return Site(tmp_path / "public", tmp_path / "content")


def test_an_unchanged_file_keeps_its_inode_and_time(site: Site) -> None:
    assert site.write(outputs(same="1", other="1")) == Changes(2, 0, 0)
    before = (site.folder / "same").stat()
    assert site.write(outputs(same="1", other="2")) == Changes(1, 1, 0)
    after = (site.folder / "same").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert (site.folder / "other").read_text() == "2"


def test_files_that_no_longer_belong_go_and_folders_left_empty_too(site: Site) -> None:
    site.write(outputs(index="1", talks__a__index="1"))
    (site.folder / "stray.html").write_text("not ours")
    assert site.write(outputs(index="1")) == Changes(0, 1, 2)
    assert snapshot(site.folder).keys() == {"index", MARKER}
    assert not (site.folder / "talks").exists()


def test_a_hosts_own_hidden_files_stay(site: Site) -> None:
    site.write(outputs(index="1"))
    (site.folder / ".git").mkdir()
    (site.folder / ".git" / "HEAD").write_text("ref")
    (site.folder / ".nojekyll").touch()
    site.write(outputs(index="2"))
    assert (site.folder / ".git" / "HEAD").read_text() == "ref"
    assert (site.folder / ".nojekyll").exists()


def test_a_folder_and_a_file_can_trade_places(site: Site) -> None:
    site.write(outputs(a__b="1", c="1"))
    assert site.write(outputs(a="2", c__d__e="2")) == Changes(2, 0, 0)
    assert snapshot(site.folder).keys() == {"a", "c/d/e", MARKER}


@pytest.mark.parametrize("fresh", [True, False])
def test_a_build_that_fails_changes_nothing(site: Site, fresh: bool) -> None:
    if not fresh:
        site.write(outputs(index="1", gone="1"))
    before = snapshot(site.folder)

    def failing() -> Iterator[Output | Copy]:
        yield Output("index", b"2")
        yield Output("new/folder/page", b"2")
        raise ValueError("a renderer broke")

    with pytest.raises(ValueError, match="a renderer broke"):
        site.write(failing())
    assert snapshot(site.folder) == before
    assert site.folder.exists() is not fresh
    assert not (site.folder / "new").exists()
    assert [path for path in site.folder.glob(".*") if path.name != MARKER] == []


def test_a_folder_with_foreign_files_is_refused_whole(site: Site) -> None:
    site.folder.mkdir()
    (site.folder / "thesis.txt").write_text("years of work")
    with pytest.raises(WorldError, match=r"holds files that no build made \(thesis.txt"):
        site.write(outputs(index="1"))
    assert snapshot(site.folder) == {"thesis.txt": b"years of work"}


def test_what_a_killed_build_left_is_cleared(site: Site) -> None:
    site.write(outputs(index="1"))
    (site.folder / ".talkfeeds-stage").mkdir()
    (site.folder / ".talkfeeds-stage" / "0").write_text("half")
    site.write(outputs(index="1"))
    assert snapshot(site.folder).keys() == {"index", MARKER}


def test_copies_are_compared_by_content(site: Site) -> None:
    (site.content / "a.pdf").write_bytes(b"12345")
    assert site.write(iter([Copy("a.pdf", "a.pdf")])) == Changes(1, 0, 0)
    assert site.write(iter([Copy("a.pdf", "a.pdf")])) == Changes(0, 1, 0)
    (site.content / "a.pdf").write_bytes(b"12346")
    assert site.write(iter([Copy("a.pdf", "a.pdf")])) == Changes(1, 0, 0)
    assert (site.folder / "a.pdf").read_bytes() == b"12346"
    (site.content / "a.pdf").write_bytes(b"1")
    assert site.write(iter([Copy("a.pdf", "a.pdf")])) == Changes(1, 0, 0)


def test_a_link_in_the_way_is_replaced_not_followed(site: Site, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("keep")
    site.write(outputs(index="1"))
    (site.folder / "index").unlink()
    (site.folder / "index").symlink_to(elsewhere)
    site.write(outputs(index="1"))
    assert not (site.folder / "index").is_symlink()
    assert elsewhere.read_text() == "keep"


def test_a_file_in_place_of_the_output_folder(publication: Path, talkfeeds: Run) -> None:
    (publication / "public").write_text("a file")
    done = talkfeeds("--root", publication, "build")
    assert done.returncode == 1
    assert "public: cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert (publication / "public").read_text() == "a file"


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs")
def test_a_full_disk_changes_nothing(tmp_path: Path, talkfeeds: Run) -> None:
    root = write_publication(tmp_path / "publication", talks=80)
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(small)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("NOT TESTED: a full disk (a tmpfs can only be mounted by root)")
    try:
        output = small / "public"
        for talk in sorted((root / "content/talks").iterdir())[5:]:
            talk.rename(tmp_path / talk.name)
        assert talkfeeds("--root", root, "build", "--output", output).returncode == 0
        before = snapshot(output)
        for talk in tmp_path.glob("talk-*.md"):
            talk.rename(root / "content/talks" / talk.name)
        done = talkfeeds("--root", root, "build", "--output", output)
        assert done.returncode == 1
        assert "no space left on device (make room and run it again" in done.stderr
        assert "Traceback" not in done.stderr
        assert snapshot(output) == before
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_write_files_replaces_and_leaves_no_scraps(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    write_files(folder, [Output("x", b"1"), Output("y", b"1")])
    write_files(folder, [Output("x", b"2")])
    assert snapshot(tmp_path) == {"a/b/x": b"2", "a/b/y": b"1"}
    with pytest.raises(WorldError):
        write_files(folder / "x", [Output("z", b"3")])


def test_add_files_never_replaces_and_adds_all_or_none(tmp_path: Path) -> None:
    add_files(tmp_path, [Output("b", b"a person's")])
    with pytest.raises(WorldError, match="file exists"):
        add_files(tmp_path, [Output("a", b"1"), Output("b", b"2"), Output("c", b"3")])
    assert snapshot(tmp_path) == {"b": b"a person's"}


def test_bring_copies_once_and_only_from_beside_the_notes(tmp_path: Path) -> None:
    notes, root = tmp_path / "notes", tmp_path / "root"
    (notes / "slides").mkdir(parents=True)
    (notes / "slides" / "a (1).pdf").write_bytes(b"%PDF")
    (tmp_path / "secret").write_text("no")
    desk = Desk(root, notes)
    assert desk.bring("slides/a (1).pdf") is True
    assert desk.bring("slides/a (1).pdf") is False
    assert desk.bring("slides/none.pdf") is False
    assert desk.bring("../secret") is False
    assert snapshot(root) == {"content/slides/a (1).pdf": b"%PDF"}


def test_find_root_goes_upwards(publication: Path) -> None:
    assert find_root(publication / "content" / "talks") == publication
    with pytest.raises(WorldError, match="talkfeeds new"):
        find_root(publication.parent)


def test_talks_come_in_the_order_of_their_paths_without_hidden_files(publication: Path) -> None:
    talks = publication / "content" / "talks"
    (talks / "2018").mkdir()
    shutil.copy(talks / "talk-1.md", talks / "2018" / "z.MD")
    (talks / ".draft.md").write_text("hidden")
    (talks / "notes.txt").write_text("no talk")
    found = [item[0] for item in Folder(publication).talks() if not isinstance(item, Problem)]
    assert found == [
        f"content/talks/{name}" for name in ("2018/z.MD", "talk-1.md", "talk-2.md", "talk-3.md")
    ]


def _problem(root: Path) -> str:
    (found,) = [str(item) for item in Folder(root).talks() if isinstance(item, Problem)]
    return found


def test_a_link_out_of_content_is_refused_and_one_within_is_read(publication: Path) -> None:
    talks = publication / "content" / "talks"
    (talks / "within.md").symlink_to(talks / "talk-1.md")
    assert [item for item in Folder(publication).talks() if isinstance(item, Problem)] == []
    outside = publication.parent / "outside.md"
    outside.write_text("secret")
    (talks / "out.md").symlink_to(outside)
    assert _problem(publication) == (
        "content/talks/out.md: is a symbolic link out of content/"
        " (copy what it points to into content/)"
    )


def test_a_talks_folder_that_leads_out_is_refused(publication: Path, tmp_path: Path) -> None:
    (publication / "content" / "talks").rename(tmp_path / "away")
    (publication / "content" / "talks").symlink_to(tmp_path / "away")
    assert "content/talks: is a symbolic link out of content/" in _problem(publication)
    (publication / "content" / "talks").unlink()
    assert list(Folder(publication).talks()) == []
    (publication / "content" / "talks").write_text("a file")
    assert "content/talks: is not a folder" in _problem(publication)


def test_pipes_and_broken_links_are_problems_not_hangs(publication: Path) -> None:
    talks = publication / "content" / "talks"
    os.mkfifo(talks / "pipe.md")
    assert "content/talks/pipe.md: is not a regular file" in _problem(publication)
    (talks / "pipe.md").unlink()
    (talks / "broken.md").symlink_to(talks / "nowhere.md")
    assert "content/talks/broken.md: cannot be read: No such file" in _problem(publication)


def test_a_50_mb_talk_is_refused_without_reading_it(publication: Path) -> None:
    path = publication / "content" / "talks" / "huge.md"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    assert "content/talks/huge.md: is 50,000,000 bytes long" in _problem(publication)


def test_assets_leave_out_talks_settings_hidden_files_and_links_out(publication: Path) -> None:
    content = publication / "content"
    (content / "slides").mkdir()
    (content / "slides" / "a.pdf").write_bytes(b"12")
    (content / ".secret").write_text("x")
    (content / "out.txt").symlink_to("/etc/hostname")
    assert {name: asset.size_bytes for name, asset in Folder(publication).assets().items()} == {
        "slides/a.pdf": 2
    }
    shutil.rmtree(content)
    assert Folder(publication).assets() == {}


def test_own_templates_take_the_place_of_those_that_ship(publication: Path) -> None:
    (publication / "templates").mkdir()
    (publication / "templates" / "index.html").write_text("mine")
    templates = Folder(publication).templates()
    assert (templates["index.html"].source, templates["index.html"].own) == ("mine", True)
    assert not templates["talk.html"].own


def test_own_templates_that_cannot_be_read_are_named_all_at_once(publication: Path) -> None:
    own = publication / "templates"
    own.mkdir()
    os.mkfifo(own / "talk.html")
    (own / "index.html").symlink_to(own / "nowhere")
    (own / "loop.html").symlink_to("loop.html")
    (own / "style.css").write_bytes(b"a {\n}\n/* \xe9 */")
    (own / "digest.html").mkdir()
    (own / "pictures").mkdir()
    with (own / "huge.txt").open("wb") as file:
        file.truncate(2_000_000)
    with pytest.raises(ContentError) as caught:
        Folder(publication).templates()
    assert [str(problem) for problem in caught.value.problems] == [
        "templates/digest.html: is not a regular file (put a text file here)",
        (
            "templates/huge.txt: is 2,000,000 bytes long; a template has at most 1,048,576"
            " (move the attachments out of the text, or split it)"
        ),
        "templates/index.html: cannot be read: No such file or directory (check the file)",
        "templates/loop.html: cannot be read: Too many levels of symbolic links (check the file)",
        (
            "templates/style.css:3: byte 0xE9 is not UTF-8"
            " (save it as UTF-8; what is no template belongs elsewhere)"
        ),
        "templates/talk.html: is not a regular file (put a text file here)",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable to root")
def test_own_templates_without_the_right_to_read_them_are_named(publication: Path) -> None:
    own = publication / "templates"
    own.mkdir()
    (own / "talk.html").write_text("mine")
    (own / "talk.html").chmod(0)
    with pytest.raises(ContentError, match=r"^templates/talk.html: cannot be read: Permission"):
        Folder(publication).templates()
    own.chmod(0)
    try:
        with pytest.raises(ContentError, match=r"^templates: cannot be read: Permission"):
            Folder(publication).templates()
    finally:
        own.chmod(0o700)


def test_templates_that_are_no_folder_are_a_problem(publication: Path) -> None:
    own = publication / "templates"
    remedy = "(put the templates into a folder, or remove it to use those that ship)"
    makers: tuple[Callable[[], None], ...] = (
        own.touch,
        lambda: os.mkfifo(own),
        lambda: own.symlink_to("nowhere"),
    )
    for make in makers:
        make()
        with pytest.raises(ContentError) as caught:
            Folder(publication).templates()
        assert str(caught.value) == f"templates: is not a folder {remedy}"
        own.unlink()


def test_own_templates_may_be_links_and_have_a_byte_order_mark(publication: Path) -> None:
    shared = publication.parent / "shared"
    (shared / "parts").mkdir(parents=True)
    (shared / "index.html").write_text("\ufeffmine", "utf-8")
    (publication / "templates").symlink_to(shared)
    templates = Folder(publication).templates()
    assert templates["index.html"].source == "mine"
    assert "parts" not in templates
