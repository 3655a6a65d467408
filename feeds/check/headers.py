"""The header of a message: what its fields say, one rule after the other."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from email.errors import MessageError
from email.header import decode_header, make_header
from email.headerregistry import AddressHeader, HeaderRegistry
from urllib.parse import urlsplit

from feeds.check import Finding
from feeds.check.rules import broken
from feeds.check.wire import Field
from feeds.text import one_line

_REQUIRED = ("From", "To", "Date", "Message-ID", "Subject", "MIME-Version")
_ONCE = (
    "reply-to",
    "sender",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "auto-submitted",
    "content-type",
    "content-transfer-encoding",
    "return-path",
)
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = rf"{_ATEXT}(?:\.{_ATEXT})*"
_HOST = r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*"
_MESSAGE_ID = re.compile(rf"<{_DOT_ATOM}@{_HOST}>")
_LIST_ID = re.compile(rf'(?:"(?:[^"\\]|\\.)*"[ \t]*|[^<>"]*)<({_DOT_ATOM}\.{_DOT_ATOM})>')
_IN_BRACKETS = re.compile(r"<([!-;=?-~]+)>")
_BRACKETS = re.compile(r"<[!-;=?-~]+>(?:[ \t]*,[ \t]*<[!-;=?-~]+>)*")
_MAILTO = re.compile(r"mailto:[^@?\s]+@[^@?\s]+(?:\?[^\s]*)?", re.IGNORECASE)
_WORD = re.compile(r"=\?[A-Za-z0-9._-]+(?:\*[A-Za-z-]+)?\?[BbQq]\?[!->@-~]*\?=")
_WORDS_MAY = {"subject", "from", "to", "reply-to", "sender"}
_DATE = re.compile(
    r"(?:(Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?([0-9]{1,2}) "
    r"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) ([0-9]{4}) "
    r"([0-9]{2}):([0-9]{2})(?::([0-9]{2}))? ([+-])([0-9]{2})([0-9]{2})"
)
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
# What Python's parser of addresses lets out, besides defects, when it is given nonsense.
PARSER_ERRORS = (
    MessageError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
    AssertionError,
)
_REGISTRY = HeaderRegistry()
_LOOPBACK = re.compile(r"localhost|127\.[0-9.]+|::1|[a-z0-9.-]+\.localhost")


class Header:
    """The fields by their names. ``one`` gives a value only where it stands exactly once."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self.fields = tuple(fields)
        self.counts = Counter(field.name for field in fields)

    def one(self, name: str) -> str | None:
        """The value of the field ``name``; None when it is missing or stands twice."""
        if self.counts[name] != 1:
            return None
        return next(field.value for field in self.fields if field.name == name)

    def line(self, *names: str) -> int:
        """The line of the last field of those names; 0 where there is none."""
        return max((field.line for field in self.fields if field.name in names), default=0)


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine itself, where a trial has no certificate."""
    try:
        return _LOOPBACK.fullmatch(urlsplit(url).hostname or "") is not None
    except ValueError:
        return False


def web_address(url: str) -> bool:
    """Whether ``url`` is https with a host, or http to this machine itself."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url))
    return secure and bool(parts.hostname)


def mail_address(url: str) -> bool:
    """Whether ``url`` is a ``mailto:`` to one address (RFC 6068)."""
    return _MAILTO.fullmatch(url) is not None


def count_findings(header: Header) -> Iterator[Finding]:
    """Fields that must be there, and fields that must not be there twice (RFC 5322 §3.6)."""
    missing = [name for name in _REQUIRED if not header.counts[name.lower()]]
    if missing:
        yield broken("mail-header-missing", f"there is no {', '.join(missing)}")
    twice = [
        name for name in (*(name.lower() for name in _REQUIRED), *_ONCE) if header.counts[name] > 1
    ]
    if twice:
        yield broken(
            "mail-header-twice", f"{', '.join(twice)} more than once", line=header.line(*twice)
        )


def encoded_word_findings(header: Header) -> Iterator[Finding]:
    """Encoded words where none belong, broken ones, and text that only looks like one."""
    for field in header.fields:
        if "=?" not in field.value:
            continue
        rest = _WORD.sub("", field.value) if field.name in _WORDS_MAY else field.value
        if "=?" in rest:
            message = f"{field.name} has =? outside of an encoded word"
            yield broken("mail-encoded-word", message, line=field.line)
            return
        if any(len(word) > 75 for word in _WORD.findall(field.value)):
            message = f"{field.name} has one of more than 75 characters"
            yield broken("mail-encoded-word", message, line=field.line)
            return
        if (text := decoded(field.value)) is None:
            message = f"{field.name} has one that cannot be decoded"
            yield broken("mail-encoded-word", message, line=field.line)
            return
        if "=?" in text or any(char < " " for char in text):
            message = f"{field.name} decodes to what looks like an encoded word or a new line"
            yield broken("mail-encoded-word", message, line=field.line)
            return


def decoded(value: str) -> str | None:
    """The text of encoded words (RFC 2047); None when they cannot be decoded."""
    try:
        return str(make_header(decode_header(value)))
    except PARSER_ERRORS:
        return None


def address_findings(header: Header, recipient: str) -> Iterator[Finding]:
    """Who sends and who receives: one mailbox each (RFC 5322 §3.6.2 and §3.6.3)."""
    if (value := header.one("from")) is not None:
        found = _mailboxes("from", value)
        if found is None or len(found) != 1 or not found[0].isascii():
            yield broken("mail-from", "From is not one mailbox in ASCII", line=header.line("from"))
    if (value := header.one("to")) is not None and _mailboxes("to", value) != [recipient]:
        yield broken(
            "mail-recipient",
            "To is not the recipient, or not the recipient alone",
            line=header.line("to"),
        )
    elif others := [
        field
        for field in header.fields
        if field.name in {"cc", "bcc"} or field.name.startswith("resent-")
    ]:
        message = f"{others[0].name} names others than the recipient"
        yield broken("mail-recipient", message, line=others[0].line)


def _mailboxes(name: str, value: str) -> list[str] | None:
    """The bare addresses; None for groups and for what cannot be read."""
    if len(value) > 1_000 or value.count(",") > 50 or value.count("(") > 50:
        return None
    try:
        parsed = _REGISTRY(name, value)
        assert isinstance(parsed, AddressHeader)
        if any(group.display_name is not None for group in parsed.groups):
            return None
        found = [address.addr_spec for address in parsed.addresses]
    except PARSER_ERRORS:
        return None
    return None if any("@" not in address.strip("@") for address in found) else found


def date_findings(header: Header) -> Iterator[Finding]:
    """A day of the calendar, a time and a known offset (RFC 5322 §3.3)."""
    if (value := header.one("date")) is None:
        return
    found = _DATE.fullmatch(value)
    if found is None or value.endswith("-0000"):
        yield broken(
            "mail-date", "Date is not a date, a time and an offset", line=header.line("date")
        )
        return
    try:
        moment = datetime(  # noqa: DTZ001 # only whether there is such a moment
            int(found[4]), _MONTHS.index(found[3]) + 1, int(found[2]),
            int(found[5]), int(found[6]), int(found[7] or 0),
        )  # fmt: skip
    except ValueError:
        yield broken("mail-date", "Date is not in the calendar", line=header.line("date"))
        return
    if found[1] and _DAYS[moment.weekday()] != found[1]:
        yield broken("mail-date", "Date names another day of the week", line=header.line("date"))
    elif moment.year < 1970 or int(found[9]) > 14 or int(found[10]) > 59:
        yield broken(
            "mail-date",
            "Date is before 1970, or its offset is none on earth",
            line=header.line("date"),
        )


def id_findings(header: Header) -> Iterator[Finding]:
    """Message-ID (RFC 5322 §3.6.4) and List-Id (RFC 2919 §2)."""
    value = header.one("message-id")
    if value is not None and (not _MESSAGE_ID.fullmatch(value) or len(value) > 255):
        yield broken(
            "mail-message-id", "Message-ID is not <letters@host>", line=header.line("message-id")
        )
    if not header.counts["list-id"]:
        yield broken("mail-list-id", "there is no List-Id")
    elif (value := header.one("list-id")) is not None:
        found = _LIST_ID.fullmatch(value)
        if found is None or len(found[1]) > 255:
            yield broken("mail-list-id", "List-Id is not <name.host>", line=header.line("list-id"))


def subject_findings(header: Header, expected: str) -> Iterator[Finding]:
    """Something to read, and what was frozen."""
    if (value := header.one("subject")) is None:
        return
    text = decoded(value)
    if text is None:
        return  # the rule about encoded words has said so
    if not text.strip():
        yield broken("mail-subject", "Subject is empty", line=header.line("subject"))
    elif expected and one_line(text) != one_line(expected):
        yield broken("mail-subject", "Subject is not the issue's", line=header.line("subject"))


def unsubscribe_findings(header: Header, *, one_click: bool) -> Iterator[Finding]:
    """How to leave: RFC 2369 §3.2, and by one click (RFC 8058 §3.1)."""
    value, post = header.one("list-unsubscribe"), header.one("list-unsubscribe-post")
    if not header.counts["list-unsubscribe"]:
        yield broken("mail-list-unsubscribe", "there is no List-Unsubscribe")
        return
    if value is None:
        return
    urls = _IN_BRACKETS.findall(value)
    if not _BRACKETS.fullmatch(value):
        yield broken(
            "mail-list-unsubscribe",
            "List-Unsubscribe is not <address>, <address>",
            line=header.line("list-unsubscribe"),
        )
        return
    if not all(web_address(url) or mail_address(url) for url in urls):
        message = "List-Unsubscribe has an address that is neither https nor mailto"
        yield broken("mail-list-unsubscribe", message, line=header.line("list-unsubscribe"))
        return
    if post is None:
        if one_click and not header.counts["list-unsubscribe-post"]:
            yield broken("mail-list-unsubscribe-post", "there is no List-Unsubscribe-Post")
    elif post != "List-Unsubscribe=One-Click":
        message = "List-Unsubscribe-Post is not List-Unsubscribe=One-Click"
        yield broken(
            "mail-list-unsubscribe-post", message, line=header.line("list-unsubscribe-post")
        )
    elif not any(web_address(url) for url in urls):
        message = "List-Unsubscribe-Post needs an https address in List-Unsubscribe"
        yield broken(
            "mail-list-unsubscribe-post", message, line=header.line("list-unsubscribe-post")
        )


def robot_findings(header: Header) -> Iterator[Finding]:
    """That nobody's holiday answers it (RFC 3834), and that a signature covers how to leave."""
    value = header.one("auto-submitted")
    if not header.counts["auto-submitted"]:
        yield broken("mail-auto-submitted", "there is no Auto-Submitted")
    elif value is not None and value.lower() != "auto-generated":
        yield broken(
            "mail-auto-submitted",
            "Auto-Submitted is not auto-generated",
            line=header.line("auto-submitted"),
        )
    leaving = ("list-unsubscribe", "list-unsubscribe-post")
    wanted = {"from", *(name for name in leaving if header.counts[name])}
    for field in header.fields:
        if field.name != "dkim-signature":
            continue
        tags = {
            key.strip(): value.strip()
            for key, _, value in (tag.partition("=") for tag in field.value.split(";"))
        }
        covered = {name.strip().lower() for name in tags.get("h", "").split(":")}
        if left := sorted(wanted - covered):
            message = f"DKIM-Signature does not cover {', '.join(left)}"
            yield broken("mail-dkim-covers", message, line=field.line)
            return
