"""Which feeds fit a page: those that list what the page shows, and no others.

What is written here stands in the page's head, where browsers and feed readers look, and the
first of each group at its foot, where people do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from feeds.model import Talk
from feeds.naming import Group, Kind, names_of
from feeds.plan import Plan
from feeds.render import atom, podcast
from feeds.render.kit import Kit

# File names of the feeds beside a page → their media types: the publication's, a group's, the
# issues'.
_MAIN = ((atom.PATH, atom.MEDIA_TYPE),)
_GROUPS: tuple[tuple[str, str], ...] = ()
_ISSUES: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as a page names it; ``path`` is below ``public/``."""

    path: str
    media_type: str
    title: str


def of_publication(kit: Kit) -> tuple[Feed, ...]:
    """Every talk; and the podcast, when there is a public one."""
    title = kit.publication.title
    found = [Feed(name, media_type, title) for name, media_type in _MAIN]
    return (*found, *_podcast(kit))


def of_group(kit: Kit, group: Group) -> tuple[Feed, ...]:
    """The talks of a tag, a speaker, an event or a language."""
    title = f"{group.name} · {kit.publication.title}"
    return tuple(Feed(group.path + name, media_type, title) for name, media_type in _GROUPS)


def of_issues(kit: Kit) -> tuple[Feed, ...]:
    """The issues."""
    title = f"{kit.words.say('Issues')} · {kit.publication.title}"
    return tuple(Feed(f"issues/{name}", media_type, title) for name, media_type in _ISSUES)


def of_talk(kit: Kit, plan: Plan, talk: Talk) -> tuple[Feed, ...]:
    """Every feed that the talk stands in: the publication's, and its groups'.

    The groups' in one format each: a reader offers all of them to choose from.
    """
    found = [feed for feed in of_publication(kit) if feed.media_type != podcast.MEDIA_TYPE]
    if kit.audio(talk):
        found += _podcast(kit)
    for group in groups_of(plan, talk):
        found += of_group(kit, group)[:1]
    return tuple(found)


def groups_of(plan: Plan, talk: Talk) -> Sequence[Group]:
    """The groups that a talk belongs to: its event, its tags, its people, its language."""
    found = [
        plan.group(kind, name)
        for kind in (Kind.EVENT, Kind.TAG, Kind.SPEAKER, Kind.LANGUAGE)
        for name in names_of(kind, talk)
    ]
    return list({group.path: group for group in found}.values())


def _podcast(kit: Kit) -> tuple[Feed, ...]:
    show = kit.show
    if show is None or show.folder:  # a private one is nobody's to find
        return ()
    title = kit.publication.podcast.title or kit.publication.title
    return (Feed(podcast.path(show), podcast.MEDIA_TYPE, f"{title} ({kit.words.say('Podcast')})"),)
