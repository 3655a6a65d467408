"""E-mail addresses: one normal form to keep, one folded form to compare.

The normal form is what goes on the wire: the local part as the person writes it (NFC), the
domain in ASCII and lower case (RFC 5890 A-labels). So an address that is not ASCII is exactly
one whose local part is not, which only a relay with SMTPUTF8 (RFC 6531) takes. Messages say
what is wrong with an address without repeating it: they end in logs, addresses must not.
"""

import unicodedata
from functools import lru_cache

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from feeds.patterns import pattern

# The local parts of almost everybody; whatever else RFC 5321 allows takes the long way round.
_PLAIN_LOCAL = pattern(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
_MAX_LOCAL, _MAX_ADDRESS = 64, 254
_QUOTED = pattern(r"'[^']{2,}'")


def normal_address(text: str) -> str:
    """``text`` in the normal form; ValueError says what keeps it from being an address.

    RFC 5321 §4.1.2 without quoted local parts and address literals, RFC 6531 with them left
    out as well; the domain must be one that mail can be sent to by its name (no ``localhost``,
    no RFC 6761 ``.test``). Nothing is looked up.
    """
    text = text.strip()
    local, _, domain = text.rpartition("@")
    if len(local) <= _MAX_LOCAL and _PLAIN_LOCAL.fullmatch(local):
        # 38 µs an address become 2: an import meets the same domains again and again.
        found = _ascii_domain(domain)
        if found and len(local) + 1 + len(found) <= _MAX_ADDRESS:
            return f"{local}@{found}"
    checked = _validated(text)
    return f"{checked.local_part}@{checked.ascii_domain}"


def shown_address(address: str) -> str:
    """A normal form as people read it: the domain in its own script."""
    return _validated(address).normalized if "xn--" in address else address


def folded_address(address: str) -> str:
    """What two spellings of one mailbox have in common: equal means the same person.

    Takes a normal form. RFC 5321 §2.4 lets a host tell ``Ana`` from ``ana``; none that
    people use does, and nobody should receive two mails because of a capital.
    """
    lower = address.lower()
    return lower if lower.isascii() else unicodedata.normalize("NFC", lower)


@lru_cache(maxsize=65_536)
def _ascii_domain(domain: str) -> str:
    """The domain's normal form, or an empty string."""
    try:
        return _validated(f"a@{domain}").ascii_domain
    except ValueError:
        return ""


def _validated(text: str) -> ValidatedEmail:
    try:
        return validate_email(text, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        said = _QUOTED.sub("…", str(error)).rstrip(".")
        message = "is not an e-mail address: " + said[:1].lower() + said[1:]
        raise ValueError(message) from None
