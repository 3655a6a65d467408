"""Cards: what a link to a page looks like where people share it (Open Graph's ``og:image``).

1200 × 630 pixels as a PNG of four colours, about 9 KB: paper, ink, and two steps between them, of
which the lighter one is the accent. In type of this size more are hardly to be seen.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from feeds.model import Publication, Talk
from feeds.render import covers, lettering, png
from feeds.render.covers import Cover
from feeds.render.lettering import ACCENT, INK, PAPER, Panel
from feeds.render.png import Paper, Strip

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

WIDTH_PX, HEIGHT_PX = 1200, 630
MEDIA_TYPE = "image/png"
SITE_PATH = "card.png"
_LEFT_PX, _TOP_PX, _BAR_PX = 84, 148, 20
_PANEL = Panel(1036, 330, (84, 76, 68, 60, 54, 48))
_SMALL_PX = 32
_QUIET_LEVEL = 176  # of 255
_INK_STEP, _ACCENT_STEP = 3, 2  # of the palette
_IN_BYTE = 8 // png.BITS  # pixels


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
    font, lines = lettering.fitted(lettering.drawable(card.title[:300]), _PANEL)
    step = lettering.step_px(font)
    y = _TOP_PX + max(0, (_PANEL.height_px - step * len(lines)) // 2)
    title = [(y + number * step, line) for number, line in enumerate(lines)]
    below = HEIGHT_PX - 72 - _SMALL_PX
    strips = (_small(72, card.above), _strip(title, font, 255), _small(below, card.below))
    return png.encoded(_paper(), filter(None, strips))


@lru_cache(maxsize=256)  # the talks of an event share one
def _small(y: int, text: str) -> Strip | None:
    """The line above the title, or that below it."""
    font = lettering.font("Regular", _SMALL_PX)
    line = lettering.one(font, lettering.drawable(text[:200]), _PANEL.width_px)
    return _strip([(y, line)], font, _QUIET_LEVEL)


def _strip(lines: Sequence[tuple[int, str]], font: "FreeTypeFont", level: int) -> Strip | None:
    """The rows that lines of text take, each given with its place; None where nothing of them
    is to be seen."""
    placed: list[_Placed] = []
    first, bottom = HEIGHT_PX, -1
    for y, line in lines:
        pieces, top, below = _pieces(line, y, font, level)
        if not pieces:
            continue
        if top < bottom:
            # Letters reach down to where the next line's begin: all of them are one piece.
            whole = _drawn(lines, font, level, _LEFT_PX)
            assert whole is not None
            placed, first, bottom = [whole.at(0, 0)], whole.top_px, whole.bottom_px
            break
        placed += pieces
        first, bottom = min(first, top), below
    if not placed:
        return None
    plain = _paper().plain
    stride, bar = len(plain), 1 + _BAR_PX // _IN_BYTE
    with _ALONE:
        memory, canvas, empty = _canvas()
        rows = memoryview(memory)[stride * first : stride * bottom]
        rows[:] = empty[: len(rows)]
        paste = canvas.paste  # Image.paste checks what it is given, which takes as long again
        for image, box, _, _ in placed:
            paste(image, box)
        # The first row stands for itself, with the bar.
        rows[:bar] = plain[:bar]
        return png.strip(first, rows, stride)


_ALONE = threading.Lock()  # on the one canvas


@cache
def _canvas() -> tuple[bytearray, Any, memoryview]:
    """Rows to draw on, the same memory as a picture, and rows without anything new. To make them
    takes longer than to draw."""
    from PIL import Image

    stride = len(_paper().plain)
    empty = (bytes((png.UP,)) + bytes(stride - 1)) * (HEIGHT_PX + 1)
    rows = bytearray(empty)
    size = stride, HEIGHT_PX + 1
    return rows, Image.frombuffer("L", size, rows, "raw", "L", 0, 1).im, memoryview(empty)


def _pieces(
    line: str, y: int, font: "FreeTypeFont", level: int
) -> tuple[list["_Placed"], int, int]:
    """A line as pieces: letters, and as one those that share bytes; its first row, and where its
    last one ends."""
    alphabet = _alphabet(font, level)
    found: list[_Placed] = []
    x, end, first, bottom = _LEFT_PX, 0, HEIGHT_PX, -1
    for at, char in enumerate(line):
        places, advance_px = alphabet[char]
        piece = places[x % _IN_BYTE]
        if piece is not None:
            rows, left, width, top, height = piece
            left += x // _IN_BYTE
            begin, pen = at, x
            while found and left < end:
                _, _, begin, pen = found.pop()
                both = _piece(font, line[begin : at + 1], level, pen % _IN_BYTE)
                assert both is not None
                rows, left, width, top, height = both.sides
                left += pen // _IN_BYTE
                end = found[-1][1][2] if found else 0
            top += y
            end, below = left + width, top + height
            found.append((rows, (left, top, end, below), begin, pen))
            if top < first:  # noqa: PLR1730 # a call costs as much as the rest
                first = top
            if below > bottom:  # noqa: PLR1730
                bottom = below
        x += advance_px
    return found, first, bottom - 1


# A piece's rows, its place in bytes and rows, and where it begins in its line, and in pixels.
_Placed = tuple[Any, tuple[int, int, int, int], int, int]
# A piece's rows, the byte of a row with which it begins and how many it takes, and its rows.
_Sides = tuple[Any, int, int, int, int]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Letters, as bytes, each row as the difference from that above; below them is a row
    that leads back to the paper. ``left`` and ``width`` are bytes."""

    rows: Any
    left: int
    width: int
    top_px: int
    height_px: int

    @property
    def bottom_px(self) -> int:
        """Where its last row ends."""
        return self.top_px + self.height_px

    @property
    def sides(self) -> _Sides:
        """It in numbers, counted from the byte before a row's first one."""
        return self.rows, 1 + self.left, self.width, self.top_px, self.height_px + 1

    def at(self, x: int, y: int) -> _Placed:
        """It, counted from the byte ``x`` of the row ``y``."""
        rows, left, width, top, height = self.sides
        left, top = left + x, top + y
        return rows, (left, top, left + width, top + height), 0, 0


class _Alphabet(dict[str, tuple[Sequence[_Sides | None], int]]):
    """The letters of a font: each as it stands from the first pixel of a byte on, from the second
    and so on, and how far it leads on."""

    def __init__(self, font: "FreeTypeFont", level: int) -> None:
        super().__init__()
        self.font, self.level = font, level

    def __missing__(self, char: str) -> tuple[Sequence[_Sides | None], int]:
        pieces = [_piece(self.font, char, self.level, x) for x in range(_IN_BYTE)]
        sides = [None if piece is None else piece.sides for piece in pieces]
        found = sides, _letter(self.font, char, self.level).advance_px
        self[char] = found
        return found


@cache
def _alphabet(font: "FreeTypeFont", level: int) -> _Alphabet:
    return _Alphabet(font, level)


@lru_cache(maxsize=4096)
def _piece(font: "FreeTypeFont", text: str, level: int, x: int) -> _Piece | None:
    """``text`` as it stands from pixel ``x`` of a row on; None for blanks."""
    return _drawn([(0, text)], font, level, x)


def _drawn(
    lines: Iterable[tuple[int, str]], font: "FreeTypeFont", level: int, begin: int
) -> _Piece | None:
    from PIL import Image, ImageChops

    placed = []
    for y, line in lines:
        x = begin
        for char in line:
            letter = _letter(font, char, level)
            if letter.image is not None:
                placed.append((letter, x + letter.left_px, y + letter.top_px))
            x += letter.advance_px
    if not placed:
        return None
    left = min(x for _, x, _ in placed) // _IN_BYTE
    width = -(-max(x + letter.width_px for letter, x, _ in placed) // _IN_BYTE) - left
    top = min(y for _, _, y in placed)
    height = max(y + letter.height_px for letter, _, y in placed) - top
    shape = Image.new("P", (_IN_BYTE * width, height), 0)
    for letter, x, y in placed:
        across, down = x - _IN_BYTE * left, y - top
        box = (across, down, across + letter.width_px, down + letter.height_px)
        # Letters reach over each other's margins, which must not wipe out what is there.
        shape.im.paste(letter.image, box, letter.ink)
    packed = Image.frombytes("L", (width, height), shape.tobytes("raw", f"P;{png.BITS}"))
    below, above = (Image.new("L", (width, height + 1), 0) for _ in range(2))
    below.paste(packed, (0, 0))
    above.paste(packed, (0, 1))
    return _Piece(ImageChops.subtract_modulo(below, above).im, left, width, top, height)


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
    stepped = grey.point([(level * _INK_STEP + 127) // 255 for level in range(256)])
    # The font's box is as wide as the letter leads on.
    box = stepped.getbbox()
    if box is None:
        return _Letter(advance)
    stepped = stepped.crop(box)
    image = Image.frombytes("P", stepped.size, stepped.tobytes())
    ink = stepped.point([0] + [255] * 255)
    left, top = left + box[0], top + box[1]
    return _Letter(advance, image.im, ink.im, left, top, image.width, image.height)


@cache
def _paper() -> Paper:
    """What every card is drawn on, the bar at its left included."""
    accent = sum(_ACCENT_STEP << bit for bit in range(0, 8, png.BITS))
    plain = bytes(1) + bytes((accent,)) * (_BAR_PX // _IN_BYTE)
    plain += bytes((WIDTH_PX - _BAR_PX) // _IN_BYTE)
    return Paper(WIDTH_PX, HEIGHT_PX, plain, _palette())


def _palette() -> bytes:
    """The colours as red, green, blue, from paper to ink."""
    paper, accent, ink = (
        [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
        for colour in (PAPER, ACCENT, INK)
    )
    between = [low + (high - low) // _INK_STEP for low, high in zip(paper, ink, strict=True)]
    return bytes((*paper, *between, *accent, *ink))
