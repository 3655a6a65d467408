"""Values of Media RSS and of small modules, as public test documents have them right and wrong."""

import pytest

from feeds.check import Level
from feeds.check.documents import check_document

SPACES = (
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:icbm="http://postneo.com/icbm" '
    'xmlns:admin="http://webns.net/mvcb/" '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
)


def errors(channel: str, item: str = "") -> list[str]:
    """The rules that are broken with these in a channel, and in its item."""
    text = (
        f'<rss version="2.0" {SPACES}><channel><title>a</title><link>https://a.example/</link>'
        f"<description>a</description>{channel}<item><title>a</title>{item}</item></channel></rss>"
    )
    faults, _ = check_document(text.encode())
    return [fault.rule for fault in faults if fault.level is Level.ERROR]


@pytest.mark.parametrize(
    ("item", "rule"),
    [
        ('<media:rating scheme="urn:mpaa">PG-13</media:rating>', ""),
        ('<media:rating scheme="urn:mpaa">tv-ma</media:rating>', "media-choice"),
        ('<media:rating scheme="urn:v-chip">tv-y7-fv</media:rating>', ""),
        ('<media:rating scheme="urn:v-chip">pg-13</media:rating>', "media-choice"),
        ('<media:rating scheme="urn:icra">r (cz 1 lz 1 nz 1 oz 1 vz 1)</media:rating>', ""),
        ('<media:rating scheme="urn:icra">r (cz 1 mz 1)</media:rating>', "media-choice"),
        ("<media:rating>nonadult</media:rating>", ""),
        ("<media:rating>funny</media:rating>", "media-choice"),
        ('<media:rating scheme="https://a.example/r">5 stars</media:rating>', ""),
        ('<media:rating scheme="stars">5</media:rating>', "media-uri"),
        ('<media:credit role="musician">A</media:credit>', ""),
        ('<media:credit role="Musician">A</media:credit>', "media-choice"),
        ('<media:credit scheme="a">A</media:credit>', "media-uri"),
        ('<media:category scheme="a">A</media:category>', "media-uri"),
        (f"<media:hash>{'0' * 32}</media:hash>", ""),
        (f"<media:hash>{'0' * 40}</media:hash>", "media-choice"),
        (f'<media:hash algo="sha-1">{"a" * 40}</media:hash>', ""),
        (f'<media:hash algo="sha-1">{"g" * 40}</media:hash>', "media-choice"),
        ('<media:restriction relationship="deny">all</media:restriction>', ""),
        ('<media:restriction relationship="allow">some</media:restriction>', "media-choice"),
        ('<media:restriction relationship="allow" type="country">mx US</media:restriction>', ""),
        (
            '<media:restriction relationship="allow" type="country">mx XX</media:restriction>',
            "media-choice",
        ),
        ('<media:restriction relationship="allow" type="uri">/a</media:restriction>', "media-uri"),
        ('<media:restriction relationship="deny" type="sharing"/>', ""),
        ("<media:title>a</media:title><media:title>b</media:title>", "media-twice"),
        ("<icbm:latitude>89.9</icbm:latitude>", ""),
        ("<icbm:latitude>90.1</icbm:latitude>", "module-number"),
    ],
)
def test_values_in_an_item(item: str, rule: str) -> None:
    assert errors("", item) == ([rule] if rule else [])


@pytest.mark.parametrize(
    ("channel", "rule"),
    [
        ('<admin:generatorAgent rdf:resource="https://a.example/"/>', ""),
        ('<admin:generatorAgent rdf:resource="Program 2"/>', "module-uri"),
        ('<admin:errorReportsTo rdf:resource="mailto:a@a.example"/>', ""),
    ],
)
def test_values_in_a_channel(channel: str, rule: str) -> None:
    assert errors(channel) == ([rule] if rule else [])


@pytest.mark.parametrize(("port", "wrong"), [("80", False), ("0", True), ("-1", True)])
def test_a_cloud_has_a_port(port: str, wrong: bool) -> None:
    cloud = (
        f'<cloud domain="a.example" port="{port}" path="/" registerProcedure="a" protocol="soap"/>'
    )
    assert errors(cloud) == (["rss-number"] if wrong else [])
