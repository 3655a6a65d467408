"""Values as JSON without blanks, letters beyond ASCII as they are (RFC 8259 §8.1)."""

import json
from typing import Any

import orjson

_plain = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def json_bytes(value: Any) -> bytes:
    """``value`` as ``json`` writes it, in UTF-8 and a tenth of the time: a text, a number, or lists
    and dictionaries of texts and whole numbers. UnicodeEncodeError for half of a character."""
    if type(value) is float:  # 1e16 and 1e+16 are both right
        return _plain(value).encode()
    try:
        return orjson.dumps(value)
    except TypeError:  # half of a character, a number beyond 64 bits
        return _plain(value).encode()


def json_text(value: Any) -> str:
    """The same as text, in which half of a character stays what it is."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return _plain(value)
