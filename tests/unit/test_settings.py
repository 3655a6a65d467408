"""content/publication.toml → Publication: what is read, and every way to be wrong."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds import settings
from feeds.errors import ContentError
from feeds.model import (
    AudioSettings,
    Author,
    FeedSettings,
    MailSettings,
    NewsletterSettings,
    PodcastSettings,
    Publication,
)

PATH = "content/publication.toml"
NEEDED = """\
title = "Pláticas"
id = "tag:example.org,2026:talks"
base_url = "https://talks.example.org/"
"""
KNOWN = ", ".join(settings.KEYS)


def parse(source: str | bytes) -> Publication:
    return settings.parse(source.encode() if isinstance(source, str) else source, PATH)


def problems(source: str | bytes) -> list[str]:
    """What is wrong, each line without its path."""
    with pytest.raises(ContentError) as caught:
        parse(source)
    assert all(problem.path == PATH for problem in caught.value.problems)
    return [str(problem).removeprefix(PATH) for problem in caught.value.problems]


# What is read


def test_three_keys_are_enough() -> None:
    assert parse(NEEDED) == Publication(
        title="Pláticas", id="tag:example.org,2026:talks", base_url="https://talks.example.org/"
    )


def test_every_key_is_read() -> None:
    publication = parse("""\
title = "  Pláticas\\n de KubeCon "
subtitle = '''
  Lo que
  oímos'''
id = "tag:example.org,2026:talks"
base_url = "http://localhost:8000/notas"
language = "es-MX"
timezone = "America/Mexico_City"
license = "CC-BY-4.0"
icon = "/icon.png"
logo = "https://example.org/logo.png"

[author]
name = "Ada"
email = "Ada <ada@example.org>"
uri = "https://ada.example/"

[feed]
entries = 10_000

[podcast]
private = true

[newsletter]
title = "Boletín"
reason = "Te suscribiste"
thumbnails = "none"

[mail]
sender = '"Pláticas, semanales" <platicas@example.org>'
reply_to = "ada@localhost"
unsubscribe = "mailto:adios@example.org?subject=adi%C3%B3s"
postal_address = "Apartado 1"

[audio]
download = true
format = "opus"
loudness = true
parallel = 8
pause = "0s"
min_free = "2G"
""")

    assert publication == Publication(
        title="Pláticas de KubeCon",
        id="tag:example.org,2026:talks",
        base_url="http://localhost:8000/notas/",
        language="es-MX",
        timezone="America/Mexico_City",
        subtitle="Lo que oímos",
        author=Author("Ada", "Ada <ada@example.org>", "https://ada.example/"),
        license="CC-BY-4.0",
        icon="icon.png",
        logo="https://example.org/logo.png",
        feed=FeedSettings(10_000),
        newsletter=NewsletterSettings("Boletín", "Te suscribiste", "none"),
        mail=MailSettings(
            '"Pláticas, semanales" <platicas@example.org>',
            "ada@localhost",
            "mailto:adios@example.org?subject=adi%C3%B3s",
            "Apartado 1",
        ),
        audio=AudioSettings(
            download=True,
            format="opus",
            loudness=True,
            parallel=8,
            pause_s=0,
            min_free_bytes=2_000_000_000,
        ),
        podcast=PodcastSettings(private=True),
    )


def test_audio_is_off_and_the_podcast_public_until_somebody_says_otherwise() -> None:
    publication = parse(NEEDED + "[audio]\n[podcast]\n")
    assert publication.audio == AudioSettings()
    assert not publication.audio.download
    assert not publication.podcast.private


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('download = "yes"', ":5: audio.download: 'yes' is not true or false"),
        ("download = 1", ":5: audio.download: 1 is not true or false"),
        ('format = "wav"', ":5: audio.format: 'wav' is none of m4a, mp3, opus"),
        ("parallel = 9", ":5: audio.parallel: 9 is more than 8"),
        ("parallel = 0", ":5: audio.parallel: 0 is not a whole number"),
        ('min_free = "2 GB"', ":5: audio.min_free: '2 GB' is not a size"),
        ("min_free = 2", ":5: audio.min_free: 2 is not a size"),
        ('pause = "soon"', ":5: audio.pause: 'soon' is not a duration"),
        ("downlaod = true", ":5: audio.downlaod: is not a key (did you mean download?"),
    ],
)
def test_what_audio_cannot_be(line: str, words: str) -> None:
    (found,) = problems(f"{NEEDED}[audio]\n{line}\n")
    assert found.startswith(words)


@pytest.mark.parametrize(
    ("lines", "author"),
    [
        ('author = "Ada Lovelace"', Author("Ada Lovelace")),
        ('author = {name = "Ada"}', Author("Ada")),
        ('author = {name = "Ada", email = ""}', Author("Ada")),
        ('author.name = "Ada"\nauthor.email = "a@b.org"', Author("Ada", "a@b.org")),
        ('[author]\nname = "Ada"\nuri = "https://b.org"', Author("Ada", "", "https://b.org")),
    ],
)
def test_an_author_is_a_name_or_a_table(lines: str, author: Author) -> None:
    assert parse(NEEDED + lines).author == author


@pytest.mark.parametrize(
    "source",
    [
        NEEDED.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + NEEDED.encode(),
        f'# a comment\n\n{NEEDED}subtitle = ""\nicon = ""\nauthor = {{name = "Ada"}}\n'.encode(),
    ],
)
def test_other_line_ends_a_mark_and_empty_texts_are_fine(source: bytes) -> None:
    assert parse(source).title == "Pláticas"


def test_a_feed_lists_one_talk_at_least() -> None:
    assert parse(NEEDED + "feed.entries = 1").feed == FeedSettings(1)


@pytest.mark.parametrize(
    ("written", "by"),
    [
        ("", ("tag", "speaker", "event", "language")),
        ("by = []", ()),
        ('by = "event"', ("event",)),
        ('by = ["language", "tag", "tag"]', ("tag", "language")),
    ],
)
def test_feeds_are_made_by_what_is_wanted_in_one_order(written: str, by: tuple[str, ...]) -> None:
    assert parse(f"{NEEDED}[feed]\n{written}\n").feed.by == by


def test_a_hub_is_a_web_address() -> None:
    assert parse(f'{NEEDED}[feed]\nhub = "https://hub.example/?a=b"').feed.hub == (
        "https://hub.example/?a=b"
    )
    (problem,) = problems(f'{NEEDED}[feed]\nhub = "hub.example"')
    assert "feed.hub: 'hub.example' is not a web address (such as https://" in problem.replace(
        '"', "'"
    )


@pytest.mark.parametrize("by", ['["tags"]', '["tag", 1]', "true", '"Tag"', '{a = "b"}'])
def test_feeds_by_something_unknown_are_refused(by: str) -> None:
    (problem,) = problems(f"{NEEDED}[feed]\nby = {by}")
    assert "is nothing that feeds are made by (such as [" in problem
    assert "tag, speaker, event, language" in problem


@pytest.mark.parametrize(
    ("written", "base_url"),
    [
        ("https://example.org", "https://example.org/"),
        ("https://example.org/", "https://example.org/"),
        ("https://example.org///", "https://example.org/"),
        ("https://example.org/talks", "https://example.org/talks/"),
        ("https://example.org/~ada/pláticas/", "https://example.org/~ada/pl%C3%A1ticas/"),
        ("https://exämple.org:8443", "https://xn--exmple-cua.org:8443/"),
        ("http://[::1]:8000", "http://[::1]:8000/"),
        ("  https://example.org ", "https://example.org/"),
    ],
)
def test_a_base_url_ends_in_one_slash_and_is_ascii(written: str, base_url: str) -> None:
    assert parse(NEEDED.replace("https://talks.example.org/", written)).base_url == base_url


@pytest.mark.parametrize(
    "zone", ["UTC", "America/Mexico_City", "America/Argentina/Buenos_Aires", "Etc/GMT+6", "EST5EDT"]
)
def test_a_time_zone_is_one_of_iana(zone: str) -> None:
    publication = parse(f'{NEEDED}timezone = "{zone}"')

    assert datetime(2017, 12, 7, tzinfo=ZoneInfo(publication.timezone)).tzname()


# All that is wrong, at once


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://x.example/{token}/", "'https://x.example/{token}/' holds a brace"),
        ("https://x.example/%7Btoken%7D/", "'https://x.example/%7Btoken%7D/' holds a brace"),
        ("https://ana:hunter2@x.example/", "holds a user or a password, and everybody reads it"),
        ("https://x.example/../mail/", "'https://x.example/../mail/' holds . or .. in its path"),
        ("https://x.example/%2e%2E/", "'https://x.example/%2e%2E/' holds . or .. in its path"),
        ("https://x.example/./", "'https://x.example/./' holds . or .. in its path"),
    ],
)
def test_an_address_that_no_app_can_answer_at_is_refused(url: str, said: str) -> None:
    (found,) = problems(NEEDED + f'[mail]\nweb_url = "{url}"\n')
    line = NEEDED.count("\n") + 2
    assert found == f":{line}: mail.web_url: {said} (such as https://talks.example.org/)"


def test_everything_wrong_is_said_at_once_with_its_line() -> None:
    huge = "f" * 5_000

    assert problems(f"""\
title = 2017-12-07
subtitle = ["a"]
id = "no uri"
base_url = "ftp://example.org"
language = "español"
timezone = "America/Mexico_Cty"
license = 1.5
icon = "../icon.png"
logo = '\\logo.png'
authr = "Ada"

[author]
nam = "Ada"
email = "ada at example.org"
url = "https://example.org/"
uri = "example.org"

[feed]
entries = 0
entris = 1

[newsletter]
thumbnails = "big"
title = true
reason = {{a = 1}}

[mail]
sender = "a@example.org, b@example.org"
unsubscribe = "ftp://example.org"
postal_address = "a\\u0001b"
reply_to = 0x{huge}

[zzz]
title = "x"
""") == [
        ":1: title: 2017-12-07 is not text (put it in quotes)",
        ":2: subtitle: a list is not text (write text)",
        ":3: id: 'no uri' is not a URI (such as tag:example.org,2026:talks)",
        (
            ":4: base_url: 'ftp://example.org' does not begin with https:// or http:// "
            "(such as https://talks.example.org/)"
        ),
        ":5: language: 'español' is not a language tag (such as es-MX or en)",
        (
            ":6: timezone: 'America/Mexico_Cty' is not an IANA time zone "
            "(did you mean America/Mexico_City?)"
        ),
        ":7: license: 1.5 is not text (put it in quotes)",
        ":8: icon: '../icon.png' is no web address and no path below content/ (such as logo.png)",
        ":9: logo: '\\\\logo.png' is no web address and no path below content/ (such as logo.png)",
        ":10: authr: is not a key (did you mean author?)",
        ":13: author.nam: is not a key (did you mean name?)",
        (
            ":14: author.email: 'ada at example.org' is not a mail address "
            "(such as Talks <talks@example.org>)"
        ),
        ":15: author.url: is not a key (did you mean uri?)",
        ":16: author.uri: 'example.org' is not a web address (such as https://example.org/)",
        ":19: feed.entries: 0 is not a whole number (from 1 to 10000, unquoted)",
        ":20: feed.entris: is not a key (did you mean entries?)",
        ":23: newsletter.thumbnails: 'big' is none of youtube, none (choose one)",
        ":24: newsletter.title: true is not text (put it in quotes)",
        ":25: newsletter.reason: a table is not text (write text)",
        (
            ":28: mail.sender: 'a@example.org, b@example.org' is not a mail address "
            "(such as Talks <talks@example.org>)"
        ),
        (
            ":29: mail.unsubscribe: 'ftp://example.org' is neither a web nor a mailto: address "
            "(such as mailto:talks@example.org?subject=unsubscribe)"
        ),
        ":30: mail.postal_address: holds the control character U+0001 (remove it)",
        ":31: mail.reply_to: a huge number is not text (put it in quotes)",
        f":33: zzz: is not a key (known keys: {KNOWN})",
    ]


def test_what_is_needed_is_missing() -> None:
    assert problems("") == [
        ':1: base_url: is missing (add a line base_url = "…")',
        ':1: id: is missing (add a line id = "…")',
        ':1: title: is missing (add a line title = "…")',
    ]


def test_a_key_that_looks_like_a_missing_one_is_one_mistake() -> None:
    assert problems(NEEDED.replace("title", "Titel")) == [
        ":1: Titel: is not a key (did you mean title?)"
    ]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ('author = ""', [":4: author: is empty (write what people should see)"]),
        ("author = 5", [":4: author: must be a table (write [author] on a line of its own)"]),
        (
            'author = {name = "", email = "x"}',
            [
                ":4: author.email: 'x' is not a mail address (such as Talks <talks@example.org>)",
                ":4: author.name: is empty (write what people should see)",
            ],
        ),
        (
            'icon = "a.png"\nauthor.name = 5\nauthor.email = "x"',
            [
                ":5: author.name: 5 is not text (put it in quotes)",
                ":6: author.email: 'x' is not a mail address (such as Talks <talks@example.org>)",
            ],
        ),
        (
            '[feed]\n[author]\nemail = "a@b.org"',
            [':5: author.name: is missing (add a line name = "…")'],
        ),
        (
            'author = {email = "a@b.org"}',
            [':4: author.name: is missing (add a line name = "…")'],
        ),
        (
            'feed = "x"',
            [":4: feed: must be a table (write [feed] on a line of its own)"],
        ),
        ("[[mail]]\nsender = 1", [":4: mail: must be a table (write [mail] on a line of its own)"]),
        (
            "[newsletter.more]\na = 1",
            [":4: newsletter.more: is not a key (known keys: title, reason, thumbnails)"],
        ),
        (
            '"feed" = {"entries" = "50"}',
            [":4: feed.entries: '50' is not a whole number (from 1 to 10000, unquoted)"],
        ),
        (
            "feed.entries = 10_001",
            [":4: feed.entries: 10001 is not a whole number (from 1 to 10000, unquoted)"],
        ),
        (
            "[ feed ]\n  entries=true",
            [":5: feed.entries: true is not a whole number (from 1 to 10000, unquoted)"],
        ),
        (
            "feed = {entries = 1.5}",
            [":4: feed.entries: 1.5 is not a whole number (from 1 to 10000, unquoted)"],
        ),
        (
            "[newsletter]\nthumbnails = []",
            [":5: newsletter.thumbnails: a list is none of youtube, none (choose one)"],
        ),
        ('"\\u001b\\n" = 1', [f":1: \\x1b: is not a key (known keys: {KNOWN})"]),
        ('"" = 1', [f':4: "": is not a key (known keys: {KNOWN})']),
        (f"{'k' * 100} = 1", [f":4: {'k' * 59}…: is not a key (known keys: {KNOWN})"]),
        (
            f"language = '{'x' * 100}'",
            [f":4: language: '{'x' * 79}…' is not a language tag (such as es-MX or en)"],
        ),
        ('subtitle = "\\u0007"', [":4: subtitle: holds the control character U+0007 (remove it)"]),
        ('subtitle = "\\uFFFF"', [":4: subtitle: holds the control character U+FFFF (remove it)"]),
    ],
)
def test_a_mistake_is_said_with_its_line(lines: str, found: list[str]) -> None:
    assert problems(NEEDED + lines) == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('title = "  "', ":1: title: is empty (write what people should see)"),
        ("title = 5", ":1: title: 5 is not text (put it in quotes)"),
        ('id = ""', ":2: id: '' is not a URI (such as tag:example.org,2026:talks)"),
        ("id = 5", ":2: id: 5 is not text (put it in quotes)"),
        ("base_url = 5", ":3: base_url: 5 is not text (put it in quotes)"),
    ],
)
def test_what_is_needed_must_say_something(line: str, found: str) -> None:
    key = line.partition(" ")[0]
    lines = [line if old.startswith(key) else old for old in NEEDED.splitlines()]

    assert problems("\n".join(lines)) == [found]


@pytest.mark.parametrize(
    ("base_url", "cause"),
    [
        ("", "does not begin with https:// or http://"),
        ("talks.example.org", "does not begin with https:// or http://"),
        ("//talks.example.org", "does not begin with https:// or http://"),
        ("https://", "is not a plain web address"),
        ("https://exa mple.org", "is not a plain web address"),
        ("https://[example.org", "is not a plain web address"),
        ("https://example.org:99999/", "is not a plain web address"),
        ("https://example.org/?a", "is not a plain web address"),
        ("https://example.org/#a", "is not a plain web address"),
    ],
)
def test_a_base_url_is_a_plain_web_address(base_url: str, cause: str) -> None:
    assert problems(NEEDED.replace("https://talks.example.org/", base_url)) == [
        f":3: base_url: {base_url!r} {cause} (such as https://talks.example.org/)"
    ]


@pytest.mark.parametrize(
    ("zone", "remedy"),
    [
        ("America/Mexico_Cty", "did you mean America/Mexico_City?"),
        ("america/mexico_city", "did you mean America/Mexico_City?"),
        ("Mexico City", "did you mean America/Mexico_City?"),
        ("utc", "did you mean UTC?"),
        ("Chicago", "did you mean America/Chicago?"),
        ("Mars/Olympus_Mons", "such as America/Mexico_City"),
        ("", "such as America/Mexico_City"),
        (".", "such as America/Mexico_City"),
        ("../../etc/passwd", "such as America/Mexico_City"),
        ("/etc/localtime", "such as America/Mexico_City"),
        ("localtime", "such as America/Mexico_City"),
        ("zone.tab", "such as America/Mexico_City"),
    ],
)
def test_a_zone_that_is_none_names_the_nearest(zone: str, remedy: str) -> None:
    assert problems(f'{NEEDED}timezone = "{zone}"') == [
        f":4: timezone: {zone!r} is not an IANA time zone ({remedy})"
    ]


@pytest.mark.parametrize("zone", ["posix/UTC", "right/UTC", "posixrules", "Factory", "America"])
def test_a_folder_or_file_of_zoneinfo_is_no_zone(zone: str) -> None:
    assert problems(f'{NEEDED}timezone = "{zone}"')[0].startswith(f":4: timezone: '{zone}' is not")


@pytest.mark.parametrize("path", ["a.png", "/ a b.png", "a/..b/c.png", "https://example.org/a:b"])
def test_an_icon_is_a_path_or_a_url(path: str) -> None:
    assert parse(f'{NEEDED}icon = "{path}"').icon == path.removeprefix("/ ")


@pytest.mark.parametrize("path", ["..", "a/../b", "//b.org/a", "C:a.png", "a\\b", "javascript:1"])
def test_an_icon_is_nothing_else(path: str) -> None:
    (found,) = problems(f"{NEEDED}icon = '{path}'")

    assert "is no web address and no path below content/" in found


@pytest.mark.parametrize(
    "address", ["mailto:", "mailto:a", "mailto:a@", "mailto:@b", "mailto:a@b c", "a@b.org", "/a"]
)
def test_an_unsubscribe_address_can_be_followed(address: str) -> None:
    (found,) = problems(f"{NEEDED}[mail]\nunsubscribe = '{address}'")

    assert found.startswith(f":5: mail.unsubscribe: '{address}' is neither")


@pytest.mark.parametrize("address", ["https://example.org/u?a", "mailto:a@b.org", "mailto:a@b?x=y"])
def test_an_unsubscribe_address_is_web_or_mail(address: str) -> None:
    assert parse(f"{NEEDED}[mail]\nunsubscribe = '{address}'").mail.unsubscribe == address


# Mailboxes


@pytest.mark.parametrize(
    "mailbox",
    [
        "ada@example.org",
        "<ada@example.org>",
        "ada@localhost",
        "Ada Lovelace <ada@example.org>",
        "Dr. Ada <ada@example.org>",
        "Ada — Notas <ada+talks=1@sub.example.org>",
        '"Lovelace, Ada" <ada@example.org>',
        '"Ada \\"A\\"" <ada@example.org>',
        "a.b.c@x1.example-domain.org",
        "ada@exämple.org",
    ],
)
def test_is_mailbox(mailbox: str) -> None:
    assert settings.is_mailbox(mailbox)


@pytest.mark.parametrize(
    "mailbox",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "@.",
        "<",
        "<>",
        "Ada",
        "Ada <>",
        "ada@example",
        "ada@.org",
        "ada@example..org",
        "ada@example.org.",
        "ada@-example.org",
        "ada@example-.org",
        ".ada@example.org",
        "ada.@example.org",
        "a da@example.org",
        "Ada ada@example.org",
        "ada@example.org Ada",
        "a@example.org, b@example.org",
        "a@example.org;",
        "group: a@example.org;",
        "mailto:ada@example.org",
        "Lovelace, Ada <ada@example.org>",
        '"Ada <ada@example.org>',
        "Ada <ada@example.org",
        "Ada <ada@example.org> x",
        "josé@example.org",
        "ada@example.org\n",
        "a@b@example.org",
        "Ada (notes) <ada@example.org>",
    ],
)
def test_is_no_mailbox(mailbox: str) -> None:
    assert not settings.is_mailbox(mailbox)


# The file as a whole

_IN_QUOTES = "text stands in quotes, dates and numbers do not"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (
            'title = "x"\nid = Foo\n',
            f":2: id: is not TOML: Invalid value ({_IN_QUOTES})",
        ),
        (
            '\ntitle = "x\nid = 1\n',
            ":2: title: the quotation mark is not closed in its line (close it)",
        ),
        (
            'subtitle = """x\ny\n\n',
            f":2: is not TOML: Unterminated string ({_IN_QUOTES})",
        ),
        (
            "title: x\n",
            f":1: is not TOML: Expected '=' after a key in a key/value pair ({_IN_QUOTES})",
        ),
        (
            NEEDED + 'title = "y"\n',
            ":4: title: is not TOML: Cannot overwrite a value (keep one of them)",
        ),
        (
            "[feed]\na = 1\n[feed]\n",
            ":3: is not TOML: Cannot declare ('feed',) twice (keep one of them)",
        ),
        (
            'a = "C:\\kubernetes"',
            ":1: a: a backslash begins an escape (write two, or use single quotes)",
        ),
        ('a = "\\u12"', ":1: a: a backslash begins an escape (write two, or use single quotes)"),
        ("a = " + "[" * 5_000, ": is nested too deep (settings have two levels at most)"),
        ("a = " + "9" * 5_000, ": holds a number beyond reason (write a smaller one)"),
        (b"title = 'x'\r\nid = '\xe9'", ":2: byte 0xE9 is not UTF-8 (save the file as UTF-8)"),
        ("title".encode("utf-16"), ":1: is UTF-16, not UTF-8 (save it as UTF-8)"),
    ],
)
def test_what_is_no_toml_is_said_with_its_line(source: str | bytes, found: str) -> None:
    assert problems(source) == [found]


@given(st.binary())
@example(b"a=" + b"{a=" * 3_000)
def test_any_bytes_are_settings_or_a_content_error(data: bytes) -> None:
    with pytest.raises(ContentError):
        parse(data)


KEYS = st.sampled_from(
    [
        *settings.KEYS,
        "feed.entries",
        "author.name",
        "mail.sender",
        "mail.unsubscribe",
        '"a b"',
        "Id",
    ]
)
VALUES = st.one_of(
    st.sampled_from(
        ['"x"', "'\\'", "5", "true", "1.5", "nan", "2017-12-07", "[]", "[1, [2]]", "{}", "{a = 1}"]
    ),
    st.text(alphabet='<>@.,:;"()[]\\/ aé?#%', max_size=12)
    .map(lambda value: value.replace("\\", "\\\\").replace('"', '\\"'))
    .map('"{}"'.format),
)


@given(st.dictionaries(KEYS, VALUES, max_size=8))
@example({"mail.sender": '"<"'})
@example({"mail.sender": '"@."'})
def test_any_values_are_settings_or_a_content_error(values: dict[str, str]) -> None:
    lines = [f"{key} = {value}" for key, value in values.items()]
    try:
        publication = parse("\n".join(lines))
    except ContentError as error:
        found = error.problems
    else:
        assert publication.title
        assert publication.base_url.endswith("/")
        assert publication.base_url.isascii()
        return
    for problem in found:
        assert 0 <= problem.line <= max(1, len(lines))
        assert "\n" not in str(problem)


# How mail is sent


def test_every_setting_of_sending_is_read_and_its_times_are_seconds() -> None:
    found = parse(
        NEEDED
        + """
[mail]
return_path = "bounces@lists.example.org"
web_url = "https://talks.example.org/mail"
connections = 8
messages_per_connection = 10000
rate = 50
max_lateness = "36h"
retry_after = "90s"
retry_for = "2 d"
max_bounces = 1
"""
    ).mail
    assert found == MailSettings(
        return_path="bounces@lists.example.org",
        web_url="https://talks.example.org/mail/",
        connections=8,
        messages_per_connection=10_000,
        rate=50,
        max_lateness_s=36 * 3_600,
        retry_after_s=90,
        retry_for_s=2 * 86_400,
        max_bounces=1,
    )


@pytest.mark.parametrize(
    ("written", "seconds"), [("0s", 0), ("1s", 1), ("45m", 2_700), ("366d", 366 * 86_400)]
)
def test_a_duration_has_a_unit(written: str, seconds: int) -> None:
    data = f'{NEEDED}\n[mail]\nmax_lateness = "{written}"\n'
    assert parse(data).mail.max_lateness_s == seconds


@pytest.mark.parametrize(
    "written",
    [
        '"3"',
        "3",
        '"3 days"',
        '"-3d"',
        '"1.5h"',
        '""',
        '"367d"',
        '"9999999s"',
        "true",
        '"3D"',
        '"٣d"',
    ],
)
def test_what_is_no_duration_is_told(written: str) -> None:
    data = f"{NEEDED}\n[mail]\nretry_for = {written}\n"
    with pytest.raises(ContentError, match=r'mail\.retry_for: .* is not a duration .*"45m"'):
        parse(data)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("connections", "0", "is not a whole number"),
        ("connections", '"4"', "is not a whole number"),
        ("messages_per_connection", "10001", "is not a whole number"),
        ("rate", "1.5", "is not a whole number"),
        ("rate", "-1", "from 0 to 10000"),
        ("max_bounces", "true", "is not a whole number"),
        ("return_path", '"Ana <a@example.org>"', "is not a plain mail address"),
        ("return_path", '"ñ@example.org"', "is not a plain mail address"),
        ("return_path", '"a@mañana.example"', "is not a plain mail address"),
        ("return_path", f'"{"a" * 190}@example.org"', "is not a plain mail address"),
        ("web_url", '"mail.example.org"', "does not begin with https://"),
        ("web_url", '"https://example.org/?a=b"', "is not a plain web address"),
        ("web_ulr", '"https://example.org/"', "did you mean web_url?"),
    ],
)
def test_mistakes_in_how_mail_is_sent_are_told(key: str, value: str, says: str) -> None:
    with pytest.raises(ContentError) as caught:
        parse(f"{NEEDED}\n[mail]\n{key} = {value}\n")
    (problem,) = caught.value.problems
    assert problem.key == f"mail.{key}"
    assert says in str(problem)
