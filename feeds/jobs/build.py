"""Build: everything below ``public/``, from everything below ``content/``.

What a talk is made into alone is made once (``records``), and every file is part of a unit
(``units``) whose key says what it depends on. With a memory, talks and units that are what they
were are not made again; with a crew, the others are made by several processes at once. Neither
changes a byte of what is built.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Protocol, TypeVar

from feeds import entry, transcripts
from feeds.check.documents.gate import Gate
from feeds.errors import ChangedError, ContentError, LostError, Problem
from feeds.jobs.loading import Loaded, Source, ground, placed, read_settings, with_facts
from feeds.jobs.past import Memory, Past, recalled
from feeds.jobs.podcast import Shelf, show_of, unfit_covers
from feeds.jobs.records import (
    WORDS,
    Known,
    Scratch,
    Store,
    Where,
    around,
    digest,
    record_of,
    without_texts,
)
from feeds.jobs.units import (
    Asset,
    Desk,
    Keys,
    Search,
    TalkPage,
    Unit,
    audio_of,
    units_of,
)
from feeds.model import Changes, Copy, Kept, Output, Staged, Talk
from feeds.naming import Kind
from feeds.plan import Plan, plan
from feeds.recordings import Transcript
from feeds.render import FORMATS, pages, podcast
from feeds.transcripts import Cue

_TRIES = 3
# From so many talks or units on it pays to begin other processes: see docs/speed.md.
_SHARED_FROM = 200
Thing = TypeVar("Thing")
Result = TypeVar("Result")


class Destination(Protocol):
    """Where a build goes: all of it, or nothing."""

    def hold(self) -> AbstractContextManager[object]:
        """Keep other builds out, for as long as this one lasts."""
        ...

    def write(
        self, outputs: Iterator[Output | Copy | Staged | Kept], known: frozenset[str] | None = None
    ) -> Changes:
        """Consume every output, then put those in place that differ and remove the rest.

        When ``outputs`` raises, nothing has changed. ``known``: every path that is there.
        """
        ...

    def stage(self, output: Output | Copy) -> Staged | Kept:
        """Take one output, in any process that ``write`` began."""
        ...


class Crew(Protocol):
    """Several processes, or none besides this."""

    size: int

    def share(
        self, work: Callable[[Sequence[Thing]], Result], things: Sequence[Thing]
    ) -> Iterator[tuple[int, Result]]:
        """``work`` done on portions of ``things``: the place of each portion's first, and what
        came of it, as they come."""
        ...


class _Alone:
    """A Crew of this process."""

    size = 1

    def share(
        self, work: Callable[[Sequence[Thing]], Result], things: Sequence[Thing]
    ) -> Iterator[tuple[int, Result]]:
        """One thing after the other."""
        for start, thing in enumerate(things):
            yield start, work([thing])


@dataclass(frozen=True, slots=True)
class Built:
    """What a build came to. ``missing``: paths that talks name but ``content/`` lacks.
    ``podcast_url``: where the podcast is, also a private one; empty while no talk has audio.
    ``left_out``: audio and transcripts that are not what their record says, with the reason.
    ``paths`` is all that was built, below the output folder.
    """

    loaded: Loaded
    changes: Changes
    missing: tuple[str, ...]
    podcast_url: str = ""
    left_out: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


class _Texts:
    """The transcripts of ``content/``. ``left``: those that cannot be offered, and why; a build
    does without them, for the audio is the same."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.left: list[str] = []
        # A talk is rendered at once; its transcripts are asked for a few times, then no more.
        self.cues = lru_cache(maxsize=32)(self._cues)

    def _cues(self, one: Transcript) -> tuple[Cue, ...]:
        found = self.source.transcript(one.name)
        path = f"content/recordings/{one.name}"
        said = ""
        if isinstance(found, Problem):
            said = str(found)
        else:
            try:
                if cues := transcripts.read(found, path, automatic=one.automatic):
                    return cues
                said = f"{path}: says nothing"
            except ContentError as error:
                said = str(error)
        if said not in self.left:
            self.left.append(said)
        return ()


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
    ``memory`` is damaged, without it. ``audible``: slugs of other talks whose audio is offered, for their
    chapters and transcripts.
    """

    def begin() -> Built:
        work = _Build(
            source, destination, base_url, progress, shelf, memory, crew or _Alone(), audible
        )
        with destination.hold():
            return work.run()

    for _ in range(_TRIES - 1):
        try:
            with suppress(ChangedError):
                return begin()
        except LostError:
            if memory:
                memory.clear()
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
    made: set[str] = field(default_factory=set)

    def run(self) -> Built:
        """All of it."""
        if self.memory:
            self.memory.begin()
        self.past = past = recalled(self.memory)
        self.store: Store = self.memory or Scratch()
        self.beside = self.source.beside()
        told = (self.base_url, self.beside)
        beside = past if past and self.beside and told == (past.base_url, past.beside) else None
        self.texts = _Texts(self.source)
        problems, base = ground(self.source, self.base_url, beside)
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
        self._read_talks(problems)
        if beside is None:
            self._refresh()
        loaded = self._load()
        left = self._listen(loaded, beside)
        self._make_records(loaded.plan, fresh=beside is None)
        return self._write(loaded, left)

    # Reading

    def _read_talks(self, problems: list[Problem]) -> None:
        """Every talk file that is not as it was, and all problems of all files at once."""
        past = self.past.talks if self.past and self._same_base() else {}
        to_read: list[tuple[str, str]] = []
        for found in self.source.talk_files():
            if isinstance(found, Problem):
                problems.append(found)
                continue
            path, stamp = found
            known = past.get(path)
            if known is None or not stamp or known.stamp != stamp:
                to_read.append(found)
                # Keeps its place in the order of the files.
                self.talks[path] = known or _NOTHING
            else:
                self.talks[path] = known
        self.progress(0, len(self.talks))
        for start, portion in self._shared(self._read, to_read):
            for (path, stamp), read in zip(to_read[start:], portion, strict=False):
                if isinstance(read, tuple):
                    problems.extend(read)
                else:
                    self.talks[path] = replace(read, stamp=stamp)
        if problems:
            raise ContentError(problems)

    def _same_base(self) -> bool:
        return self.past is not None and self.past.record_base == self.record_base

    def _read(self, files: Sequence[tuple[str, str]]) -> list[Known | tuple[Problem, ...]]:
        """Talk files, each as what is known of it now, or its problems."""
        found: list[Known | tuple[Problem, ...]] = []
        for path, _ in files:
            data = self.source.talk(path)
            if isinstance(data, Problem):
                found.append((data,))
                continue
            before, told = self.talks[path], digest(data)
            if before.digest == told:
                found.append(before)
                continue
            try:
                talk = entry.parse(data, path, self.kit.publication)
            except ContentError as error:
                found.append(error.problems)
                continue
            found.append(self._known(with_facts(talk, self.kit.sidecars), told))
        self.store.flush()
        return found

    def _known(self, talk: Talk, told: bytes) -> Known:
        """A talk that was just read. Where no audio has to be looked at first, its record."""
        shown = without_texts(talk) if self.slim else talk
        found = Known("", told, shown, digest(repr(shown)))
        if talk.hidden or self.heard:
            return found
        return self._with_record(found, talk)

    def _with_record(self, known: Known, talk: Talk) -> Known:
        parts, references = record_of(self.kit, talk)
        return replace(
            known, key=self._key(known), where=self.store.put(parts), references=references
        )

    def _key(self, known: Known) -> bytes:
        return digest(self.record_base, known.digest, around(self.kit, known.talk))

    def _refresh(self) -> None:
        """What sidecars say of talks that were not read again."""
        for path, known in self.talks.items():
            recording = known.talk.recording
            if recording is not None:
                talk = replace(known.talk, recording=replace(recording, duration_s=None))
                talk = with_facts(talk, self.kit.sidecars)
                if talk != known.talk:
                    face = digest(repr(talk))
                    self.talks[path] = replace(known, talk=talk, face=face)

    def _load(self) -> Loaded:
        """The plan: the last one where no talk has changed in what lists show."""
        past, publication = self.past, self.kit.publication
        talks = [known.talk for known in self.talks.values()]
        if past and past.publication == publication and self._same_faces(past):
            planned = past.plan
        else:
            try:
                planned = plan(publication, talks)
            except ContentError as error:
                raise ContentError(placed(self.source, error.problems)) from None
        self.same_plan = past is not None and planned is past.plan
        unminted = tuple(t.source for t in talks if t.id == f"{publication.id}/{t.slug}")
        drafts = sum(talk.draft for talk in talks)
        return Loaded(publication, planned, drafts, unminted, self.kit.sidecars)

    def _same_faces(self, past: Past) -> bool:
        return past.talks.keys() == self.talks.keys() and all(
            known.face == past.talks[path].face for path, known in self.talks.items()
        )

    def _listen(self, loaded: Loaded, beside: Past | None) -> tuple[str, ...]:
        """Look at the audio; what is not offered, and why."""
        shelf, talks = self.shelf, loaded.plan.talks
        if shelf is None or not self.heard:
            return ()
        if beside and self.same_plan:
            show, left = beside.show, beside.left_out
        else:
            home = read_settings(self.source).base_url
            show, left = show_of(loaded.publication, talks, loaded.sidecars, shelf, home)
        public = frozenset(show.audio) if show and not show.folder else frozenset()
        self.kit = replace(self.kit, show=show, audible=self.audible | public)
        if show and (problems := list(unfit_covers(loaded.publication, talks, show, shelf))):
            raise ContentError(problems)
        return left

    # Records

    def _make_records(self, planned: Plan, *, fresh: bool) -> None:
        """What is not yet made of a talk, or of what lies beside it now."""
        to_make: list[tuple[str, Known]] = []
        for path, known in self.talks.items():
            if known.talk.hidden:
                continue
            if fresh or not known.where or self.heard:
                key = self._key(known)
                if key != known.key or not known.where:
                    to_make.append((path, known))
        for start, portion in self._shared(self._make, to_make):
            for (path, _), known in zip(to_make[start:], portion, strict=False):
                self.talks[path] = known
        self.by_slug = {known.talk.slug: known for known in self.talks.values()}
        was = (
            {known.talk.slug: known.key for known in self.past.talks.values()} if self.past else {}
        )
        self.dirty = {
            talk.slug for talk in planned.talks if was.get(talk.slug) != self.by_slug[talk.slug].key
        }

    def _make(self, things: Sequence[tuple[str, Known]]) -> list[Known]:
        found = []
        for path, known in things:
            data = self.source.talk(path)
            if isinstance(data, Problem):
                raise ContentError([data])
            if digest(data) != known.digest:
                raise ChangedError(path, "changed while the build ran", "build again")
            talk = with_facts(entry.parse(data, path, self.kit.publication), self.kit.sidecars)
            found.append(self._with_record(known, talk))
        self.store.flush()
        return found

    # Writing

    def _write(self, loaded: Loaded, left: tuple[str, ...]) -> Built:
        planned, past = loaded.plan, self.past
        self.desk = Desk(self.kit, planned, self.store, self.by_slug, self.shelf)
        trusted = past if past and self.memory and self.memory.untouched() else None
        copied, missing = self._files(planned)
        faces = [self.by_slug[talk.slug].face for talk in planned.talks]
        frame = (
            [bool(planned.groups[kind]) for kind in Kind],
            len(planned.groups[Kind.LANGUAGE]) > 1,
            bool(planned.issues),
            self.kit.show and (self.kit.show.folder, self.kit.show.guid, bool(self.kit.audible)),
        )
        base = digest(self.record_base, repr(frame), b"" if self.slim else b"".join(faces))
        self.keys = Keys(base, planned, self.by_slug)
        self.same_base = bool(trusted and trusted.units.get("base", (b"",))[0] == base)
        self.units: dict[str, tuple[bytes, tuple[str, ...]]] = {"base": (base, ())}
        self.search: Where = trusted.search if trusted else ()

        def outputs() -> Iterator[Output | Copy | Staged | Kept]:
            yield from self._outputs(planned, trusted, copied)
            self._refuse_clashes(copied)
            if self.memory:
                self.memory.forget()

        known = frozenset(p for _, ps in trusted.units.values() for p in ps) if trusted else None
        changes = self.destination.write(outputs(), known)
        if self.memory:
            self._remember(loaded, left)
        feed = self.kit.url(podcast.path(self.kit.show)) if self.kit.show else ""
        missing -= self.made  # a link to another page of the site
        return Built(
            loaded,
            changes,
            tuple(sorted(missing)),
            feed,
            (*left, *self.texts.left),
            tuple(sorted(self.made)),
        )

    def _outputs(
        self, planned: Plan, trusted: Past | None, copied: Sequence[Asset]
    ) -> Iterator[Output | Copy | Staged | Kept]:
        """The files of every unit that is not what it was, in their order; the others are kept."""
        before = trusted.units if trusted else {}
        if self.same_base and self.same_plan:
            self.keys.everything = before["everything"][0]
        else:
            self.keys.everything = digest(self.keys.faces(planned.talks))
        self.units["everything"] = (self.keys.everything, ())
        todo: list[Unit] = []
        search = self._search(planned, trusted)
        for unit in (*units_of(self.kit, planned, search), *copied):
            name = unit.name
            was = before.get(name)
            # Where the plan is what it was, a unit is, unless it shows a talk that is not.
            key = was[0] if was and self._settled(unit) else unit.key(self.keys)
            if was and key and was[0] == key:
                self.units[name] = was
                self.made.update(was[1])
                for path in was[1]:
                    yield Kept(path)
            else:
                self.units[name] = (key, ())
                todo.append(unit)
        yield from self._made(todo, len(planned.talks))

    def _settled(self, unit: Unit) -> bool:
        if not (self.same_plan and self.same_base) or isinstance(unit, Asset):
            return False
        if isinstance(unit, Search):
            return not self.dirty
        return self.dirty.isdisjoint(unit.shows)

    def _search(self, planned: Plan, trusted: Past | None) -> Search:
        """The index: the old one with the words of a few talks exchanged, where that will do."""
        count = len(planned.talks)
        if not (trusted and trusted.search and self.same_plan and self.same_base):
            return Search(count)
        if not self.dirty or len(self.dirty) > max(32, count // 20):
            return Search(count)
        old = {known.talk.slug: known for known in trusted.talks.values()}
        changed = {
            slug: (self.store.get(old[slug].where, WORDS), self.by_slug[slug].talk)
            for slug in self.dirty
        }
        return Search(count, (self.store.get(trusted.search, _INDEX), changed))

    def _made(self, todo: Sequence[Unit], count: int) -> Iterator[Output | Copy | Staged | Kept]:
        """The files of these units. Alone, each goes out as it is made; a crew stages them itself,
        and they go out when all are made, in their order."""
        gate, done = Gate(), 0
        self._vouch(gate, todo)

        def finish(unit: Unit, paths: Sequence[str], where: Where) -> None:
            nonlocal done
            self.units[unit.name] = (self.units[unit.name][0], tuple(paths))
            self.made.update(paths)
            self.search = where or self.search
            if isinstance(unit, TalkPage):
                done += 1
                self.progress(done, count)

        if self.crew.size < 2 or len(todo) < _SHARED_FROM:
            for unit in todo:
                paths, told = [], _Told()
                for output in self._of(unit, gate, told):
                    paths.append(output.path)
                    yield output
                finish(unit, paths, told.where)
            return

        def stage(units: Sequence[Unit]) -> list[tuple[list[tuple[str, str]], Where]]:
            found = []
            for unit in units:
                told = _Told()
                staged = [
                    (one.path, one.name if isinstance(one, Staged) else "")
                    for one in map(self._stage, self._of(unit, gate, told))
                ]
                found.append((staged, told.where))
            self.store.flush()
            return found

        results: dict[int, list[tuple[str, str]]] = {}
        for start, portion in self.crew.share(stage, todo):
            for at, (staged, where) in enumerate(portion, start):
                results[at] = staged
                finish(todo[at], [path for path, _ in staged], where)
        for at in range(len(todo)):
            for path, name in results.pop(at):
                yield Staged(path, name) if name else Kept(path)

    def _stage(self, output: Output | Copy | Kept) -> Staged | Kept:
        return output if isinstance(output, Kept) else self.destination.stage(output)

    def _of(self, unit: Unit, gate: Gate, told: "_Told") -> Iterator[Output | Copy | Kept]:
        """A unit's files; ContentError for a feed that breaks a rule of its format."""
        if isinstance(unit, Search):
            index = unit.index(self.desk)
            yield from index.outputs()
            if self.memory:
                told.where = self.store.put({_INDEX: index.packed()})
            return
        for output in unit.make(self.desk):
            if isinstance(output, Output) and (problems := gate.problems(output.path, output.data)):
                raise ContentError(problems)
            yield output

    def _vouch(self, gate: Gate, todo: Sequence[Unit]) -> None:
        """What went through the gate in an earlier build is not looked at again."""
        if not self.past:
            return
        for slug in {slug for unit in todo for slug in unit.shows} - self.dirty:
            for form in FORMATS:
                gate.vouch(self.store.get(self.by_slug[slug].where, form.suffix))

    def _files(self, planned: Plan) -> tuple[list[Asset], set[str]]:
        """The files of ``content/`` that are shown, and those that are named and not there."""
        kit, found, missing, covers = self.kit, set[str](), set[str](), dict[str, str]()
        for talk in planned.talks:
            references = self.by_slug[talk.slug].references
            if references or talk.slides:
                here, gone = kit.files_of(talk, references)
                found |= here
                missing |= gone
            if thumbnail := kit.thumbnail(talk):
                covers[pages.cover_path(kit, talk)] = thumbnail
        image = kit.publication.podcast.image if kit.show else ""
        for path in (kit.publication.icon, kit.publication.logo, image):
            if path and "://" not in path:
                (found if path in kit.assets else missing).add(path)
        copies = [Copy(path, path) for path in sorted(found)]
        copies += [Copy(path, asset) for path, asset in sorted(covers.items())]
        copied = [Asset(copy, kit.assets[copy.asset].stamp) for copy in copies]
        # What was made may be replaced at any time, and is looked at in each build.
        return [*copied, *(Asset(copy, "") for copy in audio_of(self.desk))], missing

    def _refuse_clashes(self, copied: Sequence[Asset]) -> None:
        """ContentError for files of ``content/`` that would replace a page of the site."""
        own = [one.copy.path for one in copied if one.copy.path == one.copy.asset]
        if not own:
            return
        others = {
            path
            for name, (_, paths) in self.units.items()
            if not name.startswith("copy ")
            for path in paths
        }
        folders = {folder for path in others for folder in _folders(path)}
        if clashes := [
            path
            for path in own
            if path in others or path in folders or not others.isdisjoint(_folders(path))
        ]:
            raise ContentError(
                Problem(f"content/{path}", 0, "", "would replace a page of the site", "rename it")
                for path in clashes
            )

    def _remember(self, loaded: Loaded, left: tuple[str, ...]) -> None:
        """Keep what the next build can use."""
        if self.memory is None:
            return
        past = Past(
            self.base_url,
            self.beside,
            self.record_base,
            loaded.publication,
            loaded.sidecars,
            self.kit.assets,
            loaded.plan,
            self.kit.show,
            left,
            self.talks,
            self.units,
            self.search,
        )
        if self.memory.crowded(past.places):
            move = self.memory.move
            past.search = move(past.search) if past.search else ()
            past.talks = {
                path: replace(known, where=move(known.where)) if known.where else known
                for path, known in past.talks.items()
            }
        self.memory.keep(past, past.places)

    def _shared(
        self, work: Callable[[Sequence[Thing]], Result], things: Sequence[Thing]
    ) -> Iterator[tuple[int, Result]]:
        crew = self.crew if len(things) >= _SHARED_FROM else _Alone()
        return crew.share(work, things)


@dataclass(slots=True)
class _Told:
    """Where a unit has put something for the next build."""

    where: Where = ()


_INDEX = "index"
_NOTHING = Known("", b"", Talk("", "", "", *(None,) * 3, ""), b"")  # type: ignore[arg-type] # a place


def _folders(path: str) -> list[str]:
    """``a/b/c`` → ``a``, ``a/b``: what must be folders for the file to stand there."""
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
