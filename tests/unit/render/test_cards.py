"""Cards: pictures of a fixed size, small, and the same for the same words."""

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from feeds.edges.content import Folder
from feeds.edges.studio.shelf import Shelf
from feeds.jobs.build import build
from feeds.model import Event
from feeds.render import cards
from feeds.render.covers import Cover
from tests.golden import PUBLICATION
from tests.support import Memory, make_publication, make_talk


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


def test_a_card_is_drawn_once_and_again_when_its_words_change(tmp_path: Path) -> None:
    shelf, drawn = Shelf(tmp_path), []

    def draw() -> bytes:
        drawn.append(1)
        return b"png"

    path = shelf.card("k", draw)
    assert shelf.card("k", draw) == path == "cards/k.png"
    assert (tmp_path / ".talkfeeds" / path).read_bytes() == b"png"
    assert shelf.card("other", draw) != path
    assert len(drawn) == 2


def test_what_the_shelf_holds_is_what_a_build_without_one_draws(tmp_path: Path) -> None:
    with_shelf, without = Memory(), Memory()
    build(Folder(PUBLICATION), without)
    build(Folder(PUBLICATION), with_shelf, shelf=Shelf(tmp_path))
    pictures = {path for path in without.files if path.endswith("card.png")}
    assert len(pictures) == 5
    for path in pictures:
        kept = (tmp_path / ".talkfeeds" / with_shelf.copies[path]).read_bytes()
        assert hashlib.sha256(kept).digest() == hashlib.sha256(without.files[path]).digest()
