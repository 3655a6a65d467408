"""JSON-LD: true, whole, and unable to end the element that it stands in."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from feeds.model import Event, Recording
from feeds.naming import Kind
from feeds.plan import plan
from feeds.recordings import AudioFile, Facts, Sidecar
from feeds.render import linked
from feeds.render.kit import Kit, Show
from tests.support import make_kit, make_publication, make_talk

BASE = "https://talks.example/notas/"


def graph(kit: Kit, talk: Any, description: str = "What it was about") -> dict[str, Any]:
    """What a talk's page says, by type."""
    told = json.loads(linked.talk(kit, plan(kit.publication, [talk]), talk, description))
    assert told["@context"] == "https://schema.org"
    return {one["@type"]: one for one in told["@graph"]}


def test_a_talk_is_an_event_within_an_event() -> None:
    found = graph(make_kit(), make_talk())
    event = found["Event"]
    assert event["name"] == "Talk number 1"
    assert event["startDate"] == "2017-12-07"
    assert event["location"]["name"] == "Austin"
    assert event["superEvent"]["name"] == "KubeCon 2017"
    assert event["superEvent"]["@id"] == f"{BASE}events/kubecon-2017/#event"
    assert event["image"] == f"{BASE}talks/talk-1/card.png"
    assert [person["name"] for person in event["performer"]] == ["Zihao Yu", "Illya Chekrygin"]
    assert event["performer"][0]["worksFor"]["name"] == "HBO"
    assert event["performer"][0]["url"] == f"{BASE}speakers/zihao-yu/"
    assert "jobTitle" not in event["performer"][1]
    alone = graph(make_kit(), make_talk(event=None, recording=None, speakers=()))
    assert alone.keys() == {"Event"}
    assert not alone["Event"].keys() & {"superEvent", "location", "performer", "recordedIn"}


def test_a_recording_says_no_more_than_is_known() -> None:
    video = graph(make_kit(), make_talk())["VideoObject"]
    assert video["embedUrl"] == "https://www.youtube.com/embed/07jq-5VbBVQ"
    assert video["thumbnailUrl"].startswith("https://i.ytimg.com/")
    assert not video.keys() & {"uploadDate", "duration"}
    facts = Facts(uploaded=datetime(2017, 12, 15, tzinfo=UTC))
    kit = replace(make_kit(), sidecars={"07jq-5VbBVQ": Sidecar("07jq-5VbBVQ", facts=facts)})
    video = graph(kit, make_talk(recording=Recording("07jq-5VbBVQ", 1035.4)))["VideoObject"]
    assert (video["uploadDate"], video["duration"]) == ("2017-12-15T00:00:00+00:00", "PT1035S")


def test_audio_is_an_episode_and_a_private_one_is_not_told() -> None:
    audio = AudioFile("a.m4a", 1234, "audio/x-m4a", 61.0)
    talk = make_talk()
    show = Show({talk.slug: audio}, "guid")
    kit = replace(make_kit(), show=show, audible=frozenset({talk.slug}))
    episode = graph(kit, talk)["PodcastEpisode"]
    assert episode["associatedMedia"]["contentUrl"] == f"{BASE}audio/talk-1.m4a"
    assert episode["duration"] == "PT61S"
    assert episode["partOfSeries"]["webFeed"] == f"{BASE}podcast.rss"
    private = replace(kit, show=replace(show, folder="private/x/"))
    assert "PodcastEpisode" not in graph(private, talk)


def test_an_events_page_lists_its_talks_in_their_order() -> None:
    kit = make_kit()
    talks = [
        make_talk(2, title="B"),
        make_talk(1, title="A"),
        make_talk(3, title="C", date=date(2017, 12, 8), event=Event("KubeCon 2017")),
    ]
    (group,) = plan(kit.publication, talks).groups[Kind.EVENT]
    (event,) = json.loads(linked.event(kit, group))["@graph"]
    assert (event["startDate"], event["endDate"]) == ("2017-12-07", "2017-12-08")
    assert [part["name"] for part in event["subEvent"]] == ["A", "B", "C"]
    assert event["url"] == "https://kubecon.example/"


@pytest.mark.parametrize(
    "text",
    [
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "</SCRIPT",
        "\u2028\u2029",
        "a\x00\ud800",
    ],
)
def test_nothing_ends_the_script_early(text: str) -> None:
    talk = make_talk(title=text, event=Event(text, text, "", text))
    kit = make_kit(make_publication(title=text))
    told = str(linked.talk(kit, plan(kit.publication, [talk]), talk, text))
    assert "<" not in told
    assert ">" not in told
    assert not set("\u2028\u2029\x00\ud800") & set(told)
    name = json.loads(told)["@graph"][0]["name"]
    assert name == text.replace("\ud800", "\ufffd")
