"""Sidecars: what was written is read again, and anything else is named with its cause."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import ContentError
from feeds.recordings import (
    Asked,
    AudioFile,
    Chapter,
    Facts,
    Outcome,
    Sidecar,
    Transcript,
    is_sidecar,
    path_of,
    read,
    write,
)

ID = "07jq-5VbBVQ"
PATH = path_of(ID)
NOW = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
FULL = Sidecar(
    ID,
    Facts(
        "Título",
        "CNCF",
        1034.5,
        NOW,
        (Chapter(0.0, "Intro"), Chapter(90.25, "Demo")),
        ("en",),
        ("en", "es-MX"),
        "https://i.ytimg.com/a.jpg",
        "CC",
        "public",
        "not_live",
    ),
    Asked(Outcome.RATE_LIMIT, NOW, "HTTP Error 429", 3, NOW + timedelta(hours=1)),
    AudioFile(f"{ID}.m4a", 123, "audio/mp4", 1034.4, "x", -16.1, -1.2),
    (Transcript(f"{ID}.en.vtt", "text/vtt", "en", automatic=True),),
)
TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
SECONDS = st.floats(0, 864_000)
MOMENT = st.datetimes(
    datetime(1970, 1, 2), datetime(2199, 1, 1), timezones=st.just(timezone(timedelta(hours=-6)))
).map(lambda moment: moment.astimezone(UTC))
SIDECARS = st.builds(
    Sidecar,
    st.just(ID),
    st.none()
    | st.builds(
        Facts,
        title=TEXT,
        duration_s=st.none() | SECONDS,
        uploaded=st.none() | MOMENT,
        chapters=st.lists(st.builds(Chapter, SECONDS, TEXT), max_size=3).map(tuple),
        subtitles=st.lists(TEXT, max_size=2).map(tuple),
    ),
    st.none()
    | st.builds(
        Asked, st.sampled_from(Outcome), MOMENT, TEXT, st.integers(1, 9), st.none() | MOMENT
    ),
)


def problem_of(found: Any, path: str = PATH) -> str:
    data = found if isinstance(found, bytes) else json.dumps(found).encode()
    with pytest.raises(ContentError) as caught:
        read(data, path)
    (problem,) = caught.value.problems
    assert problem.path == path
    assert "talkfeeds audio fetch" in problem.remedy
    return problem.message


def changed(*keys: str, to: Any) -> dict[str, Any]:
    """The full sidecar with one value replaced."""
    found: dict[str, Any] = json.loads(write(FULL))
    inner: Any = found
    for key in keys[:-1]:
        inner = inner[int(key) if isinstance(inner, list) else key]
    inner[int(keys[-1]) if isinstance(inner, list) else keys[-1]] = to
    return found


def test_a_full_one_reads_back() -> None:
    assert read(write(FULL), PATH) == FULL


@given(SIDECARS)
def test_what_is_written_reads_back(sidecar: Sidecar) -> None:
    assert read(write(sidecar), PATH) == sidecar


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (b"", "Expecting value"),
        (b"\xff", "can't decode"),
        (b"[" * 100_000, "recursion"),
        ([], "is no sidecar of format 1"),
        ({"format": 2, "youtube_id": ID}, "is no sidecar of format 1"),
        ({"format": 1}, "the file has no 'youtube_id'"),
        ({"format": 1, "youtube_id": "x" * 11}, "it is about the recording xxxxxxxxxxx"),
        ({"format": 1, "youtube_id": ID, "fact": {}}, "'fact' in the file is not known"),
        (changed("facts", to=[]), "facts is no object"),
        (changed("facts", "titel", to="x"), "'titel' in facts is not known"),
        (changed("facts", "duration_s", to="12"), 'duration_s is "12"'),
        (changed("facts", "duration_s", to=True), "duration_s is true"),
        (changed("facts", "duration_s", to=float("nan")), "duration_s is no number"),
        (changed("facts", "duration_s", to=-1), "below nothing"),
        (changed("facts", "chapters", to={}), "chapters is no list"),
        (changed("facts", "chapters", "0", "start_s", to=-0.5), "below nothing"),
        (changed("facts", "chapters", "0", to={"title": "x"}), "chapters has no 'start_s'"),
        (changed("facts", "subtitles", to=["en", 5]), "subtitles is 5"),
        (changed("facts", "uploaded", to="yesterday"), "Invalid isoformat"),
        (changed("facts", "uploaded", to="2026-01-01T00:00:00"), "uploaded has no offset"),
        (changed("facts", "uploaded", to="0001-01-01T00:00:00+10:00"), "out of range"),
        (changed("asked", "outcome", to="fine"), "'fine' is not a valid Outcome"),
        (changed("asked", "tries", to=1.5), "tries is 1.5"),
        (changed("audio", "name", to="../x.m4a"), "'../x.m4a' is no file's name"),
        (changed("audio", "name", to=".m4a"), "'.m4a' is no file's name"),
        (changed("transcripts", "0", "name", to="a/b.vtt"), "'a/b.vtt' is no file's name"),
        (changed("transcripts", "0", "language", to="../en"), "'../en' is no language"),
    ],
)
def test_anything_else_is_named(found: Any, said: str) -> None:
    assert said in problem_of(found)


@pytest.mark.parametrize("keys", [("facts", "duration_s"), ("audio", "duration_s")])
@pytest.mark.parametrize("number", ["1" + "0" * 400, "1e300", "864001", "-1", "9" * 35])
def test_a_length_that_nothing_has_names_its_key(keys: tuple[str, str], number: str) -> None:
    text = json.dumps(changed(*keys, to="HERE")).replace('"HERE"', number)
    with pytest.raises(ContentError) as caught:
        read(text.encode(), PATH)
    (problem,) = caught.value.problems
    assert problem.path == PATH
    assert problem.key.endswith("duration_s")
    assert problem.remedy


def test_a_number_of_thousands_of_digits_is_named_too() -> None:
    text = json.dumps(changed("audio", "size_bytes", to="HERE")).replace('"HERE"', "1" * 5_000)
    assert "cannot be read" in problem_of(text.encode())


def test_null_is_what_is_not_known() -> None:
    found = read(json.dumps(changed("facts", "duration_s", to=None)).encode(), PATH)
    assert found.facts is not None
    assert found.facts.duration_s is None
    assert "title is null" in problem_of(changed("facts", "title", to=None))


def test_whole_seconds_are_seconds() -> None:
    found = read(json.dumps(changed("facts", "duration_s", to=90)).encode(), PATH)
    assert found.facts is not None
    assert (found.facts.duration_s, type(found.facts.duration_s)) == (90.0, float)


def test_a_sidecar_is_named_as_its_recording() -> None:
    assert is_sidecar(PATH)
    assert is_sidecar("content/recordings/-bcdefghijk.json")
    for name in ("notes.json", f"{ID}.jpg", f"{ID}.en.json", f"x/{ID}.json", f".{ID[1:]}.json"):
        assert not is_sidecar(f"content/recordings/{name}")
