"""People subscribe, choose and leave by themselves: the use cases behind the web app.

Nothing is kept of a person before they confirm. What they ask for goes into a mail; a click in
that mail is the only thing that takes them in, and brings back somebody who left or was
forgotten. Numbers are the subscribers' own (``feeds.links``).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from feeds.address import folded_address
from feeds.check import Level
from feeds.check.messages import Expected, check_message
from feeds.deliveries import Letter
from feeds.errors import WorldError
from feeds.jobs.subscribers import Ledger
from feeds.links import Asked, Left, Links
from feeds.model import Status, Subscriber
from feeds.render.confirmation import already, confirmation
from feeds.render.kit import Kit


class Came(StrEnum):
    """What a confirmation came to: ``in``, ``already`` there, or ``void`` (they left since)."""

    IN = "in"
    ALREADY = "already"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Joining:
    """The use cases, over one ledger. Each method is one transaction, ended when it returns."""

    ledger: Ledger
    links: Links
    kit: Kit

    def letter(self, asked: Asked, token: str) -> Letter | None:
        """What to write to somebody who asked to subscribe; None when nothing may be.

        A link to confirm; to those who are subscribed, that they are and where to change it.
        Nothing to whom mail cannot reach or who complained about it. ``token`` names the
        letter (32 letters and digits, never used before). WorldError for one that must not leave.
        """
        with self.ledger.reading() as register:
            here = register.find([asked.email]).get(folded_address(asked.email))
            if here and here.status in {Status.BOUNCED, Status.COMPLAINED}:
                return None
            if here is None or here.status != Status.CONFIRMED:
                url = self.links.confirm(asked)
                return self._passed(confirmation(self.kit, asked, url, token))
            number = register.numbers([asked.email])[folded_address(asked.email)]
        spoken = replace(asked, email=here.email, language=here.language)
        choose, leave = self.links.preferences(number), self.links.unsubscribe(number)
        return self._passed(already(self.kit, spoken, choose, leave, token))

    def confirm(self, asked: Asked, now: datetime) -> tuple[Came, int]:
        """Take in who clicked in the mail that was ``asked`` for, and their number.

        A second click changes nothing; nor does one by somebody who left after they asked:
        the newer word holds.
        """
        key = folded_address(asked.email)
        with self.ledger.changing() as register:
            here = register.find([asked.email]).get(key)
            came = Came.IN
            if here is None:
                register.unsuppress(asked.email)
                found = Subscriber(asked.email, Status.CONFIRMED, now, language=asked.language)
                register.add([found])
            elif here.status == Status.CONFIRMED:
                came = Came.ALREADY
            elif here.status != Status.PENDING and here.since > asked.at:
                came = Came.VOID
            else:
                register.unsuppress(asked.email)
                language = asked.language or here.language
                found = replace(here, status=Status.CONFIRMED, since=now, language=language)
                register.replace([found])
            return came, register.numbers([asked.email])[key]

    def leave(self, number: int, now: datetime) -> Left | None:
        """Unsubscribe; how to take it back, when this changed anything that can be.

        Nothing to do for whoever left before or was forgotten, and that is no error.
        """
        with self.ledger.changing() as register:
            here = register.known([number]).get(number)
            if here is None or here.status.rank >= Status.UNSUBSCRIBED.rank:
                return None
            register.replace([replace(here, status=Status.UNSUBSCRIBED, since=now)])
        return Left(number, now, now) if here.status == Status.CONFIRMED else None

    def come_back(self, left: Left, now: datetime) -> bool:
        """Take an unsubscription back; False when something else happened since.

        True again for a second click: they are subscribed.
        """
        with self.ledger.changing() as register:
            here = register.known([left.subscriber]).get(left.subscriber)
            if here is None:
                return False
            if here.status == Status.UNSUBSCRIBED and here.since == left.since:
                register.replace([replace(here, status=Status.CONFIRMED, since=now)])
                return True
            return here.status == Status.CONFIRMED

    def person(self, number: int) -> Subscriber | None:
        """The subscriber of that number; None when they were forgotten."""
        with self.ledger.reading() as register:
            return register.known([number]).get(number)

    def choose(
        self,
        number: int,
        language: str,
        tags: tuple[str, ...],
        events: tuple[str, ...],
        *,
        paused: bool,
    ) -> Subscriber | None:
        """Write down what a subscriber wants, and how they now stand; None for the forgotten.

        Nothing is written about those who are not subscribed (any more).
        """
        with self.ledger.changing() as register:
            here = register.known([number]).get(number)
            if here is None or here.status != Status.CONFIRMED:
                return here
            found = replace(here, language=language, tags=tags, events=events, paused=paused)
            if found != here:
                register.replace([found])
            return found

    def _passed(self, letter: Letter) -> Letter:
        """The letter, through the gate that every message passes."""
        # Whoever is only asked has nothing to leave. An app that is tried out on its own
        # machine has no TLS, and says so in its address.
        excused = {"mail-list-unsubscribe"}
        if self.links.web_url.startswith("http:"):
            excused.add("mail-scheme")
        expected = Expected(recipient=letter.recipient, one_click=False)
        for finding in check_message(b"".join(letter.data), expected):
            if finding.level == Level.ERROR and finding.rule not in excused:
                cause = f"must not leave: {finding.rule}: {finding.message}"
                raise WorldError("the mail that asks to confirm", cause, finding.remedy)
        return letter

    def alive(self) -> None:
        """WorldError when the ledger does not answer."""
        with self.ledger.reading() as register:
            register.known([0])
