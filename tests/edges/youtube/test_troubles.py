"""Fetches that meet what nobody expects, of YouTube or of this machine."""

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.edges.recordings import Shelf
from feeds.edges.youtube import YouTube
from feeds.errors import FullDiskError, WorldError
from feeds.jobs.audio.deciding import Order
from feeds.jobs.audio.fetching import Fetched, fetch
from feeds.jobs.audio.parts import Studio, World
from feeds.model import AudioSettings, Publication, Recording, Talk
from feeds.recordings import AudioFile, Outcome, Sidecar, Wanted
from tests.edges.youtube.fake import Fake, Video, handler_of
from tests.edges.youtube.media import Fault, Media, serving
from tests.edges.youtube.run import Copier

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ODD, GOOD, THIRD = "Ooooooooooo", "Ggggggggggg", "Ttttttttttt"
DATA = random.Random(5).randbytes(40_000)
PICTURE = b"\xff\xd8\xff picture"
WORDS = b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n"


@pytest.fixture
def media() -> Iterator[Media]:
    files = {f"/{name}.m4a": DATA for name in (ODD, GOOD, THIRD)}
    files |= {f"/{name}.jpg": PICTURE for name in (ODD, GOOD, THIRD)}
    files |= {f"/{name}.vtt": WORDS for name in (ODD, GOOD, THIRD)}
    with serving(Media(files=files, any_query=True)) as found:
        yield found


@dataclass
class Place:
    """A publication of recordings, and a YouTube that has them."""

    root: Path
    media: Media
    videos: dict[str, Video]
    fake: Fake
    studio: Studio
    publication: Publication
    now: datetime = NOW
    cookies: bool = False

    def fetch(self, *, again: bool = False) -> Fetched:
        shelf = Shelf(self.root)

        def tube() -> YouTube:
            folder, handlers = shelf.sources, [handler_of(self.fake)]
            return YouTube(folder, self.root / ".talkfeeds/cache", pause_s=0, handlers=handlers)

        talks = [
            Talk(
                id=f"tag:example.org,2026:t/{number}",
                slug=youtube_id.lower(),
                title=f"Talk {number}",
                date=NOW.date(),
                published=NOW,
                updated=NOW,
                language="en",
                recording=Recording(youtube_id),
                license="CC-BY-4.0",
            )
            for number, youtube_id in enumerate(self.videos)
        ]
        world = World(tube, self.studio, shelf, lambda: self.now, lambda: 0.5, cookies=self.cookies)
        return fetch(self.publication, talks, world, Order(again=again))

    def sidecars(self) -> dict[str, Sidecar]:
        return Shelf(self.root).sidecars()

    def sources(self) -> set[str]:
        folder = Shelf(self.root).sources
        return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


@pytest.fixture
def place(tmp_path: Path, media: Media) -> Place:
    videos = {name: video(media, name) for name in (ODD, GOOD)}
    publication = Publication(
        "T",
        "tag:example.org,2026:t",
        "https://example.org/",
        audio=AudioSettings(download=True, min_free_bytes=1, parallel=1),
    )
    studio = Copier(tmp_path / ".talkfeeds" / "audio")
    return Place(tmp_path, media, videos, Fake(videos), studio, publication)


def video(media: Media, name: str) -> Video:
    track = {
        "baseUrl": f"{media.url}/{name}.vtt?lang=en",
        "languageCode": "en",
        "vssId": ".en",
        "name": {"simpleText": "English"},
    }
    return Video(
        audio_url=f"{media.url}/{name}.m4a",
        audio_bytes=len(DATA),
        thumbnail_url=f"{media.url}/{name}.jpg",
        tracks=[track],
    )


def outcomes(fetched: Fetched) -> dict[str, Outcome]:
    return {line.youtube_id: line.outcome for line in fetched.lines}


@pytest.mark.parametrize(
    ("odd", "says"),
    [
        ({"streamingData": {"adaptiveFormats": ["x"]}}, "Error: "),
        ({"videoDetails": {"shortDescription": 7}}, "Error: "),
        (
            {
                "captions": {
                    "playerCaptionsTracklistRenderer": {
                        "captionTracks": [{"baseUrl": "http://127.0.0.1:9/x", "languageCode": 5}]
                    }
                }
            },
            "Error: ",
        ),
        (
            {
                "microformat": {
                    "playerMicroformatRenderer": {"uploadDate": "9999-12-31T23:59:59-12:00"}
                }
            },
            "OverflowError: date value out of range",
        ),
    ],
    ids=["formats", "description", "captions", "upload"],
)
def test_an_odd_answer_is_unknown_in_its_own_words_and_costs_nobody_else(
    place: Place, odd: dict[str, object], says: str
) -> None:
    place.videos[ODD].odd = odd
    fetched = place.fetch()
    assert outcomes(fetched) == {ODD: Outcome.UNKNOWN, GOOD: Outcome.OK}
    asked = place.sidecars()[ODD].asked
    assert asked is not None
    assert asked.outcome is Outcome.UNKNOWN
    assert says in asked.said
    assert fetched.left == 0


@pytest.mark.parametrize(
    "odd",
    [
        {"videoDetails": {"title": "half \ud83d of a smile"}},
        {"videoDetails": {"lengthSeconds": "9" * 35}},
    ],
    ids=["title", "length"],
)
def test_an_odd_fact_is_no_fact_and_the_recording_is_fetched(
    place: Place, odd: dict[str, object]
) -> None:
    place.videos[ODD].odd = odd
    assert outcomes(place.fetch()) == {ODD: Outcome.OK, GOOD: Outcome.OK}
    facts = place.sidecars()[ODD].facts
    assert facts is not None
    assert facts.duration_s in {None, 1800.0}
    assert "\ufffd" in facts.title or facts.title == "Running MySQL on Kubernetes"


def test_a_reason_with_half_a_character_and_orders_for_the_terminal_is_written_without_them(
    place: Place,
) -> None:
    reason = "no \ud83d\x1b]0;pwn\x07 \x1b[2Jway\x9b1m \x08back"
    place.videos[ODD] = Video(status="UNPLAYABLE", reason=reason, details=False)
    place.videos[GOOD].odd = {"videoDetails": {"title": "\x1b]0;pwn\x07A \x1b[2Jtitle"}}
    fetched = place.fetch()
    assert outcomes(fetched) == {ODD: Outcome.UNKNOWN, GOOD: Outcome.OK}
    asked, facts = place.sidecars()[ODD].asked, place.sidecars()[GOOD].facts
    assert asked is not None
    assert asked.said == "no \ufffd way 1m back"
    assert facts is not None
    assert facts.title == "A title"
    assert fetched.lines[0].said.isprintable()


class Broken(Copier):
    """A studio in which something goes wrong with a recording."""

    def __init__(self, folder: Path, error: Callable[[str], Exception]) -> None:
        super().__init__(folder)
        self.error = error

    def make(self, source: str, wanted: Wanted) -> AudioFile:
        """It cannot."""
        if wanted.youtube_id == ODD:
            raise self.error(source)
        return super().make(source, wanted)


def broken(place: Place, error: Callable[[str], Exception]) -> None:
    place.studio = Broken(place.root / ".talkfeeds" / "audio", error)


def test_what_nobody_foresaw_of_one_recording_costs_no_other(place: Place) -> None:
    broken(place, lambda _source: RecursionError("too deep"))
    assert outcomes(place.fetch()) == {ODD: Outcome.UNKNOWN, GOOD: Outcome.OK}
    asked = place.sidecars()[ODD].asked
    assert asked is not None
    assert asked.said == "RecursionError: too deep"


@pytest.mark.slow
def test_a_disk_that_is_full_while_a_file_is_made_ends_the_run_and_keeps_the_download(
    place: Place,
) -> None:
    broken(
        place, lambda source: FullDiskError(source, "cannot be written: no space left", "make room")
    )
    fetched = place.fetch()
    assert outcomes(fetched) == {ODD: Outcome.DISK_FULL}
    assert fetched.left == 1
    assert fetched.stopped.startswith("disk-full: ")
    assert place.sources() == {f"{ODD}.140.m4a"}
    place.studio = Copier(place.root / ".talkfeeds" / "audio")
    place.media.asked.clear()
    assert outcomes(place.fetch()) == {ODD: Outcome.OK, GOOD: Outcome.OK}
    assert place.media.ranges(f"/{ODD}.m4a") == []  # it was there


def test_a_broken_tool_keeps_the_download_and_a_broken_download_goes(place: Place) -> None:
    broken(place, lambda _source: WorldError("/opt/x/ffmpeg", "is broken", "mend it"))
    assert outcomes(place.fetch()) == {ODD: Outcome.UNKNOWN, GOOD: Outcome.OK}
    assert place.sources() == {f"{ODD}.140.m4a"}
    asked = place.sidecars()[ODD].asked
    assert asked is not None
    assert asked.said == "ffmpeg: is broken (mend it)"
    place.now = asked.not_before or NOW
    broken(place, lambda source: WorldError(source, f"holds no sound: {source}", "fetch it again"))
    assert outcomes(place.fetch()) == {ODD: Outcome.UNKNOWN}
    assert place.sources() == set()
    asked = place.sidecars()[ODD].asked
    assert asked is not None
    # It is kept in git: no path of this machine.
    assert str(place.root) not in asked.said
    assert f".talkfeeds/audio/sources/{ODD}.140.m4a" in asked.said


def test_room_is_counted_with_what_others_are_about_to_download(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.publication = replace(
        place.publication,
        audio=AudioSettings(download=True, min_free_bytes=1_000, parallel=2),
    )
    # Room for one recording and the file that is made of it, not for two.
    asked_twice = threading.Event()
    asked: list[Shelf] = []

    def free_bytes(shelf: Shelf) -> int:
        asked.append(shelf)
        if len(asked) == 2:
            asked_twice.set()
        return 3 * len(DATA)

    monkeypatch.setattr(Shelf, "free_bytes", free_bytes)

    def sent(_out: int) -> None:
        # The first download is under way while the second one is thought about.
        asked_twice.wait(60)

    place.media.sent = sent
    found = sorted(outcomes(place.fetch()).values())
    assert found == [Outcome.DISK_FULL, Outcome.OK]


@pytest.mark.slow
def test_a_hollow_answer_takes_nothing_from_what_is_known(place: Place) -> None:
    place.fetch()
    before = place.sidecars()[ODD].facts
    assert before is not None
    place.videos[ODD] = Video(details=False, formats=False, title="", description="")
    assert outcomes(place.fetch(again=True))[ODD] is not Outcome.OK
    assert place.sidecars()[ODD].facts == before


@pytest.mark.slow
def test_too_many_subtitles_cost_no_audio_no_picture_and_no_later_run(place: Place) -> None:
    place.media.faults[f"/{ODD}.vtt"] = [Fault(429)]
    fetched = place.fetch()
    assert outcomes(fetched) == {ODD: Outcome.OK, GOOD: Outcome.OK}
    assert (fetched.stopped, fetched.left) == ("", 0)
    assert place.media.ranges(f"/{GOOD}.vtt") == []
    folder = place.root / "content" / "recordings"
    assert (folder / f"{GOOD}.jpg").read_bytes() == PICTURE
    assert fetched.lines[1].remarks == ("no subtitles: YouTube had enough of them in this run",)
    # A new recording is fetched meanwhile, without its subtitles.
    place.videos[THIRD] = video(place.media, THIRD)
    fetched = place.fetch()
    assert outcomes(fetched) == {THIRD: Outcome.OK}
    assert fetched.held is None
    assert not list(folder.glob("*.vtt"))
    asked = place.sidecars()[ODD].asked_subtitles
    assert asked is not None
    assert asked.not_before is not None
    place.now = asked.not_before
    place.fetch()
    assert len(list(folder.glob("*.vtt"))) == 3


@pytest.mark.slow
def test_a_transcript_that_was_removed_comes_back_without_a_download(place: Place) -> None:
    place.fetch()
    words = place.root / "content" / "recordings" / f"{GOOD}.en.vtt"
    assert words.read_bytes() == WORDS
    words.unlink()
    place.media.asked.clear()
    assert outcomes(place.fetch()) == {GOOD: Outcome.OK}
    assert words.read_bytes() == WORDS
    assert [path for path, _range in place.media.asked] == [
        f"/{GOOD}.vtt?lang=en".partition("?")[0]
    ]
    assert place.fetch().lines == []


def test_new_cookies_are_shown_after_a_bot_check_at_once(place: Place) -> None:
    no = Video(status="LOGIN_REQUIRED", reason="Sign in to confirm you’re not a bot", details=False)
    yes, place.videos[ODD] = place.videos[ODD], no
    assert outcomes(place.fetch()) == {ODD: Outcome.BOT_CHECK}
    place.videos[ODD] = yes
    assert place.fetch().held is not None
    place.cookies = True
    assert outcomes(place.fetch()) == {ODD: Outcome.OK, GOOD: Outcome.OK}
