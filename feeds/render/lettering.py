"""Words on pictures, in Source Sans Pro, which comes as a package of its own: the same bytes
everywhere, whatever fonts a machine has. It holds Latin, Greek and Cyrillic letters. What
it lacks is left off, and a line of which that is the most is left off whole: boxes in place of
letters help nobody.
"""

import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from feeds.text import one_line, shortened

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

PAPER, INK, QUIET, ACCENT = "#1d2440", "#ffffff", "#b8bdd6", "#a9b9ff"
_LEADING = 1.22
_MAX_CHARS = 500  # more than a picture can hold in its smallest type


@dataclass(frozen=True, slots=True)
class Panel:
    """Where a title goes: ``sizes_px`` are tried from the largest on."""

    width_px: int
    height_px: int
    sizes_px: tuple[int, ...]


def step_px(font: "FreeTypeFont") -> int:
    """From one line to the next."""
    return round(font.size * _LEADING)


class _Advances(dict[str, float]):
    """How far each character of a font leads on. They add up: nothing is kerned here."""

    def __init__(self, font: "FreeTypeFont") -> None:
        super().__init__()
        self.font = font

    def __missing__(self, char: str) -> float:
        self[char] = found = self.font.getlength(char)
        return found


@cache
def _advances(font: "FreeTypeFont") -> _Advances:
    return _Advances(font)


def advance(font: "FreeTypeFont", text: str) -> float:
    """Pixels from the beginning of ``text`` to where what follows it begins."""
    return sum(map(_advances(font).__getitem__, text))


def fitted(title: str, panel: Panel) -> tuple["FreeTypeFont", Sequence[str]]:
    """The largest type in which the title fits, and its lines; the smallest, cut, for a novel."""
    letters = title.replace(" ", "")
    for size in panel.sizes_px:
        found = font("Semibold", size)
        most = panel.height_px // step_px(found)
        # Without the blanks between words: most titles are too long for most sizes.
        if advance(found, letters) > most * panel.width_px:
            continue
        words = [(word, advance(found, word)) for word in title.split(" ")]
        if max(width for _, width in words) <= panel.width_px:
            lines = _wrapped(found, words, panel.width_px)
            if len(lines) <= most:
                return found, lines
    words = [(word, advance(found, word)) for word in title.split(" ")]
    lines = _wrapped(found, words, panel.width_px)
    if len(lines) > most:
        rest = " ".join(lines[most - 1 :])
        lines = [*lines[: most - 1], one(found, rest, panel.width_px)]
    return found, lines


def _wrapped(font: "FreeTypeFont", words: Iterable[tuple[str, float]], width_px: int) -> list[str]:
    """Lines of whole words, each given with how far it leads on; a word that no line holds is
    parted."""
    lines: list[str] = []
    blank, used = advance(font, " "), 0.0
    for word, leads_on in words:
        rest, width = word, leads_on
        if lines and used + blank + width <= width_px:
            lines[-1] = f"{lines[-1]} {rest}"
            used += blank + width
            continue
        while width > width_px:
            # At least one character, however wide it is.
            count = max(1, _most(font, rest, width_px))
            lines.append(rest[:count])
            rest = rest[count:]
            width = advance(font, rest)
        lines.append(rest)
        used = width
    return lines


def _most(font: "FreeTypeFont", text: str, width_px: int) -> int:
    """How many characters from the beginning one line holds. A width is asked for of what a few
    lines hold at most, so that a title of one word costs no more than its length."""
    fits, above = 0, 1
    while above <= len(text) and advance(font, text[:above]) <= width_px:
        fits, above = above, above * 2
    above = min(above, len(text) + 1)
    while above - fits > 1:
        middle = (fits + above) // 2
        if advance(font, text[:middle]) <= width_px:
            fits = middle
        else:
            above = middle
    return fits


def one(font: "FreeTypeFont", text: str, width_px: int) -> str:
    """As many whole words of ``text`` as one line holds."""
    if advance(font, text) <= width_px:
        return text
    fits, above = 1, len(text)
    while above - fits > 1:
        middle = (fits + above) // 2
        if advance(font, shortened(text, middle)) <= width_px:
            fits = middle
        else:
            above = middle
    return shortened(text, fits)


def drawable(text: str) -> str:
    """``text`` composed, without what the typeface lacks; empty when that is most of it.

    A word or two in another script may be missing, half of a title may not.
    """
    composed = unicodedata.normalize("NFC", one_line(text)[:_MAX_CHARS])
    if all(map(_has, set(composed) - {" "})):
        return one_line(composed)
    kept, lost = [], 0
    for char in composed:
        if char == " " or _has(char):
            kept.append(char)
        else:
            lost += unicodedata.category(char)[0] in "LMN"
    letters = sum(char.isalnum() for char in kept)
    return one_line("".join(kept)) if lost * 2 <= letters or not lost else ""


@cache
def _has(char: str) -> bool:
    """Whether the typeface has ``char``: what it lacks looks as U+FFFF does."""
    found = font("Semibold", 40)
    return bytes(found.getmask(char)) != bytes(found.getmask("\uffff"))


@cache
def font(weight: str, size_px: int) -> "FreeTypeFont":
    """Read as bytes, laid out without libraqm, which not every Pillow has."""
    from PIL import ImageFont

    layout = ImageFont.Layout.BASIC
    return ImageFont.truetype(io.BytesIO(_file(weight)), size_px, layout_engine=layout)


@cache
def _file(weight: str) -> bytes:
    """One for all sizes: each keeps the bytes that it was read from, which are 290 KB."""
    from importlib.resources import files

    path = files("font_source_sans_pro") / "files" / f"SourceSansPro-{weight}.ttf"
    return path.read_bytes()
