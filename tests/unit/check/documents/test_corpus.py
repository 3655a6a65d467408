"""Every rule of documents has one document that breaks it, and one beside it that does not."""

import tomllib
from functools import cache
from pathlib import Path

import pytest

from feeds.check import Level
from feeds.check.documents import Fault, check_document
from feeds.check.documents.rules import RULES
from feeds.check.documents.rules_links import LINK_RULES
from feeds.check.documents.rules_mail import MAIL_RULES

CORPUS = Path(__file__).parents[3] / "corpus" / "check"
# What is no single document, and who looks at it.
FOLDERS = {"nothing-to-check", *(rule for rule in RULES if rule.startswith("cross-"))}
SEVERAL = sorted(FOLDERS)  # test_cross.py
BY_SERVERS = (rule for rule in RULES if rule.startswith("served-"))
SERVED = sorted({*LINK_RULES, *BY_SERVERS, "unreadable"})  # tests/edges/asking/test_corpus.py
MAILS = sorted(MAIL_RULES)  # tests/unit/check/mail/test_corpus.py
RULES_HERE = sorted(set(RULES) - {*SEVERAL, *SERVED, *MAILS})
BESIDE = {"answers.toml", "expected.toml", "repeat.toml"}


def document(rule: str, name: str) -> bytes:
    """The ``valid`` or the ``invalid`` document, with what it has too often to be written down."""
    (path,) = (path for path in (CORPUS / rule).glob(f"{name}.*") if path.suffix != ".txt")
    data = path.read_bytes()
    if (made := CORPUS / rule / "repeat.toml").exists():
        said = tomllib.loads(made.read_text("utf-8"))
        (line,) = (one for one in data.splitlines(True) if said["line"].encode() in one)
        data = data.replace(line, line * said[name])
    return data


@cache
def faults_of(rule: str, name: str) -> tuple[Fault, ...]:
    """What is found in it. Each is looked at once, whatever is asked of its faults: some are as
    large as a document may be."""
    return tuple(check_document(document(rule, name))[0])


def test_every_rule_has_its_documents_and_no_other() -> None:
    """And every rule is one of the docs' table (tests/edges/test_cli_check.py)."""
    assert {path.name for path in CORPUS.iterdir()} == set(RULES)
    for rule in RULES:
        names = {path.name for path in (CORPUS / rule).iterdir()} - BESIDE
        documents = sorted(name.partition(".")[0] for name in names if not name.endswith(".txt"))
        assert documents == ["invalid", "valid"], rule


@pytest.mark.parametrize("rule", RULES_HERE)
def test_the_invalid_document_breaks_this_rule_and_none_that_weighs_as_much(rule: str) -> None:
    found = faults_of(rule, "invalid")
    broken = [fault for fault in found if fault.rule == rule]
    assert broken, found
    assert all(fault.level is RULES[rule].level for fault in broken)
    others = {fault.rule for fault in found if fault.level is not Level.ADVICE} - {rule}
    assert others == set()


@pytest.mark.parametrize("rule", RULES_HERE)
def test_the_valid_document_keeps_every_rule(rule: str) -> None:
    assert [str(fault) for fault in faults_of(rule, "valid") if fault.rule == rule] == []
    weighing = [fault for fault in faults_of(rule, "valid") if fault.level is not Level.ADVICE]
    assert weighing == []


@pytest.mark.parametrize("rule", RULES_HERE)
def test_a_fault_stands_on_a_line_of_its_document_and_says_what_to_do(rule: str) -> None:
    lines = document(rule, "invalid").count(b"\n") + 1
    for fault in faults_of(rule, "invalid"):
        assert 1 <= fault.line <= lines
        assert fault.message
        assert fault.remedy
        assert fault.source
        assert "{" not in fault.message.replace("{}", "")


def line_of(rule: str) -> int:
    (line,) = {fault.line for fault in faults_of(rule, "invalid") if fault.rule == rule}
    return line


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("atom-date", 11),  # <updated> of the entry
        ("atom-author", 7),  # the entry itself
        ("rss-guid", 12),
        ("json-uri", 9),
        ("json-id-twice", 14),  # the second item
        ("opml-uri", 8),
        ("xml-form", 4),
        ("xml-encoding", 6),
        ("json-form", 10),
    ],
)
def test_the_line_is_where_a_person_must_look(rule: str, line: int) -> None:
    assert line_of(rule) == line


def test_half_a_character_in_json_is_said() -> None:
    (fault,) = check_document(b'{"items": [],\n "title": "\\ud800", "version": 1}')[0]
    assert (fault.rule, fault.line) == ("json-form", 2)
    assert "half of a character" in fault.message
