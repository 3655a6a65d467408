"""The talks of a build: their files read, and what is made of each alone.

Both at once where nothing else has to be known first, and of files that changed alone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol, TypeVar

from feeds import entry
from feeds.check.documents.gate import Gate
from feeds.check.documents.shapes import Shapes
from feeds.errors import ChangedError, ContentError, Problem
from feeds.jobs.loading import Source, with_facts
from feeds.jobs.records import Known, Store, around, digest, records_of, without_texts
from feeds.jobs.sharing import Shared
from feeds.model import Talk
from feeds.render import FORMATS, frames_of
from feeds.render.kit import Kit

# So many talks are looked at together: enough that what stands around them costs nothing.
_PORTION = 32
Thing = TypeVar("Thing")
Result = TypeVar("Result")


class Crew(Protocol):
    """Several processes, or none besides this."""

    def worth(self, count: int) -> bool:
        """Whether it pays to share out so many things."""
        ...

    def share(
        self,
        work: Callable[[Sequence[Thing]], Result],
        things: Sequence[Thing],
        large: Sequence[int] = (),
        *,
        warm: bool = False,
    ) -> Iterator[tuple[int, Result]]:
        """``work`` done on portions of ``things``: the place of each portion's first, and what
        came of it, as they come. ``large``: the places of those that take more memory than
        others. ``warm``: what is compiled once was used before."""
        ...


class Alone:
    """A Crew of this process."""

    def worth(self, count: int) -> bool:  # noqa: ARG002 # it never does
        """Whether it pays to share out so many things."""
        return False

    def share(
        self,
        work: Callable[[Sequence[Thing]], Result],
        things: Sequence[Thing],
        large: Sequence[int] = (),  # noqa: ARG002 # here none comes first
        *,
        warm: bool = False,  # noqa: ARG002 # nobody begins anew
    ) -> Iterator[tuple[int, Result]]:
        """One portion after the other."""
        for start in range(0, len(things), _PORTION):
            yield start, work(things[start : start + _PORTION])


@dataclass
class Taking:
    """Takes in the talks. ``known`` is what the last build knew of them, by path; ``base`` stands
    for what is the same for every record.

    ``slim`` talks are without their texts, where only their own record shows them. Where some are
    ``heard``, their audio is looked at before anything is made of them.
    """

    source: Source
    store: Store
    crew: Crew
    kit: Kit
    base: bytes
    known: dict[str, Known]
    slim: bool
    heard: bool
    talks: dict[str, Known] = field(default_factory=dict)
    # Fragments that were made and not yet looked at, by their format's suffix and the talk's slug.
    _made: dict[str, dict[str, bytes]] = field(default_factory=dict, init=False)
    _shapes: Shapes = field(default_factory=Shapes, init=False)

    def read(self, problems: list[Problem], progress: Callable[[int, int], None]) -> None:
        """Every talk file that is not as it was, and all problems of all files at once."""
        to_read: list[tuple[str, str]] = []
        for found in self.source.talk_files():
            if isinstance(found, Problem):
                problems.append(found)
                continue
            path, stamp = found
            known = self.known.get(path)
            if known is None or not stamp or known.stamp != stamp:
                to_read.append(found)
                # Keeps its place in the order of the files.
                self.talks[path] = known or _NOTHING
            else:
                self.talks[path] = known
        progress(0, len(self.talks))
        shared = Shared()
        for start, portion in self._shared(self._read, to_read):
            for (path, stamp), read in zip(to_read[start:], portion, strict=False):
                if isinstance(read, tuple):
                    problems.extend(read)
                else:
                    self.talks[path] = shared.known(read, path, stamp)
        if problems:
            raise ContentError(problems)

    def again(self, files: Sequence[tuple[str, str]], known: Mapping[str, Known]) -> list[Known]:
        """These files, read, where nothing is wrong with any of them: what is ``known`` of a talk
        whose bytes are what they were. ContentError else."""
        self.talks = dict(known)
        found: list[Known] = []
        shared = Shared()
        for (path, stamp), read in zip(files, self._read(files), strict=True):
            if isinstance(read, tuple):
                raise ContentError(read)
            found.append(shared.known(read, path, stamp))
        return found

    def _read(self, files: Sequence[tuple[str, str]]) -> list[Known | tuple[Problem, ...]]:
        """Talk files, each as what is known of it now, or its problems."""
        found: list[Known | tuple[Problem, ...]] = []
        read: list[tuple[int, Talk]] = []
        datas = [self.source.talk(path) for path, _ in files]
        for (path, _), data in zip(files, datas, strict=True):
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
            talk = with_facts(talk, self.kit.sidecars)
            shown = without_texts(talk) if self.slim else talk
            read.append((len(found), talk))
            found.append(Known("", told, shown, digest(repr(shown))))
        # Where audio has to be looked at first, nothing is made of any.
        if not self.heard:
            read = [(place, talk) for place, talk in read if not talk.hidden]
            self._with_records(found, read)
        self.store.flush()
        return found if self._are_sound() else [_unseen(one) for one in found]

    def _with_records(self, found: list[Any], talks: Sequence[tuple[int, Talk]]) -> None:
        """The records of ``talks``, each noted with what is ``found`` of it, by its place there."""
        records = records_of(self.kit, [talk for _, talk in talks])
        for (place, talk), (parts, references) in zip(talks, records, strict=True):
            for form in FORMATS:
                self._made.setdefault(form.suffix, {})[talk.slug] = parts[form.suffix]
            found[place] = replace(
                found[place],
                key=self._key(found[place]),
                where=self.store.put(parts),
                references=references,
                sound=True,
            )

    def _key(self, known: Known) -> bytes:
        return digest(self.base, known.digest, around(self.kit, known.talk))

    def refresh(self) -> None:
        """What sidecars say of talks that were not read again."""
        for path, known in self.talks.items():
            recording = known.talk.recording
            if recording is not None:
                talk = replace(known.talk, recording=replace(recording, duration_s=None))
                talk = with_facts(talk, self.kit.sidecars)
                if talk != known.talk:
                    face = digest(repr(talk))
                    # Its record says what it was.
                    self.talks[path] = replace(known, talk=talk, face=face, where=())

    def make(self, *, fresh: bool) -> None:
        """Make what is not yet made of a talk and of what lies beside it now; where that may be
        another than it was, it is ``fresh``."""
        to_make: list[tuple[str, Known]] = []
        for path, known in self.talks.items():
            if known.talk.hidden:
                continue
            if fresh or not known.where or self.heard:
                key = self._key(known)
                if key != known.key or not known.where:
                    to_make.append((path, known))
        shared = Shared()
        for start, portion in self._shared(self._make, to_make):
            for (path, _), known in zip(to_make[start:], portion, strict=False):
                self.talks[path] = shared.known(known, path, known.stamp)

    def _make(self, things: Sequence[tuple[str, Known]]) -> list[Known]:
        found, talks = [known for _, known in things], []
        for place, (path, known) in enumerate(things):
            data = self.source.talk(path)
            if isinstance(data, Problem):
                raise ContentError([data])
            if digest(data) != known.digest:
                raise ChangedError(path, "changed while the build ran", "build again")
            talk = with_facts(entry.parse(data, path, self.kit.publication), self.kit.sidecars)
            talks.append((place, talk))
        self._with_records(found, talks)
        self.store.flush()
        return found if self._are_sound() else [replace(one, sound=False) for one in found]

    def _are_sound(self) -> bool:
        """Whether the gate says nothing of the fragments of a portion of talks, which are looked at
        together, once for all documents that list them. What it says of others is said of their
        documents."""
        made, self._made = self._made, {}
        return all(
            Gate(self._shapes).are_sound(
                suffix, self._frames[suffix][0], some, self._frames[suffix][1]
            )
            for suffix, some in made.items()
        )

    @cached_property
    def _frames(self) -> dict[str, tuple[bytes, bytes]]:
        return frames_of(self.kit)

    def _shared(
        self, work: Callable[[Sequence[Thing]], Result], things: Sequence[Thing]
    ) -> Iterator[tuple[int, Result]]:
        crew = self.crew if self.crew.worth(len(things)) else Alone()
        return crew.share(work, things)


def _unseen(one: Known | tuple[Problem, ...]) -> Known | tuple[Problem, ...]:
    return replace(one, sound=False) if isinstance(one, Known) else one


_NOTHING = Known("", b"", Talk("", "", "", *(None,) * 3, ""), b"")  # type: ignore[arg-type] # a place
