"""A message as bytes: its lines, its header's fields, and the personal lines of one recipient."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from feeds.check import Finding
from feeds.check.rules import broken

MAX_LINE_BYTES = 998
MAX_MESSAGE_BYTES = 1_000_000
MAX_FIELD_BYTES = 8_192
_MAX_HEADER_BYTES = 65_536
_NOT_CRLF = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_EIGHT_BIT = re.compile(rb"[\x80-\xff][^\n]*")
_NAME = re.compile(rb"[!-9;-~]+")
# Of the header of any part: fields that a parser reads at once.
_MIME_FIELD = re.compile(rb"(?im)^content-[a-z-]{1,40}:.*(?:\r?\n[ \t].*)*")
_MAX_MIME_FIELDS = 50
# So many of one kind are told; who has more will see the rest when these are gone.
_MOST = 100


@dataclass(frozen=True, slots=True)
class Field:
    """One header field: its name in lower case, its value unfolded, blanks at its ends left out.

    ``line`` is the one on which it begins.
    """

    name: str
    value: str
    line: int = 0


def wire_findings(data: bytes, *, utf8: bool) -> Iterator[Finding]:
    """What bytes alone show. ``utf8``: the recipient needs SMTPUTF8, so the header may use it."""
    if len(data) > MAX_MESSAGE_BYTES:
        yield broken("mail-size", f"has {len(data):,} bytes, at most {MAX_MESSAGE_BYTES:,} go out")
    for line, found in _by_lines(_NOT_CRLF, data):
        what = "CR" if found == b"\r" else "LF"
        yield broken("mail-line-ends", f"a bare {what} in line {line}", line=line)
    if not data.endswith(b"\r\n"):
        yield broken("mail-end", "the last line is not ended", line=_line(data, len(data)))
    for line, found in _by_lines(_CONTROLS, data):
        message = f"the control character 0x{found[0]:02X} in line {line}"
        yield broken("mail-control", message, line=line)
    long = (n for n, line in enumerate(data.split(b"\n"), 1) if len(line.rstrip(b"\r")) > 998)
    for number in islice(long, _MOST):
        message = f"line {number} has more than {MAX_LINE_BYTES} bytes"
        yield broken("mail-line-length", message, line=number)
    header, body = split(data)
    before = _line(data, len(data) - len(body)) - 1
    in_body = [before + line for line, _ in _by_lines(_EIGHT_BIT, body)]
    for line in in_body:
        yield broken("mail-8bit", f"an 8-bit character in line {line}", line=line)
    if in_body:
        return
    if not header.isascii() and (not utf8 or not _is_utf8(header)):
        for line, _ in islice(_by_lines(_EIGHT_BIT, header), 1):
            yield broken("mail-8bit", "an 8-bit character in the header", line=line)


def _by_lines(pattern: re.Pattern[bytes], data: bytes) -> Iterator[tuple[int, bytes]]:
    """The first match in each line that has one, with the line's number; the first hundred."""
    line, counted, told, number = 1, 0, 0, 0
    for found in pattern.finditer(data):
        line += data.count(b"\n", counted, found.start())
        counted = found.start()
        if line != told:
            yield line, found.group()
            told, number = line, number + 1
        if number == _MOST:
            return


def split(data: bytes) -> tuple[bytes, bytes]:
    """Header, its last line ended, and body, without the empty line between them."""
    if data.startswith(b"\r\n"):
        return b"", data[2:]
    header, _, body = data.partition(b"\r\n\r\n")
    return header + b"\r\n" if not header.endswith(b"\r\n") else header, body


def header_findings(header: bytes, body: bytes) -> Iterator[Finding]:
    """Lines that are no fields, and fields that no parser should be given."""
    begun = False
    for number, line in enumerate(header.split(b"\r\n")[:-1], 1):
        if line[:1] in {b" ", b"\t"}:
            if not begun or not line.strip():
                message = f"line {number} of the header folds nothing"
                yield broken("mail-header-form", message, line=number)
                break
            continue
        name, colon, _value = line.partition(b":")
        begun = True
        if not colon or not _NAME.fullmatch(name):
            message = f"line {number} of the header is no field"
            yield broken("mail-header-form", message, line=number)
            break
    if _too_long(header, body):
        message = f"a header field has more than {MAX_FIELD_BYTES:,} bytes, or there are too many"
        yield broken("mail-header-length", message)


def _too_long(header: bytes, body: bytes) -> bool:
    """Whether a field, of the message or of its parts, is longer than any parser deserves."""
    if len(header) > _MAX_HEADER_BYTES:
        return True
    if any(len(field) > MAX_FIELD_BYTES for field in re.split(rb"\r?\n(?![ \t])", header)):
        return True
    found = [len(field.group()) for field in _MIME_FIELD.finditer(body)]
    return len(found) > _MAX_MIME_FIELDS or max(found, default=0) > MAX_FIELD_BYTES


def fields_of(header: bytes) -> tuple[Field, ...]:
    """Every field in its order (RFC 5322 §2.2.3: unfolding takes the line ends out)."""
    found, line = [], 1
    for field in re.split(rb"\r?\n(?![ \t])", header):
        name, colon, value = field.partition(b":")
        if colon and _NAME.fullmatch(name):
            text = re.sub(rb"\r?\n", b"", value).decode("utf-8", "replace").strip(" \t")
            found.append(Field(name.decode().lower(), text, line))
        line += field.count(b"\n") + 1
    return tuple(found)


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


# What sending may splice into each message: no name beyond these, none of them twice.
PERSONAL = (
    "to",
    "message-id",
    "date",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "feedback-id",
    "dkim-signature",
)
_FIELD = re.compile(
    rb"([A-Za-z-]{1,40}):(?: [!-~\x80-\xff][^\x00-\x08\x0a-\x1f\x7f]*|(?=\r\n[ \t]))"
    rb"(?:\r\n[ \t]+[!-~\x80-\xff][^\x00-\x08\x0a-\x1f\x7f]*)*\r\n"
)
_KNOWN = frozenset(name.encode() for name in PERSONAL)
_SIGNATURE = b"dkim-signature"  # one of RSA, one of Ed25519


def check_personal(headers: bytes, recipient: str) -> str:
    """What is wrong with one message's spliced header lines; empty when nothing is.

    ``headers`` are whole lines, each ended in CRLF: To, and others of ``PERSONAL``. The quick
    form of the gate, for each message: a few microseconds. The answer names nobody.
    """
    if not headers.isascii() and (recipient.isascii() or not _is_utf8(headers)):
        return "an 8-bit character that the recipient's address does not need, or that is no UTF-8"
    address = recipient.encode("utf-8", "replace")
    at, end, seen = 0, len(headers), set()
    while at < end:
        found = _FIELD.match(headers, at)
        if found is None:
            return f"line {_line(headers, at)}, or what is folded below it, is no header field"
        name, field = found[1].lower(), found.group()
        if (name in seen and name != _SIGNATURE) or name not in _KNOWN:
            return f"{name.decode()} twice" if name in seen else f"{name.decode()} is not sending's"
        if problem := _field_problem(name, field, address):
            return problem
        seen.add(name)
        at = found.end()
    return "" if b"to" in seen else "no to"


def _field_problem(name: bytes, field: bytes, address: bytes) -> str:
    # Only a field that is longer than a line may be can hold such a line.
    if len(field) > MAX_LINE_BYTES and max(map(len, field.split(b"\r\n"))) > MAX_LINE_BYTES:
        return f"{name.decode()} has a line of more than {MAX_LINE_BYTES} bytes"
    if name == b"to" and not _is_to(field[3:], address):
        return "to is not the recipient, or not the recipient alone"
    return ""


def _is_to(value: bytes, address: bytes) -> bool:
    """``address`` or ``Name <address>``: no second mailbox beside it."""
    value = value.strip(b" \t\r\n")
    if value == address:
        return True
    tail = b"<" + address + b">"
    if not value.endswith(tail):
        return False
    name = value[: -len(tail)].strip(b" \t\r\n")
    return _TO_NAME.fullmatch(name) is not None


_TO_NAME = re.compile(rb'"(?:[^"\\]|\\.)*"|[^<>@,;:()\[\]\\"]*', re.DOTALL)
