"""What ``talkfeeds serve`` puts around a site: mistakes in the page, the digest side by side.

Pages come as bytes and go as bytes; ``PLACE`` is where the preview's own files are served from.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from feeds.errors import Problem
from feeds.model import Week
from feeds.patterns import pattern
from feeds.render.kit import Kit
from feeds.render.newsletter import MAX_HTML_BYTES, Digest

PLACE = "/.preview/"
STYLE, SCRIPT = "preview.css", "preview.js"
SCHEMES = ("light", "dark")
# CSS pixels: a phone, and the reading pane of a mail program on a desk.
WIDTHS = {"phone": 375, "desktop": 800}
_BODY = pattern(rb"<body\b[^>]*>", re.IGNORECASE)
_END = pattern(rb"</body\s*>", re.IGNORECASE)
_HEAD_END = pattern(r"</head\s*>", re.IGNORECASE)
_SCHEME = pattern(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mistakes:
    """Why there is no newer site: the content's problems, or what else went wrong."""

    problems: tuple[Problem, ...] = ()
    other: str = ""
    bug: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A digest to look at. ``digest`` and ``message_bytes`` are as they would be sent; ``weeks``
    are all that have talks, newest first."""

    digest: Digest
    message_bytes: int
    weeks: Sequence[Week]


def panel(kit: Kit, mistakes: Mistakes, *, older: bool) -> str:
    """The mistakes as a piece of HTML, to stand above a page. ``kit``: what ships, alone.

    ``older`` says that the page below is of the site as it was before.
    """
    return kit.render("preview_panel.html", mistakes=mistakes, older=older, place=PLACE)


def notice(kit: Kit, mistakes: Mistakes | None) -> bytes:
    """A page of its own: there is nothing else to show, for the mistakes or for want of talks."""
    return _page(kit, "preview_notice.html", mistakes=mistakes)


def digest_page(kit: Kit, shown: Shown) -> bytes:
    """The digest at both widths, in light and in dark, its text part and its sizes."""
    digest = shown.digest
    html_bytes = len(digest.html.encode())
    return _page(
        kit,
        "preview.html",
        shown=shown,
        week=digest.issue.week,
        html_bytes=html_bytes,
        most_bytes=MAX_HTML_BYTES,
        too_large=html_bytes > MAX_HTML_BYTES,
        text_bytes=len(digest.text.encode()),
        widths=WIDTHS,
        schemes=SCHEMES,
    )


def letter(html: str, scheme: str) -> bytes:
    """A digest as a mail program in that colour scheme shows it, whatever the browser's is.

    Media queries for the scheme hold always or never; links open outside of the frame.
    """

    def holds(found: re.Match[str]) -> str:
        return "(min-width: 0)" if found[1].lower() == scheme else "(max-width: 0)"

    fixed = _SCHEME.sub(holds, html)
    head = f'<base target="_top"><style>:root {{ color-scheme: {scheme} !important }}</style>'
    found = _HEAD_END.search(fixed)
    at = found.start() if found else 0
    return (fixed[:at] + head + fixed[at:]).encode()


def with_script(page: bytes, number: str) -> bytes:
    """A page with the script that loads it again; ``number`` is the state that the page is of."""
    script = f'<script src="{PLACE}{SCRIPT}" data-number="{number}" defer></script>\n'
    ends = [found.start() for found in _END.finditer(page)]
    at = ends[-1] if ends else len(page)
    return page[:at] + script.encode() + page[at:]


def with_panel(page: bytes, panel: str) -> bytes:
    """A page with the mistakes at its top."""
    found = _BODY.search(page) if panel else None
    at = found.end() if found else 0
    return page[:at] + panel.encode() + page[at:]


def style(kit: Kit) -> bytes:
    """The preview's own style, which no template of the publication replaces."""
    return kit.templates[STYLE].source.encode()


def script(kit: Kit) -> bytes:
    """What reloads a page when the site has changed."""
    return kit.templates[SCRIPT].source.encode()


def _page(kit: Kit, template: str, **values: object) -> bytes:
    title = f"{kit.words.say('Preview')} · {kit.publication.title}"
    return kit.render(template, place=PLACE, title=title, **values).encode()
