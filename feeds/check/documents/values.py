"""Values by their types: each kind says what it wants, and whether a text is one.

A ``Kind``'s name is the second half of a rule's id: a bad ``date`` in RSS breaks ``rss-date``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from ipaddress import IPv6Address
from urllib.parse import unquote

from feeds.check.documents.codes import GRANDFATHERED, LANGUAGES, REGIONS
from feeds.patterns import pattern

# RFC 5646 §2.1; of primary subtags only those of two and three letters are in use.
_LANGUAGE = pattern(
    r"(?:(?P<primary>[a-z]{2,3})(?:-[a-z]{3}){0,3}(?:-[a-z]{4})?"
    r"(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)"
    r"(?P<extensions>(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*)"
    r"(?:-x(?:-[a-z0-9]{1,8})+)?|x(?:-[a-z0-9]{1,8})+)",
    re.IGNORECASE | re.ASCII,
)
# Most addresses are so plain that the whole grammar need not be asked.
_PLAIN = pattern(
    r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?:/[A-Za-z0-9._~!$&'()*+,;=:@/?-]*)?"
    r"|tag:[A-Za-z0-9._@-]+,[0-9-]+:[A-Za-z0-9._~!$&'()*+,;=:@/?-]*"
)
_SCHEME = pattern(r"[A-Za-z][A-Za-z0-9+.-]*(?=:)")
_AUTHORITY = pattern(r"(?:[^@]*@)?(?P<host>\[[^\[\]@]+\]|[^\[\]:@]*)(?::(?P<port>[0-9]*))?")
_LATER = pattern(r"\[[vV][0-9A-Fa-f]+\.[A-Za-z0-9._~!$&'()*+,;=:-]+\]")
_WITH_HOST = {"http", "https", "ftp", "ws", "wss", "rtsp", "rtmp"}
_RFC3339 = pattern(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?"
    r"(?:Z|[+-]([0-9]{2}):([0-9]{2}))"
)
_W3CDTF = pattern(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?"
    r"(?:Z|[+-]([0-9]{2}):([0-9]{2})))?)?)?"
)
_LOCAL = pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_RFC822 = pattern(
    r"(?:(?P<weekday>mon|tue|wed|thu|fri|sat|sun)\s*,\s*)?(?P<day>[0-9]{1,2})\s+"
    r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\s+(?P<year>[0-9]{4}|[0-9]{2})\s+"
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?\s+"
    r"(?P<zone>ut|gmt|[ecmp][sd]t|[a-ik-z]|[+-][0-9]{4})(?:\s*\([^()]*\))?",
    re.IGNORECASE | re.ASCII,
)
_WORD = r"[A-Za-z0-9!#$&^_.+-]+"
_MEDIA_TYPE = pattern(
    rf'(?P<type>{_WORD})/(?P<subtype>{_WORD})(?:\s*;\s*{_WORD}=(?:{_WORD}|"[^"\\]*"))*\s*;?'
)
_EMAIL = pattern(
    r"(?:[^\s@<>()\[\]\\,;:\"]+|\"[^\"\\]*\")@(?:[^\s@<>()\[\],;:\"/.]+(?:\.[^\s@<>()\[\],;:\"/.]+)+"
    r"|localhost|\[[0-9A-Fa-f:.]+\])"
)
_RSS_PERSON = pattern(rf"{_EMAIL.pattern}\s*\([^\n]*\)")
_HAS_EMAIL = pattern(rf"(?:^|[\s<(:]){_EMAIL.pattern}(?:$|[\s>),?])")
_MAILTO = pattern(r"\s*mailto:", re.IGNORECASE)
_DURATION = pattern(r"[0-9]+(?:(?::[0-5]?[0-9])?:[0-5][0-9])?")
# RFC 2326 §3.6; Media RSS itself writes 00:15 too.
_NPT = pattern(r"[0-9]+(?:\.[0-9]*)?|[0-9]+:(?:[0-5]?[0-9]:)?[0-5]?[0-9](?:\.[0-9]*)?|now")
_UUID = pattern(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_DECIMAL = pattern(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_COMMENT = pattern(r"\([^()]*\)")
_SPACE = pattern(r"\s")


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of value. ``strict``: white space around it belongs to it, and is wrong."""

    name: str
    wanted: str
    test: Callable[[str], bool]
    strict: bool = False


def is_date(year: str, month: str, day: str) -> bool:
    """Whether the calendar has this day (proleptic Gregorian; the year 0000 too)."""
    try:
        # 0000 is a leap year, as 2000 is.
        date(int(year) or 2000, int(month), int(day))
    except ValueError:
        return False
    return True


@lru_cache(maxsize=64)  # An entry's moment is asked for more than once.
def is_rfc3339(text: str) -> bool:
    """RFC 3339 §5.6 in capitals, as RFC 4287 §3.3 wants it."""
    found = _RFC3339.fullmatch(text)
    return (
        found is not None
        and found[4] < "24"
        and found[5] < "60"
        and (found[7] is None or (found[7] < "24" and found[8] < "60"))
        and is_date(found[1], found[2], found[3])
        and (found[6] < "60" or (found[6] == "60" and _is_leap(text)))
    )


def _is_leap(text: str) -> bool:
    """RFC 3339 §5.7: a minute has a second more only at the end of a month, in UTC."""
    zone = "+00:00" if text.endswith("Z") else text[-6:]
    try:
        before = datetime.fromisoformat(text[:17] + "59" + zone).astimezone(UTC)
        return before.hour == 23 and before.minute == 59 and (before + timedelta(days=1)).day == 1
    except (ValueError, OverflowError):
        return False


def is_w3cdtf(text: str) -> bool:
    """W3C's profile of ISO 8601, from a year to a fraction of a second."""
    found = _W3CDTF.fullmatch(text)
    return (
        found is not None
        and is_date(found[1], found[2] or "1", found[3] or "1")
        and (found[4] or "0") < "24"
        and (found[5] or "0") < "60"
        and (found[6] or "0") < "60"
        and (found[7] or "0") < "24"
        and (found[8] or "0") < "60"
    )


@lru_cache(maxsize=64)  # A date is asked for twice: whether it is one, and how it is written.
def rfc822_problem(text: str) -> tuple[str, str]:
    """What is wrong with a date of RSS, and how much: ``bad``, ``weekday``, ``year``, ``zone``,
    ``form`` or empty.

    RFC 822 §5, with RFC 1123's years of four digits.
    """
    found = _RFC822.fullmatch(text.strip())
    if found is not None:
        return _moment_problem(text, found)
    plain = _RFC822.fullmatch(_without_comments(text).strip())
    if plain is None or _moment_problem(text, plain)[0] in {"bad", "weekday"}:
        return "bad", "not a date of RFC 822"
    return "form", "comments inside"


def _moment_problem(text: str, found: re.Match[str]) -> tuple[str, str]:
    year = found["year"]
    if len(year) == 2:
        year = ("19" if year > "69" else "20") + year
    zone = found["zone"]
    if not (
        is_date(year, str(_MONTHS.index(found["month"].lower()) + 1), found["day"])
        and found["hour"] < "24"
        and found["minute"] < "60"
        and (found["second"] or "0") < "61"
        and (zone[0] not in "+-" or (zone[1:3] < "24" and zone[3:] < "60"))
    ):
        return "bad", "no such moment"
    if len(found["year"]) == 2:
        return "year", "a year of two digits"
    day = date(int(year) or 2000, _MONTHS.index(found["month"].lower()) + 1, int(found["day"]))
    if found["weekday"] and _DAYS[day.weekday()] != found["weekday"].lower():
        return "weekday", "another day of the week"
    if len(zone) == 1 and zone.lower() != "z":
        return "zone", "a military time zone, which mail programs read in two ways"
    if "," in text and ", " not in text:
        return "form", "no blank after the comma"
    return "", ""


def _without_comments(text: str) -> str:
    """RFC 822 §3.1.4: what stands in parentheses, also in others, is as good as a blank."""
    for _ in range(min(text.count("("), 20)):
        text = _COMMENT.sub(" ", text)
    return text


def iri_problem(text: str) -> str:
    """What keeps ``text`` from being an IRI reference (RFC 3987 §2.2); empty when nothing."""
    return "" if _PLAIN.fullmatch(text) else _iri_problem(text)


@cache
def _iri() -> re.Pattern[str]:
    """RFC 3987 §2.2; brackets only in a host, private characters only in a query. It takes as long
    as a few talks to prepare, and plain addresses do without."""
    return re.compile(
        "(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):)?"
        "(?://(?P<authority>(?:[A-Za-z0-9._~!$&'()*+,;=:@\\[\\]-]|%[0-9A-Fa-f]{2}"
        "|[\xa0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U000dfffd])*+)(?=[/?#]|$))?"
        "(?P<path>(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2}"
        "|[\xa0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U000dfffd])*+)"
        "(?:\\?(?P<query>(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2}"
        "|[\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\uffef\U00010000-\U0010fffd])*+))?"
        "(?:#(?P<fragment>(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2}"
        "|[\xa0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U000dfffd])*+))?",
    )


def _iri_problem(text: str) -> str:
    found = _iri().fullmatch(text)
    if found is None:
        return "a character that an IRI cannot have" if text else "empty"
    scheme = (found["scheme"] or "").lower()
    authority, path = found["authority"], found["path"]
    if authority is None:
        if scheme in _WITH_HOST:
            return "no host"
        if not scheme and ":" in path.split("/", 1)[0]:
            return "a colon before the first slash"
        return "nothing after the scheme" if scheme and not path and not found["query"] else ""
    inner = _AUTHORITY.fullmatch(authority)
    if inner is None or not _is_literal(inner["host"]) or int((inner["port"] or "0")[:9]) > 65_535:
        return "a host that is none"
    return "no host" if scheme in _WITH_HOST and not inner["host"] else ""


def _is_literal(host: str) -> bool:
    """What stands in brackets is an address of IPv6, or of a later version (RFC 3986 §3.2.2)."""
    if not host.startswith("[") or _LATER.fullmatch(host):
        return True
    try:
        IPv6Address(host[1:-1])
    except ValueError:
        return False
    return True


def is_iri(text: str) -> bool:
    """An IRI reference, absolute or not."""
    return text == "" or not iri_problem(text)


def scheme_of(text: str) -> str:
    """The scheme in small letters; empty for a relative reference."""
    found = _SCHEME.match(text.strip())
    return found.group().lower() if found else ""


def is_absolute(text: str) -> bool:
    """An IRI with a scheme."""
    return _PLAIN.fullmatch(text) is not None or (bool(scheme_of(text)) and not iri_problem(text))


def is_web(text: str) -> bool:
    """An http(s) address."""
    return scheme_of(text) in {"http", "https"} and not iri_problem(text)


@lru_cache(maxsize=256)
def is_language(text: str) -> bool:
    """A tag of BCP 47 whose two-letter language is registered."""
    if text.lower() in GRANDFATHERED:
        return True
    found = _LANGUAGE.fullmatch(text)
    if found is None:
        return False
    primary = (found["primary"] or "").lower()
    # RFC 5646 §2.2.5, §2.2.6: no variant stands twice, nor the letter that begins an extension.
    variants = (found["variants"] or "").lower().split("-")
    singletons = [one for one in (found["extensions"] or "").lower().split("-") if len(one) == 1]
    return (
        len(set(variants)) == len(variants)
        and len(set(singletons)) == len(singletons)
        and (len(primary) != 2 or primary in LANGUAGES)
    )


@lru_cache(maxsize=256)
def is_known_region(text: str) -> bool:
    """False only for a tag whose two-letter region nobody has registered (``en-UK``)."""
    found = _LANGUAGE.fullmatch(text)
    region = (found["region"] or "") if found else ""
    return len(region) != 2 or region[0] in "qxQX" or region.upper() in REGIONS


@lru_cache(maxsize=256)
def is_media_type(text: str) -> bool:
    """``type/subtype`` with parameters or without (RFC 2045 §5.1)."""
    return _MEDIA_TYPE.fullmatch(text) is not None


def is_email(text: str) -> bool:
    """One address of RFC 5322 as people write it."""
    return _EMAIL.fullmatch(text) is not None


def is_atom_email(text: str) -> bool:
    """RFC 4287 §3.2.3: ``.+@.+``, and no blank."""
    before, at, after = text.rpartition("@")
    is_address = _MAILTO.match(text) is not None
    return bool(before and at and after) and not is_address and not _SPACE.search(text)


def is_rss_person(text: str) -> bool:
    """``ana@example.org (Ana)``; also an address that stands somewhere among other words, and one
    of RFC 6068, in which the words may be percent-encoded."""
    if _MAILTO.match(text):
        text = unquote(text.partition(":")[2].partition("?")[0])
    return _HAS_EMAIL.search(text) is not None


def is_plain_rss_person(text: str) -> bool:
    """``ana@example.org (Ana)``, as RSS shows it, and its profile asks for."""
    return _RSS_PERSON.fullmatch(text.strip()) is not None


def is_number(text: str) -> bool:
    """A whole number, zero or more."""
    return text.isascii() and text.isdigit()


def is_positive(text: str) -> bool:
    """A whole number from 1 on."""
    return is_number(text) and text.strip("0") != ""


def is_integer(text: str) -> bool:
    """A whole number."""
    return is_number(text[1:] if text[:1] in {"+", "-"} else text)


def is_decimal(text: str) -> bool:
    """A number with a fraction or without."""
    return _DECIMAL.fullmatch(text) is not None


def is_amount(text: str) -> bool:
    """A number from 0 on, with a fraction or without."""
    return is_decimal(text) and text[0] != "-"


def is_uuid(text: str) -> bool:
    """RFC 9562 §4."""
    return _UUID.fullmatch(text) is not None


def choice(*words: str, name: str = "choice", any_case: bool = False) -> Kind:
    """One of ``words``."""
    known = frozenset(word.lower() if any_case else word for word in words)
    wanted = ", ".join(words) if len(words) < 12 else f"{', '.join(words[:10])}…"
    if any_case:
        return Kind(name, f"one of {wanted}", lambda text: text.lower() in known)
    return Kind(name, f"one of {wanted}", known.__contains__)


def between(low: float, high: float) -> Kind:
    """A number within limits, both included."""
    return Kind(
        "number",
        f"a number from {low:g} to {high:g}",
        lambda text: is_decimal(text) and low <= float(text) <= high,
    )


ANY = Kind("text", "text", lambda _text: True)
SOME = Kind("empty", "some text", lambda text: text.strip(" \t\r\n") != "")
NOTHING = Kind("content", "no text", lambda text: text.strip() == "")
DATE3339 = Kind("date", "a date of RFC 3339", is_rfc3339, strict=True)
# RFC 3339 itself takes small letters too; RFC 4287 §3.3 does not.
DATE3339_LAX = Kind("date", "a date of RFC 3339", lambda text: is_rfc3339(text.upper()))
DATEW3C = Kind("date", "a date of W3CDTF", is_w3cdtf)
# Events happen at an hour of their place.
DATE_LOCAL = Kind(
    "date",
    "a date of ISO 8601",
    lambda text: is_w3cdtf(text + "Z" if _LOCAL.fullmatch(text) else text),
)
DATE822 = Kind("date", "a date of RFC 822", lambda text: rfc822_problem(text)[0] != "bad")
IRI = Kind("uri", "an IRI", is_iri, strict=True)
ABSOLUTE = Kind("uri", "an absolute IRI", is_absolute)
ABSOLUTE_STRICT = Kind("uri", "an absolute IRI", is_absolute, strict=True)
WEB = Kind("uri", "an http or https address", is_web)
LANGUAGE = Kind("language", "a language tag of BCP 47", is_language)
MEDIA_TYPE = Kind("media-type", "a media type such as audio/mpeg", is_media_type)
EMAIL = Kind("email", "an e-mail address", is_email)
ATOM_EMAIL = Kind("email", "an e-mail address", is_atom_email)
RSS_PERSON = Kind("email", "an e-mail address, such as ana@example.org (Ana)", is_rss_person)
NUMBER = Kind("number", "a whole number from 0 on", is_number)
POSITIVE = Kind("number", "a whole number from 1 on", is_positive)
INTEGER = Kind("number", "a whole number", is_integer)
DECIMAL = Kind("number", "a number", is_decimal)
DURATION = Kind(
    "duration",
    "seconds, MM:SS or HH:MM:SS",
    lambda text: _DURATION.fullmatch(text) is not None,
)
NPT = Kind("time", "seconds or HH:MM:SS.mmm", lambda text: _NPT.fullmatch(text) is not None)
UUID = Kind("uuid", "a UUID", is_uuid)
BOOLEAN = choice("true", "false")
YES_NO = choice("yes", "no")
