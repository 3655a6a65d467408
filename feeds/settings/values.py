"""The forms of single values: durations, sizes, addresses, time zones."""

import re
from difflib import get_close_matches
from typing import Any
from urllib.parse import unquote
from zoneinfo import available_timezones

from feeds import text
from feeds.patterns import pattern

# RFC 5322 §3.4 as people write it. Not the standard library's parser: Python 3.11's passes
# "a@b.org, c@d.org" and raises IndexError for "<". A full stop in a name needs no quotes here.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
_ADDRESS = rf"{_ATOM}(?:\.{_ATOM})*@(?:localhost|{_LABEL}(?:\.{_LABEL})+)"
_NAME = r"""(?:"(?:[^"\\]|\\.)*"\s?|[^"<>@,;:()\[\]\\]+)"""
_MAILBOX = pattern(rf"{_ADDRESS}|{_NAME}?<{_ADDRESS}>")
BARE = pattern(_ADDRESS)
_DURATION = pattern(r"([0-9]{1,6}) ?(s|m|h|d)")
_UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_MAX_DURATION_S = 366 * 86_400
_SIZE = pattern(r"([0-9]{1,6}) ?(M|G|T)")
_UNITS_BYTES = {"M": 10**6, "G": 10**9, "T": 10**12}
UUID = pattern(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MAILTO = pattern(r"mailto:[^\s@?<>\"]+@[^\s@?<>\"]+(?:\?[^\s<>\"]*)?")
# Names that zoneinfo opens on some machines, or with leap seconds: no zones of IANA.
NO_ZONE = pattern(r"(?:localtime|posixrules|Factory|posix/.*|right/.*)")


def seconds_of(value: str) -> int | None:
    """``90s``, ``45m``, ``4h``, ``3d`` → seconds, at most 366 days; None for another form."""
    form = _DURATION.fullmatch(value)
    found = int(form[1]) * _UNITS_S[form[2]] if form else None
    return found if found is not None and found <= _MAX_DURATION_S else None


def bytes_of(value: str) -> int | None:
    """``500M``, ``2G``, ``1T`` (powers of 1,000) → bytes; None for another form."""
    form = _SIZE.fullmatch(value)
    return int(form[1]) * _UNITS_BYTES[form[2]] if form else None


def base_url_problem(url: str) -> str:
    """Why ``url`` cannot be the base of a publication; empty when it can."""
    if not re.match(r"https?://", url):
        return f"{shown(url)} does not begin with https:// or http://"
    if "@" in url.split("/")[2]:
        return "holds a user or a password, and everybody reads it"
    if not text.is_web_url(url) or "?" in url or "#" in url:
        return f"{shown(url)} is not a plain web address"
    plain = unquote(url)
    if "{" in plain or "}" in plain:
        return f"{shown(url)} holds a brace"
    if {".", ".."} & set(plain.split("/")):
        return f"{shown(url)} holds . or .. in its path"
    return ""


def normal_base_url(url: str) -> str:
    """``url`` as a URI that ends in exactly one slash, so that paths can be joined to it."""
    return text.ascii_url(url.rstrip("/") + "/") if text.is_web_url(url) else url


def is_mailbox(value: str) -> bool:
    """Whether ``value`` is one RFC 5322 §3.4 mailbox, with or without a display name."""
    return _MAILBOX.fullmatch(value) is not None


def nearest_zone(name: str) -> str:
    """The zone that looks or whose city looks most like ``name``; empty when none does."""
    zones = sorted(zone for zone in available_timezones() if not NO_ZONE.fullmatch(zone))
    cities = {zone.rpartition("/")[2].lower(): zone for zone in reversed(zones)}
    known = cities | {zone.lower(): zone for zone in zones}
    close = get_close_matches(name.lower().replace(" ", "_"), known, n=1, cutoff=0.7)
    return known[close[0]] if close else ""


def shown(value: Any) -> str:
    """A value as a message shows it: short, and as TOML writes it."""
    if isinstance(value, str):
        return repr(text.shortened(value, 80))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) >= 10**18:
        return "a huge number"
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a table"
    return str(value)
