"""Whether a talk's recording may become audio here: somebody wants it, and somebody may.

Wanting is ``[audio] download`` or the talk's own ``audio.download``. Being allowed is the talk's
``license``, when it lets anybody pass the recording on, or ``[podcast] private``. What YouTube
says of a licence is a hint for the author, and grants nothing.
"""

from dataclasses import dataclass
from enum import StrEnum

from feeds.licences import redistributable
from feeds.model import Publication, Talk
from feeds.recordings import AudioFile


class Refusal(StrEnum):
    """Why a talk gets no audio before anybody is asked."""

    NO_RECORDING = "no-recording"
    DRAFT = "draft"
    OFF = "off"
    NO_LICENSE = "no-license"
    LICENSE = "license"


@dataclass(frozen=True, slots=True)
class Permission:
    """The answer: ``refusal`` is None when audio may be made; ``remedy`` says what to write."""

    refusal: Refusal | None
    reason: str = ""
    remedy: str = ""


def permission(publication: Publication, talk: Talk) -> Permission:
    """Whether audio of the talk's recording may be made and published here."""
    if talk.recording is None:
        return Permission(Refusal.NO_RECORDING, "has no recording")
    if talk.hidden:
        return Permission(Refusal.DRAFT, "is withdrawn" if talk.withdrawn else "is a draft")
    if (off := _off(publication, talk)) is not None:
        return off
    if publication.podcast.private or redistributable(talk):
        return Permission(None)
    remedy = "or set [podcast] private = true"
    if not talk.license:
        reason = "its recording has no licence"
        return Permission(Refusal.NO_LICENSE, reason, f"write license: CC-BY-4.0, if so, {remedy}")
    reason = f"its licence ({talk.license}) does not let you pass the recording on"
    return Permission(Refusal.LICENSE, reason, f"ask for one that does, {remedy}")


def misfit(talk: Talk, audio: AudioFile) -> str:
    """Why a file that was made of the talk's recording is not the talk's own; empty when it is.

    Talks may share a recording, each with a part of it: another talk's part is under another
    licence, and under another title.
    """
    if audio.talk_id != talk.id:
        return "was made for another talk"
    start_s, end_s = (talk.audio.start_s, talk.audio.end_s) if talk.audio else (None, None)
    if (audio.start_s or 0.0, audio.end_s) != (start_s or 0.0, end_s):
        return f"holds {_part(audio.start_s, audio.end_s)}, not {_part(start_s, end_s)}"
    return ""


def _part(start_s: float | None, end_s: float | None) -> str:
    if not start_s and end_s is None:
        return "the whole recording"
    end = "its end" if end_s is None else f"{end_s:g} s"
    return f"the recording from {start_s or 0:g} s to {end}"


def _off(publication: Publication, talk: Talk) -> Permission | None:
    choice = talk.audio
    if choice is not None and not choice.enabled:
        return Permission(Refusal.OFF, "its audio is switched off", "remove audio: false")
    own = choice.download if choice is not None else None
    if own is False or (own is None and not publication.audio.download):
        remedy = "set [audio] download = true, or audio: {download: true} in the talk"
        return Permission(Refusal.OFF, "nobody asked for audio", remedy)
    return None
