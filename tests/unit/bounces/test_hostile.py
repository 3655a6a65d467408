"""Whatever bytes come to the bounce mailbox: a Report, soon, and about nobody without a token."""

import time
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.bounces import (
    MAX_BYTES,
    Quiet,
    Report,
    is_about_recipient,
    judged,
    read_report,
)
from feeds.bounces.mime import parsed, parts, unencoded
from feeds.deliveries import BounceKind
from tests.unit.bounces.test_corpus import DELIVERY, FILES, TOKENS, mail

MAILS = [mail(path)[1] for path in FILES]
TOKEN = TOKENS.delivery(*DELIVERY)
VERP = f"Delivered-To: b+{TOKEN}@lists.example.org\nFrom: MAILER-DAEMON@x.example\n".encode()
LINES = sorted({line for data in MAILS for line in data.split(b"\n")})


def sound(report: Report) -> None:
    assert isinstance(report.kind, Quiet | BounceKind)
    assert report.delivery in {None, DELIVERY}
    assert report.at is None or report.at.tzinfo is not None
    assert len(report.code) <= 11


@given(st.binary(max_size=2_000))
def test_any_bytes_are_a_report_about_nobody(data: bytes) -> None:
    report = read_report(data, TOKENS)
    sound(report)
    assert report.delivery is None


@given(st.lists(st.sampled_from(LINES), max_size=60), st.booleans())
def test_lines_of_real_mails_in_any_order_are_a_report(lines: list[bytes], ours: bool) -> None:
    sound(read_report((VERP if ours else b"") + b"\n".join(lines), TOKENS))


@given(
    st.sampled_from(MAILS),
    st.lists(
        st.tuples(st.integers(0, 10_000), st.integers(0, 40), st.binary(max_size=40)), max_size=8
    ),
)
def test_a_damaged_mail_is_a_report(data: bytes, cuts: list[tuple[int, int, bytes]]) -> None:
    for at, length, new in cuts:
        data = data[: at % (len(data) + 1)] + new + data[at % (len(data) + 1) + length :]
    sound(read_report(data, TOKENS))


@given(st.sampled_from(MAILS), st.data())
def test_a_mail_cut_off_anywhere_is_a_report(data: bytes, draw: st.DataObject) -> None:
    sound(read_report(data[: draw.draw(st.integers(0, len(data)))], TOKENS))


WORDS = ["=?", "?=", "utf-8", "?q?", "?b?", "idna", "hex", "utf-7", "=", "=ZZ", "_", "é", "A", "x"]


@given(st.lists(st.sampled_from(WORDS), max_size=14).map("".join))
@example("=?é?q?=?=?")  # CharsetError
def test_encoded_words_of_any_form_are_text(text: str) -> None:
    assert isinstance(unencoded(text), str)


DATES = ["Mon", " ", ", ", "11", "Dec", "2017", "9" * 20, "-", "0000", ":", "15:04:05", "(", "GMT"]


@given(st.lists(st.sampled_from(DATES), max_size=14).map("".join), st.sampled_from(["D", "R"]))
def test_dates_of_any_form_are_a_moment_or_none(text: str, header: str) -> None:
    name = {"D": "Date: ", "R": "Received: by x;"}[header]
    sound(read_report(f"{name}{text}\n\n".encode(), TOKENS))


NAMES = [
    "Content-Type",
    "Content-Transfer-Encoding",
    "From",
    "To",
    "Subject",
    "Status",
    "Action",
    "Feedback-Type",
]
VALUES = ["multipart/report", "; report-type=", "delivery-status", "; boundary=b", "text/plain"]
VALUES += ["message/delivery-status", "message/feedback-report", "message/rfc822", "base64"]
VALUES += [
    "text/rfc822-headers",
    "x-uuencode",
    "; report-type*=utf-8''%41",
    "failed",
    '"',
    "(",
    ";",
]
PIECES = st.one_of(
    st.tuples(
        st.sampled_from(NAMES), st.lists(st.sampled_from(VALUES), max_size=4).map("".join)
    ).map(": ".join),
    st.sampled_from(["", "--b", "--b--", "begin 644 x", "====", "<a@b.example>:"]),
)


@given(st.lists(PIECES, max_size=25).map("\n".join))
def test_headers_and_parts_of_any_form_are_a_report(text: str) -> None:
    sound(read_report(VERP + text.encode(), TOKENS))


@pytest.mark.parametrize("kind", ["", ";", "; abuse", "(x)", "\x00", "Abuse; x", "ABUSE (x)"])
def test_a_complaint_of_a_kind_that_nobody_knows_is_one(kind: str) -> None:
    head = "Content-Type: multipart/report; boundary=b\n\n--b\n"
    fields = f"Content-Type: message/feedback-report\n\nFeedback-Type: {kind}\nVersion: 1\n"
    report = read_report(VERP + (head + fields).encode(), TOKENS)
    assert (report.kind, report.delivery) == (BounceKind.COMPLAINT, DELIVERY)


def nested(kind: bytes, depth: int) -> bytes:
    return VERP + b"".join(
        b"Content-Type: multipart/%s; boundary=b%d\n\n--b%d\n" % (kind, number, number)
        for number in range(depth)
    )


ENDLESS: dict[str, Callable[[], bytes]] = {
    "depth": lambda: nested(b"mixed", 10_000),
    "digests": lambda: nested(b"digest", 5_000),
    "messages": lambda: VERP + b"Content-Type: message/rfc822\n\n" * 18_000,
    "folded": lambda: VERP + b"Content-Type:\n multipart/mixed; boundary=b\n\n--b\n" * 10_000,
    "lines": lambda: nested(b"mixed", 30) + b"\n" * MAX_BYTES,
    "boundaries": lambda: nested(b"mixed", 30) + b"--b1\n" * 100_000,
    "parts": lambda: nested(b"mixed", 1) + b"\n--b0\n" * 80_000,
    "statuses": lambda: (
        VERP
        + b"Content-Type: multipart/report; boundary=b\n\n--b\n"
        + b"Content-Type: message/delivery-status\n\n"
        + b"Action: failed\nStatus: 5.1.1\n\n" * 16_000
    ),
    "headers": lambda: VERP + b"Subject: =?utf-8?q?" + b"x" * MAX_BYTES,
    "many headers": lambda: VERP + b"Received: for a+b@c; x\n" * 20_000,
    "words": lambda: VERP + b"Subject: " + b"=?utf-8?q?=41?= " * 30_000,
    "a line": lambda: VERP + b"\n" + b"<a@b.example> " * 40_000,
    "addresses": lambda: VERP + b"\n" + b"<a@b.example>\n" * 30_000,
    "quotes": lambda: VERP + b"\n" + b"> " * 200_000,
    "blank lines": lambda: VERP + b"\n" + b"\n" * MAX_BYTES + b"Message-ID: x",
    "message ids": lambda: VERP + b"\n" + b"Message-ID: <aaaaaaaaaaa\n" * 30_000,
    "tokens": lambda: b"To: " + b"b+aaaaaaaabbbbbbbbccccccccdddddddd@x " * 10_000,
    "parameters": lambda: VERP + b"Content-Type: multipart/report" + b"; a*1*=''%41" * 40_000,
    "comments": lambda: VERP + b"Date: " + b"(" * 100_000,
    "dots": lambda: VERP + b"\n5" + b".1" * 100_000,
    "full": lambda: VERP + b"\n" + b"mailbox is " * 40_000,
    "sorry": lambda: (
        VERP + b"\nHi. This is the qmail-send program at x.\n" + b"<a@b.example>:\n" * 19_000
    ),
    "zeros": lambda: VERP + b"\n" + bytes(MAX_BYTES),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ENDLESS)
def test_a_mail_without_end_is_read_soon(name: str) -> None:
    data = ENDLESS[name]()
    start = time.process_time()
    sound(read_report(data, TOKENS))
    assert time.process_time() - start < 10  # seconds of work; the worst takes about one


def test_what_is_cut_off_does_not_count() -> None:
    far = VERP + b"\n" + b"x" * 70 * 10_000
    assert read_report(far + b"\nAuto-Submitted: auto-replied", TOKENS).kind is Quiet.OTHER
    assert read_report(b"x: " + b"y" * MAX_BYTES + b"\n" + VERP, TOKENS).delivery is None


def test_a_mail_is_cut_to_size_before_it_is_parsed() -> None:
    many = str(parsed(VERP + b"\n" + b"\n" * 100_000).get_payload())
    assert 19_000 < many.count("\n") <= 20_000
    (line,) = str(parsed(VERP + b"\n" + b"x" * 100_000).get_payload()).split()
    assert len(line) == 2_000


def test_a_mail_nested_beyond_reason_still_says_where_it_went() -> None:
    deep = nested(b"mixed", 1_000)
    assert len(parts(parsed(deep))) == 1
    assert read_report(deep, TOKENS).delivery == DELIVERY


def test_what_flufl_trips_over_is_no_bounce(caplog: pytest.LogCaptureFixture) -> None:
    # An IndexError in 6.0.0, on Pythons whose parser gives a mail without From no sender.
    odd = f"Return-Path: <>\nTo: b+{TOKEN}@lists.example.org\n\n".encode()
    assert read_report(odd, TOKENS).kind is Quiet.OTHER
    assert caplog.text == ""


def test_a_line_that_a_mailbox_puts_before_a_mail_is_no_header() -> None:
    (leave,) = [mail(path)[1] for path in FILES if path.stem == "leave"]
    before = b"From ana@example.net Mon Dec 11 16:00:00 2017\n"
    assert read_report(before + leave, TOKENS) == read_report(leave, TOKENS)


@pytest.mark.parametrize(
    ("status", "said", "kind", "code"),
    [
        ("5.1.1", "", "hard", "5.1.1"),
        ("5.1.1 (bad destination mailbox address)", "", "hard", "5.1.1"),
        ("5.0.0", "smtp; 550 5.2.2 mailbox full", "soft", "5.2.2"),
        ("5.0.0", "smtp; 550 no such user", "hard", "5.0.0"),
        ("5.0.0", "smtp; 552 over quota", "soft", "5.0.0"),
        ("5.0.0", "", "hard", "5.0.0"),
        ("", "smtp; 421 try later", "soft", "4.0.0"),
        ("", "smtp; 550 from 205.1.1.2 is refused", "hard", "5.0.0"),
        ("", "", "soft", ""),
        ("4.4.7", "smtp; 550 5.1.1 no", "soft", "4.4.7"),
        ("5.7.26", "", "soft", "5.7.26"),
        ("5.1.8", "", "soft", "5.1.8"),
        ("5.1.10", "", "hard", "5.1.10"),
        ("5.4.7", "", "soft", "5.4.7"),
        ("5.4.4", "", "hard", "5.4.4"),
        ("5.5.0", "", "hard", "5.5.0"),
        ("5.9.9", "", "hard", "5.9.9"),
        ("2.0.0", "", "soft", ""),
    ],
)
def test_a_status_says_how_final_it_is(status: str, said: str, kind: str, code: str) -> None:
    assert judged(status, said) == (BounceKind(kind), code)


@pytest.mark.parametrize(
    ("code", "text", "about"),
    [
        (550, "5.1.1 nobody of that name", True),
        (550, "5.2.2 mailbox full", True),
        (550, "User unknown", True),
        (553, "5.1.3 an address that no command can carry", True),
        (550, "5.4.1 Recipient address rejected: Access denied", True),
        (554, "5.7.1 Client host rejected: Access denied", False),
        (550, "5.7.1 message content rejected", False),
        (552, "5.3.4 57,000 bytes; the relay takes 1,000", False),
        (553, "5.6.7 the relay does not offer SMTPUTF8", False),
        (553, "5.1.8 sender refused", False),
        (554, "transaction failed", False),
        (0, "not sent: a bare line end", False),
    ],
)
def test_a_refusal_is_about_the_recipient_or_about_us(code: int, text: str, *, about: bool) -> None:
    assert is_about_recipient(code, text) is about
