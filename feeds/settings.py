"""content/publication.toml → Publication: validated whole, every mistake at once."""

import re
import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo, available_timezones

from feeds import text
from feeds.categories import CATEGORIES, category_of, nearest_category
from feeds.errors import ContentError, Problem
from feeds.model import (
    AUDIO_FORMATS,
    FEED_KINDS,
    THUMBNAILS,
    AudioSettings,
    Author,
    FeedSettings,
    MailSettings,
    NewsletterSettings,
    PodcastSettings,
    Publication,
)

KEYS = (
    "title",
    "subtitle",
    "id",
    "base_url",
    "language",
    "timezone",
    "author",
    "license",
    "icon",
    "logo",
    "feed",
    "podcast",
    "newsletter",
    "mail",
    "audio",
)
# RFC 5322 §3.4 as people write it. Not the standard library's parser: Python 3.11's passes
# "a@b.org, c@d.org" and raises IndexError for "<". A full stop in a name needs no quotes here.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
_ADDRESS = rf"{_ATOM}(?:\.{_ATOM})*@(?:localhost|{_LABEL}(?:\.{_LABEL})+)"
_NAME = r"""(?:"(?:[^"\\]|\\.)*"\s?|[^"<>@,;:()\[\]\\]+)"""
_MAILBOX = re.compile(rf"{_ADDRESS}|{_NAME}?<{_ADDRESS}>")
_BARE = re.compile(_ADDRESS)
_DURATION = re.compile(r"([0-9]{1,6}) ?(s|m|h|d)")
_UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_MAX_DURATION_S = 366 * 86_400
MAX_PARALLEL = 8
_SIZE = re.compile(r"([0-9]{1,6}) ?(M|G|T)")
_UNITS_BYTES = {"M": 10**6, "G": 10**9, "T": 10**12}
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MAILTO = re.compile(r"mailto:[^\s@?<>\"]+@[^\s@?<>\"]+(?:\?[^\s<>\"]*)?")
# What tomllib says → what a person needs to hear; empty: tomllib's words.
_TOML = (
    (r"Illegal character '\\n'", "the quotation mark is not closed in its line", "close it"),
    ("Unescaped|hex value", "a backslash begins an escape", "write two, or use single quotes"),
    ("overwrite|twice|already|immutable", "", "keep one of them"),
)
# Names that zoneinfo opens on some machines, or with leap seconds: no zones of IANA.
_NO_ZONE = re.compile(r"(?:localtime|posixrules|Factory|posix/.*|right/.*)")
_Check = Callable[["_Table", str, Any], Any]


class _Table:
    """One table of the file: reads keys, notes mistakes with their lines."""

    def __init__(
        self, path: str, source: str, name: str, data: Mapping[str, Any], problems: list[Problem]
    ) -> None:
        self.path, self.source, self.name, self.data = path, source, name, data
        self.problems = problems

    def wrong(self, key: str, message: str, remedy: str = "") -> None:
        shown = text.shortened(text.visible(text.one_line(key)), 60) or '""'
        dotted = f"{self.name}.{shown}" if self.name else shown
        line = _line_of(self.source, self.name, key)
        self.problems.append(Problem(self.path, line, dotted, message, remedy))

    def read(self, checks: Mapping[str, _Check], required: tuple[str, ...] = ()) -> dict[str, Any]:
        """Every known key's checked value; unknown and missing keys are mistakes."""
        found = {}
        meant: set[str] = set()
        for key, value in self.data.items():
            if key in checks:
                found[key] = checks[key](self, key, value)
                continue
            close = get_close_matches(key.lower(), checks, n=1, cutoff=0.6)
            meant.update(close)
            known = f"known keys: {', '.join(checks)}"
            self.wrong(key, "is not a key", f"did you mean {close[0]}?" if close else known)
        for key in required:
            if key not in self.data and key not in meant:
                self.wrong(key, "is missing", f'add a line {key} = "…"')
        return {key: value for key, value in found.items() if value is not None}

    def text(self, key: str, value: Any) -> str | None:
        if not isinstance(value, str):
            remedy = "write text" if isinstance(value, list | dict) else "put it in quotes"
            self.wrong(key, f"{_shown(value)} is not text", remedy)
            return None
        if bad := text.forbidden_in_xml(value):
            self.wrong(key, f"holds the control character U+{ord(bad):04X}", "remove it")
            return None
        return text.one_line(value)

    def some_text(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found == "":
            self.wrong(key, "is empty", "write what people should see")
        return found

    def number(self, key: str, value: Any, least: int = 1) -> int | None:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= 10_000:
            remedy = f"from {least} to 10000, unquoted"
            self.wrong(key, f"{_shown(value)} is not a whole number", remedy)
            return None
        return value

    def number_or_0(self, key: str, value: Any) -> int | None:
        return self.number(key, value, 0)

    def seconds(self, key: str, value: Any) -> int | None:
        found = seconds_of(value) if isinstance(value, str) else None
        if found is None:
            self.wrong(key, f"{_shown(value)} is not a duration", 'such as "90s", "45m", "3d"')
            return None
        return found

    def categories(self, key: str, value: Any) -> tuple[str, ...] | None:
        names = value if isinstance(value, list) else [value]
        for name in names:
            if category_of(name) is None:
                remedy = f"Apple's list has none like it: {', '.join(CATEGORIES)}"
                if isinstance(name, str) and (close := nearest_category(name)):
                    remedy = f"did you mean {close}?"
                self.wrong(key, f"{_shown(name)} is no category of Apple's", remedy)
                return None
        if not names:
            self.wrong(key, "is empty", 'such as ["Technology"]')
            return None
        return tuple(str(name) for name in names)

    def uuid(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found and not _UUID.fullmatch(found):
            self.wrong(key, f"{_shown(found)} is not a UUID", "as the show had it elsewhere")
            return None
        return found.lower() if found else found

    def yes_or_no(self, key: str, value: Any) -> bool | None:
        if not isinstance(value, bool):
            self.wrong(key, f"{_shown(value)} is not true or false", "unquoted, in small letters")
            return None
        return value

    def parallel(self, key: str, value: Any) -> int | None:
        found = self.number(key, value)
        if found is not None and found > MAX_PARALLEL:
            self.wrong(key, f"{found} is more than {MAX_PARALLEL}", "YouTube would call it abuse")
        return found

    def size(self, key: str, value: Any) -> int | None:
        found = bytes_of(value) if isinstance(value, str) else None
        if found is None:
            self.wrong(key, f"{_shown(value)} is not a size", 'such as "500M" or "2G"')
        return found

    def audio_format(self, key: str, value: Any) -> str | None:
        if value not in AUDIO_FORMATS:
            self.wrong(key, f"{_shown(value)} is none of {', '.join(AUDIO_FORMATS)}", "choose one")
            return None
        return str(value)

    def uri(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found is not None and not text.is_uri(found):
            self.wrong(key, f"{_shown(found)} is not a URI", "such as tag:example.org,2026:talks")
        return found

    def url(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found and not text.is_web_url(found):
            self.wrong(key, f"{_shown(found)} is not a web address", "such as https://example.org/")
        return found

    def base_url(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found is None:
            return None
        reason = base_url_problem(found)
        if reason:
            self.wrong(key, reason, "such as https://talks.example.org/")
        return normal_base_url(found)

    def path_or_url(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        strange = found and (
            ":" in found or "\\" in found or found.startswith("//") or ".." in found.split("/")
        )
        if found and strange and not text.is_web_url(found):
            message = f"{_shown(found)} is no web address and no path below content/"
            self.wrong(key, message, "such as logo.png")
        return found.lstrip("/ ") if found else found

    def language(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found is not None and not text.is_language(found):
            self.wrong(key, f"{_shown(found)} is not a language tag", "such as es-MX or en")
        return found

    def timezone(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found is None:
            return None
        try:
            known = not _NO_ZONE.fullmatch(found) and ZoneInfo(found)
        except (ValueError, OSError, KeyError):  # what zoneinfo raises for names it cannot be
            known = False
        if not known:
            close = _nearest_zone(found)
            remedy = f"did you mean {close}?" if close else "such as America/Mexico_City"
            self.wrong(key, f"{_shown(found)} is not an IANA time zone", remedy)
            return None
        return found

    def mailbox(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found and not is_mailbox(found):
            self.wrong(
                key, f"{_shown(found)} is not a mail address", "such as Talks <talks@example.org>"
            )
        return found

    def address(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found and not (_BARE.fullmatch(found) and found.isascii() and len(found) <= 200):
            remedy = "such as bounces@lists.example.org, without a name"
            self.wrong(key, f"{_shown(found)} is not a plain mail address", remedy)
        return found

    def feed_kinds(self, key: str, value: Any) -> tuple[str, ...] | None:
        names = value if isinstance(value, list) else [value]
        for name in names:
            if name not in FEED_KINDS:
                remedy = f'such as ["tag"]; [] for none of {", ".join(FEED_KINDS)}'
                self.wrong(key, f"{_shown(name)} is nothing that feeds are made by", remedy)
                return None
        return tuple(kind for kind in FEED_KINDS if kind in names)

    def thumbnails(self, key: str, value: Any) -> str | None:
        if value not in THUMBNAILS:
            self.wrong(key, f"{_shown(value)} is none of {', '.join(THUMBNAILS)}", "choose one")
            return None
        return str(value)

    def unsubscribe(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found and not text.is_web_url(found) and not _MAILTO.fullmatch(found):
            remedy = "such as mailto:talks@example.org?subject=unsubscribe"
            self.wrong(key, f"{_shown(found)} is neither a web nor a mailto: address", remedy)
        return found

    def author(self, key: str, value: Any) -> Author | None:
        if isinstance(value, str):
            name = self.some_text(key, value)
            return Author(name) if name else None
        found = self.table(
            key,
            value,
            {"name": _Table.some_text, "email": _Table.mailbox, "uri": _Table.url},
            ("name",),
        )
        return Author(**found) if found.get("name") else None

    def table(
        self, key: str, value: Any, checks: Mapping[str, _Check], required: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.wrong(key, "must be a table", f"write [{key}] on a line of its own")
            return {}
        return _Table(self.path, self.source, key, value, self.problems).read(checks, required)


_FEED: dict[str, _Check] = {
    "entries": _Table.number,
    "by": _Table.feed_kinds,
    "hub": _Table.url,
}
_NEWSLETTER: dict[str, _Check] = {
    "title": _Table.text,
    "reason": _Table.text,
    "thumbnails": _Table.thumbnails,
}
_MAIL: dict[str, _Check] = {
    "sender": _Table.mailbox,
    "reply_to": _Table.mailbox,
    "unsubscribe": _Table.unsubscribe,
    "postal_address": _Table.text,
    "return_path": _Table.address,
    "web_url": _Table.base_url,
    "connections": _Table.number,
    "messages_per_connection": _Table.number,
    "rate": _Table.number_or_0,
    "max_lateness": _Table.seconds,
    "retry_after": _Table.seconds,
    "retry_for": _Table.seconds,
    "max_bounces": _Table.number,
}
_AUDIO: dict[str, _Check] = {
    "download": _Table.yes_or_no,
    "format": _Table.audio_format,
    "loudness": _Table.yes_or_no,
    "parallel": _Table.parallel,
    "pause": _Table.seconds,
    "min_free": _Table.size,
}
_PODCAST: dict[str, _Check] = {
    "private": _Table.yes_or_no,
    "title": _Table.text,
    "description": _Table.text,
    "author": _Table.text,
    "email": _Table.address,
    "categories": _Table.categories,
    "explicit": _Table.yes_or_no,
    "image": _Table.path_or_url,
    "guid": _Table.uuid,
    "locked": _Table.yes_or_no,
    "txt": _Table.text,
}
# Settings say what a person writes, the model in which unit it is.
_IN_SECONDS = ("max_lateness", "retry_after", "retry_for")
_PUBLICATION: dict[str, _Check] = {
    "title": _Table.some_text,
    "subtitle": _Table.text,
    "id": _Table.uri,
    "base_url": _Table.base_url,
    "language": _Table.language,
    "timezone": _Table.timezone,
    "author": _Table.author,
    "license": _Table.text,
    "icon": _Table.path_or_url,
    "logo": _Table.path_or_url,
    "feed": lambda table, key, value: FeedSettings(**table.table(key, value, _FEED)),
    "podcast": lambda table, key, value: PodcastSettings(**table.table(key, value, _PODCAST)),
    "newsletter": lambda table, key, value: NewsletterSettings(
        **table.table(key, value, _NEWSLETTER)
    ),
    "mail": lambda table, key, value: _mail(table.table(key, value, _MAIL)),
    "audio": lambda table, key, value: _audio(table.table(key, value, _AUDIO)),
}


def _mail(found: dict[str, Any]) -> MailSettings:
    named = {f"{key}_s" if key in _IN_SECONDS else key: value for key, value in found.items()}
    return MailSettings(**named)


def _audio(found: dict[str, Any]) -> AudioSettings:
    units = {"pause": "pause_s", "min_free": "min_free_bytes"}
    return AudioSettings(**{units.get(key, key): value for key, value in found.items()})


def seconds_of(value: str) -> int | None:
    """``90s``, ``45m``, ``4h``, ``3d`` → seconds, at most 366 days; None for another form."""
    form = _DURATION.fullmatch(value)
    found = int(form[1]) * _UNITS_S[form[2]] if form else None
    return found if found is not None and found <= _MAX_DURATION_S else None


def bytes_of(value: str) -> int | None:
    """``500M``, ``2G``, ``1T`` (powers of 1,000) → bytes; None for another form."""
    form = _SIZE.fullmatch(value)
    return int(form[1]) * _UNITS_BYTES[form[2]] if form else None


def parse(data: bytes, path: str) -> Publication:
    """The file's bytes (UTF-8 TOML) → Publication; ContentError with all its problems."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ContentError([Problem(path, 1, "", "is UTF-16, not UTF-8", "save it as UTF-8")])
    try:
        source = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        message = f"byte 0x{data[error.start]:02X} is not UTF-8"
        raise ContentError([Problem(path, line, "", message, "save the file as UTF-8")]) from None
    try:
        tables = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise ContentError([_toml_problem(path, source, str(error))]) from None
    except ValueError:  # Python's limit on the digits of a number, CVE-2020-10735
        raise ContentError(
            [Problem(path, 0, "", "holds a number beyond reason", "write a smaller one")]
        ) from None
    except RecursionError:
        problem = Problem(path, 0, "", "is nested too deep", "settings have two levels at most")
        raise ContentError([problem]) from None
    problems: list[Problem] = []
    table = _Table(path, source, "", tables, problems)
    found = table.read(_PUBLICATION, ("title", "id", "base_url"))
    if problems:
        raise ContentError(problems)
    return Publication(**found)


def base_url_problem(url: str) -> str:
    """Why ``url`` cannot be the base of a publication; empty when it can."""
    if not re.match(r"https?://", url):
        return f"{_shown(url)} does not begin with https:// or http://"
    if "@" in url.split("/")[2]:
        return "holds a user or a password, and everybody reads it"
    if not text.is_web_url(url) or "?" in url or "#" in url:
        return f"{_shown(url)} is not a plain web address"
    plain = unquote(url)
    if "{" in plain or "}" in plain:
        return f"{_shown(url)} holds a brace"
    if {".", ".."} & set(plain.split("/")):
        return f"{_shown(url)} holds . or .. in its path"
    return ""


def normal_base_url(url: str) -> str:
    """``url`` as a URI that ends in exactly one slash, so that paths can be joined to it."""
    return text.ascii_url(url.rstrip("/") + "/") if text.is_web_url(url) else url


def is_mailbox(value: str) -> bool:
    """Whether ``value`` is one RFC 5322 §3.4 mailbox, with or without a display name."""
    return _MAILBOX.fullmatch(value) is not None


def _nearest_zone(name: str) -> str:
    """The zone that looks or whose city looks most like ``name``; empty when none does."""
    zones = sorted(zone for zone in available_timezones() if not _NO_ZONE.fullmatch(zone))
    cities = {zone.rpartition("/")[2].lower(): zone for zone in reversed(zones)}
    known = cities | {zone.lower(): zone for zone in zones}
    close = get_close_matches(name.lower().replace(" ", "_"), known, n=1, cutoff=0.7)
    return known[close[0]] if close else ""


def _toml_problem(path: str, source: str, message: str) -> Problem:
    at = re.search(r" \(at line (\d+), column \d+\)$", message)
    line = int(at[1]) if at else max(1, source.rstrip("\n").count("\n") + 1)
    what = re.sub(r" \(at .*\)$", "", message)
    lines = source.split("\n")
    key = re.match(r"\s*([\w-]+)\s*=", lines[line - 1]) if line <= len(lines) else None
    for pattern, cause, remedy in _TOML:
        if re.search(pattern, what):
            return Problem(
                path, line, key[1] if key else "", cause or f"is not TOML: {what}", remedy
            )
    remedy = "text stands in quotes, dates and numbers do not"
    return Problem(path, line, key[1] if key else "", f"is not TOML: {what}", remedy)


def _line_of(source: str, table: str, key: str) -> int:
    """The line where ``key`` is set in ``[table]``; else the table's line; else 1."""
    here, table_line = "", 0
    wanted = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*[=.]""")
    outside = re.compile(rf"""\s*["']?{re.escape(table)}["']?\s*([=.])\s*(.*)""")
    for number, line in enumerate(source.split("\n"), 1):
        if header := re.match(r"\s*\[+\s*([\w.\"'-]+)\s*\]", line):
            here = header[1].strip("\"'")
            if here == f"{table}.{key}":
                return number
            if here == (table or key):
                table_line = number
        elif here == table and wanted.match(line):
            return number
        elif table and not here and (found := outside.match(line)):
            # author = {…}, or author.name = …
            table_line = table_line or number
            if found[1] == "." and wanted.match(found[2]):
                return number
    return table_line or 1


def _shown(value: Any) -> str:
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
