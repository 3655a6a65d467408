"""A CSV of subscribers ⇄ its rows: read in a stream, every mistake at once.

The columns are those of ``COLUMNS``; only ``email`` is required, their order is free. Files
are UTF-8 with or without a byte order mark, separated by commas, semicolons (as Excel writes
them in Spanish) or tabs, with the line ends of any system, quoted as in RFC 4180.

Spreadsheets run a cell that begins with one of ``= + - @`` as a formula, so such a cell is
written with an apostrophe before it, and read without. A cell that begins with apostrophes
and then one of those gets one more, so that nothing is lost and nothing is ambiguous.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from feeds.address import folded_address, normal_address
from feeds.errors import ContentError, Problem
from feeds.model import Status, Subscriber
from feeds.text import forbidden_in_xml, is_language, one_line, visible

if TYPE_CHECKING:
    from _csv import Reader

COLUMNS = ("email", "name", "language", "status")
MAX_NAME = 200
# Nobody reads further; the first ones show what is wrong with the whole file.
MAX_PROBLEMS = 1_000
_DELIMITERS = ",;\t"
_FORMULA = "=+\\-@\t\r＝＋－＠"
_DANGEROUS = re.compile(f"'*[{_FORMULA}]")
_NEUTRALISED = re.compile(f"''*[{_FORMULA}]")
# The line before the header with which spreadsheets tell each other the separator.
_EXCEL = re.compile(rf'"?sep=(?P<delimiter>[{_DELIMITERS}])"?\s*', re.IGNORECASE)
_LONE_RETURN = re.compile(r"(?<=\r)(?!\n)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Row:
    """One person in a CSV. An empty ``name`` or ``language`` says nothing about it."""

    email: str
    name: str
    language: str
    status: Status


def name_problem(name: str) -> str:
    """What keeps ``name`` (one line) from being a person's, or an empty string."""
    if len(name) > MAX_NAME:
        return f"is {len(name)} characters long; a name has at most {MAX_NAME}"
    if found := forbidden_in_xml(name) or "".join(_CONTROL.findall(name)[:1]):
        return f"holds the control character U+{ord(found):04X}"
    return ""


def read_csv(data: Iterable[bytes], path: str) -> Iterator[Row]:
    """The rows of a file, given as its lines in bytes; ``path`` is for messages.

    Reads on after a mistake and raises ContentError with all of them at the end, so whoever
    takes rows must be able to give them back.
    """
    reading = _Reading(path)
    yield from reading.rows(data)
    if reading.problems:
        raise ContentError(reading.problems)


def write_csv(subscribers: Iterable[Subscriber]) -> Iterator[str]:
    """The header and a line each, as text with RFC 4180's line ends."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for found in subscribers:
        row = (found.email, found.name, found.language, str(found.status))
        writer.writerow([f"'{cell}" if _DANGEROUS.match(cell) else cell for cell in row])
        if text.tell() > 65_536:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


class _TooManyProblemsError(Exception):
    """There is no use in reading on."""


class _Reading:
    """One pass over a file: where it is, what it met, what was wrong."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.columns: tuple[str, ...] = ()
        self.seen: dict[str, int] = {}

    def wrong(self, line: int, key: str, message: str, remedy: str = "") -> None:
        if len(self.problems) >= MAX_PROBLEMS:
            remedy = "mend these first"
            more = f"has more than {MAX_PROBLEMS:,} mistakes; the rest was not read"
            self.problems.append(Problem(self.path, 0, "", more, remedy))
            raise _TooManyProblemsError
        self.problems.append(Problem(self.path, line, key, message, remedy))

    def rows(self, data: Iterable[bytes]) -> Iterator[Row]:
        try:
            lines = self._lines(data)
            header = next(lines, "")
            delimiter = max(_DELIMITERS, key=header.count)
            if told := _EXCEL.fullmatch(header):
                # An empty line in its place, so that the lines keep their numbers.
                delimiter, header = told["delimiter"], "\n"
            reader = csv.reader(self._from(header, lines), delimiter=delimiter, strict=True)
            if not self._header(reader):
                return
            yield from self._rows(reader)
        except _TooManyProblemsError:
            return

    @staticmethod
    def _from(header: str, rest: Iterator[str]) -> Iterator[str]:
        if header:
            yield header
        yield from rest

    def _lines(self, data: Iterable[bytes]) -> Iterator[str]:
        """Decoded physical lines, each with its end."""
        number = 0
        for raw in data:
            if number == 0:
                if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
                    self.wrong(0, "", "is UTF-16, not UTF-8", 'save it as "CSV UTF-8"')
                    return
                raw = raw.removeprefix(b"\xef\xbb\xbf")  # noqa: PLW2901 # the first line only
            try:
                text = raw.decode()
            except UnicodeDecodeError as error:
                line = number + 1 + len(_LONE_RETURN.findall(raw[: error.start].decode()))
                byte = f"byte 0x{raw[error.start]:02X} is not UTF-8"
                self.wrong(line, "", byte, 'save it as "CSV UTF-8"')
                text = raw.decode(errors="replace")
            for line_text in _LONE_RETURN.split(text):
                if line_text:
                    number += 1
                    yield line_text

    def _next(self, reader: "Reader") -> tuple[int, list[str]] | None:
        """The next row that says anything, with the physical line that it begins on."""
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                remedy = "mend the quotes: a quote within a quoted cell is written twice"
                said = f"cannot be read as CSV: {visible(str(error))}; the rest was not read"
                self.wrong(line, "", said, remedy)
                return None
            if cells is None:
                return None
            cells = [
                cell[1:] if _NEUTRALISED.match(cell) else cell for cell in map(str.strip, cells)
            ]
            if any(cells):
                return line, cells

    def _header(self, reader: "Reader") -> bool:
        """Take the header; False when the rows below it cannot be understood."""
        remedy = f"begin it with the line {','.join(COLUMNS)}"
        found = self._next(reader)
        if found is None:
            if not self.problems:
                self.wrong(0, "", "is empty", remedy)
            return False
        line, cells = found
        if any("@" in cell for cell in cells):
            self.wrong(line, "", "the first line names no columns", remedy)
            return False
        self.columns = tuple(cell.casefold() for cell in cells)
        for name in dict.fromkeys(self.columns):
            if name not in COLUMNS:
                close = get_close_matches(name, COLUMNS, n=1)
                known = f"did you mean {close[0]}?" if close else f"these are: {', '.join(COLUMNS)}"
                self.wrong(line, visible(name[:60]), "is not a column", known)
            elif self.columns.count(name) > 1:
                self.wrong(line, name, "is there twice", "keep one of the columns")
        if "email" not in self.columns:
            self.wrong(line, "email", "the column is missing", remedy)
        return "email" in self.columns

    def _rows(self, reader: "Reader") -> Iterator[Row]:
        while found := self._next(reader):
            line, cells = found
            if len(cells) > len(self.columns) and any(cells[len(self.columns) :]):
                message = f"has {len(cells)} cells, the first line {len(self.columns)}"
                self.wrong(line, "", message, "quote a cell that holds the separator")
                continue
            row = self._row(line, dict(zip(self.columns, cells, strict=False)))
            if row:
                yield row

    def _row(self, line: int, cells: dict[str, str]) -> Row | None:
        before = len(self.problems)
        email = ""
        try:
            email = normal_address(cells.get("email", ""))
        except ValueError as error:
            if cells.get("email"):
                self.wrong(line, "email", str(error), "write it as ana@example.org")
            else:
                self.wrong(line, "email", "is empty", "write an address, or remove the line")
        name = one_line(cells.get("name", ""))
        if problem := name_problem(name):
            self.wrong(line, "name", problem, "shorten or retype it")
        language = cells.get("language", "")
        if language and not is_language(language):
            self.wrong(line, "language", "is not a language tag", "write it as es or es-MX")
        status = Status.CONFIRMED
        word = cells.get("status", "").casefold()
        if word:
            try:
                status = Status(word)
            except ValueError:
                # No nearest one here: other systems' "subscribed" is nearest to "unsubscribed".
                self.wrong(line, "status", "is not a status", f"these are: {', '.join(Status)}")
        if email:
            first = self.seen.setdefault(folded_address(email), line)
            if first != line:
                self.wrong(line, "email", f"is also in line {first}", "keep one of the lines")
        return Row(email, name, language, status) if len(self.problems) == before else None
