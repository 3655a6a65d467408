"""Mail headers that every mail program reads: the email library's holes mended.

Measured with Python 3.11: a folded header loses the blank between two words with accents; a
URL that does not fit a line is cut into encoded words (RFC 2047), where no program looks for
it; text that looks like an encoded word is decoded when it is set, line ends and all; a name
of ten thousand letters is folded for minutes, and a list of commas overflows the stack.
"""

from email.errors import MessageError
from email.header import Header
from email.headerregistry import (
    Address,
    BaseHeader,
    HeaderRegistry,
    UniqueAddressHeader,
    UniqueUnstructuredHeader,
)
from email.policy import SMTP, Policy
from email.utils import parseaddr

from feeds.patterns import pattern
from feeds.text import one_line, shortened, xml_legal

_MAX_MAILBOX, _MAX_NAME = 500, 100
_MAX_ADDRESS = 254  # RFC 5321 §4.5.3.1.3
_CONTROLS = pattern(r"[\x00-\x1f\x7f-\x9f]")
_IN_BRACKETS = pattern(r"[!-;=?-~]+")


def plain(text: str) -> str:
    """``text`` as one line that no mail program takes for an encoded word."""
    return one_line(_CONTROLS.sub(" ", xml_legal(text))).replace("=?", "= ?")


def bracketed(url: str) -> str:
    """``<url>`` (RFC 2369 §2); empty where a header cannot carry it."""
    # Nothing that looks like an encoded word stands in a header as it is.
    return f"<{url}>" if _IN_BRACKETS.fullmatch(url) and "=?" not in url else ""


def mailbox(text: str, name: str = "") -> Address | None:
    """``text`` (``Name <a@b>``) as headers can carry it; None when there is no address in it.

    ``name`` goes before the one in ``text``. A domain in other letters is written in ASCII.
    """
    found, address = parseaddr(xml_legal(text)) if len(text) <= _MAX_MAILBOX else ("", "")
    user, _, domain = address.rpartition("@")
    if not user or len(address) > _MAX_ADDRESS:
        return None
    try:
        if not domain.isascii():
            domain = domain.encode("idna").decode("ascii")
        return Address(shortened(plain(name or found), _MAX_NAME), addr_spec=f"{user}@{domain}")
    except (ValueError, IndexError, MessageError):
        return None


class _Text(UniqueUnstructuredHeader, BaseHeader):  # type: ignore[misc] # as the library mixes
    """Folded by the older of the library's two encoders."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {_encoded(self, self.name, policy)}{policy.linesep}"


class _Whole(UniqueUnstructuredHeader, BaseHeader):  # type: ignore[misc] # as the library mixes
    """On one line, its text unchanged."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


class _Mailboxes(UniqueAddressHeader, BaseHeader):  # type: ignore[misc] # as the library mixes
    """A name in other letters is encoded whole, the address stands behind it."""

    def fold(self, *, policy: Policy) -> str:
        if not self.addresses:
            return f"{self.name}: {self}{policy.linesep}"  # a group without members
        found = [
            str(address)
            if address.display_name.isascii()
            else _encoded(address.display_name, self.name, policy)
            + f"{policy.linesep} <{address.addr_spec}>"
            for address in self.addresses
        ]
        return f"{self.name}: {', '.join(found)}{policy.linesep}"


def _encoded(text: str, name: str, policy: Policy) -> str:
    charset = "us-ascii" if text.isascii() else "utf-8"
    # It writes two letters more than it is told to; RFC 2047 §2 allows 76.
    return Header(text, charset, 74, header_name=name).encode(linesep=policy.linesep)


_REGISTRY = HeaderRegistry()
_REGISTRY.map_to_type("subject", _Text)
_REGISTRY.map_to_type("from", _Mailboxes)
_REGISTRY.map_to_type("reply-to", _Mailboxes)
_REGISTRY.map_to_type("to", _Mailboxes)
_REGISTRY.map_to_type("list-id", _Whole)
_REGISTRY.map_to_type("list-unsubscribe", _Whole)
POLICY = SMTP.clone(header_factory=_REGISTRY)
