"""What a publication consists of: every file of the site, in units that are made on their own.

A unit has a name, a key that stands for all that its files depend on, and makes them. A build
makes those whose key is not what it was, and keeps the others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Protocol

from feeds.jobs.keys import Keys
from feeds.jobs.podcast import Shelf as AudioShelf
from feeds.jobs.records import (
    CARD,
    ITEM,
    TEXTS,
    WORDS,
    Known,
    Store,
    Where,
    digest,
    texts_of,
    words_of,
)
from feeds.lazy import ByKey
from feeds.model import Copy, Issue, Kept, Output, Talk
from feeds.naming import Group
from feeds.plan import Feed, Plan
from feeds.render import (
    FORMATS,
    cards,
    document_of,
    finding,
    pages,
    podcast,
    recordings,
)
from feeds.render.kit import Kit
from feeds.render.lists import Lists
from feeds.render.search import Index


class Unit(Protocol):
    """Some files that are made together."""

    @property
    def name(self) -> str:
        """Its own among all units."""
        ...

    @property
    def shows(self) -> Iterable[str]:
        """The slugs of the talks whose records it shows."""
        ...

    def key(self, keys: Keys) -> bytes:
        """What stands for all that it depends on."""
        ...

    def make(self, desk: "Desk") -> Iterable[Output | Copy | Kept]:
        """Its files."""
        ...


@dataclass
class Desk:
    """What units are made with. ``known``: the talks by slug; ``search``: where the index went.
    ``standing`` are paths of talks' files that stand as an earlier build left them, where lists
    show nothing else of any talk than they did then."""

    kit: Kit
    plan: Plan
    store: Store
    known: Mapping[str, Known]
    shelf: AudioShelf | None = None
    search: Where = ()
    standing: frozenset[str] = frozenset()

    @cached_property
    def lists(self) -> Lists:
        """The pages that list talks."""
        return Lists(self.kit, self.plan)

    def part(self, talk: Talk, part: str) -> bytes:
        """A part of a talk's record."""
        return self.store.get(self.known[talk.slug].where, part)


@dataclass(frozen=True, slots=True)
class TalkPage:
    """A talk's page, and what belongs to it alone: cover, card, chapters, transcripts."""

    talk: Talk
    issue: Issue

    @property
    def name(self) -> str:
        return f"talk {self.talk.slug}"

    @property
    def shows(self) -> Iterable[str]:
        return (self.talk.slug,)

    def key(self, keys: Keys) -> bytes:
        before, after = keys.plan.neighbours[self.talk.slug]
        return keys.of(keys.record(self.talk), keys.face(before), keys.face(after), self.issue.path)

    def make(self, desk: Desk) -> Iterator[Output | Kept]:
        kit, known = desk.kit, desk.known[self.talk.slug]
        data = desk.store.get(known.where, TEXTS)
        talk, body, summary = texts_of(self.talk, data, known.references)
        yield pages.talk(kit, desk.plan, self.issue, talk, body, summary[0])
        if cover := pages.cover(kit, talk):
            yield cover
        yield from recordings.beside(kit, talk)
        # On the card stands what lists show: drawing it is a third of what an edit costs.
        if (card := cards.path(talk)) in desk.standing:
            yield Kept(card)
        else:
            yield Output(card, cards.draw(cards.of_talk(kit.publication, talk)))


@dataclass(frozen=True, slots=True)
class IssuePage:
    """The page of an issue."""

    issue: Issue
    older: Issue | None
    newer: Issue | None

    @property
    def name(self) -> str:
        return f"issue {self.issue.week}"

    @property
    def shows(self) -> Iterable[str]:
        return (talk.slug for talk in self.issue.talks)

    def key(self, keys: Keys) -> bytes:
        around = (str(one.week) if one else "" for one in (self.older, self.newer))
        return keys.of(b"".join(map(keys.record, self.issue.talks)), str(self.issue.week), *around)

    def make(self, desk: Desk) -> Iterator[Output]:
        told = {talk.slug: desk.part(talk, CARD).decode() for talk in self.issue.talks}
        yield pages.issue(desk.kit, desk.plan, self.issue, told, (self.older, self.newer))


@dataclass(frozen=True, slots=True)
class GroupPage:
    """The page of a tag, a speaker, an event or a language."""

    group: Group

    @property
    def name(self) -> str:
        return f"group {self.group.path}"

    @property
    def shows(self) -> Iterable[str]:
        return ()

    def key(self, keys: Keys) -> bytes:
        return keys.of(keys.faces(self.group.talks), self.group.name)

    def make(self, desk: Desk) -> Iterator[Output]:
        yield desk.lists.group(self.group)


@dataclass(frozen=True, slots=True)
class YearPage:
    """The page of a year, by its place among the plan's."""

    number: int
    year: int
    talks: tuple[Talk, ...]

    @property
    def name(self) -> str:
        return f"year {self.year}"

    @property
    def shows(self) -> Iterable[str]:
        return ()

    def key(self, keys: Keys) -> bytes:
        years = keys.plan.years
        around = years[max(0, self.number - 1) : self.number + 2]
        return keys.of(keys.faces(self.talks), " ".join(str(year.year) for year in around))

    def make(self, desk: Desk) -> Iterator[Output]:
        yield desk.lists.year(self.number)


@dataclass(frozen=True, slots=True)
class FeedPart:
    """One document of a feed in every format, and what follows it, where it says that. The first
    is the subscription document, the last the oldest archive."""

    feed: Feed
    number: int

    @property
    def name(self) -> str:
        return f"feed {self.feed.path} {self.feed.parts[self.number].name}"

    @property
    def _talks(self) -> Iterator[Talk]:
        for part in self.feed.parts[max(0, self.number - 1) : self.number + 1]:
            yield from part.items

    @property
    def shows(self) -> Iterable[str]:
        return (talk.slug for talk in self._talks)

    def key(self, keys: Keys) -> bytes:
        feed = self.feed
        names = [(part.name, part.older) for part in feed.parts[max(0, self.number - 1) :][:2]]
        gone = [(talk.id, str(talk.updated), talk.reason) for talk in feed.withdrawn]
        group = feed.group
        head = (feed.id, feed.path, self.number, names, gone, group.name if group else "")
        shown = bool(group is None or group.talks)
        # Where one document ends and the next begins is said by the names.
        return keys.of(b"".join(map(keys.record, self._talks)), repr((head, shown)))

    def make(self, desk: Desk) -> Iterator[Output]:
        for form in FORMATS:
            fragment = partial(desk.part, part=form.suffix)
            yield from document_of(desk.kit, self.feed, self.number, form, fragment)


@dataclass(frozen=True, slots=True)
class Search:
    """The search index. ``before``: where the index lies as it was, and the talks that changed
    since, each with its number and the words that it had, when every page still has its number.
    The index is kept for the next build."""

    before: tuple[Where, Sequence[tuple[int, bytes, Talk]]] | None = None

    @property
    def name(self) -> str:
        return "search"

    @property
    def shows(self) -> Iterable[str]:
        return ()

    def key(self, keys: Keys) -> bytes:
        return keys.of(keys.contents(), keys.everything)

    def make(self, desk: Desk) -> Iterator[Output | Kept]:
        index = self._index(desk)
        yield from index.outputs()
        desk.search = desk.store.put(ByKey(index.packed(), lambda made: made()))

    def _index(self, desk: Desk) -> Index:
        if self.before:
            found = Index.opened(partial(desk.store.get, self.before[0]))
            for number, old, talk in self.before[1]:
                page, words = words_of(desk.part(talk, WORDS))
                found.exchange(number, page, words_of(old)[1], words)
            return found
        numbered = numbers_of(desk.plan)
        found = Index()
        for talk in reversed(desk.plan.talks):
            found.put(numbered[talk.slug], *words_of(desk.part(talk, WORDS)))
        for place, group in enumerate(finding.of_groups(desk.kit, desk.plan), len(numbered)):
            found.add(place, *group)
        return found


@dataclass(frozen=True, slots=True)
class Whole:
    """Files that list everything: of what talks show in lists, and of nothing else."""

    name: str
    make_it: "_Maker"

    @property
    def shows(self) -> Iterable[str]:
        return ()

    def key(self, keys: Keys) -> bytes:
        return keys.of(keys.everything)

    def make(self, desk: Desk) -> Iterable[Output | Copy | Kept]:
        return self.make_it(desk)


class _Maker(Protocol):
    def __call__(self, desk: Desk, /) -> Iterable[Output | Copy]: ...


@dataclass(frozen=True, slots=True)
class Show:
    """The podcast's feed."""

    talks: tuple[Talk, ...]

    @property
    def name(self) -> str:
        return "podcast"

    @property
    def shows(self) -> Iterable[str]:
        return (talk.slug for talk in self.talks)

    def key(self, keys: Keys) -> bytes:
        return keys.of(b"".join(map(keys.record, self.talks)))

    def make(self, desk: Desk) -> Iterator[Output]:
        if desk.kit.show:
            items = (desk.part(talk, ITEM) for talk in self.talks)
            document = podcast.document(desk.kit, desk.kit.show, self.talks, items)
            yield Output(podcast.path(desk.kit.show), b"".join(document))


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of ``content/`` that goes out as it is; ``stamp`` tells one state of it from another,
    when it is not empty."""

    copy: Copy
    stamp: str

    @property
    def name(self) -> str:
        return f"copy {self.copy.path}"

    @property
    def shows(self) -> Iterable[str]:
        return ()

    def key(self, keys: Keys) -> bytes:  # noqa: ARG002 # as other units have it
        return digest(self.copy.asset, self.stamp) if self.stamp else b""

    def make(self, desk: Desk) -> Iterator[Copy]:  # noqa: ARG002 # as other units have it
        yield self.copy


def numbers_of(plan: Plan) -> dict[str, int]:
    """Each talk's number in the search index, by slug: the oldest has the first."""
    count = len(plan.talks)
    return {talk.slug: count - place for place, talk in enumerate(plan.talks, 1)}
