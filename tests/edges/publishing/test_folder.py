"""``talkfeeds publish FOLDER``: a mirror that is whole, also after a kill, and hurts nobody."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import feedparser
import pytest

from feeds.edges.content import Folder
from feeds.edges.output import Site
from feeds.edges.public import MARKER
from feeds.edges.publishing import mirror, reading
from feeds.jobs.build import build
from feeds.jobs.publish import turn
from feeds.model import Copy
from tests.edges.conftest import TALK, Run, snapshot


def rebuild(root: Path) -> None:
    build(Folder(root), Site(root / "public", root / "content"))


@pytest.fixture
def built(publication: Path) -> Path:
    """A publication with three talks, built."""
    rebuild(publication)
    return publication


def test_the_folder_becomes_the_site_and_what_is_the_same_is_not_touched(
    talkfeeds: Run, built: Path, tmp_path: Path
) -> None:
    www = tmp_path / "srv" / "www"
    dry = talkfeeds("--root", built, "publish", www, "--dry-run")
    site = snapshot(built / "public")
    number = len(site) - 1
    assert (
        dry.stdout == f"{www}: {number} files would be uploaded, 0 unchanged, 0 would be removed\n"
    )
    assert not www.exists()
    done = talkfeeds("--root", built, "publish", www)
    assert done.stdout == f"{www}: {number} files uploaded, 0 unchanged, 0 removed\n"
    assert snapshot(www) == site
    (www / ".well-known").mkdir()
    (www / ".well-known" / "security.txt").write_text("the host's own")
    before = {path: path.stat().st_mtime_ns for path in www.rglob("*") if path.is_file()}
    (built / "content" / "talks" / "talk-3.md").unlink()
    rebuild(built)
    (www / "talks" / "stray").mkdir()
    (www / "talks" / "stray" / "index.html").write_text("x")
    dry = talkfeeds("--root", built, "publish", www, "--dry-run", "--json")
    again = talkfeeds("--root", built, "publish", www, "--json")
    found = json.loads(again.stdout)
    assert found == {**json.loads(dry.stdout), "dry_run": False}
    assert found["removed"] >= 2
    assert found["unchanged"] > 0
    kept = snapshot(www)
    assert kept.pop(".well-known/security.txt") == b"the host's own"
    assert kept == snapshot(built / "public")
    assert not (www / "talks" / "stray").exists()
    page = www / "talks" / "talk-1" / "index.html"
    assert page.stat().st_mtime_ns == before[page]


def test_a_folder_with_files_of_others_is_left_alone(
    talkfeeds: Run, built: Path, tmp_path: Path
) -> None:
    (tmp_path / "holiday.jpg").write_text("x")
    for extra in ((), ("--dry-run",)):
        done = talkfeeds("--root", built, "publish", tmp_path / "publication" / "..", *extra)
        assert done.returncode in {1, 2}
        assert "Traceback" not in done.stderr
    other = tmp_path / "other"
    other.mkdir()
    (other / "holiday.jpg").write_text("x")
    for extra in ((), ("--dry-run",)):
        done = talkfeeds("--root", built, "publish", other, *extra)
        assert done.returncode == 1
        assert "holds files that no build made" in done.stderr
    assert snapshot(other) == {"holiday.jpg": b"x"}


@pytest.mark.parametrize("place", ["", "content/www", "public", "public/www", ".talkfeeds", ".."])
def test_nothing_is_published_over_the_publication(talkfeeds: Run, built: Path, place: str) -> None:
    before = snapshot(built)
    done = talkfeeds("--root", built, "publish", built / place)
    assert done.returncode == 2
    assert "would write over the publication itself" in done.stderr
    assert snapshot(built) == before


def test_only_what_a_build_made_is_published(
    talkfeeds: Run, publication: Path, tmp_path: Path
) -> None:
    (publication / "public").mkdir()
    (publication / "public" / "secret.txt").write_text("x")
    done = talkfeeds("--root", publication, "publish", tmp_path / "www")
    assert done.returncode == 1
    assert "no build made it (run: talkfeeds build)" in done.stderr
    assert not (tmp_path / "www").exists()


def test_another_folder_can_be_published(talkfeeds: Run, publication: Path, tmp_path: Path) -> None:
    output, www = tmp_path / "out", tmp_path / "www"
    assert talkfeeds("--root", publication, "build", "--output", output).returncode == 0
    assert talkfeeds("--root", publication, "publish", www, "--from", output).returncode == 0
    assert snapshot(www) == snapshot(output)


def test_hidden_files_and_links_stay_at_home(built: Path, tmp_path: Path) -> None:
    public = built / "public"
    (public / ".git").mkdir()
    (public / ".git" / "config").write_text("x")
    (public / "talks" / "link.html").symlink_to("/etc/hostname")
    with reading(public) as paths:
        assert not any(".git" in path or "link" in path or path == MARKER for path in paths)
        assert "index.html" in paths


def test_a_folder_that_cannot_be_written_is_told(
    talkfeeds: Run, built: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    done = talkfeeds("--root", built, "publish", tmp_path / "file" / "www")
    assert done.returncode == 1
    assert "a file stands where a folder is needed" in done.stderr


_KILLED = """
import os, signal, sys
from pathlib import Path
from feeds.edges.publishing import mirror, reading
from feeds.jobs.publish import turn
from feeds.model import Copy

public, www, left = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])

def dying(event, arguments):
    global left
    if event in {"os.rename", "os.remove"} and str(www) in str(arguments[0]):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(dying)
with reading(public) as paths:
    mirror(public, www, paths, turn)
"""


@pytest.mark.slow
def test_killed_at_any_rename_or_removal_no_feed_names_a_page_that_is_not_there(
    built: Path, tmp_path: Path
) -> None:
    www, talks = tmp_path / "www", built / "content" / "talks"
    with reading(built / "public") as paths:
        mirror(built / "public", www, paths, turn)
    kills = 0
    for number in range(40):
        (talks / f"talk-{number + 4}.md").write_text(TALK.format(number=number + 4), "utf-8")
        (talks / f"talk-{number + 1}.md").unlink()
        rebuild(built)
        arguments = [built / "public", www, 1 + number]
        done = subprocess.run(
            [sys.executable, "-c", _KILLED, *map(str, arguments)], check=False, env={**os.environ}
        )
        assert done.returncode in {0, -signal.SIGKILL}
        kills += done.returncode != 0
        for path in www.rglob("*.atom"):
            for entry in feedparser.parse(path.read_bytes()).entries:
                page = entry.link.removeprefix("https://talks.example.org/")
                assert (www / page / "index.html").is_file(), f"round {number}"
        if done.returncode == 0:
            break
    assert kills > 8
    with reading(built / "public") as paths:
        mirror(built / "public", www, paths, turn)
    assert snapshot(www) == snapshot(built / "public")


@pytest.mark.slow
def test_killed_among_removals_a_feed_goes_before_the_page_that_it_names(tmp_path: Path) -> None:
    page, feed = "talks/z/index.html", "tags/z/feed.atom"
    public, www = tmp_path / "public", tmp_path / "www"
    for path in (MARKER, page, feed, "index.html"):
        (public / path).parent.mkdir(parents=True, exist_ok=True)
        (public / path).write_text(path)
    seen = set()
    for left in (9, 1, 2):
        with reading(public) as paths:
            mirror(public, www, paths, turn)
            shorter = tmp_path / f"shorter-{left}"
            Site(shorter, public).write(Copy(path, path) for path in ["index.html"])
        arguments = [shorter, www, left]
        subprocess.run([sys.executable, "-c", _KILLED, *map(str, arguments)], check=False)
        assert (www / page).is_file() or not (www / feed).exists()
        seen.add(((www / page).is_file(), (www / feed).is_file()))
    assert len(seen) == 3
