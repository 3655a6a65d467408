"""Subscribers, issues and desks, made in one line each."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from feeds.deliveries import Errand, Found, Frozen, Outcome, State, Totals, Variant, Wish
from feeds.edges.ledger import Ledger
from feeds.edges.ledger.posting import Desk
from feeds.edges.ledger.schema import deliveries
from feeds.model import Status, Subscriber, Week

NOW = datetime(2017, 12, 11, 9, 0, tzinfo=UTC)
WEEK = Week(2017, 49)
ANYTHING = Wish("", (), ())
MAX_BOUNCES = 3


def week_after(week: Week, weeks: int = 1) -> Week:
    """The week that comes so many later."""
    return Week.of(week.monday + timedelta(days=7 * weeks))


def person(user: str, /, **changes: object) -> Subscriber:
    """Somebody confirmed who wants everything."""
    found = Subscriber(f"{user}@example.org", Status.CONFIRMED, NOW - timedelta(days=200))
    return replace(found, **changes)  # type: ignore[arg-type]


def take_in(ledger: Ledger, people: Iterable[Subscriber]) -> None:
    """Add them, as they are."""
    with ledger.changing() as register:
        register.add(list(people))


def some_people(ledger: Ledger, number: int) -> None:
    """``p0@example.org`` and so on."""
    take_in(ledger, [person(f"p{at}") for at in range(number)])


def number_of(ledger: Ledger, email: str) -> int:
    """The subscriber's number."""
    with ledger.reading() as register:
        (found,) = register.numbers([email]).values()
    return found


def an_issue(
    week: Week = WEEK,
    choices: Mapping[Wish, int | None] | None = None,
    talks: tuple[str, ...] = (),
    variants: int = 1,
) -> Frozen:
    """An issue with one talk of its own."""
    return Frozen(
        week,
        NOW,
        f"Issue of {week}",
        talks or (f"tag:{week}",),
        (),
        tuple(Variant("es", 1, b"template %d" % at) for at in range(variants)),
        {ANYTHING: 0} if choices is None else choices,
    )


def freeze(ledger: Ledger, frozen: Frozen | None = None) -> int | None:
    """Keep it, in a transaction of its own."""
    with ledger.changing() as shelf:
        return shelf.freeze(frozen or an_issue())


def totals_of(ledger: Ledger, week: Week = WEEK) -> Totals:
    """The issue in numbers, which must add up."""
    with ledger.reading() as shelf:
        (found,) = shelf.totals(week)
    assert found.adds_up, found
    return found


def states_of(ledger: Ledger, week: Week = WEEK) -> dict[str, int]:
    """How many are in each state; those with none are left out."""
    return {str(state): number for state, number in totals_of(ledger, week).by_state.items()}


def rows_of(ledger: Ledger) -> dict[int, tuple[str, int, str, int, datetime | None]]:
    """Each delivery as it is kept."""
    wanted = select(deliveries).order_by(deliveries.c.id)
    with ledger.engine.connect() as connection:
        return {
            row.id: (row.state, row.code, row.answer, row.attempts, row.due)
            for row in connection.execute(wanted)
        }


def asked(
    desk: Desk,
    wanted: int = 0,
    outcomes: Iterable[Outcome] = (),
    now: datetime = NOW,
    max_bounces: int = MAX_BOUNCES,
) -> Found:
    """Outcomes committed, then up to ``wanted`` deliveries found and begun."""
    desk.exchange(list(outcomes), [], now, max_bounces)
    found = desk.look(wanted, now)
    begun = desk.exchange([], found.errands, now, max_bounces)
    return replace(found, errands=tuple(one for one in found.errands if one.delivery in begun))


def came_to(
    errand: Errand, state: State, code: int = 250, text: str = "", due: datetime | None = None
) -> Outcome:
    """What the letter of that errand came to."""
    return Outcome(errand.delivery, errand.subscriber, state, code, text, due)
