"""Transcripts: what YouTube's captions become, with nothing lost and nothing said twice."""

import io
import re
from itertools import pairwise

import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import ContentError
from feeds.text import clock
from feeds.transcripts import Cue, cut, read, to_srt, to_vtt

PATH = "content/recordings/07jq-5VbBVQ.en.vtt"

# As YouTube writes automatic captions, word for word but the words.
ROLLING = """\
WEBVTT
Kind: captions
Language: en

00:00:00.160 --> 00:00:02.389 align:start position:0%
_
hello<00:00:00.480><c> everyone</c><00:00:00.880><c> and</c>

00:00:02.389 --> 00:00:02.399 align:start position:0%
hello everyone and
_

00:00:02.399 --> 00:00:04.710 align:start position:0%
hello everyone and
welcome<00:00:02.720><c> to</c><00:00:03.040><c> Austin</c>

00:00:04.710 --> 00:00:04.720 align:start position:0%
welcome to Austin
_

00:00:04.720 --> 00:00:07.000 align:start position:0%
welcome to Austin
[Music]

00:00:07.000 --> 00:00:07.010 align:start position:0%
[Music]
_

00:00:07.010 --> 00:00:09.000 align:start position:0%
[Music]
[Music]

00:00:20.000 --> 00:00:22.000 align:start position:0%
_
[Music]
""".replace("\n_\n", "\n \n")  # an editor would drop the blanks

MANUAL = """\
\ufeffWEBVTT - made by hand

STYLE
::cue { color: red }

NOTE nobody reads this

first
00:01.000 --> 00:03.500 line:0
<v.loud Ada Lovelace>I say <i>R&amp;D</i> &lt;3</v>
<v Bob>And I say 1 < 2.

00:03.500 --> 00:04.000
_

00:05.000 --> 00:06.000
Twice

00:06.000 --> 00:07.000
Twice
""".replace("\n_\n", "\n \n")


def test_automatic_captions_say_each_line_once() -> None:
    assert read(ROLLING.encode(), PATH, automatic=True) == (
        Cue(160, 2399, "hello everyone and"),
        Cue(2399, 4720, "welcome to Austin"),
        Cue(4720, 7010, "[Music]"),
        Cue(7010, 9000, "[Music]"),
        Cue(20000, 22000, "[Music]"),
    )


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        # After a silence the same words are new ones.
        ([(0, 1000, "yes"), (5000, 6000, "yes")], [(0, 1000, "yes"), (5000, 6000, "yes")]),
        ([(0, 1000, "a"), (1100, 2000, "a\nb")], [(0, 1000, "a"), (1100, 2000, "b")]),
        # Both lines once more, and equal ones at that.
        ([(0, 1000, "no\nno"), (1000, 1010, "no\nno")], [(0, 1010, "no\nno")]),
        ([(0, 9, "a\nb\nc"), (9, 20, "b\nc\nd")], [(0, 9, "a\nb\nc"), (9, 20, "d")]),
    ],
)
def test_what_was_shown_a_moment_ago_is_not_said_again(
    shown: list[tuple[int, int, str]], said: list[tuple[int, int, str]]
) -> None:
    blocks = [f"{times(start, end)}\n{text}" for start, end, text in shown]
    timed = f"{times(90_000, 91_000)}\nlast<00:01:30.500><c> words</c>"
    data = "\n\n".join(["WEBVTT", *blocks, timed]).encode()
    assert read(data, PATH, automatic=True) == (
        *(Cue(*one) for one in said),
        Cue(90_000, 91_000, "last words"),
    )


def test_what_people_wrote_stays() -> None:
    expected = (
        Cue(1000, 3500, "I say R&D <3", "Ada Lovelace"),
        Cue(1000, 3500, "And I say 1 < 2.", "Bob"),
        Cue(5000, 6000, "Twice"),
        Cue(6000, 7000, "Twice"),
    )
    assert read(MANUAL.encode(), PATH) == expected
    assert read(MANUAL.encode(), PATH, automatic=True) == expected, "nothing rolls in it"
    assert read(MANUAL.replace("\n", "\r\n").encode(), PATH) == expected


def test_both_forms_are_written_so() -> None:
    cues = (Cue(1000, 3_723_500, "R&D <3 --> x\nñ", "Ada"), Cue(3_723_500, 3_724_000, "fin"))
    assert to_vtt(cues).decode() == (
        "WEBVTT\n\n00:00:01.000 --> 01:02:03.500\n<v Ada>R&amp;D &lt;3 --&gt; x\nñ\n\n"
        "01:02:03.500 --> 01:02:04.000\nfin\n"
    )
    assert to_srt(cues).decode() == (
        "1\n00:00:01,000 --> 01:02:03,500\nAda: R&D <3 → x\nñ\n\n"
        "2\n01:02:03,500 --> 01:02:04,000\nfin\n"
    )


@pytest.mark.parametrize(
    "data", [b"", b"1\n00:00:01,000 --> 00:00:02,000\nsrt\n", b"<html>", b"WEBVTT\n\n\xff"]
)
def test_what_is_no_webvtt_is_a_content_error(data: bytes) -> None:
    with pytest.raises(ContentError) as caught:
        read(data, PATH)
    (problem,) = caught.value.problems
    assert (problem.path, bool(problem.remedy)) == (PATH, True)
    assert problem.message.startswith("is no WebVTT: ")


def test_a_part_is_counted_from_its_own_start() -> None:
    cues = (Cue(0, 1000, "a"), Cue(1000, 2000, "b"), Cue(2000, 3000, "c"))
    assert cut(cues, None, None) == cues
    assert cut(cues, 1.5, 2.25) == (Cue(0, 500, "b"), Cue(500, 750, "c"))
    assert cut(cues, 1.0, 2.0) == (Cue(0, 1000, "b"),)


WORD = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=6
)
LINE = st.one_of(
    st.lists(WORD, min_size=1, max_size=4).map(" ".join),
    st.sampled_from(["yes", "[Music]", "no no"]),
)
# Words, how long they take, and the silence before them.
SAID = st.lists(
    st.tuples(LINE, st.integers(20, 5_000), st.sampled_from([0, 0, 0, 50, 4_000])), min_size=1
)


def spoken(said: list[tuple[str, int, int]]) -> list[Cue]:
    """The cues that ``said`` should become; each line as webvtt and HTML would hand it on."""
    found, now = [], 0
    for line, takes_ms, silence_ms in said:
        now += silence_ms
        found.append(Cue(now, now + takes_ms, line))
        now += takes_ms
    return found


def rolled(cues: list[Cue]) -> str:
    """``cues`` as YouTube writes automatic captions: two lines, and ten milliseconds between."""
    blocks = ["WEBVTT\nKind: captions\nLanguage: en"]
    before = Cue(-1, -1, " ")
    for cue in cues:
        shown = before.text if cue.start_ms == before.end_ms else " "
        first, *words = escaped(cue.text).split(" ")
        moment = clock(cue.start_ms / 1000)
        timed = first + "".join(f"<{moment}><c> {word}</c>" for word in words)
        still_ms = cue.end_ms - 10
        blocks.append(f"{times(cue.start_ms, still_ms)}\n{escaped(shown)}\n{timed}")
        blocks.append(f"{times(still_ms, cue.end_ms)}\n{escaped(cue.text)}\n ")
        before = cue
    return "\n\n".join(blocks) + "\n"


def times(start_ms: int, end_ms: int) -> str:
    return f"{clock(start_ms / 1000)} --> {clock(end_ms / 1000)} align:start position:0%"


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@given(SAID)
def test_rolling_loses_no_line_and_doubles_none(said: list[tuple[str, int, int]]) -> None:
    cues = spoken([*said, ("two words", 1_000, 0)])  # a time within it: so it rolls
    assert list(read(rolled(cues).encode(), PATH, automatic=True)) == cues


@given(SAID)
def test_what_is_written_reads_back(said: list[tuple[str, int, int]]) -> None:
    cues = tuple(spoken(said))
    written = to_vtt(cues)
    assert read(written, PATH) == cues
    assert read(written, PATH, automatic=True) == cues, "cleaning twice changes nothing"
    theirs = webvtt.WebVTT.from_buffer(io.StringIO(to_srt(cues).decode()), format="srt")
    assert [one.start_in_seconds for one in theirs.captions] == [
        cue.start_ms // 1000 for cue in cues
    ]
    lines = re.sub(r"^\d+\n.*-->.*\n", "", to_srt(cues).decode(), flags=re.MULTILINE)
    assert lines.split("\n\n") == [
        f"{cue.text.replace('-->', '→')}" + "\n" * (cue is cues[-1]) for cue in cues
    ]


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 10_000), LINE)),
    st.booleans(),
    st.integers(0, 5_000),
)
def test_times_go_forwards_whatever_the_file_says(
    raw: list[tuple[int, int, str]], automatic: bool, start_ms: int
) -> None:
    blocks = [f"{times(start, end)}\n<{clock(0)}>{escaped(text)}" for start, end, text in raw]
    found = read("\n\n".join(["WEBVTT", *blocks]).encode(), PATH, automatic=automatic)
    for cues in (found, cut(found, start_ms / 1000, None)):
        assert all(0 <= cue.start_ms < cue.end_ms for cue in cues)
        assert all(one.start_ms <= other.start_ms for one, other in pairwise(cues))
    if not automatic:
        assert sorted(cue.text for cue in found) == sorted(text for _, _, text in raw)
