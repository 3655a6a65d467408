"""Downloads over a real connection that fails: what is tried again, what is resumed."""

import os
import random
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feeds.edges.youtube import YouTube
from feeds.errors import WorldError
from feeds.recordings import Answer, Outcome, Stopped, Taken, Words
from tests.edges.youtube.fake import Fake, Video, handler_of
from tests.edges.youtube.media import Fault, Media, serving

ID = "J7h0F34iBx0"
DATA = random.Random(4).randbytes(300_000)
PATH = "/audio.m4a"
CUE = b"WEBVTT\n\n00:01.000 --> 00:02.000\n"


@pytest.fixture
def media() -> Iterator[Media]:
    with serving(Media(files={PATH: DATA})) as found:
        yield found


def tube(folder: Path, media: Media, **changes: Any) -> YouTube:
    video = Video(audio_url=media.url + PATH, audio_bytes=len(DATA), **changes)
    return YouTube(folder / "s", folder / "c", pause_s=0, handlers=[handler_of(Fake({ID: video}))])


def take(youtube: YouTube) -> Taken:
    seen = youtube.look(ID, "m4a")
    assert seen.answer.outcome is Outcome.OK
    return youtube.fetch(seen, lambda _done, _all: None)


def test_a_download_ends_as_one_whole_file(tmp_path: Path, media: Media) -> None:
    told: list[tuple[int, int]] = []
    youtube = tube(tmp_path, media)
    taken = youtube.fetch(youtube.look(ID, "m4a"), lambda done, size: told.append((done, size)))
    assert taken.answer.outcome is Outcome.OK
    assert Path(taken.path).read_bytes() == DATA
    assert told[-1] == (len(DATA), len(DATA))
    assert [path.name for path in (tmp_path / "s").iterdir()] == [f"{ID}.140.m4a"]


@pytest.mark.parametrize("fault", [Fault(503), Fault(cut_after=100_000), Fault(500)], ids=str)
def test_broken_servers_and_cut_connections_are_tried_again_at_once(
    tmp_path: Path, media: Media, fault: Fault
) -> None:
    media.faults[PATH] = [fault, fault]
    taken = take(tube(tmp_path, media))
    assert taken.answer.outcome is Outcome.OK
    assert Path(taken.path).read_bytes() == DATA
    assert len(media.asked) == 3
    if fault.cut_after > 0:
        assert media.ranges(PATH)[1].startswith("bytes=")


@pytest.mark.parametrize(
    ("fault", "outcome", "pause_s"),
    [
        (Fault(429, retry_after="90"), Outcome.RATE_LIMIT, 90.0),
        (Fault(429), Outcome.RATE_LIMIT, None),
        (Fault(403, retry_after="30"), Outcome.NETWORK, 30.0),
        (Fault(403), Outcome.NETWORK, None),
    ],
    ids=str,
)
def test_too_many_and_forbidden_are_not_tried_again(
    tmp_path: Path, media: Media, fault: Fault, outcome: Outcome, pause_s: float | None
) -> None:
    media.faults[PATH] = [fault]
    taken = take(tube(tmp_path, media))
    assert taken.answer.outcome is outcome
    assert str(fault.status) in taken.answer.said
    assert taken.answer.retry_after_s == pause_s
    assert len(media.asked) == 1


def test_a_connection_that_keeps_breaking_leaves_a_part_that_the_next_run_goes_on_with(
    tmp_path: Path, media: Media
) -> None:
    media.faults[PATH] = [Fault(cut_after=40_960)] + [Fault(cut_after=0)] * 99
    taken = take(tube(tmp_path, media))
    assert taken.answer.outcome is Outcome.NETWORK
    assert "without a byte" in taken.answer.said
    assert len(media.asked) < 20
    (part,) = (tmp_path / "s").iterdir()
    assert part.name == f"{ID}.140.m4a.part"
    here = part.stat().st_size
    assert 0 < here <= 40_960
    media.asked.clear()
    media.faults.clear()
    taken = take(tube(tmp_path, media))
    assert Path(taken.path).read_bytes() == DATA
    assert [range_.partition("-")[0] for range_ in media.ranges(PATH)] == [f"bytes={here}"]


def test_a_whole_download_of_an_earlier_run_is_not_asked_for_again(
    tmp_path: Path, media: Media
) -> None:
    take(tube(tmp_path, media))
    media.asked.clear()
    taken = take(tube(tmp_path, media))
    assert taken.answer.outcome is Outcome.OK
    assert media.asked == []


def test_a_part_that_was_whole_already_is_no_dead_end(tmp_path: Path, media: Media) -> None:
    taken = take(tube(tmp_path, media))
    Path(taken.path).rename(f"{taken.path}.part")
    again = take(tube(tmp_path, media))
    assert again.answer.outcome is Outcome.OK, again.answer.said
    assert Path(again.path).read_bytes() == DATA


def test_a_full_disk_is_named_as_such(tmp_path: Path, media: Media) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("NOT TESTED: no /dev/full")
    youtube = tube(tmp_path, media)
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / f"{ID}.140.m4a.part").symlink_to("/dev/full")
    taken = take(youtube)
    assert taken.answer.outcome is Outcome.DISK_FULL
    assert os.strerror(28) in taken.answer.said


def test_a_folder_with_a_percent_sign_is_a_folder_like_others(tmp_path: Path, media: Media) -> None:
    taken = take(tube(tmp_path / "100%(id)s", media))
    assert Path(taken.path).parent == tmp_path / "100%(id)s" / "s"


def test_cookies_are_shown_and_their_file_stays_as_it_is(tmp_path: Path, media: Media) -> None:
    cookies = tmp_path / "cookies.txt"
    told = "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tname\tvalue\n"
    cookies.write_text(told)
    video = Video(audio_url=media.url + PATH, audio_bytes=len(DATA))
    handlers = [handler_of(Fake({ID: video}))]
    youtube = YouTube(
        tmp_path / "s", tmp_path / "c", cookies=str(cookies), pause_s=0, handlers=handlers
    )
    seen = youtube.look(ID, "m4a")
    assert youtube.fetch(seen, lambda _done, _all: None).answer.outcome is Outcome.OK
    youtube.done(seen)
    assert media.cookies == ["name=value"]
    assert cookies.read_text() == told


def test_stopping_ends_a_download_at_its_next_block(tmp_path: Path, media: Media) -> None:
    youtube = tube(tmp_path, media)
    seen = youtube.look(ID, "m4a")
    with pytest.raises(Stopped):
        youtube.fetch(seen, lambda _done, _all: youtube.stop())
    (part,) = (tmp_path / "s").iterdir()
    assert part.suffix == ".part"


def test_a_host_hears_one_request_at_a_time(tmp_path: Path, media: Media) -> None:
    media.files["/other.m4a"] = DATA
    videos = {
        youtube_id: Video(audio_url=media.url + path, audio_bytes=len(DATA))
        for youtube_id, path in ((ID, PATH), ("o" * 11, "/other.m4a"))
    }
    handlers = [handler_of(Fake(videos))]
    youtube = YouTube(tmp_path / "s", tmp_path / "c", pause_s=0, handlers=handlers)
    first, other = (youtube.look(youtube_id, "m4a") for youtube_id in videos)
    second = threading.Thread(target=youtube.fetch, args=(other, lambda _done, _all: None))
    overlapped = threading.Event()

    def meanwhile(_out: int) -> None:
        if second.ident is None:
            second.start()
            # Nothing to wait for but what must not happen; without the lock it comes at once.
            overlapped.wait(0.3)

    media.sent = meanwhile
    media.heard = lambda path: overlapped.set() if path == "/other.m4a" else None
    assert youtube.fetch(first, lambda _done, _all: None).answer.outcome is Outcome.OK
    second.join()
    assert {path for path, _range in media.asked} == {PATH, "/other.m4a"}
    assert media.most == 1


def test_after_the_door_was_shut_nobody_looks_but_downloads_end(
    tmp_path: Path, media: Media
) -> None:
    youtube = tube(tmp_path, media)
    seen = youtube.look(ID, "m4a")
    youtube.shut()
    with pytest.raises(Stopped):
        youtube.look(ID, "m4a")
    assert youtube.fetch(seen, lambda _done, _all: None).answer.outcome is Outcome.OK


def words_of(folder: Path, media: Media, **video: Any) -> tuple[Answer, tuple[Words, ...]]:
    youtube = tube(folder, media, **video)
    return youtube.subtitles(youtube.look(ID, "m4a"))


def track(media: Media, language: str, *, machine: bool = False) -> dict[str, Any]:
    """A caption track whose text lies on this machine."""
    return {
        "baseUrl": f"{media.url}/words-{language}",
        "languageCode": language,
        "vssId": f"{'a' if machine else ''}.{language}",
        "name": {"simpleText": language},
        "isTranslatable": True,
        **({"kind": "asr"} if machine else {}),
    }


def test_subtitles_of_people_come_before_those_of_a_machine(tmp_path: Path, media: Media) -> None:
    media.any_query = True
    media.files |= {"/words-en": CUE + b"Hello", "/words-es": CUE + b"Hola"}
    people = [track(media, "en"), track(media, "es")]
    machine = track(media, "en", machine=True)
    answer, words = words_of(tmp_path, media, tracks=[*people, machine])
    assert answer.outcome is Outcome.OK
    assert [(one.language, one.automatic) for one in words] == [("en", False), ("es", False)]
    assert words[1].data == CUE + b"Hola"
    answer, words = words_of(tmp_path, media, tracks=[machine])
    assert [(one.language, one.automatic) for one in words] == [("en", True)]
    assert words_of(tmp_path, media) == (Answer(Outcome.OK), ())


@pytest.mark.parametrize(
    ("fault", "outcome"), [(Fault(429), Outcome.RATE_LIMIT), (Fault(404), Outcome.NETWORK)]
)
def test_subtitles_that_fail_are_an_answer_of_their_own(
    tmp_path: Path, media: Media, fault: Fault, outcome: Outcome
) -> None:
    media.any_query = True
    media.files["/words-en"] = b"WEBVTT"
    media.faults["/words-en"] = [fault]
    answer, words = words_of(tmp_path, media, tracks=[track(media, "en")])
    assert (answer.outcome, words) == (outcome, ())
    media.files["/words-en"] = b"<html>"
    answer, _ = words_of(tmp_path, media, tracks=[track(media, "en")])
    assert answer == Answer(Outcome.UNKNOWN, "subtitles in en are no WebVTT")


def test_subtitles_without_a_cue_are_none_and_cost_no_other_language(
    tmp_path: Path, media: Media
) -> None:
    media.any_query = True
    media.files |= {"/words-en": b"WEBVTT\n\n", "/words-es": CUE + b"Hola"}
    answer, words = words_of(tmp_path, media, tracks=[track(media, "en"), track(media, "es")])
    assert answer == Answer(Outcome.UNKNOWN, "subtitles in en hold no cue")
    assert [one.language for one in words] == ["es"]


@pytest.mark.parametrize("told", ['[{"name": "x"}]', "# Netscape HTTP Cookie File\n[{]\n"])
def test_cookies_in_another_form_are_refused_before_anybody_is_asked(
    tmp_path: Path, told: str
) -> None:
    cookies = tmp_path / "cookies.json"
    cookies.write_text(told)
    with pytest.raises(WorldError) as caught:
        YouTube(tmp_path / "s", tmp_path / "c", cookies=str(cookies))
    assert str(caught.value).startswith(f"{cookies}: is no cookies file (export it as")


def test_what_yt_dlp_did_not_expect_is_an_answer_with_its_type(
    tmp_path: Path, media: Media
) -> None:
    seen = tube(tmp_path, media, odd={"streamingData": {"adaptiveFormats": ["x"]}}).look(ID, "m4a")
    assert seen.answer.outcome is Outcome.UNKNOWN
    assert re.match(r"[A-Z]\w+Error: .*str", seen.answer.said)


def test_the_picture_that_youtube_named_is_there_when_larger_ones_are_not(
    tmp_path: Path, media: Media
) -> None:
    media.files["/picture.jpg"] = b"\xff\xd8\xff picture"
    youtube = tube(tmp_path, media, thumbnail_url=f"{media.url}/picture.jpg")
    answer, data = youtube.thumbnail(youtube.look(ID, "m4a"))
    assert (answer.outcome, data) == (Outcome.OK, b"\xff\xd8\xff picture")
    media.files["/picture.jpg"] = b"RIFF"
    answer, data = youtube.thumbnail(youtube.look(ID, "m4a"))
    assert (answer.outcome, data) == (Outcome.UNKNOWN, b"")


@pytest.mark.slow
def test_the_generic_extractor_goes_the_same_way(tmp_path: Path, media: Media) -> None:
    youtube = tube(tmp_path, media)
    seen = youtube.look_at(media.url + PATH, "mp3")
    assert seen.answer.outcome is Outcome.OK
    taken = youtube.fetch(seen, lambda _done, _all: None)
    assert taken.answer.outcome is Outcome.OK, taken.answer.said
    assert Path(taken.path).read_bytes() == DATA
