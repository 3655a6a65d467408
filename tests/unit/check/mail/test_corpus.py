"""Every rule of mails has one mail that breaks it alone, and one beside it that does not."""

import tomllib
from dataclasses import replace

import pytest

from feeds.check.bodies import HTML, TEXT
from feeds.check.documents import Fault
from feeds.check.documents.speaking import in_words, source_in_words
from feeds.check.mail.checking import check_mail
from feeds.check.mail.lines import lines_of
from feeds.check.messages import Expected
from feeds.edges.mailfiles import support
from tests.fuzz.running import bounded
from tests.unit.check.documents.test_corpus import CORPUS, MAILS, document
from tests.unit.check.documents.test_speaking import english_in, translate

EXPECTED = Expected(recipient="ana@example.org", one_click=True)


# What asks for another file uses something that is shown nowhere, too.
BESIDES = {"mail-external-style": {"mail-feature"}}


def faults_of(rule: str, name: str) -> list[Fault]:
    """What is wrong with a mail; ``expected.toml`` says what it should have held, or not."""
    (path,) = (path for path in (CORPUS / rule).glob(f"{name}.*") if path.suffix != ".txt")
    expected = None
    if (said := CORPUS / rule / "expected.toml").exists():
        values = tomllib.loads(said.read_text("utf-8"))
        values["markers"] = tuple(one.encode() for one in values.get("markers", ()))
        expected = replace(EXPECTED, **values)
    text = path.with_suffix(".txt").read_bytes() if path.with_suffix(".txt").exists() else None
    return check_mail(path.name, document(rule, name), support(), text, expected)


@pytest.mark.parametrize("rule", MAILS)
def test_the_invalid_mail_breaks_this_rule_alone(rule: str) -> None:
    assert {fault.rule for fault in faults_of(rule, "invalid")} == {rule, *BESIDES.get(rule, ())}


@pytest.mark.parametrize("rule", MAILS)
def test_the_valid_mail_keeps_every_rule(rule: str) -> None:
    assert [(fault.rule, fault.message) for fault in faults_of(rule, "valid")] == []


# What stands on the line that a fault names; of the others, where the part begins.
LINES = {
    "mail-line-length": b"X-Note:", "mail-line-ends": b"\r\r", "mail-control": b"\x01",
    "mail-8bit": "más".encode(), "mail-header-form": b"Date of", "mail-header-twice": b"Date:",
    "mail-encoded-word": b"Subject:", "mail-from": b"From:", "mail-recipient": b"Cc:",
    "mail-date": b"Date:", "mail-message-id": b"Message-ID:", "mail-subject": b"Subject:",
    "mail-list-id": b"List-Id:", "mail-list-unsubscribe": b"List-Unsubscribe:",
    "mail-list-unsubscribe-post": b"List-Unsubscribe-Post:", "mail-dkim-covers": b"DKIM-Signature:",
    "mail-auto-submitted": b"Auto-Submitted:", "mail-marker-left": b"--8a5f-name--",
    "mail-template-left": b"{{ size }}", "mail-value-missing": b'dir="None"',
    "mail-links-differ": b"https://a.example/", "mail-scheme": b"http://talks.example/one.png",
    "mail-active-content": b"onclick", "mail-external-style": b"@import",
    "mail-tracking-pixel": b'width="1"', "mail-html-lang": b"<html>", "mail-html-title": b"<title>",
    "mail-html-charset": b"<head>", "mail-html-viewport": b"<head>", "mail-image-alt": b"<img",
    "mail-image-size": b'height="50%"', "mail-feature": b"display:flex",
}  # fmt: skip


@pytest.mark.parametrize("rule", MAILS)
def test_a_fault_stands_on_the_line_of_the_file_where_it_is(rule: str) -> None:
    lines = document(rule, "invalid").split(b"\n")
    for fault in faults_of(rule, "invalid"):
        assert 1 <= fault.line <= len(lines)
        if fault.rule == rule and rule in LINES and not (CORPUS / rule / "expected.toml").exists():
            assert LINES[rule] in lines[fault.line - 1]


@pytest.mark.parametrize(
    ("encoding", "shown", "line"),
    [
        ("7bit", "<html>\n<p\nclass=a>\n<img src=x>", 14),
        ("8BIT", "<html>\n<p\nclass=á>\n<img src=x>", 14),
        ("quoted-printable", "<html>\n<p=\n\nclass=3Da>\n<i=\nmg src=3Dx>", 15),
        ("Quoted-Printable", "<html>\n<p=  \nclass=3Da>\n\n<img src=3Dx>", 15),
        ("base64", "PGh0bWw+CjxwCmNsYXNz\nPWE+CjxpbWcgc3JjPXg+", 11),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_of_the_html_is_found_in_the_message(
    encoding: str, shown: str, line: int, end: str
) -> None:
    head = "Subject: a\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\ntext\n--b\n"
    part = f"Content-Type: TEXT/HTML; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n"
    line_of = lines_of(f"{head}{part}{shown}\n--b--\n".replace("\n", end).encode())
    assert line_of(HTML, 4) == line
    assert line_of(HTML, 1) == line_of(HTML, 0) == 11
    assert line_of("", 2) == 2
    assert line_of(TEXT, 1) == 1, "there is none"


@pytest.mark.parametrize("rule", MAILS)
def test_a_fault_in_spanish_holds_no_english(rule: str) -> None:
    for fault in faults_of(rule, "invalid"):
        said = " ".join((*in_words(fault, translate), source_in_words(fault, translate)))
        assert not english_in(said), said


@pytest.mark.parametrize("pump", ["a", "@", "a ", "<a", "a@"])
def test_a_recipient_without_an_end_is_read_soon(pump: str) -> None:
    def read(data: bytes) -> None:
        assert "mail-header-length" in {one.rule for one in check_mail("a.eml", data, support())}

    bounded(read, f"To: {pump * (100_000 // len(pump))}\nSubject: a\n\na\n".encode(), 5.0)
