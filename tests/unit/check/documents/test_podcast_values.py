"""Attributes of Podcasting 2.0: each as its specification has it, and as nobody can read it."""

import pytest

from feeds.check import Level
from feeds.check.documents import check_document
from feeds.check.documents.podcast_values import LISTS, is_recurrence

SPACE = "https://podcastindex.org/namespace/1.0"
RECIPIENT = '<podcast:valueRecipient type="node" address="02d5" split="1"/>'
INTEGRITY = (
    '<podcast:alternateEnclosure type="audio/mpeg"><podcast:source uri="https://a.example/a"/>'
    '<podcast:integrity type="{}" value="{}"/></podcast:alternateEnclosure>'
)
LIVE = (
    '<podcast:liveItem status="live" start="{}"><title>a</title>'
    '<podcast:contentLink href="https://a.example/"/></podcast:liveItem>'
)


def told(channel: str, item: str = "") -> list[tuple[str, str]]:
    """The rules that are broken with these in a channel, and in its item."""
    text = (
        f'<rss version="2.0" xmlns:podcast="{SPACE}"><channel><title>a</title>'
        f"<link>https://a.example/</link><description>a</description>{channel}"
        f"<item><title>a</title><guid>https://a.example/a</guid>{item}</item></channel></rss>"
    )
    faults, _ = check_document(text.encode())
    return [(fault.rule, fault.level) for fault in faults if fault.rule != "rss-self"]


def errors(channel: str, item: str = "") -> list[str]:
    return [rule for rule, level in told(channel, item) if level is Level.ERROR]


@pytest.mark.parametrize(
    ("channel", "item", "rule"),
    [
        ((f'<podcast:value type="lightning" method="keysend" suggested="0.00000005">{RECIPIENT}'
         "</podcast:value>"), "", ""),
        ((f'<podcast:value type="lightning" method="keysend" suggested="-5">{RECIPIENT}'
         "</podcast:value>"), "", "podcast-number"),
        ('<podcast:value type="lightning" method="keysend"/>', "", "podcast-missing"),
        ("<podcast:license>CC-BY-NC-ND-4.0</podcast:license>", "", ""),
        ("<podcast:license>made-up</podcast:license>", "", "podcast-attribute-missing"),
        ('<podcast:license url="https://a.example/l">made-up</podcast:license>', "", ""),
        ('<podcast:location geo="geo:37.786971,-122.399677;u=350">a</podcast:location>', "", ""),
        ('<podcast:location geo="geo:-90,180,250">a</podcast:location>', "", ""),
        ('<podcast:location geo="geo:95,0">a</podcast:location>', "", "podcast-uri"),
        ('<podcast:location geo="geo:0,-180.1;crs=WGS84">a</podcast:location>', "", "podcast-uri"),
        ('<podcast:location geo="geo:95,999;crs=moon-2011">a</podcast:location>', "", ""),
        (LIVE.format("2021-09-26T07:30:00.000-0600"), "", ""),
        (LIVE.format("20210926T073000Z"), "", ""),
        (LIVE.format("2021-09-26T07:30"), "", ""),
        (LIVE.format("2023-99-99T99:99:99Z"), "", "podcast-date"),
        (LIVE.format("2023-02-29"), "", "podcast-date"),
        ("", INTEGRITY.format("sri", "sha384-ExVqijgYHm15 sha256-abc="), ""),
        ("", INTEGRITY.format("sri", "banana"), "podcast-choice"),
        ("", INTEGRITY.format("pgp-signature", "iQIzBAABCgAd Fiw="), ""),
        ("", INTEGRITY.format("pgp-signature", "-----BEGIN"), "podcast-choice"),
        ("", ('<podcast:alternateEnclosure type="audio/mpeg" bitrate="-5">'
         '<podcast:source uri="https://a.example/a"/></podcast:alternateEnclosure>'),
         "podcast-number"),
        ('<podcast:updateFrequency dtstart="2023-08-28T00:00:00.000Z">a</podcast:updateFrequency>',
         "", ""),
        ('<podcast:updateFrequency dtstart="2023-99-99T99:99:99Z">a</podcast:updateFrequency>',
         "", "podcast-date"),
        ('<podcast:updateFrequency rrule="FREQ=BANANA">a</podcast:updateFrequency>',
         "", "podcast-choice"),
    ],
)  # fmt: skip
def test_an_attribute_is_what_the_specification_says(channel: str, item: str, rule: str) -> None:
    assert errors(channel, item) == ([rule] if rule else [])


@pytest.mark.parametrize(
    ("channel", "item", "rule"),
    [
        ('<podcast:person role="guest" group="writing">Ana</podcast:person>', "", ""),
        ('<podcast:person role="banana">Ana</podcast:person>', "", "podcast-list"),
        ('<podcast:person group="banana">Ana</podcast:person>', "", "podcast-list"),
        ('<podcast:block id="google">yes</podcast:block>', "", ""),
        ('<podcast:block id="banana">yes</podcast:block>', "", "podcast-list"),
        ("", '<podcast:socialInteract protocol="banana" uri="https://a.example/"/>',
         "podcast-list"),
        (f'<podcast:value type="lightning" method="keysend">{RECIPIENT}</podcast:value>'.replace(
            "node", "banana"), "", "podcast-list"),
        ("", '<podcast:transcript url="https://a.example/a" type="text/vtt" rel="captions"/>', ""),
        ("", '<podcast:transcript url="https://a.example/a" type="text/vtt" rel="banana"/>',
         "podcast-list"),
        ('<podcast:funding url="https://a.example/"/>', "", "podcast-empty"),
        ("", "<podcast:episode>-3</podcast:episode>", "podcast-unlikely"),
        ("", "<podcast:episode>315.5</podcast:episode>", ""),
        ("", '<podcast:soundbite startTime="1" duration="0"/>', "podcast-unlikely"),
        ("", '<podcast:soundbite startTime="1" duration="15"/>', ""),
    ],
)  # fmt: skip
def test_what_is_odd_and_not_forbidden_is_a_warning(channel: str, item: str, rule: str) -> None:
    assert told(channel, item) == ([(rule, Level.WARNING)] if rule else [])


def test_a_soundbite_of_ten_seconds_is_shorter_than_advised() -> None:
    bite = '<podcast:soundbite startTime="1" duration="10"/>'
    assert told("", bite) == [("podcast-unlikely", Level.ADVICE)]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "BYDAY=MO,WE;FREQ=WEEKLY",
        "FREQ=WEEKLY;BYDAY=FR;BYMONTHDAY=13",
        "FREQ=YEARLY;BYDAY=+4TH;BYMONTH=11",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;COUNT=10",
        "FREQ=WEEKLY;UNTIL=2023-12-31T00:00:00.000Z;BYDAY=MO",
        "freq=monthly;byday=-1fr;wkst=su",
        "FREQ=YEARLY;UNTIL=20231231T000000Z;BYSETPOS=-1;BYWEEKNO=20",
    ],
)
def test_a_recurrence_is_one_of_rfc_5545(rule: str) -> None:
    assert is_recurrence(rule)


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "weekly",
        "FREQ=BANANA",
        "FREQ=DAILY;",
        "FREQ=DAILY;FREQ=DAILY",
        "INTERVAL=2",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;COUNT=2;UNTIL=20231231",
        "FREQ=DAILY;UNTIL=20231331",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=54MO",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=YEARLY;BYMONTH=-1",
        "FREQ=DAILY;BANANA=1",
    ],
)
def test_anything_else_is_no_recurrence(rule: str) -> None:
    assert not is_recurrence(rule)


def test_every_list_is_in_small_letters() -> None:
    assert all(word == word.lower() and word for known in LISTS.values() for word in known)
