"""Status: for each talk, whether it has audio, and if not, why and what to do."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from feeds.jobs.audio.allowing import Refusal, misfit, permission
from feeds.jobs.audio.deciding import (
    ChaptersOf,
    due,
    fingerprint,
    held_until,
    recordings_of,
    same_sound,
    told_chapters,
    wanted_of,
)
from feeds.model import Publication, Talk
from feeds.recordings import PERMANENT, Asked, AudioFile, Outcome, Sidecar, Wanted


class State(StrEnum):
    """How a talk stands. ``refused``: YouTube said no; ``waiting``: it will be asked again;
    ``stale``: the file holds another part than the talk wants now; ``shared``: the recording's
    audio is that of another talk."""

    READY = "ready"
    NOT_ALLOWED = "not-allowed"
    NOT_WANTED = "not-wanted"
    NOT_ASKED = "not-asked"
    REFUSED = "refused"
    WAITING = "waiting"
    STALE = "stale"
    SHARED = "shared"
    PRUNED = "pruned"
    GONE = "gone"
    NO_RECORDING = "no-recording"


_REFUSALS = {Refusal.NO_RECORDING: State.NO_RECORDING, Refusal.OFF: State.NOT_WANTED}
# Who would be asked by the next fetch, were the door not shut.
_TO_ASK = frozenset({State.NOT_ASKED, State.GONE, State.STALE, State.WAITING})
_HELD = "wait: YouTube shut the door for another recording, or this one, and nobody is asked"
_NEW = "run talkfeeds audio fetch; the site shows what stands in the file until then"
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
    fault: Callable[[AudioFile], str],
    now: datetime,
    chapters_of: ChaptersOf = told_chapters,
    *,
    cookies: bool = False,
) -> tuple[Standing, ...]:
    """Each talk that is neither a draft nor withdrawn, in the order given. ``fault`` says why a
    file cannot be offered, empty when it can: the same that a build asks."""
    listed = [talk for talk in talks if not talk.hidden]
    by_recording = recordings_of(listed)
    held = held_until(sidecars.values(), now, cookies=cookies)
    found = []
    for talk in listed:
        youtube_id = talk.recording.youtube_id if talk.recording else ""
        sidecar = sidecars.get(youtube_id, Sidecar(youtube_id))
        linking = by_recording.get(youtube_id, ())
        mark = fingerprint(linking, cookies=cookies)
        owner = next((one for one in linking if permission(publication, one).refusal is None), talk)
        one = _standing(publication, talk, sidecar, fault, mark, now, owner)
        if one.state is State.READY:
            one = _with_age(one, sidecar, wanted_of(publication, talk, sidecar.facts, chapters_of))
        if held is not None and one.state in _TO_ASK:
            until = max(filter(None, (held, one.not_before)))
            one = replace(one, not_before=until, remedy=_HELD)
        found.append(one)
    return tuple(found)


def _standing(  # noqa: PLR0911 # one for each state
    publication: Publication,
    talk: Talk,
    sidecar: Sidecar,
    fault: Callable[[AudioFile], str],
    mark: str,
    now: datetime,
    owner: Talk,
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
    wrong = fault(audio) if audio is not None else ""
    strange = misfit(talk, audio) if audio is not None else ""
    if audio is not None and not wrong and not strange:
        return stands(State.READY, f"{audio.name}, {audio.size_bytes:,} bytes")
    if owner is not talk:
        remedy = f"a recording gives one file: for this talk, write audio: false in {owner.slug}"
        return stands(State.SHARED, f"its recording's audio is that of {owner.slug}", remedy)
    again = f"fetch it again: talkfeeds audio fetch --talk {talk.slug}"
    if sidecar.pruned is not None:
        return stands(State.PRUNED, f"was removed on {sidecar.pruned:%Y-%m-%d} to make room", again)
    if asked is not None and asked.outcome is not Outcome.OK:
        reason = f"YouTube said no: {asked.outcome}"
        return stands(_refused(asked, mark, now), reason, _REMEDIES.get(asked.outcome, ""))
    if audio is not None and wrong:
        rid = f"remove .talkfeeds/audio/{audio.name} if it stands there, and {again}"
        return stands(State.GONE, f"{audio.name} {wrong}", rid)
    if audio is not None:
        return stands(State.STALE, f"{audio.name} {strange}", again)
    return stands(State.NOT_ASKED, "nobody has fetched it yet", "run talkfeeds audio fetch")


def _with_age(one: Standing, sidecar: Sidecar, wanted: Wanted) -> Standing:
    """Whether another file is wanted by now, although this one can be offered."""
    made_from = sidecar.audio.made_from if sidecar.audio else ""
    if made_from == wanted.made_from:
        return one
    old = "in another format or loudness than is wanted"
    if same_sound(made_from, wanted.made_from):
        old = "with old tags or chapters"
    return replace(one, reason=f"{one.reason}, {old}", remedy=_NEW)


def _refused(asked: Asked, mark: str, now: datetime) -> State:
    if asked.outcome in PERMANENT and not due(asked, mark, now):
        return State.REFUSED
    return State.WAITING
