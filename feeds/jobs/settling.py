"""Settle what a crash left uncertain: by the relay's own log, or by the operator's word."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from feeds import maillog
from feeds.deliveries import Outcome, State
from feeds.errors import WorldError
from feeds.model import Week
from feeds.tokens import Tokens


class Doubts(Protocol):
    """The uncertain deliveries of an issue, within one transaction."""

    def uncertain(self, week: Week) -> list[tuple[int, int | None]]:
        """Their numbers and their subscribers'; None for somebody who was forgotten."""
        ...

    def sent_near(self, week: Week, deliveries: Collection[int]) -> set[int]:
        """Subscribers to whom the issue is known to be sent, around each of these deliveries."""
        ...

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Give uncertain deliveries the state that somebody found out, or decided."""
        ...


class DoubtLedger(Protocol):
    """Where they are kept."""

    def changing(self) -> AbstractContextManager[Doubts]:
        """A transaction that changes all or, when its block raises, nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Settled:
    """How many uncertain deliveries were found sent, are to be sent again, or are given up."""

    sent: int = 0
    again: int = 0
    skipped: int = 0
    forgotten: int = 0


def by_word(ledger: DoubtLedger, week: Week, *, again: bool) -> Settled:
    """The operator's word: send all uncertain ones ``again``, or skip them."""
    with ledger.changing() as shelf:
        doubts = shelf.uncertain(week)
        state = State.PENDING if again else State.SKIPPED
        _settle(shelf, doubts, {}, state, "the operator's word")
    there = sum(subscriber is not None for _, subscriber in doubts)
    gone = len(doubts) - there
    if again:
        return Settled(again=there, forgotten=gone)
    return Settled(skipped=there, forgotten=gone)


def by_log(
    ledger: DoubtLedger, week: Week, tokens: Tokens, lines: Iterable[bytes], path: str
) -> Settled:
    """The relay's log: what is in it was sent, what is not is sent again.

    WorldError, and nothing is changed, when the log lacks letters of this issue that the relay
    is known to have taken around the same time: then it is not the whole log, and what it does
    not say means nothing. Nor does a log that never names this issue.
    """
    log = maillog.read(lines)

    def those_of(named: frozenset[str]) -> set[int]:
        read = (tokens.read_delivery(token) for token in named)
        return {delivery[1] for delivery in read if delivery and delivery[0] == week}

    found = those_of(log.accepted)
    with ledger.changing() as shelf:
        doubts = shelf.uncertain(week)
        known = shelf.sent_near(week, [delivery for delivery, _ in doubts])
        if missing := len(known - found):
            cause = f"lacks {missing} of {len(known)} letters that the relay took around then"
            raise WorldError(path, cause, "give the whole log, rotated files too, oldest first")
        if doubts and not known and not those_of(log.named):
            remedy = "give the log of that time, or your word: --resend-uncertain, --skip-uncertain"
            raise WorldError(path, "says nothing of this issue", remedy)
        states = {delivery: State.SENT for delivery, subscriber in doubts if subscriber in found}
        _settle(shelf, doubts, states, State.PENDING, "the relay's log")
    forgotten = sum(subscriber is None for _, subscriber in doubts)
    sent = len(states)
    return Settled(sent=sent, again=len(doubts) - sent - forgotten, forgotten=forgotten)


def _settle(
    shelf: Doubts,
    doubts: Iterable[tuple[int, int | None]],
    states: dict[int, State],
    otherwise: State,
    by: str,
) -> None:
    shelf.settle(
        [
            Outcome(delivery, 0, State.SUPPRESSED)
            if subscriber is None
            else Outcome(delivery, subscriber, states.get(delivery, otherwise), 0, by)
            for delivery, subscriber in doubts
        ]
    )
