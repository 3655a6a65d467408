"""The build's gate: nothing broken leaves, and each entry is looked at once."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds import render
from feeds.check import Level
from feeds.check.documents import check_document
from feeds.check.documents.gate import Gate
from feeds.check.documents.rules import RULES
from feeds.edges.content import Folder
from feeds.errors import ContentError
from feeds.jobs import build as job
from feeds.model import Document
from feeds.render.forms import Format, document_at
from feeds.render.heads import Head
from feeds.render.kit import Kit
from feeds.render.markdown import body_of
from tests.edges.conftest import write_publication
from tests.examples import examples
from tests.support import Memory, head_of_feed, make_kit, make_talk
from tests.unit.check.documents.test_corpus import CORPUS, RULES_HERE, document

BASE = "https://talks.example/notas/"
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


def test_what_is_wrong_in_one_document_is_wrong_in_the_next_that_lists_it() -> None:
    gate = Gate()
    for path in ("feed.atom", "tags/a/feed.atom"):
        assert [problem.key for problem in gate.problems(path, BAD)] == ["atom-date"]


def test_an_archive_is_looked_at_and_other_json_is_not() -> None:
    (bad,) = (CORPUS / "json-uri").glob("invalid.*")
    for path in ("archive/0a1b.json", "tags/a/archive/0a1b.json"):
        assert [problem.key for problem in Gate().problems(path, bad.read_bytes())] == ["json-uri"]
    assert Gate().problems("search/index.json", bad.read_bytes()) == []


def errors_of(data: bytes) -> list[tuple[int, str]]:
    faults, _ = check_document(data, thorough=False)
    return [(fault.line, fault.rule) for fault in faults if fault.level is Level.ERROR]


@pytest.mark.parametrize("rule", [rule for rule in RULES_HERE if RULES[rule].level is Level.ERROR])
def test_every_error_is_found_in_a_document_that_comes_second(rule: str) -> None:
    (invalid,) = (CORPUS / rule).glob("invalid.*")
    kind = {".json": "feed.json", ".opml": "feeds.opml", ".rss": "podcast.rss"}
    path = kind.get(invalid.suffix, "feed.atom")
    gate = Gate()
    gate.problems(path, document(rule, "valid"))
    found = gate.problems(f"tags/a/{path}", data := document(rule, "invalid"))
    assert [(problem.line, problem.key) for problem in found] == errors_of(data)
    # The net below the rules is for those who ask, not for every build; and an id stays.
    assert found or rule in {"atom-schema", "uri-scheme"}


def test_what_an_entry_had_from_one_feed_another_must_give_it_too() -> None:
    gate = Gate()
    assert gate.problems("feed.atom", GOOD) == []
    author = GOOD[GOOD.index(b"<author>") : GOOD.index(b"</author>") + 9]
    assert GOOD.count(b"<author>") == 1
    without = GOOD.replace(author, b"")
    assert [problem.key for problem in gate.problems("a/feed.atom", without)] == ["atom-author"]


def test_an_item_that_was_seen_and_one_of_its_guid_are_one_too_many() -> None:
    gate, good = Gate(), (CORPUS / "rss-guid" / "valid.rss").read_bytes()
    assert gate.problems("podcast.rss", good) == []
    item = good[good.index(b"<item>") : good.index(b"</item>") + 7]
    for other in (item, item.replace(b"</title>", b" too</title>")):
        twice = good.replace(b"</channel>", other + b"</channel>")
        assert [one.key for one in gate.problems("a/podcast.rss", twice)] == ["rss-guid-twice"]


def feed_of(items: Iterable[dict[str, object]], **head: object) -> bytes:
    """A document laid out as ours are."""
    told = {"version": "https://jsonfeed.org/version/1.1", "title": "T", **head, "items": []}
    start, middle, end = json.dumps(told, indent=1).rpartition('"items": []')
    inner = ",\n".join(json.dumps(item, indent=1) for item in items)
    return f"{start}{middle[:-1]}\n{inner}\n]{end}\n".encode()


ITEMS: list[dict[str, object]] = [
    {"id": "tag:a,2020:1", "url": "https://a.example/1", "content_html": "<p>1", "tags": ["a"]},
    {"id": "tag:a,2020:2", "url": "https://a.example/2", "content_text": "2",
     "attachments": [{"url": "https://a.example/2.mp3", "mime_type": "audio/mpeg"}]},
    {"id": "tag:a,2020:3", "content_html": "<p>3", "authors": [{"name": "Ana"}]},
]  # fmt: skip


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        ({"content_text": "no id"}, "json-missing"),
        ({**ITEMS[0], "title": 1}, "json-type"),
        ({"id": "4"}, "json-content"),
        ({**ITEMS[0], "url": "1"}, "json-uri"),
        ({**ITEMS[0], "date_published": "today"}, "json-date"),
        ({**ITEMS[0], "language": "español"}, "json-language"),
        ({**ITEMS[0], "authors": [{}]}, "json-author-empty"),
        ({**ITEMS[0], "attachments": [{"url": "https://a.example", "mime_type": "x"}]},
         "json-media-type"),
        ({**ITEMS[0], "attachments": [{"url": "https://a.example", "mime_type": "a/b",
                                       "size_in_bytes": -1}]}, "json-number"),
        ({**ITEMS[1], "content_text": "another one"}, "json-id-twice"),
        (ITEMS[1], "json-id-twice"),
        ({**ITEMS[0], "title": "\ud800"}, "json-form"),
        ({**ITEMS[0], "title": float("nan")}, "json-form"),
    ],
)  # fmt: skip
def test_an_error_in_an_item_is_found_between_items_that_were_seen(
    broken: dict[str, object], rule: str
) -> None:
    gate = Gate()
    assert gate.problems("feed.json", feed_of(ITEMS)) == []
    data = feed_of([ITEMS[2], broken, ITEMS[1]])
    (problem,) = gate.problems("tags/a/feed.json", data)
    assert (problem.line, problem.key) == errors_of(data)[0]
    assert problem.key == rule


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b'"items": [\n', b'"items": [0, 0, 0], "_x": {"items": [\n', "json-type"),
        (b'"items": [\n', b'"items": 5, "_x": {"items": [\n', "json-type"),
        (b"\n]\n}", b'\n],\n "_x": NaN\n}', "json-form"),
        (b"\n]\n}", b"\n, 1]\n}", "json-type"),
    ],
)
def test_items_that_were_seen_hide_nothing_around_them(old: bytes, new: bytes, rule: str) -> None:
    gate, good = Gate(), feed_of(ITEMS)
    assert gate.problems("feed.json", good) == []
    bad = good.replace(old, new) + b"}" * new.count(b"{")
    assert bad != good
    found = gate.problems("tags/a/feed.json", bad)
    assert {problem.key for problem in found} == {rule}
    assert [(problem.line, problem.key) for problem in found] == errors_of(bad)


PIECES = [
    *(b'"items": [\n{', b"\n},\n{", b"\n}\n]", b"NaN", b"[NaN]", b'"items": [0, 1]', b'"x": '),
    *(b'"id": "tag:a,2020:1"', b"\\ud800", b"\\", b'"', b"{", b"}", b"[", b"]", b",", b":", b"\n"),
]


@pytest.mark.slow
@given(st.data())
@settings(deadline=None, max_examples=examples(300))
def test_the_short_way_passes_nothing_that_the_long_way_refuses(data: st.DataObject) -> None:
    gate = Gate()
    assert gate.problems("feed.json", feed_of(ITEMS)) == []
    document = bytearray(feed_of(data.draw(st.permutations(ITEMS))))
    for _ in range(data.draw(st.integers(0, 4))):
        start = data.draw(st.integers(0, len(document)))
        stop = start + data.draw(st.integers(0, 30))
        document[start:stop] = data.draw(st.sampled_from([b"", *PIECES]))
    found = gate.problems("tags/a/feed.json", bytes(document))
    assert [(problem.line, problem.key) for problem in found] == errors_of(bytes(document))


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

    formats = (replace(form, document=broken), *render.FORMATS[1:])
    monkeypatch.setattr("feeds.jobs.units.FORMATS", formats)
    site = Memory()
    with pytest.raises(ContentError) as caught:
        job.build(Folder(write_publication(tmp_path)), site)
    assert {problem.key for problem in caught.value.problems} == {"atom-date"}
    assert "feed.atom" not in site.files


def listing(form: Format, some: list[tuple[str, bytes]], **head: str) -> Document:
    """A document of the real renderer that lists these fragments."""
    kit = make_kit()
    talks = [make_talk(), make_talk(2)]
    found = replace(head_of_feed(kit, talks), **head)  # type: ignore[arg-type] # texts alone
    (document,) = document_at(kit, form, 0, lambda _place: found, lambda _place: some)
    assert isinstance(document, Document)
    return document


def fragments_of(form: Format) -> list[tuple[str, bytes]]:
    kit, talks = make_kit(), [make_talk(), make_talk(2)]
    return [(talk.slug, form.fragment(kit, talk, body_of(talk, BASE))) for talk in talks]


@pytest.mark.parametrize("form", render.FORMATS, ids=lambda form: form.suffix)
def test_what_was_looked_at_by_its_name_is_not_looked_at_again(form: Format) -> None:
    (first, fragment), second = fragments_of(form)
    broken = first, fragment.replace(b"2017-", b"Tuesday ")
    assert broken[1] != fragment
    document = listing(form, [broken, second])
    found = Gate().document(document)
    assert [(one.line, one.key) for one in found] == errors_of(document.data)
    assert found
    gate = Gate()
    gate.vouch([first])
    assert gate.document(document) == []
    other = second[0], second[1].replace(b"2017-", b"on ")
    gate = Gate()
    gate.vouch([first])
    assert gate.document(listing(form, [broken, other]))
    seen = Gate()
    assert seen.document(listing(form, [(first, fragment), second])) == []
    assert seen.document(listing(form, [second, broken])) == []


@pytest.mark.parametrize("form", render.FORMATS, ids=lambda form: form.suffix)
def test_every_head_is_looked_at_and_what_is_listed_twice(form: Format) -> None:
    (first, second), gate = fragments_of(form), Gate()
    assert gate.document(listing(form, [first, second])) == []
    broken = listing(form, [first, second], home_url="https://[")
    found = gate.document(broken)
    assert [(one.line, one.key) for one in found] == errors_of(broken.data)
    assert found
    twice = listing(form, [first, first])
    found = gate.document(twice)
    assert [(one.line, one.key) for one in found] == errors_of(twice.data)


@pytest.mark.parametrize("form", render.FORMATS, ids=lambda form: form.suffix)
@pytest.mark.parametrize("edge", [b"<a>", b"</entry>", b"}", b", {", b"]", b"\0"])
def test_a_fragment_that_is_more_or_less_than_one_is_an_error(form: Format, edge: bytes) -> None:
    (first, fragment), second = fragments_of(form)
    for bad in (edge + fragment, fragment[:-1] + edge + fragment[-1:], fragment + edge):
        document = listing(form, [(first, bad), second])
        found = Gate().document(document)
        assert [(one.line, one.key) for one in found] == errors_of(document.data)
        assert bool(found) or edge == b"</entry>"


def test_what_a_document_changes_of_a_fragment_has_no_name() -> None:
    form, kit = render.FORMATS[0], make_kit()
    head = head_of_feed(kit, [make_talk()])

    def upper(kit: Kit, head: Head, entries: Iterable[bytes]) -> Iterator[bytes]:
        for part in form.document(kit, head, entries):
            yield part.upper()

    other = replace(form, document=upper)
    some = fragments_of(form)
    (document,) = document_at(kit, other, 0, lambda _place: head, lambda _place: some)
    assert not isinstance(document, Document)
    assert Gate().problems(document.path, document.data)


def test_every_fragment_is_looked_at_once_before_documents_list_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[tuple[str, ...]] = []

    class Watched(Gate):
        def are_sound(self, suffix, start, fragments, end, *, others=False):  # type: ignore[no-untyped-def]
            looked.append(tuple(fragments))
            return super().are_sound(suffix, start, fragments, end, others=others)

    monkeypatch.setattr("feeds.jobs.taking.Gate", Watched)
    monkeypatch.setattr("feeds.jobs.making.Gate", Watched)
    job.build(Folder(write_publication(tmp_path)), Memory())
    some = [names for names in looked if names]
    assert some
    assert len(some) == len(render.FORMATS)
    assert len(looked) > len(some)
