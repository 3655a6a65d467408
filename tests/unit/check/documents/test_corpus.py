"""Every rule of documents has one document that breaks it, and one beside it that does not."""

from pathlib import Path

import pytest

from feeds.check import Level
from feeds.check.documents import Fault, check_document
from feeds.check.documents.rules import RULES
from feeds.check.documents.rules_links import LINK_RULES
from feeds.check.documents.rules_mail import MAIL_RULES
from feeds.check.rules import RULES as GATE

CORPUS = Path(__file__).parents[3] / "corpus" / "check"
# A file that is not there, one that is too large, and several at once: tested elsewhere.
ELSEWHERE = {
    *("unreadable", "xml-too-large"),
    *("cross-entry", "cross-absent", "cross-chain", "cross-archive"),
    *LINK_RULES,  # tests/unit/check/links, tests/edges/asking
    *MAIL_RULES,  # tests/unit/check/mail, tests/unit/check/test_messages.py
}
RULES_HERE = sorted(set(RULES) - ELSEWHERE)


def faults_of(rule: str, name: str) -> list[Fault]:
    (path,) = (CORPUS / rule).glob(f"{name}.*")
    return check_document(path.read_bytes())[0]


def test_every_rule_has_its_documents_and_no_other() -> None:
    mails = set(MAIL_RULES) - set(GATE)  # tests/unit/check/mail looks at these
    assert {path.name for path in CORPUS.iterdir()} == {*RULES_HERE, *mails}


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
    (path,) = (CORPUS / rule).glob("invalid.*")
    lines = path.read_bytes().count(b"\n") + 1
    for fault in check_document(path.read_bytes())[0]:
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
