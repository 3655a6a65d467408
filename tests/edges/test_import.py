"""The import as a command: adds files, loses nothing, never overwrites (promise 5)."""

import json
import re
from collections import Counter
from pathlib import Path

import feedparser
import pytest

from tests.edges.conftest import Run, snapshot

NOTES = Path(__file__).parents[1] / "corpus" / "notes" / "kubecon-2017-dia-2.md"
EVENT = "KubeCon + CloudNativeCon North America 2017"
ARGUMENTS = ("--event", EVENT, "--first-day", "2017-12-06", "--abstract-language", "en")


@pytest.fixture
def empty(publication: Path) -> Path:
    for path in (publication / "content" / "talks").iterdir():
        path.unlink()
    return publication


def import_(talkfeeds: Run, root: Path, notes: Path, *arguments: str) -> dict[str, list[dict]]:  # type: ignore[type-arg]
    done = talkfeeds("--root", root, "import", notes, "--json", *arguments)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[dict]] = json.loads(done.stdout)  # type: ignore[type-arg]
    return found


def states(said: dict[str, list[dict]]) -> Counter[str]:  # type: ignore[type-arg]
    return Counter(talk["state"] for talk in said["talks"])


def test_the_real_day_ends_in_the_feed(talkfeeds: Run, empty: Path) -> None:
    said = import_(talkfeeds, empty, NOTES, *ARGUMENTS)
    assert states(said) == {"created": 11}
    built = talkfeeds("--root", empty, "build")
    assert "10 talks (1 draft left out)" in built.stdout
    found = feedparser.parse((empty / "public" / "feed.atom").read_bytes())
    videos = {link.href for entry in found.entries for link in entry.links if link.rel == "related"}
    assert len(videos) == 10
    authors = {author.name for entry in found.entries for author in entry.authors}
    assert {"Kelsey Hightower", "Illya Chekrygin", "Clayton Coleman", "Patrick Galbraith"} < authors


def test_nothing_of_the_real_day_is_lost(talkfeeds: Run, empty: Path) -> None:
    said = import_(talkfeeds, empty, NOTES, *ARGUMENTS)
    files = "\n".join(path.read_text("utf-8") for path in (empty / "content" / "talks").iterdir())
    report = "\n".join(remark["text"] for remark in said["remarks"])
    words = Counter(re.findall(r"\w+", files + report))
    for line in NOTES.read_text("utf-8").split("\n"):
        if line.strip() in files or line.strip() in report:
            continue
        # Headings and links are taken apart; their words stand in the front matter.
        kinds = {"Keynote": "keynote", "I": "intermediate", "Youtube": "youtube"}
        kinds |= {"Diapositivas": "slides", "youtu": "youtube", "be": "youtube"}
        for word in re.findall(r"\w+", line):
            assert words[kinds.get(word, word)], f"{word!r} of {line!r} is nowhere"


def test_importing_twice_changes_nothing(talkfeeds: Run, empty: Path) -> None:
    import_(talkfeeds, empty, NOTES, *ARGUMENTS)
    before = snapshot(empty)
    times = {path: path.stat().st_mtime_ns for path in empty.rglob("*.md")}
    assert states(import_(talkfeeds, empty, NOTES, *ARGUMENTS)) == {"unchanged": 11}
    assert snapshot(empty) == before
    assert {path: path.stat().st_mtime_ns for path in empty.rglob("*.md")} == times


def test_an_edited_renamed_retitled_file_is_kept(talkfeeds: Run, empty: Path) -> None:
    import_(talkfeeds, empty, NOTES, *ARGUMENTS)
    talks = empty / "content" / "talks"
    old = talks / "running-mysql-on-kubernetes.md"
    text = old.read_text("utf-8").replace("Running MySQL on", "MySQL sobre")
    head, _, notes = text.partition("* MySQL on K8s.")
    edited = talks / "mysql.md"
    edited.write_text(f"{head}Corregido: {notes}", "utf-8")
    old.unlink()
    before = snapshot(empty)
    said = import_(talkfeeds, empty, NOTES, *ARGUMENTS)
    assert states(said) == {"unchanged": 10, "kept": 1}
    assert snapshot(empty) == before
    (kept,) = [talk for talk in said["talks"] if talk["state"] == "kept"]
    assert kept["path"] == "content/talks/mysql.md"
    (line,) = kept["missing_lines"]
    assert line.startswith("* MySQL on K8s. Una DB es como una mascota")


def test_a_dry_run_writes_nothing(talkfeeds: Run, empty: Path) -> None:
    before = snapshot(empty)
    done = talkfeeds("--root", empty, "import", NOTES, "--dry-run", *ARGUMENTS)
    assert done.returncode == 0
    assert done.stdout.count("would be created: content/talks/") == 11
    assert snapshot(empty) == before


def test_a_hand_written_file_of_the_same_name_stays(talkfeeds: Run, empty: Path) -> None:
    mine = empty / "content" / "talks" / "a-title.md"
    mine.write_text("---\ntitle: Mine\ndate: 2017-12-07\nid: tag:x,2026:mine\n---\nMine.\n")
    notes = empty / "notes.md"
    notes.write_text("# Day 1\n\n## A title\n\nText.\n")
    said = import_(talkfeeds, empty, notes, "--date", "2017-12-07")
    assert [talk["path"] for talk in said["talks"]] == ["content/talks/a-title-2.md"]
    assert "Mine." in mine.read_text()
    assert states(import_(talkfeeds, empty, notes, "--date", "2017-12-07")) == {"unchanged": 1}
    assert talkfeeds("--root", empty, "build").returncode == 0


def test_slides_beside_the_notes_come_along(talkfeeds: Run, empty: Path, tmp_path: Path) -> None:
    folder = tmp_path / "day"
    (folder / "slides").mkdir(parents=True)
    (folder / "slides" / "My Talk (final).pdf").write_bytes(b"%PDF-1.4")
    (folder / "day-1.md").write_text(
        "## A title - Ada Lovelace, Acme\n\n- [Slides](slides/My Talk (final).pdf)\n\nText.\n"
    )
    said = import_(talkfeeds, empty, folder / "day-1.md", "--first-day", "2017-12-06")
    assert list(map(str, said["slides"])) == ["slides/My Talk (final).pdf"]
    copied = empty / "content" / "slides" / "My Talk (final).pdf"
    assert copied.read_bytes() == b"%PDF-1.4"
    assert talkfeeds("--root", empty, "build").stderr == ""


def test_new_notes_of_an_old_day_add_only_the_new_talk(talkfeeds: Run, empty: Path) -> None:
    notes = empty / "notes.md"
    notes.write_text("## One\n\nText one.\n\n## Two\n\nText two.\n")
    import_(talkfeeds, empty, notes, "--date", "2017-12-07")
    notes.write_text("## Zero\n\nText zero.\n\n## One\n\nText one.\n\n## Two\n\nText two.\n")
    said = import_(talkfeeds, empty, notes, "--date", "2017-12-07")
    assert [talk["state"] for talk in said["talks"]] == ["created", "kept", "kept"]
    assert [talk["missing_lines"] for talk in said["talks"]] == [[], [], []]
    assert talkfeeds("--root", empty, "build").returncode == 0


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("none.md", None, "none.md: cannot be read: No such file or directory"),
        ("latin.md", b"## Uno\n\ncaf\xe9\n", "byte 0xE9 in line 3 is not UTF-8"),
        ("undated.md", b"## Uno\n\nTexto\n", "--date"),
    ],
)
def test_notes_that_cannot_be_taken_say_why(
    talkfeeds: Run, empty: Path, name: str, data: bytes | None, says: str
) -> None:
    path = empty / name
    if data is not None:
        path.write_bytes(data)
    done = talkfeeds("--root", empty, "import", path)
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert list((empty / "content" / "talks").iterdir()) == []
