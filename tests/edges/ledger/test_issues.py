"""Issues in both databases: who gets one, which message, and what is told once and for all."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from feeds.deliveries import BounceKind, State, Wish
from feeds.edges.ledger import Ledger
from feeds.edges.ledger.schema import deliveries, subscribers
from feeds.jobs.subscribers import forget, remove
from feeds.model import Status
from tests.edges.ledger.conftest import both_when_quick
from tests.edges.ledger.made import (
    ANYTHING,
    NOW,
    WEEK,
    an_issue,
    asked,
    came_to,
    freeze,
    number_of,
    person,
    some_people,
    states_of,
    take_in,
    totals_of,
    week_after,
)


def who_gets(ledger: Ledger, week: str = str(WEEK)) -> dict[str, bytes]:
    """Each recipient's address, and the message that is theirs."""
    with ledger.reading() as shelf:
        templates = shelf.templates(type(WEEK).parse(week))
    with ledger.engine.connect() as connection:
        rows = connection.execute(
            select(subscribers.c.email, deliveries.c.variant_id).join(
                subscribers, subscribers.c.id == deliveries.c.subscriber_id
            )
        ).all()
    return {row.email: templates[row.variant_id] for row in rows if row.variant_id in templates}


def test_the_confirmed_who_are_not_paused_get_an_issue_and_nobody_else(ledger: Ledger) -> None:
    take_in(
        ledger,
        [
            *(person(f"{status}", status=status) for status in Status),
            person("paused", paused=True),
            person("eva"),
        ],
    )
    assert freeze(ledger) == 2
    assert set(who_gets(ledger)) == {"confirmed@example.org", "eva@example.org"}
    found = totals_of(ledger)
    assert (found.recipients, found.talks, found.subject) == (2, 1, "Issue of 2017-W49")
    assert (found.frozen_at, found.finished_at, found.open) == (NOW, None, 2)
    assert states_of(ledger) == {"pending": 2}


@both_when_quick
def test_each_gets_the_message_of_their_wishes(ledger: Ledger) -> None:
    wishes = {
        Wish("", (), ()): 0,
        Wish("en", (), ()): 1,
        Wish("", ("k8s",), ()): 2,
        Wish("", ("k8s", "go"), ()): 2,
        Wish("", (), ("KubeCon «Ñ» '\" \\",)): 3,
        Wish("", ("nobody",), ()): None,
    }
    take_in(
        ledger,
        [
            person(f"p{at}", language=wish.language, tags=wish.tags, events=wish.events)
            for at, wish in enumerate(wishes)
        ],
    )
    with ledger.reading() as shelf:
        assert shelf.wishes() == dict.fromkeys(wishes, 1)
    assert freeze(ledger, an_issue(choices=wishes, variants=4)) == 5
    assert who_gets(ledger) == {
        f"p{at}@example.org": b"template %d" % variant
        for at, variant in enumerate(wishes.values())
        if variant is not None
    }


def test_wishes_of_those_who_receive_nothing_are_not_asked_for(ledger: Ledger) -> None:
    left = person("left", tags=("x",), status=Status.UNSUBSCRIBED)
    take_in(ledger, [left, person("paused", tags=("y",), paused=True), person("a"), person("b")])
    with ledger.reading() as shelf:
        assert shelf.wishes() == {ANYTHING: 2}


def test_a_wish_that_was_not_rendered_keeps_everything_back(ledger: Ledger) -> None:
    take_in(ledger, [person("a"), person("b", tags=("new",))])
    assert freeze(ledger) is None
    with ledger.reading() as shelf:
        assert shelf.totals() == []
        assert shelf.told() is None
    assert freeze(ledger, an_issue(choices={ANYTHING: 0, Wish("", ("new",), ()): None})) == 1


def test_a_wish_that_nobody_has_any_more_is_no_matter(ledger: Ledger) -> None:
    some_people(ledger, 1)
    assert freeze(ledger, an_issue(choices={ANYTHING: 0, Wish("", ("gone",), ()): 0})) == 1


def test_an_issue_for_nobody_is_finished_at_once(ledger: Ledger) -> None:
    assert freeze(ledger, an_issue(choices={})) == 0
    found = totals_of(ledger)
    assert (found.recipients, found.open, found.finished_at) == (0, 0, NOW)


def test_what_was_told_is_kept_and_so_is_what_was_no_news(ledger: Ledger) -> None:
    with ledger.reading() as shelf:
        assert shelf.told() is None
        assert shelf.newest() is None
    freeze(ledger, replace(an_issue(choices={}, talks=("new",)), older=("old", "older")))
    freeze(ledger, replace(an_issue(week_after(WEEK), choices={}, talks=("x",)), older=("not",)))
    with ledger.reading() as shelf:
        assert shelf.told() == frozenset({"new", "old", "older", "x"})
        assert shelf.newest() == week_after(WEEK)
        assert [found.week for found in shelf.totals()] == [week_after(WEEK), WEEK]


def test_a_beginning_without_older_talks_is_a_beginning(ledger: Ledger) -> None:
    with ledger.changing() as shelf:
        shelf.begin(())
    with ledger.reading() as shelf:
        assert shelf.told() == frozenset()
        assert shelf.totals() == []


def test_the_database_itself_lets_no_talk_into_two_issues(ledger: Ledger) -> None:
    freeze(ledger, an_issue(choices={}, talks=("a",)))
    with pytest.raises(RuntimeError, match="IntegrityError"):
        freeze(ledger, an_issue(week_after(WEEK), choices={}, talks=("b", "a")))
    with ledger.reading() as shelf:
        assert shelf.told() == frozenset({"a"})
        assert shelf.newest() == WEEK


def test_five_thousand_different_wishes_are_one_pass_over_the_people(ledger: Ledger) -> None:
    """Joined row by row it would be 25 million comparisons; SQLite counts its own steps."""
    people = [person(f"p{at}", tags=(f"tag {at}",)) for at in range(5_000)]
    take_in(ledger, people)
    choices = {Wish("", (f"tag {at}",), ()): at % 2 for at in range(5_000)}
    thousands: list[int] = []

    @event.listens_for(ledger.engine, "checkout")
    def count(connection: Any, _record: object, _proxy: object) -> None:
        if ledger.engine.dialect.name == "sqlite":
            connection.set_progress_handler(lambda: thousands.append(1), 1_000)

    assert freeze(ledger, an_issue(choices=dict(choices), variants=2)) == 5_000
    event.remove(ledger.engine, "checkout", count)
    assert len(thousands) < 5_000
    assert bool(thousands) == (ledger.engine.dialect.name == "sqlite")
    assert Counter(who_gets(ledger).values()) == {b"template 0": 2_500, b"template 1": 2_500}


def test_totals_tell_what_came_back_later(ledger: Ledger) -> None:
    some_people(ledger, 3)
    freeze(ledger)
    numbers = [number_of(ledger, f"p{at}@example.org") for at in range(3)]
    with ledger.changing() as register:
        register.note_bounce(numbers[0], WEEK, BounceKind.HARD, NOW, "5.1.1")
        register.note_bounce(numbers[1], WEEK, BounceKind.SOFT, NOW, "4.2.2")
        register.note_bounce(numbers[1], week_after(WEEK), BounceKind.SOFT, NOW, "4.2.2")
        register.note_bounce(numbers[2], WEEK, BounceKind.COMPLAINT, NOW, "")
        register.note_bounce(numbers[2], WEEK, BounceKind.LEAVE, NOW, "")
        register.note_bounce(numbers[0], WEEK, BounceKind.REFUSED, NOW, "550")
    found = totals_of(ledger)
    assert (found.bounced_later, found.complaints) == (2, 1)


def test_an_issue_is_finished_once_and_when_nothing_is_left(ledger: Ledger) -> None:
    some_people(ledger, 2)
    freeze(ledger)
    with ledger.sending(WEEK) as desk:
        for errand in asked(desk, 2).errands:
            with ledger.changing() as shelf:
                assert not shelf.finish(WEEK, NOW)
            asked(desk, 0, [came_to(errand, State.SENT)])
    later = NOW + timedelta(hours=1)
    with ledger.changing() as shelf:
        assert shelf.finish(WEEK, later)
        assert shelf.finish(WEEK, later + timedelta(hours=1))
    assert totals_of(ledger).finished_at == later


@pytest.mark.parametrize("state", list(State))
def test_every_open_state_keeps_an_issue_open(ledger: Ledger, state: State) -> None:
    some_people(ledger, 1)
    freeze(ledger)
    with ledger.engine.begin() as connection:
        connection.execute(deliveries.update().values(state=str(state)))
    is_open = state in {State.PENDING, State.SENDING, State.DEFERRED, State.UNCERTAIN}
    assert totals_of(ledger).open == is_open
    with ledger.changing() as shelf:
        assert shelf.finish(WEEK, NOW) == (not is_open)


def test_whoever_is_forgotten_stays_in_the_numbers_and_nowhere_else(ledger: Ledger) -> None:
    some_people(ledger, 3)
    freeze(ledger)
    with ledger.sending(WEEK) as desk:
        first, second = asked(desk, 2).errands
        asked(desk, 0, [came_to(first, State.SENT, 250, f"queued for {first.email}")])
        asked(desk, 0, [came_to(second, State.BOUNCED, 550, f"no {second.email}")])
    for email in (first.email, second.email):
        forget(ledger, email, NOW)
    assert states_of(ledger) == {"sent": 1, "bounced": 1, "pending": 1}
    with ledger.engine.connect() as connection:
        rows = connection.execute(select(deliveries).order_by(deliveries.c.id)).all()
    assert [(row.subscriber_id, row.answer) for row in rows[:2]] == [(None, ""), (None, "")]


def test_who_leaves_after_the_freeze_is_still_a_recipient(ledger: Ledger) -> None:
    some_people(ledger, 2)
    freeze(ledger)
    remove(ledger, "p0@example.org", NOW)
    take_in(ledger, [person("late")])
    assert totals_of(ledger).recipients == 2
    assert set(who_gets(ledger)) == {"p0@example.org", "p1@example.org"}
