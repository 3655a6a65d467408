"""From a delivery to a letter: whose it is, how it is named, how one leaves, who signs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from feeds.check.messages import Expected, check_message, check_personal, stops
from feeds.deliveries import Answer, Errand, Fate, Letter
from feeds.model import Week
from feeds.render.kit import Kit
from feeds.render.letters import Person, Template, mailto
from feeds.render.newsletter import unsubscribe_url
from feeds.tokens import MAX_LOCAL, Tokens, leaving, verp

Sign = Callable[[Sequence[bytes]], bytes]
_NOBODY = "somebody@example.org"


@dataclass(frozen=True)
class Stationery:
    """What every letter of a publication is made with.

    ``unsubscribe`` and ``preferences`` give the URLs of a subscriber's number; None without a
    web app.
    ``sign`` gives DKIM-Signature lines for a message's pieces.
    """

    kit: Kit
    tokens: Tokens
    unsubscribe: Callable[[int], str] | None = None
    preferences: Callable[[int], str] | None = None
    sign: Sign | None = None

    def person(self, template: Template, week: Week, number: int, email: str, name: str) -> Person:
        """What is a subscriber's own in the issue of ``week``."""
        token = self.tokens.delivery(week, number)
        by_mail = mailto(leaving(template.mailbox, token))
        if self.unsubscribe is not None:
            ways: tuple[str, ...] = (self.unsubscribe(number), by_mail)
        elif self.kit.publication.mail.unsubscribe:
            ways = (unsubscribe_url(self.kit), by_mail)
        else:
            ways = (by_mail,)
        one_click = self.unsubscribe is not None
        choose = self.preferences(number) if self.preferences is not None else ""
        return Person(email, name, f"{token}@{template.host}", ways, one_click, choose)

    def composer(
        self, week: Week, templates: Mapping[int, Template]
    ) -> Callable[[Errand], Letter | Answer]:
        """Makes the letters of an issue; an Answer where the gate lets none through."""

        def compose(errand: Errand) -> Letter | Answer:
            template = templates[errand.variant]
            for name in (errand.name, ""):
                person = self.person(template, week, errand.subscriber, errand.email, name)
                complaint = check_personal(person.head, errand.email)
                if not complaint:
                    return self.letter(template, person)
            return Answer(Fate.REFUSED, 0, f"not sent: {complaint}"[:200])

        return compose

    def letter(self, template: Template, person: Person) -> Letter:
        """One subscriber's letter, signed where there is a key."""
        token = person.message_id.partition("@")[0]
        pieces = template.letter(person)
        if self.sign is not None:
            pieces = (self.sign(pieces), *pieces)
        return Letter(token, verp(template.mailbox, token), person.email, pieces)

    def gate(self, template: Template, kit: Kit, week: Week) -> list[str]:
        """What keeps a rendered issue from leaving: errors, each with its rule."""
        found = []
        if template.ways_out < 2:
            found.append("mail-way-out: a part of the mail does not print {{ unsubscribe_url }}")
        local = len(template.mailbox.rpartition("@")[0])
        if local > MAX_LOCAL:
            found.append(
                f"mail-return-path: the mailbox for bounces has {local} letters before its @; with "
                f"a delivery's token, relays refuse it (name one of at most {MAX_LOCAL} as "
                "return_path below [mail]; RFC 5321 §4.5.3.1.1)"
            )
        person = self.person(template, week, 0, _NOBODY, "")
        message = b"".join(self.letter(template, person).data)
        expected = Expected(
            recipient=_NOBODY,
            one_click=self.unsubscribe is not None,
            postal_address=kit.publication.mail.postal_address,
        )
        complaints = check_message(message, expected)
        return found + [str(finding) for finding in complaints if stops((finding,))]
