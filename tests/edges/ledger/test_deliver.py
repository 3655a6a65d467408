"""The send job over a real ledger, with relays that answer as they are told to."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import update

from feeds.deliveries import Answer, Errand, Fate, Letter, State
from feeds.edges.ledger import Ledger
from feeds.edges.ledger.schema import subscribers
from feeds.errors import WorldError
from feeds.jobs.committing import Sending, Times
from feeds.jobs.send import deliver
from feeds.jobs.subscribers import remove
from feeds.model import MailSettings
from tests.edges.ledger.conftest import Place, both_when_quick
from tests.edges.ledger.made import NOW, WEEK, asked, freeze, some_people, states_of, totals_of

OK = Answer(Fate.ACCEPTED, 250, "ok")
LATER = Answer(Fate.DEFERRED, 451, "later")
CLOSED = Answer(Fate.UNSENT, 421, "closing")
MAIL = MailSettings(retry_after_s=60, retry_for_s=600, max_bounces=3)
# What a relay says to the nth letter for a recipient.
Script = Callable[[str, int], Answer]


@dataclass
class Clock:
    """Time that passes when somebody waits for it."""

    now: datetime = NOW

    def times(self, give_up_s: float = 120.0) -> Times:
        return Times(lambda: self.now, self.pause, give_up_s)

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(0.001)
        self.now += timedelta(seconds=seconds)


@dataclass
class Relayed:
    """A relay with so many lanes; ``begun`` is asked before each answer."""

    script: Script
    lanes_: int = 3
    begun: Callable[[Letter], None] = lambda _letter: None
    taken: list[str] = field(default_factory=list)
    tries: Counter[str] = field(default_factory=Counter)
    busy: int = 0
    most_busy: int = 0
    closed: int = 0

    async def check(self) -> None:
        pass

    def lanes(self) -> Sequence["Scripted"]:
        return [Scripted(self) for _ in range(self.lanes_)]


@dataclass
class Scripted:
    """One lane, which is asked for one letter at a time."""

    relay: Relayed
    carrying: bool = False

    async def carry_if(self, begun: Awaitable[bool], letter: Letter) -> Answer | None:
        return await self.carry(letter) if await begun else None

    async def carry(self, letter: Letter) -> Answer:
        assert not self.carrying
        self.carrying = True
        self.relay.busy += 1
        self.relay.most_busy = max(self.relay.most_busy, self.relay.busy)
        self.relay.begun(letter)
        await asyncio.sleep(0)
        name = letter.recipient
        answer = self.relay.script(name, self.relay.tries[name])
        self.relay.tries[name] += 1
        if answer.fate is Fate.ACCEPTED:
            self.relay.taken.append(name)
        self.relay.busy -= 1
        self.carrying = False
        return answer

    async def close(self) -> None:
        self.relay.closed += 1


def letter_of(errand: Errand) -> Letter:
    return Letter(f"{errand.delivery:032}", "b@example.org", errand.email, (b"x\r\n",))


@dataclass
class Job:
    """A send of the issue, with what may be different."""

    ledger: Ledger
    clock: Clock = field(default_factory=Clock)
    mail: MailSettings = MAIL
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    seen: list[int] = field(default_factory=list)
    compose: Callable[[Errand], Letter | Answer] = letter_of
    give_up_s: float = 120.0

    async def send(self, relay: Relayed) -> Sending:
        with self.ledger.sending(WEEK) as desk:
            return await deliver(
                desk,
                relay,
                self.compose,
                self.mail,
                self.clock.times(self.give_up_s),
                self.stopping,
                lambda sending: self.seen.append(sending.settled),
            )

    def run(self, relay: Relayed) -> Sending:
        return asyncio.run(asyncio.wait_for(self.send(relay), 60))


def issue(ledger: Ledger, people: int) -> list[str]:
    some_people(ledger, people)
    assert freeze(ledger) == people
    return [f"p{at}@example.org" for at in range(people)]


def always(answer: Answer) -> Script:
    return lambda _name, _tries: answer


@pytest.mark.parametrize("lanes", [1, 3, 50])
def test_everybody_gets_one(ledger: Ledger, lanes: int) -> None:
    people = issue(ledger, 120)
    job, relay = Job(ledger), Relayed(always(OK), lanes)
    sending = job.run(relay)
    assert Counter(relay.taken) == Counter(people)
    assert states_of(ledger) == {"sent": 120}
    assert (sending.settled, sending.fates, sending.gone) == (120, {Fate.ACCEPTED: 120}, "")
    assert relay.most_busy <= lanes
    assert relay.closed == lanes
    assert job.seen == sorted(job.seen)
    assert job.seen[-1] == 120


def test_nothing_to_send_ends_at_once(ledger: Ledger) -> None:
    issue(ledger, 3)
    Job(ledger).run(Relayed(always(OK)))
    relay = Relayed(always(OK))
    assert Job(ledger).run(relay).settled == 0
    assert relay.taken == []
    assert relay.closed == 3


def test_a_letter_is_begun_on_the_disk_before_it_goes(ledger: Ledger, place: Place) -> None:
    issue(ledger, 30)
    other = place.open()

    def begun(letter: Letter) -> None:
        with other.engine.connect() as connection:
            wanted = f"SELECT state FROM deliveries WHERE id = {int(letter.token)}"
            assert connection.exec_driver_sql(wanted).scalar() == "sending"
            # One a connection: after a crash no more than that are uncertain.
            wanted = "SELECT count(*) FROM deliveries WHERE state = 'sending'"
            assert connection.exec_driver_sql(wanted).scalar_one() <= 3

    relay = Relayed(always(OK), begun=begun)
    Job(ledger).run(relay)
    other.close()
    assert len(relay.taken) == 30


@both_when_quick
def test_what_one_relay_says_of_each(ledger: Ledger) -> None:
    people = issue(ledger, 8)
    fates = dict(zip(people, [OK, OK, OK, OK, OK, *[Answer(fate, 550) for fate in (
        Fate.REFUSED, Fate.UNCERTAIN, Fate.REFUSED)]], strict=True))  # fmt: skip
    sending = Job(ledger).run(Relayed(lambda name, _tries: fates[name]))
    assert states_of(ledger) == {"sent": 5, "bounced": 2, "uncertain": 1}
    assert sending.settled == 8
    relay = Relayed(always(OK))
    Job(ledger).run(relay)
    assert relay.taken == []


def test_deferred_letters_are_waited_for(ledger: Ledger) -> None:
    people = issue(ledger, 20)
    job = Job(ledger)
    relay = Relayed(lambda name, tries: LATER if tries < 2 and name in people[::4] else OK)
    job.run(relay)
    assert Counter(relay.taken) == Counter(people)
    assert [relay.tries[name] for name in people[:5]] == [3, 1, 1, 1, 3]
    assert job.clock.now >= NOW + timedelta(seconds=60 + 120)
    assert states_of(ledger) == {"sent": 20}


def test_what_is_deferred_for_ever_expires(ledger: Ledger) -> None:
    people = issue(ledger, 4)
    job = Job(ledger)
    relay = Relayed(lambda name, _tries: LATER if name == people[1] else OK)
    sending = job.run(relay)
    assert states_of(ledger) == {"sent": 3, "expired": 1}
    assert relay.tries[people[1]] == 4  # after 1, 2 and 4 minutes; 8 more would be too long
    assert job.clock.now < NOW + timedelta(seconds=MAIL.retry_for_s)
    assert sending.gone == ""


def test_whoever_leaves_while_it_runs_gets_none(ledger: Ledger, place: Place) -> None:
    people = issue(ledger, 12)
    other = place.open()
    left = iter([True])

    def begun(_letter: Letter) -> None:
        if next(left, False):
            remove(other, people[-1], NOW)

    relay = Relayed(always(OK), lanes_=2, begun=begun)
    sending = Job(ledger).run(relay)
    other.close()
    assert set(relay.taken) == set(people[:-1])
    assert sending.suppressed == 1
    assert states_of(ledger) == {"sent": 11, "suppressed": 1}


def test_a_connection_that_ends_is_opened_again(ledger: Ledger) -> None:
    people = issue(ledger, 30)
    number = count()
    relay = Relayed(lambda _name, _tries: CLOSED if next(number) % 5 == 4 else OK, lanes_=2)
    sending = Job(ledger).run(relay)
    assert Counter(relay.taken) == Counter(people)
    assert sending.gone == ""
    assert states_of(ledger) == {"sent": 30}


@pytest.mark.slow
def test_a_letter_at_which_the_relay_hangs_up_stops_no_others(ledger: Ledger) -> None:
    people = issue(ledger, 10)
    job = Job(ledger)
    relay = Relayed(lambda name, _tries: CLOSED if name == people[0] else OK, lanes_=2)
    job.run(relay)
    assert sorted(relay.taken) == people[1:]
    assert totals_of(ledger).by_state[State.SENT] == 9
    # Alone it looks as if the relay were gone; each run tries it as one that is deferred, five
    # times for each try, until there were as many tries as for those.
    runs = 1
    while totals_of(ledger).open:
        again = Job(ledger, Clock(job.clock.now + timedelta(hours=runs)))
        again.run(relay)
        runs += 1
    assert runs <= 4
    assert states_of(ledger) == {"sent": 9, "expired": 1}
    assert relay.tries[people[0]] >= 5 * 4


def test_a_relay_that_goes_is_given_up_and_everything_waits(ledger: Ledger) -> None:
    issue(ledger, 40)
    number = count()
    job = Job(ledger)
    relay = Relayed(lambda _name, _tries: OK if next(number) < 10 else CLOSED)
    sending = job.run(relay)
    assert sending.gone == "closing"
    assert len(relay.taken) == 10
    found = totals_of(ledger)
    assert found.by_state[State.SENT] == 10
    assert found.open == 30
    assert State.UNCERTAIN not in found.by_state
    assert State.SENDING not in found.by_state
    again = Relayed(always(OK))
    Job(ledger, Clock(job.clock.now + timedelta(hours=1))).run(again)
    assert len({*relay.taken, *again.taken}) == 40
    assert len(again.taken) == 30


def test_who_says_stop_lets_what_is_on_its_way_arrive(ledger: Ledger) -> None:
    issue(ledger, 60)
    job = Job(ledger)
    number = count()

    def begun(_letter: Letter) -> None:
        if next(number) == 20:
            job.stopping.set()

    relay = Relayed(always(OK), lanes_=4, begun=begun)
    job.run(relay)
    assert 21 <= len(relay.taken) <= 24
    assert states_of(ledger) == {"sent": len(relay.taken), "pending": 60 - len(relay.taken)}


def test_who_says_stop_while_all_wait_is_heard_at_once(ledger: Ledger) -> None:
    issue(ledger, 3)
    job = Job(ledger)

    class Slow(Clock):
        async def pause(self, seconds: float) -> None:
            if seconds > 1:
                job.stopping.set()
                await asyncio.sleep(3_600)

    job.clock = Slow()
    job.run(Relayed(always(LATER)))
    assert states_of(ledger) == {"deferred": 3}


def test_what_the_gate_refuses_counts_as_refused_and_never_leaves(ledger: Ledger) -> None:
    people = issue(ledger, 3)

    def compose(errand: Errand) -> Letter | Answer:
        if errand.email == people[1]:
            return Answer(Fate.REFUSED, 0, "not sent: some-rule")
        return letter_of(errand)

    relay = Relayed(always(OK))
    Job(ledger, compose=compose).run(relay)
    assert set(relay.taken) == {people[0], people[2]}
    assert states_of(ledger) == {"sent": 2, "bounced": 1}


def test_a_bug_in_a_lane_ends_the_send_and_leaves_what_was_begun_uncertain(
    ledger: Ledger,
) -> None:
    issue(ledger, 9)
    number = count()

    def break_down(_letter: Letter) -> None:
        if next(number) == 4:
            raise KeyError("bug")

    relay = Relayed(always(OK), lanes_=2, begun=break_down)
    with pytest.raises(ExceptionGroup) as caught:
        Job(ledger).run(relay)
    assert caught.value.subgroup(KeyError)
    with ledger.sending(WEEK) as desk:
        assert 1 <= desk.bury() <= 2
    found = totals_of(ledger)
    assert (
        found.by_state[State.SENT] + found.by_state[State.UNCERTAIN] + found.by_state[State.PENDING]
        == 9
    )
    # Whatever the relay has taken is either known to be sent, or named as uncertain.
    taken = len(relay.taken)
    assert found.by_state[State.SENT] <= taken
    assert taken <= found.by_state[State.SENT] + found.by_state[State.UNCERTAIN]


def test_a_ledger_that_fails_is_the_worlds_doing(ledger: Ledger) -> None:
    issue(ledger, 9)

    class Failing:
        def __init__(self, desk: object) -> None:
            self.desk, self.left = desk, iter([True, True])

        def bury(self) -> int:
            return 0

        def exchange_at_once(self, *given: object) -> object:
            if not next(self.left, False):
                raise WorldError("mail.db", "is damaged", "restore it from a backup")
            return self.desk.exchange_at_once(*given)  # type: ignore[attr-defined]

        def exchange(self, *given: object) -> object:
            return self.desk.exchange(*given)  # type: ignore[attr-defined]

        def look_at_once(self, *given: object) -> object:
            return self.desk.look_at_once(*given)  # type: ignore[attr-defined]

        def look(self, *given: object) -> object:
            return self.desk.look(*given)  # type: ignore[attr-defined]

    async def run() -> None:
        with ledger.sending(WEEK) as desk:
            await deliver(
                Failing(desk),  # type: ignore[arg-type]
                Relayed(always(OK)),
                letter_of,
                MAIL,
                Clock().times(),
                asyncio.Event(),
                lambda _sending: None,
            )

    with pytest.raises(WorldError, match="is damaged"):
        asyncio.run(run())
    assert totals_of(ledger).adds_up


def test_a_relay_that_cannot_be_used_begins_nothing(ledger: Ledger) -> None:
    issue(ledger, 3)

    class Closed(Relayed):
        async def check(self) -> None:
            raise WorldError("smtp://x", "refuses the password")

    with pytest.raises(WorldError, match="refuses the password"):
        Job(ledger).run(Closed(always(OK)))
    assert states_of(ledger) == {"pending": 3}


def test_more_than_is_looked_up_at_once_reaches_everybody(ledger: Ledger) -> None:
    people = issue(ledger, 450)
    with ledger.engine.begin() as connection:
        left = update(subscribers).where(subscribers.c.id % 3 == 0)
        changed = connection.execute(left.values(status="unsubscribed")).rowcount
    relay = Relayed(lambda name, tries: CLOSED if name in people[::50] and not tries else OK, 7)
    sending = Job(ledger).run(relay)
    assert (len(set(relay.taken)), len(relay.taken)) == (450 - changed, 450 - changed)
    assert sending.suppressed == changed
    assert states_of(ledger) == {"sent": 450 - changed, "suppressed": changed}


def test_two_jobs_share_an_issue_and_both_see_its_end(ledger: Ledger, place: Place) -> None:
    people = issue(ledger, 200)
    other = place.open()
    relays = [Relayed(always(OK), 4), Relayed(always(OK), 4)]

    async def both() -> None:
        jobs = [Job(ledger), Job(other)]
        sends = (job.send(relay) for job, relay in zip(jobs, relays, strict=True))
        await asyncio.wait_for(asyncio.gather(*sends), 60)

    asyncio.run(both())
    other.close()
    assert Counter(relays[0].taken + relays[1].taken) == Counter(people)
    assert states_of(ledger) == {"sent": 200}


def test_what_a_dead_process_left_is_named_and_not_sent(ledger: Ledger) -> None:
    people = issue(ledger, 10)
    with ledger.sending(WEEK) as dead:
        left = [errand.email for errand in asked(dead, 4).errands]
    relay = Relayed(always(OK))
    Job(ledger).run(relay)
    assert set(relay.taken) == set(people) - set(left)
    assert states_of(ledger) == {"sent": 6, "uncertain": 4}


def test_a_process_that_dies_meanwhile_is_noticed_by_who_waits_for_it(ledger: Ledger) -> None:
    issue(ledger, 6)
    context = ledger.sending(WEEK)
    dying = context.__enter__()
    asked(dying, 2)

    @dataclass
    class Dying(Clock):
        waits: Iterator[int] = field(default_factory=count)

        async def pause(self, seconds: float) -> None:
            if seconds == 0.5 and next(self.waits) == 3:
                context.__exit__(None, None, None)
            await super().pause(seconds)

    Job(ledger, Dying()).run(Relayed(always(OK)))
    assert states_of(ledger) == {"sent": 4, "uncertain": 2}
