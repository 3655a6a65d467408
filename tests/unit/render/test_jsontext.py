import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.render.jsontext import json_bytes, json_text

ANY_TEXT = st.text(st.characters(categories=None, exclude_categories=()))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
)


@given(VALUES)
def test_json_is_what_the_library_writes(value: object) -> None:
    assert json_text(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def test_every_character_is_written_as_the_library_writes_it() -> None:
    for code in range(0x20):
        assert json_text(chr(code)) == json.dumps(chr(code), ensure_ascii=False)
    for first in range(0x20, sys.maxunicode + 1, 0x1000):
        text = "".join(map(chr, range(first, min(first + 0x1000, sys.maxunicode + 1))))
        assert json_text(text) == json.dumps(text, ensure_ascii=False)


@given(st.floats() | st.text() | st.integers())
def test_bytes_are_the_text_in_utf_8(value: object) -> None:
    assert json_bytes(value) == json.dumps(value, ensure_ascii=False).encode()


def test_half_of_a_character_is_no_utf_8() -> None:
    assert json_text("\ud800") == '"\ud800"'
    with pytest.raises(UnicodeEncodeError):
        json_bytes("\ud800")
