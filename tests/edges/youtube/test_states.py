"""Every way in which YouTube says no, through yt-dlp's own extractor."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feeds.check.tools import Runtime
from feeds.edges.youtube import YouTube
from feeds.edges.youtube import pause_s as pause_of
from feeds.edges.youtube.reading import language_of
from feeds.recordings import Chapter, Outcome
from tests.edges.youtube.fake import Fake, Video, handler_of

ID = "J7h0F34iBx0"
SIGN_IN = "Sign in to confirm you’re not a bot"
STATES: list[tuple[str, Outcome, Video]] = [
    (
        "private",
        Outcome.PRIVATE,
        Video(
            status="LOGIN_REQUIRED",
            reason="Private video",
            subreason="Sign in if you've been granted access to this video",
            details=False,
        ),
    ),
    (
        "private, as the player says it",
        Outcome.PRIVATE,
        Video(
            status="LOGIN_REQUIRED",
            reason="This is a private video. Please sign in to verify that you may see it.",
            details=False,
        ),
    ),
    (
        "removed by its uploader",
        Outcome.REMOVED,
        Video(
            status="ERROR",
            reason="Video unavailable",
            subreason="This video has been removed by the uploader",
            details=False,
        ),
    ),
    (
        "never there",
        Outcome.REMOVED,
        Video(status="ERROR", reason="This video is unavailable", details=False),
    ),
    (
        "the account is gone",
        Outcome.TERMINATED,
        Video(
            status="ERROR",
            reason="Video unavailable",
            subreason="This video is no longer available because the YouTube account "
            "associated with this video has been terminated.",
            details=False,
        ),
    ),
    (
        "age",
        Outcome.AGE,
        Video(
            status="LOGIN_REQUIRED",
            reason="Sign in to confirm your age",
            subreason="This video may be inappropriate for some users.",
        ),
    ),
    (
        "members",
        Outcome.MEMBERS,
        Video(
            status="UNPLAYABLE",
            reason="Join this channel to get access to members-only content like this video, "
            "and other exclusive perks.",
        ),
    ),
    (
        "country",
        Outcome.GEO,
        Video(
            status="UNPLAYABLE",
            reason="Video unavailable",
            subreason="The uploader has not made this video available in your country",
            available_in=["DE", "FR"],
        ),
    ),
    (
        "premiere",
        Outcome.PREMIERE,
        Video(
            status="LIVE_STREAM_OFFLINE",
            reason="Premieres in 24 hours",
            live={"isUpcoming": True, "isLiveContent": True},
        ),
    ),
    (
        "an event to come",
        Outcome.PREMIERE,
        Video(
            status="LIVE_STREAM_OFFLINE",
            reason="This live event will begin in 3 days.",
            live={"isUpcoming": True, "isLiveContent": True},
        ),
    ),
    (
        "upcoming, although it plays",
        Outcome.PREMIERE,
        Video(live={"isUpcoming": True, "isLiveContent": True}),
    ),
    ("live", Outcome.LIVE, Video(live={"isLive": True, "isLiveContent": True})),
    (
        "just ended",
        Outcome.LIVE,
        Video(live={"isPostLiveDvr": True, "isLiveContent": True}),
    ),
    (
        "bot check",
        Outcome.BOT_CHECK,
        Video(status="LOGIN_REQUIRED", reason=SIGN_IN, details=False),
    ),
    (
        "captcha",
        Outcome.BOT_CHECK,
        Video(status="ERROR", reason="Something is off", captcha=True, details=False),
    ),
    (
        "rate limit in words",
        Outcome.RATE_LIMIT,
        Video(
            status="UNPLAYABLE",
            reason="Video unavailable",
            subreason="This content isn't available, try again later.",
            details=False,
        ),
    ),
    ("rate limit of the player", Outcome.RATE_LIMIT, Video(player_status=429, retry_after="600")),
    (
        "rate limit of all",
        Outcome.RATE_LIMIT,
        Video(player_status=429, page_status=429, retry_after="600"),
    ),
    ("the player is forbidden", Outcome.NETWORK, Video(player_status=403)),
    ("the player breaks", Outcome.NETWORK, Video(player_status=503)),
    ("all breaks", Outcome.NETWORK, Video(player_status=503, page_status=503)),
    (
        "something new",
        Outcome.UNKNOWN,
        Video(status="UNPLAYABLE", reason="The moon is in the wrong house", details=False),
    ),
]


@pytest.fixture
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """No socket leaves this machine: whoever tries is told so, and written down."""
    reached: list[Any] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded(self: socket.socket, address: Any) -> Any:
        reached.append(address)
        if self.family != socket.AF_UNIX and address[0] not in {"127.0.0.1", "::1"}:
            raise AssertionError(f"a socket to {address}")
        return connect(self, address)

    def resolve(host: Any, *rest: Any, **named: Any) -> Any:
        if host not in {"127.0.0.1", "::1", None, ""}:
            reached.append(host)
            raise AssertionError(f"asked the DNS for {host}")
        return look_up(host, *rest, **named)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    yield reached
    off = [one for one in reached if not isinstance(one, tuple) or one[0] != "127.0.0.1"]
    assert off == []


def tube(folder: Path, fake: Fake) -> YouTube:
    """The edge as the command has it, without pauses."""
    return YouTube(folder / "sources", folder / "cache", pause_s=0, handlers=[handler_of(fake)])


@pytest.mark.parametrize(
    ("outcome", "video"), [row[1:] for row in STATES], ids=[row[0] for row in STATES]
)
def test_every_no_is_a_typed_outcome_with_youtubes_own_words(
    tmp_path: Path, only_loopback: list[Any], outcome: Outcome, video: Video
) -> None:
    fake = Fake({ID: video})
    seen = tube(tmp_path, fake).look(ID, "m4a")
    assert seen.answer.outcome is outcome
    assert seen.answer.said
    for sentence in (video.subreason, video.reason):
        # Where YouTube gives both, yt-dlp tells the longer story of the two.
        if sentence and not video.live:
            assert sentence.strip(".") in seen.answer.said
            break
    if video.retry_after:
        assert seen.answer.retry_after_s == 600
    assert not fake.refused
    assert not (tmp_path / "sources").exists()


def test_a_recording_without_formats_is_for_want_of_a_runtime_or_of_formats(
    tmp_path: Path, only_loopback: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = Fake({ID: Video(formats=False)})
    monkeypatch.setattr("feeds.edges.youtube.runtimes", tuple)
    seen = tube(tmp_path, fake).look(ID, "m4a")
    assert seen.answer.outcome is Outcome.NO_JS
    assert seen.facts is not None
    assert seen.facts.title
    deno = Runtime("deno", "2.9.8", supported=True, wanted="2.3.0")
    monkeypatch.setattr("feeds.edges.youtube.runtimes", lambda: (deno,))
    assert tube(tmp_path, fake).look(ID, "m4a").answer.outcome is Outcome.NO_FORMATS


def test_the_facts_are_what_youtube_said(tmp_path: Path, only_loopback: list[Any]) -> None:
    track = {
        "baseUrl": "https://www.youtube.com/api/timedtext?lang=en",
        "languageCode": "en",
        "vssId": ".en",
        "name": {"simpleText": "English"},
    }
    machine = {**track, "vssId": "a.en", "kind": "asr", "isTranslatable": True}
    picture = "https://i.ytimg.com/vi/J7h0F34iBx0/maxresdefault.jpg"
    video = Video(tracks=[track, machine], thumbnail_url=picture, audio_bytes=1234)
    seen = tube(tmp_path, Fake({ID: video})).look(ID, "m4a")
    assert seen.answer.outcome is Outcome.OK
    assert seen.size_bytes == 1234
    facts = seen.facts
    assert facts is not None
    assert (facts.title, facts.channel, facts.duration_s) == (video.title, "CNCF", 1800.0)
    assert facts.uploaded is not None
    assert facts.uploaded.isoformat() == "2017-12-15T13:34:39+00:00"
    assert facts.chapters == (
        Chapter(0.0, "Hello"),
        Chapter(90.0, "Pets and cattle"),
        Chapter(1200.0, "Questions"),
    )
    assert (facts.subtitles, facts.captions) == (("en",), ("en",))
    assert facts.thumbnail_url == picture
    assert facts.license == "Creative Commons Attribution license (reuse allowed)"
    assert (facts.availability, facts.live_status) == ("public", "not_live")


def test_what_youtube_does_not_say_is_not_made_up(tmp_path: Path, only_loopback: list[Any]) -> None:
    video = Video(description="", formats=False, details=False, title="")
    seen = tube(tmp_path, Fake({ID: video})).look(ID, "m4a")
    assert seen.facts is not None
    assert seen.facts.title == ""
    assert seen.facts.duration_s is None
    assert seen.facts.uploaded is None
    assert seen.facts.chapters == ()


def test_a_host_that_is_not_youtube_is_an_answer_and_no_crash(
    tmp_path: Path, only_loopback: list[Any]
) -> None:
    fake = Fake({ID: Video(audio_url="https://rr1.googlevideo.com/x", audio_bytes=10)})
    seen = tube(tmp_path, fake).look(ID, "m4a")
    assert seen.answer.outcome is Outcome.OK
    youtube = tube(tmp_path, fake)
    taken = youtube.fetch(youtube.look(ID, "m4a"), lambda _done, _all: None)
    assert taken.answer.outcome is Outcome.NETWORK
    assert "rr1.googlevideo.com is not on this machine" in taken.answer.said
    assert set(fake.refused) == {"rr1.googlevideo.com"}


@pytest.mark.parametrize(
    ("track", "language"),
    [
        ("en", "en"),
        ("es-419", "es-419"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("en-eEY6OEpapPo", "en"),
        ("pt-BR-x1", "pt-BR"),
        ("live_chat", ""),
        ("../../x", ""),
        ("en/../x", ""),
        ("", ""),
    ],
)
def test_a_track_s_name_is_read_as_a_language_or_not_at_all(track: str, language: str) -> None:
    assert language_of(track) == language


@pytest.mark.parametrize(
    ("said", "date", "pause_s"),
    [
        ("120", "", 120.0),
        ("Mon, 23 Nov 2026 00:10:00 GMT", "Mon, 23 Nov 2026 00:00:00 GMT", 600.0),
        ("Mon, 23 Nov 2026 00:00:00 GMT", "Mon, 23 Nov 2026 00:10:00 GMT", 0.0),
        ("Mon, 23 Nov 2026 00:10:00 GMT", "", None),
        ("soon", "Mon, 23 Nov 2026 00:00:00 GMT", None),
        ("", "", None),
    ],
)
def test_retry_after_is_read_in_both_its_forms(said: str, date: str, pause_s: float | None) -> None:
    assert pause_of(said, date) == pause_s
