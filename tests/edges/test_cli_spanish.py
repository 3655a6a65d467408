"""Errors in the language of LANG: wrong usage, what is not there, what a build's gate refuses."""

from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from feeds.cli.telling import USAGE, WORLD, spoken
from feeds.edges.feedfiles import catalogs
from feeds.errors import ContentError, Problem, UsageError
from tests.edges.conftest import Run

SPANISH = {"LC_ALL": "es_MX.UTF-8"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "--bogus"), "talkfeeds: argumentos desconocidos: --bogus\nuso: talkfeeds"),
        (("check", "--format", "x"), "talkfeeds: argumento --format: 'x' no se puede elegir"),
        (("check", "--format"), "talkfeeds: argumento --format: falta su valor\nuso: "),
        (("check", ""), "talkfeeds: un nombre vacío no es un archivo"),
        (("check", "--features"), "talkfeeds: --features es de correos"),
        (("--root", "/nobody/here", "check"), "talkfeeds: --root /nobody/here no es una carpeta"),
    ],
)
def test_wrong_usage_is_said_in_the_language_of_the_reader(
    talkfeeds: Run, words: tuple[str, ...], said: str
) -> None:
    done = talkfeeds(*words, env=SPANISH)
    assert done.returncode == 2
    assert done.stderr.startswith(said)


def test_a_publication_that_is_not_there_is_missed_in_spanish(
    talkfeeds: Run, tmp_path: Path
) -> None:
    done = talkfeeds("--root", tmp_path, "check", env=SPANISH)
    assert done.returncode == 1
    assert "no está" in done.stderr


@pytest.mark.parametrize("locale", ["", "C", "C.UTF-8", "POSIX", "en_US.UTF-8", "xx_YY", "?"])
def test_who_reads_no_spanish_reads_english(locale: str) -> None:
    error = UsageError("unrecognized arguments: --bogus")
    assert spoken(error, {"LANG": locale}) == "unrecognized arguments: --bogus"
    assert spoken(error, {"LANG": "es", "LC_ALL": locale}) == (
        "unrecognized arguments: --bogus" if locale else "argumentos desconocidos: --bogus"
    )


def test_what_the_gate_refuses_is_said_in_spanish_and_the_rest_as_it_is() -> None:
    error = ContentError(
        [
            Problem("public/feed.atom", 3, "atom-missing", "<feed> has no <id>", "add one"),
            Problem("content/talks/a.md", 2, "titel", "is not a key", "did you mean title?"),
        ]
    )
    assert spoken(error, {"LANG": "es"}) == (
        "content/talks/a.md:2: titel: is not a key (did you mean title?)\n"
        "public/feed.atom:3: atom-missing: a <feed> le falta <id> (agregue uno)"
    )


def test_every_sentence_has_a_translation() -> None:
    catalog = {
        str(message.id): str(message.string)
        for message in read_po(BytesIO(catalogs()["es"].encode()))
    }
    assert [one for one in (*USAGE, *WORLD) if not catalog.get(one)] == []
