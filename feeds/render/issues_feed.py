"""The feed of the issues: one Atom entry a week that has talks, with what it tells."""

from collections.abc import Iterator

from feeds.archives import Part, parts_of
from feeds.model import Issue, Output
from feeds.plan import Plan, days_of
from feeds.render import atom
from feeds.render.forms import document_at
from feeds.render.heads import Head, moment, place, place_after, said, updated
from feeds.render.kit import Kit
from feeds.render.newsletter import name_of

FOLDER = "issues/"
PATH = FOLDER + atom.PATH


def documents(kit: Kit, plan: Plan) -> Iterator[Output]:
    """Every document of the feed."""
    entries = kit.publication.feed.entries
    parts = parts_of(plan.issues, entries, lambda issue: _id(kit, issue))

    def head_at(number: int) -> Head:
        return head(kit, plan, parts[number])

    def fragments(number: int) -> list[tuple[str, bytes]]:
        return [("", entry(kit, one)) for one in parts[number].items]

    for number in reversed(range(len(parts))):
        yield from document_at(kit, atom.FORMAT, number, head_at, fragments)


def head(kit: Kit, plan: Plan, part: Part[Issue] | None = None) -> Head:
    """The head of one of its documents; that of the newest issues by default."""
    publication = kit.publication
    name = part.name if part else ""
    issues = part.items if part else plan.issues
    home = FOLDER if plan.issues else ""
    return Head(
        id=f"{publication.id}/issues",
        title=f"{name_of(kit)}: {kit.words.say('The weekly issues')}",
        subtitle=kit.words.say("Once a week, what is new, in one list"),
        language=publication.language,
        updated=updated(publication, (talk for issue in issues for talk in issue.talks)),
        home_url=kit.url(home),
        path=place(FOLDER, name),
        current=place(FOLDER, ""),
        older=place(FOLDER, part.older) if part and part.older else "",
        newer=place_after(FOLDER, name) if name else "",
    )


def entry(kit: Kit, issue: Issue) -> bytes:
    """One issue as an ``entry`` in UTF-8. It is published with the first of its talks."""
    from lxml import etree

    from feeds.render.mended import AtomLink, new_entry

    publication = kit.publication
    element, extension = new_entry()
    element.id(_id(kit, issue))
    element.title(said(kit.words.week(issue.week)))
    element.updated(moment(max(talk.updated for talk in issue.talks)))
    element.published(moment(min(talk.published for talk in issue.talks)))
    element.summary(kit.words.summary(issue))
    ordered = sorted(days_of(issue.talks), key=lambda day: day.date)
    html = kit.render("issue_entry.html", issue=issue, days=ordered)
    element.content(said(html), type="html")
    extension.language = publication.language
    url = kit.url(issue.path)
    extension.links.append(AtomLink(url, "alternate", "text/html", hreflang=publication.language))
    return bytes(etree.tostring(element.atom_entry(), encoding="UTF-8", pretty_print=True))


def _id(kit: Kit, issue: Issue) -> str:
    return f"{kit.publication.id}/issues/{issue.week}"
