"""Any sequence of freezing, sending by two desks, crashes, settling and leaving.

The model knows what the relay took. However the steps fall: nobody gets an issue twice unless
the operator said so, no outcome is lost, and every recipient is in exactly one state.
"""

import tempfile
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select

from feeds.deliveries import Errand, Fate, Outcome, State
from feeds.edges.ledger import Ledger
from feeds.edges.ledger.posting import Desk
from feeds.edges.ledger.schema import deliveries, issues
from feeds.errors import WorldError
from feeds.jobs.settling import by_log, by_word
from feeds.jobs.subscribers import Wishes, forget, remove, set_wishes
from feeds.model import Week
from feeds.tokens import Tokens
from tests.edges.ledger.conftest import Place
from tests.edges.ledger.made import NOW, an_issue, freeze, number_of, person, take_in, week_after
from tests.edges.ledger.worker import SECRET
from tests.examples import examples

TOKENS = Tokens(SECRET, "tag:example.org,2026-01-01:talks")
# What the relay may do, and whether it has the letter then.
DONE = {
    Fate.ACCEPTED: (State.SENT, True),
    Fate.REFUSED: (State.BOUNCED, False),
    Fate.DEFERRED: (State.DEFERRED, False),
    Fate.UNSENT: (State.PENDING, False),
}


@dataclass
class Sender:
    """A desk, while it is open, what it found some time ago, and the letters that it is
    carrying."""

    context: AbstractContextManager[Desk]
    desk: Desk
    found: list[Errand] = field(default_factory=list)
    carrying: list[Errand] = field(default_factory=list)


class Sends(RuleBasedStateMachine):
    """One issue at a time, to five people, by at most two desks."""

    folder: tempfile.TemporaryDirectory[str]
    ledger: Ledger
    weeks = 0

    def __init__(self) -> None:
        super().__init__()
        self.now: datetime = NOW
        with self.ledger.changing() as register:
            for found in list(register.each()):
                register.erase(found.email)
        # Every example has a week of its own in the same database.
        Sends.weeks += 1
        self.week: Week = week_after(Week(1990, 1), Sends.weeks)
        people = [f"s{Sends.weeks}.{at}" for at in range(5)]
        take_in(self.ledger, [person(name) for name in people])
        self.emails = [f"{name}@example.org" for name in people]
        self.numbers = {number_of(self.ledger, email): email for email in self.emails}
        assert freeze(self.ledger, an_issue(self.week)) == 5
        self.senders: list[Sender | None] = [None, None]
        self.taken: Counter[int] = Counter()  # by subscriber: letters that the relay has
        self.on_their_word: Counter[int] = Counter()
        self.gone: set[int] = set()

    def teardown(self) -> None:
        for sender in self.senders:
            if sender:
                sender.context.__exit__(None, None, None)

    def sender(self, which: int) -> Sender:
        found = self.senders[which]
        if found is None:
            context = self.ledger.sending(self.week)
            found = self.senders[which] = Sender(context, context.__enter__())
        return found

    @rule(which=st.integers(0, 1), wanted=st.integers(0, 5))
    def look(self, which: int, wanted: int) -> None:
        """What is found may be anything by the time it is begun."""
        sender = self.sender(which)
        found = sender.desk.look(wanted, self.now).errands
        assert len(found) <= wanted
        sender.found += found

    @rule(
        which=st.integers(0, 1),
        wanted=st.integers(0, 4),
        fates=st.lists(st.sampled_from([*DONE, None]), max_size=4),
        quickly=st.booleans(),
    )
    def exchange(self, which: int, wanted: int, fates: list[Fate | None], *, quickly: bool) -> None:
        """Some letters come to an end (None: the connection was lost after the dot)."""
        sender = self.sender(which)
        outcomes = []
        for fate in fates:
            if not sender.carrying:
                break
            errand = sender.carrying.pop(0)
            state, has_it = DONE[fate] if fate else (State.UNCERTAIN, True)
            self.taken[errand.subscriber] += has_it
            due = self.now + timedelta(minutes=1) if state is State.DEFERRED else None
            own = (errand.delivery, errand.subscriber)
            outcomes.append(Outcome(*own, state, 250, "as it says", due))
        begin, sender.found = sender.found[:wanted], sender.found[wanted:]
        at_once = sender.desk.exchange_at_once(outcomes, begin) if quickly else None
        if at_once is None:
            at_once = sender.desk.exchange(outcomes, begin, self.now, 100)
        begun = set(at_once)
        assert begun <= {errand.delivery for errand in begin}
        for errand in begin:
            # The same may have been found twice.
            if errand.delivery in begun:
                begun.remove(errand.delivery)
                assert errand.subscriber not in self.gone
                assert self.numbers[errand.subscriber] == errand.email
                sender.carrying.append(errand)

    @rule(which=st.integers(0, 1), chosen=st.sets(st.integers(0, 4)))
    def crash(self, which: int, chosen: set[int]) -> None:
        """The process is gone; the relay has some of what it was carrying."""
        sender = self.sender(which)
        for at, errand in enumerate(sender.carrying):
            self.taken[errand.subscriber] += at in chosen
        sender.context.__exit__(None, None, None)
        self.senders[which] = None

    @rule(which=st.integers(0, 1))
    def bury(self, which: int) -> None:
        self.sender(which).desk.bury()

    def uncertain(self) -> list[int]:
        with self.ledger.changing() as shelf:
            return [number or 0 for _, number in shelf.uncertain(self.week)]

    @rule(again=st.booleans())
    def settle_by_word(self, again: bool) -> None:
        if again:
            self.on_their_word.update(self.uncertain())
        by_word(self.ledger, self.week, again=again)

    @rule()
    def settle_by_log(self) -> None:
        log = [
            f"{TOKENS.delivery(self.week, number)}@talks.example.org".encode()
            for number in self.taken.elements()
        ]
        try:
            by_log(self.ledger, self.week, TOKENS, log, "mail.log")
        except WorldError:
            # The relay took nothing, so its log says nothing of the issue.
            assert not self.taken.total(), "a whole log was refused"

    @rule(who=st.integers(0, 4), how=st.sampled_from(["forget", "leave", "pause"]))
    def go(self, who: int, how: str) -> None:
        email = self.emails[who]
        (number,) = [number for number, found in self.numbers.items() if found == email]
        if number in self.gone:
            return
        self.gone.add(number)
        if how == "forget":
            forget(self.ledger, email, self.now)
        elif how == "leave":
            remove(self.ledger, email, self.now)
        else:
            set_wishes(self.ledger, email, Wishes(paused=True))

    @rule(minutes=st.integers(0, 2))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def finish(self) -> None:
        with self.ledger.changing() as shelf:
            finished = shelf.finish(self.week, self.now)
            (found,) = shelf.totals(self.week)
        assert finished == (found.open == 0)

    @invariant()
    def it_adds_up(self) -> None:
        with self.ledger.reading() as shelf:
            (found,) = shelf.totals(self.week)
        assert found.recipients == 5
        assert found.adds_up

    @invariant()
    def nobody_twice(self) -> None:
        for number, copies in self.taken.items():
            assert copies <= 1 + self.on_their_word[number]

    @invariant()
    def what_is_sent_is_with_the_relay_and_what_it_has_is_not_pending(self) -> None:
        wanted = select(deliveries.c.subscriber_id, deliveries.c.state).where(
            deliveries.c.issue_id.in_(select(issues.c.id).where(issues.c.week == str(self.week)))
        )
        with self.ledger.engine.connect() as connection:
            states = {row.subscriber_id: row.state for row in connection.execute(wanted)}
        for number in self.numbers:
            state = states.get(number)
            if state == "sent":
                assert self.taken[number]
            if state in {"pending", "deferred", "bounced"} and not self.on_their_word[number]:
                assert not self.taken[number]


class TestSends(Sends.TestCase):  # type: ignore[valid-type,misc]
    """One database for all examples."""

    settings = settings(max_examples=examples(40), stateful_step_count=30)

    @classmethod
    def setUpClass(cls) -> None:
        Sends.folder = tempfile.TemporaryDirectory()
        Sends.ledger = Place(Path(Sends.folder.name) / ".talkfeeds").open()

    @classmethod
    def tearDownClass(cls) -> None:
        Sends.ledger.close()
        Sends.folder.cleanup()
