"""Cards: pictures of a fixed size, small, and the same for the same words."""

import io

import pytest
from PIL import Image, ImageChops, ImageDraw

from feeds.model import Event
from feeds.render import cards, lettering
from feeds.render.covers import Cover
from feeds.render.lettering import Panel
from tests.support import make_publication, make_talk


def opened(data: bytes) -> Image.Image:
    """The picture, in full colours."""
    image = Image.open(io.BytesIO(data))
    assert (image.format, image.size, image.mode) == ("PNG", (1200, 630), "P")
    return image.convert("RGB")


@pytest.mark.parametrize(
    "title",
    ["K", "Pushing the Limits of Kubernetes with Game of Thrones", "word " * 200, "x" * 400, ""],
)
def test_a_card_is_small_and_keeps_its_margins(title: str) -> None:
    data = cards.draw(Cover("KubeCon", title, "Zihao Yu (HBO)"))
    assert len(data) < 40_000
    image = opened(data)
    assert data == cards.draw(Cover("KubeCon", title, "Zihao Yu (HBO)"))
    empty = opened(cards.draw(Cover("", "", "")))
    drawn = ImageChops.difference(image, empty).getbbox()
    assert drawn is not None
    left, top, right, bottom = drawn
    assert left >= 80
    assert right <= 1200 - 60
    assert top >= 60
    assert bottom <= 630 - 50


def test_letters_are_light_on_dark_and_the_bar_has_the_accent() -> None:
    image = opened(cards.draw(Cover("", "Title", "")))
    assert image.getpixel((5, 300)) == (0xA9, 0xB9, 0xFF)
    assert image.getpixel((1190, 10)) == (0x1D, 0x24, 0x40)
    assert (255, 255, 255) in {colour for _count, colour in image.getcolors(256) or []}
    assert len(image.getcolors(256) or []) <= 16


def test_letters_that_the_typeface_lacks_leave_a_card_without_boxes() -> None:
    assert cards.draw(Cover("a", "日本語", "b")) == cards.draw(Cover("a", "", "b"))


def test_a_card_says_what_the_talk_is() -> None:
    talk = make_talk(title="T", event=Event("E"))
    card = cards.of_talk(make_publication(), talk)
    assert (card.above, card.title, card.below) == ("E", "T", "Zihao Yu (HBO), Illya Chekrygin")
    assert cards.path(talk) == "talks/talk-1/card.png"
    site = cards.of_site(make_publication())
    assert site == Cover("Ana Pérez", "Notas de KubeCon", "Lo que oímos en Austin")


WORDS = """Kubernetes | rápido fjord «Ñandú» Привет ΑΒΓ off-Broadway AVATAR jjj C++ (½) Tříd
,.;:!""".split()


def plainly(card: Cover) -> Image.Image:
    """The same card, drawn line by line by Pillow over the whole picture."""
    grey = Image.new("L", (1200, 630), 0)
    pen = ImageDraw.Draw(grey)
    small = lettering.font("Regular", 32)
    for y, text in ((72, card.above), (526, card.below)):
        pen.text((84, y), lettering.one(small, text, 1036), font=small, fill=176)
    font, lines = lettering.fitted(card.title, Panel(1036, 330, (84, 76, 68, 60, 54, 48)))
    step = lettering.step_px(font)
    y = 148 + max(0, (330 - step * len(lines)) // 2)
    for number, line in enumerate(lines):
        pen.text((84, y + number * step), line, font=font, fill=255)
    stepped = grey.point([(level * 3 + 127) // 255 for level in range(256)])
    ImageDraw.Draw(stepped).rectangle((0, 0, 19, 630), fill=2)
    return stepped


@pytest.mark.parametrize("count", [0, 1, 2, 5, 9, 14, 20])
def test_a_card_put_together_from_letters_is_the_one_that_is_drawn_plainly(count: int) -> None:
    for start in range(0, len(WORDS), 4):
        words = [WORDS[(start + 3 * number) % len(WORDS)] for number in range(count)]
        card = Cover(" ".join(words[:6]), " ".join(words), "Ýana Pérez" if count else "")
        image = Image.open(io.BytesIO(cards.draw(card)))
        found = Image.frombytes("L", image.size, image.tobytes())
        steps = ImageChops.difference(found, plainly(card)).histogram()
        # Where the soft edges of two letters lie on each other, the later one's step is kept.
        assert sum(steps[1:]) <= 4
        assert sum(steps[3:]) == 0


def test_letters_lead_on_as_far_in_a_word_as_alone() -> None:
    font = lettering.font("Semibold", 84)
    for text in ("AVATAR To Te fi fj rf", "«Ñandú» Příliš", ""):
        assert lettering.advance(font, text) == font.getlength(text)


def test_letters_that_reach_down_to_the_next_line_are_all_there() -> None:
    # Ț reaches below where Ǜ begins, and in "rt" the letters share a byte.
    for title in ("Țțț Țțț Țțț ǛǛǛ ǛǛǛ " * 4, "rt Ej fi Fj " * 9):
        card = Cover("", title, "")
        image = Image.open(io.BytesIO(cards.draw(card)))
        found = Image.frombytes("L", image.size, image.tobytes())
        steps = ImageChops.difference(found, plainly(card)).histogram()
        assert sum(steps[1:]) <= 40
        assert sum(steps[2:]) <= 1
