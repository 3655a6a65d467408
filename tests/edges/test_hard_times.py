"""Killed and crowded builds: always the old or the new, and the next build is a clean one."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.edges.conftest import Run, snapshot, write_publication


def start(root: Path, output: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "feeds", "--root", str(root), "build", "--output", str(output)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.slow
def test_a_first_build_killed_while_it_stages_is_followed_by_a_clean_one(
    tmp_path: Path, talkfeeds: Run
) -> None:
    root = write_publication(tmp_path / "publication", talks=99)
    output, clean = tmp_path / "public", tmp_path / "clean"
    child = start(root, output)
    deadline = time.monotonic() + 60
    # Killed at a known point, not after a time: when the first pages lie in the stage.
    while not list(output.glob(".talkfeeds-stage*/**/index.html")):
        assert time.monotonic() < deadline
        assert child.poll() is None, "the build ended before it could be killed"
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert list(output.glob(".talkfeeds-stage*/**/index.html"))
    assert not list(output.glob("[!.]*"))
    for target in (output, clean):
        done = talkfeeds("--root", root, "build", "--output", target)
        assert done.returncode == 0, done.stderr
    assert snapshot(output) == snapshot(clean)


@pytest.mark.slow
def test_two_builds_at_once_into_a_new_folder_agree(tmp_path: Path, talkfeeds: Run) -> None:
    root = write_publication(tmp_path / "publication", talks=30)
    output = tmp_path / "public"
    children = [start(root, output) for _ in range(3)]
    assert [child.wait() for child in children] == [0, 0, 0]
    clean = tmp_path / "clean"
    talkfeeds("--root", root, "build", "--output", clean)
    assert snapshot(output) == snapshot(clean)


@pytest.mark.slow
def test_a_failing_build_takes_nothing_away_from_another(tmp_path: Path, talkfeeds: Run) -> None:
    good = write_publication(tmp_path / "good", talks=30)
    bad = write_publication(tmp_path / "bad", talks=30)
    (bad / "templates").mkdir()
    (bad / "templates" / "subscribe.html").write_text("{{ 1/0 }}")
    output, clean = tmp_path / "public", tmp_path / "clean"
    talkfeeds("--root", good, "build", "--output", clean)
    for _ in range(3):
        shutil.rmtree(output, ignore_errors=True)
        children = [start(good, output), start(bad, output)]
        assert [child.wait() for child in children] == [0, 1]
        assert snapshot(output) == snapshot(clean)


def test_a_failed_first_build_leaves_no_folders(tmp_path: Path, talkfeeds: Run) -> None:
    root = write_publication(tmp_path / "publication")
    (root / "templates").mkdir()
    (root / "templates" / "subscribe.html").write_text("{{ 1/0 }}")
    done = talkfeeds("--root", root, "build", "--output", tmp_path / "deep" / "er" / "x")
    assert done.returncode == 1
    assert not (tmp_path / "deep").exists()


def test_output_cannot_reach_the_publication_by_a_detour(publication: Path, talkfeeds: Run) -> None:
    for name in ("public/../content/web", "templates", ".talkfeeds", "content", ".."):
        done = talkfeeds("--root", publication, "build", "--output", publication / name)
        assert done.returncode == 2, name
        assert "would write over the publication itself" in done.stderr


def test_an_asset_below_a_folder_named_like_a_page_is_refused(
    publication: Path, talkfeeds: Run
) -> None:
    (publication / "content" / "index.html").mkdir()
    (publication / "content" / "index.html" / "a.png").write_bytes(b"png")
    talk = publication / "content" / "talks" / "talk-1.md"
    talk.write_text(talk.read_text("utf-8") + "\n![x](index.html/a.png)\n", "utf-8")
    done = talkfeeds("--root", publication, "build")
    assert done.returncode == 1
    assert "content/index.html/a.png: would replace a page of the site" in done.stderr


@pytest.mark.slow
def test_what_no_feed_can_carry_is_refused_before_it_is_written(
    publication: Path, talkfeeds: Run
) -> None:
    before = snapshot(publication)
    notes = publication / "notes.md"
    notes.write_text("## A\n\ntext\n")
    done = talkfeeds(
        "--root", publication, "import", notes, "--date", "2017-12-07", "--event", "a\x01"
    )
    assert done.returncode == 2
    done = talkfeeds("--root", publication, "new", "--talk", "a\x01b")
    assert done.returncode == 2
    notes.write_text("## A\n\n" + "text\n" * 300_000)
    done = talkfeeds("--root", publication, "import", notes, "--date", "2017-12-07")
    assert done.returncode == 1
    assert "a talk has at most 1,048,576" in done.stderr
    notes.unlink()
    assert snapshot(publication) == before


def test_a_symbolic_link_to_itself_is_a_problem_among_others(
    publication: Path, talkfeeds: Run
) -> None:
    (publication / "content" / "talks" / "d.md").symlink_to("d.md")
    (publication / "content" / "talks" / "e.md").write_text("no front matter")
    done = talkfeeds("--root", publication, "build")
    assert done.returncode == 1
    assert "content/talks/d.md: " in done.stderr
    assert "content/talks/e.md:1: has no front matter" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_full_disk_behind_standard_output_is_told(publication: Path) -> None:
    command = f"{sys.executable} -m feeds --root {publication} build"
    for redirect, status in ((">/dev/full", 1), (">&-", 0), ("2>&-", 0)):
        done = subprocess.run(
            f"{command} {redirect}", shell=True, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, redirect
        assert "Traceback" not in done.stderr
