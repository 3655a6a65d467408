"""What came back, taken in on SQLite and PostgreSQL."""

import itertools
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.edges.ledger import Ledger
from feeds.errors import WorldError
from feeds.jobs.bounces import BATCH, WINDOW, Taken, take_reports
from feeds.jobs.subscribers import add, forget, remove
from feeds.model import Status, Subscriber, Week
from feeds.tokens import Tokens, leaving, verp
from tests.edges.ledger.conftest import Place, both_when_quick
from tests.edges.ledger.worker import SECRET
from tests.examples import examples

NOW = datetime(2017, 12, 11, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TOKENS = Tokens(SECRET, "tag:example.org,2026:talks")
BOX = "bounces@lists.example.org"
WEEKS = [Week(2017, number) for number in range(40, 52)]


Steps = list[tuple[str, str, Week]]
_numbers = itertools.count()


class Mail:
    """A mail in memory that remembers what it was told."""

    def __init__(self, data: bytes, ledger: Ledger | None = None) -> None:
        self.data, self.ledger, self.finished = data, ledger, 0

    def read(self) -> bytes:
        return self.data

    def done(self) -> None:
        self.finished += 1


class Box:
    """A ledger with people in it, and what comes back from them."""

    def __init__(self, ledger: Ledger, *names: str) -> None:
        self.ledger = ledger
        for name in names:
            add(ledger, Subscriber(f"{name}@example.org", Status.CONFIRMED, NOW), again=False)

    def number(self, name: str) -> int:
        with self.ledger.reading() as register:
            return register.numbers([f"{name}@example.org"])[f"{name}@example.org"]

    def person(self, name: str) -> Subscriber:
        with self.ledger.reading() as register:
            return register.find([f"{name}@example.org"])[f"{name}@example.org"]

    def status(self, name: str) -> str:
        return str(self.person(name).status)

    def token(self, name: str, week: Week) -> str:
        return TOKENS.delivery(week, self.number(name))

    def take(self, *data: bytes, now: datetime = NOW + DAY, dry_run: bool = False) -> Taken:
        mails = [Mail(one) for one in data]
        found = take_reports(self.ledger, mails, TOKENS, 3, now, dry_run=dry_run)
        assert found.read == len(mails)
        finished = [mail.finished for mail in mails]
        assert set(finished) <= {0, 1}
        assert sum(finished) == (0 if dry_run else len(mails) - found.others)
        return found


def bounce(token: str, status: str = "5.1.1", at: datetime = NOW + HOUR) -> bytes:
    return (
        f"Delivered-To: {verp(BOX, token)}\n"
        f"Received: from x by y; {at:%a, %d %b %Y %H:%M:%S} +0000\n"
        "From: MAILER-DAEMON@x.example\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x.example\n\n"
        f"Action: failed\nStatus: {status}\n\n--b--\n"
    ).encode()


def complaint(token: str, at: datetime = NOW + HOUR) -> bytes:
    return (
        f"Received: from x by y; {at:%a, %d %b %Y %H:%M:%S} +0000\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n\n"
        f"--b\nContent-Type: message/rfc822\n\nMessage-ID: <{token}@talks.example.org>\n\n--b--\n"
    ).encode()


def leave(token: str, at: datetime | None = NOW + HOUR) -> bytes:
    dated = f"Date: {at:%a, %d %b %Y %H:%M:%S} +0000\n" if at else ""
    return f"To: {leaving(BOX, token)}\n{dated}\n".encode()


def away(token: str) -> bytes:
    return f"To: {verp(BOX, token)}\nAuto-Submitted: auto-replied\n\nAway.\n".encode()


@pytest.fixture
def box(ledger: Ledger) -> Box:
    return Box(ledger, "ana", "eva")


def test_a_hard_bounce_ends_it_and_nobody_else_is_touched(box: Box) -> None:
    eva = box.person("eva")
    found = box.take(bounce(box.token("ana", WEEKS[0])))
    assert found == Taken(hard=1, silenced=1)
    assert (box.status("ana"), box.person("ana").since) == ("bounced", NOW + DAY)
    assert box.person("eva") == eva


@both_when_quick
def test_the_same_mails_again_change_nothing(box: Box) -> None:
    mails = [
        bounce(box.token("ana", WEEKS[0])),
        leave(box.token("eva", WEEKS[0])),
        bounce(box.token("eva", WEEKS[1]), "4.4.1"),
    ]
    assert box.take(*mails) == Taken(hard=1, left=1, soft=1, silenced=2)
    ana, eva = box.person("ana"), box.person("eva")
    assert box.take(*mails, *mails, now=NOW + 2 * DAY) == Taken(already=6)
    assert (box.person("ana"), box.person("eva")) == (ana, eva)


def test_a_report_twice_in_one_batch_counts_once(box: Box) -> None:
    mail = bounce(box.token("ana", WEEKS[0]))
    assert box.take(mail, mail) == Taken(hard=1, already=1, silenced=1)


def test_soft_bounces_of_three_issues_end_it(box: Box) -> None:
    two = [bounce(box.token("ana", week), "4.4.1") for week in WEEKS[:2]]
    assert box.take(*two, *two) == Taken(soft=2, already=2)
    assert box.status("ana") == "confirmed"
    third = bounce(box.token("ana", WEEKS[2]), "5.2.2")
    assert box.take(third) == Taken(soft=1, silenced=1)
    assert box.status("ana") == "bounced"


def test_soft_bounces_are_forgotten(box: Box) -> None:
    start = NOW + HOUR
    for number, week in enumerate(WEEKS[:6]):
        at = start + number * WINDOW / 2
        found = box.take(bounce(box.token("ana", week), "4.4.1", at), now=at + HOUR)
        assert (found.soft, found.silenced) == (1, 0)
    assert box.status("ana") == "confirmed"
    at = start + 5 * WINDOW / 2 + DAY
    found = box.take(bounce(box.token("ana", WEEKS[6]), "4.4.1", at), now=at + HOUR)
    assert found == Taken(soft=1, silenced=1)


def test_soft_bounces_from_before_somebody_came_back_do_not_count(box: Box) -> None:
    box.take(*(bounce(box.token("ana", week), "4.4.1") for week in WEEKS[:3]))
    assert box.status("ana") == "bounced"
    back = replace(box.person("ana"), status=Status.CONFIRMED, since=NOW + 2 * DAY)
    add(box.ledger, back, again=True)
    late = NOW + 3 * DAY
    mails = [bounce(box.token("ana", week), "4.4.1", late) for week in WEEKS[3:5]]
    assert box.take(*mails, now=late + HOUR) == Taken(soft=2)
    assert box.status("ana") == "confirmed"


def test_a_status_moves_forwards_only(box: Box) -> None:
    token = box.token("ana", WEEKS[0])
    assert box.take(leave(token)) == Taken(left=1, silenced=1)
    assert box.take(bounce(token)) == Taken(hard=1)
    assert box.status("ana") == "bounced"
    assert box.take(complaint(token)) == Taken(complaints=1)
    assert box.status("ana") == "complained"
    other = box.token("ana", WEEKS[1])
    assert box.take(bounce(other), leave(other)) == Taken(hard=1, left=1)
    assert box.status("ana") == "complained"


def test_what_is_older_than_a_persons_own_word_undoes_nothing(box: Box) -> None:
    token = box.token("ana", WEEKS[0])
    remove(box.ledger, "ana@example.org", NOW + HOUR)
    back = replace(box.person("ana"), status=Status.CONFIRMED, since=NOW + 2 * HOUR)
    add(box.ledger, back, again=True)
    early = NOW + HOUR
    mails = (bounce(token, at=early), complaint(token, early), leave(token, early))
    assert box.take(*mails) == Taken(overtaken=3)
    assert box.status("ana") == "confirmed"
    # Nothing was kept of them: the next ones count.
    assert box.take(bounce(token, at=NOW + 3 * HOUR)) == Taken(hard=1, silenced=1)


def test_a_report_of_the_very_second_counts(box: Box) -> None:
    moment = NOW + HOUR + timedelta(microseconds=900_000)
    person = Subscriber("leo@example.org", Status.CONFIRMED, moment)
    add(box.ledger, person, again=False)
    assert box.take(leave(box.token("leo", WEEKS[0]), NOW + HOUR)) == Taken(left=1, silenced=1)


def test_who_came_back_may_leave_by_the_same_letter(box: Box) -> None:
    token = box.token("ana", WEEKS[0])
    box.take(leave(token))
    back = replace(box.person("ana"), status=Status.CONFIRMED, since=NOW + 2 * DAY)
    add(box.ledger, back, again=True)
    assert box.take(leave(token), now=NOW + 3 * DAY) == Taken(overtaken=1)
    assert box.take(leave(token, None), now=NOW + 3 * DAY) == Taken(already=1)
    assert box.status("ana") == "confirmed"
    found = box.take(leave(token, NOW + 3 * DAY), now=NOW + 3 * DAY)
    assert found == Taken(left=1, silenced=1)
    assert box.status("ana") == "unsubscribed"


def test_a_mail_from_the_future_counts_as_of_now(box: Box) -> None:
    far = NOW + 1_000 * DAY
    mails = [bounce(box.token("ana", week), "4.4.1", far) for week in WEEKS[:2]]
    assert box.take(*mails) == Taken(soft=2)
    later = NOW + DAY + WINDOW + DAY
    third = bounce(box.token("ana", WEEKS[2]), "4.4.1", later)
    assert box.take(third, now=later) == Taken(soft=1)


def test_what_names_nobody_of_ours_changes_nothing(box: Box) -> None:
    people = box.person("ana"), box.person("eva")
    forged = Tokens(b"another key, as long as a key must be", TOKENS.publication)
    token = forged.delivery(WEEKS[0], box.number("ana"))
    nobody = TOKENS.delivery(WEEKS[0], 1_000_000)
    mails = [bounce(token), complaint(token), leave(token), bounce(nobody), b"", b"\xff"]
    assert box.take(*mails) == Taken(unknown=3, others=3)
    gone = box.token("eva", WEEKS[0])
    forget(box.ledger, "eva@example.org", NOW)
    assert box.take(bounce(gone), leave(gone)) == Taken(unknown=2)
    assert box.person("ana") == people[0]


def test_an_absence_changes_nothing(box: Box) -> None:
    ana = box.person("ana")
    assert box.take(*(away(box.token("ana", week)) for week in WEEKS)) == Taken(auto_replies=12)
    assert box.person("ana") == ana


def test_a_dry_run_says_the_same_and_changes_nothing(box: Box) -> None:
    mails = [bounce(box.token("ana", week), "4.4.1") for week in WEEKS[:3]]
    mails += [leave(box.token("eva", WEEKS[0])), b"spam", mails[0]]
    people = box.person("ana"), box.person("eva")
    tried = box.take(*mails, dry_run=True)
    assert tried == Taken(soft=3, left=1, others=1, already=1, silenced=2)
    assert (box.person("ana"), box.person("eva")) == people
    assert box.take(*mails) == tried


def test_nothing_is_nothing(box: Box) -> None:
    assert box.take() == Taken()
    assert box.take(dry_run=True) == Taken()


def test_more_mails_than_a_batch_over_more_people_than_a_batch(ledger: Ledger) -> None:
    names = [f"p{number}" for number in range(BATCH * 2 + 7)]
    box = Box(ledger)
    with ledger.changing() as register:
        register.add([Subscriber(f"{name}@example.org", Status.CONFIRMED, NOW) for name in names])
    with ledger.reading() as register:
        numbers = [register.numbers([f"{name}@example.org"]) for name in names]
    tokens = [TOKENS.delivery(WEEKS[0], next(iter(found.values()))) for found in numbers]
    mails = [bounce(token) for token in tokens]
    expected = Taken(hard=len(names), silenced=len(names))
    assert box.take(*mails, dry_run=True) == expected
    assert box.take(*mails) == expected
    with ledger.reading() as register:
        assert register.counts().by_status["bounced"] == len(names)


def test_a_mail_is_done_after_what_it_says_is_committed(box: Box, place: Place) -> None:
    seen: list[str] = []
    other = place.open()

    class Watched(Mail):
        def done(self) -> None:
            with other.reading() as register:
                found = register.find(["ana@example.org"])["ana@example.org"]
                seen.append(str(found.status))

    mail = Watched(bounce(box.token("ana", WEEKS[0])))
    try:
        take_reports(box.ledger, [mail], TOKENS, 3, NOW + DAY)
    finally:
        other.close()
    assert seen == ["bounced"]


def test_a_crash_between_commit_and_mark_repeats_and_loses_nothing(box: Box) -> None:
    class Crashing(Mail):
        def done(self) -> None:
            raise KeyboardInterrupt

    first, second = bounce(box.token("ana", WEEKS[0])), leave(box.token("eva", WEEKS[0]))
    with pytest.raises(KeyboardInterrupt):
        take_reports(box.ledger, [Crashing(first), Mail(second)], TOKENS, 3, NOW + DAY)
    assert box.take(first, second) == Taken(already=2)
    assert (box.status("ana"), box.status("eva")) == ("bounced", "unsubscribed")


def test_a_mailbox_that_fails_half_way_keeps_what_was_committed(box: Box) -> None:
    first = bounce(box.token("ana", WEEKS[0]))

    def mails() -> Iterator[Mail]:
        yield from (Mail(first) for _ in range(BATCH))
        raise WorldError("mailbox", "went away")

    with pytest.raises(WorldError, match="went away"):
        take_reports(box.ledger, mails(), TOKENS, 3, NOW + DAY)
    assert box.status("ana") == "bounced"


def test_two_at_once_count_each_report_once(box: Box, place: Place) -> None:
    mails = [bounce(box.token(name, week)) for week in WEEKS for name in ("ana", "eva")]
    start = threading.Barrier(2)
    found: list[Taken] = []

    def take() -> None:
        own = place.open()
        start.wait(60)
        try:
            found.append(take_reports(own, map(Mail, mails), TOKENS, 3, NOW + DAY))
        finally:
            own.close()

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(found) == 2
    assert sum(taken.hard for taken in found) == sum(taken.already for taken in found) == 24
    assert sum(taken.silenced for taken in found) == 2


KINDS = st.sampled_from(["hard", "soft", "complaint", "leave", "away"])
STEPS = st.lists(
    st.tuples(KINDS, st.sampled_from(["ana", "eva"]), st.sampled_from(WEEKS[:4])), max_size=12
)


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, cut=st.integers(0, 12))
def test_whatever_comes_in_whatever_portions(sqlite_place: Place, steps: Steps, cut: int) -> None:
    """Portions, repeats and a dry run before change no outcome; no status moves back."""
    outcomes = []
    for portions in ([steps], [steps[:cut], steps[cut:]], [steps[:cut], steps]):
        folder = sqlite_place.folder / str(next(_numbers))
        ledger = Place(folder).open()
        box = Box(ledger, "ana", "eva")
        made = {
            "hard": bounce,
            "soft": lambda token: bounce(token, "4.4.1"),
            "complaint": complaint,
            "leave": leave,
            "away": away,
        }
        ranks = [0, 0]
        for portion in portions:
            mails = [made[kind](box.token(name, week)) for kind, name, week in portion]
            assert box.take(*mails, dry_run=True) == box.take(*mails)
            now = [box.person(name).status.rank for name in ("ana", "eva")]
            assert all(after >= before for before, after in zip(ranks, now, strict=True))
            ranks = now
        outcomes.append((box.status("ana"), box.status("eva")))
        ledger.close()
    assert len(set(outcomes)) == 1
