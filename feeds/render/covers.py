"""Covers as podcast directories want them: 3000 × 3000 pixels, RGB, JPEG, below 512 KB.

Drawn in the site's colours. A line that cannot be drawn is left off: players show the title
beside the picture.
"""

import hashlib
import io
from dataclasses import dataclass

from feeds.model import Publication, Talk
from feeds.render import lettering
from feeds.render.kit import byline
from feeds.render.lettering import ACCENT, INK, PAPER, QUIET, Panel

SIDE_PX = 3000
MAX_BYTES = 512 * 1024  # what Apple asks for
MEDIA_TYPE = "image/jpeg"
_LOOK = "2"  # another one draws every cover anew
_LEFT_PX, _TOP_PX = 270, 640
_PANEL = Panel(2460, 1640, (380, 330, 290, 250, 220, 190, 165, 145))
_SMALL_PX = 110


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

    image = Image.new("RGB", (SIDE_PX, SIDE_PX), PAPER)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 59, SIDE_PX), fill=ACCENT)
    small = lettering.font("Regular", _SMALL_PX)
    for y, text in ((300, cover.above), (SIDE_PX - 300 - _SMALL_PX, cover.below)):
        line = lettering.one(small, lettering.drawable(text), _PANEL.width_px)
        pen.text((_LEFT_PX, y), line, font=small, fill=QUIET)
    font, lines = lettering.fitted(lettering.drawable(cover.title), _PANEL)
    step = lettering.step_px(font)
    y = _TOP_PX + max(0, (_PANEL.height_px - step * len(lines)) // 2)
    for number, line in enumerate(lines):
        pen.text((_LEFT_PX, y + number * step), line, font=font, fill=INK)
    pen.rectangle((_LEFT_PX, SIDE_PX - 480, _LEFT_PX + 360, SIDE_PX - 465), fill=ACCENT)
    for quality in (85, 75, 65, 50):
        found = io.BytesIO()
        image.save(found, "JPEG", quality=quality, optimize=True, dpi=(72, 72))
        if found.tell() <= MAX_BYTES:
            break
    return found.getvalue()
