"""What was said, with its times: WebVTT read into cues, cleaned, and written as WebVTT and SRT.

YouTube's automatic captions roll: each cue shows the line before it once more, and words carry
times of their own. Here every line is said once.
"""

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from feeds.errors import ContentError, Problem
from feeds.patterns import pattern
from feeds.text import clock, one_line, xml_legal

VTT = "text/vtt"
SRT = "application/x-subrip"

# Between a cue that rolls and the next one; mostly they touch.
_ROLLING_MS = 100
_WORD_TIME = pattern(r"<[0-9:]+\.[0-9]{3}>")
_VOICE = pattern(r"<v(?:\.[^\s>]*)?[ \t]+([^<>]*)>|</v[^<>]*>")
# WebVTT §3.4, cue text: a tag begins with a letter or a slash, a time with a digit.
_TAG = pattern(r"</?[A-Za-z0-9][^<>]*>|</?>")


@dataclass(frozen=True, slots=True)
class Cue:
    """``text`` (plain, lines parted by \\n) from ``start_ms`` to ``end_ms``, after its start.

    ``voice`` is who says it, where the file names them.
    """

    start_ms: int
    end_ms: int
    text: str
    voice: str = ""


def read(data: bytes, path: str, *, automatic: bool = False) -> tuple[Cue, ...]:
    """A WebVTT file as plain cues, in the order of their starts; ContentError when it is none.

    ``automatic``: a machine wrote it, so lines that roll are said once.
    """
    import webvtt
    from webvtt.errors import MalformedCaptionError, MalformedFileError

    try:
        text = data.decode("utf-8-sig")
        captions = webvtt.from_string(text).captions
    except (UnicodeDecodeError, MalformedFileError, MalformedCaptionError) as error:
        remedy = "remove it, and what names it in the sidecar: talkfeeds audio fetch gets it again"
        problem = Problem(path, 0, "", f"is no WebVTT: {error}", remedy)
        raise ContentError([problem]) from None
    shown = [
        (cue, not caption.raw_text.partition("\n")[0].strip())
        for caption in captions
        for cue in _said(_ms(str(caption.start)), _ms(str(caption.end)), caption.raw_text)
    ]
    shown.sort(key=lambda pair: pair[0].start_ms)
    if automatic and _WORD_TIME.search(text):
        return tuple(_unrolled(shown))
    return tuple(cue for cue, _ in shown)


def cut(cues: Iterable[Cue], start_s: float | None, end_s: float | None) -> tuple[Cue, ...]:
    """What is said between two moments (seconds), counted from the first of them."""
    start_ms = round((start_s or 0) * 1000)
    end_ms = None if end_s is None else round(end_s * 1000)
    return tuple(
        replace(
            cue,
            start_ms=max(cue.start_ms, start_ms) - start_ms,
            end_ms=(cue.end_ms if end_ms is None else min(cue.end_ms, end_ms)) - start_ms,
        )
        for cue in cues
        if cue.end_ms > start_ms and (end_ms is None or cue.start_ms < end_ms)
    )


def to_vtt(cues: Iterable[Cue]) -> bytes:
    """WebVTT in UTF-8, with voices (``<v Ada>``) where they are known."""
    import webvtt

    captions = [
        webvtt.Caption(clock(cue.start_ms / 1000), clock(cue.end_ms / 1000), _marked_up(cue))
        for cue in cues
    ]
    return (webvtt.WebVTT(captions=captions).content.rstrip("\n") + "\n").encode()


def to_srt(cues: Iterable[Cue]) -> bytes:
    """SubRip in UTF-8: plain text, a voice as ``Ada: …``. It can escape nothing."""
    blocks = []
    for number, cue in enumerate(cues, 1):
        times = " --> ".join(
            clock(moment_ms / 1000).replace(".", ",") for moment_ms in (cue.start_ms, cue.end_ms)
        )
        text = f"{cue.voice}: {cue.text}" if cue.voice else cue.text
        blocks.append(f"{number}\n{times}\n{text.replace('-->', '→')}\n")
    return "\n".join(blocks).encode()


def _said(start_ms: int, end_ms: int, raw: str) -> Iterator[Cue]:
    """A cue's text without markup, a cue a voice; nothing where there are no words."""
    pieces = _VOICE.split(raw)  # text, voice, text, voice, text…
    for voice, text in zip([None, *pieces[1::2]], pieces[::2], strict=True):
        if words := _plain(text):
            yield Cue(start_ms, max(end_ms, start_ms + 1), words, _plain(voice or ""))


def _plain(raw: str) -> str:
    text = xml_legal(html.unescape(_TAG.sub("", raw)))
    return "\n".join(line for line in map(one_line, text.split("\n")) if line)


def _marked_up(cue: Cue) -> str:
    text = html.escape(cue.text, quote=False)
    return f"<v {html.escape(cue.voice, quote=False)}>{text}" if cue.voice else text


def _ms(timestamp: str) -> int:
    hours, minutes, seconds = timestamp.split(":")
    return (int(hours) * 60 + int(minutes)) * 60_000 + int(seconds.replace(".", ""))


def _unrolled(cues: Iterable[tuple[Cue, bool]]) -> list[Cue]:
    """Each line once, from when it begins until the next begins.

    A cue whose first line is blank (the flag) shows nothing of the one before.
    """
    found: list[Cue] = []
    shown: list[str] = []
    until_ms = 0
    for cue, cleared in cues:
        lines = cue.text.split("\n")
        rolls = not cleared and cue.start_ms <= until_ms + _ROLLING_MS
        fresh = lines[_carried(shown, lines) if rolls else 0 :]
        if fresh:
            if found and found[-1].end_ms > cue.start_ms > found[-1].start_ms:
                found[-1] = replace(found[-1], end_ms=cue.start_ms)
            found.append(replace(cue, text="\n".join(fresh)))
        elif found:
            found[-1] = replace(found[-1], end_ms=max(found[-1].end_ms, cue.end_ms))
        shown, until_ms = lines, cue.end_ms
    return found


def _carried(shown: Sequence[str], lines: Sequence[str]) -> int:
    """How many of the first ``lines`` are the last of those ``shown`` before."""
    most = min(len(shown), len(lines))
    return next(
        (count for count in range(most, 0, -1) if list(shown[-count:]) == list(lines[:count])), 0
    )
