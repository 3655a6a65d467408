"""The build's gate: nothing broken leaves, and each entry is looked at once."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from feeds import render
from feeds.check.documents.gate import Gate
from feeds.edges.content import Folder
from feeds.errors import ContentError
from feeds.jobs import build as job
from feeds.render.heads import Head
from feeds.render.kit import Kit
from tests.edges.conftest import write_publication
from tests.support import Memory
from tests.unit.check.documents.test_corpus import CORPUS

BAD = (CORPUS / "atom-date" / "invalid.atom").read_bytes()
GOOD = (CORPUS / "atom-date" / "valid.atom").read_bytes()


def test_an_error_names_the_file_the_line_and_the_rule() -> None:
    (problem,) = Gate().problems("feed.atom", BAD)
    assert str(problem).startswith("public/feed.atom:11: atom-date: <updated>: ")


def test_a_good_feed_and_what_is_no_feed_pass() -> None:
    gate = Gate()
    assert gate.problems("feed.atom", GOOD) == []
    assert gate.problems("index.html", BAD) == []
    assert gate.problems("recordings.json", b"[") == []


def test_an_entry_that_was_seen_keeps_its_lines_and_costs_nothing() -> None:
    gate = Gate()
    assert gate.problems("feed.atom", GOOD) == []
    later = GOOD.replace(b"</feed>", b"  <surprise/>\n</feed>")
    (problem,) = gate.problems("tags/a/feed.atom", later)
    assert (problem.line, problem.key) == (later.count(b"\n", 0, later.index(b"<surprise")) + 1,
                                           "atom-unknown")  # fmt: skip


@pytest.mark.parametrize(
    ("path", "rule"), [("feed.json", "json-uri"), ("podcast.rss", "itunes-choice"),
                       ("feeds.opml", "opml-uri")],
)  # fmt: skip
def test_every_format_is_looked_at(path: str, rule: str) -> None:
    (bad,) = (CORPUS / rule).glob("invalid.*")
    assert [problem.key for problem in Gate().problems(path, bad.read_bytes())] == [rule]


def test_a_build_with_a_renderer_that_errs_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = render.FORMATS[0]

    def broken(kit: Kit, head: Head, entries: Iterable[bytes]) -> Iterator[bytes]:
        for part in form.document(kit, head, entries):
            yield part.replace(b"<updated>", b"<updated>about ")

    monkeypatch.setattr(render, "FORMATS", (replace(form, document=broken), *render.FORMATS[1:]))
    site = Memory()
    with pytest.raises(ContentError) as caught:
        job.build(Folder(write_publication(tmp_path)), site)
    assert {problem.key for problem in caught.value.problems} == {"atom-date"}
    assert "feed.atom" not in site.files
