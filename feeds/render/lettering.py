"""Words on pictures, in Source Sans Pro, which comes as a package of its own: the same bytes
everywhere, whatever fonts a machine has. It holds Latin, Greek and Cyrillic letters. A line with
letters that it lacks is left off, and so is an emoji from the middle of one: boxes in place of
letters help nobody.
"""

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from feeds.text import one_line, shortened

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

PAPER, INK, QUIET, ACCENT = "#1d2440", "#ffffff", "#b8bdd6", "#a9b9ff"
_LEADING = 1.22


@dataclass(frozen=True, slots=True)
class Panel:
    """Where a title goes: ``sizes_px`` are tried from the largest on."""

    width_px: int
    height_px: int
    sizes_px: tuple[int, ...]


def step_px(font: "FreeTypeFont") -> int:
    """From one line to the next."""
    return round(font.size * _LEADING)


def fitted(title: str, panel: Panel) -> tuple["FreeTypeFont", Sequence[str]]:
    """The largest type in which the title fits, and its lines; the smallest, cut, for a novel."""
    for size in panel.sizes_px:
        found = font("Semibold", size)
        lines = _wrapped(found, title, panel.width_px)
        whole = all(found.getlength(word) <= panel.width_px for word in title.split(" "))
        if whole and len(lines) * step_px(found) <= panel.height_px:
            return found, lines
    found = font("Semibold", panel.sizes_px[-1])
    most = panel.height_px // step_px(found)
    lines = _wrapped(found, title, panel.width_px)
    if len(lines) > most:
        rest = " ".join(lines[most - 1 :])
        lines = [*lines[: most - 1], one(found, rest, panel.width_px)]
    return found, lines


def _wrapped(font: "FreeTypeFont", title: str, width_px: int) -> list[str]:
    """Lines of whole words; a word that no line holds is parted."""
    lines: list[str] = []
    for word in title.split(" "):
        rest = word
        if lines and font.getlength(f"{lines[-1]} {rest}") <= width_px:
            lines[-1] = f"{lines[-1]} {rest}"
            continue
        while font.getlength(rest) > width_px:
            count = next(
                count
                for count in range(len(rest) - 1, 0, -1)
                if font.getlength(rest[:count]) <= width_px or count == 1
            )
            lines.append(rest[:count])
            rest = rest[count:]
        lines.append(rest)
    return lines


def one(font: "FreeTypeFont", text: str, width_px: int) -> str:
    """As many whole words of ``text`` as one line holds."""
    limit = len(text)
    while limit > 1 and font.getlength(shortened(text, limit)) > width_px:
        limit -= 1
    return shortened(text, limit) if text else ""


def drawable(text: str, most: int = 2000) -> str:
    """``text`` composed, without symbols that the typeface lacks; empty when it lacks letters.

    At most ``most`` characters of it are looked at.
    """
    kept = []
    for char in unicodedata.normalize("NFC", one_line(text)[:most]):
        if char == " " or _has(char):
            kept.append(char)
        elif unicodedata.category(char)[0] in "LMN":
            return ""
    return one_line("".join(kept))


@cache
def _has(char: str) -> bool:
    """Whether the typeface has ``char``: what it lacks looks as U+FFFF does."""
    found = font("Semibold", 40)
    return bytes(found.getmask(char)) != bytes(found.getmask("\uffff"))


@cache
def font(weight: str, size_px: int) -> "FreeTypeFont":
    """Read as bytes, laid out without libraqm, which not every Pillow has."""
    from importlib.resources import files

    from PIL import ImageFont

    path = files("font_source_sans_pro") / "files" / f"SourceSansPro-{weight}.ttf"
    layout = ImageFont.Layout.BASIC
    return ImageFont.truetype(io.BytesIO(path.read_bytes()), size_px, layout_engine=layout)
