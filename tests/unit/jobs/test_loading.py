"""Loading: what sidecars add to the talks, and their mistakes among all the others."""

from pathlib import Path

import pytest

from feeds.edges.content import Folder
from feeds.errors import ContentError
from feeds.jobs.build import build
from feeds.jobs.loading import load
from feeds.recordings import Chapter, Facts, Sidecar, Transcript, path_of, write
from tests.support import Memory, built

ID = "07jq-5VbBVQ"
OTHER = "7skInj_vqN0"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A publication with a talk that has a recording, a second one, and one without."""
    talks = tmp_path / "content" / "talks"
    talks.mkdir(parents=True)
    (tmp_path / "content" / "publication.toml").write_text(
        'title = "T"\nid = "tag:t.example,2026:t"\nbase_url = "https://t.example/"\n'
    )
    for name, more in (("a", f"youtube: {ID}\n"), ("b", f"youtube: {OTHER}\n"), ("c", "")):
        (talks / f"{name}.md").write_text(f"---\ntitle: {name}\ndate: 2017-12-07\n{more}---\nN.\n")
    (tmp_path / "content" / "recordings").mkdir()
    return tmp_path


def sidecar(root: Path, youtube_id: str, facts: Facts | None) -> Sidecar:
    found = Sidecar(youtube_id, facts)
    (root / path_of(youtube_id)).write_bytes(write(found))
    return found


def durations(root: Path) -> dict[str, float | None]:
    talks = load(Folder(root)).plan.talks
    return {talk.slug: talk.recording.duration_s for talk in talks if talk.recording}


def test_a_sidecar_adds_its_length_to_the_talk(root: Path) -> None:
    known = sidecar(root, ID, Facts(duration_s=2040.0, chapters=(Chapter(0.0, "x"),)))
    unknown = sidecar(root, OTHER, None)
    orphan = sidecar(root, "00000000000", Facts(duration_s=1.0))
    assert durations(root) == {"a": 2040.0, "b": None}
    assert load(Folder(root)).sidecars == {one.youtube_id: one for one in (known, unknown, orphan)}
    site = built(root).files
    assert "34 min" in site["talks/a/index.html"].decode()
    assert " min" not in site["talks/b/index.html"].decode()
    assert not any("recordings/" in path for path in built(root).paths), "it stays at home"


def test_without_sidecars_everything_is_built(root: Path) -> None:
    (root / "content" / "recordings").rmdir()
    assert durations(root) == {"a": None, "b": None}
    assert {"recordings.txt", "recordings.json"} < built(root).paths


def test_broken_sidecars_are_named_beside_everything_else(root: Path) -> None:
    (root / path_of(ID)).write_text("{")
    (root / path_of(OTHER)).write_text('{"format": 1, "youtube_id": "x"}')
    (root / path_of("bcdefghijk-")).symlink_to("/etc/passwd")
    (root / path_of("bcdefghijkl")).mkdir()
    (root / "content" / "recordings" / "mine.json").write_text("{")
    (root / "content" / "talks" / "c.md").write_text("---\ntitle: c\n---\n")
    with pytest.raises(ContentError) as caught:
        load(Folder(root))
    problems = caught.value.problems
    assert [problem.path for problem in problems] == [
        path_of(ID),
        path_of(OTHER),
        path_of("bcdefghijk-"),
        path_of("bcdefghijkl"),
        "content/talks/c.md",
    ]
    assert all(problem.remedy for problem in problems)


def offered(root: Path, slug: str) -> Memory:
    """The site when the audio of that talk is offered."""
    site = Memory()
    build(Folder(root), site, audible=frozenset({slug}))
    return site


def test_offered_audio_has_chapters_and_transcripts(root: Path) -> None:
    transcript = Transcript(f"{ID}.en.vtt", "text/vtt", "en")
    facts = Facts(chapters=(Chapter(0.0, "x"), Chapter(60.0, "y")))
    for youtube_id in (ID, OTHER):
        found = Sidecar(youtube_id, facts, transcripts=(transcript,))
        (root / path_of(youtube_id)).write_bytes(write(found))
    folder = root / "content" / "recordings"
    (folder / f"{ID}.en.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nhola\n")
    more = {"chapters/a.json", "transcripts/a.en.vtt", "transcripts/a.en.srt"}
    assert offered(root, "a").paths - built(root).paths == more
    (folder / f"{ID}.en.vtt").unlink()
    assert offered(root, "a").paths - built(root).paths == {"chapters/a.json"}


def test_a_transcript_is_read_from_the_recordings_alone(root: Path) -> None:
    (root / "content" / "recordings" / "x.en.vtt").write_bytes(b"WEBVTT\n")
    assert Folder(root).transcript("x.en.vtt") == b"WEBVTT\n"
    missing = Folder(root).transcript("y.en.vtt")
    assert not isinstance(missing, bytes)
    assert missing.path == "content/recordings/y.en.vtt"
