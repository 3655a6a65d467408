"""HTML inside of feeds: what is found in it, and what only looks so."""

import pytest

from feeds.check.documents import html
from feeds.check.documents.sheet import Sheet


def rules(text: str, *, relative: bool = True) -> list[str]:
    sheet = Sheet()
    html.check(sheet, 1, text, relative=relative)
    return [fault.rule for fault in sheet.faults]


@pytest.mark.parametrize(
    "text",
    [
        "<p>once = 'a' and one < 2</p>",
        '<a title="&quot; onmouseover=&quot;alert(1)" href="https://a.example/">x</a>',
        "<p>say <code>&lt;script&gt;</code> and &lt;p onclick='x()'&gt;</p>",
        "<a href=\"#note\" title=\"href='a'\">1</a> <img src='https://a.example/x.png'>",
        '<a href="mailto:a@b.example">a</a> <a href="//a.example/">b</a> <a href="">c</a>',
        "<p>write javascript: before it</p>",
        '<a href="https://a.example/?x=javascript:1">x</a>',
        "<styled-text>a</styled-text> <links>b</links>",
        '<img alt="a > b onclick=\'x\'" src="data:image/png;base64,AAAA"/>',
    ],
)
def test_what_only_looks_so_is_left_alone(text: str) -> None:
    assert rules(text) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("<SCRIPT>a</SCRIPT>", "html-active"),
        ("<p\nonclick = 'x()'>a</p>", "html-active"),
        ("<p title='a > b' OnClick=x>a</p>", "html-active"),
        ('<a href=" JavaScript:alert(1)">a</a>', "html-active"),
        ("<style>p {}</style>", "html-active"),
        ('<iframe src="https://a.example/"></iframe>', "html-frame"),
        ("<img alt='a' src=a.png>", "html-relative"),
        ('<A HREF="/a">a</A>', "html-relative"),
    ],
)
def test_what_readers_remove_or_cannot_follow_is_said(text: str, rule: str) -> None:
    assert rules(text) == [rule]
