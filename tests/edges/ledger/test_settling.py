"""What a crash left uncertain, settled by word or by the relay's log, in both databases."""

import pytest
from sqlalchemy import update

from feeds.deliveries import State
from feeds.edges.ledger import Ledger
from feeds.edges.ledger.schema import deliveries
from feeds.errors import WorldError
from feeds.jobs.settling import Settled, by_log, by_word
from feeds.jobs.subscribers import forget
from feeds.model import Week
from feeds.tokens import Tokens
from tests.edges.ledger.conftest import both_when_quick
from tests.edges.ledger.made import (
    NOW,
    WEEK,
    an_issue,
    asked,
    came_to,
    freeze,
    number_of,
    some_people,
    states_of,
    totals_of,
    week_after,
)
from tests.edges.ledger.worker import SECRET

TOKENS = Tokens(SECRET, "tag:example.org,2026-01-01:talks")


def crash(ledger: Ledger, people: int, uncertain: set[int]) -> None:
    """An issue of which some are uncertain, and all others sent."""
    some_people(ledger, people)
    freeze(ledger)
    with ledger.sending(WEEK) as desk:
        found = asked(desk, people).errands
        outcomes = [
            came_to(errand, State.UNCERTAIN if at in uncertain else State.SENT)
            for at, errand in enumerate(found)
        ]
        asked(desk, 0, outcomes)


def log_of(ledger: Ledger, people: set[int], week: Week = WEEK) -> list[bytes]:
    """A relay's log that names the letters of these."""
    numbers = [number_of(ledger, f"p{at}@example.org") for at in sorted(people)]
    return [f"<{TOKENS.delivery(week, number)}@talks.example.org>\n".encode() for number in numbers]


def kept(ledger: Ledger) -> dict[int, tuple[str, str]]:
    wanted = deliveries.select().order_by(deliveries.c.id)
    with ledger.engine.connect() as connection:
        return {
            at: (row.state, row.answer) for at, row in enumerate(connection.execute(wanted).all())
        }


@both_when_quick
def test_by_word_they_are_sent_again_or_skipped(ledger: Ledger) -> None:
    crash(ledger, 6, {1, 4})
    assert by_word(ledger, WEEK, again=True) == Settled(again=2)
    assert states_of(ledger) == {"sent": 4, "pending": 2}
    assert by_word(ledger, WEEK, again=False) == Settled()
    with ledger.sending(WEEK) as desk:
        again = asked(desk, 9).errands
        assert [errand.email for errand in again] == ["p1@example.org", "p4@example.org"]
        asked(desk, 0, [came_to(errand, State.UNCERTAIN) for errand in again])
    assert by_word(ledger, WEEK, again=False) == Settled(skipped=2)
    assert kept(ledger)[1] == ("skipped", "the operator's word")
    assert totals_of(ledger).open == 0


def test_only_the_issues_own_are_settled(ledger: Ledger) -> None:
    crash(ledger, 2, {0})
    freeze(ledger, an_issue(week_after(WEEK)))
    assert by_word(ledger, week_after(WEEK), again=True) == Settled()
    assert states_of(ledger) == {"uncertain": 1, "sent": 1}


def test_by_the_log_what_is_in_it_was_sent_and_the_rest_is_sent_again(ledger: Ledger) -> None:
    crash(ledger, 20, {3, 9, 10})
    log = log_of(ledger, set(range(20)) - {3, 10})
    assert by_log(ledger, WEEK, TOKENS, log, "mail.log") == Settled(sent=1, again=2)
    found = kept(ledger)
    assert [found[at][0] for at in (3, 9, 10)] == ["pending", "sent", "pending"]
    assert found[9][1] == "the relay's log"


def test_other_issues_and_other_publications_letters_say_nothing(ledger: Ledger) -> None:
    crash(ledger, 4, {1})
    log = log_of(ledger, {0, 2, 3}) + log_of(ledger, {1}, week_after(WEEK))
    other = Tokens(SECRET, "tag:example.org,2026:other")
    number = number_of(ledger, "p1@example.org")
    log.append(f"<{other.delivery(WEEK, number)}@talks.example.org>\n".encode())
    assert by_log(ledger, WEEK, TOKENS, log, "mail.log") == Settled(again=1)


@pytest.mark.parametrize("missing", [4, 5, 8, 9, 11, 12, 15, 16])
def test_a_log_without_letters_that_were_taken_around_then_is_refused(
    ledger: Ledger, missing: int
) -> None:
    """Five on each side are looked at; those further off may be in an older file."""
    crash(ledger, 30, {10})
    log = log_of(ledger, set(range(30)) - {missing})
    if 5 <= missing <= 15:
        says = r"mail\.log: lacks 1 of 10 letters .*\(give the whole log, rotated files too"
        with pytest.raises(WorldError, match=says):
            by_log(ledger, WEEK, TOKENS, log, "mail.log")
        assert states_of(ledger) == {"sent": 29, "uncertain": 1}
    else:
        assert by_log(ledger, WEEK, TOKENS, log, "mail.log") == Settled(sent=1)


def test_neighbours_are_looked_for_past_what_was_not_sent(ledger: Ledger) -> None:
    crash(ledger, 30, {10})
    with ledger.engine.begin() as connection:
        near = update(deliveries).where(deliveries.c.id.in_([8, 9, 10, 12, 13]))
        connection.execute(near.values(state="bounced"))
    with pytest.raises(WorldError, match="lacks 10 of 10"):
        by_log(ledger, WEEK, TOKENS, [], "mail.log")


def test_the_forgotten_are_neither_asked_of_the_log_nor_sent_again(ledger: Ledger) -> None:
    crash(ledger, 8, {2, 3})
    log = log_of(ledger, {0, 4, 5, 6, 7})
    forget(ledger, "p1@example.org", NOW)  # was sent
    forget(ledger, "p2@example.org", NOW)  # is uncertain
    assert by_log(ledger, WEEK, TOKENS, log, "mail.log") == Settled(again=1, forgotten=1)
    assert kept(ledger)[2][0] == "suppressed"
    assert by_word(ledger, WEEK, again=True) == Settled()


def test_a_delivery_whose_outcome_came_meanwhile_is_not_settled_over(ledger: Ledger) -> None:
    crash(ledger, 2, {0})
    with ledger.changing() as shelf:
        ((number, subscriber),) = shelf.uncertain(WEEK)
    assert subscriber is not None
    with ledger.engine.begin() as connection:
        connection.execute(update(deliveries).values(state="sent", answer="250 at last"))
    with ledger.changing() as shelf:
        from feeds.deliveries import Outcome

        shelf.settle([Outcome(number, subscriber, State.PENDING)])
    assert kept(ledger)[0] == ("sent", "250 at last")


def test_a_thousand_uncertain_ones_are_settled(ledger: Ledger) -> None:
    crash(ledger, 1_500, set(range(0, 1_500, 1)))
    assert by_word(ledger, WEEK, again=True) == Settled(again=1_500)
