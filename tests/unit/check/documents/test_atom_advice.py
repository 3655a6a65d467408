"""Atom that is legal, and of which there is something to say."""

import pytest

from feeds.check import Level
from feeds.check.documents import check_document

ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"BASE>
<id>tag:a.example,2026:a</id><title>A</title><updated>2026-01-02T10:00:00Z</updated>
<author><name>Ana</name></author><link rel="self" href="SELF"/>
<entry><id>tag:a.example,2026:b</id><title>TITLE</title><updated>2026-01-02T10:00:00Z</updated>
<link href="https://a.example/b"/>ENTRY</entry></feed>"""


def told(
    entry: str = "<summary>a</summary>",
    title: str = "B",
    self_url: str = "https://a.example/f",
    base: str = "",
) -> dict[str, Level]:
    text = ATOM.replace("ENTRY", entry).replace("TITLE", title).replace("SELF", self_url)
    faults, _ = check_document(text.replace("BASE", base).encode())
    return {fault.rule: fault.level for fault in faults}


@pytest.mark.parametrize(
    ("entry", "rule"),
    [
        ("<summary>a</summary>", ""),
        ("<content>a</content>", ""),
        ("", "atom-no-text"),
        ("<content/>", "atom-empty"),
        ("<summary> </summary>", "atom-empty"),
    ],
)
def test_an_entry_has_something_to_read(entry: str, rule: str) -> None:
    assert told(entry) == ({rule: Level.ADVICE} if rule else {})
    assert told(title="") == {"atom-empty": Level.ADVICE}


@pytest.mark.parametrize(
    ("self_url", "base", "is_told"),
    [
        ("https://a.example/f", "", False),
        ("/f", "", True),
        ("f", ' xml:base="/a/"', True),
        ("f", ' xml:base="https://a.example/"', False),
    ],
)
def test_a_feed_s_own_address_leads_there_from_a_copy(
    self_url: str, base: str, is_told: bool
) -> None:
    found = told(self_url=self_url, base=base)
    assert found == ({"self-relative": Level.WARNING} if is_told else {})


@pytest.mark.parametrize(
    ("inner", "is_told"),
    [
        ("<p>a<br/><my-element/></p>", False),
        ("<foo>a</foo>", True),
        ("<P>a</P>", True),
        ("<body>a</body>", True),
        ('<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>', False),
    ],
)
def test_xhtml_has_elements_of_xhtml(inner: str, is_told: bool) -> None:
    entry = (
        f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{inner}</div></content>'
    )
    assert told(entry) == ({"html-form": Level.WARNING} if is_told else {})


@pytest.mark.parametrize(
    ("word", "is_told"),
    [
        ("cafÃ©", True), ("cafÃ© y nÃºmeros", True), ("MAÇÃ", False), ("«MAÇÃ»", False),
        ("café", False), ("Ã", False), ("a\u0092b", True), ("\ufffd", True),
    ],
)  # fmt: skip
def test_letters_that_were_encoded_twice_are_told(word: str, is_told: bool) -> None:
    assert ("xml-characters" in told(f"<summary>{word}</summary>")) == is_told
