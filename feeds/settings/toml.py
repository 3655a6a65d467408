"""The file's bytes → tables, and where in it a key stands."""

import re
import tomllib
from typing import Any

from feeds.errors import ContentError, Problem

# What tomllib says → what a person needs to hear; empty: tomllib's words.
_TOML = (
    (r"Illegal character '\\n'", "the quotation mark is not closed in its line", "close it"),
    ("Unescaped|hex value", "a backslash begins an escape", "write two, or use single quotes"),
    ("overwrite|twice|already|immutable", "", "keep one of them"),
)


def read(data: bytes, path: str) -> tuple[str, dict[str, Any]]:
    """UTF-8 TOML → its text and its tables; ContentError for what is none."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ContentError([Problem(path, 1, "", "is UTF-16, not UTF-8", "save it as UTF-8")])
    try:
        source = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        message = f"byte 0x{data[error.start]:02X} is not UTF-8"
        raise ContentError([Problem(path, line, "", message, "save the file as UTF-8")]) from None
    try:
        return source, tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise ContentError([_toml_problem(path, source, str(error))]) from None
    except ValueError:  # Python's limit on the digits of a number, CVE-2020-10735
        raise ContentError(
            [Problem(path, 0, "", "holds a number beyond reason", "write a smaller one")]
        ) from None
    except RecursionError:
        problem = Problem(path, 0, "", "is nested too deep", "settings have two levels at most")
        raise ContentError([problem]) from None


def _toml_problem(path: str, source: str, message: str) -> Problem:
    at = re.search(r" \(at line (\d+), column \d+\)$", message)
    line = int(at[1]) if at else max(1, source.rstrip("\n").count("\n") + 1)
    what = re.sub(r" \(at .*\)$", "", message)
    lines = source.split("\n")
    key = re.match(r"\s*([\w-]+)\s*=", lines[line - 1]) if line <= len(lines) else None
    for pattern, cause, remedy in _TOML:
        if re.search(pattern, what):
            return Problem(
                path, line, key[1] if key else "", cause or f"is not TOML: {what}", remedy
            )
    remedy = "text stands in quotes, dates and numbers do not"
    return Problem(path, line, key[1] if key else "", f"is not TOML: {what}", remedy)


def line_of(source: str, table: str, key: str) -> int:
    """The line where ``key`` is set in ``[table]``; else the table's line; else 1."""
    here, table_line = "", 0
    wanted = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*[=.]""")
    outside = re.compile(rf"""\s*["']?{re.escape(table)}["']?\s*([=.])\s*(.*)""")
    for number, line in enumerate(source.split("\n"), 1):
        if header := re.match(r"\s*\[+\s*([\w.\"'-]+)\s*\]", line):
            here = header[1].strip("\"'")
            if here == f"{table}.{key}":
                return number
            if here == (table or key):
                table_line = number
        elif here == table and wanted.match(line):
            return number
        elif table and not here and (found := outside.match(line)):
            # author = {…}, or author.name = …
            table_line = table_line or number
            if found[1] == "." and wanted.match(found[2]):
                return number
    return table_line or 1
