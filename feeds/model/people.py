"""Who receives mail: subscribers, how they stand, and what they want."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """How a subscriber stands, in the order in which an import may move them: forwards only.

    Only ``confirmed`` receives mail. ``complained`` is a report of abuse (RFC 5965).
    """

    PENDING = "pending"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"

    @property
    def rank(self) -> int:
        """Its place in that order."""
        return _RANKS[self]


_RANKS = {status: rank for rank, status in enumerate(Status)}


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person and what they want. ``email`` is in the normal form of ``feeds.address``.

    ``since`` is the moment, in UTC, from which ``status`` holds. An empty ``language`` is
    the publication's; empty ``tags`` and ``events`` want every talk. ``paused`` keeps the
    subscription and sends nothing.
    """

    email: str
    status: Status
    since: datetime
    name: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    paused: bool = False

    @property
    def needs_smtputf8(self) -> bool:
        """Whether only a relay that offers SMTPUTF8 (RFC 6531) can take mail for them."""
        return not self.email.isascii()


@dataclass(frozen=True, slots=True)
class SubscriberCounts:
    """The subscribers in numbers. ``receiving`` are confirmed and not paused.

    ``suppressed`` are addresses known by their keyed hash alone, and no subscribers.
    """

    subscribers: int
    receiving: int
    paused: int
    suppressed: int
    by_status: dict[str, int]
    by_language: dict[str, int]
