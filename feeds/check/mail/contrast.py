"""Contrast of a mail's words, in its light and its dark palette: WCAG 2.2 §1.4.3, level AA."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import tinycss2.color4

from feeds.check.mail.styles import Cascade, Declaration, Sheet

_LARGE_PX, _LARGE_BOLD_PX = 24.0, 18.66
NORMAL, LARGE = 4.5, 3.0
_BOLD = {"b", "strong", "h1", "h2", "h3", "h4", "h5", "h6", "th"}
_SIZES = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h5": 0.83, "h6": 0.67, "small": 0.83}
_UNITS_PX = {"px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 37.8, "mm": 3.78, "rem": 16.0}
_SKIPPED = {"head", "style", "script", "title"}

Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Pair:
    """Words on their background: colours from 0 to 1, and the ratio between them."""

    dark: bool
    line: int
    words: str
    ink: Rgb
    ground: Rgb
    large: bool

    @property
    def ratio(self) -> float:
        """From 1 to 21."""
        light, other = sorted((luminance(self.ink), luminance(self.ground)), reverse=True)
        return (light + 0.05) / (other + 0.05)

    @property
    def wanted(self) -> float:
        """What it must be at least."""
        return LARGE if self.large else NORMAL

    @property
    def is_enough(self) -> bool:
        """Whether it is readable."""
        return self.ratio >= self.wanted


def luminance(colour: Rgb) -> float:
    """Relative luminance (WCAG 2.2, definitions)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def hexed(colour: Rgb) -> str:
    """``#1c1d21``."""
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)


@dataclass(frozen=True, slots=True)
class _Look:
    """What an element gives to those in it; ``ground`` is None where a picture lies below."""

    ink: Rgb
    ground: Rgb | None
    size_px: float
    bold: bool
    opacity: float = 1.0
    link: Rgb | None = None


def pairs_of(root: Any, sheets: Sequence[Sheet]) -> Iterator[Pair]:
    """All words with their colours, in the light palette and in the dark one where there is one."""
    palettes = [False]
    if any(rule.is_dark for sheet in sheets for rule in sheet.rules):
        palettes.append(True)
    for dark in palettes:
        walk = _Walk(Cascade(root, sheets, dark=dark), dark=dark)
        ink, ground = ((1.0,) * 3, (0.07,) * 3) if dark else ((0.0,) * 3, (1.0,) * 3)
        yield from walk.element(root, _Look(ink, ground, 16.0, bold=False))


class _Walk:
    def __init__(self, cascade: Cascade, *, dark: bool) -> None:
        self.cascade, self.dark = cascade, dark

    def element(self, top: Any, look: _Look) -> Iterator[Pair]:
        """The words below one element; not recursive, for mails may be nested deeply."""
        pending = [(top, look)]
        while pending:
            node, above = pending.pop()
            if not isinstance(node.tag, str) or node.tag in _SKIPPED:
                continue
            style = self.cascade.of(node)
            if _is_hidden(style):
                continue
            own = self._look(node, style, above)
            words = node.text or ""
            if node.tag == "img":
                words = node.get("alt") or ""
            yield from self._pair(node, words, own)
            for child in node:
                yield from self._pair(child, child.tail or "", own)
            pending += [(child, own) for child in reversed(node)]

    def _pair(self, node: Any, words: str, look: _Look) -> Iterator[Pair]:
        if words.strip() and look.ground is not None and look.size_px > 1:
            large = look.size_px >= (_LARGE_BOLD_PX if look.bold else _LARGE_PX)
            line = int(node.sourceline or 1)
            ink = _over((*look.ink, look.opacity), look.ground) or look.ink
            yield Pair(self.dark, line, " ".join(words.split()), ink, look.ground, large)

    def _look(self, node: Any, style: dict[str, Declaration], above: _Look) -> _Look:
        look = above
        if node.tag == "a" and node.get("href"):
            usual = (0.62, 0.62, 1.0) if self.dark else (0.0, 0.0, 0.93)
            look = replace(look, ink=look.link or usual)
        if node.tag in _BOLD:
            size_px = look.size_px * _SIZES.get(node.tag, 1.0)
            look = replace(look, bold=True, size_px=size_px)
        attribute = node.get("bgcolor")
        if attribute and (found := _colour(attribute)) is not None:
            look = replace(look, ground=_over(found, look.ground))
        if node.tag == "body":
            look = _of_body(node, look)
        if (opacity := style.get("opacity")) is not None:
            look = replace(look, opacity=look.opacity * _part(opacity))
        for name in ("background", "background-color", "background-image"):
            if name in style:
                look = replace(look, ground=_ground(style[name], look.ground))
        look = self._letters(style, look, above.size_px)
        colour = _colour_of(style["color"]) if "color" in style else None
        if colour is None and node.get("color"):
            colour = _colour(node.get("color"))
        if colour is not None and (ink := _over(colour, look.ground)) is not None:
            look = replace(look, ink=ink)
        return look

    @staticmethod
    def _letters(style: dict[str, Declaration], look: _Look, above_px: float) -> _Look:
        """How large and how bold the words are."""
        if (size := style.get("font-size")) is not None:
            look = replace(look, size_px=_size_px(size, above_px))
        if (weight := style.get("font-weight")) is not None:
            look = replace(look, bold=_is_bold(weight.value))
        return look


def _of_body(node: Any, look: _Look) -> _Look:
    """The colours in the attributes of <body> (HTML §15.3.3)."""
    if (ink := _over(_colour(node.get("text") or "") or (0, 0, 0, 0), look.ink)) is not None:
        look = replace(look, ink=ink)
    if (found := _colour(node.get("link") or "")) is not None:
        look = replace(look, link=_over(found, look.ground))
    return look


def _part(declaration: Declaration) -> float:
    """An opacity, from 0 to 1."""
    for token in declaration.tokens:
        if token.type in {"number", "percentage"}:
            value = token.value / 100 if token.type == "percentage" else token.value
            return float(min(max(value, 0.0), 1.0))
    return 1.0


def _is_hidden(style: dict[str, Declaration]) -> bool:
    display, visible = style.get("display"), style.get("visibility")
    return (display is not None and display.value.lower() == "none") or (
        visible is not None and visible.value.lower() == "hidden"
    )


def _is_bold(value: str) -> bool:
    return value.lower() in {"bold", "bolder"} or (value.isdecimal() and int(value) >= 700)


def _size_px(declaration: Declaration, above_px: float) -> float:
    for token in declaration.tokens:
        if token.type == "dimension":
            factor = above_px if token.lower_unit == "em" else _UNITS_PX.get(token.lower_unit)
            return float(token.value * factor) if factor else above_px
        if token.type == "percentage":
            return float(above_px * token.value / 100)
        if token.type == "number":
            return float(token.value)
    return above_px


def _colour(value: Any) -> tuple[float, float, float, float] | None:
    """Red, green, blue and opacity; None for what is no colour of its own."""
    found = tinycss2.color4.parse_color(value) if value else None
    if found is None or isinstance(found, str):
        return None
    try:
        red, green, blue = found.to("srgb").coordinates
    except NotImplementedError:
        # tinycss2 turns hsl() and hwb() into sRGB, and no colours beyond those.
        return None
    return red or 0.0, green or 0.0, blue or 0.0, found.alpha


def _colour_of(declaration: Declaration) -> tuple[float, float, float, float] | None:
    """The colour that a declaration names."""
    mixed = (_mixed(token) for token in declaration.tokens)
    return next(filter(None, mixed), None) or _colour(declaration.value)


def _mixed(token: Any) -> tuple[float, float, float, float] | None:
    """What color-mix() makes of two colours (CSS Color 5 §3), near enough in any space."""
    if token.type != "function" or token.lower_name != "color-mix":
        return None
    colours = [found for one in token.arguments if (found := _colour(one)) is not None]
    shares = [one.value / 100 for one in token.arguments if one.type == "percentage"]
    if len(colours) != 2:
        return None
    share = shares[0] if shares else 0.5
    red, green, blue, opacity = (
        one * share + other * (1 - share) for one, other in zip(*colours, strict=True)
    )
    return red, green, blue, opacity


def _ground(declaration: Declaration, below: Rgb | None) -> Rgb | None:
    """The background that a declaration makes; None where that is a picture."""
    for token in declaration.tokens:
        if token.type == "url" or (
            token.type == "function" and token.lower_name.endswith(("gradient", "url", "image-set"))
        ):
            return None
        if (found := _mixed(token) or _colour(token)) is not None:
            return _over(found, below)
    return below


def _over(colour: tuple[float, float, float, float], below: Rgb | None) -> Rgb | None:
    """A colour on what shines through it."""
    red, green, blue, opacity = colour
    if opacity >= 1:
        return red, green, blue
    if below is None:
        return None
    return (
        red * opacity + below[0] * (1 - opacity),
        green * opacity + below[1] * (1 - opacity),
        blue * opacity + below[2] * (1 - opacity),
    )
