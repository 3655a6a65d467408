"""A desk in both databases: what is begun, what it came to, and what the dead leave behind."""

import multiprocessing
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, select, update

from feeds.deliveries import BounceKind, Errand, State, Wish
from feeds.edges.ledger import Ledger
from feeds.edges.ledger.schema import bounces, deliveries, subscribers
from feeds.errors import WorldError
from feeds.jobs.subscribers import Wishes, forget, remove, set_wishes
from feeds.model import Status, Week
from tests.edges.ledger.conftest import Place, both_when_quick
from tests.edges.ledger.made import (
    MAX_BOUNCES,
    NOW,
    WEEK,
    an_issue,
    asked,
    came_to,
    freeze,
    number_of,
    person,
    rows_of,
    some_people,
    states_of,
    take_in,
    totals_of,
    week_after,
)
from tests.edges.ledger.sender import carry_all, people_leave


def status_of(ledger: Ledger, email: str) -> Status:
    with ledger.reading() as register:
        (found,) = register.find([email]).values()
    return found.status


def test_a_desk_needs_an_issue(ledger: Ledger) -> None:
    with pytest.raises(WorldError, match="2017-W49: has no issue"), ledger.sending(WEEK):
        raise AssertionError


@both_when_quick
def test_deliveries_are_begun_in_order_and_once(ledger: Ledger) -> None:
    some_people(ledger, 5)
    freeze(ledger)
    with ledger.sending(WEEK) as desk:
        first = asked(desk, 2)
        second = asked(desk, 10)
        third = asked(desk, 10)
    assert [errand.email for errand in first.errands] == ["p0@example.org", "p1@example.org"]
    assert [errand.email for errand in second.errands] == [f"p{at}@example.org" for at in (2, 3, 4)]
    assert third.errands == ()
    assert (third.next_due, third.elsewhere) == (None, 0)
    assert states_of(ledger) == {"sending": 5}


def test_an_errand_says_whose_letter_it_is_and_which(ledger: Ledger) -> None:
    take_in(ledger, [person("ana", name="Ana «ñ»", language="en")])
    freeze(ledger, an_issue(choices={Wish("en", (), ()): 1}, variants=2))
    with ledger.reading() as shelf:
        templates = shelf.templates(WEEK)
    assert set(templates.values()) == {b"template 0", b"template 1"}
    with ledger.sending(WEEK) as desk:
        (errand,) = asked(desk, 1).errands
    assert (errand.email, errand.name, errand.attempts) == ("ana@example.org", "Ana «ñ»", 0)
    assert errand.subscriber == number_of(ledger, "ana@example.org")
    assert templates[errand.variant] == b"template 1"


def test_what_is_begun_is_on_the_disk_before_anything_else_happens(
    ledger: Ledger, place: Place
) -> None:
    some_people(ledger, 1)
    freeze(ledger)
    other = place.open()
    with ledger.sending(WEEK) as desk:
        assert asked(desk, 1).errands
        assert states_of(other) == {"sending": 1}
    other.close()


@pytest.mark.parametrize(
    "state", [State.SENT, State.BOUNCED, State.EXPIRED, State.UNCERTAIN, State.PENDING]
)
def test_an_outcome_is_kept_with_the_relays_words(ledger: Ledger, state: State) -> None:
    some_people(ledger, 1)
    freeze(ledger)
    with ledger.sending(WEEK) as desk:
        (errand,) = asked(desk, 1).errands
        asked(desk, 0, [came_to(errand, state, 451, "as it says")])
    tried = int(state is not State.PENDING)
    assert list(rows_of(ledger).values()) == [(str(state), 451, "as it says", tried, None)]


def test_a_deferred_one_comes_when_it_is_due_and_counts_its_tries(ledger: Ledger) -> None:
    some_people(ledger, 2)
    freeze(ledger)
    soon, later = NOW + timedelta(seconds=60), NOW + timedelta(seconds=120)
    with ledger.sending(WEEK) as desk:
        first, second = asked(desk, 2).errands
        found = asked(
            desk,
            2,
            [
                came_to(first, State.DEFERRED, 451, "later", later),
                came_to(second, State.DEFERRED, 451, "later", soon),
            ],
        )
        assert (found.errands, found.next_due) == ((), soon)
        assert asked(desk, 2, now=soon - timedelta(microseconds=1)).errands == ()
        (again,) = asked(desk, 2, now=soon).errands
        assert (again.delivery, again.attempts) == (second.delivery, 1)
        assert rows_of(ledger)[second.delivery][0] == "sending"
        asked(desk, 0, [came_to(again, State.DEFERRED, 451, "later", later)])
        both = asked(desk, 9, now=later).errands
        assert {(found.delivery, found.attempts) for found in both} == {
            (first.delivery, 1),
            (second.delivery, 2),
        }
        asked(desk, 0, [came_to(errand, State.SENT) for errand in both])
    assert [row[3:] for row in rows_of(ledger).values()] == [(2, None), (3, None)]


def test_new_ones_come_before_those_that_are_due(ledger: Ledger) -> None:
    some_people(ledger, 3)
    freeze(ledger)
    with ledger.sending(WEEK) as desk:
        (first,) = asked(desk, 1).errands
        (second,) = asked(desk, 1, [came_to(first, State.DEFERRED, 451, "", NOW)]).errands
        assert second.delivery > first.delivery
        found = asked(desk, 3).errands
    assert {errand.delivery for errand in found} == {first.delivery, second.delivery + 1}


def test_looking_begins_nothing_and_finds_the_same_again(ledger: Ledger) -> None:
    some_people(ledger, 5)
    freeze(ledger)
    with ledger.sending(WEEK) as desk, ledger.sending(WEEK) as other:
        found = desk.look(3, NOW)
        assert [errand.email for errand in found.errands] == [
            f"p{at}@example.org" for at in range(3)
        ]
        assert states_of(ledger) == {"pending": 5}
        assert desk.look(3, NOW) == other.look(3, NOW) == found
        assert len(desk.look(9, NOW).errands) == 5


@both_when_quick
def test_what_another_has_begun_is_not_begun_again(ledger: Ledger) -> None:
    some_people(ledger, 4)
    freeze(ledger)
    with ledger.sending(WEEK) as one, ledger.sending(WEEK) as other:
        found = one.look(4, NOW).errands
        assert other.look(4, NOW).errands == found
        assert set(one.exchange([], found[:3], NOW, 3)) == {found[at].delivery for at in range(3)}
        assert set(other.exchange([], found, NOW, 3)) == {found[3].delivery}
        # Wherever it looks from now on, it finds what is left.
        one.exchange([came_to(errand, State.PENDING) for errand in found[:2]], [], NOW, 3)
        left = other.look(9, NOW)
        assert {errand.delivery for errand in left.errands} == {
            found[0].delivery,
            found[1].delivery,
        }
        assert left.elsewhere == 1
    assert states_of(ledger) == {"pending": 2, "sending": 2}


@both_when_quick
def test_what_takes_a_moment_is_done_at_once(ledger: Ledger) -> None:
    """SQLite alone: PostgreSQL is far, and the letters do not wait for it."""
    some_people(ledger, 4)
    freeze(ledger)
    near = ledger.engine.dialect.name == "sqlite"
    with ledger.sending(WEEK) as desk:
        first, second, third, fourth = desk.look(4, NOW).errands
        begun = desk.exchange_at_once([], [first, second])
        assert begun == ({first.delivery, second.delivery} if near else None)
        if not near:
            desk.exchange([], [first, second], NOW, 3)
        # What counts against people, and what is due again, takes longer.
        for outcome in (
            came_to(first, State.BOUNCED, 550, "5.1.1 nobody"),
            came_to(first, State.DEFERRED, 451, "later", NOW),
        ):
            assert desk.exchange_at_once([outcome], [third]) is None
        if not near:
            return
        assert states_of(ledger) == {"sending": 2, "pending": 2}
        # Of two that are to begin only one is still as it was found.
        other = replace(fourth, email="elsewhere@example.org")
        outcomes = [came_to(first, State.SENT, 250, "ok"), came_to(second, State.UNCERTAIN)]
        assert desk.exchange_at_once(outcomes, [third, other]) == {third.delivery}
        assert states_of(ledger) == {"sent": 1, "uncertain": 1, "sending": 1, "pending": 1}
        assert rows_of(ledger)[first.delivery][:3] == ("sent", 250, "ok")


@both_when_quick
def test_a_look_that_takes_a_moment_finds_the_same(ledger: Ledger) -> None:
    some_people(ledger, 6)
    take_in(ledger, [person("ana", name="Ana «ñ»")])
    freeze(ledger)
    with ledger.sending(WEEK) as desk:
        if ledger.engine.dialect.name != "sqlite":
            assert desk.look_at_once(1) is None
            return
        for wanted in (1, 3, 7):
            assert desk.look_at_once(wanted) == desk.look(wanted, NOW)
        assert desk.look_at_once(8) is None  # who has fewer wants to know what else there is
        asked(desk, 2)
        found = desk.look_at_once(3)
        assert found == desk.look(3, NOW)
        assert found is not None
        assert [errand.email for errand in found.errands] == [
            f"p{at}@example.org" for at in (2, 3, 4)
        ]


@pytest.mark.parametrize("leaves", [remove, forget])
def test_a_look_that_takes_a_moment_settles_nobody_who_left(
    sqlite_place: Place, leaves: Callable[[Ledger, str, datetime], object]
) -> None:
    with closing(sqlite_place.open()) as ledger:
        some_people(ledger, 3)
        freeze(ledger)
        with ledger.sending(WEEK) as desk:
            assert desk.look_at_once(2) is not None
            leaves(ledger, "p0@example.org", NOW)
            assert desk.look_at_once(2) is None
            assert states_of(ledger) == {"pending": 3}
            assert desk.look(2, NOW).suppressed == 1
            found = desk.look_at_once(2)
            assert found is not None
            assert [errand.email for errand in found.errands] == [
                "p1@example.org",
                "p2@example.org",
            ]


def test_a_look_that_takes_a_moment_goes_on_from_where_others_are_not(sqlite_place: Place) -> None:
    with closing(sqlite_place.open()) as ledger, closing(sqlite_place.open()) as elsewhere:
        some_people(ledger, 60)
        freeze(ledger)
        with ledger.sending(WEEK) as one, elsewhere.sending(WEEK) as other:
            for _ in range(5):
                found = one.look(2, NOW).errands
                assert other.exchange_at_once([], found[:1])
                assert one.exchange_at_once([], found) == {found[1].delivery}
                assert one.look_at_once(1) is None
                assert one.look(1, NOW) == one.look_at_once(1)


def test_nothing_is_done_at_once_while_another_writes(sqlite_place: Place) -> None:
    with closing(sqlite_place.open()) as ledger, closing(sqlite_place.open()) as elsewhere:
        some_people(ledger, 2)
        freeze(ledger)
        with ledger.sending(WEEK) as desk:
            first, second = desk.look(2, NOW).errands
            assert desk.exchange_at_once([], [first]) == {first.delivery}
            done = [came_to(first, State.SENT, 250, "ok")]
            with elsewhere.changing():
                assert desk.exchange_at_once(done, [second]) is None
            assert states_of(ledger) == {"sending": 1, "pending": 1}
            with ThreadPoolExecutor() as pool, elsewhere.changing():
                # Who has patience waits for the end of the other's.
                waiting = pool.submit(desk.exchange, done, [second], NOW, 3)
                assert not wait([waiting], timeout=0.2).done
            assert set(waiting.result()) == {second.delivery}
        assert states_of(ledger) == {"sent": 1, "sending": 1}


def test_what_fails_at_once_has_changed_nothing(sqlite_place: Place) -> None:
    with closing(sqlite_place.open()) as ledger:
        some_people(ledger, 2)
        freeze(ledger)
        with ledger.engine.begin() as connection:
            connection.exec_driver_sql(
                "CREATE TRIGGER full BEFORE UPDATE OF state ON deliveries WHEN new.state='sending'"
                " BEGIN SELECT RAISE(ABORT, 'no more'); END"
            )
        with ledger.sending(WEEK) as desk:
            found = desk.look(2, NOW).errands
            with pytest.raises(RuntimeError, match="no more"):
                desk.exchange_at_once([], found)
            assert states_of(ledger) == {"pending": 2}
            with ledger.changing() as shelf:  # nor does it stand in anybody's way
                assert shelf.totals(WEEK)


@pytest.mark.slow
@pytest.mark.parametrize("people", range(2, 9))
def test_another_that_begins_the_last_ones_meanwhile(postgresql_place: Place, people: int) -> None:
    """PostgreSQL gives each statement a moment of its own: between two, others go on."""
    with closing(postgresql_place.open()) as ledger, closing(postgresql_place.open()) as elsewhere:
        some_people(ledger, people)
        freeze(ledger)
        with ledger.sending(WEEK) as one, elsewhere.sending(WEEK) as other:
            found = list(one.look(people, NOW).errands)
            changed_since = [replace(found[0], attempts=9)]
            one.exchange([], [found.pop(0)], NOW, 3)

            def go_on(*given: object) -> None:
                if "deliveries" in str(given[2]) and found:
                    one.exchange([], [found.pop()], NOW, 3)

            event.listen(elsewhere.engine, "before_cursor_execute", go_on)
            while found:
                assert not other.exchange([], changed_since, NOW, 3)
                other.look(1, NOW)
        assert states_of(ledger) == {"sending": people}


@pytest.mark.parametrize("how", ["other address", "tried since", "settled since"])
def test_what_is_not_as_it_was_found_is_not_begun(ledger: Ledger, how: str) -> None:
    some_people(ledger, 2)
    freeze(ledger)
    with ledger.sending(WEEK) as desk, ledger.sending(WEEK) as other:
        first, second = desk.look(2, NOW).errands
        if how == "other address":
            with ledger.engine.begin() as connection:
                change = update(subscribers).where(subscribers.c.id == first.subscriber)
                connection.execute(change.values(email="new@example.org"))
        else:
            other.exchange([], [first], NOW, 3)
            state = State.DEFERRED if how == "tried since" else State.SENT
            due = NOW if state is State.DEFERRED else None
            other.exchange([came_to(first, state, 451, "", due)], [], NOW, 3)
        assert set(desk.exchange([], [first, second], NOW, 3)) == {second.delivery}
        again = [errand.email for errand in desk.look(2, NOW).errands]
    assert (
        again
        == {
            "other address": ["new@example.org"],
            "tried since": [first.email],
            "settled since": [],
        }[how]
    )


LEAVING: dict[str, Callable[[Ledger, str], object]] = {
    "unsubscribes": lambda ledger, email: remove(ledger, email, NOW),
    "is forgotten": lambda ledger, email: forget(ledger, email, NOW),
    "pauses": lambda ledger, email: set_wishes(ledger, email, Wishes(paused=True)),
    "bounces": lambda ledger, email: become(ledger, email, Status.BOUNCED),
    "complains": lambda ledger, email: become(ledger, email, Status.COMPLAINED),
    "is asked again": lambda ledger, email: become(ledger, email, Status.PENDING),
}


def become(ledger: Ledger, email: str, status: Status) -> None:
    with ledger.engine.begin() as connection:
        change = update(subscribers).where(subscribers.c.email == email)
        connection.execute(change.values(status=str(status)))


@pytest.mark.parametrize("how", LEAVING)
def test_whoever_leaves_between_freeze_and_letter_gets_none(ledger: Ledger, how: str) -> None:
    some_people(ledger, 4)
    freeze(ledger)
    for email in ("p0@example.org", "p2@example.org"):
        LEAVING[how](ledger, email)
    with ledger.sending(WEEK) as desk:
        found = asked(desk, 2)
        assert [errand.email for errand in found.errands] == ["p1@example.org", "p3@example.org"]
        assert found.suppressed == 2
        asked(desk, 0, [came_to(errand, State.SENT) for errand in found.errands])
        assert asked(desk, 2).errands == ()
    assert states_of(ledger) == {"sent": 2, "suppressed": 2}
    assert totals_of(ledger).open == 0


@pytest.mark.parametrize("how", LEAVING)
def test_whoever_leaves_once_their_letter_is_made_gets_none(ledger: Ledger, how: str) -> None:
    some_people(ledger, 3)
    freeze(ledger)
    with ledger.sending(WEEK) as desk:
        found = desk.look(3, NOW)
        assert (len(found.errands), found.suppressed) == (3, 0)
        LEAVING[how](ledger, found.errands[1].email)
        begun = desk.exchange([], found.errands, NOW, 3)
        assert set(begun) == {found.errands[0].delivery, found.errands[2].delivery}
        assert desk.look(3, NOW).suppressed == 1
    assert states_of(ledger) == {"sending": 2, "suppressed": 1}


@pytest.mark.parametrize("how", LEAVING)
def test_whoever_leaves_while_a_letter_is_deferred_gets_none(ledger: Ledger, how: str) -> None:
    some_people(ledger, 1)
    freeze(ledger)
    with ledger.sending(WEEK) as desk:
        (errand,) = asked(desk, 1).errands
        asked(desk, 0, [came_to(errand, State.DEFERRED, 451, "", NOW)])
        LEAVING[how](ledger, errand.email)
        assert asked(desk, 1).suppressed == 1
    ((state, _, _, _, due),) = rows_of(ledger).values()
    assert (state, due) == ("suppressed", None)


def test_thousands_who_left_are_passed_by_in_one_exchange(ledger: Ledger) -> None:
    some_people(ledger, 2_000)
    freeze(ledger)
    with ledger.engine.begin() as connection:
        left = update(subscribers).where(subscribers.c.email != "p1999@example.org")
        connection.execute(left.values(status="unsubscribed"))
    with ledger.sending(WEEK) as desk:
        found = asked(desk, 50)
    assert [errand.email for errand in found.errands] == ["p1999@example.org"]
    assert found.suppressed == 1_999


@pytest.mark.parametrize("state", [State.SENT, State.BOUNCED, State.DEFERRED, State.PENDING])
@pytest.mark.parametrize("how", LEAVING)
def test_a_letter_on_its_way_ends_as_the_relay_says_whoever_leaves_meanwhile(
    ledger: Ledger, how: str, state: State
) -> None:
    some_people(ledger, 2)
    freeze(ledger)
    with ledger.sending(WEEK) as desk:
        errand, other = asked(desk, 2).errands
        LEAVING[how](ledger, errand.email)
        due = NOW if state is State.DEFERRED else None
        outcomes = [came_to(errand, state, 550, "", due), came_to(other, State.BOUNCED, 550)]
        found = asked(desk, 2, outcomes)
    assert found.errands == ()
    ended = state if state in {State.SENT, State.BOUNCED} else State.SUPPRESSED
    assert states_of(ledger) == Counter([str(ended), "bounced"])


def refuse(ledger: Ledger, week: Week, now: datetime, max_bounces: int = MAX_BOUNCES) -> None:
    """An issue which the relay refuses for everybody."""
    freeze(ledger, an_issue(week))
    with ledger.sending(week) as desk:
        errands = asked(desk, 100, now=now).errands
        asked(desk, 0, [came_to(found, State.BOUNCED, 550) for found in errands], now, max_bounces)


def test_who_is_refused_in_three_issues_gets_no_fourth(ledger: Ledger) -> None:
    some_people(ledger, 1)
    email = "p0@example.org"
    for number in range(3):
        assert status_of(ledger, email) == Status.CONFIRMED
        refuse(ledger, week_after(WEEK, number), NOW + timedelta(days=7 * number))
    assert status_of(ledger, email) == Status.BOUNCED
    with ledger.reading() as register:
        (found,) = register.find([email]).values()
    assert found.since == NOW + timedelta(days=14)
    refuse(ledger, week_after(WEEK, 3), NOW + timedelta(days=21))
    assert totals_of(ledger, week_after(WEEK, 3)).recipients == 0


def test_one_issue_refused_again_and_again_counts_once(ledger: Ledger) -> None:
    some_people(ledger, 1)
    freeze(ledger)
    with ledger.sending(WEEK) as desk:
        (errand,) = asked(desk, 1).errands
        for _ in range(5):
            asked(desk, 0, [came_to(errand, State.BOUNCED, 550)])
    assert status_of(ledger, errand.email) == Status.CONFIRMED
    with ledger.engine.connect() as connection:
        kept = connection.execute(select(bounces)).all()
    assert [(row.week, row.kind, row.code) for row in kept] == [(str(WEEK), "refused", "550")]


def test_a_refusal_and_a_soft_bounce_of_one_issue_count_once(ledger: Ledger) -> None:
    some_people(ledger, 1)
    number = number_of(ledger, "p0@example.org")
    with ledger.changing() as register:
        register.note_bounce(number, WEEK, BounceKind.SOFT, NOW, "4.2.2")
    refuse(ledger, WEEK, NOW, max_bounces=2)
    assert status_of(ledger, "p0@example.org") == Status.CONFIRMED
    refuse(ledger, week_after(WEEK), NOW, max_bounces=2)
    assert status_of(ledger, "p0@example.org") == Status.BOUNCED


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (timedelta(days=90), Status.BOUNCED),
        (timedelta(days=90, microseconds=1), Status.CONFIRMED),
    ],
)
def test_refusals_count_for_ninety_days(ledger: Ledger, age: timedelta, status: Status) -> None:
    some_people(ledger, 1)
    refuse(ledger, WEEK, NOW)
    refuse(ledger, week_after(WEEK, 1), NOW + age, max_bounces=2)
    assert status_of(ledger, "p0@example.org") == status


def test_what_was_before_somebody_came_back_does_not_count(ledger: Ledger) -> None:
    some_people(ledger, 1)
    for number in range(2):
        refuse(ledger, week_after(WEEK, number), NOW, max_bounces=2)
    assert status_of(ledger, "p0@example.org") == Status.BOUNCED
    later = NOW + timedelta(days=5)
    with ledger.engine.begin() as connection:
        connection.execute(update(subscribers).values(status="confirmed", since=later))
    refuse(ledger, week_after(WEEK, 2), later, max_bounces=2)
    assert status_of(ledger, "p0@example.org") == Status.CONFIRMED
    refuse(ledger, week_after(WEEK, 3), later, max_bounces=2)
    assert status_of(ledger, "p0@example.org") == Status.BOUNCED


def test_only_those_who_were_refused_are_counted(ledger: Ledger) -> None:
    some_people(ledger, 3)
    freeze(ledger)
    with ledger.sending(WEEK) as desk:
        sent, refused, deferred = asked(desk, 3).errands
        outcomes = [came_to(sent, State.SENT), came_to(refused, State.BOUNCED, 550)]
        asked(desk, 0, [*outcomes, came_to(deferred, State.EXPIRED, 451)], max_bounces=1)
    assert status_of(ledger, refused.email) == Status.BOUNCED
    assert status_of(ledger, sent.email) == Status.CONFIRMED
    assert status_of(ledger, deferred.email) == Status.CONFIRMED


def test_whoever_left_stays_as_they_are_when_a_letter_is_refused(ledger: Ledger) -> None:
    some_people(ledger, 1)
    freeze(ledger)
    with ledger.sending(WEEK) as desk:
        (errand,) = asked(desk, 1).errands
        remove(ledger, errand.email, NOW)
        asked(desk, 0, [came_to(errand, State.BOUNCED, 550)], max_bounces=1)
    assert status_of(ledger, errand.email) == Status.UNSUBSCRIBED


def test_a_refusal_waits_for_whoever_is_forgetting_that_person(
    ledger: Ledger, place: Place
) -> None:
    some_people(ledger, 2)
    freeze(ledger)
    other = place.open()
    with ledger.sending(WEEK) as desk, ThreadPoolExecutor(1) as pool:
        errands = asked(desk, 2).errands
        with other.changing() as register:
            register.erase(errands[0].email)
            outcomes = [came_to(errand, State.BOUNCED, 550) for errand in errands]
            exchange = pool.submit(asked, desk, 0, outcomes)
            assert not wait([exchange], 0.3).done
        assert exchange.result(30).errands == ()
    other.close()
    assert states_of(ledger) == {"bounced": 2}
    with ledger.engine.connect() as connection:
        assert connection.scalars(select(bounces.c.subscriber_id)).all() == [errands[1].subscriber]


# What the dead leave behind


def test_other_issues_dead_are_not_this_ones_matter(ledger: Ledger) -> None:
    some_people(ledger, 1)
    freeze(ledger)
    freeze(ledger, an_issue(week_after(WEEK)))
    with ledger.sending(WEEK) as desk:
        asked(desk, 1)
    with ledger.sending(week_after(WEEK)) as desk:
        assert desk.bury() == 0
    assert states_of(ledger) == {"sending": 1}


def test_who_carried_a_letter_knows_better_than_who_buried_it(ledger: Ledger) -> None:
    """A process that seems dead may only have lost its connection to the database."""
    some_people(ledger, 3)
    freeze(ledger)
    with ledger.sending(WEEK) as lost:
        first, second, third = asked(lost, 3).errands
        with ledger.engine.begin() as connection:
            buried = update(deliveries).values(state="uncertain", sender=None)
            connection.execute(buried.where(deliveries.c.id != third.delivery))
        with ledger.sending(WEEK) as other:
            # The operator's word on the second: it is sent again, by somebody else.
            with ledger.changing() as shelf:
                shelf.settle([came_to(second, State.PENDING, 0)])
            (again,) = asked(other, 1).errands
            assert again.delivery == second.delivery
            asked(lost, 0, [came_to(found, State.SENT, 250) for found in (first, second, third)])
            found = rows_of(ledger)
            assert [found[errand.delivery][0] for errand in (first, second, third)] == [
                "sent",
                "sending",
                "sent",
            ]
            asked(other, 0, [came_to(again, State.BOUNCED, 550)])
            asked(lost, 0, [came_to(second, State.SENT, 250)])
    assert states_of(ledger) == {"sent": 2, "bounced": 1}


def test_an_outcome_changes_nothing_that_is_settled(ledger: Ledger) -> None:
    some_people(ledger, 1)
    freeze(ledger)
    with ledger.sending(WEEK) as desk:
        (errand,) = asked(desk, 1).errands
        asked(desk, 0, [came_to(errand, State.SENT, 250, "first")])
        for state in (State.PENDING, State.DEFERRED, State.UNCERTAIN, State.BOUNCED):
            found = asked(desk, 5, [came_to(errand, state, 451, "second", NOW)])
            assert found.errands == ()
    assert list(rows_of(ledger).values()) == [("sent", 250, "first", 1, None)]


def test_two_desks_share_an_issue_without_meeting(ledger: Ledger) -> None:
    some_people(ledger, 50)
    freeze(ledger)
    carried: list[Errand] = []
    with ledger.sending(WEEK) as one, ledger.sending(WEEK) as other:
        for desk in [one, other] * 10:
            found = asked(desk, 3).errands
            carried += found
            asked(desk, 0, [came_to(errand, State.SENT) for errand in found])
        assert asked(one, 1).elsewhere == 0
    assert len({errand.delivery for errand in carried}) == len(carried) == 50


@pytest.mark.slow
def test_processes_carry_an_issue_together_while_people_leave(postgresql_place: Place) -> None:
    """Nobody twice, nobody lost, and no deadlock, on one PostgreSQL."""
    ledger = postgresql_place.open()
    some_people(ledger, 5_000)
    freeze(ledger)
    context = multiprocessing.get_context("spawn")
    begin = context.Barrier(4)
    pipes = [context.Pipe() for _ in range(2)]
    place = (postgresql_place.folder, postgresql_place.url)
    # The first are just being sent, and every seventh of those is refused as well.
    leaving = [f"p{at}@example.org" for at in range(0, 5_000, 7)] + [
        f"p{at}@example.org" for at in range(6, 5_000, 7)
    ]
    processes = [
        *(
            context.Process(target=carry_all, args=(*place, 40, begin, theirs))
            for _, theirs in pipes
        ),
        *(
            context.Process(target=people_leave, args=(*place, emails, begin))
            for emails in (leaving[::2], leaving[1::2])
        ),
    ]
    for process in processes:
        process.start()
    told = []
    for mine, theirs in pipes:
        theirs.close()
        assert mine.poll(240)
        told.append(mine.recv())
    for process in processes:
        process.join(240)
    assert [process.exitcode for process in processes] == [0] * 4
    carried = [number for numbers, _ in told for number in numbers]
    assert len(set(carried)) == len(carried)
    found = totals_of(ledger)
    assert found.open == 0
    assert found.by_state.get(State.SUPPRESSED, 0) == sum(left for _, left in told)
    assert found.by_state[State.BOUNCED] == sum(number % 7 == 0 for number in carried)
    assert len(carried) + sum(left for _, left in told) == 5_000
    ledger.close()
