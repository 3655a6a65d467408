"""Of a mail everything is told that somebody has to mend, each on its line."""

import pytest

from feeds.check.documents import Fault
from feeds.check.mail.checking import check_mail
from feeds.edges.mailfiles import support


def page(body: str, attributes: str = "") -> bytes:
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>a</title>
<meta name="viewport" content="width=device-width"></head><body{attributes}>
{body}
</body></html>""".encode()


def faults_of(body: str, attributes: str = "") -> list[Fault]:
    return check_mail("a.html", page(body, attributes), support())


def lines_of(body: str, rule: str) -> list[int]:
    return [fault.line for fault in faults_of(body) if fault.rule == rule]


SIZED = 'width="20" height="20" src="https://a.example/a.png"'


def test_a_decoration_has_an_empty_alt_and_a_link_does_not() -> None:
    """WCAG 1.1.1 and its technique H67."""
    body = f"""<p>a <img alt="" {SIZED}></p>
<p><a href="https://a.example/"><img alt="" {SIZED}></a></p>
<p><a href="https://a.example/"><img alt="" {SIZED}> words</a></p>
<p>a <img {SIZED}></p>"""
    assert lines_of(body, "mail-image-alt") == [4, 6]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ('<p><img alt="a" width="1" height="1" src="https://a.example/a.png"></p>',
         "mail-tracking-pixel"),
        ('<p><img alt="a" src="https://a.example/a.png"></p>', "mail-image-size"),
        ('<p><a href="http:a">b</a></p>', "mail-scheme"),
        ('<p onclick="a()">b</p>', "mail-active-content"),
        ('<p class="{{ name }}">b</p>', "mail-template-left"),
        ('<p><a href="https://a.example/{% a %}">b</a></p>', "mail-template-left"),
        ('<p lang="None">b</p>', "mail-value-missing"),
    ],
)  # fmt: skip
def test_each_is_told_on_its_line(line: str, rule: str) -> None:
    assert lines_of(f"<p>a</p>\n{line}\n{line}", rule) == [4, 5]


@pytest.mark.parametrize(
    ("body", "attributes"),
    [
        ("<p>z</p>", ' text="#eeeeee"'),
        ('<p><a href="https://a.example/">z</a></p>', ' link="#eeeeee"'),
        ('<p style="opacity:.1">z</p>', ""),
        ('<div style="opacity:40%"><p style="opacity:0.4">z</p></div>', ""),
        ('<p style="color:color-mix(in srgb,#fff,#fff)">z</p>', ""),
    ],
)
def test_words_that_nobody_can_read_are_told(body: str, attributes: str) -> None:
    assert "mail-contrast" in {fault.rule for fault in faults_of(body, attributes)}


def test_what_a_template_left_in_styles_is_told_on_each_line() -> None:
    style = "<style>\np { color: {{ a }} }\nb { margin: {{ b }} {{ c }} }</style>"
    data = page("<p>a</p>").replace(b"</head>", style.encode() + b"</head>")
    found = check_mail("a.html", data, support())
    assert [one.line for one in found if one.rule == "mail-template-left"] == [3, 4]


HEAD = b"From: a@b.example\nTo: b@b.example\nMIME-Version: 1.0\nContent-Type: text/plain\n\n"


@pytest.mark.parametrize(
    ("body", "rule", "lines"),
    [
        (b"a\x01\nb\nc\x02\x03\n", "mail-control", [6, 8]),
        (b"a\xe9\nb\nc\xe9\xe9\n", "mail-8bit", [6, 8]),
        (b"a" * 999 + b"\nb\n" + b"c" * 999 + b"\n", "mail-line-length", [6, 8]),
        (b"a\rb\nc\nd\re\n", "mail-line-ends", [6, 8]),
    ],
)
def test_every_line_is_told_that_no_server_takes(body: bytes, rule: str, lines: list[int]) -> None:
    found = check_mail("a.eml", HEAD + body, support())
    assert [one.line for one in found if one.rule == rule] == lines


def test_no_more_than_a_hundred_lines_are_told() -> None:
    found = check_mail("a.eml", HEAD + b"a\x01\n" * 500, support())
    assert len([one for one in found if one.rule == "mail-control"]) == 100


def test_a_message_of_html_alone_is_told_the_rest_too() -> None:
    body = page('<p>a</p>\n<img alt="a" width="1" height="1" src="https://a.example/a.png">')
    head = b"From: a@b.example\nSubject: a\nMIME-Version: 1.0\nContent-Type: text/html\n\n"
    found = {fault.rule: fault.line for fault in check_mail("a.eml", head + body, support())}
    assert "mail-structure" in found
    assert found["mail-tracking-pixel"] == 9


def test_words_that_are_too_deep_are_not_said_to_be_missing() -> None:
    body = "<div>" * 20_000 + "x" + "</div>" * 20_000
    (fault,) = (one for one in faults_of(body) if one.rule == "mail-html-form")
    assert "too deep in each other" in fault.message
