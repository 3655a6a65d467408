"""Prune: which audio files make room. Decided here, without a look at the disk."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from feeds.model import Talk
from feeds.recordings import OnDisk, Sidecar


@dataclass(frozen=True, slots=True)
class Limits:
    """What may stay: the audio of the newest ``keep`` talks, what was made at most
    ``older_than_s`` ago, and of the newest together ``size_bytes``. None is no limit."""

    keep: int | None = None
    older_than_s: int | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Goner:
    """A file to remove. ``youtube_id`` is empty for one that no record names."""

    name: str
    size_bytes: int
    reason: str
    youtube_id: str = ""


def goners(
    talks: Iterable[Talk],
    sidecars: Mapping[str, Sidecar],
    files: Mapping[str, OnDisk],
    limits: Limits,
    now: datetime,
) -> tuple[Goner, ...]:
    """Files to remove, each with the reason: first what no record names, then the oldest talks'.

    ``files`` are those below ``.talkfeeds/audio/``. A recording that no talk links
    to any more counts as the oldest.
    """
    newest: dict[str, datetime] = {}
    for talk in talks:
        if talk.recording is not None and not talk.hidden:
            key = talk.recording.youtube_id
            newest[key] = max(newest.get(key, talk.published), talk.published)
    kept = [one for one in sidecars.values() if one.audio is not None and one.audio.name in files]
    named = {one.audio.name for one in kept if one.audio is not None}
    found = [
        Goner(name, file.size_bytes, _unnamed(name))
        for name, file in sorted(files.items())
        if name not in named
    ]
    order = sorted(
        kept,
        key=lambda one: (
            one.youtube_id in newest,
            newest[one.youtube_id].timestamp() if one.youtube_id in newest else 0.0,
            one.youtube_id,
        ),
        reverse=True,
    )
    total = 0
    for place, one in enumerate(order):
        assert one.audio is not None
        size, since = files[one.audio.name].size_bytes, files[one.audio.name].since
        total += size
        reason = ""
        if one.youtube_id not in newest:
            reason = "no talk links to its recording"
        elif limits.keep is not None and place >= limits.keep:
            reason = f"{limits.keep} newer ones stay"
        elif limits.size_bytes is not None and total > limits.size_bytes:
            reason = f"the newest ones fill {limits.size_bytes:,} bytes"
        elif limits.older_than_s is not None and now - since > timedelta(
            seconds=limits.older_than_s
        ):
            reason = f"was made on {since:%Y-%m-%d}"
        if reason:
            total -= size
            found.append(Goner(one.audio.name, size, reason, one.youtube_id))
    return tuple(found)


def _unnamed(name: str) -> str:
    if name.startswith("sources/"):
        return "a download of which no file was made"
    return "was left half made" if name.startswith(".") else "no record names it"
