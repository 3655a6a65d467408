"""Text as the formats want it: slugs, dates, absolute URLs, characters that XML allows."""

import hashlib
import re
import unicodedata
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from datetime import timezone as fixed_timezone
from email.utils import format_datetime
from functools import cache, lru_cache
from urllib.parse import parse_qs, quote, urljoin, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from feeds.patterns import pattern

# XML 1.0 (fifth edition) §2.2, production Char, turned round.
_XML_FORBIDDEN = pattern("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONTROLS = tuple(code for code in range(0x20) if code not in b"\t\n\r")
_LONG = 400  # characters
_NOT_SLUG = pattern(r"[^a-z0-9]+")
SLUG = pattern(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_YOUTUBE_ID = pattern(r"[A-Za-z0-9_-]{11}")
_PLAIN_VIDEO = pattern(r"https://(?:youtu\.be/|www\.youtube\.com/watch\?v=)([A-Za-z0-9_-]{11})")
_YOUTUBE_HOSTS = {"youtube.com", "youtube-nocookie.com"}
# Players of a playlist and of a channel: words of eleven letters where an id would stand.
_YOUTUBE_WORDS = {"videoseries", "live_stream"}
_YOUTUBE_PATHS = {"embed", "live", "shorts", "v", "e"}
# RFC 5646 §2.1, "langtag" and "privateuse"; grandfathered tags are left out on purpose.
_LANGUAGE = pattern(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*"
    r"(?:-x(?:-[a-z0-9]{1,8})+)?|x(?:-[a-z0-9]{1,8})+",
    re.IGNORECASE | re.ASCII,  # without ASCII, ſ is an s and the Kelvin sign a k
)
_URL_SAFE = "%/:=&?~#+!$,;'@()*[]-._"
# Behind the host brackets and a second # are no characters of a URI (RFC 3986 §3.2.2, §3.5).
_PART_SAFE = "%/:=&?~+!$,;'@()*-._"
# What most web addresses look like: nothing in them is encoded, and nothing is left to resolve.
_PLAIN_URL = pattern(
    r"https?://[A-Za-z0-9.-]+(?:/[A-Za-z0-9._~!$&'()*+,=:@/-]*)?(?:\?[A-Za-z0-9._~!$&'()*+,=:@/?-]+)?"
)
_STRAY_PERCENT = pattern("%(?![0-9A-Fa-f]{2})")
_SURROGATES = pattern("[\ud800-\udfff]")
# Letters that NFKD leaves alone but that readers expect to see in a URL.
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
# Apostrophes, primes and the dots of "col·lecció": they stand within words.
_WITHIN_WORDS = frozenset("‘’‛·‧′″")

# A day is cut into three parts, all whole seconds after local midnight (see default_published).
_EARLY_S, _EARLY_STEP_S = 0, 3.6
_PLAIN_S, _PLAIN_STEP_S = 3_600, 28_800.0
_LATER_S, _LATER_STEP_S = 32_400, 4.0
MIN_POSITION, MAX_POSITION = -999, 9_999


# RFC 3987 §2.2, "ucschar".
_BEYOND_ASCII = "\xa0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U000dfffd"
_IN_HOST = "\xa0-\ud7ff"
_WITH_HOST = {"http", "https", "ftp", "ws", "wss", "rtsp", "rtmp"}


def forbidden_in_xml(text: str) -> str:
    """The first character of ``text`` that XML 1.0 §2.2 forbids, or an empty string."""
    found = None if _plainly_legal(text) else _XML_FORBIDDEN.search(text)
    return found.group() if found else ""


def xml_legal(text: str) -> str:
    """``text`` with every character that XML 1.0 §2.2 forbids turned into U+FFFD."""
    return text if _plainly_legal(text) else _XML_FORBIDDEN.sub("\ufffd", text)


@cache
def _uri(beyond: str) -> re.Pattern[str]:
    """An id's form, with characters ``beyond`` ASCII. Those take as long as a talk to prepare, and
    hardly any publication asks for them."""
    char = f"(?:[A-Za-z0-9._~!$&'()*+,;=:@/{beyond}-]|%[0-9A-Fa-f]{{2}})"
    host = f"[A-Za-z0-9._~{beyond and _IN_HOST}-]+"
    return re.compile(
        "([A-Za-z][A-Za-z0-9+.-]*):"
        f"(?://({host}(?::[0-5]?[0-9]{{1,4}})?)(?=[/?#]|$)|(?!//|[?#]|$))"
        f"{char}*(?:\\?(?:{char}|\\?)*)?(?:#(?:{char}|\\?)*)?"
    )


def _plainly_legal(text: str) -> bool:
    """Whether ``text`` is legal, found out as fast as nearly all of it allows; False is no answer.

    Nothing that prints is forbidden. A page's line ends do not print: it is searched as bytes for
    each of the others, a twentieth of what an expression takes.
    """
    if text.isprintable():
        return True
    if len(text) < _LONG:
        return False
    try:
        data = text.encode("latin-1")  # copied as it is, where nothing lies beyond
    except UnicodeEncodeError:
        if "\ufffe" in text or "\uffff" in text:
            return False
        try:
            data = text.encode()
        except UnicodeEncodeError:  # half of a character
            return False
    return not any(map(data.__contains__, _CONTROLS))


def one_line(text: str) -> str:
    """``text`` with every run of white space made one blank, and none at the ends."""
    return " ".join(text.split())


def visible(text: str) -> str:
    """``text`` for a message: what moves a terminal's cursor, or is not seen, is written out."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def shortened(text: str, limit: int) -> str:
    """``text``, or as many whole words of it as fit ``limit`` characters with an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    cut = head.rfind(" ")
    return (head[:cut] if cut > limit // 2 else head).rstrip(" ,;:–—-") + "…"


def slugify(text: str, limit: int = 80) -> str:
    """``text`` as ``a-z0-9-``, accents dropped, cut at a word within ``limit`` characters.

    Text with nothing that could stay (``日本語``) becomes ``x-`` and a digest of it, so that
    different texts keep different slugs. Ours, not a library's: slugs are URLs and seeds of
    ids, and must not change with somebody's transliteration table.
    """
    if len(text) <= limit and SLUG.fullmatch(text):
        return text
    lowered = text.lower().translate(_LETTERS)
    folded = lowered.translate({ord(char): _plain(char) for char in set(lowered)})
    slug = _NOT_SLUG.sub("-", folded).strip("-")
    if len(slug) > limit:
        cut = slug.rfind("-", 0, limit + 1)
        slug = slug[: cut if cut > limit // 2 else limit].strip("-")
    return slug or "x-" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def _plain(char: str) -> str:
    """What of ``char`` stays in a slug: its ASCII letters and digits, ``-`` for what separates.

    One character at a time, because normalising a long run of combining marks is quadratic:
    it sorts them (Unicode §3.11). They are dropped here, in whatever order.
    """
    return "".join(
        part if part.isascii() else "-"
        for part in unicodedata.normalize("NFKD", char)
        if part.isascii() or _separates(part)
    )


def _separates(char: str) -> bool:
    """Whether ``char`` stands between words: dashes, other punctuation, blanks, arrows, ``×``."""
    category = unicodedata.category(char)
    return (category[0] in "PZ" or category == "Sm") and char not in _WITHIN_WORDS


def is_language(text: str) -> bool:
    """Whether ``text`` is a well-formed language tag (RFC 5646 §2.1)."""
    return _LANGUAGE.fullmatch(text) is not None


def is_uri(text: str) -> bool:
    """Whether ``text`` can be an id in every format: an IRI with its scheme (RFC 3987 §2.2)."""
    found = _uri("" if text.isascii() else _BEYOND_ASCII).fullmatch(text)
    return found is not None and (bool(found[2]) or found[1].lower() not in _WITH_HOST)


def is_web_url(text: str) -> bool:
    """Whether ``text`` is an absolute http(s) URL with a host, no blank and no backslash in it."""
    if _PLAIN_URL.fullmatch(text):
        return True
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and port != 0
        and not re.search(r"[\s<>\"\\\x00-\x1f\x7f]", text)
        and ascii_url(text) != ""
    )


def ascii_url(url: str) -> str:
    """``url`` as a URI: host in IDNA, other characters percent-encoded (RFC 3987 §3.1).

    Empty when its host is none at all (``http://[``).
    """
    if _PLAIN_URL.fullmatch(url):
        return url
    try:
        parts = urlsplit(_SURROGATES.sub("\ufffd", url))
        user, at, host = parts.netloc.rpartition("@")
        if not host.isascii():
            name, colon, port = host.partition(":")
            with suppress(UnicodeError):  # no host name: percent-encoded below
                name = name.encode("idna").decode("ascii")
            host = name + colon + port
        netloc = quote(user + at + host, safe=_URL_SAFE)
        path, query, fragment = (quote(part, safe=_PART_SAFE) for part in parts[2:])
        whole = urlunsplit((parts.scheme, netloc, path, query, fragment))
        found = _STRAY_PERCENT.sub("%25", whole)
        urlsplit(found)  # IDNA can bring brackets in
    except ValueError:
        return ""
    return found


def absolute_url(base_url: str, reference: str) -> str:
    """``reference`` resolved against ``base_url`` (RFC 3986 §5) and percent-encoded.

    A path from the root (``/a.pdf``) is taken below the base URL's own path, because an
    author who writes it means the publication, wherever that is hosted. A reference that
    cannot be resolved gives an empty string.
    """
    if _PLAIN_URL.fullmatch(reference):
        return reference
    try:
        if reference.startswith("/") and not reference.startswith("//"):
            reference = "./" + reference.lstrip("/")  # or /javascript:… would turn into a scheme
        if not reference.startswith(("#", "?", "//")) and not urlsplit(reference).scheme:
            reference = quote(reference, safe=_URL_SAFE)
        return ascii_url(urljoin(base_url, reference))
    except ValueError:
        return ""


def youtube_id(text: str) -> str:
    """The video id in any form of YouTube URL, or in ``text`` itself; empty when there is none.

    Forms: ``watch?v=``, ``youtu.be/``, ``/embed/``, ``/live/``, ``/shorts/``, ``/v/``, on
    the www, m and music hosts, with or without a scheme.
    """
    text = text.strip()
    plain = _PLAIN_VIDEO.fullmatch(text)
    if plain and plain[1] not in _YOUTUBE_WORDS:
        return plain[1]
    if _YOUTUBE_ID.fullmatch(text):
        return text
    try:
        parts = urlsplit(text if re.match(r"[A-Za-z]+://", text) else "https://" + text.lstrip("/"))
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    except ValueError:
        return ""
    segments = [segment for segment in parts.path.split("/") if segment]
    found = ""
    if parts.scheme not in {"http", "https"}:
        return ""
    if host == "youtu.be" and segments:
        found = segments[0]
    elif host.removeprefix("music.") in _YOUTUBE_HOSTS:
        if segments and segments[0] in _YOUTUBE_PATHS and len(segments) > 1:
            found = segments[1]
        else:
            found = parse_qs(parts.query).get("v", [""])[0]
    return found if _YOUTUBE_ID.fullmatch(found) and found not in _YOUTUBE_WORDS else ""


def local_midnight(day: date, timezone: str) -> datetime:
    """The first moment of ``day`` in an IANA zone, with its offset.

    Where the clocks skip midnight (a summer time that starts at 00:00), the day starts at
    the first moment that exists.
    """
    zone = ZoneInfo(timezone)
    moment = datetime.combine(day, time(), tzinfo=zone)
    # The round trip through UTC moves a wall-clock time that does not exist past the gap.
    return moment.astimezone(UTC).astimezone(zone)


@lru_cache(maxsize=256)  # for each talk of a day
def _unbroken_from(day: date, timezone: str) -> datetime:
    """The moment (UTC) from which on the clocks show ``day`` until it ends.

    Mostly its first. But in St. John's they went back an hour at 00:01 every autumn from
    1987 to 2011: after a minute of Sunday came the last hour of Saturday once more.
    """
    midnight = datetime.combine(day, time(), tzinfo=ZoneInfo(timezone))
    again = midnight.replace(fold=1).astimezone(UTC)
    before = (again - timedelta(microseconds=1)).astimezone(midnight.tzinfo)
    first = local_midnight(day, timezone).astimezone(UTC)
    return again if first < again and before.date() < day else first


def default_published(day: date, position: int, talk_id: str, timezone: str) -> datetime:
    """When a talk without ``published`` counts as published, to the microsecond.

    Made from the four arguments alone, so that no other talk can move it. Later positions
    are later; talks at one position are told apart by a digest of their ids: eight hours
    from 01:00 for those that name no position (0), four seconds each from 09:00 for
    1…9999, 3.6 seconds each before 01:00 for −999…−1. The whole stays within 20 h 7 min,
    so that a day shortened by daylight saving time holds it.

    Two talks may share a moment by chance: among a thousand at one position some two do with
    a chance of 12 % where it has four seconds, of 0.002 % at position 0. Wider parts would
    move every talk that is out there; whoever sorts by this moment goes on by id.
    """
    if position < 0:
        start, width = _EARLY_S + (position - MIN_POSITION) * _EARLY_STEP_S, _EARLY_STEP_S
    elif position == 0:
        start, width = _PLAIN_S, _PLAIN_STEP_S
    else:
        start, width = _LATER_S + (position - 1) * _LATER_STEP_S, _LATER_STEP_S
    digest = int.from_bytes(hashlib.sha256(talk_id.encode()).digest()[:8], "big")
    microseconds = round(start * 1_000_000) + digest % round(width * 1_000_000)
    moment = _unbroken_from(day, timezone) + timedelta(microseconds=microseconds)
    return fixed_offset(moment.astimezone(ZoneInfo(timezone)))


def fixed_offset(moment: datetime) -> datetime:
    """``moment`` with its zone replaced by the bare offset, as RFC 3339 can write it.

    Offsets with seconds (local mean times of the 19th century) become UTC, because RFC 3339
    has hours and minutes only.
    """
    offset = moment.utcoffset() or timedelta()
    if offset % timedelta(minutes=1):
        return moment.astimezone(UTC)
    return moment.replace(tzinfo=_zone(offset) if offset else UTC, fold=0)


@lru_cache(maxsize=64)
def _zone(offset: timedelta) -> fixed_timezone:
    """One for all moments: each has its own otherwise, of which there are two a talk."""
    return fixed_timezone(offset)


def rfc3339(moment: datetime) -> str:
    """RFC 3339 §5.6 with the moment's own offset: ``2017-12-07T09:00:04.5-06:00``."""
    return fixed_offset(moment).isoformat()


def rfc5322_date(moment: datetime) -> str:
    """RFC 5322 §3.3, in English whatever the locale: ``Mon, 11 Dec 2017 00:00:00 -0600``."""
    return format_datetime(fixed_offset(moment))


def clock(moment_s: float) -> str:
    """Seconds into a recording as ``01:02:03.500``: WebVTT, Podlove chapters."""
    total_ms = round(moment_s * 1000)
    minutes, rest = divmod(total_ms, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"
