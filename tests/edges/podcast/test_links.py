"""A podcast with real audio: what its feed says of files is what lies there."""

from pathlib import Path

from feeds.edges.sitefiles import Sites
from feeds.jobs.linking import LinksChecked, check_links
from tests.edges.podcast.conftest import Home

FIRST = "aaaaaaaaaaa"


def checked(home: Home) -> LinksChecked:
    return check_links(Sites(), [str(home.public)])


def told(home: Home) -> set[tuple[str, str]]:
    return {(Path(one.file).name, one.fault.rule) for one in checked(home).remarks}


def test_a_podcast_links_to_files_that_are_what_it_says(home: Home) -> None:
    home.talk("one", FIRST, "license: CC-BY-4.0\n", "0:00 Intro\n\n0:05 Fin\n")
    home.record(FIRST, transcript=True)
    home.build()
    assert told(home) == set()
    (audio,) = home.public.glob("audio/*.m4a")
    with audio.open("ab") as file:
        file.write(b"\0")
    assert told(home) == {
        ("podcast.rss", "enclosure-length"), ("feed.atom", "enclosure-length"),
        ("feed.json", "enclosure-length"),
    }  # fmt: skip
    for path in home.public.glob("transcripts/*.vtt"):
        path.unlink()
    assert ("podcast.rss", "link-missing") in told(home)
