"""What the web app needs of the rest: the jobs fulfil it, and the command line joins them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from feeds.edges.web.guard import Mails
from feeds.links import Asked, Left
from feeds.model import Subscriber


class Desk(Protocol):
    """What people can do by themselves; may wait for a database."""

    def confirm(self, asked: Asked, now: datetime) -> tuple[str, int]:
        """Take in who confirmed: ``in``, ``already`` or ``void``, and their number."""
        ...

    def leave(self, number: int, now: datetime) -> Left | None:
        """Unsubscribe; how to take it back, if it can be."""
        ...

    def come_back(self, left: Left, now: datetime) -> bool:
        """Take an unsubscription back; False when that cannot be."""
        ...

    def person(self, number: int) -> Subscriber | None:
        """The subscriber of that number, if there is one."""
        ...

    def choose(
        self,
        number: int,
        language: str,
        tags: tuple[str, ...],
        events: tuple[str, ...],
        *,
        paused: bool,
    ) -> Subscriber | None:
        """Write down what somebody wants."""
        ...

    def alive(self) -> None:
        """WorldError when the database does not answer."""
        ...


class Outgoing(Mails, Protocol):
    """Mails to people who ask, sent in the background."""

    def ask(self, asked: Asked) -> bool:
        """Take one in at once; False when too many wait."""
        ...

    async def run(self) -> None:
        """Send until ``finish``."""
        ...

    async def finish(self, within_s: float) -> None:
        """Let ``run`` come to its end."""
        ...


@dataclass(frozen=True, slots=True)
class Clock:
    """What time it is (UTC), and seconds that only go forwards."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Rates:
    """How often, as (times, seconds): forms from one network, mails to one address."""

    network: tuple[int, float] = (30, 600)
    address: tuple[int, float] = (3, 3_600)
    address_slow: tuple[int, float] = (6, 86_400)
