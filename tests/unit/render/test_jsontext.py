import json
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.render.jsontext import json_bytes, json_text

ANY_TEXT = st.text(st.characters(categories=None, exclude_categories=()))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
)
HALF = "\ud800"


def as_the_library(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@given(VALUES)
@example({"b": [1, "é"], "a": None})
@example([2**53 + 1, 2**64, -(2**63) - 1])
@example({HALF: 1})
def test_json_is_what_the_library_writes(value: object) -> None:
    told = as_the_library(value)
    assert json_text(value) == told
    try:
        in_utf_8 = told.encode()
    except UnicodeEncodeError:
        with pytest.raises(UnicodeEncodeError):
            json_bytes(value)
    else:
        assert json_bytes(value) == in_utf_8


def test_every_character_is_written_as_the_library_writes_it() -> None:
    for code in range(0x20):
        assert json_text(chr(code)) == json.dumps(chr(code), ensure_ascii=False)
    for first in range(0x20, sys.maxunicode + 1, 0x1000):
        text = "".join(map(chr, range(first, min(first + 0x1000, sys.maxunicode + 1))))
        assert json_text(text) == json.dumps(text, ensure_ascii=False)


@given(st.floats())
@example(1e16)
@example(float("nan"))
def test_a_number_is_written_as_the_library_writes_it(value: float) -> None:
    assert json_bytes(value) == as_the_library(value).encode()


def test_half_of_a_character_is_no_utf_8() -> None:
    assert json_text(HALF) == f'"{HALF}"'
    with pytest.raises(UnicodeEncodeError):
        json_bytes(HALF)
