"""What to ask for, and when: pure decisions over talks, sidecars and a moment.

Who was asked and said no for good is not asked again until the entry changes. Whoever may say yes
later is asked later: after a pause that doubles with each try, with some chance in it, and never
before the moment that a server named itself.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from feeds.jobs.audio.allowing import permission
from feeds.model import Publication, Talk
from feeds.recordings import (
    BREAKING,
    PERMANENT,
    Answer,
    Asked,
    Chapter,
    Facts,
    Outcome,
    Sidecar,
    Wanted,
)

# Bumped when the same wishes shall make another file.
_RECIPE = 1
_LONGEST = timedelta(days=14)
# The first pause after each answer. Those without one are this machine's own: whoever mends
# them runs the command again, and need not wait.
_FIRST = {
    Outcome.NETWORK: timedelta(minutes=5),
    Outcome.RATE_LIMIT: timedelta(hours=1),
    Outcome.BOT_CHECK: timedelta(hours=6),
    Outcome.PREMIERE: timedelta(hours=6),
    Outcome.LIVE: timedelta(hours=6),
    Outcome.NO_FORMATS: timedelta(days=1),
    Outcome.UNKNOWN: timedelta(days=1),
}
# How a fingerprint ends when there were cookies.
_COOKIES = "+cookies"
# Facts about what has not ended change.
_UNFINISHED = frozenset({"is_upcoming", "is_live", "post_live"})


@dataclass(frozen=True, slots=True)
class Order:
    """What the command was told. ``again`` asks also who said no, and renews facts."""

    slugs: tuple[str, ...] = ()
    metadata_only: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Errand:
    """One recording to see to. ``talks`` are all that link to it; ``talk`` is the one whose
    audio is made, None for facts alone. ``retag``: the file is there, only its tags are old."""

    youtube_id: str
    talks: tuple[Talk, ...]
    talk: Talk | None
    sidecar: Sidecar
    fingerprint: str
    facts: bool = False
    audio: bool = False
    retag: bool = False
    subtitles: bool = False
    thumbnail: bool = False

    @property
    def asks(self) -> bool:
        """Whether anybody outside is asked for it."""
        return self.facts or self.audio or self.subtitles or self.thumbnail


@dataclass(frozen=True, slots=True)
class There:
    """Whether a sidecar's audio file is there, and a transcript or a picture of that name."""

    file: Callable[[Sidecar], bool]
    part: Callable[[str], bool] = lambda _name: True


ChaptersOf = Callable[[Talk, Facts | None], tuple[Chapter, ...]]


def told_chapters(talk: Talk, facts: Facts | None) -> tuple[Chapter, ...]:
    """YouTube's chapters, unless the talk wants none."""
    if facts is None or (talk.audio is not None and talk.audio.chapters is False):
        return ()
    return facts.chapters


def recordings_of(talks: Iterable[Talk]) -> dict[str, tuple[Talk, ...]]:
    """The talks by their recording's id, in the order given, but no draft and no withdrawn one."""
    found: dict[str, tuple[Talk, ...]] = {}
    for talk in talks:
        if talk.recording is not None and not talk.hidden:
            key = talk.recording.youtube_id
            found[key] = (*found.get(key, ()), talk)
    return found


def wanted_of(
    publication: Publication, talk: Talk, facts: Facts | None, chapters_of: ChaptersOf
) -> Wanted:
    """The file that the talk should have."""
    assert talk.recording is not None
    choice = talk.audio
    chapters = chapters_of(talk, facts)
    wanted = Wanted(
        youtube_id=talk.recording.youtube_id,
        talk=talk,
        publication=publication,
        format=(choice.format if choice else "") or publication.audio.format,
        loudness=publication.audio.loudness,
        start_s=choice.start_s if choice else None,
        end_s=choice.end_s if choice else None,
        chapters=chapters,
        made_from="",
    )
    sound = [_RECIPE, wanted.youtube_id, wanted.format, wanted.loudness]
    sound += [wanted.start_s, wanted.end_s]
    tags = [
        talk.id,
        talk.title,
        talk.date.isoformat(),
        [asdict(speaker) for speaker in talk.speakers],
        talk.event.name if talk.event else "",
        talk.language,
        talk.license,
        publication.title,
        publication.base_url + talk.path,
        [asdict(chapter) for chapter in chapters],
    ]
    if choice and choice.image:
        tags.append(choice.image)
    return replace(wanted, made_from=f"{_digest(sound)}/{_digest(tags)}")


def same_sound(one: str, other: str) -> bool:
    """Whether two ``made_from`` differ in their tags at most."""
    return one.partition("/")[0] == other.partition("/")[0]


def fingerprint(talks: Sequence[Talk], *, cookies: bool) -> str:
    """What an entry says that could change YouTube's answer, or its author's mind.

    The talks' ``audio``, ``license`` and ``updated``, and whether there are cookies: whoever
    edits one of these is heard again.
    """
    told: list[object] = [
        [
            asdict(talk.audio) if talk.audio else None,
            talk.license,
            talk.updated.astimezone(UTC).isoformat(),
        ]
        for talk in sorted(talks, key=lambda talk: talk.id)
    ]
    return _digest(told) + (_COOKIES if cookies else "")


def due(asked: Asked | None, fingerprint: str, now: datetime, *, again: bool = False) -> bool:
    """Whether somebody who answered like this may be asked at ``now``."""
    if asked is None or asked.outcome is Outcome.OK:
        return True
    if again and asked.outcome not in BREAKING:
        return True
    if _lets_in(asked, cookies=fingerprint.endswith(_COOKIES)):
        return True
    if asked.outcome in PERMANENT:
        return asked.wanted != fingerprint
    return asked.not_before is None or now >= asked.not_before


def asked_now(
    answer: Answer, before: Asked | None, fingerprint: str, now: datetime, chance: float
) -> Asked:
    """The record of an answer. ``chance`` in [0, 1) spreads the next try by ±25 %."""
    tries = before.tries + 1 if before is not None and before.outcome is answer.outcome else 1
    not_before = None
    if (first := _FIRST.get(answer.outcome)) is not None:
        pause = min(first * 2 ** min(tries - 1, 16), _LONGEST) * (0.75 + chance / 2)
        if answer.retry_after_s is not None:
            pause = max(pause, timedelta(seconds=min(answer.retry_after_s, 30 * 86_400)))
        not_before = (now + pause).replace(microsecond=0)
    said = answer.said if answer.outcome is not Outcome.OK else ""
    at = now.replace(microsecond=0)
    return Asked(answer.outcome, at, said, tries, not_before, fingerprint)


def held_until(
    sidecars: Iterable[Sidecar], now: datetime, *, cookies: bool = False
) -> datetime | None:
    """Until when nobody is to be asked, because YouTube shut the door in an earlier run.

    Cookies open it where it took us for a robot without them. Subtitles and pictures have doors
    of their own.
    """
    return _shut_until((sidecar.asked for sidecar in sidecars), now, cookies=cookies)


def _shut_until(
    answers: Iterable[Asked | None], now: datetime, *, cookies: bool
) -> datetime | None:
    tries = [
        asked.not_before
        for asked in answers
        if asked is not None and asked.outcome in BREAKING and asked.not_before is not None
        if not _lets_in(asked, cookies=cookies)
    ]
    latest = max(tries, default=None)
    return latest if latest is not None and latest > now else None


def _lets_in(asked: Asked, *, cookies: bool) -> bool:
    """Whether cookies that are new since may change the answer."""
    return asked.outcome is Outcome.BOT_CHECK and cookies and not asked.wanted.endswith(_COOKIES)


def errands(
    publication: Publication,
    talks: Sequence[Talk],
    sidecars: Mapping[str, Sidecar],
    there: There,
    order: Order,
    now: datetime,
    chapters_of: ChaptersOf = told_chapters,
    *,
    cookies: bool = False,
) -> tuple[Errand, ...]:
    """What there is to do, in the order of the talks. Empty when everything is known and made."""
    found = []
    known = sidecars.values()
    no_words = _shut_until((one.asked_subtitles for one in known), now, cookies=cookies)
    no_pictures = _shut_until((one.asked_thumbnail for one in known), now, cookies=cookies)
    for youtube_id, linking in recordings_of(talks).items():
        if order.slugs and not any(talk.slug in order.slugs for talk in linking):
            continue
        sidecar = sidecars.get(youtube_id, Sidecar(youtube_id))
        mark = fingerprint(linking, cookies=cookies)
        talk = next((one for one in linking if permission(publication, one).refusal is None), None)
        errand = Errand(youtube_id, linking, None, sidecar, mark)
        if talk is not None and not order.metadata_only:
            errand = _with_audio(errand, publication, talk, there.file, order, chapters_of)
        may = due(sidecar.asked, mark, now, again=order.again)
        if may and errand.audio:
            subtitles = thumbnail = True
        else:
            errand = replace(errand, audio=False)
            made = errand.talk is not None and sidecar.audio is not None and there.file(sidecar)
            subtitles, thumbnail = made, made
        whole = all(there.part(transcript.name) for transcript in sidecar.transcripts)
        subtitles &= not no_words and _pass_due(sidecar.asked_subtitles, mark, now, there=whole)
        whole = there.part(f"{youtube_id}.jpg")
        thumbnail &= not no_pictures and _pass_due(sidecar.asked_thumbnail, mark, now, there=whole)
        facts = may and (_stale(sidecar.facts) or order.again)
        errand = replace(errand, facts=facts, subtitles=subtitles, thumbnail=thumbnail)
        if errand.asks or errand.retag:
            found.append(errand)
    return tuple(found)


def _with_audio(
    errand: Errand,
    publication: Publication,
    talk: Talk,
    has_file: Callable[[Sidecar], bool],
    order: Order,
    chapters_of: ChaptersOf,
) -> Errand:
    sidecar = errand.sidecar
    errand = replace(errand, talk=talk)
    if sidecar.audio is None or not has_file(sidecar):
        named = order.again or talk.slug in order.slugs
        return replace(errand, audio=sidecar.pruned is None or named)
    wanted = wanted_of(publication, talk, sidecar.facts, chapters_of)
    if sidecar.audio.made_from == wanted.made_from:
        return errand
    # Streams can be copied without loss out of our own file as well.
    if same_sound(sidecar.audio.made_from, wanted.made_from):
        return replace(errand, retag=True)
    return replace(errand, audio=True)


def _pass_due(asked: Asked | None, mark: str, now: datetime, *, there: bool) -> bool:
    if asked is None or asked.outcome is Outcome.OK:
        return asked is None or not there
    return due(asked, mark, now)


def _stale(facts: Facts | None) -> bool:
    return facts is None or facts.live_status in _UNFINISHED


def _digest(value: object) -> str:
    told = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()[:16]
