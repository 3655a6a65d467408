"""An issue before it is sent: decided, rendered, checked and frozen."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from feeds.deliveries import Frozen, Totals, Variant, Wish
from feeds.errors import ContentError, Problem, WorldError
from feeds.jobs.loading import Loaded
from feeds.model import Issue, Publication, Week
from feeds.plan import news_of, wanted_of
from feeds.render import letters
from feeds.render.kit import Kit
from feeds.render.newsletter import digest, subject_of, summaries_of
from feeds.render.words import Words

# People may change their wishes while an issue is rendered; not for ever.
_TRIES = 20


class Shelf(Protocol):
    """What the ledger knows of issues, within one transaction."""

    def told(self) -> frozenset[str] | None:
        """Ids of the talks that issues told, or that are no news; None before the first."""
        ...

    def newest(self) -> Week | None:
        """The newest week that has an issue."""
        ...

    def wishes(self) -> Mapping[Wish, int]:
        """What those want who receive mail, and how many want it."""
        ...

    def totals(self, week: Week | None = None) -> list[Totals]:
        """Every issue in numbers, newest first, or that of one week."""
        ...


class OpenShelf(Shelf, Protocol):
    """The same, to be changed."""

    def begin(self, older: tuple[str, ...]) -> None:
        """From now on issues tell what is new; ``older`` are the ids that are not."""
        ...

    def freeze(self, frozen: Frozen) -> int | None:
        """Keep an issue and its recipients; their number, or None when wishes are missing."""
        ...


class IssueLedger(Protocol):
    """Where issues are kept."""

    def reading(self) -> AbstractContextManager[Shelf]:
        """A transaction that sees one state and changes nothing."""
        ...

    def changing(self) -> AbstractContextManager[OpenShelf]:
        """A transaction that changes all or, when its block raises, nothing."""
        ...


# Complains about one finished message; the words go behind the issue's week.
Gate = Callable[[letters.Template, Kit, Week], list[str]]
# Says no to an issue that is late: publication, issue, now.
Late = Callable[[Publication, Issue, datetime], None]


@dataclass(frozen=True, slots=True)
class Ready:
    """An issue as it would be sent now. ``recipients`` want any of it."""

    issue: Issue
    frozen: Frozen
    recipients: int


@dataclass(frozen=True, slots=True)
class Nothing:
    """Why there is no issue: ``reason`` is for people. ``talks`` would have been told."""

    week: Week
    reason: str
    talks: int = 0


@dataclass(frozen=True, slots=True)
class Workshop:
    """What an issue is made with: the publication as loaded, its files, the key, the gate."""

    loaded: Loaded
    kit: Kit
    secret: bytes
    gate: Gate

    @property
    def publication(self) -> Publication:
        """The publication that sends."""
        return self.loaded.publication


def refuse_if_late(publication: Publication, issue: Issue, now: datetime) -> None:
    """WorldError when a schedule fires later than ``[mail] max_lateness`` after the week."""
    late = now - issue.end
    most = timedelta(seconds=publication.mail.max_lateness_s)
    if late > most:
        raise WorldError(
            str(issue.week),
            f"ended {_days(late)} ago, later than max_lateness ({_days(most)}) allows",
            f"if it shall go out all the same: talkfeeds send {issue.week}",
        )


def prepare(shelf: Shelf, workshop: Workshop, week: Week, now: datetime) -> Ready | Nothing:
    """The issue of ``week`` as it would be sent now; nothing is changed.

    WorldError for a week that is not over, or is older than one that was sent: its talks go
    into the next. ContentError when a message does not pass the gate.
    """
    publication, talks = workshop.publication, workshop.loaded.plan.talks
    told, newest = shelf.told(), shelf.newest()
    if newest is None and told is not None:
        # A week without news was looked at, and no issue sent: any week can still be the first.
        told -= {talk.id for talk in news_of(publication, talks, week, None).issue.talks}
    news = news_of(publication, talks, week, told)
    issue = news.issue
    if now < issue.end:
        raise WorldError(str(week), f"is not over until {issue.end:%Y-%m-%d %H:%M %z}", "wait")
    if newest is not None and week < newest:
        remedy = "what it has not told goes into the next issue"
        raise WorldError(str(week), f"is older than the newest issue, {newest}", remedy)
    if not issue.talks:
        return Nothing(week, "nothing new")
    wishes = shelf.wishes()
    variants: dict[tuple[str, tuple[str, ...]], int] = {}
    choices: dict[Wish, int | None] = {}
    finished: list[Variant] = []
    recipients = 0
    for wish, people in sorted(wishes.items(), key=lambda item: repr(item[0])):
        own = wanted_of(issue, wish.tags, wish.events)
        if not own.talks:
            choices[wish] = None
            continue
        recipients += people
        language = language_of(workshop.kit, wish.language)
        key = (language, tuple(talk.id for talk in own.talks))
        if key not in variants:
            variants[key] = len(finished)
            finished.append(_variant(workshop, own, language, now))
        choices[wish] = variants[key]
    if not recipients:
        reason = "nobody wants any of its talks" if wishes else "nobody is subscribed"
        return Nothing(week, reason, len(issue.talks))
    frozen = Frozen(
        week,
        now,
        subject_of(workshop.kit, issue),
        tuple(talk.id for talk in issue.talks),
        news.older,
        tuple(finished),
        choices,
    )
    return Ready(issue, frozen, recipients)


def freeze(
    ledger: IssueLedger, workshop: Workshop, week: Week, now: datetime, late: Late | None = None
) -> Ready | Nothing | None:
    """``prepare``, and keep it: from now on the issue is what it is. ``late`` may refuse it.

    None when another process froze it just now: then that is what the issue is.
    """
    for _ in range(_TRIES):
        with ledger.reading() as shelf:
            found = prepare(shelf, workshop, week, now)
            known = shelf.told(), shelf.newest()
        if late is not None and isinstance(found, Ready):
            late(workshop.publication, found.issue, now)
        with ledger.changing() as shelf:
            if shelf.totals(week):
                return None
            if (shelf.told(), shelf.newest()) != known:
                continue  # another week's issue was: what is news is another thing now
            if isinstance(found, Nothing):
                if shelf.told() is None and not found.talks:
                    talks = workshop.loaded.plan.talks
                    shelf.begin(news_of(workshop.publication, talks, week, None).older)
                return found
            recipients = shelf.freeze(found.frozen)
        if recipients is not None:
            return replace(found, recipients=recipients)
    raise WorldError(str(week), "the ledger changes faster than it can be rendered", "try again")


def sample(workshop: Workshop, week: Week, now: datetime) -> letters.Template | Nothing:
    """The issue of ``week`` as somebody gets it who wants everything, to look at."""
    news = news_of(workshop.publication, workshop.loaded.plan.talks, week, None)
    if not news.issue.talks:
        return Nothing(week, "no talks")
    variant = _variant(workshop, news.issue, workshop.publication.language, now)
    return letters.Template.from_bytes(variant.template)


def language_of(kit: Kit, wanted: str) -> str:
    """The language of a subscriber's mail: theirs when there are words in it, else our own."""
    publication = kit.publication
    spoken = Words(wanted, kit.catalogs).language
    own = Words(publication.language, kit.catalogs).language
    has_words = spoken == wanted.partition("-")[0].lower()
    return spoken if has_words and spoken != own else publication.language


def _variant(workshop: Workshop, issue: Issue, language: str, now: datetime) -> Variant:
    kit, publication = workshop.kit, workshop.publication
    if language != publication.language:
        # The publisher's own words on why this mail came are in the publication's language.
        newsletter = replace(publication.newsletter, reason="")
        kit = replace(
            kit, publication=replace(publication, language=language, newsletter=newsletter)
        )
    mark = letters.mark_of(workshop.secret, issue.week)
    found = digest(kit, issue, summaries_of(kit, issue), mark)
    template = letters.template(kit, found, mark, now)
    if complaints := workshop.gate(template, kit, issue.week):
        path = "content/publication.toml"
        raise ContentError(
            Problem(path, 0, f"{issue.week} ({language})", complaint) for complaint in complaints
        )
    return Variant(language, len(issue.talks), template.to_bytes())


def _days(span: timedelta) -> str:
    hours = int(span.total_seconds() // 3_600)
    if hours < 48:
        return f"{hours} h"
    return f"{hours // 24} d {hours % 24} h" if hours % 24 else f"{hours // 24} d"
