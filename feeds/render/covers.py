"""Covers as podcast directories want them: 3000 × 3000 pixels, RGB, JPEG, below 512 KB.

Drawn in the site's colours with Source Sans Pro, which comes as a package of its own: the same
bytes everywhere, whatever fonts a machine has. It holds Latin, Greek and Cyrillic letters. What it
lacks is left off, and a line of which that is the most is left off whole (players show the title
beside the picture): boxes in place of letters help nobody.
"""

import hashlib
import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from feeds.model import Publication, Talk
from feeds.render.kit import byline
from feeds.text import one_line, shortened

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

SIDE_PX = 3000
MAX_BYTES = 512 * 1024  # what Apple asks for
MEDIA_TYPE = "image/jpeg"
_LOOK = "2"  # another one draws every cover anew
_PAPER, _INK, _QUIET, _ACCENT = "#1d2440", "#ffffff", "#b8bdd6", "#a9b9ff"
_LEFT_PX, _TOP_PX, _WIDTH_PX, _HEIGHT_PX = 270, 640, 2460, 1640
_SIZES_PX = (380, 330, 290, 250, 220, 190, 165, 145)
_SMALL_PX = 110
_MAX_CHARS = 500  # more than a cover can hold in its smallest type


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands on a cover, from top to bottom."""

    above: str
    title: str
    below: str

    @property
    def key(self) -> str:
        """Another cover has another one; a name for a file."""
        told = "\0".join((_LOOK, self.above, self.title, self.below))
        return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:32]


def of_show(publication: Publication) -> Cover:
    """The podcast's own."""
    podcast = publication.podcast
    author = podcast.author or (publication.author.name if publication.author else "")
    return Cover(author, podcast.title or publication.title, publication.subtitle)


def of_talk(publication: Publication, talk: Talk) -> Cover:
    """A talk's."""
    return Cover(
        talk.event.name if talk.event else publication.title, talk.title, byline(talk.speakers)
    )


def draw(cover: Cover) -> bytes:
    """The picture as a JPEG; the same bytes for the same words."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (SIDE_PX, SIDE_PX), _PAPER)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 59, SIDE_PX), fill=_ACCENT)
    small = _font("Regular", _SMALL_PX)
    for y, text in ((300, cover.above), (SIDE_PX - 300 - _SMALL_PX, cover.below)):
        pen.text((_LEFT_PX, y), _one(small, _drawable(text)), font=small, fill=_QUIET)
    font, lines = _fitted(_drawable(cover.title))
    step = round(font.size * 1.22)
    y = _TOP_PX + max(0, (_HEIGHT_PX - step * len(lines)) // 2)
    for number, line in enumerate(lines):
        pen.text((_LEFT_PX, y + number * step), line, font=font, fill=_INK)
    pen.rectangle((_LEFT_PX, SIDE_PX - 480, _LEFT_PX + 360, SIDE_PX - 465), fill=_ACCENT)
    for quality in (85, 75, 65, 50):
        found = io.BytesIO()
        image.save(found, "JPEG", quality=quality, optimize=True, dpi=(72, 72))
        if found.tell() <= MAX_BYTES:
            break
    return found.getvalue()


def _fitted(title: str) -> tuple["FreeTypeFont", Sequence[str]]:
    """The largest type in which the title fits, and its lines; the smallest, cut, for a novel."""
    for size in _SIZES_PX:
        font = _font("Semibold", size)
        lines = _wrapped(font, title)
        whole = all(font.getlength(word) <= _WIDTH_PX for word in title.split(" "))
        if whole and len(lines) * round(size * 1.22) <= _HEIGHT_PX:
            return font, lines
    font = _font("Semibold", _SIZES_PX[-1])
    most = _HEIGHT_PX // round(_SIZES_PX[-1] * 1.22)
    lines = _wrapped(font, title)
    if len(lines) > most:
        lines = [*lines[: most - 1], _one(font, " ".join(lines[most - 1 :]))]
    return font, lines


def _wrapped(font: "FreeTypeFont", title: str) -> list[str]:
    """Lines of whole words; a word that no line holds is parted."""
    lines: list[str] = []
    for word in title.split(" "):
        rest = word
        if lines and font.getlength(f"{lines[-1]} {rest}") <= _WIDTH_PX:
            lines[-1] = f"{lines[-1]} {rest}"
            continue
        while font.getlength(rest) > _WIDTH_PX:
            # At least one character, however wide it is.
            count = max(1, _most(font, rest))
            lines.append(rest[:count])
            rest = rest[count:]
        lines.append(rest)
    return lines


def _one(font: "FreeTypeFont", text: str) -> str:
    """As many whole words of ``text`` as one line holds."""
    if font.getlength(text) <= _WIDTH_PX:
        return text
    fits, above = 1, len(text)
    while above - fits > 1:
        middle = (fits + above) // 2
        if font.getlength(shortened(text, middle)) <= _WIDTH_PX:
            fits = middle
        else:
            above = middle
    return shortened(text, fits)


def _most(font: "FreeTypeFont", text: str) -> int:
    """How many characters from the beginning one line holds. A width is asked for of what a few
    lines hold at most, so that a title of one word costs no more than its length."""
    fits, above = 0, 1
    while above <= len(text) and font.getlength(text[:above]) <= _WIDTH_PX:
        fits, above = above, above * 2
    above = min(above, len(text) + 1)
    while above - fits > 1:
        middle = (fits + above) // 2
        if font.getlength(text[:middle]) <= _WIDTH_PX:
            fits = middle
        else:
            above = middle
    return fits


def _drawable(text: str) -> str:
    """``text`` composed, without symbols that the typeface lacks; empty when it lacks letters."""
    kept, lost = [], 0
    for char in unicodedata.normalize("NFC", one_line(text)[:_MAX_CHARS]):
        if char == " " or _has(char):
            kept.append(char)
        else:
            lost += unicodedata.category(char)[0] in "LMN"
    letters = sum(char.isalnum() for char in kept)
    # A word or two in another script may be missing, half of a title may not.
    return one_line("".join(kept)) if lost * 2 <= letters or not lost else ""


@cache
def _has(char: str) -> bool:
    """Whether the typeface has ``char``: what it lacks looks as U+FFFF does."""
    font = _font("Semibold", 40)
    return bytes(font.getmask(char)) != bytes(font.getmask("\uffff"))


@cache
def _font(weight: str, size_px: int) -> "FreeTypeFont":
    """Read as bytes, laid out without libraqm, which not every Pillow has."""
    from importlib.resources import files

    from PIL import ImageFont

    path = files("font_source_sans_pro") / "files" / f"SourceSansPro-{weight}.ttf"
    layout = ImageFont.Layout.BASIC
    return ImageFont.truetype(io.BytesIO(path.read_bytes()), size_px, layout_engine=layout)
