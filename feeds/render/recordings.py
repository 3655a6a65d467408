"""What stands beside talks with a recording: lists for yt-dlp and for programs of any kind;
and where their audio is offered, its chapters and transcripts.

Whoever wants audio that the publication does not offer makes it at home from the lists.
"""

import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BytesIO
from typing import Any

from feeds import chapters, transcripts
from feeds.model import Output, Recording, Talk
from feeds.recordings import Chapter, Transcript
from feeds.render.jsonfeed import laid_out
from feeds.render.kit import Kit, byline
from feeds.text import one_line, xml_legal

BATCH_PATH = "recordings.txt"
LIST_PATH = "recordings.json"
# AAC as YouTube has it is copied; anything else ffmpeg turns into AAC.
_OPTIONS = '-f "ba[ext=m4a]/ba" -x --audio-format m4a --download-archive talks.txt -a -'


def listed(talks: Iterable[Talk]) -> list[tuple[Talk, Recording]]:
    """The talks that have a recording, in the order in which they are given."""
    return [(talk, talk.recording) for talk in talks if talk.recording is not None]


def batch(kit: Kit, talks: Iterable[Talk]) -> Iterator[Output]:  # noqa: ARG001 # as the other list
    """``recordings.txt``; none when no talk has a recording."""
    if found := listed(talks):
        yield Output(BATCH_PATH, _batch(found))


def details(kit: Kit, talks: Iterable[Talk]) -> Iterator[Output]:
    """``recordings.json``; none when no talk has a recording."""
    if found := listed(talks):
        yield Output(LIST_PATH, _list(kit, found))


List = Callable[[Kit, Iterable[Talk]], Iterator[Output]]
# The lists of all recordings, by their paths. Each is made on its own: they are large.
LISTS: dict[str, List] = {BATCH_PATH: batch, LIST_PATH: details}


def command(kit: Kit) -> str:
    """What a listener types: ``curl … | yt-dlp …`` for a POSIX shell, in one line."""
    return f"curl -fsSL {shlex.quote(kit.url(BATCH_PATH))} | yt-dlp {_OPTIONS}"


def chapters_of(kit: Kit, talk: Talk) -> tuple[Chapter, ...]:
    """The chapters of the talk's audio; none when this build does not offer it."""
    if talk.slug not in kit.audible:
        return ()
    if kit.show and talk.slug in kit.show.audio:
        # What stands in the file, also when the notes say something else by now: players find
        # both, and shall find the same.
        return kit.show.audio[talk.slug].chapters
    return chapters.of_talk(talk, kit.facts(talk))


def chapters_path(talk: Talk) -> str:
    """Where its chapters stand below ``public/``."""
    return f"chapters/{talk.slug}.json"


def transcripts_of(kit: Kit, talk: Talk) -> tuple[Transcript, ...]:
    """The transcripts of the talk's audio, one a language, sorted by it: what people wrote,
    else what a machine did; none when this build does not offer the audio. One in which nothing
    is said while the audio runs is none."""
    sidecar = kit.sidecar(talk)
    if sidecar is None or talk.slug not in kit.audible:
        return ()
    found: dict[str, Transcript] = {}
    for one in sorted(sidecar.transcripts, key=lambda one: (one.automatic, one.name)):
        if (
            one.media_type == transcripts.VTT
            and one.language not in found
            and _cues(kit, talk, one)
        ):
            found.setdefault(one.language, one)
    return tuple(found[language] for language in sorted(found))


def _cues(kit: Kit, talk: Talk, transcript: Transcript) -> tuple[transcripts.Cue, ...]:
    """What it says while the talk's audio runs, counted from there."""
    start_s, end_s = (talk.audio.start_s, talk.audio.end_s) if talk.audio else (None, None)
    return transcripts.cut(kit.cues(transcript), start_s, end_s)


def transcript_path(talk: Talk, transcript: Transcript, suffix: str) -> str:
    """Where it stands below ``public/``; ``suffix`` is ``vtt`` or ``srt``."""
    return f"transcripts/{talk.slug}.{transcript.language}.{suffix}"


def beside(kit: Kit, talk: Talk) -> Iterator[Output]:
    """Chapters and transcripts of one talk, when its audio is offered and there are any."""
    if found := chapters_of(kit, talk):
        yield Output(chapters_path(talk), chapters.to_json(found))
    for one in transcripts_of(kit, talk):
        cues = _cues(kit, talk, one)
        yield Output(transcript_path(talk, one, "vtt"), transcripts.to_vtt(cues))
        yield Output(transcript_path(talk, one, "srt"), transcripts.to_srt(cues))


def _batch(found: Sequence[tuple[Talk, Recording]]) -> bytes:
    """A yt-dlp batch file: a comment with title and people, then the URL, each URL once.

    ``#`` begins a comment there, to the end of the line; a title is one line by force.
    """
    counts = Counter(recording.youtube_id for _, recording in found)
    several: dict[str, list[Talk]] = {one: [] for one, count in counts.items() if count > 1}
    del counts
    for talk, recording in found:
        if recording.youtube_id in several:
            several[recording.youtube_id].append(talk)
    data, between = BytesIO(), ""
    for talk, recording in found:
        some = several.get(recording.youtube_id, [talk])
        if some[0] is talk:
            data.write(f"{between}{''.join(map(_comment, some))}{recording.url}\n".encode())
            between = "\n"
    return data.getvalue()


def _comment(talk: Talk) -> str:
    where = (byline(talk.speakers), talk.event.name if talk.event else "")
    words = " · ".join(one_line(word) for word in (talk.title, *where) if word)
    return f"# {xml_legal(words)}\n"


def _list(kit: Kit, found: Iterable[tuple[Talk, Recording]]) -> bytes:
    """Each talk's as text at once, and all in one place: as values all of them take ten times the
    memory, and as texts twice."""
    around = {
        "version": 1,
        "title": kit.publication.title,
        "home_page_url": kit.publication.base_url,
        "recordings": [],
    }
    start, _, end = _legal(around).rpartition(b"[]")
    data, between = BytesIO(), b"[\n  "
    data.write(start)
    for talk, recording in found:
        data.write(between)
        data.write(_legal(_told(kit, talk, recording), 3))
        between = b",\n  "
    data.write(b"\n ]" if between[:1] == b"," else b"[]")
    data.write(end + b"\n")
    return data.getvalue()


def _legal(value: dict[str, Any], depth: int = 1) -> bytes:
    return xml_legal(laid_out(value, depth).decode()).encode()


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
