"""The operator's report: complete, self-contained, and legible to everybody."""

import re
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import html5lib
import pytest
from lxml import html

from feeds.deliveries import State, Totals
from feeds.model import SubscriberCounts, Week
from feeds.render.report import report
from tests.support import make_kit, make_publication, shipped

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
STATUSES = {"pending": 321, "confirmed": 12_366, "unsubscribed": 2_100, "bounced": 99}
COUNTS = SubscriberCounts(14_890, 12_345, 21, 4, {**STATUSES, "complained": 5}, {"": 1})
SERIES = ("bounced", "later", "complaints", "unsent", "waiting")


def at(element: Any, path: str) -> list[Any]:
    """What ``path`` finds; the stubs promise more kinds than these paths give."""
    return list(element.xpath(path))


def issues(number: int) -> list[Totals]:
    """Newest first, each with its own numbers; the newest is not finished."""
    found = []
    for place in range(number):
        day = datetime(2020, 1, 6, 8, tzinfo=UTC) + timedelta(weeks=place)
        year, week, _ = day.isocalendar()
        states = {State.SENT: 9_000 + place, State.BOUNCED: 7, State.SUPPRESSED: 2}
        if place == number - 1:
            states[State.UNCERTAIN] = 1
        finished = None if State.UNCERTAIN in states else day
        recipients = sum(states.values())
        found.append(Totals(Week(year, week), day, finished, "s", 3, recipients, states, 4, 1))
    return found[::-1]


def page(number: int, language: str = "es-MX", **changes: str) -> str:
    kit = make_kit(make_publication(language=language, **changes))
    return report(kit, issues(number), COUNTS, NOW).decode()


@pytest.mark.parametrize("number", [0, 1, 2, 60, 300])
@pytest.mark.parametrize("language", ["es-MX", "en"])
def test_it_is_one_valid_page_that_asks_nothing_of_anybody(number: int, language: str) -> None:
    text = page(number, language)
    html5lib.HTMLParser(strict=True).parse(text)
    assert "<script" not in text
    assert not re.findall(r"\b(?:src|href|action|srcset)=|url\(|@import", text)
    assert "default-src 'none'" in text
    for address in re.findall(r"https?://[^\"' <]+", text):
        assert address == "http://www.w3.org/2000/svg", "a namespace, which nobody fetches"
    tree = html.fromstring(text)
    ids = at(tree, "//@id")
    assert len(set(ids)) == len(ids)


def test_the_table_holds_every_number_newest_first() -> None:
    tree = html.fromstring(page(3))
    heads = [cell.text for cell in at(tree, "//thead//th")]
    assert heads == [
        "número", "pláticas", "destinatarios", "enviados", "rebotados", "cancelados antes",
        "inciertos", "rebotados después", "quejas",
    ]  # fmt: skip
    rows = [[cell.text for cell in row] for row in at(tree, "//tbody/tr")]
    assert rows == [
        ["2020-W04", "3", "9,012", "9,002", "7", "2", "1", "4", "1"],
        ["2020-W03", "3", "9,010", "9,001", "7", "2", "0", "4", "1"],
        ["2020-W02", "3", "9,009", "9,000", "7", "2", "0", "4", "1"],
    ]


def test_the_plots_hold_what_the_table_holds() -> None:
    tree = html.fromstring(page(3))
    names = [found.get("class") for found in at(tree, "//ul[@class='legend']/li/span")]
    swatches = [f"swatch {name}" for name in ("recipients", "sent", *SERIES)]
    assert names == swatches
    for size in ("narrow", "wide"):
        drawn = at(tree, f"//div[@class='{size}']//*[local-name()='path']/@class")
        assert {"recipients line", "sent", *SERIES} < set(drawn)
    hints = at(tree, "//*[@id='deliveries-wide']//*[local-name()='rect']/*")
    assert hints[-1].text == "2020-W04: 9,002 de 9,012 enviados"
    hints = at(tree, "//*[@id='troubles-wide']//*[local-name()='rect']/*")
    assert hints[0].text == (
        "2020-W02: rebotados 7, rebotados después 4, quejas 1, dejados fuera 2"
    )


def test_nothing_wrong_is_said_in_words() -> None:
    day = datetime(2020, 1, 6, 8, tzinfo=UTC)
    fine = Totals(Week(2020, 1), day, day, "s", 3, 5, {State.SENT: 5})
    text = report(make_kit(), [fine], COUNTS, NOW).decode()
    assert "Nada: todos los correos fueron aceptados y ninguno volvió." in text
    assert 'id="troubles-wide"' not in text


def test_the_subscribers_stand_there_as_they_are_now_and_when_that_is() -> None:
    tree = html.fromstring(page(0, "en"))
    shown = {at(found, "./dt")[0].text: at(found, "./dd")[0].text for found in at(tree, "//dl/div")}
    assert shown == {
        "receive the next issue": "12,345",
        "confirmed": "12,366",
        "not yet confirmed": "321",
        "unsubscribed": "2,100",
        "bounced": "99",
        "complained": "5",
        "paused": "21",
    }
    assert "As of Nov 22, 2026, 20:30 CST" in page(0, "en"), "in the publication's time zone"


def test_a_title_is_text_and_nothing_else() -> None:
    title = "<script>alert(1)</script> & «x»"
    text = page(1, title=title)
    assert "<script" not in text
    assert at(html.fromstring(text), "//header/span")[0].text == title


Light = tuple[float, float, float]
# What the three kinds of colour blindness make of linear light: Machado, Oliveira and Fernandes,
# "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), severity 1.
SEEN = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def _light(colour: str) -> Light:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return red, green, blue


def _luminance(light: Light) -> float:
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2, "contrast ratio"."""
    low, high = sorted((_luminance(_light(one)), _luminance(_light(other))))
    return (high + 0.05) / (low + 0.05)


def _lab(light: Light) -> Light:
    """CIE L*a*b*, D65."""
    red, green, blue = (min(1.0, max(0.0, part)) for part in light)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    y = _luminance((red, green, blue))
    x, y, z = (
        part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _palettes() -> list[dict[str, str]]:
    """Light and dark: custom properties of the style and of the report, the later ones winning."""
    sources = shipped()[0]
    text = sources["style.css"].source + sources["report.html"].source
    light: dict[str, str] = {}
    dark: dict[str, str] = {}
    for found in re.finditer(r"(prefers-color-scheme: dark\) \{\s*)?:root \{([^}]*)\}", text):
        values = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", found[2]))
        (dark if found[1] else light).update(values)
    return [light, light | dark]


@pytest.mark.parametrize("palette", _palettes(), ids=["light", "dark"])
def test_every_colour_stands_out_from_the_paper(palette: dict[str, str]) -> None:
    for name in ("sent", "ink", *SERIES):
        assert _contrast(palette[name], palette["paper"]) >= 3, f"{name}: WCAG 2.2, 1.4.11"
    assert _contrast(palette["quiet"], palette["paper"]) >= 4.5, "text: WCAG 2.2, 1.4.3"


@pytest.mark.parametrize("palette", _palettes(), ids=["light", "dark"])
@pytest.mark.parametrize("seen", SEEN)
def test_whoever_sees_fewer_colours_can_tell_the_series_apart(
    palette: dict[str, str], seen: str
) -> None:
    matrix = SEEN[seen]

    def as_seen(name: str) -> Light:
        light = _light(palette[name])
        red, green, blue = (
            sum(weight * part for weight, part in zip(row, light, strict=True)) for row in matrix
        )
        return _lab((red, green, blue))

    for one, other in combinations(SERIES, 2):
        pairs = zip(as_seen(one), as_seen(other), strict=True)
        distance = sum((mine - theirs) ** 2 for mine, theirs in pairs) ** 0.5
        assert distance >= 15, f"{one} and {other} ({distance:.0f})"
