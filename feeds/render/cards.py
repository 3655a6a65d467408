"""Cards: what a link to a page looks like where people share it (Open Graph's ``og:image``).

1200 × 630 pixels as a PNG of sixteen colours, about 10 KB: fifteen steps from the paper to the
letters, and one for the accent.
"""

import io

from feeds.model import Publication, Talk
from feeds.render import covers, lettering
from feeds.render.covers import Cover
from feeds.render.lettering import ACCENT, INK, PAPER, Panel

WIDTH_PX, HEIGHT_PX = 1200, 630
MEDIA_TYPE = "image/png"
SITE_PATH = "card.png"
_LEFT_PX, _TOP_PX, _BAR_PX = 84, 148, 20
_PANEL = Panel(1036, 330, (84, 76, 68, 60, 54, 48))
_SMALL_PX = 32
_QUIET_LEVEL, _LEVELS = 176, 14  # of 255; the step of the palette that is all ink
_ACCENT_STEP = 15


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
    from PIL import Image, ImageDraw

    # Letters are drawn in levels of grey, which become steps from paper to ink.
    grey = Image.new("L", (WIDTH_PX, HEIGHT_PX), 0)
    pen = ImageDraw.Draw(grey)
    small = lettering.font("Regular", _SMALL_PX)
    for y, text in ((72, card.above), (HEIGHT_PX - 72 - _SMALL_PX, card.below)):
        line = lettering.one(small, lettering.drawable(text[:200]), _PANEL.width_px)
        pen.text((_LEFT_PX, y), line, font=small, fill=_QUIET_LEVEL)
    font, lines = lettering.fitted(lettering.drawable(card.title[:300]), _PANEL)
    step = lettering.step_px(font)
    y = _TOP_PX + max(0, (_PANEL.height_px - step * len(lines)) // 2)
    for number, line in enumerate(lines):
        pen.text((_LEFT_PX, y + number * step), line, font=font, fill=255)
    stepped = grey.point([(level * _LEVELS + 127) // 255 for level in range(256)])
    ImageDraw.Draw(stepped).rectangle((0, 0, _BAR_PX - 1, HEIGHT_PX), fill=_ACCENT_STEP)
    image = Image.frombytes("P", stepped.size, stepped.tobytes())
    image.putpalette(_palette())
    found = io.BytesIO()
    image.save(found, "PNG", bits=4, compress_level=4)
    return found.getvalue()


def _palette() -> list[int]:
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
    return [*ramp, *accent]
