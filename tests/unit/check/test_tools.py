"""What a machine needs for recordings: each finding, and its remedy."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from feeds.check import State, Verdict
from feeds.check.tools import Cookies, Runtime, Tools, check_tools

NOW = datetime(2026, 11, 23, tzinfo=UTC)
GOOD = Tools(
    ytdlp="2026.10.26",
    ejs="0.8.0",
    ejs_wanted="0.8.0",
    runtimes=(Runtime("deno", "2.9.8", supported=True, wanted="2.3.0"),),
    ffmpeg="/usr/bin/ffmpeg",
    ffprobe="/usr/bin/ffprobe",
    free_bytes=10**10,
    cookies=Cookies("c.txt", "# Netscape HTTP Cookie File", open_to_others=False),
)


def wrong(tools: Tools, now: datetime = NOW) -> list[Verdict]:
    """All that is not well."""
    found = tuple(check_tools(tools, 10**9, now))
    assert all(verdict.remedy for verdict in found if verdict.state is not State.OK)
    return [verdict for verdict in found if verdict.state is not State.OK]


def test_a_machine_in_order_has_nothing_to_tell() -> None:
    assert wrong(GOOD) == []
    assert wrong(replace(GOOD, cookies=None)) == []
    assert len(list(check_tools(GOOD, 10**9, NOW))) == 7


@pytest.mark.parametrize(
    ("day", "states"),
    [(datetime(2027, 1, 24, tzinfo=UTC), []), (datetime(2027, 1, 25, tzinfo=UTC), ["warning"])],
)
def test_yt_dlp_is_old_after_ninety_days(day: datetime, states: list[str]) -> None:
    assert [verdict.state for verdict in wrong(GOOD, day)] == states


@pytest.mark.parametrize(
    ("tools", "check", "words"),
    [
        (replace(GOOD, ytdlp=""), "yt-dlp", "is not there"),
        (replace(GOOD, ytdlp="nightly"), "yt-dlp", "has no date"),
        (replace(GOOD, runtimes=()), "javascript", "no program"),
        (
            replace(GOOD, runtimes=(Runtime("node", "20.20.2", supported=False, wanted="22.0.0"),)),
            "javascript",
            "node 20.20.2 (needs 22.0.0)",
        ),
        (replace(GOOD, ejs=""), "yt-dlp-ejs", "is not there"),
        (replace(GOOD, ejs="0.7.4"), "yt-dlp-ejs", "0.7.4 does not fit"),
        (replace(GOOD, ffmpeg=""), "ffmpeg", "is not there"),
        (replace(GOOD, ffprobe=""), "ffprobe", "is not there"),
        (replace(GOOD, free_bytes=999_999_999), "space", "999,999,999 bytes are free"),
        (replace(GOOD, cookies=Cookies("c", "", open_to_others=False)), "cookies", "read"),
        (replace(GOOD, cookies=Cookies("c", "{}", open_to_others=False)), "cookies", "no cookies"),
        (
            replace(GOOD, cookies=Cookies("c", "# HTTP Cookie File", open_to_others=True)),
            "cookies",
            "others",
        ),
    ],
)
def test_each_want_is_told_once(tools: Tools, check: str, words: str) -> None:
    (verdict,) = wrong(tools)
    assert verdict.check == check
    assert words in verdict.message


def test_a_supported_runtime_beside_an_old_one_is_enough() -> None:
    old = Runtime("node", "20.20.2", supported=False, wanted="22.0.0")
    assert wrong(replace(GOOD, runtimes=(old, *GOOD.runtimes))) == []


def test_another_patch_of_the_solver_fits() -> None:
    assert wrong(replace(GOOD, ejs="0.8.3")) == []
