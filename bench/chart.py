"""A plot of cost against number of talks, both logarithmic, as SVG."""

import math
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

_WIDTH, _HEIGHT = 640, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 130, 40, 50
# Okabe and Ito's colours: told apart by everybody, in light and dark.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#999999")
_STYLE = (
    "text { font: 12px system-ui, sans-serif; fill: #222 } .grid { stroke: #ddd }"
    " .paper { fill: #fff } @media (prefers-color-scheme: dark)"
    " { text { fill: #ddd } .grid { stroke: #444 } .paper { fill: #181818 } }"
)
Points = Sequence[tuple[float, float]]


def log_log(title: str, lines: Mapping[str, Points], across: str, up: str) -> bytes:
    """One line for each name, through its points; no figure may be 0 or less."""
    points = [point for line in lines.values() for point in line]
    if not points:
        raise ValueError("nothing to plot")
    horizontal = _range([x for x, _ in points])
    vertical = _range([y for _, y in points])
    svg = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_WIDTH} {_HEIGHT}",
            "role": "img",
        },
    )
    ET.SubElement(svg, "title").text = title
    ET.SubElement(svg, "style").text = _STYLE
    ET.SubElement(svg, "rect", {"class": "paper", "width": "100%", "height": "100%"})
    _text(svg, _LEFT, 22, title)
    _grid(svg, horizontal, vertical)
    _text(svg, (_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 8, across, "middle")
    _text(svg, 8, _TOP - 6, up)
    for number, (name, line) in enumerate(lines.items()):
        _line(svg, name, number, [(_x(x, horizontal), _y(y, vertical)) for x, y in sorted(line)])
    ET.indent(svg)
    text: bytes = ET.tostring(svg, "utf-8", xml_declaration=True)
    return text + b"\n"


def _range(figures: list[float]) -> tuple[int, int]:
    """Whole powers of ten around the figures; ValueError for what has no logarithm."""
    low = math.floor(math.log10(min(figures)))
    high = math.ceil(math.log10(max(figures)))
    return low, max(high, low + 1)


def _x(value: float, span: tuple[int, int]) -> float:
    part = (math.log10(value) - span[0]) / (span[1] - span[0])
    return _LEFT + part * (_WIDTH - _LEFT - _RIGHT)


def _y(value: float, span: tuple[int, int]) -> float:
    part = (math.log10(value) - span[0]) / (span[1] - span[0])
    return _HEIGHT - _BOTTOM - part * (_HEIGHT - _TOP - _BOTTOM)


def _grid(svg: ET.Element, horizontal: tuple[int, int], vertical: tuple[int, int]) -> None:
    for power in range(horizontal[0], horizontal[1] + 1):
        x = _x(10.0**power, horizontal)
        _stroke(svg, x, _TOP, x, _HEIGHT - _BOTTOM)
        _text(svg, x, _HEIGHT - _BOTTOM + 18, f"{10**power:,}", "middle")
    for power in range(vertical[0], vertical[1] + 1):
        y = _y(10.0**power, vertical)
        _stroke(svg, _LEFT, y, _WIDTH - _RIGHT, y)
        _text(svg, _LEFT - 8, y + 4, f"{10.0**power:,g}", "end")


def _stroke(svg: ET.Element, x: float, y: float, to_x: float, to_y: float) -> None:
    ends = {"x1": x, "y1": y, "x2": to_x, "y2": to_y}
    ET.SubElement(svg, "line", {"class": "grid", **{key: f"{at:.1f}" for key, at in ends.items()}})


def _line(svg: ET.Element, name: str, number: int, points: Points) -> None:
    colour = _COLOURS[number % len(_COLOURS)]
    way = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    ET.SubElement(
        svg, "polyline", {"points": way, "fill": "none", "stroke": colour, "stroke-width": "2"}
    )
    for x, y in points:
        ET.SubElement(svg, "circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": "3", "fill": colour})
    # At the side, in the lines' order, so that names do not cover one another.
    y = _TOP + 14 + number * 18
    ET.SubElement(
        svg,
        "rect",
        {"x": str(_WIDTH - _RIGHT + 12), "y": f"{y - 9}", "width": "10", "height": "10"},
    ).set("fill", colour)
    _text(svg, _WIDTH - _RIGHT + 28, y, name)


def _text(svg: ET.Element, x: float, y: float, words: str, anchor: str = "start") -> None:
    at = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor}
    ET.SubElement(svg, "text", at).text = words
