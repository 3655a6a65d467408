"""A plan in numbers, opened where somebody looks, is the plan."""

import marshal
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from feeds.jobs.brief import Opened, Table, numbers_of, table_of
from feeds.jobs.faces import opened, packed
from feeds.jobs.records import FACE, Known, Scratch, digest, without_texts
from feeds.model import AudioChoice, Event, Link, Publication, Recording, Speaker, Talk
from feeds.naming import Kind
from feeds.plan import Plan, plan

PUBLICATION = Publication("T", "tag:example.org,2026:t", "https://example.org/", timezone="UTC")
MEXICO = timezone(-timedelta(hours=6))


def talk(number: int, **more: Any) -> Talk:
    when = datetime(2017, 1, 2, 12, 30, tzinfo=MEXICO if number % 2 else UTC)
    when += timedelta(days=number // 4, seconds=number)
    return Talk(
        id=f"tag:example.org,2026:t/{number}",
        slug=f"t-{number}",
        title=f"Título {number}",
        date=date(2017, 1, 2) + timedelta(days=number // 4),
        published=when,
        updated=when + timedelta(microseconds=5),
        language=("es", "en")[number % 3 == 0],
        speakers=(Speaker(f"Ana {number % 5}", "role", "org"), Speaker("Luis")),
        event=Event("KubeCon", str(number // 4)) if number % 7 else None,
        tags=("go", "Go", f"tag {number % 6}")[number % 2 :],
        source=f"content/talks/t-{number:03}.md",
        **more,
    )


def talks() -> list[Talk]:
    whole = talk(
        0,
        recording=Recording("aaaaaaaaaaa", 12.5),
        links=(Link("a", "https://a/"),),
        audio=AudioChoice(start_s=1.5, format="mp3"),
        abstract="texts",
        notes="texts",
    )
    found = [whole, *(talk(number) for number in range(1, 60))]
    found[7] = talk(7, withdrawn=True, reason="why")
    found[9] = replace(talk(9, withdrawn=True), tags=("nobody else's",))
    found[11] = talk(11, draft=True)
    return found


def joined(parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Parts of a dictionary, of which no two have the same key."""
    found: dict[str, Any] = {}
    for part in parts:
        assert found.keys().isdisjoint(part)
        found |= part
    return found


@pytest.fixture(scope="module")
def both() -> tuple[Plan, Opened, Mapping[str, Known]]:
    store, known = Scratch(), {}
    for one in map(without_texts, talks()):
        where = () if one.hidden else store.put({FACE: packed(one)})
        face = digest(repr(one))
        key = b"" if one.hidden else digest(one.id)
        known[one.source] = Known("stamp", digest(one.source), one, face, key, where)
    made = plan(PUBLICATION, [one.talk for one in known.values()])
    columns = joined(table_of(known, ["t-0"], digest("shown")))
    number = {one.talk.slug: at for at, one in enumerate(known.values())}
    told = marshal.dumps((columns, joined(numbers_of(made, number))))
    table, numbers = marshal.loads(told)  # our own
    return made, Opened(numbers, Table(table, store, {}), PUBLICATION), known


def test_a_talk_comes_back_as_it_was() -> None:
    for one in talks():
        again = opened(packed(one))
        assert again == one
        assert repr(again) == repr(one)


def test_everything_that_a_plan_lists_is_listed(both: tuple[Plan, Opened, Any]) -> None:
    made, found = both[0], both[1].plan
    assert list(found.talks) == list(made.talks)
    assert [replace(one, talks=tuple(one.talks)) for one in found.issues] == list(made.issues)
    assert [one.path for one in found.issues] == [one.path for one in made.issues]
    assert list(found.days) == list(made.days)
    assert list(found.years) == list(made.years)
    for slug, pair in made.neighbours.items():
        assert found.neighbours[slug] == pair
    assert len(found.feeds) == len(made.feeds)
    for old, new in zip(made.feeds, found.feeds, strict=True):
        assert (new.id, new.path) == (old.id, old.path)
        assert list(new.withdrawn) == list(old.withdrawn)
        assert [(p.name, p.older, tuple(p.items)) for p in new.parts] == [
            (p.name, p.older, p.items) for p in old.parts
        ]
        assert (new.group and plain(new.group)) == (old.group and plain(old.group))


def plain(group: Any) -> tuple[Any, ...]:
    return (group.kind, group.name, group.slug, tuple(group.talks), tuple(group.everything))


def test_groups_answer_to_the_same_names(both: tuple[Plan, Opened, Any]) -> None:
    made, found = both[0], both[1].plan
    for kind in Kind:
        assert [plain(one) for one in found.groups[kind]] == [plain(o) for o in made.groups[kind]]
    for kind, name, group in made.names():
        assert plain(found.group(kind, name)) == plain(group)
    assert plain(found.group(Kind.TAG, " GO ")) == plain(made.group(Kind.TAG, "go"))
    with pytest.raises(KeyError):
        found.group(Kind.TAG, "nobody else's")


def test_a_talk_is_found_where_it_stands(both: tuple[Plan, Opened, Any]) -> None:
    made, found, _ = both
    for one in made.talks:
        assert one in made.issues[found.issue(one.slug)].talks
        stands = {
            (at, number)
            for at, feed in enumerate(made.feeds)
            for number, part in enumerate(feed.parts)
            if one in part.items
        }
        assert set(found.feeds(one.slug)) == stands


def test_what_is_known_of_a_talk_is_what_was(
    both: tuple[Plan, Opened, Mapping[str, Known]],
) -> None:
    table, known = both[1].table, both[2]
    for number, one in enumerate(known.values()):
        if one.where or one.talk.withdrawn:
            assert table.whole(number) == one
    assert table.shown()["t-0"] == digest("shown")
    assert set(table.known()) == {one.talk.slug for one in known.values() if not one.talk.hidden}
    order = [table.by_slug[one.slug] for one in both[0].talks]
    assert list(both[1].order) == order
    assert table.keys(order) == b"".join(known[one.source].key for one in both[0].talks)


def test_what_changed_since_is_what_counts(both: tuple[Plan, Opened, Mapping[str, Known]]) -> None:
    known = both[2]["content/talks/t-003.md"]
    other = replace(known, talk=replace(known.talk, title="Another"), key=digest("x"), stamp="y")
    old = both[1].table
    table = Table(old.columns, Scratch(), {"content/talks/t-003.md": other})
    assert table.row(3) is other
    assert table.talks[3].title == "Another"
    assert table.keys([3]) == digest("x")
    assert table.stamps()[3] == "y"
