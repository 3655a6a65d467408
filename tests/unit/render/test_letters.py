"""A spliced letter is the digest, whatever the name, the way out, or the text."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.model import MailSettings, Week
from feeds.render.kit import Kit
from feeds.render.letters import Person, Template, is_one_click, mailto, mark_of, template
from feeds.render.newsletter import Digest
from tests.support import WEEK, make_digest, make_issue, make_kit, make_publication, make_talk

NOW = datetime(2017, 12, 11, 15, 30, tzinfo=UTC)
MARK = mark_of(b"k" * 32, WEEK)
URL = "https://talks.example/unsubscribe/eyJhbGciOiJIUzI1NiJ9.x-_~"
TOKEN = "a2b3c4d5e6f7a2b3c4d5e6f7a2b3c4d5"
KIT = make_kit()
# The longest path that our own links can have, and far beyond.
urls = st.text("abcXYZ0189-_.~=&?%/+:;,!*'()@", max_size=300).map("https://talks.example/".__add__)
# What templates make: text with lines; no bare CR, which is no character of a mail's body.
lines = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "",
                ".",
                "..",
                ".x",
                "From x",
                ">From",
                "=",
                "=3D",
                "x \t",
                " ",
                "\t",
                "--=_x",
                "a" * 75,
            ]
        ),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=120),
        st.integers(70, 80).map("é".__mul__),
        st.integers(60, 90).map(lambda length: "x" * length + " "),
        st.integers(60, 90).map(lambda length: "=" * length),
    ),
    max_size=8,
)
bodies = lines.map("\n".join)


def digest_of(text: str, html: str, subject: str = "Notas de KubeCon") -> Digest:
    return Digest(make_issue(KIT, []), subject, html, text)


def person(**changes: object) -> Person:
    given_ = {
        "email": "ana@example.org",
        "name": "Ana",
        "message_id": f"{TOKEN}@talks.example",
        "leave_urls": (URL, f"mailto:b+leave-{TOKEN}@talks.example?subject=unsubscribe"),
        "one_click": True,
    } | changes
    return Person(**given_)  # type: ignore[arg-type]


def letter(found: Digest, who: Person, kit: Kit = KIT) -> bytes:
    """As it is sent: the template kept, brought back and spliced."""
    made = template(kit, found, MARK, NOW)
    kept = Template.from_bytes(made.to_bytes())
    assert kept == made
    return b"".join(kept.letter(who))


def parsed(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=default)
    assert list(message.defects) == []
    for part in message.walk():
        assert list(part.defects) == []
        for value in part.values():
            assert not value.defects, value
    return message


def contents(data: bytes) -> tuple[str, str]:
    text, html = parsed(data).iter_parts()
    return text.get_content(), html.get_content()


def assert_wire(data: bytes) -> None:
    """RFC 5322 §2.1.1 and §2.2, RFC 2045 §6.7: lines and what they hold."""
    head, _, body = data.partition(b"\r\n\r\n")
    assert data.endswith(b"\r\n")
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", data)
    assert all(0 < len(line) <= 998 for line in head.split(b"\r\n"))
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert body.isascii()
    assert not re.search(rb"[ \t]\r\n", body)
    assert MARK.encode() not in data


@given(bodies, bodies, bodies, bodies, urls)
@example("", "", "", "", "https://talks.example/leave?list=1&copy=2&x=" + "y" * 60)
@example("", "", "", "", URL)
@example("x" * 75, "=" * 25, "x" * 74 + " ", " ", URL)
@example(" ", "\n", "\t\n", ".\n", "https://talks.example/" + "=" * 60)
def test_a_letter_reads_as_the_digest_with_the_way_out_in_it(
    before: str, after: str, html: str, more: str, url: str
) -> None:
    found = digest_of(f"{before}{MARK}{after}\n", f"{html}{MARK}{more}{MARK}\n")
    data = letter(found, person(leave_urls=(url,)))
    assert_wire(data)
    text, shown = (content.replace("\r\n", "\n") for content in contents(data))
    assert text.removesuffix("\n") == f"{before}{url}{after}"
    href = url.replace("&", "&amp;")
    assert shown.removesuffix("\n") == f"{html}{href}{more}{href}"


@given(bodies)
def test_carriage_returns_end_lines_and_never_stand_alone(text: str) -> None:
    data = letter(digest_of(text.replace("x", "\r") + MARK, MARK), person())
    assert_wire(data)


def test_a_real_digest_comes_back_word_for_word() -> None:
    found = make_digest(KIT, [make_talk(number) for number in range(11)])
    leave = "mailto:ana@talks.example?subject=unsubscribe"
    data = letter(found, person())
    text, html = contents(data)
    assert (text.replace("\r\n", "\n"), html.replace("\r\n", "\n")) == (found.text, found.html)
    assert leave in text


@pytest.mark.slow
@pytest.mark.parametrize("length", range(40, 170))
def test_a_way_out_of_any_length_is_whole(length: int) -> None:
    url = "https://talks.example/" + "x" * (length - 22)
    for tail in ("", "=", "=="):
        data = letter(digest_of(f"a {MARK} b\n", f"<{MARK}>\n"), person(leave_urls=(url + tail,)))
        assert_wire(data)
        text, html = contents(data)
        assert (text, html) == (f"a {url}{tail} b\r\n", f"<{url}{tail}>\r\n")


# Names that people have, and names that somebody tries out.
NAMES = [
    "",
    " ",
    "Ana",
    "Ana Pérez",
    "O'Brien-Smith Jr_2",
    "Dr. Ana, PhD",
    'Ana "la jefa" Pérez',
    "back\\slash",
    "semi;colon: <ana@evil.example>",
    "Ana\r\nBcc: all@example.org",
    "Ana\nBcc: all@example.org",
    "Ana\x00\x07\x85\u2028Bcc: x",
    "=?utf-8?q?Ana=0D=0ABcc:_x?=",
    "=?utf-8?b?QW5h?=",
    "אנה פרץ",
    "\u202eAna\u202c",
    "👩‍👩‍👧‍👦 Ana 🎤",
    "\ud800Ana\udfff",
    "ñ" * 1_000,
    "Ana Pérez, " * 100,
    "a" * 1_000,
    "(comment) Ana",
    "ana@example.org",
    "@",
    ",",
    '"',
    "undisclosed-recipients:;",
    "x" * 60,
    "x " * 29 + "x",
]


def assert_addressed(data: bytes, email: str) -> str:
    """The letter has one recipient and no header that was not meant; gives the name shown."""
    assert_wire(data)
    message = parsed(data)
    assert message.keys() == [
        "From",
        "Subject",
        "List-Id",
        "Date",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
        "To",
        "Message-ID",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
    ]
    (address,) = message["To"].addresses
    assert address.addr_spec == email
    return str(address.display_name)


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_a_name(name: str) -> None:
    data = letter(digest_of(MARK, MARK), person(name=name))
    shown = assert_addressed(data, "ana@example.org")
    # Python's own reader puts a blank between two encoded words of a name.
    assert len(shown.replace(" ", "")) <= 100
    assert "\n" not in shown
    if name in {"Ana", "Ana Pérez", "Dr. Ana, PhD", 'Ana "la jefa" Pérez', "אנה פרץ", "x" * 60}:
        assert shown == name


@given(st.text(max_size=200), st.sampled_from(["ana@example.org", "a." + "b" * 60 + "@x.org"]))
@example("=" * 40 + "?", "ana@example.org")
def test_any_name_is_a_name(name: str, email: str) -> None:
    assert_addressed(letter(digest_of(MARK, MARK), person(name=name, email=email)), email)


@given(st.text('aé ,"\\=?_:;<>@()\n\r\t\x00\u202e🎤\ud800', max_size=150))
def test_any_hostile_name_is_a_name(name: str) -> None:
    assert_addressed(letter(digest_of(MARK, MARK), person(name=name)), "ana@example.org")


@pytest.mark.parametrize("name", ["", "José", "Ana"])
def test_an_address_that_is_not_ascii_stands_bare_in_utf_8(name: str) -> None:
    data = letter(digest_of(MARK, MARK), person(email="josé@mañana.example", name=name))
    assert "\r\nTo: <josé@mañana.example>\r\n".encode() in data
    assert_wire(data)


def test_the_head_says_what_relays_and_readers_ask_for() -> None:
    message = parsed(letter(digest_of(MARK, MARK, "Año: ¿qué?"), person()))
    assert message["Date"].datetime == NOW
    assert message["Subject"] == "Año: ¿qué?"
    assert message["Message-ID"] == f"<{TOKEN}@talks.example>"
    assert message["List-Id"] == "<digest.talks.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] == (
        f"<{URL}>, <mailto:b+leave-{TOKEN}@talks.example?subject=unsubscribe>"
    )
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    ("url", "one_click"),
    [
        ("https://talks.example/u", True),
        ("http://localhost:8000/u", True),
        ("http://127.0.0.1/u", True),
        ("http://talks.example/u", False),
        ("http://localhost.example/u", False),
        ("mailto:a@talks.example", False),
    ],
)
def test_one_click_is_promised_where_a_program_can_post(url: str, one_click: bool) -> None:
    assert is_one_click(url) == one_click
    message = parsed(letter(digest_of(MARK, MARK), person(leave_urls=(url,))))
    assert ("List-Unsubscribe-Post" in message) == one_click
    without = parsed(letter(digest_of(MARK, MARK), person(leave_urls=(url,), one_click=False)))
    assert "List-Unsubscribe-Post" not in without


def test_without_a_way_out_there_is_no_header_of_it() -> None:
    message = parsed(letter(digest_of(f"a{MARK}b", MARK), person(leave_urls=())))
    assert "List-Unsubscribe" not in message
    assert "List-Unsubscribe-Post" not in message


def test_a_template_says_how_often_it_shows_the_way_out() -> None:
    for text, html, ways in ((MARK, MARK, 2), ("", MARK, 1), ("", "", 0), (MARK, MARK * 2, 3)):
        assert template(KIT, digest_of(text, html), MARK, NOW).ways_out == ways


def test_letters_share_what_is_common() -> None:
    made = template(KIT, digest_of(f"a{MARK}b", f"c{MARK}d"), MARK, NOW)
    one, other = made.letter(person()), made.letter(person(email="eva@example.org"))
    assert len([1 for mine, theirs in zip(one, other, strict=True) if mine is theirs]) >= 4


@given(
    st.lists(st.binary(max_size=40), min_size=1, max_size=9).filter(lambda found: len(found) % 2)
)
@example([b"=mark=", b"head", b"\n"])
@example([b"", b"head", b""])
def test_what_is_kept_comes_back(pieces: list[bytes]) -> None:
    made = Template(tuple(pieces))
    assert Template.from_bytes(made.to_bytes()) == made


def test_what_was_kept_inside_of_what_is_kept_is_text() -> None:
    """An author who knows how a template is kept cannot cut one."""
    inner = Template((b"a", b"head", b"b")).to_bytes()
    made = Template((inner, b"head", inner))
    assert Template.from_bytes(made.to_bytes()) == made


def test_a_mark_is_one_weeks_and_one_keys() -> None:
    marks = {mark_of(b"k", WEEK), mark_of(b"K", WEEK), mark_of(b"k", Week(2017, 50))}
    assert len(marks) == 3
    assert all(mark.isascii() and mark.isalnum() for mark in marks)


def test_the_mail_way_out_names_the_mailbox() -> None:
    assert mailto("a+leave-x@talks.example") == "mailto:a+leave-x@talks.example?subject=unsubscribe"
    assert mailto("a&b@talks.example") == "mailto:a%26b@talks.example?subject=unsubscribe"


def test_a_reply_goes_where_the_publisher_said() -> None:
    mail = MailSettings(sender="Notas <n@talks.example>", reply_to="Ana <ana@talks.example>")
    message = parsed(letter(digest_of(MARK, MARK), person(), make_kit(make_publication(mail=mail))))
    assert message["From"] == "Notas <n@talks.example>"
    assert message["Reply-To"] == "Ana <ana@talks.example>"
