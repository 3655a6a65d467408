"""Contrast: the numbers of WCAG, and which colours stand on which."""

import pytest
from lxml import etree

from feeds.check.mail.checking import sheets_of
from feeds.check.mail.contrast import Pair, hexed, pairs_of


def pairs(body: str, style: str = "") -> list[Pair]:
    html = f"<html><head><style>{style}</style></head><body>{body}</body></html>"
    root = etree.fromstring(html, etree.HTMLParser())
    return list(pairs_of(root, sheets_of(root)))


def one(body: str, style: str = "") -> tuple[str, str, bool]:
    (pair,) = pairs(body, style)
    return hexed(pair.ink), hexed(pair.ground), pair.large


@pytest.mark.parametrize(
    ("ink", "ground", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),  # the well-known grey that just fails
        ("#767676", "#ffffff", 4.54),  # and the one that just does not
        ("#ff0000", "#0000ff", 2.15),
        ("white", "black", 21.0),
        ("rgb(0 0 0 / 50%)", "#fff", 3.98),
        ("hsl(0, 0%, 0%)", "#fff", 21.0),
    ],
)
def test_the_ratio_is_that_of_wcag(ink: str, ground: str, ratio: float) -> None:
    (pair,) = pairs(f'<p style="color:{ink};background:{ground}">a</p>')
    assert round(pair.ratio, 2) == ratio
    assert pair.is_enough == (ratio >= 4.5)


@pytest.mark.parametrize("ink", ["lab(29% 39 20)", "oklch(40% 0.27 29)", "color(display-p3 1 0 0)"])
def test_a_colour_that_is_not_turned_into_red_green_and_blue_is_passed_by(ink: str) -> None:
    told = one(f'<p style="color:{ink};background:#fff">a</p>')
    assert told == one('<p style="background:#fff">a</p>')


@pytest.mark.parametrize(
    ("style", "large"),
    [
        ("font-size:24px", True), ("font-size:23.9px", False), ("font-size:18pt", True),
        ("font-size:19px;font-weight:bold", True), ("font-size:18px;font-weight:bold", False),
        ("font-size:19px;font-weight:700", True), ("font-size:19px;font-weight:600", False),
        ("font-size:1.5em", True), ("font-size:150%", True), ("font-size:small", False),
    ],
)  # fmt: skip
def test_large_words_need_less(style: str, large: bool) -> None:
    assert one(f'<p style="{style}">a</p>')[2] is large


@pytest.mark.parametrize(
    ("body", "style", "wanted"),
    [
        ("<p>a</p>", "", ("#000000", "#ffffff", False)),
        ('<p bgcolor="#ff0000">a</p>', "", ("#000000", "#ff0000", False)),
        ('<a href="x">a</a>', "", ("#0000ed", "#ffffff", False)),
        ("<a>a</a>", "", ("#000000", "#ffffff", False)),
        ("<h1>a</h1>", "", ("#000000", "#ffffff", True)),
        ('<p class="a">a</p>', ".a{color:#111}p{color:#222}", ("#111111", "#ffffff", False)),
        ('<p class="a" style="color:#333">a</p>', ".a{color:#111}", ("#333333", "#ffffff", False)),
        (
            '<p class="a" style="color:#333">a</p>', ".a{color:#111!important}",
            ("#111111", "#ffffff", False),
        ),
        ('<p id="a" class="b">a</p>', "#a{color:#111}.b{color:#2}", ("#111111", "#ffffff", False)),
        (
            '<p class="a" style="color:#333!important">a</p>', ".a{color:#111!important}",
            ("#333333", "#ffffff", False),
        ),
        ("<p>a</p>", "p{color:#111}p{color:#222}", ("#222222", "#ffffff", False)),
        ("<p>a</p>", "p:hover{color:#111}", ("#000000", "#ffffff", False)),
        ("<p>a</p>", "@media (max-width:9px){p{color:#111}}", ("#000000", "#ffffff", False)),
        (
            '<div style="background:#00f"><p style="background:transparent">a</p></div>', "",
            ("#000000", "#0000ff", False),
        ),
        (
            '<div style="background:rgba(0,0,0,.5)"><p style="color:rgba(255,255,255,.5)">a</div>',
            "", ("#bfbfbf", "#7f7f7f", False),
        ),
        ('<img alt="a" style="background:#123456;color:#fff">', "", ("#ffffff", "#123456", False)),
    ],
)  # fmt: skip
def test_colours_are_those_that_win(body: str, style: str, wanted: tuple[str, str, bool]) -> None:
    found = one(body, style)
    assert found[2] is wanted[2]
    for mine, theirs in zip(found[:2], wanted[:2], strict=True):
        close = [abs(int(mine[at : at + 2], 16) - int(theirs[at : at + 2], 16)) for at in (1, 3, 5)]
        assert max(close) <= 1


@pytest.mark.parametrize(
    "body",
    [
        '<p style="display:none">a</p>',
        '<p style="visibility:hidden">a</p>',
        '<p style="font-size:1px">a</p>',
        '<p style="background:url(https://a.example/a.png)">a</p>',
        '<p style="background:linear-gradient(#fff, #000)">a</p>',
        "<p> </p>",
    ],
)
def test_what_nobody_can_say_or_see_is_left_out(body: str) -> None:
    assert pairs(body) == []


def test_the_dark_palette_is_looked_at_where_there_is_one() -> None:
    style = "@media (prefers-color-scheme: dark) { .a { color: #fff; background: #000 } }"
    found = pairs('<p class="a">a</p>', style)
    assert [(pair.dark, hexed(pair.ink), hexed(pair.ground)) for pair in found] == [
        (False, "#000000", "#ffffff"), (True, "#ffffff", "#000000"),
    ]  # fmt: skip


def test_outlooks_own_selectors_say_nothing_elsewhere() -> None:
    assert one('<p class="a">a</p>', "[data-ogsc] .a{color:#fff}")[0] == "#000000"
