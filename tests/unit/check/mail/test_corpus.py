"""Every rule of mails has one mail that breaks it alone, and one beside it that does not."""

import tomllib
from dataclasses import replace

import pytest

from feeds.check.documents import Fault
from feeds.check.mail.checking import check_mail
from feeds.check.messages import Expected
from feeds.edges.mailfiles import support
from tests.unit.check.documents.test_corpus import CORPUS, MAILS, document

EXPECTED = Expected(recipient="ana@example.org", one_click=True)


# What asks for another file uses something that is shown nowhere, too.
BESIDES = {"mail-external-style": {"mail-feature"}}


def faults_of(rule: str, name: str) -> list[Fault]:
    """What is wrong with a mail; ``expected.toml`` says what it should have held, or not."""
    (path,) = (path for path in (CORPUS / rule).glob(f"{name}.*") if path.suffix != ".txt")
    expected = None
    if (said := CORPUS / rule / "expected.toml").exists():
        values = tomllib.loads(said.read_text("utf-8"))
        values["markers"] = tuple(one.encode() for one in values.get("markers", ()))
        expected = replace(EXPECTED, **values)
    text = path.with_suffix(".txt").read_bytes() if path.with_suffix(".txt").exists() else None
    return check_mail(path.name, document(rule, name), support(), text, expected)


@pytest.mark.parametrize("rule", MAILS)
def test_the_invalid_mail_breaks_this_rule_alone(rule: str) -> None:
    assert {fault.rule for fault in faults_of(rule, "invalid")} == {rule, *BESIDES.get(rule, ())}


@pytest.mark.parametrize("rule", MAILS)
def test_the_valid_mail_keeps_every_rule(rule: str) -> None:
    assert [(fault.rule, fault.message) for fault in faults_of(rule, "valid")] == []
