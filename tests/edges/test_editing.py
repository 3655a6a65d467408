"""An edit of a few texts opens what these talks stand in; any other change takes the long way."""

from collections.abc import Callable
from pathlib import Path

import pytest

from feeds.edges.memory import Memory
from feeds.edges.output import Site
from feeds.jobs.editing import Edit
from tests.edges.test_incremental import Publication, files_of, publication, talk

__all__ = ["publication"]


@pytest.fixture(autouse=True)
def _no_file_is_too_young(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("content", "stamps"):
        monkeypatch.setattr(f"feeds.edges.{module}.STEP_NS", -(10**15))


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each build that could be short, whether it was."""
    found: list[bool] = []
    run = Edit.run

    def noted(edit: Edit) -> object:
        done = run(edit)
        found.append(done is not None)
        return done

    monkeypatch.setattr(Edit, "run", noted)
    return found


def same_lists(number: int, notes: str) -> str:
    """A talk that ``begun`` wrote, with other notes."""
    return talk(f"T {number}", 1 + number, tags="[go, rust]", speakers="[Ana]", notes=notes)


def begun(it: Publication) -> None:
    for number in range(12):
        it.write(
            f"content/talks/t{number}.md",
            talk(f"T {number}", 1 + number, tags="[go, rust]", speakers="[Ana]"),
        )
    it.write("content/talks/draft.md", talk("Not yet", 20, draft="true"))
    it.write("content/talks/gone.md", talk("No more", 21, withdrawn="true"))
    it.build()


def kept(it: Publication) -> dict[str, int]:
    cache = it.root / ".talkfeeds" / "cache"
    return {path.name: path.stat().st_ino for path in cache.rglob("*") if path.suffix != ".pack"}


@pytest.mark.slow
def test_an_edit_opens_no_other_talks_and_writes_what_lists_it(
    publication: Publication, ways: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(publication)
    first = kept(publication)
    monkeypatch.setattr(Memory, "recall_solid", lambda _self: pytest.fail("all was opened"))
    for number, words in enumerate(["uno", "dos", "tres"]):
        publication.write("content/talks/t5.md", same_lists(5, words))
        files = files_of(publication.public)
        built = publication.build()
        assert ways == [True] * (number + 1)
        assert built.touched is not None
        after = files_of(publication.public)
        assert built.changes.written == sum(files[path] != after[path] for path in after)
        assert after == publication.clean()
        assert set(built.paths) == files_of(publication.public).keys() - {".talkfeeds-output"}
        assert publication.glance()
    last = kept(publication)
    assert (last["solid"], last["brief"]) == (first["solid"], first["brief"])
    assert [one.slug for one in built.loaded.plan.talks] == [f"t{n}" for n in reversed(range(12))]


def _another_title(it: Publication) -> None:
    it.write("content/talks/t5.md", talk("Other", 6, tags="[go, rust]", speakers="[Ana]"))


def _a_draft(it: Publication) -> None:
    it.write("content/talks/t5.md", talk("T 5", 6, draft="true"))


def _a_draft_that_stays_one(it: Publication) -> None:
    it.write("content/talks/draft.md", talk("Not yet", 20, draft="true", notes="más"))


def _a_draft_that_is_shown(it: Publication) -> None:
    it.write("content/talks/draft.md", talk("Not yet", 20))


def _a_withdrawn_one(it: Publication) -> None:
    it.write("content/talks/gone.md", talk("No more", 21, withdrawn="true", notes="más"))


def _one_that_is_back(it: Publication) -> None:
    it.write("content/talks/gone.md", talk("No more", 21))


def _a_new_talk(it: Publication) -> None:
    it.write("content/talks/t99.md", talk("New"))


def _one_less(it: Publication) -> None:
    (it.root / "content/talks/t5.md").unlink()


def _another_file_named(it: Publication) -> None:
    given = same_lists(5, "[liga](slides/a.pdf)")
    it.write("content/talks/t5.md", given)


def _meddled_with(it: Publication) -> None:
    (it.public / "index.html").unlink()
    it.write("content/talks/t5.md", same_lists(5, "x"))


def _a_record_lost(it: Publication) -> None:
    for pack in it.root.rglob("*.pack"):
        pack.write_bytes(bytes(len(pack.read_bytes())))
    it.write("content/talks/t5.md", same_lists(5, "x"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        _another_title,
        _a_draft,
        _a_draft_that_stays_one,
        _a_draft_that_is_shown,
        _a_withdrawn_one,
        _one_that_is_back,
        _a_new_talk,
        _one_less,
        _another_file_named,
        _meddled_with,
        _a_record_lost,
    ],
)
def test_whatever_else_changes_takes_the_long_way(
    publication: Publication, ways: list[bool], change: Callable[[Publication], None]
) -> None:
    begun(publication)
    change(publication)
    publication.build()
    assert True not in ways
    assert files_of(publication.public) == publication.clean()


def test_chapters_that_come_and_go_with_a_text_do_not_take_a_file_of_the_publication(
    publication: Publication, ways: list[bool]
) -> None:
    """Where files are brought along, one more of the site's own may be in their way."""
    begun(publication)
    publication.write("content/talks/t5.md", talk("T 5", 6, notes="![x](a.png)"))
    publication.write("content/a.png", b"1")
    publication.build()
    publication.write("content/talks/t4.md", same_lists(4, "más"))
    publication.build()
    assert ways[-1:] == [True]
    assert files_of(publication.public) == publication.clean()


@pytest.mark.slow
def test_many_edits_are_kept_anew_before_the_store_is_full_of_them(
    publication: Publication, ways: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.jobs.editing._MOST_PACKS", 3)
    begun(publication)
    before = kept(publication)["solid"]
    for number in range(8):
        words = f"otra cosa {number}"
        publication.write(
            f"content/talks/t{number}.md",
            talk(f"T {number}", 1 + number, tags="[go, rust]", speakers="[Ana]", notes=words),
        )
        publication.build()
    assert ways.count(True) > 4
    assert False in ways
    assert kept(publication)["solid"] != before
    assert files_of(publication.public) == publication.clean()


def test_what_failed_is_tried_again_the_same_way(
    publication: Publication, ways: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(publication)
    publication.write("content/talks/t5.md", same_lists(5, "x"))
    with monkeypatch.context() as patch:
        patch.setattr(Site, "_put", lambda *_given: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            publication.build()
    publication.build()
    assert files_of(publication.public) == publication.clean()
    assert Path(publication.public / "talks/t5/index.html").exists()
