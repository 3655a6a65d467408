"""Heads of one shape are looked at by what differs, and nothing gets through by that."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.check import Level
from feeds.check.documents import check_document
from feeds.check.documents.frames import Frames
from feeds.check.documents.gate import Gate
from feeds.render import FORMATS
from tests.support import head_of_feed, make_kit, make_talk

ATOM = FORMATS[0]


def frame() -> tuple[bytes, bytes]:
    kit = make_kit()
    start, end = ATOM.document(kit, head_of_feed(kit, [make_talk()]), ())
    return start, end


START, END = frame()


def is_sound(data: bytes) -> bool:
    faults, facts = check_document(data, thorough=False)
    return not facts.entries and not any(fault.level is Level.ERROR for fault in faults)


def seen() -> Gate:
    gate = Gate()
    assert gate.are_sound(".atom", START, {}, END)
    return gate


def another(old: bytes, new: bytes) -> bytes:
    assert START.count(old) >= 1
    return START.replace(old, new)


def test_one_of_a_shape_is_looked_at_whole_and_the_next_is_not() -> None:
    asked: list[bytes] = []

    def judged(start: bytes) -> bool:
        def judge() -> bool:
            asked.append(start)
            return is_sound(start + END)

        return frames.are_sound(start, END, judge)

    frames = Frames()
    others = (
        another(b"<title>", "<title>Más: ".encode()),
        another(b'<link href="https://', b'<link href="https://b.'),
        another(b"2017-", b"2018-"),
    )
    assert judged(START)
    assert [judged(other) for other in others] == [True] * 3
    assert asked == [START]
    # Another shape is another one.
    assert judged(another(b"<title>", b"<rights>Mine</rights><title>"))
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
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
    ],
)
def test_what_is_wrong_in_the_second_of_a_shape_is_found(old: bytes, new: bytes) -> None:
    other = another(old, new)
    assert not is_sound(other + END)
    assert not seen().are_sound(".atom", other, {}, END)


def test_what_looks_like_an_element_in_a_comment_is_none() -> None:
    gate = Gate()
    good, bad = (
        another(b"\n  <title>", b"\n  <!-- \n  <name>%b</name> -->\n  <title>" % name)
        for name in (b"Ana", b"A--na")
    )
    assert gate.are_sound(".atom", good, {}, END)
    assert not is_sound(bad + END)
    assert not gate.are_sound(".atom", bad, {}, END)


PIECES = [
    *(b"<id>", b"</id>", b"\n  <title>", b"</title>", b'\n  <link href="', b'"', b"<", b">", b"&"),
    *(b"&amp;", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"\n", b" ", b"\t", b"\0", b"\xef\xbf\xbe"),
    *(b"\xc3", "é".encode(), b"<name>", b"</name>", b"urn:x:y", b":", b"%"),
    *(b' xml:lang="xx"', b' xmlns="urn:a"', b"<b/>", b"<entry/>", b' rel="self"', b"["),
    *(b"https://", b"2017-02-30T00:00:00Z"),
]  # fmt: skip


@given(st.data())
@settings(deadline=None, max_examples=300)
def test_the_short_way_passes_nothing_that_the_long_way_refuses(data: st.DataObject) -> None:
    gate = seen()
    for _ in range(2):
        document = bytearray(START)
        for _ in range(data.draw(st.integers(0, 3))):
            start = data.draw(st.integers(0, len(document)))
            stop = start + data.draw(st.integers(0, 20))
            document[start:stop] = data.draw(st.sampled_from([b"", *PIECES]))
        start_ = bytes(document)
        assert gate.are_sound(".atom", start_, {}, END) == is_sound(start_ + END)
