"""The gate: every rule that a message must keep before it leaves.

``check_message`` reads a whole message, as its recipient would get it; that takes milliseconds,
so it is asked once for each variant that goes out. ``check_personal`` reads the few lines that
differ from recipient to recipient, and is asked for each of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import EmailMessage, Message
from email.policy import compat32, default

from feeds.check import Finding, Level
from feeds.check.bodies import (
    Html,
    control_findings,
    html_findings,
    left_findings,
    link_findings,
    postal_findings,
)
from feeds.check.headers import (
    PARSER_ERRORS,
    Header,
    address_findings,
    count_findings,
    date_findings,
    decoded,
    encoded_word_findings,
    id_findings,
    robot_findings,
    subject_findings,
    unsubscribe_findings,
)
from feeds.check.rules import RULES, broken
from feeds.check.wire import (
    MAX_MESSAGE_BYTES,
    check_personal,
    fields_of,
    header_findings,
    split,
    wire_findings,
)

__all__ = ["RULES", "Expected", "check_message", "check_personal", "stops"]

_ENCODINGS = {"7bit", "quoted-printable", "base64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a message must be: to whom, and what must and must not stand in it.

    ``markers`` are strings that splicing puts something else for; ``one_click`` demands
    List-Unsubscribe-Post. An empty ``postal_address`` or ``subject`` demands nothing.
    """

    recipient: str
    one_click: bool
    postal_address: str = ""
    markers: tuple[bytes, ...] = ()
    subject: str = ""


def check_message(data: bytes, expected: Expected) -> tuple[Finding, ...]:
    """Every rule of ``RULES`` that ``data``, one message in wire form (CRLF), does not keep.

    Empty when it may leave. Errors must keep it here; see ``stops``. Never raises.
    """
    return tuple(_findings(data, expected))


def stops(findings: tuple[Finding, ...]) -> bool:
    """Whether one of them is an error."""
    return any(finding.level == Level.ERROR for finding in findings)


def _findings(data: bytes, expected: Expected) -> Iterator[Finding]:
    utf8 = not expected.recipient.isascii()
    found = list(wire_findings(data, utf8=utf8))
    yield from found
    if len(data) > MAX_MESSAGE_BYTES:
        return
    raw, body = split(data)
    formal = list(header_findings(raw, body))
    yield from formal
    if any(finding.rule == "mail-header-length" for finding in formal):
        return  # what follows takes time that grows with the square of a field's length
    header = Header(fields_of(raw))
    said = [
        *count_findings(header),
        *encoded_word_findings(header),
        *address_findings(header, expected.recipient),
        *date_findings(header),
        *id_findings(header),
        *subject_findings(header, expected.subject),
        *unsubscribe_findings(header, one_click=expected.one_click),
        *robot_findings(header),
    ]
    yield from said
    if formal:
        return  # parsers differ in where such a header ends
    parts = list(_part_findings(data, utf8=utf8))
    yield from (part for part in parts if isinstance(part, Finding))
    told = [part for part in parts if not isinstance(part, Finding)]
    yield from _marker_findings(data, told, expected.markers)
    if not found and not said and len(told) == len(parts):
        # Python's parser is asked last, for what no rule has named yet.
        yield from _defect_findings(data, utf8=utf8)
    if len(told) == 2:
        text = told[0].decode("utf-8", "replace")
        if not any(finding.rule == "mail-control" for finding in found):
            yield from control_findings(told[1], told[0])
        html = Html(told[1])
        yield from html_findings(html)
        words = "\n".join(decoded(field.value) or field.value for field in header.fields)
        yield from left_findings(html, text, words)
        yield from link_findings(html, text)
        if expected.postal_address.strip():
            yield from postal_findings(html, text, expected.postal_address)


def _part_findings(data: bytes, *, utf8: bool) -> Iterator[Finding | bytes]:
    """The text's and the HTML's bytes, or what is wrong with how they are put together."""
    try:
        message = _parsed(data, utf8=utf8)
        kind, inner = message.get_content_type(), message.get_payload()
        pieces = (
            [part for part in inner if isinstance(part, Message)] if isinstance(inner, list) else []
        )
        kinds = [part.get_content_type() for part in pieces]
    except PARSER_ERRORS:
        yield broken("mail-structure", "its parts cannot be told apart")
        return
    if kind != "multipart/alternative" or kinds != ["text/plain", "text/html"]:
        parts = ", ".join(kinds[:5]) or "no parts"
        yield broken("mail-structure", f"{kind[:60]} of {parts[:120]}: not of text and HTML")
        return
    for part, name in zip(pieces, ("text", "HTML"), strict=True):
        try:
            charset = str(part.get_param("charset") or "").lower()
            encoding = str(part.get("content-transfer-encoding") or "7bit").strip().lower()
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            content.decode()
        except UnicodeDecodeError:
            yield broken("mail-charset", f"the {name} part is not what its charset says")
            continue
        except PARSER_ERRORS:
            yield broken("mail-charset", f"the {name} part cannot be decoded")
            continue
        if charset != "utf-8" or encoding not in _ENCODINGS:
            yield broken("mail-charset", f"the {name} part is not utf-8 in an encoding of 7 bits")
            continue
        yield content


def _parsed(data: bytes, *, utf8: bool) -> Message:
    if utf8:
        return message_from_string(data.decode("utf-8", "replace"), policy=compat32)
    return message_from_bytes(data, policy=compat32)


def _marker_findings(
    data: bytes, parts: list[bytes], markers: tuple[bytes, ...]
) -> Iterator[Finding]:
    for number, marker in enumerate(markers, 1):
        if marker and any(marker in place for place in (data, *parts)):
            yield broken("mail-marker-left", f"the marker number {number} is left in it")
            return


def _defect_findings(data: bytes, *, utf8: bool) -> Iterator[Finding]:
    """What Python's parser, with its strictest policy, complains about."""
    try:
        message: Message = (
            message_from_string(data.decode("utf-8", "replace"), policy=default)
            if utf8
            else message_from_bytes(data, policy=default)
        )
        for part in message.walk():
            defects = list(part.defects)
            for value in part.values():
                if not (utf8 and part is message):
                    defects += value.defects  # type: ignore[attr-defined]
            assert isinstance(part, EmailMessage)
            if defects:
                name = type(defects[0]).__name__
                yield broken("mail-defect", f"Python's email says {name}")
                return
    except PARSER_ERRORS:
        yield broken("mail-defect", "Python's email cannot read it")
