"""Whatever stands in a document, checking it ends in faults, never in an exception."""

from hypothesis import given
from hypothesis import strategies as st

from feeds.check.documents import check_document
from feeds.check.documents.cross import Placed, check_together
from feeds.check.documents.rules import RULES
from feeds.check.documents.values import (
    iri_problem,
    is_absolute,
    is_language,
    is_rfc3339,
    rfc822_problem,
)
from feeds.text import absolute_url, ascii_url, is_uri, is_web_url
from tests.unit.check.documents.test_corpus import CORPUS

SEEDS = sorted(
    path for path in CORPUS.glob("*/*") if path.is_file() and path.stat().st_size < 5_000
)
# Pieces that mean something to one reader or another.
PIECES = (
    b"<", b">", b"&", b"&amp;", b"]]>", b"<![CDATA[", b"<!--", b"\x00", b"\xff\xfe",
    b"\xef\xbb\xbf", b"<a>", b"</a>", b"'", b'"', b"=", b"xmlns=''", b" type='xhtml'",
    b"\xf0\x9f\x98\x80", b"{", b"]", b"null", b"1e400", b"-1", b"99999999999999999999",
    b"\\ud800", b"0000-00-00T00:00:00Z", b"://", b"[::1", b"%", b"xml:lang='a'",
    b"<?xml version='1.0' encoding='utf-16'?>", b"<!DOCTYPE feed [<!ENTITY a 'b'>]>", b"&a;",
    b"http://[", b"2026-12-31T23:59:60Z", b"9999-12-31T23:59:59-23:59",
    b"0001-01-01T00:00:00+23:59",
)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    data = draw(st.sampled_from(SEEDS)).read_bytes()
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from((0, 0, 1, 2, 10, 40, 200))))
        piece = draw(st.sampled_from(PIECES) | st.binary(max_size=6))
        data = data[:start] + piece + data[end:]
    return data


def faults_are_whole(data: bytes) -> None:
    faults, facts = check_document(data)
    lines = data.count(b"\n") + data.count(b"\r") + 1
    for fault in faults:
        assert fault.rule in RULES
        assert 1 <= fault.line <= lines
        assert fault.message.isprintable()
        assert fault.remedy
    check_together([Placed("public/a.atom", facts), Placed("public/b.json", facts)], bool)


@given(damaged())
def test_a_damaged_document_ends_in_faults(data: bytes) -> None:
    faults_are_whole(data)


@given(st.binary(max_size=300))
def test_any_bytes_end_in_faults(data: bytes) -> None:
    assert check_document(data)[0]
    faults_are_whole(data)


@given(st.text(max_size=60) | st.from_regex(r"[0-9T:.Z+-]{1,40}|[a-z]+://[^ ]*|[A-Za-z0-9-]+"))
def test_any_text_is_a_value_or_is_not(text: str) -> None:
    assert is_rfc3339(text) in {True, False}
    assert is_language(text) in {True, False}
    assert isinstance(iri_problem(text), str)
    assert len(rfc822_problem(text)) == 2


_SLASHES = st.sampled_from(("", "//", "//a.example", "//a.example:80/"))
_ODD = st.text(alphabet="[]#%é /:@?&=.-a1\\|^`{}<>\"'~😀\u200b", max_size=20)


@given(st.builds("https://a.example/{}".format, _ODD) | st.builds("http://{}/".format, _ODD))
def test_an_address_that_an_author_may_write_becomes_one_that_a_feed_may_hold(url: str) -> None:
    if is_web_url(url):
        assert iri_problem(ascii_url(url)) == ""


@given(st.builds("{}:{}{}".format, st.sampled_from(("tag", "urn", "http", "a")), _SLASHES, _ODD))
def test_an_id_that_an_author_may_write_may_stand_in_a_feed(uri: str) -> None:
    if is_uri(uri):
        assert iri_problem(uri) == ""
        assert is_absolute(uri)


@given(_ODD)
def test_a_reference_becomes_an_address_that_a_feed_may_hold(reference: str) -> None:
    found = absolute_url("https://a.example/b/", reference)
    assert not found or iri_problem(found) == ""
