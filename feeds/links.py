"""Links that a mail carries to the web app: they cannot be forged, and need no lookup.

Unsubscribing and preferences name a subscriber's number, signed by itsdangerous; they hold as
long as the subscriber does. A confirmation must carry the address itself, because nothing is
kept of a person before they confirm; it is encrypted (Fernet), because what stands in a URL
also stands in a proxy's log (promise 10). Each purpose has a key of its own, made from the
publication's secret and id: a token of one is none of another.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from itsdangerous import Signer
from itsdangerous.signer import HMACAlgorithm

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

CONFIRM_WITHIN_S = 7 * 86_400
RETURN_WITHIN_S = 3_600
_MAX_TOKEN = 2_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A wish to subscribe: the address in its normal form, and when, in UTC to the second.

    An empty ``language`` is the publication's.
    """

    email: str
    language: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """An unsubscription that can be taken back: whose, since when, and when the offer was made.

    All moments are in UTC.
    """

    subscriber: int
    since: datetime
    at: datetime


class _Sha256(HMACAlgorithm):
    """HMAC-SHA256 in one call: the library's own makes an object for each, at thrice the price."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha256")


class Links:
    """Makes and reads them. ``web_url`` ends in a slash; ``publication`` is its id.

    Build one and keep it: the keys are made once.
    """

    def __init__(self, secret: bytes, publication: str, web_url: str) -> None:
        self.web_url = web_url
        self._secret, self._publication = secret, publication
        self._unsubscribe, self._preferences = self._signer("leave"), self._signer("choose")

    def unsubscribe(self, subscriber: int) -> str:
        """Where the subscriber of that number leaves (RFC 8058 §3.1 as well); never expires."""
        return f"{self.web_url}unsubscribe/{_signed(self._unsubscribe, subscriber)}"

    def preferences(self, subscriber: int) -> str:
        """Where the subscriber of that number says what they want; never expires."""
        return f"{self.web_url}preferences/{_signed(self._preferences, subscriber)}"

    def confirm(self, asked: Asked) -> str:
        """Where a person says yes to what they asked for, within CONFIRM_WITHIN_S."""
        words = {"email": asked.email, "language": asked.language}
        return f"{self.web_url}confirm/{self._hidden('confirm', words, asked.at)}"

    def come_back(self, left: Left) -> str:
        """The token that takes an unsubscription back, within RETURN_WITHIN_S."""
        words = {"number": left.subscriber, "since": left.since.isoformat()}
        return self._hidden("return", words, left.at)

    def read_unsubscribe(self, token: str) -> int | None:
        """The subscriber's number; None for a token that was not made here for this."""
        return _read(self._unsubscribe, token)

    def read_preferences(self, token: str) -> int | None:
        """The subscriber's number; None for a token that was not made here for this."""
        return _read(self._preferences, token)

    def read_confirm(self, token: str, now: datetime) -> tuple[Asked, bool] | None:
        """What was asked, and whether that still holds ``now``; None for a forged token."""
        found = self._shown("confirm", token)
        if found is None:
            return None
        words, at = found
        asked = Asked(str(words["email"]), str(words["language"]), at)
        return asked, (now - at).total_seconds() <= CONFIRM_WITHIN_S

    def read_come_back(self, token: str, now: datetime) -> tuple[Left, bool] | None:
        """Who left, and whether it can still be taken back ``now``; None for a forged token."""
        found = self._shown("return", token)
        if found is None:
            return None
        words, at = found
        left = Left(int(str(words["number"])), datetime.fromisoformat(str(words["since"])), at)
        return left, (now - at).total_seconds() <= RETURN_WITHIN_S

    def _key(self, purpose: str) -> bytes:
        message = f"link\n{purpose}\n{self._publication}".encode()
        return hmac.digest(self._secret, message, "sha256")

    def _signer(self, purpose: str) -> Signer:
        # The key is derived already: once, not once a signature.
        key = self._key(purpose)
        return Signer(key, key_derivation="none", algorithm=_Sha256())

    @cached_property
    def _fernets(self) -> "dict[str, Fernet]":
        # cryptography takes a while to load, and a send needs none of it.
        from cryptography.fernet import Fernet

        purposes = ("confirm", "return")
        return {name: Fernet(base64.urlsafe_b64encode(self._key(name))) for name in purposes}

    def _hidden(self, purpose: str, words: Mapping[str, object], at: datetime) -> str:
        data = json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()
        token = self._fernets[purpose].encrypt_at_time(data, int(at.timestamp()))
        return token.decode().rstrip("=")

    def _shown(self, purpose: str, token: str) -> tuple[dict[str, object], datetime] | None:
        from cryptography.fernet import InvalidToken

        padded = token + "=" * (-len(token) % 4)
        try:
            # Base64 has several spellings of the same bytes. Only ours is taken.
            if len(token) > _MAX_TOKEN or not token.isascii():
                return None
            if base64.urlsafe_b64encode(base64.urlsafe_b64decode(padded)).decode() != padded:
                return None
            fernet = self._fernets[purpose]
            at = datetime.fromtimestamp(fernet.extract_timestamp(padded), UTC)
            words: dict[str, object] = json.loads(fernet.decrypt(padded))
        except (InvalidToken, binascii.Error, ValueError):
            return None
        return words, at


def _signed(signer: Signer, subscriber: int) -> str:
    return signer.sign(str(subscriber)).decode()


def _read(signer: Signer, token: str) -> int | None:
    number = token.partition(".")[0]
    if not (number.isascii() and number.isdecimal()) or len(token) > 100 or not token.isascii():
        return None
    # Compared as it is written: Base64 and int() both have several spellings of one value.
    expected = _signed(signer, int(number))
    return int(number) if hmac.compare_digest(expected, token) else None
