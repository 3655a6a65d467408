"""A mail's bytes → its parts, within limits that hold for any bytes whatsoever.

What the standard library's parser does with many lines at great depth takes minutes, and at
greater depth ends in a RecursionError, so a mail is cut to size before it is parsed.
"""

import email
import email.policy
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import HeaderParser

# A bounce brings back our digest (at most some 200 KB with both of its parts) and a few
# kilobytes of its own; what is beyond is cut off.
MAX_BYTES = 524_288
_MAX_LINES = 20_000
_MAX_LINE_BYTES = 2_000  # RFC 5322 §2.1.1 allows 998
_MAX_CONTAINERS = 32
_MAX_PARTS = 64
_MAX_HEADER = 4_000
_CONTAINER = re.compile(rb"content-type\s*:\s*(?:multipart|message)\s*/", re.IGNORECASE)
_BLANK_LINE = re.compile(r"\r?\n[ \t]*\r?\n")


def parsed(data: bytes) -> Message:
    """The mail as far as the limits go; of one that is nested beyond reason, the headers alone."""
    lines = data[:MAX_BYTES].splitlines()
    cut = b"\n".join(line[:_MAX_LINE_BYTES] for line in lines[:_MAX_LINES]) + b"\n"
    if len(_CONTAINER.findall(cut)) > _MAX_CONTAINERS:
        cut = cut.partition(b"\n\n")[0] + b"\n\n"
        return email.parser.BytesHeaderParser(policy=email.policy.compat32).parsebytes(cut)
    return email.message_from_bytes(cut, policy=email.policy.compat32)


def headers(message: Message, *names: str) -> Iterator[str]:
    """The values of the headers of those names, name by name, as one line each."""
    for name in names:
        for value in message.get_all(name, [])[:20]:
            yield " ".join(str(value)[:_MAX_HEADER].split())


def header(message: Message, name: str) -> str:
    """The first header of that name, or an empty string."""
    return next(headers(message, name), "")


def unencoded(text: str) -> str:
    """A header's words with RFC 2047's encoding undone, as far as it can be."""
    if "=?" not in text:
        return text
    try:
        return str(make_header(decode_header(text[:1_000])))
    except (HeaderParseError, ValueError, LookupError):  # UnicodeError is a ValueError
        return text


def parts(message: Message) -> list[Message]:
    """The mail itself and its parts, but not those of messages that it encloses."""
    found: list[Message] = []
    waiting = [message]
    while waiting and len(found) < _MAX_PARTS:
        part = waiting.pop(0)
        found.append(part)
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting = [*_inner(part), *waiting][:_MAX_PARTS]
    return found


def _inner(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if type(payload) is list else []


def enclosed(part: Message) -> Message | None:
    """The message, or its headers, that a part brings back; None for every other part."""
    kind = part.get_content_type()
    if kind in {"message/rfc822", "message/global", "message/rfc822-headers"} or (
        kind == "message/global-headers"
    ):
        inner = _inner(part)
        return inner[0] if inner else None
    if kind == "text/rfc822-headers":
        return HeaderParser(policy=email.policy.compat32).parsestr(text_of(part).lstrip("\r\n"))
    return None


def blocks(part: Message) -> list[Message]:
    """The groups of fields of a ``message/delivery-status`` or ``message/feedback-report``."""
    found: list[Message] = []
    inner = _inner(part)
    for block in inner[:_MAX_PARTS]:
        if block.keys():
            found.append(block)
        if not block.is_multipart():
            found += _split(text_of(block))
    if not inner:
        found += _split(text_of(part))
    return found[:_MAX_PARTS]


def _split(text: str) -> list[Message]:
    parser = HeaderParser(policy=email.policy.compat32)
    groups = _BLANK_LINE.split(text.strip(), maxsplit=_MAX_PARTS)[:_MAX_PARTS]
    return [found for group in groups if (found := parser.parsestr(group)).keys()]


def text_of(part: Message) -> str:
    """The part's own text. Every byte is a character: only ASCII is looked for in it."""
    if part.is_multipart():
        return ""
    payload = part.get_payload(decode=True)
    return payload.decode("latin-1") if isinstance(payload, bytes) else ""
