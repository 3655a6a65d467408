"""Digest: one week's issue as HTML, text and a complete message."""

from dataclasses import dataclass
from datetime import datetime

from feeds.jobs.loading import Source, kit_of, load
from feeds.model import Issue, Output, Week
from feeds.plan import issue_of, last_finished_week
from feeds.render.kit import Kit
from feeds.render.newsletter import Digest, digest, message_of, summaries_of


@dataclass(frozen=True, slots=True)
class Found:
    """The issue of ``week``; ``digest`` is None when the week has no talks.

    ``newest`` is the newest week that has any, None for an empty publication.
    """

    week: Week
    newest: Week | None
    digest: Digest | None
    message: bytes = b""


def make_digest(source: Source, week: Week | None, now: datetime, base_url: str = "") -> Found:
    """The issue of ``week``, else of the last finished week before ``now``."""
    loaded = load(source, base_url)
    publication = loaded.publication
    week = week or last_finished_week(publication, now)
    newest = loaded.plan.issues[0].week if loaded.plan.issues else None
    issue = issue_of(publication, loaded.plan.talks, week)
    if not issue.talks:
        return Found(week, newest, None)
    kit = kit_of(source, publication)
    made = digest_of(kit, issue)
    return Found(week, newest, made, message_of(kit, made))


def digest_of(kit: Kit, issue: Issue) -> Digest:
    """``issue`` as the mail that everybody gets."""
    return digest(kit, issue, summaries_of(kit, issue))


def files_of(found: Found) -> tuple[Output, ...]:
    """The digest's three files, named by their week; none when there is no digest."""
    week, made = found.week, found.digest
    if made is None:
        return ()
    return (
        Output(f"{week}.html", made.html.encode()),
        Output(f"{week}.txt", made.text.encode()),
        Output(f"{week}.eml", found.message),
    )
