"""Which feeds fit a page: those that list what the page shows, and no others.

What is said here stands in the page's head, where browsers and feed readers look.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from feeds.model import Talk
from feeds.naming import Group, Kind, names_of
from feeds.plan import Plan
from feeds.render import FORMATS, atom, issues_feed, podcast
from feeds.render.heads import place, title_of
from feeds.render.kit import Kit
from feeds.render.newsletter import name_of


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as a page names it; ``path`` is below ``public/``."""

    path: str
    media_type: str
    title: str


def of_publication(kit: Kit) -> tuple[Feed, ...]:
    """Every talk; and the podcast, when there is a public one."""
    return (*_formats("", title_of(kit, None)), *_podcast(kit))


def of_group(kit: Kit, group: Group) -> tuple[Feed, ...]:
    """The talks of a tag, a speaker, an event or a language, where ``[feed] by`` names those."""
    # Every page of a talk of the group asks.
    known: dict[tuple[str, str], tuple[Feed, ...]] = kit.__dict__.setdefault("_group_feeds", {})
    key = group.path, group.name
    found = known.get(key)
    if found is None:
        wanted = group.kind.word in kit.publication.feed.by
        found = known[key] = _formats(group.path, title_of(kit, group)) if wanted else ()
    return found


def of_issues(kit: Kit) -> tuple[Feed, ...]:
    """The issues."""
    title = f"{name_of(kit)}: {kit.words.say('The weekly issues')}"
    return (Feed(issues_feed.PATH, atom.MEDIA_TYPE, title),)


def of_talk(kit: Kit, plan: Plan, talk: Talk) -> tuple[Feed, ...]:
    """Every feed that the talk stands in: the publication's, and its groups'.

    The groups' in one format each: a reader offers all of them to choose from.
    """
    # Every page of a talk asks.
    everywhere: tuple[Feed, ...] | None = kit.__dict__.get("_everywhere")
    if everywhere is None:
        everywhere = kit.__dict__["_everywhere"] = _formats("", title_of(kit, None))
    found = [*everywhere]
    if kit.audio(talk):
        found += _podcast(kit)
    for group in _groups_of(plan, talk):
        found += of_group(kit, group)[:1]
    return tuple(found)


def _groups_of(plan: Plan, talk: Talk) -> Sequence[Group]:
    """The groups that a talk belongs to: its event, its tags, its people, its language."""
    kinds = [Kind.EVENT, Kind.TAG, Kind.SPEAKER]
    if len(plan.groups[Kind.LANGUAGE]) > 1:  # else it is the publication once more
        kinds.append(Kind.LANGUAGE)
    found = [plan.group(kind, name) for kind in kinds for name in names_of(kind, talk)]
    return list({group.path: group for group in found}.values())


def _formats(folder: str, title: str) -> tuple[Feed, ...]:
    return tuple(Feed(place(folder, "") + form.suffix, form.media_type, title) for form in FORMATS)


def _podcast(kit: Kit) -> tuple[Feed, ...]:
    show = kit.show
    if show is None or show.folder:  # a private one is nobody's to find
        return ()
    title = kit.publication.podcast.title or kit.publication.title
    return (Feed(podcast.path(show), podcast.MEDIA_TYPE, f"{title}: {kit.words.say('Podcast')}"),)
