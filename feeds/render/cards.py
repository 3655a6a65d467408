"""Cards: what a link to a page looks like where people share it (Open Graph's ``og:image``).

1200 × 630 pixels as a PNG of sixteen colours, about 10 KB: fifteen steps from the paper to the
letters, and one for the accent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from feeds.model import Publication, Talk
from feeds.render import covers, lettering, png
from feeds.render.covers import Cover
from feeds.render.lettering import ACCENT, INK, PAPER, Panel
from feeds.render.png import Band, Paper

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

WIDTH_PX, HEIGHT_PX = 1200, 630
MEDIA_TYPE = "image/png"
SITE_PATH = "card.png"
_LEFT_PX, _TOP_PX, _BAR_PX = 84, 148, 20
_PANEL = Panel(1036, 330, (84, 76, 68, 60, 54, 48))
_SMALL_PX = 32
_QUIET_LEVEL, _LEVELS = 176, 14  # of 255; the step of the palette that is all ink
_ACCENT_STEP = 15
_FILTER_PX = 2  # the byte before each row, in pixels


def path(talk: Talk) -> str:
    """Where a talk's card stands below ``public/``."""
    return f"{talk.path}card.png"


def of_talk(publication: Publication, talk: Talk) -> Cover:
    """The words on a talk's card: the same as on its cover."""
    return covers.of_talk(publication, talk)


def of_site(publication: Publication) -> Cover:
    """The words on the card of every page that is about no single talk."""
    author = publication.author.name if publication.author else ""
    return Cover(author, publication.title, publication.subtitle)


def draw(card: Cover) -> bytes:
    """The picture as a PNG; the same bytes for the same words."""
    small = lettering.font("Regular", _SMALL_PX)
    bands = []
    for y, text in ((72, card.above), (HEIGHT_PX - 72 - _SMALL_PX, card.below)):
        line = lettering.one(small, lettering.drawable(text[:200]), _PANEL.width_px)
        bands.append(_band([(y, line)], small, _QUIET_LEVEL))
    font, lines = lettering.fitted(lettering.drawable(card.title[:300]), _PANEL)
    step = lettering.step_px(font)
    y = _TOP_PX + max(0, (_PANEL.height_px - step * len(lines)) // 2)
    title = [(y + number * step, line) for number, line in enumerate(lines)]
    bands.append(_band(title, font, 255))
    return png.encoded(_paper(), filter(None, bands))


def _band(lines: Iterable[tuple[int, str]], font: "FreeTypeFont", level: int) -> Band | None:
    """The rows that lines of text take, each given with its place; None where nothing of them
    is to be seen."""
    from PIL import Image

    placed: list[tuple[Any, Any, int, int, int, int, bool]] = []
    for y, line in lines:
        x, inked = _FILTER_PX + _LEFT_PX, 0
        for char in line:
            letter = _letter(font, char, level)
            if letter.image is not None:
                left, top = x + letter.left_px, y + letter.top_px
                right, bottom = left + letter.width_px, top + letter.height_px
                # Letters reach over each other's margins, which must not wipe out what is there.
                over = left < inked
                placed.append((letter.image, letter.ink, left, top, right, bottom, over))
                inked = right
            x += letter.advance_px
    if not placed:
        return None
    first = min(one[3] for one in placed)
    height = max(one[5] for one in placed) - first
    rows = Image.new("P", (_FILTER_PX + WIDTH_PX, height), 0)
    rows.paste(_ACCENT_STEP, (_FILTER_PX, 0, _FILTER_PX + _BAR_PX, height))
    paste = rows.im.paste  # Image.paste checks what it is given, which takes longer than to paste
    for image, ink, left, top, right, bottom, over in placed:
        box = (left, top - first, right, bottom - first)
        if over:
            paste(image, box, ink)
        else:
            paste(image, box)
    return Band(first, rows.tobytes("raw", f"P;{png.BITS}"))


@dataclass(frozen=True, slots=True)
class _Letter:
    """A character in steps of the palette, where it stands, and its ink as a mask. A blank has
    no image."""

    advance_px: int
    image: Any = None
    ink: Any = None
    left_px: int = 0
    top_px: int = 0
    width_px: int = 0
    height_px: int = 0


@lru_cache(maxsize=2048)
def _letter(font: "FreeTypeFont", char: str, level: int) -> _Letter:
    """``char`` in a font, where ``level`` of 255 is its darkest ink."""
    from PIL import Image, ImageDraw

    left, top, right, bottom = map(int, font.getbbox(char))
    advance = round(lettering.advance(font, char))
    if right <= left or bottom <= top:
        return _Letter(advance)
    # Letters are drawn in levels of grey, which become steps from paper to ink.
    grey = Image.new("L", (right - left, bottom - top), 0)
    ImageDraw.Draw(grey).text((-left, -top), char, font=font, fill=level)
    stepped = grey.point([(level * _LEVELS + 127) // 255 for level in range(256)])
    image = Image.frombytes("P", stepped.size, stepped.tobytes())
    ink = stepped.point([0] + [255] * 255)
    return _Letter(advance, image.im, ink.im, left, top, image.width, image.height)


@cache
def _paper() -> Paper:
    """What every card is drawn on, the bar at its left included."""
    plain = bytes(1) + bytes((_ACCENT_STEP * 0x11,)) * (_BAR_PX // 2)
    plain += bytes((WIDTH_PX - _BAR_PX) // 2)
    return Paper(WIDTH_PX, HEIGHT_PX, plain, _palette())


def _palette() -> bytes:
    """Sixteen colours as red, green, blue: the ramp from paper to ink, then the accent."""
    paper, ink, accent = (
        [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
        for colour in (PAPER, INK, ACCENT)
    )
    ramp = [
        low + (high - low) * step // _LEVELS
        for step in range(_LEVELS + 1)
        for low, high in zip(paper, ink, strict=True)
    ]
    return bytes((*ramp, *accent))
