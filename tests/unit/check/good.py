"""A message that may leave: a real digest, with the header that sending gives it."""

from dataclasses import dataclass, replace
from email.message import EmailMessage
from functools import cache
from typing import Any

from feeds.check.messages import Expected
from feeds.model import MailSettings
from feeds.render.headers import POLICY
from feeds.render.newsletter import Digest
from tests.support import make_digest, make_kit, make_publication, make_talk

RECIPIENT = "ana@example.org"
ADDRESS = "Calle Falsa 123, Ciudad de México"
LEAVE = "https://talks.example/u/0123456789abcdef"
MARKER = b"--8a5f-unsubscribe-8a5f--"


@cache
def good_digest() -> Digest:
    """Eleven talks with pictures, slides and excerpts."""
    mail = MailSettings(
        sender="Notas de Ana <notas@talks.example>", unsubscribe=LEAVE, postal_address=ADDRESS
    )
    kit = make_kit(make_publication(mail=mail))
    return make_digest(kit, [make_talk(number) for number in range(11)])


@dataclass(frozen=True)
class Good:
    """What a message is made of; change one thing, and then make it."""

    header: tuple[tuple[str, str], ...]
    text: str
    html: str

    def data(self) -> bytes:
        """In wire form."""
        message = EmailMessage(policy=POLICY)
        message.set_content(self.text, cte="quoted-printable")
        message.add_alternative(self.html, subtype="html", cte="quoted-printable")
        message.set_boundary("=_b0undary")
        body = message.as_bytes().partition(b"\r\n\r\n")[2]
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.header)
        return lines.encode() + b"\r\n" + body

    def with_field(self, name: str, *values: str) -> "Good":
        """The field with these values, one field each; without any when there are none."""
        others = tuple(field for field in self.header if field[0] != name)
        return replace(self, header=(*others, *((name, value) for value in values)))

    def in_html(self, old: str, new: str) -> "Good":
        """The HTML with one thing changed."""
        assert old in self.html, f"the digest has no {old}"
        return replace(self, html=self.html.replace(old, new, 1))


def good(found: Digest | None = None, recipient: str = RECIPIENT) -> Good:
    """The message of that digest to that recipient."""
    found = found or good_digest()
    return Good(
        (
            ("From", "Notas de Ana <notas@talks.example>"),
            ("To", recipient),
            ("Subject", "=?utf-8?q?Notas_de_KubeCon=3A_11_pl=C3=A1ticas?=\r\n =?utf-8?q?_de_Ana?="),
            ("Date", "Mon, 11 Dec 2017 09:30:00 -0600"),
            ("Message-ID", "<a2b3c4d5e6f7a2b3c4d5e6f7a2b3c4d5@talks.example>"),
            ("List-Id", "<digest.talks.example>"),
            ("List-Unsubscribe", f"<{LEAVE}>,\r\n <mailto:notas@talks.example?subject=leave>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("Auto-Submitted", "auto-generated"),
            ("MIME-Version", "1.0"),
            ("Content-Type", 'multipart/alternative;\r\n boundary="=_b0undary"'),
        ),
        found.text,
        found.html,
    )


def expected(**changes: Any) -> Expected:
    """What the good message is."""
    found = Expected(
        recipient=RECIPIENT,
        one_click=True,
        postal_address=ADDRESS,
        markers=(b"--other-marker--", MARKER),
        subject="Notas de KubeCon: 11 pláticas de Ana",
    )
    return replace(found, **changes)
