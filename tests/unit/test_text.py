"""Slugs, dates, URLs, languages and characters."""

import re
import time
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from lxml import etree

from feeds import text

# Any character at all, lone surrogates and noncharacters too.
ANYTHING = st.text(st.characters(codec=None))
_PIECES = (
    *("http://", "https://", "mailto:", "javascript:", "//", "/", "\\", "?", "#", "@", "%", "%2F"),
    *("[", "]", "[::1]", "[fe80::1%é]", "::", ":", ":80", ":0", ":99999", ".", "..", "xn--", "a"),
    *(
        "example.org",
        "é",
        "日本",
        "ß",
        "İ",
        "ſ",
        "．",
        "。",
        "［",
        "／",
        "％",
        "ＡＢ",
        "\u2100",
        "\u200d",
    ),
    *("\ud800", "\x00", "\t", "\n", "\x7f", "\xa0", "\u2028", " "),
)
URL_PIECES = st.lists(st.sampled_from(_PIECES) | ANYTHING, max_size=8).map("".join)
IDS = st.text(min_size=1, max_size=30).map(lambda name: f"tag:example.org,2026:{name}")

# RFC 3339 §5.6, with the ranges that it states.
RFC3339 = re.compile(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
# RFC 5322 §3.3, without the obsolete forms.
RFC5322 = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} "
    r"[0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4}"
)


# Characters


@pytest.mark.parametrize(
    ("given_text", "found"),
    [
        ("", ""),
        ("a\tb\nc\rd\x20\x7e\x7f\x85\x9f\ud7ff\ue000\ufffd\U00010000\U0010ffff", ""),
        ("a\x00b\x01", "\x00"),
        ("\x08", "\x08"),
        ("\x0b", "\x0b"),
        ("\x0c", "\x0c"),
        ("\x1f", "\x1f"),
        ("\ud800", "\ud800"),
        (chr(0xDFFF), chr(0xDFFF)),
        ("\ufffe", "\ufffe"),
        ("\uffff", "\uffff"),
    ],
)
def test_forbidden_in_xml(given_text: str, found: str) -> None:
    assert text.forbidden_in_xml(given_text) == found


@given(ANYTHING)
@example("\x00\ud800\ufffe\uffff\r\x85")
def test_xml_legal_text_goes_through_an_xml_parser(value: str) -> None:
    legal = text.xml_legal(value)

    element = etree.Element("a")
    element.text = legal
    parsed = etree.fromstring(etree.tostring(element, encoding="utf-8"))

    assert (parsed.text or "") == legal
    assert len(legal) == len(value)
    assert not text.forbidden_in_xml(legal)
    if not text.forbidden_in_xml(value):
        assert legal == value


@given(ANYTHING)
def test_one_line_has_no_white_space_but_single_blanks(value: str) -> None:
    line = text.one_line(value)

    assert line == " ".join(value.split())
    assert text.one_line(line) == line


@given(st.text(alphabet=" ,;:–—-abcdefghijé", max_size=60) | st.text(), st.integers(1, 50))
@example("abc def", 1)
@example("----------", 3)
def test_shortened_keeps_to_its_limit(value: str, limit: int) -> None:
    short = text.shortened(value, limit)

    assert len(short) <= limit
    if len(value) <= limit:
        assert short == value
    else:
        assert short.endswith("…")
        assert value.startswith(short[:-1])


@pytest.mark.parametrize(
    ("limit", "short"),
    [
        (16, "uno, dos y tres"),
        (15, "uno, dos y tres"),
        (14, "uno, dos y…"),
        (10, "uno, dos…"),
        (6, "uno…"),
        (3, "un…"),
        (1, "…"),
    ],
)
def test_shortened_keeps_whole_words(limit: int, short: str) -> None:
    assert text.shortened("uno, dos y tres", limit) == short


def test_shortened_rather_cuts_a_word_than_half_of_the_text() -> None:
    assert text.shortened("abcde fghijkl", 10) == "abcde fgh…"
    assert text.shortened("abcdef ghijkl", 10) == "abcdef…"


# Slugs


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Keynote: Kubernetes at GitHub", "keynote-kubernetes-at-github"),
        ("Cómo ESCALAR a 5,000 nodos — ¡ñandú!", "como-escalar-a-5-000-nodos-nandu"),
        ("Straße, Æsir, Œuvre, Øst, Łódź, Đorđe, ðæþ", "strasse-aesir-oeuvre-ost-lodz-dorde-daeth"),
        ("İstanbul ılık", "istanbul-ilik"),
        ("ﬁne ²", "fine-2"),
        ("GitHub—Kubernetes", "github-kubernetes"),
        ("2016–2017, multi‑cluster", "2016-2017-multi-cluster"),
        ("Go・Rust、C\u2028D", "go-rust-c-d"),
        ("CI→CD, 4×4, “uno”«dos»…tres", "ci-cd-4-4-uno-dos-tres"),
        (
            "Don’t, col·lecció, soft\u00adhyphen, zero\u200bwidth",
            "dont-colleccio-softhyphen-zerowidth",
        ),
        ("— 日本 —", "x-77f1c062"),
        ("--a__b--", "a-b"),
        ("a" * 100, "a" * 80),
        ("kubernetes " * 10, "-".join(["kubernetes"] * 7)),
        ("a" * 49 + " " + "b" * 30 + " c", "a" * 49 + "-" + "b" * 30),
        ("a" * 50 + " " + "b" * 30 + " c", "a" * 50),
        ("ab " + "c" * 90, "ab-" + "c" * 77),
        ("日本語", "x-77710aed"),
        ("", "x-e3b0c442"),
    ],
)
def test_slugify(title: str, slug: str) -> None:
    assert text.slugify(title) == slug


def test_a_long_run_of_combining_marks_costs_no_more_than_letters() -> None:
    """Sorting them, as NFKD does, would take two minutes for this many."""
    start = time.process_time()
    assert text.slugify("a" + "\u0301\u0316" * 200_000 + "b") == "ab"
    assert time.process_time() - start < 20


@given(ANYTHING, st.integers(10, 100))
@example("日本語", 10)
@example("a" * 9 + " b", 10)
def test_every_text_has_a_slug_that_is_its_own_slug(value: str, limit: int) -> None:
    slug = text.slugify(value, limit)

    assert text.SLUG.fullmatch(slug)
    assert len(slug) <= limit
    assert text.slugify(slug, limit) == slug


@given(st.lists(st.text(alphabet="日本語テスト！？ —…"), unique=True, max_size=20))
def test_texts_without_letters_for_a_slug_stay_distinct(values: list[str]) -> None:
    assert len({text.slugify(value) for value in values}) == len(values)


# Languages


@pytest.mark.parametrize(
    "tag",
    [
        "en",
        "es-MX",
        "ES-mx",
        "es-419",
        "zh-Hant-TW",
        "zh-cmn-Hans-CN",
        "sl-rozaj-biske-1994",
        "de-CH-1901",
        "de-CH-x-phonebk",
        "en-US-u-islamcal",
        "en-a-bbb-x-a-ccc",
        "x-klingon",
        "ast",
        "abcdefgh",
    ],
)
def test_is_language(tag: str) -> None:
    assert text.is_language(tag)


@pytest.mark.parametrize(
    "tag",
    [
        "",
        "e",
        "español",
        "es_MX",
        "es-",
        "-es",
        "es--MX",
        "es-MX\n",
        " es",
        "es MX",
        "abcdefghi",
        "es-a",
        "es-u",
        "x",
        "x-",
        "en-x-123456789",
        "i-klingon",
        "e\u017f",  # LATIN SMALL LETTER LONG S, an s when case is ignored
        "\u212ao",  # KELVIN SIGN, a k when case is ignored
        "٣٣",
    ],
)
def test_is_no_language(tag: str) -> None:
    assert not text.is_language(tag)


# URLs


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "HTTP://EXAMPLE.ORG/",
        "http://localhost:8000/a?b=c#d",
        "https://user:word@example.org/",
        "https://[2001:db8::1]:443/",
        "https://exämple.org/ä?ö=ü#ß",
        "https://example.org/%20(a)_[b]",
        "https://example.org:65535/",
    ],
)
def test_is_web_url(url: str) -> None:
    assert text.is_web_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "//example.org/",
        "/a",
        "ftp://example.org/",
        "javascript:alert(1)",
        "mailto:a@example.org",
        "https:",
        "https://",
        "https:///a",
        "https://:80/",
        "https:example.org",
        "https://example.org:0/",
        "https://example.org:65536/",
        "https://example.org:port/",
        "https://[example.org/",
        "https://[abc]/",
        "https://example.org]/",
        "https://example.org/a b",
        "https://example.org/a\tb",
        "https://example.org/a\nb",
        "https://example.org/\u2028",
        "https://example.org/<b>",
        'https://example.org/"',
        "https://example.org/\x00",
        "https://example.org/\x7f",
        "https://example.org\\@evil.example/",
        "https://\uff3bx/",  # FULLWIDTH LEFT SQUARE BRACKET: IDNA makes it a bracket
        "https://ex\u2100mple.org/",  # ACCOUNT OF: NFKC puts a slash into the host
    ],
)
def test_is_no_web_url(url: str) -> None:
    assert not text.is_web_url(url)


@pytest.mark.parametrize(
    ("url", "ascii_url"),
    [
        ("https://a.example/[a]?b=[c]#[d]#e", "https://a.example/%5Ba%5D?b=%5Bc%5D#%5Bd%5D%23e"),
        ("https://[::1]:80/100%", "https://[::1]:80/100%25"),
        ("https://example.org/a%20b?c=d&e#f", "https://example.org/a%20b?c=d&e#f"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://example.org/más?ñ=ü#ß", "https://example.org/m%C3%A1s?%C3%B1=%C3%BC#%C3%9F"),
        ("https://exämple.org:8080/", "https://xn--exmple-cua.org:8080/"),
        ("https://日本.example/", "https://xn--wgv71a.example/"),
        ("https://usér:wörd@exämple.org/", "https://us%C3%A9r:w%C3%B6rd@xn--exmple-cua.org/"),
        ("https://usér@example.org/", "https://us%C3%A9r@example.org/"),
        ("https://[::1]:80/x", "https://[::1]:80/x"),
        ("https://" + "é" * 64 + "/", "https://" + "%C3%A9" * 64 + "/"),
        ("https://é..org/", "https://%C3%A9..org/"),
        ("https://a\x01b/\x02", "https://a%01b/%02"),
        ("https://example.org/\ud800", "https://example.org/%EF%BF%BD"),
        ("https://[example.org/", ""),
        ("https://\uff3bx/", ""),
        ("", ""),
    ],
)
def test_ascii_url(url: str, ascii_url: str) -> None:
    assert text.ascii_url(url) == ascii_url


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("", "https://example.org/talks/"),
        ("a.pdf", "https://example.org/talks/a.pdf"),
        ("/a.pdf", "https://example.org/talks/a.pdf"),
        ("/", "https://example.org/talks/"),
        ("/?q", "https://example.org/talks/?q"),
        ("/javascript:alert(1)", "https://example.org/talks/javascript:alert(1)"),
        ("/ 10:30.pdf", "https://example.org/talks/%2010:30.pdf"),
        ("./a/../b.pdf", "https://example.org/talks/b.pdf"),
        ("una plática.pdf", "https://example.org/talks/una%20pl%C3%A1tica.pdf"),
        ("a 10:30.pdf", "https://example.org/talks/a%2010:30.pdf"),
        ("#nota 1", "https://example.org/talks/#nota%201"),
        ("?q=a b", "https://example.org/talks/?q=a%20b"),
        ("//example.com/a", "https://example.com/a"),
        ("http://example.com/ä", "http://example.com/%C3%A4"),
        ("mailto:a@example.org", "mailto:a@example.org"),
        ("https://[bad/", ""),
        ("//[bad/", ""),
        ("\ud800", ""),
    ],
)
def test_absolute_url(reference: str, url: str) -> None:
    assert text.absolute_url("https://example.org/talks/", reference) == url


@given(URL_PIECES, URL_PIECES)
@example("http://[", "http://]")
@example("////", "http://[fe80::1%é]")
def test_urls_never_raise_and_are_ascii(base_url: str, reference: str) -> None:
    assert text.ascii_url(reference).isascii()
    assert text.absolute_url(base_url, reference).isascii()
    assert text.absolute_url("https://example.org/talks/", reference).isascii()
    assert not text.forbidden_in_xml(text.ascii_url(reference))


@given(URL_PIECES)
@example("javascript:alert(1)")
@example("http://example.com/")
def test_a_path_from_the_root_stays_with_the_publication(path: str) -> None:
    assume(not path.startswith("/"))

    url = text.absolute_url("https://example.org/talks/", f"/{path}")

    assert not url or url.startswith("https://example.org/")


@given(URL_PIECES.map(lambda rest: f"https://{rest}"))
@example("https://\uff3bx")
@example("https://exämple.org/ä")
def test_a_web_url_in_ascii_is_a_web_url(url: str) -> None:
    assume(text.is_web_url(url))
    once = text.ascii_url(url)

    assert text.is_web_url(once)
    assert text.ascii_url(once) == once
    assert text.is_web_url(text.absolute_url("https://example.org/", url))


@pytest.mark.parametrize(
    "form",
    [
        "07jq-5VbBVQ",
        "  07jq-5VbBVQ\n",
        "https://www.youtube.com/watch?v=07jq-5VbBVQ",
        "https://www.youtube.com/watch?list=PLx&v=07jq-5VbBVQ&t=42s",
        "https://www.youtube.com/watch?v=07jq-5VbBVQ#t=42",
        "http://youtube.com/watch?v=07jq-5VbBVQ",
        "https://m.youtube.com/watch?v=07jq-5VbBVQ",
        "https://music.youtube.com/watch?v=07jq-5VbBVQ",
        "HTTPS://WWW.YOUTUBE.COM/watch?v=07jq-5VbBVQ",
        "https://www.youtube.com:443/watch/?v=07jq-5VbBVQ",
        "www.youtube.com/watch?v=07jq-5VbBVQ",
        "youtube.com/watch?v=07jq-5VbBVQ&u=https://example.org/",
        "//www.youtube.com/watch?v=07jq-5VbBVQ",
        "https://youtu.be/07jq-5VbBVQ",
        "https://youtu.be/07jq-5VbBVQ?si=x&t=10",
        "youtu.be/07jq-5VbBVQ/",
        "https://www.youtube.com/embed/07jq-5VbBVQ?rel=0",
        "https://www.youtube-nocookie.com/embed/07jq-5VbBVQ",
        "https://www.youtube.com/live/07jq-5VbBVQ?feature=share",
        "https://youtube.com/shorts/07jq-5VbBVQ",
        "https://www.youtube.com/v/07jq-5VbBVQ?version=3",
        "https://www.youtube.com/e/07jq-5VbBVQ",
    ],
)
def test_youtube_id(form: str) -> None:
    assert text.youtube_id(form) == "07jq-5VbBVQ"


@pytest.mark.parametrize(
    "form",
    [
        "",
        "07jq-5VbBV",
        "07jq-5VbBVQQ",
        "07jq-5VbBV!",
        "07jq-5VbBVé",
        "https://youtu.be/",
        "https://youtu.be/short",
        "https://www.youtube.com/",
        "https://www.youtube.com/watch",
        "https://www.youtube.com/watch?v=",
        "https://www.youtube.com/watch?v=07jq-5VbBVQQ",
        "https://www.youtube.com/embed/",
        "https://www.youtube.com/@kubernetes",
        "https://www.youtube.com/channel/07jq-5VbBVQ",
        "https://www.youtube.com/embed/videoseries?list=PLj6h78yzYM2",
        "https://www.youtube.com/embed/live_stream?channel=UCx",
        "https://youtube.com.evil.example/watch?v=07jq-5VbBVQ",
        "https://notyoutube.com/watch?v=07jq-5VbBVQ",
        "https://vimeo.com/watch?v=07jq-5VbBVQ",
        "https://example.org/?u=//youtu.be/07jq-5VbBVQ",
        "ftp://youtu.be/07jq-5VbBVQ",
        "javascript://youtu.be/07jq-5VbBVQ",
        "https://[youtu.be/07jq-5VbBVQ",
    ],
)
def test_no_youtube_id(form: str) -> None:
    assert text.youtube_id(form) == ""


@given(URL_PIECES)
def test_what_is_found_as_a_youtube_id_looks_like_one(value: str) -> None:
    assert re.fullmatch(r"(?:[A-Za-z0-9_-]{11})?", text.youtube_id(value))


# Dates

OFFSETS = st.integers(-86_399, 86_399).map(lambda s: timezone(timedelta(seconds=s)))
MOMENTS = st.datetimes(
    datetime(1900, 1, 2), datetime(2199, 12, 30), timezones=OFFSETS | st.timezones()
)


@given(MOMENTS)
@example(datetime(1901, 1, 1, tzinfo=ZoneInfo("America/Mexico_City")))  # −6:36:36
@example(datetime(2017, 12, 7, tzinfo=UTC))
@example(datetime(2017, 11, 5, 1, 30, fold=1, tzinfo=ZoneInfo("America/Chicago")))
def test_rfc3339_keeps_the_moment(moment: datetime) -> None:
    written = text.rfc3339(moment)

    assert RFC3339.fullmatch(written)
    assert datetime.fromisoformat(written) == moment.astimezone(UTC)
    assert text.rfc3339(datetime.fromisoformat(written)) == written


@given(MOMENTS)
@example(datetime(1901, 1, 1, tzinfo=ZoneInfo("America/Mexico_City")))
def test_rfc5322_date_keeps_the_moment_to_the_second(moment: datetime) -> None:
    written = text.rfc5322_date(moment)

    assert RFC5322.fullmatch(written)
    read = parsedate_to_datetime(written)
    assert abs(read - moment.astimezone(UTC)) < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("moment", "rfc3339", "rfc5322"),
    [
        (
            datetime(2017, 12, 7, 9, 0, 4, 500_000, tzinfo=timezone(timedelta(hours=-6))),
            "2017-12-07T09:00:04.500000-06:00",
            "Thu, 07 Dec 2017 09:00:04 -0600",
        ),
        (
            datetime(2017, 12, 11, tzinfo=UTC),
            "2017-12-11T00:00:00+00:00",
            "Mon, 11 Dec 2017 00:00:00 +0000",
        ),
        (
            datetime(2018, 1, 1, tzinfo=timezone(timedelta(hours=5, minutes=45))),
            "2018-01-01T00:00:00+05:45",
            "Mon, 01 Jan 2018 00:00:00 +0545",
        ),
    ],
)
def test_dates_as_the_formats_want_them(moment: datetime, rfc3339: str, rfc5322: str) -> None:
    assert text.rfc3339(moment) == rfc3339
    assert text.rfc5322_date(moment) == rfc5322


@pytest.mark.parametrize(
    ("moment", "offset"),
    [
        (datetime(2017, 12, 7, tzinfo=ZoneInfo("America/Mexico_City")), timedelta(hours=-6)),
        (datetime(2017, 7, 7, tzinfo=ZoneInfo("America/Chicago")), timedelta(hours=-5)),
        (datetime(1901, 1, 1, tzinfo=ZoneInfo("America/Mexico_City")), timedelta()),
        (datetime(2017, 12, 7, tzinfo=ZoneInfo("UTC")), timedelta()),
        (
            datetime(2017, 11, 5, 1, 30, fold=1, tzinfo=ZoneInfo("America/Chicago")),
            timedelta(hours=-6),
        ),
    ],
)
def test_fixed_offset(moment: datetime, offset: timedelta) -> None:
    fixed = text.fixed_offset(moment)

    assert fixed.utcoffset() == offset
    assert fixed - moment.astimezone(UTC) == timedelta()
    assert isinstance(fixed.tzinfo, timezone)
    assert fixed.fold == 0


# Days on which something happens to the clocks, and what their first moment is.
DAYS = [
    ("America/Mexico_City", date(2017, 12, 7), "2017-12-07T00:00:00-06:00"),
    ("America/Chicago", date(2017, 3, 12), "2017-03-12T00:00:00-06:00"),  # 23 hours
    ("America/Chicago", date(2017, 11, 5), "2017-11-05T00:00:00-05:00"),  # 25 hours
    ("Europe/Madrid", date(2017, 3, 26), "2017-03-26T00:00:00+01:00"),
    ("Europe/Madrid", date(2017, 10, 29), "2017-10-29T00:00:00+02:00"),
    ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T01:00:00-02:00"),  # no midnight
    ("America/Sao_Paulo", date(2018, 2, 18), "2018-02-18T00:00:00-03:00"),  # it comes again
    ("America/Havana", date(2017, 3, 12), "2017-03-12T01:00:00-04:00"),  # no midnight
    ("America/Havana", date(2017, 11, 5), "2017-11-05T00:00:00-04:00"),  # two midnights
    ("Atlantic/Azores", date(2017, 10, 29), "2017-10-29T00:00:00+00:00"),  # two midnights
    ("Antarctica/Troll", date(2017, 3, 26), "2017-03-26T00:00:00+00:00"),  # 22 hours
    ("Antarctica/Troll", date(2017, 10, 29), "2017-10-29T00:00:00+02:00"),  # 26 hours
    ("Antarctica/Casey", date(2009, 10, 18), "2009-10-18T00:00:00+08:00"),  # 21 hours
    ("Australia/Lord_Howe", date(2017, 10, 1), "2017-10-01T00:00:00+10:30"),  # 23½ hours
    ("Australia/Lord_Howe", date(2017, 4, 2), "2017-04-02T00:00:00+11:00"),  # 24½ hours
    ("America/St_Johns", date(1988, 4, 3), "1988-04-03T00:00:00-03:30"),  # 22 hours
    # After a minute the clocks went back: 23:01 of the day before, and midnight again.
    ("America/St_Johns", date(2006, 10, 29), "2006-10-29T00:00:00-02:30"),
    ("America/St_Johns", date(1988, 10, 30), "1988-10-30T00:00:00-01:30"),  # by two hours
    ("America/Phoenix", date(1944, 10, 1), "1944-10-01T00:00:00-06:00"),
    ("Pacific/Apia", date(2011, 12, 29), "2011-12-29T00:00:00-10:00"),
    ("Pacific/Apia", date(2011, 12, 31), "2011-12-31T00:00:00+14:00"),
    ("Pacific/Kiritimati", date(2017, 12, 7), "2017-12-07T00:00:00+14:00"),
    ("Etc/GMT+12", date(2017, 12, 7), "2017-12-07T00:00:00-12:00"),
    ("Asia/Kathmandu", date(2017, 12, 7), "2017-12-07T00:00:00+05:45"),
    ("Africa/Monrovia", date(1950, 1, 1), "1950-01-01T00:44:30+00:00"),  # offset −0:44:30
    ("UTC", date(1900, 1, 1), "1900-01-01T00:00:00+00:00"),
    ("UTC", date(2199, 12, 31), "2199-12-31T00:00:00+00:00"),
]
POSITIONS = (-999, -998, -2, -1, 0, 1, 2, 3, 500, 9_998, 9_999)


@pytest.mark.parametrize(("zone", "day", "first"), DAYS)
def test_local_midnight_is_the_first_moment_of_the_day(zone: str, day: date, first: str) -> None:
    midnight = text.local_midnight(day, zone)

    assert text.rfc3339(midnight) == first
    assert midnight.date() == day
    before = midnight.astimezone(UTC) - timedelta(microseconds=1)
    assert before.astimezone(ZoneInfo(zone)).date() < day


@pytest.mark.parametrize(("zone", "day", "first"), DAYS)
def test_default_published_stays_within_the_day(zone: str, day: date, first: str) -> None:
    for position in POSITIONS:
        for number in range(50):
            published = text.default_published(day, position, f"tag:e.org,2026:{number}", zone)
            local = published.astimezone(ZoneInfo(zone))
            assert local.date() == day
            assert RFC3339.fullmatch(text.rfc3339(published))
            assert published >= datetime.fromisoformat(first)
            if local.utcoffset() == published.utcoffset():
                assert local.replace(tzinfo=None) == published.replace(tzinfo=None)
            else:
                assert (local.utcoffset() or timedelta()) % timedelta(minutes=1)


def test_a_day_that_never_was_counts_as_the_next() -> None:
    """Samoa went from the 29th of December 2011 to the 31st."""
    for position in POSITIONS:
        published = text.default_published(date(2011, 12, 30), position, "a:b", "Pacific/Apia")

        assert published.date() == date(2011, 12, 31)
        assert published.utcoffset() == timedelta(hours=14)


@given(
    st.sampled_from(DAYS), st.lists(st.integers(-999, 9_999), unique=True, min_size=2), st.data()
)
def test_default_published_follows_the_position(
    where: tuple[str, date, str], positions: list[int], data: st.DataObject
) -> None:
    zone, day, _ = where
    ordered = [
        text.default_published(day, position, data.draw(IDS), zone)
        for position in sorted(positions)
    ]

    assert all(before < after for before, after in pairwise(ordered))


def test_default_published_follows_the_position_where_the_parts_of_the_day_meet() -> None:
    """Each position's latest possible moment comes before the next one's earliest."""
    ids = [f"tag:example.org,2026:{number}" for number in range(3_000)]
    bounds = []
    for position in (-2, -1, 0, 1, 2):
        found = [text.default_published(date(2017, 12, 7), position, i, "UTC") for i in ids]
        bounds.append((min(found), max(found)))

    assert all(before[1] < after[0] for before, after in pairwise(bounds))
    assert [round((last - first).total_seconds(), 1) for first, last in bounds] == pytest.approx(
        [3.6, 3.6, 28_800, 4, 4], rel=0.01
    )


@pytest.mark.parametrize(("zone", "day", "first"), DAYS[:3] + DAYS[5:6])
def test_no_two_talks_of_a_long_day_are_published_at_once(zone: str, day: date, first: str) -> None:
    found = {
        text.default_published(day, 0, f"tag:example.org,2026-01-01:talks/{number}", zone)
        for number in range(1_000)
    }

    assert len(found) == 1_000
    assert min(found) >= datetime.fromisoformat(first) + timedelta(hours=1)


@pytest.mark.parametrize(
    ("position", "published"),
    [
        (-999, "2017-12-07T00:00:00.468872-06:00"),
        (-1, "2017-12-07T00:59:53.268872-06:00"),
        (0, "2017-12-07T02:09:54.468872-06:00"),
        (1, "2017-12-07T09:00:02.468872-06:00"),
        (9_999, "2017-12-07T20:06:34.468872-06:00"),
    ],
)
def test_default_published_never_changes(position: int, published: str) -> None:
    """Written down once: another algorithm would move every talk in every reader."""
    found = text.default_published(
        date(2017, 12, 7), position, "tag:example.org,2026:a", "America/Mexico_City"
    )

    assert text.rfc3339(found) == published


@pytest.mark.parametrize("before", ["", "a", "a\n" * 300, "á\n" * 300, "語\n" * 300])
def test_every_character_is_judged_alike_in_a_word_and_in_a_page(before: str) -> None:
    """What prints is passed over, and long texts are looked at as bytes: the answer is the same."""
    edges = {0x20, 0x7F, 0xA0, 0x100, 0x2028, 0xD7FF, 0xD800, 0xDFFF, 0xE000, 0xFFFD, 0xFFFF}
    around = {code + step for code in edges for step in (-1, 0, 1)} | {*range(0x100), 0x10FFFF}
    for char in map(chr, sorted(around)):
        legal = not text.forbidden_in_xml(char)
        assert text.xml_legal(before + char) == before + (char if legal else "\ufffd")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org", "https://example.org/", "http://a.example/b/c.pdf?x=1&y=/2",
        "https://youtu.be/07jq-5VbBVQ", "https://www.youtube.com/watch?v=07jq-5VbBVQ",
        "https://example.org//a", "https://example.org/a/../b", "https://-.example/:@!$&'()*+,=~",
    ],
)  # fmt: skip
def test_a_plain_address_is_what_the_long_way_makes_of_it(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [
        text.is_web_url(url),
        text.ascii_url(url),
        text.absolute_url("https://b.example/", url),
    ]
    assert found == [True, url, url]
    monkeypatch.setattr(text, "_PLAIN_URL", re.compile(r"\Z\A."))
    assert found == [
        text.is_web_url(url), text.ascii_url(url), text.absolute_url("https://b.example/", url)
    ]  # fmt: skip


@given(st.text(alphabet="abAZ09.-_~/?#&=;:@%+()[]é \\", max_size=20))
def test_no_address_is_taken_for_plain_that_is_not(rest: str) -> None:
    url = f"https://example.org{rest}"
    plain = text._PLAIN_URL.fullmatch(url)
    if plain:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(text, "_PLAIN_URL", re.compile(r"\Z\A."))
            assert text.is_web_url(url)
            assert text.ascii_url(url) == url
            assert text.absolute_url("https://b.example/c/", url) == url
