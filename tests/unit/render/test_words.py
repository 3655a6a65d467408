"""Words, numbers, dates and plurals; and the catalogs against everything that asks for them."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any

import jinja2
import pytest
from babel.messages.pofile import read_po
from jinja2 import nodes

from feeds.entry.reading import LEVELS
from feeds.model import Week
from feeds.notes.words import KINDS
from feeds.render.words import Words
from tests.support import REPOSITORY, make_issue, make_kit, make_talk, shipped


def words(tag: str) -> Words:
    return Words(tag, shipped()[1])


@pytest.mark.parametrize(
    ("tag", "language", "locale"),
    [
        ("es", "es", "es"),
        ("es-MX", "es", "es_MX"),
        ("ES-mx", "es", "es_MX"),
        ("es-419", "es", "es_419"),
        ("es-x-casa", "es", "es"),
        ("es-ZZ9", "es", "es"),
        ("en", "en", "en"),
        ("en-GB", "en", "en_GB"),
        ("de", "en", "en"),
        ("pt-BR", "en", "en"),
        ("eses", "en", "en"),
        ("", "en", "en"),
    ],
)
def test_a_language_without_a_catalog_speaks_english_whole(
    tag: str, language: str, locale: str
) -> None:
    found = words(tag)
    assert found.language == language
    assert str(found.locale) == locale
    spanish = language == "es"
    assert found.say("Notes") == ("Notas" if spanish else "Notes")
    assert found.day(date(2017, 12, 7)).startswith("jueves" if spanish else "Thursday")


@pytest.mark.parametrize(
    ("tag", "number", "talks", "summary", "more"),
    [
        ("es-MX", 0, "0 pláticas", "Esta semana hubo 0 pláticas", "0 pláticas más en la web"),
        ("es-MX", 1, "1 plática", "Esta semana hubo 1 plática", "1 plática más en la web"),
        ("es-MX", 11, "11 pláticas", "Esta semana hubo 11 pláticas", "11 pláticas más en la web"),
        ("es-MX", 1234, "1,234 pláticas", None, "1,234 pláticas más en la web"),
        ("es", 1234, "1.234 pláticas", None, "1.234 pláticas más en la web"),
        ("en", 0, "0 talks", "0 talks this week", "0 more talks on the web"),
        ("en", 1, "1 talk", "1 talk this week", "1 more talk on the web"),
        ("en", 11, "11 talks", "11 talks this week", "11 more talks on the web"),
        ("en-GB", 1234, "1,234 talks", None, "1,234 more talks on the web"),
        ("de", 1234, "1,234 talks", None, "1,234 more talks on the web"),
    ],
)
def test_plurals(tag: str, number: int, talks: str, summary: str | None, more: str) -> None:
    found = words(tag)
    assert found.talks(number) == talks
    one, many = "%(num)s more talk on the web", "%(num)s more talks on the web"
    assert found.count(one, many, number) == more
    if summary:
        issue = make_issue(make_kit(), [make_talk(n) for n in range(number)])
        assert found.summary(issue) == summary


@pytest.mark.parametrize(
    ("tag", "week", "said"),
    [
        ("es-MX", Week(2017, 49), "Semana del 4 al 10 de diciembre de 2017"),
        ("es", Week(2017, 48), "Semana del 27 de noviembre al 3 de diciembre de 2017"),
        ("es-MX", Week(2020, 53), "Semana del 28 de diciembre de 2020 al 3 de enero de 2021"),
        ("es-MX", Week(2018, 1), "Semana del 1 al 7 de enero de 2018"),
        ("en", Week(2017, 49), "Week of Dec 4–10, 2017"),
        ("en", Week(2017, 48), "Week of Nov 27–Dec 3, 2017"),
        ("en", Week(2020, 53), "Week of Dec 28, 2020–Jan 3, 2021"),
        ("en-GB", Week(2017, 49), "Week of 4–10 Dec 2017"),
        ("en-GB", Week(2020, 53), "Week of 28 Dec 2020–3 Jan 2021"),
        ("de", Week(2017, 49), "Week of Dec 4–10, 2017"),
    ],
)
def test_weeks_within_a_month_across_months_and_across_years(
    tag: str, week: Week, said: str
) -> None:
    # CLDR puts thin spaces around some of its dashes; versions differ in where.
    assert words(tag).week(week).replace("\u2009", "") == said


@pytest.mark.parametrize(
    ("tag", "full", "short", "second"),
    [
        ("es-MX", "jueves, 7 de diciembre de 2017", "7 dic 2017", "Día 2"),
        ("en", "Thursday, December 7, 2017", "Dec 7, 2017", "Day 2"),
        ("en-GB", "Thursday, 7 December 2017", "7 Dec 2017", "Day 2"),
        ("fr", "Thursday, December 7, 2017", "Dec 7, 2017", "Day 2"),
    ],
)
def test_days(tag: str, full: str, short: str, second: str) -> None:
    found, day = words(tag), date(2017, 12, 7)
    assert (found.day(day), found.short_day(day)) == (full, short)
    assert found.event_day("2") == second
    for label in ("Tutoriales", "", "2a", "²"):
        assert found.event_day(label) == label


@pytest.mark.parametrize(
    ("duration_s", "said"),
    [
        (1, "1 min"),
        (89.9, "1 min"),
        (90, "2 min"),
        (2_069.9, "34 min"),
        (3_569, "59 min"),
        (3_570, "1 h"),
        (3_840, "1 h 4 min"),
        (90_060, "25 h 1 min"),
    ],
)
def test_durations(duration_s: float, said: str) -> None:
    for tag in ("en", "es-MX"):
        assert words(tag).duration(duration_s) == said
        assert words(tag).with_duration("Video", duration_s) == f"Video ({said})"


def test_an_unknown_duration_is_not_said() -> None:
    assert words("en").with_duration("Video", None) == "Video"
    assert words("en").with_duration("Video", 0) == "Video"


def test_kinds_and_levels_are_labels() -> None:
    spanish, english = words("es-MX"), words("en")
    assert spanish.kind(make_talk()) == ""
    assert spanish.kind(make_talk(kind="lightning")) == "plática relámpago"
    assert english.kind(make_talk(kind="lightning")) == "lightning"
    assert spanish.kind(make_talk(kind="100 % charla %(num)s %s")) == "100 % charla %(num)s %s"
    assert spanish.kind(make_talk(kind="")) == "", "not the head of the catalog"
    assert spanish.level(make_talk()) == ""
    assert spanish.level(make_talk(level="advanced")) == "avanzado"
    assert english.level(make_talk(level="advanced")) == "advanced"


def test_values_are_put_in_as_they_are() -> None:
    title = "100 % «%(title)s» {{ x }}"
    assert words("es").say("Recording: %(title)s", title=title) == f"Grabación: {title}"
    assert words("en").say("Recording: %(title)s", title=title) == f"Recording: {title}"


_METHODS = {"say", "count", "_"}
# CLDR's intervals read well behind it in English; Spanish says from when and to when.
_ENGLISH_ONLY = "Week of %(span)s"


def _texts(name: str, arguments: list[object]) -> Iterator[str | tuple[str, str]]:
    texts = [argument for argument in arguments if isinstance(argument, str)]
    if name == "count" and len(texts) >= 2:
        yield texts[0], texts[1]
    elif name != "count" and texts:
        yield texts[0]


def _in_templates() -> Iterator[str | tuple[str, str]]:
    environment = jinja2.Environment(extensions=["jinja2.ext.i18n"])
    for path, template in shipped()[0].items():
        if not path.endswith((".html", ".txt", "feed.css")):
            continue
        for call in environment.parse(template.source).find_all(nodes.Call):
            called = call.node
            name = getattr(called, "attr", getattr(called, "name", ""))
            values = [node.value for node in call.args if isinstance(node, nodes.Const)]
            if name in _METHODS:
                yield from _texts(name, values)


def _in_code() -> Iterator[str | tuple[str, str]]:
    for path in sorted((REPOSITORY / "feeds" / "render").glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                values = [node.value for node in call.args if isinstance(node, ast.Constant)]
                if call.func.attr in _METHODS:
                    yield from _texts(call.func.attr, list(values))


def _asked() -> set[str | tuple[str, str]]:
    labels = {*KINDS.values(), *LEVELS} - {"talk"}
    return {*_in_templates(), *_in_code(), *labels} - {_ENGLISH_ONLY}


def _catalog(language: str) -> dict[Any, Any]:
    found = read_po(BytesIO(shipped()[1][language].encode()), locale=language)
    return {message.id: message.string for message in found if message.id}


def test_the_search_finds_what_is_asked_for() -> None:
    found = _asked()
    assert {"Notes", "Read on the web", "Video", ("%(num)s talk", "%(num)s talks")} <= found
    assert len(found) > 50


def test_every_message_is_translated_and_every_translation_is_asked_for() -> None:
    asked, catalog = _asked(), _catalog("es")
    assert asked - catalog.keys() == set(), "asked for, not in es.po"
    assert catalog.keys() - asked == set(), "in es.po, asked for by nobody"


def test_translations_are_whole_and_keep_their_placeholders() -> None:
    for message, translation in _catalog("es").items():
        messages = (message,) if isinstance(message, str) else message
        translations = (translation,) if isinstance(translation, str) else translation
        assert len(messages) == len(translations)
        for text, other in zip(messages, translations, strict=True):
            assert other, f"{text!r} has no translation"
            assert re.findall(r"%\(\w+\)s", text) == re.findall(r"%\(\w+\)s", other)
            # Templates fill every message, so that a bare per cent sign would be a mistake.
            assert "%" not in re.sub(r"%\(\w+\)s", "", text + other)


def test_no_catalog_entry_is_fuzzy_or_out_of_use() -> None:
    for language, source in shipped()[1].items():
        found = read_po(BytesIO(source.encode()), locale=language)
        assert not found.obsolete
        assert not any(message.fuzzy for message in found if message.id)
        assert found.num_plurals == 2
        assert list(found.check()) == []
