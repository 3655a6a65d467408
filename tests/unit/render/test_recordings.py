"""Lists of recordings that yt-dlp takes as they are, and what stands beside offered audio."""

import io
import json
import shlex
from collections.abc import Mapping
from dataclasses import replace

import pytest
import yt_dlp
from hypothesis import given
from hypothesis import strategies as st
from yt_dlp.utils import read_batch_urls

from feeds import transcripts
from feeds.model import AudioChoice, Event, Output, Publication, Recording, Speaker, Talk
from feeds.recordings import Chapter, Facts, Sidecar, Transcript
from feeds.render import recordings
from feeds.render.kit import Kit
from tests.support import make_kit, make_publication, make_talk, pages_of

ID = "07jq-5VbBVQ"
URL = f"https://www.youtube.com/watch?v={ID}"
BASE = make_publication().base_url


def lists_of(*talks: Talk, publication: Publication | None = None) -> dict[str, str]:
    kit = make_kit(publication)
    found = [*recordings.batch(kit, talks), *recordings.details(kit, talks)]
    assert list(recordings.LISTS) == [recordings.BATCH_PATH, recordings.LIST_PATH]
    return {output.path: output.data.decode() for output in found}


def urls_in(batch: str) -> list[str]:
    """What the real yt-dlp reads there."""
    found: list[str] = read_batch_urls(io.StringIO(batch))
    return found


def test_the_batch_file_names_each_recording_once_with_its_talks() -> None:
    other = Recording("-bcdefghijk")
    batch = lists_of(
        make_talk(1, title="Uno"),
        make_talk(2, title="Dos", recording=other, speakers=(), event=None),
        make_talk(3, title="Tres", event=Event("Otra")),
        make_talk(4, recording=None),
    )["recordings.txt"]
    assert batch == (
        "# Uno · Zihao Yu (HBO), Illya Chekrygin · KubeCon 2017\n"
        "# Tres · Zihao Yu (HBO), Illya Chekrygin · Otra\n"
        f"{URL}\n"
        "\n"
        "# Dos\n"
        f"{other.url}\n"
    )
    assert urls_in(batch) == [URL, other.url]


@given(st.text(), st.text(), st.text())
def test_no_title_becomes_an_option_or_a_second_line(title: str, name: str, event: str) -> None:
    talk = make_talk(title=title, speakers=(Speaker(name),), event=Event(event))
    batch = lists_of(talk)["recordings.txt"]
    assert urls_in(batch) == [URL]
    assert len(batch.splitlines()) == 2
    assert json.loads(lists_of(talk)["recordings.json"])["recordings"][0]["url"] == URL


def test_the_list_for_programs_says_what_is_known_and_no_more() -> None:
    full = make_talk(license="CC-BY-3.0", recording=Recording(ID, 2040.5))
    bare = make_talk(2, speakers=(), event=None)
    found = json.loads(lists_of(full, bare)["recordings.json"])
    assert {key: value for key, value in found.items() if key != "recordings"} == {
        "version": 1,
        "title": "Notas de KubeCon",
        "home_page_url": BASE,
    }
    assert found["recordings"] == [
        {
            "id": full.id,
            "youtube_id": ID,
            "url": URL,
            "title": full.title,
            "date": "2017-12-07",
            "speakers": [
                {"name": "Zihao Yu", "role": "Engineer", "organization": "HBO"},
                {"name": "Illya Chekrygin"},
            ],
            "event": {"name": "KubeCon 2017", "day": "2", "url": "https://kubecon.example/"},
            "duration_s": 2040.5,
            "license": "CC-BY-3.0",
            "page_url": f"{BASE}talks/talk-1/",
        },
        {
            "id": bare.id,
            "youtube_id": ID,
            "url": URL,
            "title": bare.title,
            "date": "2017-12-07",
            "page_url": f"{BASE}talks/talk-2/",
        },
    ]


def test_without_a_recording_there_are_no_lists_and_nothing_links_to_them() -> None:
    talk = make_talk(recording=None)
    assert lists_of(talk) == {}
    assert "recordings.txt" not in pages_of(make_kit(), [talk])["subscribe/index.html"]
    assert "recordings.txt" in pages_of(make_kit(), [make_talk()])["subscribe/index.html"]


@pytest.mark.parametrize("base_url", [BASE, "https://talks.example/it's $(x) & y/"])
def test_the_one_command_is_one_that_yt_dlp_takes(
    base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = recordings.command(make_kit(make_publication(base_url=base_url)))
    words = shlex.split(command)
    at = words.index("|")
    assert words[:at] == ["curl", "-fsSL", f"{base_url}recordings.txt"]
    assert words[at + 1] == "yt-dlp"
    batch = lists_of(make_talk())["recordings.txt"]
    monkeypatch.setattr("sys.stdin", io.StringIO(batch))  # what curl would pipe in
    asked = yt_dlp.parse_options([*words[at + 2 :], "--ignore-config"])
    assert asked.options.batchfile == "-"
    assert asked.urls == [URL]
    assert asked.options.extractaudio
    assert asked.ydl_opts["format"] == "ba[ext=m4a]/ba"
    assert asked.ydl_opts["download_archive"] == "talks.txt"
    (convert,) = [
        one for one in asked.ydl_opts["postprocessors"] if one["key"] == "FFmpegExtractAudio"
    ]
    assert convert["preferredcodec"] == "m4a"


def vtt(text: str) -> bytes:
    return f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}\n\n01:01.000 --> 01:02.500\nlater\n".encode()


FILES = {"a.vtt": vtt("automatic"), "m.vtt": vtt("<v Ada>manual"), "es.vtt": vtt("¿qué?")}
SIDECAR = Sidecar(
    ID,
    Facts(duration_s=100.0, chapters=(Chapter(0.0, "Intro"), Chapter(60.0, "Demo"))),
    transcripts=(
        Transcript("a.vtt", transcripts.VTT, "en", automatic=True),
        Transcript("m.vtt", transcripts.VTT, "en"),
        Transcript("es.vtt", transcripts.VTT, "es"),
        Transcript("x.json3", "application/json", "de"),
    ),
)


def beside(
    talk: Talk, *, audible: bool = True, files: Mapping[str, bytes] = FILES
) -> dict[str, bytes]:
    slugs = frozenset({talk.slug}) if audible else frozenset()

    def cues(one: Transcript) -> tuple[transcripts.Cue, ...]:
        data = files.get(one.name)
        return transcripts.read(data, one.name, automatic=one.automatic) if data else ()

    kit: Kit = replace(make_kit(), sidecars={ID: SIDECAR}, audible=slugs, cues=cues)
    found: list[Output] = list(recordings.beside(kit, talk))
    return {output.path: output.data for output in found}


def test_offered_audio_has_its_chapters_and_transcripts_beside_it() -> None:
    found = beside(make_talk())
    assert sorted(found) == [
        "chapters/talk-1.json",
        "transcripts/talk-1.en.srt",
        "transcripts/talk-1.en.vtt",
        "transcripts/talk-1.es.srt",
        "transcripts/talk-1.es.vtt",
    ]
    assert json.loads(found["chapters/talk-1.json"])["chapters"] == [
        {"startTime": 0, "title": "Intro"},
        {"startTime": 60, "title": "Demo"},
    ]
    assert b"<v Ada>manual" in found["transcripts/talk-1.en.vtt"], "people before machines"
    assert "1\n00:00:01,000 --> 00:00:02,000\n¿qué?" in found["transcripts/talk-1.es.srt"].decode()


def test_a_talk_whose_audio_is_not_offered_has_none() -> None:
    assert beside(make_talk(), audible=False) == {}
    assert beside(make_talk(recording=Recording("00000000000"))) == {}


def test_a_part_of_a_recording_has_its_part_of_them() -> None:
    found = beside(make_talk(audio=AudioChoice(start_s=30.0, end_s=62.0)))
    assert json.loads(found["chapters/talk-1.json"])["chapters"] == [
        {"startTime": 0, "title": "Intro"},
        {"startTime": 30, "title": "Demo"},
    ]
    assert found["transcripts/talk-1.en.vtt"].decode() == (
        "WEBVTT\n\n00:00:31.000 --> 00:00:32.000\nlater\n"
    )


def test_where_people_s_transcript_cannot_be_read_a_machine_s_stands() -> None:
    found = beside(make_talk(), files={**FILES, "m.vtt": b""})
    assert b"automatic" in found["transcripts/talk-1.en.vtt"]
