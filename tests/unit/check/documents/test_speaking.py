"""Messages in Spanish say what the English ones say."""

import re
from io import BytesIO

import pytest
from babel.messages.pofile import read_po

from feeds.check import Level
from feeds.check.documents import Fault, check_document
from feeds.check.documents.rules import RULES
from feeds.check.documents.speaking import (
    in_words,
    source_in_words,
    templates,
    title_in_words,
)
from feeds.edges.feedfiles import catalogs
from feeds.edges.mailfiles import support
from feeds.render.words import Words
from tests.unit.check.documents.test_corpus import CORPUS, RULES_HERE, faults_of

SPANISH = Words("es-MX", catalogs())
# Words of a sentence in English that are none in Spanish, and name no element or attribute.
ENGLISH = re.compile(
    r"\b(?:is|are|has|have|not|write|add|remove|the|of|and|with|it|from|for|on|by|found|expected|"
    r"expecting|line|only|than|too|many|must|be|which|nothing|answers|took|leads|where|times|"
    r"element|attribute|listed|read|reads|does|more|who|what|this|that|correct|there|here|Expecting|Extra|Did)\b"
)
# What is quoted, or named as it is called in English: titles, values, sections.
_QUOTED = re.compile(r"«[^»]*»|<[^>]*>|https?://\S+|[\w.]+=\S+|A podcaster's guide to RSS")


def translate(template: str) -> str:
    return str(SPANISH.translations.gettext(template))


def english_in(text: str) -> str:
    """The first word of English, where the words of a message hold one."""
    found = ENGLISH.search(_QUOTED.sub("", text))
    return found[0] if found else ""


def test_every_template_is_translated_and_keeps_its_placeholders() -> None:
    catalog = {
        str(message.id): str(message.string)
        for message in read_po(BytesIO(catalogs()["es"].encode()))
        if not message.pluralizable
    }
    for template in templates():
        assert catalog.get(template), template
    for template, translation in catalog.items():
        if template:
            wanted = sorted(re.findall(r"\{\w+\}", template))
            assert sorted(re.findall(r"\{\w+\}", translation)) == wanted, template


def test_every_number_is_translated() -> None:
    for message in read_po(BytesIO(catalogs()["es"].encode())):
        if message.pluralizable:
            assert str(message.id).count("%(num)s") == str(message.string).count("%(num)s") == 2


@pytest.mark.parametrize("rule", RULES_HERE)
def test_a_fault_in_spanish_holds_no_english(rule: str) -> None:
    for fault in faults_of(rule, "invalid"):
        said = " ".join((*in_words(fault, translate), source_in_words(fault, translate)))
        assert not english_in(said), said


BROKEN_XML = (
    "", "<a>", "<a", "<a></b>", "<a b='1' b='2'/>", "<a/>b", "<a>&#0;</a>", "<a>&b;</a>", "<:a/>",
    "<a><![CDATA[", " <?xml version='1.0'?><a/>", "<?xml version='1.0' encoding='x'?><a/>",
    "<a:b/>", "<a xmlns:xml='b'/>", "<a xmlns:xmlns='b'/>", "<!DOCTYPE a SYSTEM '\x01'><a/>",
    "<a xmlns:b='http://www.w3.org/XML/1998/namespace'/>", "<a b='<'/>", "<!DOCTYPE a [%b;]><a/>",
    "<!DOCTYPE a [<!ENTITY b '<c>'>]><a>&b;</c></a>", "<?xml?><a/>", "<a b></a>", "\x00",
)  # fmt: skip


@pytest.mark.parametrize("text", BROKEN_XML)
def test_what_the_parser_of_xml_says_is_said_in_spanish(text: str) -> None:
    faults = check_document(text.encode())[0]
    assert faults
    for fault in faults:
        said = in_words(fault, translate)[0]
        assert not english_in(said), said
        assert "el analizador dice" not in said


BROKEN_JSON = (
    "{", "[", '{"a"', '{"a":', '{"a":1', "{a", "{'a': 1}", '{"a": 1,}', "[1,]", "[1 2]", '{"a": b}',
    '{"a": "b', '{"a": "b\n"}', r'{"a": "\x"}', r'{"a": "\u12"}', '{"a": 1} b', '{"a": NaN}',
)  # fmt: skip


@pytest.mark.parametrize("text", BROKEN_JSON)
def test_what_the_parser_of_json_says_is_said_in_spanish(text: str) -> None:
    (fault,) = check_document(text.encode())[0]
    said = in_words(fault, translate)[0]
    assert not english_in(said), said
    assert "el analizador dice" not in said


def test_what_a_parser_says_that_nobody_knows_is_quoted_as_its_own() -> None:
    fault = Fault(1, "xml-form", Level.ERROR, "", {"detail": "the moon is full"})
    assert in_words(fault, translate)[0].endswith("el analizador dice: «the moon is full»")
    assert in_words(fault, str)[0].endswith("the moon is full")


def test_every_feature_whose_name_has_words_has_one_in_spanish() -> None:
    for feature in support().features.values():
        said = title_in_words(feature.title, translate)
        assert title_in_words(feature.title, str) == feature.title
        words = r" (?:and|to|property|properties|elements?|selectors?|image|unit|attributes?)\b"
        assert not re.search(words, said), said


def test_in_english_a_fault_says_what_its_rule_says() -> None:
    (fault,) = check_document((CORPUS / "atom-date" / "invalid.atom").read_bytes())[0]
    assert in_words(fault, str) == (fault.message, fault.remedy)
    assert fault.row is RULES["atom-date"]
