"""Build: everything below ``public/``, from everything below ``content/``.

What a talk is made into alone is made once (``records``), and every file is part of a unit
(``units``) whose key says what it depends on. With a memory, talks and units that are what they
were are not made again; with a crew, the others are made by several processes at once. Neither
changes a byte of what is built.
"""

from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from feeds.errors import ChangedError, ContentError, LostError, Problem
from feeds.jobs.brief import numbers_of as numbers_of_plan
from feeds.jobs.brief import table_of
from feeds.jobs.brought import Texts, brought, refuse_clashes
from feeds.jobs.built import Built, Destination
from feeds.jobs.editing import Edit
from feeds.jobs.keys import Keys, base_of
from feeds.jobs.loading import Loaded, Source, ground, placed, read_settings
from feeds.jobs.made import Noted, Paths, Units, has_key, joined, key_of, made, paths_of
from feeds.jobs.making import Making
from feeds.jobs.past import (
    Briefly,
    Ground,
    Memory,
    Past,
    named,
    places_of,
    portions,
    recalled,
    recalled_briefly,
)
from feeds.jobs.podcast import Shelf, show_of, unfit_covers
from feeds.jobs.records import (
    WORDS,
    Known,
    Scratch,
    Store,
    Where,
    digest,
)
from feeds.jobs.site import units_of, units_showing
from feeds.jobs.taking import Alone, Crew, Taking
from feeds.jobs.units import Asset, Desk, Search, Unit, numbers_of
from feeds.model import Copy, Kept, Output, Staged
from feeds.plan import Plan, plan
from feeds.render import podcast, recordings

_TRIES = 3


def build(
    source: Source,
    destination: Destination,
    base_url: str = "",
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    shelf: Shelf | None = None,
    memory: Memory | None = None,
    crew: Crew | None = None,
    audible: frozenset[str] = frozenset(),
) -> Built:
    """Read, plan, render, write. ``progress`` is called after some talks: done, of how many.

    ContentError where a feed would break a rule of its format: then nothing is written.

    The ``shelf`` holds audio; without one there is no podcast and no enclosure. When a fetch
    replaces a file while it is built, the build begins again, at most twice; so it does when the
    ``memory`` is damaged or cannot be written to, without it. ``audible``: slugs of other talks
    whose audio is offered, for their chapters and transcripts.
    """

    def begin() -> Built:
        # Without a memory there is no store that other processes could write to.
        given = crew if memory and crew else Alone()
        work = _Build(source, destination, base_url, progress, shelf, memory, given, audible)
        try:
            with destination.hold():
                return work.run()
        finally:
            if memory:
                memory.close()

    for _ in range(_TRIES - 1):
        try:
            with suppress(ChangedError):
                return begin()
        except LostError:
            if memory:
                memory.clear()
            memory = None
    return begin()


@dataclass
class _Build:
    """One build, from its beginning to its end."""

    source: Source
    destination: Destination
    base_url: str
    progress: Callable[[int, int], None]
    shelf: Shelf | None
    memory: Memory | None
    crew: Crew
    audible: frozenset[str]
    talks: dict[str, Known] = field(default_factory=dict)

    def run(self) -> Built:
        """All of it."""
        if self.memory:
            self.memory.begin()
        brief = recalled_briefly(self.memory)
        self.beside = self.source.beside()
        told = (self.base_url, self.beside)
        same = brief is not None and self.beside and told == (brief.base_url, brief.beside)
        problems = self._stand(brief.ground if brief and same else None)
        if self.memory and brief and same and self.slim and not self.heard and not self.audible:
            edit = Edit(
                *(self.source, self.destination, self.memory, brief, self.kit, self.record_base),
                self.progress,
            )
            if done := edit.run():
                return done
            self.memory.close()  # what was stored for that is nobody's
        self.past = past = recalled(self.memory, brief)
        self.store: Store = self.memory or Scratch()
        if self.memory:
            self.memory.tidy(places_of(past.talks, past.brief.search) if past else ())
        beside = past if past and same else None
        if same and not past:
            problems = self._stand(None)
        self.same_ground = beside is not None
        return self._make(problems, past, beside)

    def _stand(self, known: Ground | None) -> list[Problem]:
        """See to what all talks stand on; what is wrong with it."""
        self.texts = Texts(self.source)
        problems, base = ground(self.source, self.base_url, known)
        self.kit = replace(base, cues=self.texts.cues)
        own = [one for one in self.kit.templates.values() if one.own]
        # A template of somebody's own may show anything of a talk anywhere.
        self.slim = not any(one.path.endswith(".html") for one in own)
        publication = self.kit.publication
        pictures = [
            self.kit.picture_url(one)
            for one in (publication.icon, publication.logo, publication.podcast.image)
        ]
        sources = sorted(f"{one.path}\n{one.source}" for one in own)
        self.record_base = digest(repr((publication, sources, pictures)))
        self.kit = replace(self.kit, audible=self.audible)
        self.heard = self.shelf is not None and any(one.audio for one in self.kit.sidecars.values())
        return problems

    def _make(self, problems: list[Problem], past: Past | None, beside: Past | None) -> Built:
        """What is not as it was."""
        self.past_talks = past.talks if past else {}
        same = past is not None and past.brief.record_base == self.record_base
        known = self.past_talks if same else {}
        taking = Taking(
            *(self.source, self.store, self.crew, self.kit, self.record_base, known),
            slim=self.slim,
            # Nothing is made where something is wrong already.
            heard=self.heard or bool(problems),
        )
        taking.read(problems, self.progress)
        if beside is None:
            taking.refresh()
        self.talks = taking.talks
        loaded = self._load()
        left = self._listen(loaded, beside)
        taking.kit = self.kit
        taking.make(fresh=beside is None)
        self.by_slug = {known.talk.slug: known for known in self.talks.values()}
        was = {one.talk.slug: one.key for one in self.past_talks.values()}
        # Of a first build all are, and nobody asks.
        self.dirty = {
            talk.slug
            for talk in (loaded.plan.talks if past else ())
            if was.get(talk.slug) != self.by_slug[talk.slug].key
        }
        return self._write(loaded, left)

    def _load(self) -> Loaded:
        """The plan, and what there is to tell of it."""
        past, publication = self.past, self.kit.publication
        talks = [known.talk for known in self.talks.values()]
        try:
            planned = plan(publication, talks)
        except ContentError as error:
            raise ContentError(placed(self.source, error.problems)) from None
        same = past is not None and past.brief.ground.publication == publication
        self.same_plan = same and self._same_faces()
        unminted = tuple(t.source for t in talks if t.id == f"{publication.id}/{t.slug}")
        drafts = sum(talk.draft for talk in talks)
        return Loaded(publication, planned, drafts, unminted, self.kit.sidecars)

    def _same_faces(self) -> bool:
        before = self.past_talks
        return before.keys() == self.talks.keys() and all(
            known is before[path] or known.face == before[path].face
            for path, known in self.talks.items()
        )

    def _listen(self, loaded: Loaded, beside: Past | None) -> tuple[str, ...]:
        """Look at the audio; what is not offered, and why."""
        shelf, talks = self.shelf, loaded.plan.talks
        # A private podcast moves with the key, which is no file that is looked at here.
        private = loaded.publication.podcast.private
        same = beside if self.same_plan and not private else None
        show, left = (same.brief.ground.show, same.brief.left_out) if same else (None, ())
        if shelf is not None and self.heard and not same:
            home = read_settings(self.source).base_url
            show, left = show_of(loaded.publication, talks, loaded.sidecars, shelf, home)
            if show and (problems := list(unfit_covers(loaded.publication, talks, show, shelf))):
                raise ContentError(problems)
        public = frozenset(show.audio) if show and not show.folder else frozenset()
        self.kit = replace(self.kit, show=show, audible=self.audible | public)
        if same:
            return left
        for talk in talks:
            if talk.slug in self.kit.audible:
                recordings.transcripts_of(self.kit, talk)  # for what is wrong with them
        return (*left, *self.texts.left)

    def _write(self, loaded: Loaded, left: tuple[str, ...]) -> Built:
        planned, past = loaded.plan, self.past
        self.desk = Desk(self.kit, planned, self.store, self.by_slug, self.shelf)
        trusted = past.brief if past and self.memory and self.memory.untouched() else None
        copied, missing = brought(self.desk)
        # Where templates may show anything, everything of every talk, and what lies beside it.
        some = () if self.slim else self.talks.values()
        faces = b"".join([known.face + known.key for known in some])
        base = base_of(self.record_base, self.kit, planned, faces)
        self.keys = Keys(base, planned, self.by_slug)
        before = trusted.units if trusted else {}
        # Where nothing that lists show has changed, only those files can that show a talk whole.
        self.settled = self.same_plan and has_key(before.get("base"), base)
        self.units: Units = {"base": made(base)}
        if self.settled:
            own = (before.get(f"talk {slug}") for slug in self.dirty)
            self.desk.standing = frozenset(path for unit in own for path in paths_of(unit))
        todo, keys = self._todo(planned, trusted, copied)
        shown_as = self.keys.faces(planned.talks)
        del self.keys  # of all talks and groups, and nobody asks again
        gone: set[str] = set()
        if before:
            gone.update(path for unit in todo for path in paths_of(before.get(unit.name)))
            there = self.units.keys() | {unit.name for unit in todo}
            gone.update(p for name in before.keys() - there for p in paths_of(before[name]))
        # Of what was made before, the new is asked for by name.
        noted = Noted(self.units)
        note = self.units.__setitem__ if trusted else noted.note
        making = Making(self.desk, self.destination.stage, self.crew, self.progress, note)
        making.vouch(_Sound(self.by_slug, self.dirty if past else None))
        plain = [one.copy.path for one in copied if one.copy.path == one.copy.asset]

        def outputs() -> Iterator[Output | Copy | Staged | Kept]:
            yield from making.outputs(todo, keys)
            refuse_clashes(plain, noted)
            if self.memory:
                self.memory.forget()

        changes = self.destination.write(outputs(), frozenset(gone) if trusted else None)
        touched = None
        if trusted and gone == {p for one in todo for p in paths_of(self.units[one.name])}:
            touched = tuple(gone)
        # Of three units a talk; and nobody asks for talks by their slugs any more.
        todo, keys = (), b""
        self.by_slug.clear()
        paths = Paths(noted)
        feed = self.kit.url(podcast.path(self.kit.show)) if self.kit.show else ""
        if missing:
            missing.difference_update(paths)  # a link to another page of the site
        if self.memory:
            search = making.search or (trusted.search if trusted else ())
            told = {"drafts": loaded.drafts, "unminted": loaded.unminted, "own": plain}
            told["missing"] = tuple(sorted(missing))
            self._remember(self.memory, loaded, (left, search, shown_as, told, len(paths)), noted)
        return Built(
            loaded,
            replace(changes, unchanged=len(paths) - changes.written),
            tuple(sorted(missing)),
            feed,
            left,
            paths,
            touched,
            known=trusted is not None,
        )

    def _todo(
        self, planned: Plan, trusted: Briefly | None, copied: Sequence[Asset]
    ) -> tuple[Sequence[Unit], bytes]:
        """The units that are not what they were, and their keys, joined; the others are kept."""
        before, search = trusted.units if trusted else {}, self._search(planned, trusted)
        if self.settled:
            self.keys.everything = key_of(before["everything"])
            some = units_showing(self.kit, planned, self.dirty, search) if self.dirty else ()
            self.units |= {name: was for name, was in before.items() if name[:5] != "copy "}
            units: Sequence[Unit] = [*some, *copied]
        else:
            # Withdrawn talks have a feed still, and a place in its lists.
            gone = [known.face for known in self.talks.values() if known.talk.withdrawn]
            self.keys.everything = digest(self.keys.faces(planned.talks), *gone)
            self.units["everything"] = made(self.keys.everything)
            units = units_of(self.kit, planned, search, copied)
        todo: list[Unit] = []
        keys = bytearray()
        for unit in units:
            key = unit.key(self.keys)
            was = before.get(unit.name) if before else None
            if was is not None and has_key(was, key):
                self.units[unit.name] = was
            else:
                keys += joined([key])
                if before:
                    todo.append(unit)
        return todo if before else units, bytes(keys)

    def _search(self, planned: Plan, trusted: Briefly | None) -> Search:
        """The index: the old one with the words of a few talks exchanged, where that will do."""
        few = 0 < len(self.dirty) <= max(32, len(planned.talks) // 20)
        if not (few and self.settled and trusted and trusted.search):
            return Search()
        old = {known.talk.slug: known for known in self.past_talks.values()}
        numbered = numbers_of(planned)
        changed = [
            (numbered[slug], self.store.get(old[slug].where, WORDS), self.by_slug[slug].talk)
            for slug in sorted(self.dirty)
        ]
        return Search((trusted.search, changed))

    def _remember(
        self,
        memory: Memory,
        loaded: Loaded,
        found: tuple[tuple[str, ...], Where, bytes, dict[str, Any], int],
        units: Noted,
    ) -> None:
        """Keep what the next build can use."""
        kit, talks = self.kit, self.talks
        left, search, shown_as, more, count = found
        if memory.crowded(places_of(talks, search)):
            move = memory.move
            search = move(search) if search else ()
            talks = {
                path: replace(known, where=move(known.where)) if known.where else known
                for path, known in talks.items()
            }
        ground = Ground(loaded.publication, loaded.sidecars, kit.assets, kit.show)
        slugs = [talk.slug for talk in loaded.plan.talks]

        def plain() -> Iterator[tuple[str, Any]]:
            # Each made when it is written: all of them take as much as the talks.
            yield from named("table", table_of(talks, slugs, shown_as))
            number = {known.talk.slug: at for at, known in enumerate(talks.values())}
            # Nobody asks any more, and the rest takes as much.
            talks.clear()
            self.talks.clear()
            yield from named("numbers", numbers_of_plan(loaded.plan, number))
            yield from (("units", dict(some)) for some in portions(units))
            yield "told", more

        told = (self.base_url, self.beside, self.record_base, left, search)
        places = places_of(talks, search)
        memory.keep((portions(talks), [ground], plain()), (*told, {}, {}, count), places)


@dataclass(frozen=True, slots=True)
class _Sound(Container[str]):
    """The slugs of talks whose fragments went through the gate, when they were made, or in an
    earlier build, where ``dirty`` are those that are not as that left them."""

    talks: Mapping[str, Known]
    dirty: Collection[str] | None

    def __contains__(self, slug: object) -> bool:
        known = self.talks.get(slug)  # type: ignore[call-overload] # None for what is no text
        return known is not None and (
            known.sound or (self.dirty is not None and slug not in self.dirty)
        )
