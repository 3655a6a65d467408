"""Messages in Spanish say what the English ones say."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from feeds.check.documents import check_document
from feeds.check.documents.rules import RULES
from feeds.check.documents.speaking import in_words, templates
from feeds.edges.feedfiles import catalogs
from feeds.render.words import Words
from tests.unit.check.documents.test_corpus import CORPUS

SPANISH = Words("es-MX", catalogs())
ENGLISH = re.compile(r"\b(?:is|has|not|write|add|remove|the|of)\b")


def translate(template: str) -> str:
    return str(SPANISH.translations.gettext(template))


def test_every_template_is_translated_and_keeps_its_placeholders() -> None:
    catalog = {
        str(message.id): str(message.string)
        for message in read_po(BytesIO(catalogs()["es"].encode()))
    }
    for template in templates():
        assert catalog.get(template), template
    for template, translation in catalog.items():
        if template:
            wanted = sorted(re.findall(r"\{\w+\}", template))
            assert sorted(re.findall(r"\{\w+\}", translation)) == wanted, template


@pytest.mark.parametrize(
    "path",
    sorted(path for path in CORPUS.glob("*/invalid.*") if path.suffix not in {".html", ".txt"}),
    ids=lambda path: path.parent.name,
)
def test_a_fault_in_spanish_holds_no_english(path: Path) -> None:
    faults, _ = check_document(path.read_bytes())
    for fault in faults:
        if fault.rule in {"xml-form", "json-form", "atom-schema", "rdf-items"}:
            continue  # their causes are said by the parsers
        message, remedy = in_words(fault, translate)
        bare = re.sub(r"«[^»]*»|<[^>]*>|[\w.]+=\S+", "", f"{message} {remedy}")
        if fault.rule not in {"rss-hours", "rss-days"}:
            assert not ENGLISH.search(bare), bare


def test_in_english_a_fault_says_what_its_rule_says() -> None:
    (fault,) = check_document((CORPUS / "atom-date" / "invalid.atom").read_bytes())[0]
    assert in_words(fault, str) == (fault.message, fault.remedy)
    assert fault.row is RULES["atom-date"]
