"""Units → files: here, one after the other, or by a crew; and through the gate."""

import marshal
import zlib
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from itertools import groupby, islice

from feeds.check.documents.gate import Gate
from feeds.errors import ContentError, Problem
from feeds.jobs.made import digest_at, made
from feeds.jobs.records import Where
from feeds.jobs.taking import Crew
from feeds.jobs.units import Desk, FeedPart, GroupPage, IssuePage, Search, TalkPage, Unit, Whole
from feeds.model import Copy, Document, Kept, Output, Staged

# So many talks' pages are made together.
_PORTION = 32
_SOME = 64
# So many talks on one page make it a large one.
_MANY = 5_000


class Making:
    """Makes units. ``stage`` takes a file in any process; ``progress`` is called after talks'
    pages: done, of how many. ``note`` is told each unit's name, and what there is to keep of it;
    ``search``: where the search index was put, when it was made.
    """

    def __init__(
        self,
        desk: Desk,
        stage: Callable[[Output | Copy], Staged | Kept],
        crew: Crew,
        progress: Callable[[int, int], None],
        note: Callable[[str, bytes], None],
    ) -> None:
        self._desk, self._stage, self._crew, self._progress = desk, stage, crew, progress
        self._gate, self._done = Gate(), 0
        self._told = note
        self.search: Where = ()

    def vouch(self, slugs: Container[str]) -> None:
        """Take the fragments of these talks as sound."""
        self._gate.vouch(slugs)

    def outputs(
        self, units: Sequence[Unit], keys: bytes
    ) -> Iterator[Output | Copy | Staged | Kept]:
        """The files of these units, of which ``keys`` are the keys, joined. Alone, each goes out as
        it is made; a crew stages them itself, and they go out when all are made, in their order.
        ContentError for a feed that breaks a rule of its format."""
        if self._crew.worth(len(units)):
            yield from self._shared(units, keys)
            return
        at = 0
        for some in _together(units):
            for unit, files in zip(some, self._files(some), strict=True):
                paths = []
                for output in files:
                    paths.append(output.path)
                    yield output
                self._note(unit, keys, at, paths)
                self._finish(unit, self._desk.search)
                at += 1

    def _shared(self, units: Sequence[Unit], keys: bytes) -> Iterator[Staged | Kept]:
        def stage(some: Sequence[Unit]) -> tuple[int, bytes, Where]:
            found = [
                [one if isinstance(one, Kept) else self._stage(one) for one in files]
                for these in _together(some)
                for files in self._files(these)
            ]
            self._desk.store.flush()
            return len(found), _packed(found), self._desk.search

        self._begin(units)
        # Until all are made: hundreds of thousands of files, of which nobody wants to know yet.
        results: dict[int, bytes] = {}
        large = [at for at, unit in enumerate(units) if _is_large(unit)]
        for start, (count, staged, search) in self._crew.share(stage, units, large, warm=True):
            results[start] = staged
            for unit in units[start : start + count]:
                self._finish(unit, search)
        for start in sorted(results):
            for at, files in enumerate(_unpacked(results.pop(start)), start):
                self._note(units[at], keys, at, [one.path for one in files])
                yield from files

    def _files(self, units: Sequence[Unit]) -> list[Iterable[Output | Copy | Kept]]:
        """Each unit's files. Of several the first of each is made before the next: what makes it
        stays in the processor's caches meanwhile, which saves a fifth."""
        made = [self._of(unit) for unit in units]
        if len(made) == 1:
            return [*made]
        found: list[list[Output | Copy | Kept]] = [[] for _ in units]
        waiting = list(zip(made, found, strict=True))
        while waiting:
            waiting = [(more, files) for more, files in waiting if _one_more(more, files)]
        return [*found]

    def _begin(self, units: Sequence[Unit]) -> None:
        """Make one unit of each small kind, for nobody: templates, letters and rules are read and
        compiled here once, and not by each process that begins."""
        kinds = (TalkPage, IssuePage, GroupPage, FeedPart)
        for kind in kinds:
            # None that shows many talks.
            some = islice((unit for unit in units if isinstance(unit, kind)), _SOME)
            if unit := min(some, key=_size, default=None):
                deque(self._of(unit), 0)

    def _of(self, unit: Unit) -> Iterator[Output | Copy | Kept]:
        for output in unit.make(self._desk):
            if isinstance(output, Output):
                problems = self._problems(output)
                if problems:
                    raise ContentError(problems)
            yield output

    def _problems(self, output: Output) -> list[Problem]:
        if isinstance(output, Document):
            return self._gate.document(output)
        return self._gate.problems(output.path, output.data)

    def _note(self, unit: Unit, keys: bytes, at: int, paths: Sequence[str]) -> None:
        self._told(unit.name, made(digest_at(keys, at), paths))

    def _finish(self, unit: Unit, search: Where) -> None:
        self.search = search or self.search
        if isinstance(unit, TalkPage):
            self._done += 1
            self._progress(self._done, len(self._desk.plan.talks))


def _together(units: Sequence[Unit]) -> Iterator[Sequence[Unit]]:
    """The units in their order; talks' pages, which are small, in portions."""
    for talks, some in groupby(units, lambda unit: isinstance(unit, TalkPage)):
        while portion := list(islice(some, _PORTION if talks else 1)):
            yield portion


def _one_more(made: Iterator[Output | Copy | Kept], files: list[Output | Copy | Kept]) -> bool:
    """Whether there was one more to put to the others."""
    one = next(made, None)
    if one is not None:
        files.append(one)
    return one is not None


def _is_large(unit: Unit) -> bool:
    """Whether it takes more memory than others where there are many talks."""
    if isinstance(unit, GroupPage):
        return len(unit.group.talks) > _MANY
    return isinstance(unit, Search | Whole)


def _size(unit: Unit) -> int:
    """How many talks it shows, whole or in a list."""
    return len(unit.group.talks) if isinstance(unit, GroupPage) else len(tuple(unit.shows))


def _packed(units: Sequence[Sequence[Staged | Kept]]) -> bytes:
    """The files of some units as bytes; a kept one has an empty name in the stage."""
    told = [
        [(one.path, one.name if isinstance(one, Staged) else "") for one in files]
        for files in units
    ]
    return zlib.compress(marshal.dumps(told), 1)


def _unpacked(data: bytes) -> Iterator[list[Staged | Kept]]:
    for files in marshal.loads(zlib.decompress(data)):  # noqa: S302 # our own, a moment ago
        yield [Staged(path, name) if name else Kept(path) for path, name in files]
