"""content/publication.toml → Publication: validated whole, every mistake at once."""

import re
import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from feeds import text
from feeds.errors import ContentError, Problem
from feeds.model import (
    THUMBNAILS,
    Author,
    FeedSettings,
    MailSettings,
    NewsletterSettings,
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
# [podcast] and [audio] belong to the audio job; a build has nothing to read in them.
_UNREAD = ("podcast", "audio")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_Check = Callable[["_Table", str, Any], Any]


class _Table:
    """One table of the file: reads keys, notes mistakes with their lines."""

    def __init__(
        self, path: str, source: str, name: str, data: Mapping[str, Any], problems: list[Problem]
    ) -> None:
        self.path, self.source, self.name, self.data = path, source, name, data
        self.problems = problems

    def wrong(self, key: str, message: str, remedy: str = "") -> None:
        dotted = f"{self.name}.{key}" if self.name else key
        line = _line_of(self.source, self.name, key)
        self.problems.append(Problem(self.path, line, dotted, message, remedy))

    def read(self, checks: Mapping[str, _Check], required: tuple[str, ...] = ()) -> dict[str, Any]:
        """Every known key's checked value; unknown and missing keys are mistakes."""
        for key in required:
            if key not in self.data:
                self.wrong(key, "is missing", f'add a line {key} = "…"')
        found = {}
        for key, value in self.data.items():
            if key not in checks:
                close = get_close_matches(key, checks, n=1, cutoff=0.5)
                known = f"known keys: {', '.join(checks)}"
                self.wrong(key, "is not a key", f"did you mean {close[0]}?" if close else known)
            else:
                found[key] = checks[key](self, key, value)
        return {key: value for key, value in found.items() if value is not None}

    def text(self, key: str, value: Any) -> str | None:
        if not isinstance(value, str):
            self.wrong(key, f"{value!r} is not text", "put it in quotes")
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

    def number(self, key: str, value: Any) -> int | None:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 10_000:
            self.wrong(key, f"{value!r} is not a whole number from 1 to 10000")
            return None
        return value

    def uri(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found is not None and not _URI.fullmatch(found):
            self.wrong(key, f"{found!r} is not a URI", "such as tag:example.org,2026:talks")
        return found

    def url(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found and not text.is_web_url(found):
            self.wrong(key, f"{found!r} is not a web address", "such as https://example.org/")
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
        if found and not text.is_web_url(found) and (":" in found or ".." in found.split("/")):
            self.wrong(key, f"{found!r} is no web address and no path below content/")
        return found.lstrip("/") if found else found

    def language(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found is not None and not text.is_language(found):
            self.wrong(key, f"{found!r} is not a language tag (BCP 47)", "such as es-MX, en")
        return found

    def timezone(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found is None:
            return None
        try:
            ZoneInfo(found)
        except (ValueError, OSError, KeyError):  # what zoneinfo raises for names it cannot be
            close = get_close_matches(found, sorted(available_timezones()), n=1, cutoff=0.5)
            remedy = f"did you mean {close[0]}?" if close else "such as America/Mexico_City"
            self.wrong(key, f"{found!r} is not an IANA time zone", remedy)
            return None
        return found

    def mailbox(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found and not is_mailbox(found):
            self.wrong(key, f"{found!r} is not a mail address", "such as Talks <talks@example.org>")
        return found

    def thumbnails(self, key: str, value: Any) -> str | None:
        if value not in THUMBNAILS:
            self.wrong(key, f"{value!r} is none of {', '.join(THUMBNAILS)}")
            return None
        return str(value)

    def unsubscribe(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found and not text.is_web_url(found) and not found.startswith("mailto:"):
            self.wrong(key, f"{found!r} is neither https:// nor mailto:")
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


_FEED: dict[str, _Check] = {"entries": _Table.number}
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
}
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
    "podcast": lambda _table, _key, _value: None,
    "newsletter": lambda table, key, value: NewsletterSettings(
        **table.table(key, value, _NEWSLETTER)
    ),
    "mail": lambda table, key, value: MailSettings(**table.table(key, value, _MAIL)),
    "audio": lambda _table, _key, _value: None,
}


def parse(data: bytes, path: str) -> Publication:
    """The file's bytes (UTF-8 TOML) → Publication; ContentError with all its problems."""
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
        return f"{url!r} does not begin with https:// (or http://)"
    if not text.is_web_url(url) or "?" in url or "#" in url:
        return f"{url!r} is not a plain web address"
    return ""


def normal_base_url(url: str) -> str:
    """``url`` as a URI that ends in exactly one slash, so that paths can be joined to it."""
    return text.ascii_url(url.rstrip("/") + "/") if text.is_web_url(url) else url


def is_mailbox(value: str) -> bool:
    """Whether ``value`` is one RFC 5322 §3.4 mailbox, with or without a display name."""
    name, address = parseaddr(value)
    try:
        parsed = Address(name, addr_spec=address)
    except (ValueError, IndexError):  # IndexError: headerregistry on some malformed domains
        return False
    return bool(parsed.username and "." in parsed.domain.strip(".")) or (
        bool(parsed.username) and parsed.domain == "localhost"
    )


def _toml_problem(path: str, source: str, message: str) -> Problem:
    at = re.search(r" \(at line (\d+), column \d+\)$", message)
    line = int(at[1]) if at else max(1, source.rstrip("\n").count("\n") + 1)
    what = re.sub(r" \(at .*\)$", "", message)
    lines = source.split("\n")
    key = re.match(r"\s*([\w-]+)\s*=", lines[line - 1]) if line <= len(lines) else None
    remedy = "text stands in quotes, dates and numbers do not"
    return Problem(path, line, key[1] if key else "", f"is not TOML: {what}", remedy)


def _line_of(source: str, table: str, key: str) -> int:
    """The line where ``key`` is set in ``[table]``; else the table's line; else 1."""
    here, table_line = "", 0
    wanted = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*[=.]""")
    inline = re.compile(rf"""\s*["']?{re.escape(table)}["']?\s*=""") if table else None
    for number, line in enumerate(source.split("\n"), 1):
        header = re.match(r"\s*\[+\s*([\w.\"'-]+)\s*\]", line)
        if header:
            here = header[1].strip("\"'")
            if here == (table or key):
                table_line = number
        elif here == table and wanted.match(line):
            return number
        elif inline and not here and inline.match(line):
            table_line = number
    return table_line or 1
