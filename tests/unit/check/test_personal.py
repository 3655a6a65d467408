"""The personal lines of one message: fast, and nothing gets in with them."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.check.messages import check_personal
from tests.support import REPOSITORY
from tests.unit.check.good import LEAVE, RECIPIENT

LINES = (
    f"To: {RECIPIENT}\r\n"
    "Message-ID: <a2b3c4d5e6f7a2b3c4d5e6f7a2b3c4d5@talks.example>\r\n"
    f"List-Unsubscribe: <{LEAVE}>,\r\n <mailto:notas@talks.example?subject=leave>\r\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
).encode()


def test_what_sending_splices_is_fine() -> None:
    assert check_personal(LINES, RECIPIENT) == ""
    assert check_personal(b"To:\r\n ana@example.org\r\n", RECIPIENT) == ""


@pytest.mark.parametrize(
    "to",
    [
        f"Ana <{RECIPIENT}>",
        f'"Pérez, Ana \\"la <b> c\\"" <{RECIPIENT}>'.replace("é", "e"),
        f"=?utf-8?q?P=C3=A9rez?=\r\n <{RECIPIENT}>",
        f"<{RECIPIENT}>",
    ],
)
def test_a_name_before_the_address_is_fine(to: str) -> None:
    assert check_personal(f"To: {to}\r\n".encode(), RECIPIENT) == ""


def test_a_recipient_beyond_ascii_may_have_utf_8_and_no_other_does() -> None:
    lines = "To: señora@example.org\r\n".encode()
    assert check_personal(lines, "señora@example.org") == ""
    assert "8-bit" in check_personal("To: Señora <ana@example.org>\r\n".encode(), RECIPIENT)
    assert "8-bit" in check_personal(b"To: se\xf1ora@example.org\r\n", "señora@example.org")


BAD = {
    "nothing": b"",
    "no To": b"Message-ID: <a@b.example>\r\n",
    "somebody else": b"To: alice@example.org\r\n",
    "two": b"To: alice@example.org, ana@example.org\r\n",
    "two in brackets": b"To: <alice@example.org>, <ana@example.org>\r\n",
    "two, the first quoted": b'To: "a" <alice@example.org>, <ana@example.org>\r\n',
    "a group": b"To: us:alice@example.org;<ana@example.org>\r\n",
    "another spelling": b"To: Ana@example.org\r\n",
    "To twice": LINES + b"To: ana@example.org\r\n",
    "Message-ID twice": LINES + b"message-id: <a@b.example>\r\n",
    "an injected field": LINES + b"Bcc: alice@example.org\r\n",
    "an injected body": LINES + b"\r\nhello",
    "an injected empty line": b"To: ana@example.org\r\n\r\n",
    "a bare LF": b"To: ana@example.org\nBcc: alice@example.org\r\n",
    "a bare CR": b"To: ana@example.org\rBcc: alice@example.org\r\n",
    "a NUL": b"To: ana@example.org\0\r\n",
    "a control character": b"To: \x1b ana@example.org\r\n",
    "an open end": b"To: ana@example.org",
    "a fold of nothing": b" ana@example.org\r\nTo: ana@example.org\r\n",
    "a fold of blanks": b"To: ana@example.org\r\n  \r\n",
    "no blank": b"To:ana@example.org\r\n",
    "no colon": b"To ana@example.org\r\n",
    "a blank before the colon": b"To : ana@example.org\r\n",
    "a long line": LINES.replace(b"<https:", b"<https:" + b"a" * 980),
    "a long fold": b"To: ana@example.org\r\nDate: a\r\n " + b"a" * 998 + b"\r\n",
}


@pytest.mark.parametrize("lines", BAD.values(), ids=BAD)
def test_anything_else_is_named(lines: bytes) -> None:
    said = check_personal(lines, RECIPIENT)
    assert said
    assert "alice" not in said
    assert RECIPIENT not in said


def test_lines_of_998_bytes_are_fine_and_two_signatures_are() -> None:
    fold = b" " + b"a" * 997 + b"\r\n"
    assert check_personal(LINES + b"Feedback-ID: a\r\n" + fold * 3, RECIPIENT) == ""
    assert check_personal(LINES + b"DKIM-Signature: v=1\r\n" * 2, RECIPIENT) == ""


_MEASURED = """
import timeit
from tests.unit.check.test_personal import LINES, RECIPIENT, check_personal
timer = timeit.Timer(lambda: check_personal(LINES, RECIPIENT))
print(min(timer.repeat(repeat=50, number=200)) / 200)
"""


@pytest.mark.slow
def test_it_takes_less_than_ten_microseconds() -> None:
    # In a process of its own, as a coverage that is measured makes everything slower; and the
    # best of many short runs, as other work on this machine makes none of them faster.
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout) < 10e-6


_LINES = st.lists(
    st.sampled_from(
        [
            b"To: ",
            b"ana@example.org",
            b"\r\n",
            b"\n",
            b"\r",
            b" ",
            b"\t",
            b"Bcc: ",
            b"a",
            b"<",
            b">",
        ]
    ),
    max_size=30,
).map(b"".join)


@given(_LINES | st.binary(max_size=200))
def test_what_passes_holds_one_to_and_no_other_field(lines: bytes) -> None:
    if check_personal(lines, RECIPIENT) == "":
        unfolded = lines.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
        assert unfolded.count(b"\r\n") == 1
        assert unfolded.startswith(b"To:")
        assert unfolded.endswith((b"ana@example.org\r\n", b"<ana@example.org>\r\n"))
        assert lines.replace(b"\r\n", b"").isascii()
        assert b"\n" not in lines.replace(b"\r\n", b"")
