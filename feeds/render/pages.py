"""The website's own pages: index, a page a talk, subscribe, a page an issue, search; covers."""

import threading
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from feeds.model import Issue, Output, Talk
from feeds.naming import Kind
from feeds.plan import Day, Plan, days_of
from feeds.render import alternates, linked, podcast, recordings
from feeds.render.cards import path as card_path
from feeds.render.frame import NOT_FOUND, Shared, page
from feeds.render.kit import Kit, byline
from feeds.render.markdown import Body
from feeds.render.newsletter import subscribe_url
from feeds.render.speaking import choices
from feeds.text import one_line, shortened, xml_legal

if TYPE_CHECKING:
    from lxml import etree

# So many talks the home page lists, or as many more as their last day has.
HOME_TALKS = 100


def fixed(kit: Kit) -> Iterator[Output]:
    """``style.css`` and ``search.js``: the templates of that name, word for word."""
    for name in ("style.css", "search.js"):
        yield Output(name, kit.templates[name].source.encode())


def index(kit: Kit, plan: Plan) -> Output:
    """``index.html``: for scanning: event, day, titles, who; the newest, then the archive."""
    days: list[Day] = []
    listed = 0
    for day in plan.days:
        if listed >= HOME_TALKS:
            break
        days.append(day)
        listed += len(day.talks)
    return page(kit, plan, "index.html", "", description=kit.publication.subtitle, days=days)


def subscribe(kit: Kit, plan: Plan) -> Output:
    """``subscribe/``: every way in, one after the other."""
    return page(
        kit,
        plan,
        "subscribe.html",
        "subscribe/",
        issues=plan.issues,
        subscribe_url=subscribe_url(kit),
        web_url=kit.publication.mail.web_url,
        languages=choices(kit),
        podcast=_podcast(kit),
        listen=recordings.command(kit) if recordings.listed(plan.talks) else "",
    )


def search(kit: Kit, plan: Plan) -> Output:
    """``search/``: a field, and what is found; without script, the ways to go instead."""
    return page(kit, plan, "search.html", "search/")


def not_found(kit: Kit, plan: Plan) -> Output:
    """``404.html``: what a web server shows for an address where nothing is."""
    return page(kit, plan, "404.html", NOT_FOUND)


def talk(kit: Kit, plan: Plan, issue: Issue, talk: Talk, body: Body, description: str) -> Output:
    """``talks/<slug>/``: notes first, the organiser's abstract set apart, one day's neighbours."""
    before, after = plan.neighbours[talk.slug]
    description = shortened(description, 200)
    shared = Shared(talk.title, "article", card_path(talk), talk.title)
    return page(
        kit,
        plan,
        "talk.html",
        talk.path,
        feeds=alternates.of_talk(kit, plan, talk),
        shared=shared,
        data=linked.talk(kit, plan, talk, description),
        talk=talk,
        event=plan.group(Kind.EVENT, talk.event.name) if talk.event else None,
        body=body,
        cover=cover_path(kit, talk),
        audio=kit.audio(talk),
        audio_url=kit.audio_url(talk),
        podcast=_podcast(kit) if kit.audio(talk) else "",
        before=before,
        after=after,
        issue=issue,
        description=description,
    )


def issue(
    kit: Kit,
    plan: Plan,
    issue: Issue,
    cards: dict[str, str],
    around: tuple[Issue | None, Issue | None] = (None, None),
) -> Output:
    """``issues/<week>/``: the digest for people on the web. ``cards``: HTML by slug;
    ``around``: the issues before and after it."""
    ordered = sorted(days_of(issue.talks), key=lambda day: day.date)
    older, newer = around
    return page(
        kit,
        plan,
        "issue.html",
        issue.path,
        feeds=alternates.of_issues(kit),
        shared=Shared(kit.words.week(issue.week)),
        issue=issue,
        days=[(day, [cards[talk.slug] for talk in day.talks]) for day in ordered],
        older=older,
        newer=newer,
        description=kit.words.summary(issue),
    )


def _podcast(kit: Kit) -> str:
    """Where the podcast is, for pages to link to; empty for none, and for a private one."""
    return kit.url(podcast.path(kit.show)) if kit.show and not kit.show.folder else ""


def cover_path(kit: Kit, talk: Talk) -> str:
    """The picture of a talk's recording below ``public/``; empty without a recording."""
    if talk.recording is None:
        return ""
    asset = kit.thumbnail(talk)
    return f"covers/{asset.rpartition('/')[2]}" if asset else f"covers/{talk.slug}.svg"


def cover(kit: Kit, talk: Talk) -> Output | None:
    """A drawn cover (SVG, 640 × 360) for a recording of which no thumbnail is at hand.

    Nothing is asked of YouTube until the reader clicks, so its own picture cannot be shown.
    """
    from lxml import etree  # which takes a tenth of the time

    path = cover_path(kit, talk)
    if not path.endswith(".svg"):
        return None
    event = shortened(talk.event.name if talk.event else kit.publication.title, 56)
    lines = _wrapped(talk.title, 32, 4)
    below = shortened(byline(talk.speakers), 60)
    start, end = _around_texts()
    told = (event, *lines, below)
    # Covers with as many lines are one tree, its texts exchanged.
    shown = tuple(map(bool, told))
    with _ALONE:
        tree = _texts(shown)
        for element, text in zip(tree, filter(None, told), strict=True):
            element.text = xml_legal(text)
        texts = etree.tostring(tree, encoding="UTF-8")
    return Output(path, b"".join((start, texts[len(_OPENED) : -len(_CLOSED)], end)))


_ALONE = threading.Lock()  # on a tree
_OPENED, _CLOSED = b"<svg>", b"</svg>"


@cache
def _around_texts() -> tuple[bytes, bytes]:
    """What stands before the texts of every cover, and behind them."""
    svg = ET.Element("svg", xmlns="http://www.w3.org/2000/svg", viewBox="0 0 640 360")
    ET.SubElement(svg, "rect", width="640", height="360", fill="#1d2440")
    ET.SubElement(svg, "rect", x="0", y="0", width="8", height="360", fill="#a9b9ff")
    texts = ET.SubElement(svg, "text")
    ET.SubElement(svg, "circle", cx="574", cy="294", r="34", fill="#ffffff")
    ET.SubElement(svg, "path", d="M563 276 L563 312 L592 294 Z", fill="#1d2440")
    whole = ET.tostring(svg, encoding="utf-8", xml_declaration=False) + b"\n"
    start, _, end = whole.partition(ET.tostring(texts))
    return start, end


@cache
def _texts(shown: tuple[bool, ...]) -> "etree._Element":
    """The lines of a cover, without their texts: that above the title, the title's, that below it;
    those that are ``shown``."""
    from lxml import etree

    title = [(108 + 37 * number, "28", "#ffffff", "600") for number in range(len(shown) - 2)]
    places = [(56, "18", "#b8bdd6", "400"), *title, (322, "18", "#b8bdd6", "400")]
    svg = etree.Element("svg")
    for there, (y, size, fill, weight) in zip(shown, places, strict=True):
        if there:
            element = etree.SubElement(svg, "text", x="44", y=str(y), fill=fill)
            element.set("font-family", "system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif")
            element.set("font-size", size)
            element.set("font-weight", weight)
    return svg


def _wrapped(title: str, width: int, most: int) -> Sequence[str]:
    """``title`` in at most ``most`` lines of about ``width`` characters, the last one cut."""
    lines: list[str] = [""]
    for word in one_line(title).split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= width or not lines[-1]:
            lines[-1] = shortened(longer, width)
        elif len(lines) == most:
            lines[-1] = shortened(f"{lines[-1]} {word} {word}", width)
            break
        else:
            lines.append(shortened(word, width))
    return lines
