"""Digest: one week's issue as HTML, text and a complete message."""

from dataclasses import dataclass
from datetime import datetime

from feeds.jobs.loading import Source, kit_of, load
from feeds.model import Output, Week
from feeds.plan import issue_of, last_finished_week
from feeds.render.markdown import body_of
from feeds.render.newsletter import Digest, digest, summary_of


@dataclass(frozen=True, slots=True)
class Found:
    """The issue of ``week``; ``digest`` is None when the week has no talks.

    ``newest`` is the newest week that has any, None for an empty publication.
    """

    week: Week
    newest: Week | None
    digest: Digest | None


def make_digest(source: Source, week: Week | None, now: datetime, base_url: str = "") -> Found:
    """The issue of ``week``, else of the last finished week before ``now``."""
    loaded = load(source, base_url)
    publication = loaded.publication
    week = week or last_finished_week(publication, now)
    newest = loaded.plan.issues[0].week if loaded.plan.issues else None
    issue = issue_of(publication, loaded.plan.talks, week)
    if not issue.talks:
        return Found(week, newest, None)
    summaries = {
        talk.slug: summary_of(talk, body_of(talk, publication.base_url)) for talk in issue.talks
    }
    return Found(week, newest, digest(kit_of(source, publication), issue, summaries))


def files_of(found: Digest) -> tuple[Output, ...]:
    """The digest's three files, named by their week."""
    week = found.issue.week
    return (
        Output(f"{week}.html", found.html.encode()),
        Output(f"{week}.txt", found.text.encode()),
        Output(f"{week}.eml", found.message),
    )
