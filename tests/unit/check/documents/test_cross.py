"""What documents of one site say of each other."""

import pytest

from feeds.check import Level
from feeds.check.documents import check_document
from feeds.check.documents.cross import Placed, check_together
from feeds.edges.feedfiles import Shelves
from feeds.jobs.checking import check_all
from tests.unit.check.documents.test_corpus import CORPUS, SEVERAL


@pytest.mark.parametrize("rule", SEVERAL)
def test_each_rule_has_a_folder_that_breaks_it_alone_and_one_that_does_not(rule: str) -> None:
    found = check_all(Shelves(), [str(CORPUS / rule / "invalid")]).remarks
    assert [one.fault.rule for one in found if one.fault.level is not Level.ADVICE] == [rule]
    found = check_all(Shelves(), [str(CORPUS / rule / "valid")]).remarks
    assert [one.fault.rule for one in found if one.fault.level is not Level.ADVICE] == []


SITE = "https://talks.example/notes"


def atom(
    path: str, *, title: str = "One", updated: str = "2026-01-02T10:00:00Z", head: str = ""
) -> Placed:
    text = f"""<feed xmlns="http://www.w3.org/2005/Atom"
 xmlns:fh="http://purl.org/syndication/history/1.0">
<id>tag:talks.example,2026:notes</id><title>Notes</title><updated>2026-01-03T10:00:00Z</updated>
<author><name>Ana</name></author><link rel="self" href="{SITE}/{path}"/>{head}
<entry><id>tag:talks.example,2026:one</id><title>{title}</title><updated>{updated}</updated>
<content>a</content></entry></feed>"""
    faults, facts = check_document(text.encode())
    assert not faults
    return Placed(f"public/{path}", facts)


def json_feed(title: str = "One", modified: str = "2026-01-02T04:00:00-06:00") -> Placed:
    text = f"""{{"version": "https://jsonfeed.org/version/1.1", "title": "Notes",
"feed_url": "{SITE}/feed.json", "items": [
{{"id": "tag:talks.example,2026:one", "title": "{title}", "date_published": "2026-01-01T00:00:00Z",
"date_modified": "{modified}", "content_text": "a"}}]}}"""
    faults, facts = check_document(text.encode())
    assert not faults
    return Placed("public/feed.json", facts)


def rules(*documents: Placed, files: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    found = check_together(documents, files.__contains__)
    return [(name, fault.rule) for name, fault in found]


def link(relation: str, path: str) -> str:
    return f'<link rel="{relation}" href="{SITE}/{path}"/>'


ARCHIVE = "<fh:archive/>" + link("current", "feed.atom")


def test_the_same_entry_in_two_formats_may_write_its_moment_with_another_offset() -> None:
    assert rules(atom("feed.atom"), json_feed()) == []


@pytest.mark.parametrize(
    "other", [json_feed(title="Uno"), json_feed(modified="2026-01-02T10:00:01Z")]
)
def test_an_entry_that_differs_between_formats_is_named(other: Placed) -> None:
    assert rules(atom("feed.atom"), other) == [("public/feed.json", "cross-entry")]


def test_feeds_that_lie_elsewhere_than_they_say_are_strangers() -> None:
    stranger = Placed("samples/a.atom", atom("feed.atom", title="Two").facts)
    assert rules(stranger, json_feed()) == []


def test_an_archive_that_is_not_there_is_missed() -> None:
    newest = atom("feed.atom", head=link("prev-archive", "archive/1.atom"))
    assert rules(newest) == [("public/feed.atom", "cross-absent")]
    assert rules(newest, files=("public/archive/1.atom",)) == []


def test_an_archive_must_say_that_it_is_one() -> None:
    newest = atom("feed.atom", head=link("prev-archive", "archive/1.atom"))
    assert rules(newest, atom("archive/1.atom")) == [("public/archive/1.atom", "cross-archive")]
    assert rules(newest, atom("archive/1.atom", head=ARCHIVE)) == []


def test_a_chain_of_archives_must_lead_back() -> None:
    def chain(back: str) -> list[tuple[str, str]]:
        return rules(
            atom("archive/1.atom", head=ARCHIVE + link("next-archive", back)),
            atom("archive/2.atom", head=ARCHIVE + link("prev-archive", "archive/1.atom")),
            atom("archive/3.atom", head=ARCHIVE),
        )

    assert chain("archive/2.atom") == []
    assert chain("later/1.atom") == []  # may redirect
    assert chain("archive/3.atom") == [("public/archive/2.atom", "cross-chain")]
