"""Types of values: the short way for plain addresses says what the grammar says."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.check.documents import values

PLAIN = ["https://example.org", "http://a.example/b?c=d/e", "https://a-/", "https://a..b/:@!$&'()*"]


@given(
    st.sampled_from(PLAIN)
    | st.text(alphabet="abA0.-_~/?#&=;:@%+()[]é \\", max_size=20).map("https://a.example".__add__)
)
def test_a_plain_address_is_an_absolute_iri(url: str) -> None:
    found = values.iri_problem(url), values.is_absolute(url), values.is_web(url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(values, "_PLAIN", re.compile(r"\Z\A."))
        assert found == (values.iri_problem(url), values.is_absolute(url), values.is_web(url))


@pytest.mark.parametrize("url", PLAIN)
def test_the_short_way_takes_what_is_plain(url: str) -> None:
    assert values._PLAIN.fullmatch(url)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("2016-12-31T23:59:60Z", True),
        ("1990-12-31T15:59:60-08:00", True),
        ("2017-01-01T05:29:60.5+05:30", True),
        ("2003-12-13T12:00:60Z", False),
        ("2016-12-30T23:59:60Z", False),
        ("2016-12-31T23:58:60Z", False),
        ("2016-12-31T23:59:61Z", False),
        ("0001-01-01T00:00:60+23:00", False),
        ("9999-12-31T23:59:60Z", False),
    ],
)
def test_a_leap_second_ends_a_month(text: str, good: bool) -> None:
    assert values.is_rfc3339(text) is good


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("en-a-bbb-c-ccc", True),
        ("en-a-bbb-x-a-ccc", True),
        ("sl-rozaj-biske-1994", True),
        ("en-a-bbb-a-ccc", False),
        ("en-A-bbb-a-ccc", False),
        ("de-1996-1996", False),
        ("de-DE-1996-1901-1996", False),
    ],
)
def test_a_language_says_nothing_twice(text: str, good: bool) -> None:
    assert values.is_language(text) is good


@pytest.mark.parametrize(
    ("host", "good"),
    [
        ("[2001:db8::1]", True),
        ("[::ffff:192.0.2.1]:80", True),
        ("[v1.a:b]", True),
        ("[:::::]", False),
        ("[1.2.3]", False),
        ("[v.a]", False),
        ("[2001:db8::1", False),
    ],
)
def test_brackets_hold_an_address(host: str, good: bool) -> None:
    assert values.is_web(f"http://{host}/") is good
