"""What a letter's fate makes of its delivery."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.deliveries import Answer, Errand, Fate, Outcome, State
from feeds.jobs.send import outcome_of
from feeds.model import MailSettings

NOW = datetime(2017, 12, 11, 9, tzinfo=UTC)
MAIL = MailSettings(retry_after_s=60, retry_for_s=4 * 3_600)


def errand(attempts: int = 0) -> Errand:
    return Errand(3, 7, 1, "ana@example.org", "Ana", attempts)


@pytest.mark.parametrize(
    ("fate", "state"),
    [
        (Fate.ACCEPTED, State.SENT),
        (Fate.REFUSED, State.BOUNCED),
        (Fate.UNCERTAIN, State.UNCERTAIN),
        (Fate.UNSENT, State.PENDING),
        (Fate.DEFERRED, State.DEFERRED),
    ],
)
def test_each_fate_has_its_state(fate: Fate, state: State) -> None:
    found = outcome_of(errand(), Answer(fate, 451, "as it says"), NOW, MAIL)
    due = NOW + timedelta(seconds=60) if fate is Fate.DEFERRED else None
    assert found == Outcome(3, 7, state, 451, "as it says", due)


def test_every_fate_is_decided() -> None:
    assert {outcome_of(errand(), Answer(fate), NOW, MAIL).state for fate in Fate} == {
        State.SENT,
        State.BOUNCED,
        State.UNCERTAIN,
        State.PENDING,
        State.DEFERRED,
    }


def pauses(mail: MailSettings) -> list[timedelta]:
    """The pauses that one letter gets which the relay defers each time."""
    found: list[timedelta] = []
    for attempts in range(100_000):
        outcome = outcome_of(errand(attempts), Answer(Fate.DEFERRED, 451), NOW, mail)
        if outcome.state is State.EXPIRED:
            assert outcome.due is None
            return found
        assert outcome.due is not None
        found.append(outcome.due - NOW)
    raise AssertionError


def test_pauses_double_to_half_an_hour_and_end() -> None:
    minutes = [pause.total_seconds() / 60 for pause in pauses(MAIL)]
    assert minutes == [1, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30]
    assert sum(minutes) <= 240 < sum(minutes) + 30


@given(st.integers(1, 10_000), st.integers(0, 100_000))
def test_pauses_never_come_to_more_than_the_time_to_retry(after_s: int, for_s: int) -> None:
    mail = MailSettings(retry_after_s=after_s, retry_for_s=for_s)
    found = pauses(mail)
    whole = sum(found, timedelta())
    assert whole <= timedelta(seconds=for_s)
    following = min(timedelta(seconds=after_s * 2 ** min(len(found), 20)), timedelta(minutes=30))
    assert whole + following > timedelta(seconds=for_s)
    assert found == sorted(found)
    assert max(found, default=timedelta()) <= timedelta(minutes=30)


def test_without_time_to_retry_a_deferred_letter_expires_at_once() -> None:
    mail = MailSettings(retry_after_s=60, retry_for_s=0)
    assert outcome_of(errand(), Answer(Fate.DEFERRED), NOW, mail).state is State.EXPIRED


def test_a_pause_that_just_fits_is_taken() -> None:
    mail = MailSettings(retry_after_s=60, retry_for_s=60)
    assert len(pauses(mail)) == 1


def test_a_letter_without_pauses_expires_all_the_same() -> None:
    errand = Errand(1, 1, 1, "a@example.org", "", attempts=60)
    mail = MailSettings(retry_after_s=0, retry_for_s=60)
    found = outcome_of(errand, Answer(Fate.DEFERRED, 450), NOW, mail)
    assert found.state is State.EXPIRED
