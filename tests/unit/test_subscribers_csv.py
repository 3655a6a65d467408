"""CSV of subscribers: every dialect that spreadsheets write, every mistake at once."""

import contextlib
import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.errors import ContentError
from feeds.model import Status, Subscriber
from feeds.subscribers import MAX_PROBLEMS, Row, name_problem, read_csv, write_csv
from feeds.text import one_line

NOW = datetime(2017, 12, 11, 9, 0, tzinfo=UTC)
ANA = Row("ana@example.org", "Ana, «ñ»", "es", Status.CONFIRMED)
EVA = Row("eva@example.org", "", "", Status.PENDING)


def read(data: bytes | str) -> list[Row]:
    data = data.encode() if isinstance(data, str) else data
    return list(read_csv(io.BytesIO(data), "people.csv"))


def mistakes(data: bytes | str) -> list[str]:
    with pytest.raises(ContentError) as error:
        read(data)
    return str(error.value).splitlines()


PLAIN = 'email,name,language,status\nana@example.org,"Ana, «ñ»",es,\neva@example.org,,,pending\n'


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.removesuffix("\n").encode(),
        "Email ; NAME;language;Status\r\nana@example.org;Ana, «ñ»;es;\r\n"
        "eva@example.org;;;PENDING\r\n;;;\r\n".encode(),
        PLAIN.replace('"Ana, «ñ»"', "Ana; «ñ»").replace(",", "\t").replace(";", ",").encode(),
        'status,language,name,email\nconfirmed,es,"Ana,\n«ñ»",ana@example.org\n\n\n'
        "pending,,,eva@example.org,,\n".encode(),
        b"\xef\xbb\xbfsep=;\r\n"
        + PLAIN.replace('"Ana, «ñ»"', "Ana, «ñ»")
        .replace(",", ";")
        .replace("; «ñ»", ", «ñ»")
        .encode(),
    ],
    ids=[
        "plain",
        "bom",
        "crlf",
        "cr",
        "no end",
        "semicolons",
        "tabs",
        "order and blank lines",
        "sep",
    ],
)
def test_what_spreadsheets_write(data: bytes) -> None:
    assert read(data) == [ANA, EVA]


def test_lines_keep_their_numbers_below_a_line_that_names_the_separator() -> None:
    with pytest.raises(ContentError) as caught:
        read("sep=\t\nemail\tname\nana\tAna\n")
    assert [problem.line for problem in caught.value.problems] == [3]


def test_columns_may_be_missing_and_rows_short() -> None:
    assert read("email\nana@example.org\n") == [Row("ana@example.org", "", "", Status.CONFIRMED)]
    assert read("email,name,status\neva@example.org\n")[0].status == Status.CONFIRMED


def test_every_mistake_at_once_with_its_physical_line() -> None:
    data = (
        "email,name,language,status\n"
        'ana@example.org,"Ana\nof two lines",es,\n'
        "nobody,,,\n"
        ",Eva,,\n"
        "\n"
        "eva@example.org,x\x07,?,subscribed\n"
        "ANA@example.org,,,\n"
        "a@example.org,Doe, John,es,confirmed\n"
        f"b@example.org,{'x' * 201},,\n"
    )
    no_sign = "is not an e-mail address: an email address must have an @-sign"
    too_long = "is 201 characters long; a name has at most 200"
    assert mistakes(data) == [
        f"people.csv:4: email: {no_sign} (write it as ana@example.org)",
        "people.csv:5: email: is empty (write an address, or remove the line)",
        "people.csv:7: language: is not a language tag (write it as es or es-MX)",
        "people.csv:7: name: holds the control character U+0007 (shorten or retype it)",
        f"people.csv:7: status: is not a status (these are: {', '.join(Status)})",
        "people.csv:8: email: is also in line 2 (keep one of the lines)",
        "people.csv:9: has 5 cells, the first line 4 (quote a cell that holds the separator)",
        f"people.csv:10: name: {too_long} (shorten or retype it)",
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("", "people.csv: is empty (begin it with the line email,name,language,status)"),
        ("\ufeff\r\n\r\n", "people.csv: is empty (begin"),
        ("ana@example.org,Ana\n", "people.csv:1: the first line names no columns (begin"),
        ("name\nAna\n", "people.csv:1: email: the column is missing (begin"),
        ("email,nmae\n", "people.csv:1: nmae: is not a column (did you mean name?)"),
        ("email,a\x1b[2Jb\u202e\n", r"people.csv:1: a\x1b[2jb\u202e: is not a column (these"),
        ("email,zzz\n", "people.csv:1: zzz: is not a column (these are: email, name, lan"),
        ("email,name,Name\n", "people.csv:1: name: is there twice (keep one of the columns)"),
        (PLAIN.encode("utf-16"), 'people.csv: is UTF-16, not UTF-8 (save it as "CSV UTF-8")'),
        ("email\na\x00@example.org\n", "people.csv:2: email: is not an e-mail address: "),
        ('email,name\na@example.org,"x\n', "people.csv:2: cannot be read as CSV: unexpected end"),
        ('email,name\n\na@example.org,"x"y\n', "people.csv:3: cannot be read as CSV: ',' expected"),
        (
            "email\n" + 'a@example.org,"' + "x\n" * 70_000,
            "people.csv:2: cannot be read as CSV: field larger than field limit (131072)",
        ),
    ],
)
def test_files_that_are_off_as_a_whole(data: bytes | str, says: str) -> None:
    assert mistakes(data)[0].startswith(says)


def test_bytes_that_are_not_utf8_have_their_line() -> None:
    data = "email,name\na@example.org,Ana\nb@example.org,Peña\n".encode("cp1252")
    assert mistakes(data) == ['people.csv:3: byte 0xF1 is not UTF-8 (save it as "CSV UTF-8")']
    old = b"email,name\ra@example.org,Ana\rb@example.org,Pe\xf1a\r"
    assert mistakes(old)[0].startswith("people.csv:3: byte 0xF1")


def test_endless_mistakes_end() -> None:
    found = mistakes("email\n" + "nobody\n" * 5_000)
    assert len(found) == MAX_PROBLEMS + 1
    assert "more than 1,000 mistakes; the rest was not read (mend these first)" in found[0]


def test_it_is_read_as_a_stream() -> None:
    taken = 0

    def lines() -> Iterator[bytes]:
        nonlocal taken
        yield b"email\n"
        while True:
            taken += 1
            yield b"p%d@example.org\n" % taken

    rows = read_csv(lines(), "people.csv")
    for number in range(1, 100):
        assert next(rows).email == f"p{number}@example.org"
        assert taken <= number + 1


def test_messages_repeat_no_address() -> None:
    data = (
        "email\nana@@example.org\nana\nana@xn--zzzz.org\nana@exam\u200bple.org\nana@ex*ample.org\n"
    )
    for line in mistakes(data):
        assert "ana" not in line.replace("ana@example.org)", "")


def written(rows: list[Row]) -> str:
    people = [Subscriber(row.email, row.status, NOW, row.name, row.language) for row in rows]
    return "".join(write_csv(people))


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "'=1", "''=1", "='"])
def test_no_cell_is_a_formula_and_none_is_changed(name: str) -> None:
    row = Row("=a@example.org", name, "", Status.CONFIRMED)
    text = written([row])
    cells = next(csv.reader(text.splitlines()[1:]))
    assert cells[0] == "'=a@example.org"
    assert cells[1] == "'" + name
    assert read(text) == [row]


def test_apostrophes_of_people_stay() -> None:
    text = written([Row("o@example.org", "'t Hooft", "", Status.CONFIRMED)])
    assert text.splitlines()[1] == "o@example.org,'t Hooft,,confirmed"
    assert read(text)[0].name == "'t Hooft"


names = st.text().map(one_line).filter(lambda name: not name_problem(name))
people = st.lists(
    st.builds(
        Row,
        st.from_regex(r"[=+\-'a-zñ]{1,9}@(example\.org|xn--maana-pta\.mx)", fullmatch=True),
        names,
        st.sampled_from(["", "es", "es-MX", "x-a"]),
        st.sampled_from(list(Status)),
    ),
    unique_by=lambda row: row.email.lower(),
    max_size=5,
)


@given(people)
@example([Row("a@example.org", "\u2028\u0085x".strip(), "", Status.CONFIRMED)])
@example([Row("a@example.org", "\"'=,;", "", Status.CONFIRMED)])
def test_export_and_import_are_each_others_reverse(rows: list[Row]) -> None:
    text = written(rows)
    assert read(text) == rows
    assert written(read(text)) == text


@given(st.binary(max_size=300))
@example(b"email\n\xff\n")
def test_any_bytes_are_rows_or_mistakes(data: bytes) -> None:
    for begin in (b"", b"email,name\n"):
        with contextlib.suppress(ContentError):
            read(begin + data)
