"""Conditions and ranges, word for word as RFC 9110 has them."""

from datetime import UTC, datetime

import pytest

from feeds.edges.preview.conditions import Validators, Verdict, verdict

ETAG, MODIFIED = '"a-1"', datetime(2017, 12, 7, 9, 0, 0, tzinfo=UTC)
NOW, BEFORE, AFTER = (
    "Thu, 07 Dec 2017 09:00:00 GMT",
    "Thu, 07 Dec 2017 08:59:59 GMT",
    "Thu, 07 Dec 2017 09:00:01 GMT",
)


def asked(method: str = "GET", size_bytes: int = 100, /, **headers: str) -> Verdict:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return verdict(method, fields, Validators(ETAG, MODIFIED), size_bytes)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"if_none_match": '"a-1"'}, 304),
        ({"if_none_match": 'W/"a-1"'}, 304),
        ({"if_none_match": '"b", W/"a-1" , "c"'}, 304),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": '"b"'}, 200),
        ({"if_none_match": "a-1"}, 200),
        ({"if_none_match": ""}, 200),
        # If-None-Match speaks, and If-Modified-Since is not asked (§13.1.3).
        ({"if_none_match": '"b"', "if_modified_since": AFTER}, 200),
        ({"if_modified_since": NOW}, 304),
        ({"if_modified_since": AFTER}, 304),
        ({"if_modified_since": BEFORE}, 200),
        ({"if_modified_since": "yesterday"}, 200),
        ({"if_modified_since": "Thursday, 07-Dec-17 09:00:00 GMT"}, 304),
        ({"if_match": '"a-1"'}, 200),
        ({"if_match": '"b", "a-1"'}, 200),
        ({"if_match": "*"}, 200),
        ({"if_match": '"b"'}, 412),
        ({"if_match": 'W/"a-1"'}, 412),  # weak tags never match strongly (§8.8.3.2)
        ({"if_unmodified_since": BEFORE}, 412),
        ({"if_unmodified_since": NOW}, 200),
        ({"if_match": '"a-1"', "if_unmodified_since": BEFORE}, 200),
        ({"if_match": '"b"', "if_none_match": '"a-1"'}, 412),
    ],
)
def test_conditions(method: str, headers: dict[str, str], status: int) -> None:
    assert asked(method, **headers) == Verdict(status)


@pytest.mark.parametrize(
    ("field", "ranges"),
    [
        ("bytes=0-0", [(0, 1)]),
        ("bytes=10-19", [(10, 20)]),
        ("BYTES = 10-19", [(10, 20)]),
        ("bytes=90-", [(90, 100)]),
        ("bytes=90-1000", [(90, 100)]),
        ("bytes=-10", [(90, 100)]),
        ("bytes=-1000", [(0, 100)]),
        ("bytes=0-0,-1", [(0, 1), (99, 100)]),
        ("bytes= 0-0 , , 5-6", [(0, 1), (5, 7)]),
        ("bytes=50-60,200-300", [(50, 61)]),
    ],
)
def test_ranges(field: str, ranges: list[tuple[int, int]]) -> None:
    assert asked(range=field) == Verdict(206, tuple(ranges))


@pytest.mark.parametrize("field", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=100-,-0"])
def test_ranges_beyond_the_end(field: str) -> None:
    assert asked(range=field) == Verdict(416)


@pytest.mark.parametrize(
    "field",
    [
        "pages=1-2",  # a unit that is not known is ignored (§14.2)
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes=-",
        "bytes=a-b",
        "bytes=5-4",
        "bytes=1-2,x",
        "bytes=1-2-3",
        "bytes=²-3",
        "bytes=0-99,0-99",
        "bytes=" + ",".join(["0-0"] * 17),
    ],
)
def test_ranges_that_are_ignored(field: str) -> None:
    assert asked(range=field) == Verdict(200)


def test_head_knows_no_ranges() -> None:
    assert asked("HEAD", range="bytes=0-0") == Verdict(200)
    assert asked("HEAD", range="bytes=100-") == Verdict(200)


@pytest.mark.parametrize(
    ("if_range", "status"),
    [
        ('"a-1"', 206),
        (NOW, 206),
        ('"b"', 200),
        ('W/"a-1"', 200),
        (AFTER, 200),
        (BEFORE, 200),
        ("never", 200),
    ],
)
def test_a_range_of_what_has_changed_is_the_whole(if_range: str, status: int) -> None:
    assert asked(range="bytes=0-9", if_range=if_range).status == status
    assert asked(range="bytes=100-", if_range=if_range).status == (416 if status == 206 else 200)


def test_not_modified_comes_before_the_range() -> None:
    assert asked(range="bytes=0-9", if_none_match=ETAG) == Verdict(304)


def test_an_empty_file_has_no_ranges() -> None:
    assert asked("GET", 0, range="bytes=0-") == Verdict(416)
    assert asked("GET", 0, range="bytes=-5") == Verdict(416)
    assert asked("GET", 0) == Verdict(200)


def test_without_a_date_dates_say_nothing() -> None:
    nameless = Validators(ETAG)
    for name in ("if-modified-since", "if-unmodified-since"):
        assert verdict("GET", {name: BEFORE}, nameless, 10) == Verdict(200)
    headers = {"range": "bytes=0-0", "if-range": NOW}
    assert verdict("GET", headers, nameless, 10) == Verdict(200)
