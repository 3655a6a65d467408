"""Covers: the size that directories ask for, the same bytes for the same words, no boxes."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.ImageFont import FreeTypeFont

from feeds.render import covers, lettering
from feeds.render.covers import Cover
from tests.examples import examples
from tests.support import make_publication, make_talk

_WORDS = [
    "eBPF",
    "Cómo llegó Kubernetes a ser aburrido — y por qué es lo mejor que le pudo pasar",
    "Żółć, Путешествие, Ταξίδι",
    "日本語のタイトル",
    "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstelle",
    "W " * 900,
    "",
]


def _opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.slow
@pytest.mark.parametrize("title", _WORDS)
def test_a_cover_is_3000_pixels_square_rgb_and_below_512_kb(title: str) -> None:
    data = covers.draw(Cover("KubeCon 2017", title, "Zihao Yu, " * 30))
    image = _opened(data)
    assert (image.size, image.mode, image.format) == ((3000, 3000), "RGB", "JPEG")
    assert len(data) <= covers.MAX_BYTES
    assert covers.draw(Cover("KubeCon 2017", title, "Zihao Yu, " * 30)) == data


@pytest.mark.parametrize("title", _WORDS)
def test_nothing_is_drawn_over_the_edge(title: str) -> None:
    image = _opened(covers.draw(Cover("x" * 200, title, "y" * 200)))
    margin = image.crop((2800, 0, 3000, 3000)).convert("L")
    low, high = margin.getextrema()
    assert isinstance(low, int)
    assert isinstance(high, int)
    assert high - low < 12


def test_a_title_in_letters_that_the_typeface_lacks_is_left_off() -> None:
    assert lettering.drawable("日本語のタイトル") == ""
    assert lettering.drawable("日本語のタイトル eBPF") == ""
    assert (
        lettering.drawable("مقدمة في Kubernetes على Linux و Windows") == "Kubernetes Linux Windows"
    )
    assert lettering.drawable("日本語 Kubernetes") == "Kubernetes"
    assert lettering.drawable("Ship it 🚀 now") == "Ship it now"
    assert lettering.drawable("Cafe\u0301 Łódź Ёлка Ωμέγα €") == "Café Łódź Ёлка Ωμέγα €"


@pytest.mark.parametrize("title", ["W" * 2_000, "i" * 2_000, "Donau" * 400])
def test_a_title_of_one_long_word_costs_no_more_than_many_short_ones(
    title: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = 0
    whole = FreeTypeFont.getlength

    def counted(self: FreeTypeFont, text: str, *more: object) -> float:
        nonlocal measured
        measured += len(text)
        return whole(self, text, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(FreeTypeFont, "getlength", counted)
    covers.draw(Cover("x", title, title))
    # Characters whose widths were added up; it grew with the cube of the length once.
    assert measured < 250_000


@given(st.text(max_size=120))
@settings(max_examples=examples(30), deadline=None)
def test_no_line_of_a_title_is_wider_than_the_cover(title: str) -> None:
    font, lines = lettering.fitted(lettering.drawable(title), covers._PANEL)
    assert all(font.getlength(line) <= covers._PANEL.width_px for line in lines)


def test_other_words_have_another_key() -> None:
    publication = make_publication()
    keys = {covers.of_talk(publication, make_talk(number)).key for number in range(5)}
    assert len(keys | {covers.of_show(publication).key}) == 6
