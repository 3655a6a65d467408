"""What a delivery is made of: a letter on its way, the relay's answer, and its state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from feeds.model import Week


class State(StrEnum):
    """How one issue to one subscriber stands.

    ``pending`` and ``deferred`` are to be sent; ``sending`` was begun and has no outcome yet;
    ``uncertain`` was begun by a process that is gone, and only the relay knows. The rest is
    settled: ``sent`` is the relay's word, ``bounced`` its refusal, ``suppressed`` the
    subscriber's leave, ``expired`` the end of the retries, ``skipped`` the operator's word on
    something uncertain.
    """

    PENDING = "pending"
    SENDING = "sending"
    DEFERRED = "deferred"
    UNCERTAIN = "uncertain"
    SENT = "sent"
    BOUNCED = "bounced"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it goes through a relay.

    ``data`` are pieces which joined give the message in wire form: lines end in CRLF, dots
    are *not* yet doubled (RFC 5321 §4.5.2), the last line is ended. ``return_path`` and
    ``recipient`` are bare addresses; only a recipient that is not ASCII needs SMTPUTF8.
    ``token`` names the delivery (``feeds.tokens``), and is the left half of its Message-ID.
    """

    token: str
    return_path: str
    recipient: str
    data: tuple[bytes, ...]


class Fate(StrEnum):
    """What became of a letter.

    ``ACCEPTED``: the relay answered 250 to its end. ``DEFERRED``: a 4xx for this letter.
    ``REFUSED``: a 5xx for this letter. ``UNSENT``: the connection was lost or closed (421)
    before the letter's end was sent, so the relay cannot have taken it, and it says nothing
    about the recipient. ``UNCERTAIN``: the connection was lost after its end was sent and
    before the answer.
    """

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNSENT = "unsent"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Answer:
    """The relay's answer to a letter: ``code`` is its SMTP reply code, 0 when there was none.

    ``text`` is one line of at most 200 characters, with the recipient's address left out.
    """

    fate: Fate
    code: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Errand:
    """A delivery to be carried to the relay, once it is committed as ``sending``."""

    delivery: int
    subscriber: int
    variant: int
    email: str
    name: str
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a delivery came to. ``due``: when a deferred one may be tried again (UTC)."""

    delivery: int
    subscriber: int
    state: State
    code: int = 0
    text: str = ""
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at the ledger found: deliveries that could be begun, and what else is left.

    ``next_due`` is when the next deferred one may be tried (UTC), ``elsewhere`` how many other
    processes carry; both are looked up only when there was less to do than wanted.
    """

    errands: tuple[Errand, ...] = ()
    suppressed: int = 0
    next_due: datetime | None = None
    elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """What a subscriber wants of an issue, as the ledger keeps it: many share one."""

    language: str
    tags: tuple[str, ...]
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """An issue for all who want the same talks in one language; ``template`` is its message."""

    language: str
    talks: int
    template: bytes


@dataclass(frozen=True, slots=True)
class Frozen:
    """An issue as it will be sent, whatever changes after: its moment, talks and messages.

    ``choices`` names the variant (its place in ``variants``) that each wish gets; a wish that
    no talk fits gets none. ``older``: see ``feeds.plan.News``.
    """

    week: Week
    at: datetime
    subject: str
    talks: tuple[str, ...]
    older: tuple[str, ...]
    variants: tuple[Variant, ...]
    choices: Mapping[Wish, int | None]


@dataclass(frozen=True, slots=True)
class Totals:
    """An issue in numbers: what was frozen, and how many of its deliveries are in each state.

    ``frozen_at`` and ``finished_at`` are in UTC; an issue is finished when nothing of it is
    left to do. ``bounced_later`` came back after the relay had taken them, ``complaints`` are
    reports of abuse; both are among the sent.
    """

    week: Week
    frozen_at: datetime
    finished_at: datetime | None
    subject: str
    talks: int
    recipients: int
    by_state: Mapping[State, int]
    bounced_later: int = 0
    complaints: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether every recipient is in exactly one state."""
        return sum(self.by_state.values()) == self.recipients

    @property
    def open(self) -> int:
        """Deliveries that still have to be settled, by sending or by the operator's word."""
        return sum(self.by_state.get(state, 0) for state in OPEN)


OPEN = (State.PENDING, State.SENDING, State.DEFERRED, State.UNCERTAIN)


class BounceKind(StrEnum):
    """What came back: ``hard`` (5.x.x) suppresses, ``soft`` (4.x.x) counts, as does a refusal
    by our own relay (``refused``); ``complaint`` is a report of abuse; ``leave`` is a person's
    unsubscription by mail."""

    HARD = "hard"
    SOFT = "soft"
    REFUSED = "refused"
    COMPLAINT = "complaint"
    LEAVE = "leave"
