"""Status: for each talk, whether it has audio, and if not, why and what to do."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from feeds.jobs.audio.allowing import Refusal, permission
from feeds.jobs.audio.deciding import due, fingerprint, recordings_of
from feeds.model import Publication, Talk
from feeds.recordings import PERMANENT, Asked, Outcome, Sidecar


class State(StrEnum):
    """How a talk stands. ``refused``: YouTube said no; ``waiting``: it will be asked again."""

    READY = "ready"
    NOT_ALLOWED = "not-allowed"
    NOT_WANTED = "not-wanted"
    NOT_ASKED = "not-asked"
    REFUSED = "refused"
    WAITING = "waiting"
    PRUNED = "pruned"
    GONE = "gone"
    NO_RECORDING = "no-recording"


_REFUSALS = {Refusal.NO_RECORDING: State.NO_RECORDING, Refusal.OFF: State.NOT_WANTED}
# What helps, in words for whoever reads the table.
_REMEDIES = {
    Outcome.AGE: "name a cookies file of an account that may see it: TALKFEEDS_COOKIES",
    Outcome.MEMBERS: "name a cookies file of a member: TALKFEEDS_COOKIES",
    Outcome.PRIVATE: "name a cookies file of an account that may see it: TALKFEEDS_COOKIES",
    Outcome.BOT_CHECK: "wait, or name a cookies file: TALKFEEDS_COOKIES",
    Outcome.RATE_LIMIT: "wait; nobody is asked until then",
    Outcome.NO_JS: "install deno; see talkfeeds doctor",
    Outcome.NO_FORMATS: "bring yt-dlp up to date; see talkfeeds doctor",
    Outcome.DISK_FULL: "make room: talkfeeds audio prune",
    Outcome.REMOVED: "link another recording",
    Outcome.TERMINATED: "link another recording",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """One talk. ``said`` is YouTube's or yt-dlp's own text; ``not_before`` in UTC."""

    slug: str
    title: str
    youtube_id: str
    state: State
    reason: str
    remedy: str = ""
    outcome: Outcome | None = None
    said: str = ""
    not_before: datetime | None = None
    facts: bool = False


def status(
    publication: Publication,
    talks: Iterable[Talk],
    sidecars: Mapping[str, Sidecar],
    has_file: Callable[[Sidecar], bool],
    now: datetime,
    *,
    cookies: bool = False,
) -> tuple[Standing, ...]:
    """Each talk that is neither a draft nor withdrawn, in the order given."""
    listed = [talk for talk in talks if not talk.hidden]
    by_recording = recordings_of(listed)
    found = []
    for talk in listed:
        youtube_id = talk.recording.youtube_id if talk.recording else ""
        sidecar = sidecars.get(youtube_id, Sidecar(youtube_id))
        mark = fingerprint(by_recording.get(youtube_id, ()), cookies=cookies)
        found.append(_standing(publication, talk, sidecar, has_file, mark, now))
    return tuple(found)


def _standing(  # one for each state
    publication: Publication,
    talk: Talk,
    sidecar: Sidecar,
    has_file: Callable[[Sidecar], bool],
    mark: str,
    now: datetime,
) -> Standing:
    def stands(state: State, reason: str, remedy: str = "") -> Standing:
        asked = sidecar.asked
        failed = asked is not None and asked.outcome is not Outcome.OK
        return Standing(
            slug=talk.slug,
            title=talk.title,
            youtube_id=sidecar.youtube_id,
            state=state,
            reason=reason,
            remedy=remedy,
            outcome=asked.outcome if asked else None,
            said=asked.said if asked else "",
            not_before=asked.not_before if asked and failed else None,
            facts=sidecar.facts is not None,
        )

    allowed = permission(publication, talk)
    if allowed.refusal is not None:
        kind = _REFUSALS.get(allowed.refusal, State.NOT_ALLOWED)
        return stands(kind, allowed.reason, allowed.remedy)
    audio, asked = sidecar.audio, sidecar.asked
    if audio is not None and has_file(sidecar):
        return stands(State.READY, f"{audio.name}, {audio.size_bytes:,} bytes")
    again = f"fetch it again: talkfeeds audio fetch --talk {talk.slug}"
    if sidecar.pruned is not None:
        return stands(State.PRUNED, f"was removed on {sidecar.pruned:%Y-%m-%d} to make room", again)
    if asked is not None and asked.outcome is not Outcome.OK:
        reason = f"YouTube said no: {asked.outcome}"
        return stands(_refused(asked, mark, now), reason, _REMEDIES.get(asked.outcome, ""))
    if audio is not None:
        return stands(State.GONE, f"{audio.name} is not there any more", again)
    return stands(State.NOT_ASKED, "nobody has fetched it yet", "run talkfeeds audio fetch")


def _refused(asked: Asked, mark: str, now: datetime) -> State:
    if asked.outcome in PERMANENT and not due(asked, mark, now):
        return State.REFUSED
    return State.WAITING
