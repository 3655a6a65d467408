"""One table of the file: its keys read and checked, its mistakes with their lines."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from feeds import text
from feeds.categories import CATEGORIES, category_of, nearest_category
from feeds.errors import Problem
from feeds.model import AUDIO_FORMATS, ENCODINGS, FEED_KINDS, THUMBNAILS, Author
from feeds.settings.toml import line_of
from feeds.settings.values import (
    BARE,
    MAILTO,
    NO_ZONE,
    UUID,
    base_url_problem,
    bytes_of,
    is_mailbox,
    nearest_zone,
    normal_base_url,
    seconds_of,
    shown,
)

MAX_PARALLEL = 8
Check = Callable[["Table", str, Any], Any]


class Table:
    """One table of the file: reads keys, notes mistakes with their lines."""

    def __init__(
        self, path: str, source: str, name: str, data: Mapping[str, Any], problems: list[Problem]
    ) -> None:
        self.path, self.source, self.name, self.data = path, source, name, data
        self.problems = problems

    def wrong(self, key: str, message: str, remedy: str = "") -> None:
        plain = text.shortened(text.visible(text.one_line(key)), 60) or '""'
        dotted = f"{self.name}.{plain}" if self.name else plain
        line = line_of(self.source, self.name, key)
        self.problems.append(Problem(self.path, line, dotted, message, remedy))

    def read(self, checks: Mapping[str, Check], required: tuple[str, ...] = ()) -> dict[str, Any]:
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
            self.wrong(key, f"{shown(value)} is not text", remedy)
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
            self.wrong(key, f"{shown(value)} is not a whole number", remedy)
            return None
        return value

    def number_or_0(self, key: str, value: Any) -> int | None:
        return self.number(key, value, 0)

    def seconds(self, key: str, value: Any) -> int | None:
        found = seconds_of(value) if isinstance(value, str) else None
        if found is None:
            self.wrong(key, f"{shown(value)} is not a duration", 'such as "90s", "45m", "3d"')
            return None
        return found

    def categories(self, key: str, value: Any) -> tuple[str, ...] | None:
        names = value if isinstance(value, list) else [value]
        for name in names:
            if category_of(name) is None:
                remedy = f"Apple's list has none like it: {', '.join(CATEGORIES)}"
                if isinstance(name, str) and (close := nearest_category(name)):
                    remedy = f"did you mean {close}?"
                self.wrong(key, f"{shown(name)} is no category of Apple's", remedy)
                return None
        if not names:
            self.wrong(key, "is empty", 'such as ["Technology"]')
            return None
        return tuple(str(name) for name in names)

    def uuid(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found and not UUID.fullmatch(found):
            self.wrong(key, f"{shown(found)} is not a UUID", "as the show had it elsewhere")
            return None
        return found.lower() if found else found

    def yes_or_no(self, key: str, value: Any) -> bool | None:
        if not isinstance(value, bool):
            self.wrong(key, f"{shown(value)} is not true or false", "unquoted, in small letters")
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
            self.wrong(key, f"{shown(value)} is not a size", 'such as "500M" or "2G"')
        return found

    def audio_format(self, key: str, value: Any) -> str | None:
        if value not in AUDIO_FORMATS:
            self.wrong(key, f"{shown(value)} is none of {', '.join(AUDIO_FORMATS)}", "choose one")
            return None
        return str(value)

    def uri(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found is not None and not text.is_uri(found):
            self.wrong(key, f"{shown(found)} is not a URI", "such as tag:example.org,2026:talks")
        return found

    def url(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found and not text.is_web_url(found):
            self.wrong(key, f"{shown(found)} is not a web address", "such as https://example.org/")
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
            message = f"{shown(found)} is no web address and no path below content/"
            self.wrong(key, message, "such as logo.png")
        return found.lstrip("/ ") if found else found

    def language(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found is not None and not text.is_language(found):
            self.wrong(key, f"{shown(found)} is not a language tag", "such as es-MX or en")
        return found

    def timezone(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found is None:
            return None
        try:
            known = not NO_ZONE.fullmatch(found) and ZoneInfo(found)
        except (ValueError, OSError, KeyError):  # what zoneinfo raises for names it cannot be
            known = False
        if not known:
            close = nearest_zone(found)
            remedy = f"did you mean {close}?" if close else "such as America/Mexico_City"
            self.wrong(key, f"{shown(found)} is not an IANA time zone", remedy)
            return None
        return found

    def mailbox(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found and not is_mailbox(found):
            self.wrong(
                key, f"{shown(found)} is not a mail address", "such as Talks <talks@example.org>"
            )
        return found

    def address(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found and not (BARE.fullmatch(found) and found.isascii() and len(found) <= 200):
            remedy = "such as bounces@lists.example.org, without a name"
            self.wrong(key, f"{shown(found)} is not a plain mail address", remedy)
        return found

    def feed_kinds(self, key: str, value: Any) -> tuple[str, ...] | None:
        names = value if isinstance(value, list) else [value]
        for name in names:
            if name not in FEED_KINDS:
                remedy = f'such as ["tag"]; [] for none of {", ".join(FEED_KINDS)}'
                self.wrong(key, f"{shown(name)} is nothing that feeds are made by", remedy)
                return None
        return tuple(kind for kind in FEED_KINDS if kind in names)

    def encodings(self, key: str, value: Any) -> tuple[str, ...] | None:
        names = value if isinstance(value, list) else [value]
        for name in names:
            if name not in ENCODINGS:
                remedy = f'such as ["gz"]; [] for none of {", ".join(ENCODINGS)}'
                self.wrong(key, f"{shown(name)} is no form that files are compressed in", remedy)
                return None
        return tuple(kind for kind in ENCODINGS if kind in names)

    def thumbnails(self, key: str, value: Any) -> str | None:
        if value not in THUMBNAILS:
            self.wrong(key, f"{shown(value)} is none of {', '.join(THUMBNAILS)}", "choose one")
            return None
        return str(value)

    def unsubscribe(self, key: str, value: Any) -> str | None:
        found = self.text(key, value)
        if found and not text.is_web_url(found) and not MAILTO.fullmatch(found):
            remedy = "such as mailto:talks@example.org?subject=unsubscribe"
            self.wrong(key, f"{shown(found)} is neither a web nor a mailto: address", remedy)
        return found

    def author(self, key: str, value: Any) -> Author | None:
        if isinstance(value, str):
            name = self.some_text(key, value)
            return Author(name) if name else None
        found = self.table(
            key,
            value,
            {"name": Table.some_text, "email": Table.mailbox, "uri": Table.url},
            ("name",),
        )
        return Author(**found) if found.get("name") else None

    def table(
        self, key: str, value: Any, checks: Mapping[str, Check], required: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.wrong(key, "must be a table", f"write [{key}] on a line of its own")
            return {}
        return Table(self.path, self.source, key, value, self.problems).read(checks, required)
