"""The plot: whatever the numbers, it stays within its frame, and every number is in it."""

import itertools
import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feeds.render.plot import Caption, Series, nice_ticks, plot
from feeds.render.words import Words
from tests.support import shipped

SVG = "{http://www.w3.org/2000/svg}"
WORDS = Words("es-MX", shipped()[1])
SIZES = [(335, 230), (672, 260)]


def drawn(
    bars: Sequence[Sequence[int]], line: Sequence[int] | None, size: tuple[int, int] = (672, 260)
) -> etree._Element:
    issues = [f"20{10 + number // 53}-W{1 + number % 53:02}" for number in range(len(bars[0]))]
    found = plot(
        WORDS,
        issues,
        [Series(f"bar{number}", values) for number, values in enumerate(bars)],
        Series("line", line) if line is not None else None,
        [f"{issue} <&>" for issue in issues],
        Caption("name", "Título <b>", "Descripción & más"),
        size,
    )
    return etree.fromstring(found)


def with_class(svg: etree._Element, name: str) -> list[etree._Element]:
    return [found for found in svg.iter() if name in (found.get("class") or "").split()]


def boxes(path: str) -> list[tuple[float, float, float, float]]:
    """x, bottom, width and height of each bar of a series."""
    found = re.findall(r"M([\d.]+) ([\d.]+)v-([\d.]+)h([\d.]+)v([\d.]+)z", path)
    assert len(found) == path.count("M")
    return [(float(x), float(y), float(w), float(h)) for x, y, h, w, _ in found]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("number", [1, 2, 3, 59, 60, 61, 300, 1000])
@pytest.mark.parametrize("most", [0, 1, 7, 12_345, 1_234_567, 99_999_999_999])
def test_everything_is_within_the_frame_and_labels_do_not_touch(
    number: int, most: int, size: tuple[int, int]
) -> None:
    values = [most * (at + 1) // number for at in range(number)]
    svg = drawn([values, [1] * number], values, size)
    width, height = size
    for name in ("bar0", "bar1"):
        for series in with_class(svg, name):
            for x, bottom, wide, high in boxes(series.get("d", "")):
                assert x >= 0
                assert x + wide <= width + 0.01
                assert bottom - high >= 0
                assert bottom <= height
    for dot in with_class(svg, "dot"):
        assert 0 < float(dot.get("cx", "")) < width
        assert 0 < float(dot.get("cy", "")) < height
    spans = []
    for text in svg.iter(f"{SVG}text"):
        long = 7.0 * len(text.text or "")
        x = float(text.get("x", ""))
        left = x - {"start": 0, "middle": long / 2, "end": long}[text.get("text-anchor", "start")]
        assert left >= 0, text.text
        assert left + long <= width, text.text
        if (text.text or "").startswith("20") and "-W" in (text.text or ""):
            spans.append((left, left + long))
    spans.sort()
    assert spans
    assert all(after[0] - before[1] > 4 for before, after in itertools.pairwise(spans))


def test_heights_are_the_numbers() -> None:
    svg = drawn([[10, 20, 0], [5, 0, 0]], [15, 20, 40])
    (first,) = with_class(svg, "bar0")
    (second,) = with_class(svg, "bar1")
    ten, twenty = boxes(first.get("d", ""))
    (five,) = boxes(second.get("d", ""))
    assert twenty[3] == pytest.approx(2 * ten[3], abs=0.02)
    assert ten[3] == pytest.approx(2 * five[3], abs=0.02)
    assert five[1] == pytest.approx(ten[1] - ten[3], abs=0.02), "stands on the one below"
    line, *dots = with_class(svg, "line")
    assert line.get("d", "").count("L") == 2
    highest = min(float(dot.get("cy", "")) for dot in with_class(svg, "dot"))
    assert highest == pytest.approx(12), "40 is the top of the scale"
    assert len(dots) == 3


def test_one_of_a_million_can_still_be_seen() -> None:
    svg = drawn([[1_000_000, 1]], None)
    (series,) = with_class(svg, "bar0")
    assert boxes(series.get("d", ""))[1][3] == 1


def test_without_issues_there_is_nothing() -> None:
    caption = Caption("name", "title", "description")
    assert plot(WORDS, [], [Series("sent", [])], None, [], caption, (335, 230)) == b""


def test_a_screen_reader_hears_title_and_description() -> None:
    svg = drawn([[1, 2]], None)
    assert svg.get("role") == "img"
    ids = (svg.get("aria-labelledby") or "").split()
    said = {found.get("id"): found.text for found in svg}
    assert [said[found] for found in ids] == ["Título <b>", "Descripción & más"]
    hints = [found.text for found in svg.iterfind(f"{SVG}rect/{SVG}title")]
    assert hints == ["2010-W01 <&>", "2010-W02 <&>"]


def test_hundreds_of_issues_have_a_line_without_dots() -> None:
    assert with_class(drawn([[1] * 300], [1] * 300), "dot") == []
    assert len(with_class(drawn([[1] * 20], [1] * 20), "dot")) == 20


@given(st.integers(0, 10**15))
def test_ticks_are_few_even_and_reach_the_maximum(maximum: int) -> None:
    ticks = nice_ticks(maximum)
    assert ticks[0] == 0
    assert ticks[-1] >= maximum
    assert 2 <= len(ticks) <= 6
    step = ticks[1]
    assert ticks == [step * number for number in range(len(ticks))]
    assert re.fullmatch(r"[125]0*", str(step))
    assert ticks[-1] - step < max(maximum, 1)
    labels = [WORDS.compact(tick) for tick in ticks]
    assert len(set(labels)) == len(labels)
