"""yt-dlp's description of a video → Facts, and nothing that it made up."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from feeds.edges.youtube.saying import harmless
from feeds.recordings import Chapter, Facts

# YouTube writes language, script and region in their usual letters; what follows is its own.
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?(?![^-])")

# No recording is longer; whoever says so says nothing.
_LONGEST_S = 10 * 86_400


def facts_of(info: Mapping[str, Any]) -> Facts:
    """What YouTube said, as the extractor read it before anything was filled in."""
    duration = _seconds(info.get("duration"))
    return Facts(
        title=_text(info.get("title")),
        channel=_text(info.get("channel")),
        duration_s=duration or None,
        # A day without a time is no moment: which one it would be depends on the time zone.
        uploaded=_moment(info.get("timestamp")),
        chapters=_chapters(info.get("chapters")),
        subtitles=_languages(info.get("subtitles")),
        captions=_languages(spoken(info)),
        thumbnail_url=_text(info.get("thumbnail")),
        license=_text(info.get("license")),
        availability=_text(info.get("availability")),
        live_status=_text(info.get("live_status")),
    )


def spoken(info: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """A machine's captions in the language that was spoken; its translations are left out."""
    found = {}
    for language, tracks in (info.get("automatic_captions") or {}).items():
        urls = [str(track.get("url", "")) for track in tracks]
        if urls and not any("tlang" in parse_qs(urlsplit(url).query) for url in urls):
            found[language.removesuffix("-orig")] = tracks
    return found


def _chapters(found: Any) -> tuple[Chapter, ...]:
    return tuple(
        Chapter(start_s, _text(one.get("title")))
        for one in found or ()
        if (start_s := _seconds(one.get("start_time"))) is not None
        # yt-dlp's own name for what comes before the first chapter of a description.
        and one.get("title") != "<Untitled Chapter 1>"
    )


def language_of(track: str) -> str:
    """A track's name → its language (BCP 47), empty when there is none: ``en``, ``es-419``, and
    ``en`` for ``en-eEY6OEpapPo``, a second English track. It becomes part of a file's name."""
    form = _LANGUAGE.match(track)
    return form[0] if form else ""


def _languages(found: Any) -> tuple[str, ...]:
    return tuple(sorted({language_of(track) for track in found or {}} - {""}))


def _text(value: Any) -> str:
    return " ".join(harmless(value).split()) if isinstance(value, str) else ""


def _seconds(value: Any) -> float | None:
    """A length or a start that a recording can have; None for all else, not-a-number too."""
    if not isinstance(value, int | float) or not 0 <= value <= _LONGEST_S:
        return None
    return float(value)


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else None
    except (ValueError, OverflowError, OSError):  # beyond the year 9999, or no number
        return None
