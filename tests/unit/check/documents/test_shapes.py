"""Heads and entries of one shape are looked at by what differs; nothing gets through by that."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.check import Level
from feeds.check.documents import check_document
from feeds.check.documents.gate import Gate
from feeds.check.documents.rules import RULES
from feeds.check.documents.shapes import Shapes
from feeds.render import FORMATS
from feeds.render.markdown import body_of
from tests.examples import examples
from tests.support import head_of_feed, make_kit, make_talk

ATOM = FORMATS[0]


def frame() -> tuple[bytes, bytes]:
    kit = make_kit()
    start, end = ATOM.document(kit, head_of_feed(kit, [make_talk()]), ())
    return start, end


START, END = frame()


def another(old: bytes, new: bytes, whole: bytes = START) -> bytes:
    assert whole.count(old) >= 1
    return whole.replace(old, new)


def entry(number: int) -> bytes:
    talk = make_talk(number, slides="https://a.example/a.pdf?b&c", tags=("a", "b"))
    found = ATOM.fragment(make_kit(), talk, body_of(talk, "https://talks.example/notas/"))
    found = another(b'rel="enclosure"', b'rel="enclosure" length="1"', found)
    return another(b'medium="video"', b'medium="video" duration="1"', found)


ENTRY, OTHER = entry(1), entry(2)


def judged(data: bytes) -> int | None:
    """How many entries are in a document without errors."""
    faults, facts = check_document(data, thorough=False)
    return None if any(one.level is Level.ERROR for one in faults) else len(facts.entries)


def is_sound(data: bytes, entries: int = 0) -> bool:
    return judged(data) == entries


def seen() -> Gate:
    gate = Gate()
    assert gate.are_sound(".atom", START, {"1": ENTRY}, END)
    return gate


def test_one_of_a_shape_is_looked_at_whole_and_the_next_is_not() -> None:
    asked: list[bytes] = []

    def judged(start: bytes, *entries: bytes) -> bool:
        def judge(data: bytes) -> int:
            asked.append(data)
            count = data.count(b"<entry")
            assert is_sound(data, count)
            return count

        return shapes.are_sound(start, entries, END, judge)

    shapes = Shapes()
    heads = (
        another(b"<title>", "<title>Más: ".encode()),
        another(b'<link href="https://', b'<link href="https://b.'),
        another(b"2017-", b"2018-"),
    )
    assert judged(START)
    assert [judged(head) for head in heads] == [True] * 3
    assert asked == [START + END]
    # Another shape is another one.
    longer = another(b"<title>", b"<rights>Mine</rights><title>")
    assert judged(longer)
    assert asked[1:] == [longer + END]
    # So it is with entries, of which those alone are looked at that are of another shape.
    tagged = another(b"  <published>", b'  <category term="x"/>\n  <published>', ENTRY)
    assert judged(START, ENTRY, tagged)
    assert judged(START, OTHER, another(b'term="x"', b'term="&lt;b&gt;"', tagged))
    bare = another(b"<title>", b"<rights>Mine</rights><title>", OTHER)
    assert judged(START, ENTRY, bare, OTHER)
    assert asked[2:] == [START + ENTRY + tagged + END, START + bare + END]
    # What an entry lacks another feed must have.
    assert judged(longer, ENTRY)
    assert asked[4:] == [longer + ENTRY + END]


SUMMARY = b'</content>\n  <summary xml:lang="en">What the organiser says.<'
HEADS = [
    (b"<id>", b"<id>no scheme "),
    (b"<updated>2017", b"<updated>2017-13"),
    (b"<updated>", b"<updated> "),
    (b'<link href="https://', b'<link href="https://['),
    (b'<link href="https://', b'<link href="http s://'),
    (b'<link href="https://', b'<link href="&lt;'),
    (b"<title>", b"<title>\xff"),
    (b"<title>", b"<title>\xef\xbf\xbf"),
    (b"<title>", b"<title>\x01"),
    (b"<title>", b"<title>&nope;"),
    (b"<title>", b"<title><b>"),
    (b"<title>", b"<title>]]>"),
    (b"</title>", b"</tytle>"),
    (b'rel="self"', b'rel=" "'),
    (b'rel="self"', b'rel="alternate" type="text/html"'),
    (b"UTF-8", b"UTF-9"),
    (b"<?xml version", b"x<?xml version"),
    (b'rel="self"', b'rel="self" y='),
]
ENTRIES = [
    (b"<id>", b"<id>no scheme "),
    (b"<published>2017", b"<published>2017-13"),
    (b"<name>Zihao Yu</name>", b"<uri>https://a.example/</uri>"),
    (b'href="https://a.example', b'href="https://a .example'),
    (b"a.pdf?b&amp;c", b"a.pdf?b&lt;c"),
    (b"a.pdf?b&amp;c", b"a.pdf?b&c"),
    (b'player url="https:', b'player url="'),
    (b"</title>", b"&eacute;</title>"),
    (b"</title>", b"\x1b</title>"),
    (b"</title>", b"\xed\xa0\x80</title>"),
    (b'type="html"', b'type="image/png"'),
    (b'rel="alternate"', b'rel=""'),
    (b"<entry ", b'<entry xmlns="urn:a" '),
    (b"xmlns:media=", b"xmlns:medium="),
    (b"<link href=", b"<link hreflang="),
    (b"<author>", b"<author><author>"),
    (b"</entry>", b"</entri>"),
    (b"<updated>2017", b"<updated>2017-13"),
    (b'length="1"', b'length="one"'),
    (b'duration="1"', b'duration="one"'),
    (b'thumbnail url="https:', b'thumbnail url="'),
    # The bracket that the tag lacks stands in a text.
    (SUMMARY, b'></content>\n  <summary xml:lang="en"<'),
]


@pytest.mark.parametrize(
    ("whole", "old", "new"),
    [*((START, *case) for case in HEADS), *((OTHER, *case) for case in ENTRIES)],
)
def test_what_is_wrong_in_the_second_of_a_shape_is_found(
    whole: bytes, old: bytes, new: bytes
) -> None:
    bad = another(old, new, whole)
    start, entries = (bad, {}) if whole is START else (START, {"2": bad})
    assert not is_sound(b"".join((start, *entries.values(), END)), len(entries))
    assert not seen().are_sound(".atom", start, entries, END)


def test_what_looks_like_an_element_in_a_comment_is_none() -> None:
    gate = Gate()
    good, bad = (
        another(b"\n  <title>", b"\n  <!-- \n  <name>%b</name> -->\n  <title>" % name)
        for name in (b"Ana", b"A--na")
    )
    assert gate.are_sound(".atom", good, {}, END)
    assert not is_sound(bad + END)
    assert not gate.are_sound(".atom", bad, {}, END)


XHTML = b'<title type="xhtml" xmlns:h="http://www.w3.org/1999/xhtml">'
ITUNES_LINK = b'<link xmlns="http://www.itunes.com/dtds/podcast-1.0.dtd" rel="a" type="b"'


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # Text of another type than HTML has to be what it says.
        ((b'<content type="html">', b'<content type="image/png">aGk=</content>\n  <x>'),
         (b'<content type="html">', b'<content type="image/png">a b</content>\n  <x>')),
        # A prefix means what it is declared to mean.
        ((b"http://search.yahoo.com/mrss/", b"urn:a"), (b"http://search.yahoo.com/mrss/", b"a b")),
        ((b"<title>", b"<!-- \n<name>a</name> --><title>"),
         (b"<title>", b"<!-- \n<name>a--b</name> --><title>")),
        ((b"<title>", b"<title><![CDATA[<b>]]>"), (b"<title>", b"<title><![CDATA[<b>]]]]>>")),
        ((b'"/>', b'" />'), (b'"/>', b'"/ >')),
        ((b"<title>", b"<title a='1'>"), (b"<title>", b"<title a='<'>")),
        ((b'term="a"/>', b"""term='"a"'></category>"""),
         (b'term="a"/>', b"""term='"a' '"'></category>""")),
        # A text that is not all of what is in an element.
        ((b"<title>Talk number 1</title>", b"<title/>"),
         (b"<title>Talk number 2</title>", b"<title/>text")),
        ((b"<title>Talk number 1", XHTML + b"<h:div>A</h:div>"),
         (b"<title>Talk number 2", XHTML + b"text<h:div>A</h:div>")),
        ((b"<title>Talk number 1", XHTML + b"<h:div>A</h:div>"),
         (b"<title>Talk number 2", XHTML + b"<h:div>A</h:div>text")),
        # Atom's links may be relative, and other vocabularies' may not.
        ((b"<content ", ITUNES_LINK + b' href="https://a.example/"/><content '),
         (b"<content ", ITUNES_LINK + b' href="a"/><content ')),
    ],
)  # fmt: skip
def test_what_is_odd_is_looked_at_each_time(
    first: tuple[bytes, bytes], second: tuple[bytes, bytes]
) -> None:
    gate = seen()
    for odd in (another(*first, ENTRY), another(*second, OTHER)):
        one = re.sub(b"(?s)<x>.*</content>", b"", odd)
        assert gate.are_sound(".atom", START, {"1": one}, END) == is_sound(START + one + END, 1)


AT, LAST = ENTRY.index(b"<title>"), ENTRY.index(b"</entry>")


@pytest.mark.parametrize(
    "pieces",
    [
        # One is left open, the other ends what it did not begin.
        (ENTRY[:AT], ENTRY[AT:] + OTHER),
        (ENTRY[:LAST], ENTRY[LAST:] + OTHER),
        (b"", ENTRY + OTHER),
    ],
)
def test_what_is_sound_beside_another_is_not_so_alone(pieces: tuple[bytes, bytes]) -> None:
    shapes = Shapes()
    assert shapes.are_sound(START, pieces, END, judged)
    for one in pieces:
        assert not shapes.are_sound(START, [one], END, judged)


def test_entries_have_to_stand_where_they_stood() -> None:
    shapes = Shapes()
    assert shapes.are_sound(START, [ENTRY], END, judged)
    assert shapes.are_sound(START, [OTHER], END, judged)
    assert not shapes.are_sound(START + END, [OTHER], b"", judged)


def test_what_stands_around_entries_is_known_or_they_are_looked_at() -> None:
    """A comment has no shape; so it is not known whether there is an author."""
    shapes = Shapes()
    start = another(b"  <author>", b"  <!-- -->\n  <author>")
    first, second = (re.sub(b"(?s)<author>.*</author>", b"", one) for one in (ENTRY, OTHER))
    without = re.sub(b"(?s)<author>.*</author>", b"", start)
    assert shapes.are_sound(start, [first], END, judged)
    assert shapes.are_sound(without, [ENTRY], END, judged)
    assert not shapes.are_sound(without, [second], END, judged)


def test_more_shapes_than_are_kept_are_looked_at_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.check.documents.shapes._MOST", 1)
    asked: list[bytes] = []

    def judge(data: bytes) -> int | None:
        asked.append(data)
        return judged(data)

    shapes = Shapes()
    for _ in range(2):
        assert shapes.are_sound(START, [], END, judge)
    assert len(asked) == 1
    for head in (
        another(b"<title>", b"<rights>Mine</rights><title>"),
        another(b'rel="self"', b'rel="via"'),
    ):
        asked.clear()
        for _ in range(2):
            assert shapes.are_sound(head, [], END, judge)
        assert len(asked) == 2
    assert len(shapes._plans) == 1


PIECES = [
    *(b"<id>", b"</id>", b"\n  <title>", b"</title>", b'\n  <link href="', b'"', b"<", b">", b"&"),
    *(b"&amp;", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"\n", b" ", b"\t", b"\0", b"\xef\xbf\xbe"),
    *(b"\xc3", "é".encode(), b"<name>", b"</name>", b"urn:x:y", b":", b"%", b"/>", b"="),
    *(b' xml:lang="xx"', b' xmlns="urn:a"', b"<b/>", b"<entry/>", b' rel="self"', b"[", b"/"),
    *(b"https://", b"2017-02-30T00:00:00Z", b"'", b"&#1;", b"&lt;", b"</entry>", b"<entry>"),
]  # fmt: skip


@pytest.mark.parametrize("whole", [START, ENTRY], ids=["head", "entry"])
@given(st.data())
@settings(deadline=None, max_examples=examples(200))
def test_the_short_way_passes_nothing_that_the_long_way_refuses(
    whole: bytes, data: st.DataObject
) -> None:
    gate = seen()
    for number in range(2):
        document = bytearray(whole)
        for _ in range(data.draw(st.integers(0, 3))):
            start = data.draw(st.integers(0, len(document)))
            stop = start + data.draw(st.integers(0, 20))
            document[start:stop] = data.draw(st.sampled_from([b"", *PIECES]))
        other = bytes(document)
        if whole is START:
            assert gate.are_sound(".atom", other, {}, END) == is_sound(other + END)
            continue
        if gate.are_sound(".atom", START, {str(number): other}, END):
            assert is_sound(START + other + END, 1)


def test_what_is_not_looked_at_in_the_second_of_a_shape_is_no_error() -> None:
    """What texts hold, and what entries have to do with each other: whoever makes one of these an
    error has to look at it in shapes as well."""
    found = ("html-", "date-", "language-", "atom-text-", "atom-id-", "atom-updated-", "atom-order")
    rules = [rule for rule in RULES if rule.startswith(found)]
    assert len(rules) >= 9
    assert [rule for rule in rules if RULES[rule].level is Level.ERROR] == []
