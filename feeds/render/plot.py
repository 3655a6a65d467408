"""A plot of numbers by issue, as SVG for the inside of a page, which brings the colours.

Bars are stacked from the bottom in the order of their series; a line may go over them. Colours
are CSS classes named like the series, so that a page's dark and light palettes hold here too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from lxml import etree

from feeds.render.words import Words

_SVG = "http://www.w3.org/2000/svg"
_LETTER_PX = 7.0  # a digit's width at 12 px, rounded up
_TOP, _BOTTOM, _RIGHT = 12.0, 26.0, 8.0
_WIDEST_BAR_PX = 44.0
_LABEL_PX = 84.0  # what "2017-W49" needs below the axis, and air
_DOT_PX = 10.0  # points nearer than this would be a rope


@dataclass(frozen=True, slots=True)
class Series:
    """One number for each issue. ``name`` is its CSS class, and no words for people."""

    name: str
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Caption:
    """What a screen reader says of a plot (SVG 2 §5.7). ``name`` makes its ids unique."""

    name: str
    title: str
    description: str


def plot(
    words: Words,
    issues: Sequence[str],
    bars: Sequence[Series],
    line: Series | None,
    hints: Sequence[str],
    caption: Caption,
    size_px: tuple[int, int],
) -> bytes:
    """An ``<svg>`` of ``size_px`` (width, height); empty without ``issues``.

    ``issues`` are the labels below the axis, oldest first, and ``hints`` what is shown of each
    where a mouse rests.
    """
    if not issues:
        return b""
    stacked = [sum(values) for values in zip(*(series.values for series in bars), strict=True)]
    ticks = nice_ticks(max([*stacked, *(line.values if line else ())]))
    labels = [words.compact(tick) for tick in ticks]
    width, height = float(size_px[0]), float(size_px[1])
    left = 10 + _LETTER_PX * max(map(len, labels))
    frame = _Frame(left, width - _RIGHT, height - _BOTTOM, ticks[-1], len(issues))
    # The stubs do not know the default namespace.
    svg = etree.Element(f"{{{_SVG}}}svg", nsmap={None: _SVG})  # type: ignore[dict-item]
    name = caption.name
    _set(svg, viewBox=f"0 0 {size_px[0]} {size_px[1]}", role="img", id=name)
    svg.set("class", "plot")
    svg.set("aria-labelledby", f"{name}-title {name}-description")
    _add(svg, "title", caption.title, id=f"{name}-title")
    _add(svg, "desc", caption.description, id=f"{name}-description")
    for tick, label in zip(ticks, labels, strict=True):
        y = frame.y(tick)
        grid = f"M{_px(left)} {_px(y)}H{_px(frame.right)}"
        _add(svg, "path", d=grid, **{"class": "base" if tick == 0 else "grid"})
        _add(svg, "text", label, x=_px(left - 6), y=_px(y + 4), **{"text-anchor": "end"})
    for number, x, anchor in frame.labelled():
        _add(svg, "text", issues[number], x=_px(x), y=_px(height - 7), **{"text-anchor": anchor})
    floor = [0] * len(issues)
    for series in bars:
        if path := frame.bars(series.values, floor):
            _add(svg, "path", d=path, **{"class": series.name})
        floor = [low + value for low, value in zip(floor, series.values, strict=True)]
    if line is not None:
        _line(svg, frame, line)
    for number, hint in enumerate(hints):
        x, slot = left + frame.slot * number, frame.slot
        place = {"x": _px(x), "y": _px(_TOP), "width": _px(slot), "height": _px(frame.height)}
        _add(_add(svg, "rect", **place, **{"class": "hint"}), "title", hint)
    return bytes(etree.tostring(svg))


def nice_ticks(maximum: int, most: int = 5) -> list[int]:
    """Whole numbers from 0 to ``maximum`` or just beyond, 1, 2 or 5 × 10ⁿ apart."""
    maximum = max(maximum, 1)
    steps = (digit * 10**power for power in count() for digit in (1, 2, 5))
    step = next(step for step in steps if maximum <= step * most)
    return list(range(0, -(-maximum // step) * step + 1, step))


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where things are, in px: a slot for each of ``number`` issues between two edges."""

    left: float
    right: float
    bottom: float
    maximum: int
    number: int

    @property
    def height(self) -> float:
        return self.bottom - _TOP

    @property
    def slot(self) -> float:
        return (self.right - self.left) / self.number

    def y(self, value: float) -> float:
        return self.bottom - self.height * value / self.maximum

    def middle(self, number: int) -> float:
        return self.left + self.slot * (number + 0.5)

    def bars(self, values: Sequence[int], floor: Sequence[int]) -> str:
        """One path for a whole series. What is there at all is at least a pixel high."""
        wide = min(self.slot * 0.7, _WIDEST_BAR_PX) if self.slot >= 4 else self.slot
        found = []
        for number, (value, low) in enumerate(zip(values, floor, strict=True)):
            if value:
                high = max(self.height * value / self.maximum, 1.0)
                x = self.middle(number) - wide / 2
                found.append(f"M{_px(x)} {_px(self.y(low))}v{_px(-high)}h{_px(wide)}v{_px(high)}z")
        return "".join(found)

    def labelled(self) -> list[tuple[int, float, str]]:
        """Which issues have their name below the axis: the newest, and as many as there is room."""
        half = _LABEL_PX / 2 - 8
        found: list[tuple[int, float, str]] = []
        free = self.right  # where the label to the right begins, and the air before it
        for number in range(self.number - 1, -1, -1):
            x = self.middle(number)
            if not found and x + half > self.right:
                found.append((number, self.right, "end"))
                free = self.right - _LABEL_PX
            elif x - half >= 0 and x + half <= free:
                found.append((number, x, "middle"))
                free = x + half - _LABEL_PX
        return found


def _line(svg: etree._Element, frame: _Frame, line: Series) -> None:
    points = [(frame.middle(number), frame.y(value)) for number, value in enumerate(line.values)]
    if len(points) > 1:
        moves = "L".join(f"{_px(x)} {_px(y)}" for x, y in points)
        _add(svg, "path", d=f"M{moves}", **{"class": f"{line.name} line"})
    if frame.slot >= _DOT_PX:
        for x, y in points:
            _add(svg, "circle", cx=_px(x), cy=_px(y), r="3", **{"class": f"{line.name} dot"})


def _add(parent: etree._Element, tag: str, text: str = "", **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{_SVG}}}{tag}")
    _set(element, **attributes)
    if text:
        element.text = text
    return element


def _set(element: etree._Element, **attributes: str) -> None:
    for key, value in attributes.items():
        element.set(key, value)


def _px(value: float) -> str:
    """At most two decimals, and none where there is nothing behind the point."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
