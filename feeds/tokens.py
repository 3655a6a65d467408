"""Names of deliveries that cannot be forged, and need no lookup.

A delivery's token is 32 letters and digits in lower case, so that it survives a mail system
that folds case: week, subscriber and the first 88 bits of an HMAC-SHA256 over both and the
publication's id, in RFC 4648 §6 base32. It makes the Message-ID and the return address (VERP)
of a message: equal in each retry, on each machine, after each rebuild.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass

from feeds.errors import UsageError
from feeds.model import Week

# A token, as a regular expression.
SHAPE = "[a-z2-7]{32}"
_WEEK_BYTES, _SUBSCRIBER_BYTES, _MAC_BYTES = 3, 6, 11
# What stands before the @ of a mailbox to which ``leaving`` adds 39 letters; together they may
# be 64 (RFC 5321 §4.5.3.1.1).
MAX_LOCAL = 25


@dataclass(frozen=True, slots=True)
class Tokens:
    """Makes and reads them: ``secret`` is the publication's key, ``publication`` its id."""

    secret: bytes
    publication: str

    def delivery(self, week: Week, subscriber: int) -> str:
        """The token of ``week``'s issue to the subscriber of that id."""
        named = (week.year * 100 + week.number).to_bytes(_WEEK_BYTES, "big")
        named += subscriber.to_bytes(_SUBSCRIBER_BYTES, "big")
        return base64.b32encode(named + self._mac(named)).decode().lower()

    def read_delivery(self, token: str) -> tuple[Week, int] | None:
        """Week and subscriber; None for anything that this publication did not make."""
        try:
            data = base64.b32decode(token.upper())
        except (binascii.Error, ValueError):
            return None
        at = _WEEK_BYTES + _SUBSCRIBER_BYTES
        if len(data) != at + _MAC_BYTES or not hmac.compare_digest(data[at:], self._mac(data[:at])):
            return None
        year, number = divmod(int.from_bytes(data[:_WEEK_BYTES], "big"), 100)
        try:
            week = Week.parse(f"{year:04}-W{number:02}")
        except UsageError:
            return None
        return week, int.from_bytes(data[_WEEK_BYTES:at], "big")

    def _mac(self, named: bytes) -> bytes:
        message = b"delivery\n" + self.publication.encode() + b"\n" + named
        return hmac.digest(self.secret, message, "sha256")[:_MAC_BYTES]


def verp(mailbox: str, token: str) -> str:
    """``bounces@example.org`` → ``bounces+TOKEN@example.org`` (RFC 5233 sub-addressing)."""
    local, _, domain = mailbox.rpartition("@")
    return f"{local}+{token}@{domain}"


def leaving(mailbox: str, token: str) -> str:
    """The address that a mail to which unsubscribes: ``bounces+leave-TOKEN@example.org``."""
    return verp(mailbox, f"leave-{token}")
