"""What came back, taken in: who bounced, complained or left receives no more.

Three rules. Only a token of ours names anybody. A status moves forwards only. And a report
that is older than a person's own word (they came back, or confirmed) undoes nothing; reading
the same mail twice changes nothing the second time.
"""

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol

from feeds.bounces import Quiet, Report, read_report
from feeds.deliveries import BounceKind
from feeds.model import Status, Subscriber, Week
from feeds.tokens import Tokens

BATCH = 100
# Soft bounces are forgotten after this, as mailboxes are emptied and filters learn.
WINDOW = timedelta(days=90)


class Mail(Protocol):
    """One mail of a mailbox."""

    def read(self) -> bytes:
        """Its bytes, or at least the first ``feeds.bounces.MAX_BYTES``; none when it is gone."""
        ...

    def done(self) -> None:
        """It was taken in, and that is committed: it need not be read again."""
        ...


class Register(Protocol):
    """The subscribers and what came back from them, within one transaction."""

    def known(self, numbers: Collection[int]) -> Mapping[int, Subscriber]:
        """Those of the subscribers' own ``numbers`` that are still there."""
        ...

    def replace(self, people: Collection[Subscriber]) -> None:
        """Write people anew who are there, known by their addresses."""
        ...

    def note_bounce(
        self, number: int, week: Week, kind: BounceKind, at: datetime, code: str
    ) -> bool:
        """Keep what came back, once a kind and issue; False when it was known."""
        ...

    def bounced_issues(self, number: int, since: datetime) -> int:
        """From how many different issues something came back for a subscriber, since then."""
        ...


class Ledger(Protocol):
    """Where subscribers and their bounces are kept."""

    def changing(self) -> AbstractContextManager[Register]:
        """A transaction that changes all or, when its block raises, nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Taken:
    """What a mailbox held, in mails; each counts once, and ``read`` is their sum.

    ``notices`` are delays and other words that are not final, ``others`` letters and spam.
    ``unknown`` name no delivery of ours, or somebody who was forgotten; ``already`` were taken
    in before; ``overtaken`` are older than the person's own newer word. ``silenced`` are people,
    not mails: those who were to receive mail before and are not any more.
    """

    hard: int = 0
    soft: int = 0
    complaints: int = 0
    left: int = 0
    auto_replies: int = 0
    notices: int = 0
    others: int = 0
    unknown: int = 0
    already: int = 0
    overtaken: int = 0
    silenced: int = 0

    @property
    def read(self) -> int:
        """All mails."""
        every: int = sum(getattr(self, one.name) for one in fields(self))
        return every - self.silenced

    def plus(self, name: str) -> "Taken":
        """One more of ``name``."""
        return replace(self, **{name: getattr(self, name) + 1})


_NAMES: dict[BounceKind | Quiet, str] = {
    BounceKind.HARD: "hard",
    BounceKind.SOFT: "soft",
    BounceKind.COMPLAINT: "complaints",
    BounceKind.LEAVE: "left",
    Quiet.AUTO_REPLY: "auto_replies",
    Quiet.NOTICE: "notices",
    Quiet.OTHER: "others",
}
_STATUSES = {
    BounceKind.HARD: Status.BOUNCED,
    BounceKind.COMPLAINT: Status.COMPLAINED,
    BounceKind.LEAVE: Status.UNSUBSCRIBED,
}


class _OnlyTriedError(Exception):
    """Rolls a transaction back whose changes were not meant."""


def take_reports(
    ledger: Ledger,
    mails: Iterable[Mail],
    tokens: Tokens,
    max_bounces: int,
    now: datetime,
    *,
    dry_run: bool = False,
) -> Taken:
    """Take in a mailbox; gives what it held. ``now`` carries an offset.

    BATCH mails are committed at a time, and those that were understood are told after it that
    they are done: a crash repeats some and loses none. A ``dry_run`` gives the same numbers,
    changes nothing and leaves the mails as they are.
    """
    taken = Taken()
    if dry_run:
        reports = [read_report(mail.read(), tokens) for mail in mails]
        try:
            with ledger.changing() as register:
                taken = _take(register, reports, max_bounces, now, taken)
                raise _OnlyTriedError
        except _OnlyTriedError:
            return taken
    waiting = iter(mails)
    while batch := list(islice(waiting, BATCH)):
        reports = [read_report(mail.read(), tokens) for mail in batch]
        with ledger.changing() as register:
            taken = _take(register, reports, max_bounces, now, taken)
        for mail, report in zip(batch, reports, strict=True):
            # A letter that strayed here stays as it is, for a person to find.
            if report.kind is not Quiet.OTHER:
                mail.done()
    return taken


def _take(
    register: Register, reports: Collection[Report], max_bounces: int, now: datetime, taken: Taken
) -> Taken:
    numbers = sorted({report.delivery[1] for report in reports if report.delivery})
    people: dict[int, Subscriber] = {}
    for start in range(0, len(numbers), BATCH):
        people |= register.known(numbers[start : start + BATCH])
    changed: dict[int, Subscriber] = {}
    for report in reports:
        name, status = _weighed(register, report, people, max_bounces, now)
        taken = taken.plus(name)
        if status is None or report.delivery is None:
            continue
        number = report.delivery[1]
        person = people[number]
        if status.rank > person.status.rank:
            if person.status.rank <= Status.CONFIRMED.rank:
                taken = taken.plus("silenced")
            people[number] = changed[number] = replace(person, status=status, since=now)
    register.replace(list(changed.values()))
    return taken


def _weighed(
    register: Register,
    report: Report,
    people: Mapping[int, Subscriber],
    max_bounces: int,
    now: datetime,
) -> tuple[str, Status | None]:
    """Under which name a report counts, and the status that it asks for; notes what came back."""
    kind = report.kind
    if isinstance(kind, Quiet):
        return _NAMES[kind], None
    if report.delivery is None or report.delivery[1] not in people:
        return "unknown", None
    week, number = report.delivery
    person = people[number]
    active = person.status.rank <= Status.CONFIRMED.rank
    at = min(report.at, now) if report.at else now
    # Mails are dated in whole seconds.
    if active and at < person.since.replace(microsecond=0):
        return "overtaken", None
    fresh = register.note_bounce(number, week, kind, at, report.code)
    # Whoever came back may leave by the same letter once more.
    again = kind is BounceKind.LEAVE and active and report.at is not None
    if not fresh and not again:
        return "already", None
    status = _STATUSES.get(kind)
    if kind is BounceKind.SOFT:
        since = max(now - WINDOW, person.since) if active else now - WINDOW
        if register.bounced_issues(number, since) >= max_bounces:
            status = Status.BOUNCED
    return _NAMES[kind], status
