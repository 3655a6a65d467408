"""Where a feed is cut: every entry once, and archives that later entries never change."""

from hypothesis import given
from hypothesis import strategies as st

from feeds.archives import Part, name_of, parts_of

_IDS = st.lists(st.integers(0, 400), unique=True, max_size=150).map(sorted)
_ENTRIES = st.integers(1, 60)
_GONE = st.sets(st.integers(0, 400), max_size=20)


def cut(ids: list[int], entries: int, gone: set[int] = frozenset()) -> tuple[Part[int], ...]:  # type: ignore[assignment]
    """Numbers stand for entries, the greater the newer."""
    return parts_of(ids[::-1], entries, _id, lambda number: number in gone)


def _id(number: int) -> str:
    return f"tag:talks.example,2026:talks/{number}"


def walk(parts: tuple[Part[int], ...]) -> list[int]:
    """Every entry on the way from the subscription document through the archives."""
    by_name = {part.name: part for part in parts}
    assert len(by_name) == len(parts)
    part = by_name.pop("")
    found: list[int] = []
    while True:
        found.extend(part.items)
        if not part.older:
            break
        part = by_name.pop(part.older)
    assert by_name == {}
    return found


@given(_IDS, _ENTRIES, _GONE)
def test_the_way_through_the_archives_gives_every_entry_once(
    ids: list[int], entries: int, gone: set[int]
) -> None:
    parts = cut(ids, entries, gone)
    shown = [number for number in ids[::-1] if number not in gone]
    assert walk(parts) == shown
    assert len(parts[0].items) >= min(entries, len(shown))


@given(_IDS, _ENTRIES, st.integers(0, 300), _GONE)
def test_later_entries_change_no_archive(
    ids: list[int], entries: int, more: int, gone: set[int]
) -> None:
    before = cut(ids, entries, gone)[1:]
    after = cut([*ids, *range(1_000, 1_000 + more)], entries, gone)
    assert after[len(after) - len(before) :] == before


def test_a_thousand_later_entries_change_no_archive() -> None:
    before = cut(list(range(1_000)), 50)
    after = cut(list(range(2_000)), 50)
    assert len(before) > 20
    assert len(after) > len(before) + 20
    assert after[-len(before) + 1 :] == before[1:]


@given(_IDS.filter(bool), _ENTRIES, st.data(), _GONE)
def test_an_entry_dated_back_changes_only_the_archive_that_it_falls_into(
    ids: list[int], entries: int, data: st.DataObject, gone: set[int]
) -> None:
    late = data.draw(st.integers(-10, max(ids) - 1).filter(lambda number: number not in ids))
    before = {part.name: part for part in cut(ids, entries, gone)}
    after = {part.name: part for part in cut(sorted([*ids, late]), entries, gone)}
    assert set(before) <= set(after), "no document goes"
    changed = [name for name in before if name and before[name] != after[name]]
    assert len(changed) <= 1
    for name in changed:
        old, new = before[name], after[name]
        # It holds the entry now, or was cut in two by it; and then leads to the new half.
        assert new.items == tuple(sorted({*old.items, *({late} - gone)}, reverse=True)) or (
            new.older == name_of(_id(late))
            and (*new.items, *(n for n in after[new.older].items if n != late)) == old.items
        )


@given(_IDS.filter(bool), _ENTRIES, st.data())
def test_an_entry_that_is_taken_back_moves_no_cut_between_archives(
    ids: list[int], entries: int, data: st.DataObject
) -> None:
    taken = data.draw(st.sampled_from(ids))
    before = {part.name: part for part in cut(ids, entries) if part.name}
    after = {part.name: part for part in cut(ids, entries, {taken}) if part.name}
    # The newest archive may go back into the feed, which has to hold so many at least.
    assert set(after) <= set(before)
    assert len(before) - len(after) <= 1
    for name, part in after.items():
        assert part.items == tuple(n for n in before[name].items if n != taken)
        assert part.older == before[name].older


def test_documents_are_about_as_long_as_they_should_be() -> None:
    parts = cut(list(range(10_000)), 50)
    lengths = [len(part.items) for part in parts[1:]]
    assert 20 < sum(lengths) / len(lengths) < 31
    assert max(lengths) < 250
    assert 50 <= len(parts[0].items) < 250


def test_what_was_taken_back_takes_no_document_along() -> None:
    before = cut(list(range(100)), 2)  # each archive holds one
    after = cut(list(range(100)), 2, set(range(60, 99)))
    assert [part.name for part in after] == [part.name for part in before]
    assert after[0].items == (99,)
    assert [part.items for part in after[1:40]] == [(), *[()] * 37, (59,)]


def test_a_short_feed_has_no_archive() -> None:
    assert cut([], 50) == (Part("", ()),)
    assert cut([1, 2, 3], 50) == (Part("", (3, 2, 1)),)
