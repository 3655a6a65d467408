"""The recordings of a publication as lists: for yt-dlp, and for programs of any kind.

Whoever wants audio that the publication does not offer makes it at home from these.
"""

import json
import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from feeds.model import Output, Recording, Talk
from feeds.render.kit import Kit, byline
from feeds.text import one_line, xml_legal

BATCH_PATH = "recordings.txt"
LIST_PATH = "recordings.json"
# AAC as YouTube has it is copied; anything else ffmpeg turns into AAC.
_OPTIONS = '-f "ba[ext=m4a]/ba" -x --audio-format m4a --download-archive talks.txt -a -'


def listed(talks: Iterable[Talk]) -> list[tuple[Talk, Recording]]:
    """The talks that have a recording, in the order in which they are given."""
    return [(talk, talk.recording) for talk in talks if talk.recording is not None]


def lists(kit: Kit, talks: Sequence[Talk]) -> Iterator[Output]:
    """``recordings.txt`` and ``recordings.json``; neither when no talk has a recording."""
    if found := listed(talks):
        yield Output(BATCH_PATH, _batch(found))
        yield Output(LIST_PATH, _list(kit, found))


def command(kit: Kit) -> str:
    """What a listener types: ``curl … | yt-dlp …`` for a POSIX shell, in one line."""
    return f"curl -fsSL {shlex.quote(kit.url(BATCH_PATH))} | yt-dlp {_OPTIONS}"


def _batch(found: Iterable[tuple[Talk, Recording]]) -> bytes:
    """A yt-dlp batch file: a comment with title and people, then the URL, each URL once.

    ``#`` begins a comment there, to the end of the line; a title is one line by force.
    """
    titles: dict[str, list[str]] = {}
    for talk, recording in found:
        where = (byline(talk.speakers), talk.event.name if talk.event else "")
        words = " · ".join(one_line(word) for word in (talk.title, *where) if word)
        titles.setdefault(recording.url, []).append(f"# {xml_legal(words)}")
    blocks = ("\n".join((*comments, url)) for url, comments in titles.items())
    return ("\n\n".join(blocks) + "\n").encode()


def _list(kit: Kit, found: Iterable[tuple[Talk, Recording]]) -> bytes:
    whole = {
        "version": 1,
        "title": kit.publication.title,
        "home_page_url": kit.publication.base_url,
        "recordings": [_told(kit, talk, recording) for talk, recording in found],
    }
    return (xml_legal(json.dumps(whole, ensure_ascii=False, indent=1)) + "\n").encode()


def _told(kit: Kit, talk: Talk, recording: Recording) -> dict[str, Any]:
    """One talk's recording; what is not known is left out."""
    event = talk.event
    told: dict[str, Any] = {
        "id": talk.id,
        "youtube_id": recording.youtube_id,
        "url": recording.url,
        "title": talk.title,
        "date": talk.date.isoformat(),
        "speakers": [
            _known(name=one.name, role=one.role, organization=one.organization, url=one.url)
            for one in talk.speakers
        ],
        "event": _known(name=event.name, day=event.day, url=event.url) if event else None,
        "duration_s": recording.duration_s,
        "license": talk.license,
        "page_url": kit.url(talk.path),
    }
    return _known(**told)


def _known(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
