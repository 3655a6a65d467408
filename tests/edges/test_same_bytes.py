"""Same input, same bytes (promise 2), and an edit changes only what lists the talk."""

import shutil
from pathlib import Path

import pytest

from tests.edges.conftest import Run, snapshot, write_publication

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.slow
def test_clock_zone_locale_hash_seed_and_file_order_change_nothing(
    tmp_path: Path, talkfeeds: Run
) -> None:
    content = REPOSITORY / "content"
    found = []
    for number, environment in enumerate(
        (
            {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
            {"TZ": "America/Adak", "LC_ALL": "es_MX.UTF-8", "PYTHONHASHSEED": "4242"},
        )
    ):
        root = tmp_path / str(number)
        files = sorted(path for path in content.rglob("*") if path.is_file())
        for path in reversed(files) if number else files:
            target = root / "content" / path.relative_to(content)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        done = talkfeeds("--root", root, "build", env=environment)
        assert done.returncode == 0, done.stderr
        assert talkfeeds("--root", root, "digest", "2017-W49", env=environment).returncode == 0
        # The cache tells when files changed, so it is another one each time.
        shutil.rmtree(root / ".talkfeeds" / "cache")
        found.append(snapshot(root / "public") | snapshot(root / ".talkfeeds"))
    assert found[0] == found[1]
    assert len(found[0]) > 25


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("faketime") is None,
    reason="NOT TESTED: faketime is not installed (apt-get install faketime)",
)
def test_the_clock_changes_nothing(tmp_path: Path) -> None:
    import subprocess
    import sys

    root = write_publication(tmp_path / "publication")
    found = []
    for clock in ("1999-12-31 23:59:59", "2041-07-01 12:00:00"):
        shown = subprocess.run(
            ["faketime", clock, sys.executable, "-m", "feeds", "--root", root, "build"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert "3 talks" in shown.stdout
        found.append(snapshot(root / "public"))
        shutil.rmtree(root / "public")
    assert found[0] == found[1]


def test_an_edit_changes_only_what_lists_the_talk(tmp_path: Path, talkfeeds: Run) -> None:
    root = write_publication(tmp_path / "publication", talks=5)
    other = root / "content" / "talks" / "older.md"
    other.write_text("---\ntitle: Older\ndate: 2016-01-05\nid: tag:x,2026:o\n---\nOther week.\n")
    talkfeeds("--root", root, "build")
    before = snapshot(root / "public")
    path = root / "content" / "talks" / "talk-3.md"
    path.write_text(path.read_text("utf-8").replace("Notas de", "Apuntes de"), "utf-8")
    done = talkfeeds("--root", root, "build")
    after = snapshot(root / "public")
    assert before.keys() == after.keys()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {
        "talks/talk-3/index.html",
        "issues/2017-W49/index.html",
        "feed.atom",
        "feed.json",
        "languages/es-mx/feed.atom",
        "languages/es-mx/feed.json",
        "search/words-.json",
    }
    assert "7 files written" in done.stdout


def test_ids_survive_renaming_retitling_redating_and_another_video(
    tmp_path: Path, talkfeeds: Run
) -> None:
    import feedparser

    root = write_publication(tmp_path / "publication")

    def ids() -> set[str]:
        assert talkfeeds("--root", root, "build").returncode == 0
        found = feedparser.parse((root / "public" / "feed.atom").read_bytes())
        return {entry.id for entry in found.entries}

    before = ids()
    path = root / "content" / "talks" / "talk-2.md"
    text = path.read_text("utf-8").replace("Plática 2", "Otro título").replace("12-07", "12-08")
    path.unlink()
    renamed = path.with_name("otro-nombre.md")
    renamed.write_text(text.replace("abcdefghi02", "zzzzzzzzzzz"), "utf-8")
    assert ids() == before
