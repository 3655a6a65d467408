"""The publication's own digest as a letter, to be checked before it goes to anybody."""

from dataclasses import dataclass

from feeds.check.messages import Expected
from feeds.errors import WorldError
from feeds.jobs.loading import Source, kit_of, load
from feeds.model import Publication, Week
from feeds.plan import issue_of
from feeds.render import letters
from feeds.render.newsletter import CHOOSE, digest, return_mailbox, summaries_of, unsubscribe_url

_NOBODY = "somebody@example.org"
# Tokens are made with the publication's key when letters go out; these only look like some.
_NAME = "a2b3c4d5e6f7a2b3c4d5e6f7a2b3c4d5"


@dataclass(frozen=True, slots=True)
class Sample:
    """A letter in wire form, what it must be, and the name that a check calls it by."""

    name: str
    data: bytes
    expected: Expected


def sample_letter(source: Source, week: Week | None) -> Sample:
    """The digest of ``week``, else the newest, as somebody would get it.

    WorldError where there are no talks. The same bytes for the same content.
    """
    loaded = load(source, "")
    publication = loaded.publication
    newest = loaded.plan.issues[0].week if loaded.plan.issues else None
    chosen = week or newest
    issue = issue_of(publication, loaded.plan.talks, chosen) if chosen else None
    if issue is None or not issue.talks:
        remedy = f"the newest week with talks is {newest}" if newest else "add talks"
        raise WorldError(f"the digest of {chosen or 'this publication'}", "has no talks", remedy)
    kit = kit_of(source, publication)
    mark = letters.mark_of(b"check", issue.week)
    found = digest(kit, issue, summaries_of(kit, issue), mark)
    template = letters.template(kit, found, mark, issue.end)
    ways, one_click = _ways_out(publication, unsubscribe_url(kit), return_mailbox(kit))
    choose = f"{ways[0]}{CHOOSE}" if one_click else ""
    person = letters.Person(_NOBODY, "", f"{_NAME}@{template.host}", ways, one_click, choose)
    expected = Expected(
        recipient=_NOBODY,
        one_click=one_click,
        postal_address=publication.mail.postal_address,
        subject=found.subject,
    )
    return Sample(f"digest {issue.week}", b"".join(template.letter(person)), expected)


def _ways_out(publication: Publication, own: str, mailbox: str) -> tuple[tuple[str, ...], bool]:
    """How one leaves, as letters say it, and whether one click is enough."""
    by_mail = letters.mailto(mailbox)
    if publication.mail.web_url:
        return (f"{publication.mail.web_url.rstrip('/')}/u/{_NAME}", by_mail), True
    return ((own, by_mail) if publication.mail.unsubscribe else (by_mail,)), False
