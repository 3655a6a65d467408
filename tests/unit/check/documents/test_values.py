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
