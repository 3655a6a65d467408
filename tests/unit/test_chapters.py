"""Chapters: which lines of notes are timestamps, and three forms that say the same."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.chapters import PSC, chapters_of, for_embedding, to_json, to_psc, within_bytes
from feeds.model import AudioChoice
from feeds.recordings import Chapter, Facts

YOUTUBE = Facts(duration_s=2_000.0, chapters=(Chapter(0.0, "Intro"), Chapter(90.5, "Demo")))


def found_in(notes: str, facts: Facts | None = None, **choice: Any) -> list[tuple[float, str]]:
    chapters = chapters_of(notes, facts, AudioChoice(**choice) if choice else None)
    return [(one.start_s, one.title) for one in chapters]


@pytest.mark.parametrize(
    ("line", "start_s", "title"),
    [
        ("12:31 — Demo", 751, "Demo"),
        ("[1:02:03] Questions", 3723, "Questions"),
        ("* 1:01 Intro", 61, "Intro"),
        ("(12:31) text", 751, "text"),
        ("**12:31** Demo", 751, "Demo"),
        ("**12:31 Demo**", 751, "Demo"),
        ("- `12:31`: snake_case_name", 751, "snake_case_name"),
        ("> 1. 12:31 - quoted", 751, "quoted"),
        ("## 12:31 | heading", 751, "heading"),
        ("[12:31](https://youtu.be/x?t=751) Demo", 751, "Demo"),
        ("[**12:31**] Demo", 751, "Demo"),
        ("75:30 late", 4530, "late"),
        ("12:31.25 half", 751.25, "half"),
        (
            "12:31 **Bold** and [a link](https://a.example/(x)) & `code`",
            751,
            "Bold and a link & code",
        ),
        (r"12:31 \*stars\* &amp; more", 751, "*stars* & more"),
        ("12:31 5 things\twith  blanks", 751, "5 things with blanks"),
    ],
)
def test_a_line_that_begins_with_a_time_is_a_timestamp(
    line: str, start_s: float, title: str
) -> None:
    assert found_in(f"0:00 Start\n{line}") == [(0, "Start"), (start_s, title)]


@pytest.mark.parametrize(
    "line",
    [
        "12:31",
        "12:31 —",
        "12:31Demo",
        "at 12:31 lunch",
        "12:31–13:15 lunch",
        "12:31 - 13h15 lunch",
        "3:01 pm coffee",
        "3:01pm coffee",
        "12:31 a.m. sleep",
        "12:31 h comida",
        "16:9 is the ratio",
        "12:99 no minute",
        "1:75:00 no hour",
        "12:31:10:05 frames",
        "12:31.12345 digits",
    ],
)
def test_other_lines_with_digits_are_none(line: str) -> None:
    assert found_in(f"0:00 Start\n{line}\n20:01 End") == [(0, "Start"), (1201, "End")]


def test_times_of_day_are_no_chapters() -> None:
    assert found_in("9:00 Registration\n10:00 Keynote\n14:00 lunch") == []
    assert found_in("12:30 Demo\n20:00 Questions") == [], "could be either, so neither"
    assert found_in("0:00 Intro\n12:30 Demo\n20:00 Questions")[1:] == [
        (750, "Demo"),
        (1200, "Questions"),
    ]
    assert len(found_in("12:30 Demo\n20:01 Questions")) == 2
    assert len(found_in("[12:30] Demo\n[20:00](https://youtu.be/x?t=1200) Questions")) == 2
    assert found_in("(12:30) Demo\n(20:00) Questions") == []
    assert len(found_in("12:30 Demo\n1:02:00 Questions")) == 2
    assert len(found_in("12:30 Demo\n24:00 Questions")) == 2


def test_a_list_has_two_at_least_and_goes_forwards() -> None:
    assert found_in("0:00 Alone") == []
    assert found_in("0:10 a\n0:10 b") == []
    assert found_in("5:01 a\n\ntext\n\n2:01 b") == []


def test_a_block_stands_when_the_whole_does_not() -> None:
    notes = "* 0:00 Intro\n\n* 3:07 Demo\n\nAt the end again:\n\n(1:11) what I liked\n"
    assert found_in(notes) == [(0, "Intro"), (187, "Demo")]


def test_code_holds_no_timestamps() -> None:
    assert found_in("~~~~\n0:00 log\n```\n0:07 line\n~~~~\n0:01 a\n0:09 b") == [(1, "a"), (9, "b")]


def test_timestamps_after_the_end_of_the_recording_are_left_out() -> None:
    notes = "0:00 a\n3:20 b\n3:21 c"
    assert found_in(notes, Facts(duration_s=200.5)) == [(0, "a"), (200, "b")]
    assert found_in("0:00 a\n3:20 b", Facts(duration_s=200.0)) == []


def test_notes_come_before_youtube() -> None:
    assert found_in("nothing", YOUTUBE) == [(0, "Intro"), (90.5, "Demo")]
    assert found_in("0:01 a\n0:09 b", YOUTUBE) == [(1, "a"), (9, "b")]
    assert found_in("0:00 a\n33:20 too late", YOUTUBE) == [(0, "Intro"), (90.5, "Demo")]
    assert found_in("nothing") == []


def test_what_yt_dlp_makes_up_is_left_out() -> None:
    chapters = (Chapter(0.0, "<Untitled Chapter 1>"), Chapter(5.0, "a\n b"), Chapter(9.0, "c"))
    assert found_in("", Facts(chapters=chapters)) == [(5, "a b"), (9, "c")]
    assert found_in("", Facts(chapters=chapters[::-1])) == []


def test_chapters_are_counted_from_the_audios_own_start() -> None:
    notes = "0:00 a\n1:00 b\n2:00 c\n3:00 d"
    assert found_in(notes, start_s=60.0) == [(0, "b"), (60, "c"), (120, "d")]
    assert found_in(notes, start_s=90.25, end_s=180.0) == [(0, "b"), (29.75, "c")]
    assert found_in(notes, Facts(duration_s=150.0), start_s=30.0, end_s=900.0) == [
        (0, "a"),
        (30, "b"),
        (90, "c"),
    ]
    assert found_in(notes, start_s=150.0, end_s=170.0) == []


def test_a_talk_can_do_without() -> None:
    assert found_in("0:00 a\n1:00 b", YOUTUBE, chapters=False) == []
    assert len(found_in("0:00 a\n1:00 b", YOUTUBE, chapters=True)) == 2


CHAPTERS = st.lists(
    st.tuples(st.integers(0, 90_000_000), st.text(st.characters(codec="utf-8"), min_size=1)),
    min_size=2,
    max_size=8,
    unique_by=lambda pair: pair[0],
).map(lambda pairs: tuple(Chapter(ms / 1000, title) for ms, title in sorted(pairs)))


@given(CHAPTERS)
def test_three_forms_start_at_the_same_time(made: tuple[Chapter, ...]) -> None:
    chapters = chapters_of("", Facts(chapters=made))
    told = json.loads(to_json(chapters))
    assert told["version"] == "1.2.0"
    starts = [round(one["startTime"] * 1000) for one in told["chapters"]]
    element = to_psc(chapters)
    assert element.tag == f"{{{PSC}}}chapters"
    assert element.get("version") == "1.2"
    written = []
    for one in element:
        hours, minutes, seconds = one.get("start", "").split(":")
        written.append(round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000))
    assert written == starts
    assert [round(one.start_s * 1000) for one in for_embedding(chapters)] == starts
    assert all(earlier < later for earlier, later in pairwise(starts))
    assert [one.get("title") for one in element] == [one["title"] for one in told["chapters"]]
    for short, whole in zip(for_embedding(chapters), chapters, strict=True):
        assert len(short.title.encode()) <= 255
        assert whole.title.startswith(short.title)


def test_the_forms_are_written_so() -> None:
    chapters = (Chapter(0.0, "¿Qué & <por qué>?"), Chapter(3723.5, "Fin"))
    assert to_json(chapters).decode() == (
        '{\n "version": "1.2.0",\n "chapters": [\n  {\n   "startTime": 0,\n'
        '   "title": "¿Qué & <por qué>?"\n  },\n  {\n   "startTime": 3723.5,\n'
        '   "title": "Fin"\n  }\n ]\n}\n'
    )
    assert [dict(one.attrib) for one in to_psc(chapters)] == [
        {"start": "00:00:00.000", "title": "¿Qué & <por qué>?"},
        {"start": "01:02:03.500", "title": "Fin"},
    ]


@pytest.mark.parametrize(
    ("text", "limit_bytes", "cut"),
    [
        ("ñandú", 7, "ñandú"),
        ("ñandú", 6, "ñand"),
        ("nin\u0303o", 4, "ni"),
        ("a👩🏽‍💻", 8, "a"),
        ("a🇲🇽🇪🇸", 13, "a🇲🇽"),
        ("🇲🇽", 4, "🇲"),
        ("e" + "\u0301" * 9, 4, "e\u0301"),
        ("dos palabras", 4, "dos"),
    ],
)
def test_titles_are_cut_between_characters(text: str, limit_bytes: int, cut: str) -> None:
    assert within_bytes(text, limit_bytes) == cut


@given(st.text(st.characters(codec="utf-8")), st.text(max_size=5))
def test_no_notes_break_it(notes: str, title: str) -> None:
    chapters_of(notes)
    chapters_of(f"0:00 {title}\n{notes}\n* [0:07] x{notes}", YOUTUBE)
