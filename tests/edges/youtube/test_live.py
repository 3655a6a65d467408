"""The real YouTube, for people who can reach it: ``pytest -m live``.

Big Buck Bunny is yt-dlp's own first example; its facts have not changed in years.
"""

from pathlib import Path

import pytest

from feeds.edges.youtube import YouTube
from feeds.recordings import Outcome

pytestmark = pytest.mark.live
PUBLIC, GONE = "YE7VzlLtp-4", "aaaaaaaaaaa"


def test_a_public_recording_can_be_looked_at_and_fetched(tmp_path: Path) -> None:
    youtube = YouTube(tmp_path / "sources", tmp_path / "cache")
    seen = youtube.look(PUBLIC, "m4a")
    assert seen.answer.outcome is Outcome.OK, seen.answer.said
    assert seen.facts is not None
    assert seen.facts.title == "Big Buck Bunny"
    assert seen.facts.duration_s == pytest.approx(597, abs=1)
    taken = youtube.fetch(seen, lambda _done, _all: None)
    assert taken.answer.outcome is Outcome.OK, taken.answer.said
    assert Path(taken.path).stat().st_size > 5_000_000


def test_a_recording_that_never_was_is_gone(tmp_path: Path) -> None:
    youtube = YouTube(tmp_path / "sources", tmp_path / "cache")
    assert youtube.look(GONE, "m4a").answer.outcome is Outcome.REMOVED
