"""Values of Media RSS and of small modules, as public test documents have them right and wrong."""

import pytest

from feeds.check import Level
from feeds.check.documents import check_document

SPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:icbm="http://postneo.com/icbm" '
    'xmlns:admin="http://webns.net/mvcb/" '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:o="http://www.opml.org/spec2" '
    'xmlns:cc="http://web.resource.org/cc/" '
    'xmlns:cf="http://www.microsoft.com/schemas/rss/core/2005"'
)


def weighing(channel: str, item: str = "") -> list[tuple[str, Level]]:
    """What is more than advice with these in a channel, and in its item."""
    text = (
        f'<rss version="2.0" {SPACES}><channel><title>a</title><link>https://a.example/</link>'
        f'<description>a</description><atom:link rel="self" href="https://a.example/f"/>{channel}'
        f"<item><title>a</title>"
        f"<guid>https://a.example/1</guid>{item}</item></channel></rss>"
    )
    faults, _ = check_document(text.encode())
    return [(fault.rule, fault.level) for fault in faults if fault.level is not Level.ADVICE]


def errors(channel: str, item: str = "") -> list[str]:
    """The rules that are broken."""
    return [rule for rule, level in weighing(channel, item) if level is Level.ERROR]


@pytest.mark.parametrize(
    ("item", "rule"),
    [
        ('<media:rating scheme="urn:mpaa">PG-13</media:rating>', ""),
        ('<media:rating scheme="urn:mpaa">tv-ma</media:rating>', "media-choice"),
        ('<media:rating scheme="urn:mpaa">NR</media:rating>', ""),
        ('<media:rating scheme="urn:v-chip">exempt</media:rating>', ""),
        ('<media:thumbnail url="https://a.example/a" time="12:05:01.123"/>', ""),
        ('<media:thumbnail url="https://a.example/a" time="99:99:99"/>', "media-time"),
        ('<media:text start="00:15" end="75.5">A</media:text>', ""),
        ('<media:text start="00:60:00">A</media:text>', "media-time"),
        ('<media:location lat="-90" lng="180"/>', ""),
        ('<media:location lat="banana"/>', "media-number"),
        ('<media:location lng="180.5"/>', "media-number"),
        ("<dc:date.Taken>2004-01-02T10:00:00-08:00</dc:date.Taken>", ""),
        ("<dc:banana.Taken>2004</dc:banana.Taken>", "module-unknown"),
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


def test_a_date_of_flickr_is_a_warning() -> None:
    taken = "<dc:date.Taken>2004-01-02T10:00:00-08:00</dc:date.Taken>"
    assert weighing("", taken) == [("module-unknown", Level.WARNING)]


@pytest.mark.parametrize(
    ("channel", "rule"),
    [
        ("<o:dateCreated>Fri, 02 Jan 2026 10:00:00 GMT</o:dateCreated>", ""),
        ("<o:dateCreated>2026-01-02</o:dateCreated>", "module-date"),
        ("<o:ownerEmail>ana@a.example</o:ownerEmail>", ""),
        ("<o:ownerEmail>Ana</o:ownerEmail>", "module-email"),
        ("<o:ownerId>ana</o:ownerId>", "module-uri"),
        ("<cf:treatAs>list</cf:treatAs>", ""),
        ("<cf:treatAs>a</cf:treatAs>", "module-choice"),
        ('<cc:license rdf:resource="https://a.example/"/>', ""),
        ('<cc:license rdf:resource="a b"/>', "module-uri"),
    ],
)  # fmt: skip
def test_small_modules_of_a_channel(channel: str, rule: str) -> None:
    assert errors(channel) == ([rule] if rule else [])


def test_an_early_name_of_the_comment_api_is_a_warning() -> None:
    space = 'xmlns:w="http://wellformedweb.org/CommentAPI/"'
    item = f"<w:commentRSS {space}>https://a.example/c</w:commentRSS>"
    assert weighing("", item) == [("module-unknown", Level.WARNING)]


@pytest.mark.parametrize(
    ("stars", "wrong"),
    [
        ('average="3.5" min="1" max="5"', False),
        ('average="1"', False),
        ('average="9" min="1" max="5"', True),
        ('average="0" min="1"', True),
        ('average="3" max="banana"', False),
    ],
)
def test_an_average_lies_between_the_least_and_the_most(stars: str, wrong: bool) -> None:
    found = weighing("", f"<media:community><media:starRating {stars}/></media:community>")
    assert (("media-stars", Level.WARNING) in found) == wrong


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("https://a.example/a.jpg", False),
        ("https://a.example/a.webp", True),
        ("https://a.example/a.webp?x=1", True),
        ("https://a.example/a.webp?format=jpg", False),
        ("https://a.example/a.php?x=1", False),
    ],
)
def test_a_query_does_not_hide_the_form_of_an_image(url: str, wrong: bool) -> None:
    space = "http://www.itunes.com/dtds/podcast-1.0.dtd"
    found = weighing(f'<i:image xmlns:i="{space}" href="{url}"/>')
    assert found == ([("itunes-image-form", Level.WARNING)] if wrong else [])
