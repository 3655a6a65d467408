"""Whatever comes in is taken or refused, soon: damaged inputs, and everything found so far."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.fuzz import found
from tests.fuzz.damage import damaged, smaller
from tests.fuzz.harmless import assert_harmless
from tests.fuzz.running import TooSlowError, bounded, opened
from tests.fuzz.targets import TARGETS

FINDINGS = sorted(found.FOUND.glob("*/*.txt"))


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_damaged_inputs_are_taken_or_refused(name: str) -> None:
    target = TARGETS[name]
    with opened(target) as hold:

        @settings(max_examples=target.examples)
        @given(damaged(target.seeds(), target.pieces))
        def one(data: bytes) -> None:
            hold(data)

        one()


@pytest.mark.parametrize("path", FINDINGS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_was_found_once_is_mended(path: Path) -> None:
    with opened(TARGETS[path.parent.name]) as hold:
        hold(found.read(path))


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_a_target_holds_what_nobody_damaged(name: str) -> None:
    target = TARGETS[name]
    with opened(target) as hold:
        for data in target.seeds()[:: 1 + len(target.seeds()) // 20]:
            hold(data)


def test_every_folder_of_findings_belongs_to_a_target() -> None:
    assert {path.parent.name for path in FINDINGS} <= set(TARGETS)
    assert FINDINGS


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\n", b"a\n", b"a\nb", b"\r\n\t\\n\\x00", bytes(range(256)), b"\n---\n", b"---",
        "ñ\u2028\U0001f994\x85\ufeff".encode(), b"\xed\xa0\x80", b"\\\\x", b" ",
    ],
)  # fmt: skip
def test_a_finding_is_read_as_it_was_written(
    data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(found, "FOUND", tmp_path)
    path = found.write("talk", data, "why\n---\nhow")
    assert found.read(path) == data
    text = path.read_text("utf-8")
    assert all(char.isprintable() or char == "\n" for char in text)


def test_an_input_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.running.MOST_S", 0.05)

    def never_ends(_data: bytes) -> None:
        while True:
            pass

    with pytest.raises(TooSlowError):
        bounded(never_ends, b"")


def test_a_finding_is_made_small() -> None:
    data = b"one two\nthree X four\n" * 20
    assert smaller(data, lambda part: b"X" in part) == b"X"


@pytest.mark.parametrize(
    "page",
    [
        "<script>alert(1)</script>",
        "<svg/onload=alert(1)>",
        "<a href=' java\tscript:alert(1)'>x</a>",
        "<a href='data:text/html,x'>x</a>",
        "<iframe srcdoc=x></iframe>",
        "<form><button formaction=javascript:x>",
        "<meta http-equiv=refresh content=0>",
        "<p style='background:URL(//a)'>",
        "<base href=//a>",
    ],
)
def test_what_does_something_by_itself_is_known(page: str) -> None:
    with pytest.raises(AssertionError):
        assert_harmless(page)
