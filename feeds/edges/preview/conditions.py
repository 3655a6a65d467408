"""What a request's conditions and ranges come to (RFC 9110 §13 and §14), for GET and HEAD.

Starlette's FileResponse answers 400 for units that it does not know, ranges to HEAD, and 416
where one of several ranges can be had; so this is ours.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# More of them in one request are nobody's player (RFC 9110 §17.15).
_MOST_RANGES = 16
_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_RANGE = re.compile(r"([0-9]{0,18})-([0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Validators:
    """What says whether two representations are one: a strong entity tag, quoted, and when it
    was changed, in whole seconds, UTC; None where nobody knows."""

    etag: str
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """200, 206, 304, 412 or 416. ``ranges`` are half-open, in bytes, for 206 alone."""

    status: int
    ranges: tuple[tuple[int, int], ...] = ()


def verdict(
    method: str, headers: Mapping[str, str], validators: Validators, size_bytes: int
) -> Verdict:
    """How to answer; ``headers`` have names in lower case. In the order of RFC 9110 §13.2.2."""
    etag, modified = validators.etag, validators.modified
    if (wanted := headers.get("if-match")) is not None:
        refused = not _matches(wanted, etag, weakly=False)
    else:
        since = _moment(headers.get("if-unmodified-since"))
        refused = since is not None and modified is not None and modified > since
    if refused:
        return Verdict(412)
    if (known := headers.get("if-none-match")) is not None:
        same = _matches(known, etag, weakly=True)
    else:
        since = _moment(headers.get("if-modified-since"))
        same = since is not None and modified is not None and modified <= since
    if same:
        return Verdict(304)
    # Ranges are defined for GET alone (§14.2).
    if method != "GET" or "range" not in headers or not _if_range(headers, validators):
        return Verdict(200)
    return _ranged(headers["range"], size_bytes)


def _matches(field: str, etag: str, *, weakly: bool) -> bool:
    if field.strip() == "*":
        return True
    return any(found[2] == etag and (weakly or not found[1]) for found in _TAG.finditer(field))


def _moment(field: str | None) -> datetime | None:
    """An HTTP-date; None when it is none, which is to be ignored (§13.1.3)."""
    if not field:
        return None
    try:
        found = parsedate_to_datetime(field)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _if_range(headers: Mapping[str, str], validators: Validators) -> bool:
    """Whether If-Range lets the range through: only what is exactly the same (§13.1.5)."""
    wanted = headers.get("if-range")
    if wanted is None:
        return True
    if found := _TAG.fullmatch(wanted.strip()):
        return not found[1] and found[2] == validators.etag
    return validators.modified is not None and _moment(wanted) == validators.modified


def _ranged(field: str, size_bytes: int) -> Verdict:
    """A unit or a set that is not understood is ignored (§14.2)."""
    unit, _, listed = field.partition("=")
    specs = [spec.strip() for spec in listed.split(",") if spec.strip()]
    if unit.strip().lower() != "bytes" or not 0 < len(specs) <= _MOST_RANGES:
        return Verdict(200)
    spans = [_span(spec, size_bytes) for spec in specs]
    if None in spans:
        return Verdict(200)
    found = tuple((start, end) for start, end in filter(None, spans) if start < end)
    if not found:
        return Verdict(416)
    if sum(end - start for start, end in found) > size_bytes:
        return Verdict(200)  # overlapping: the whole is less
    return Verdict(206, found)


def _span(spec: str, size_bytes: int) -> tuple[int, int] | None:
    """Half-open, and empty for what is beyond the end; None when it is no range (§14.1.1)."""
    parts = _RANGE.fullmatch(spec)
    if parts is None or spec == "-":
        return None
    first, last = parts[1], parts[2]
    if not first:
        return max(size_bytes - int(last), 0), size_bytes
    if not last:
        return int(first), size_bytes
    if int(last) < int(first):
        return None
    return int(first), min(int(last) + 1, size_bytes)
