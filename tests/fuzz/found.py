"""Findings as text files: a line or more on what went wrong, ``---``, and the input.

The input's bytes are written as a person can read them: what is printable stays, a backslash is
doubled, anything else is ``\\n`` as a line of its own, ``\\r``, ``\\xNN`` (a byte) or ``\\uNNNN``.
"""

import hashlib
import re
from pathlib import Path

FOUND = Path(__file__).parents[1] / "corpus" / "found"
_ESCAPED = re.compile(r"\\(\\|r|t|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")


def shown(data: bytes) -> str:
    """The input as text."""
    return "".join(map(_shown, data.decode("utf-8", "surrogateescape")))


def _shown(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if char == "\n" or (char.isprintable() and char != "\\"):
        return char
    known = {"\\": "\\\\", "\r": "\\r", "\t": "\\t"}
    if char in known:
        return known[char]
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def meant(text: str) -> bytes:
    """The input that ``shown`` wrote."""
    return _ESCAPED.sub(_meant, text).encode("utf-8", "surrogateescape")


def _meant(found: re.Match[str]) -> str:
    word = found[1]
    if word[0] == "x":
        code = int(word[1:], 16)
        return chr(0xDC00 + code)
    if word[0] in "uU":
        return chr(int(word[1:], 16))
    return {"\\": "\\", "r": "\r", "t": "\t"}[word]


def read(path: Path) -> bytes:
    """The input of a finding."""
    return meant(path.read_text("utf-8").partition("\n---\n")[2].removesuffix("\n"))


def write(target: str, data: bytes, said: str) -> Path:
    """A new finding; the same input is the same file."""
    folder = FOUND / target
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(data).hexdigest()[:12]}.txt"
    lines = [line for line in said.splitlines() if line and line != "---"][:3]
    text = "\n".join(line[:160] for line in lines) or "found"
    path.write_text(f"{text}\n---\n{shown(data)}\n", "utf-8", newline="\n")
    return path
