"""Units → files: here, one after the other, or by a crew; and through the gate."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from feeds.check.documents.gate import Gate
from feeds.errors import ContentError, Problem
from feeds.jobs.records import Where
from feeds.jobs.taking import Crew
from feeds.jobs.units import Desk, TalkPage, Unit
from feeds.model import Copy, Document, Kept, Output, Staged


class Making:
    """Makes units. ``stage`` takes a file in any process; ``progress`` is called after talks'
    pages: done, of how many. ``made``: each unit's paths, by its name; ``search``: where the search
    index was put, when it was made.
    """

    def __init__(
        self,
        desk: Desk,
        stage: Callable[[Output | Copy], Staged | Kept],
        crew: Crew,
        progress: Callable[[int, int], None],
    ) -> None:
        self._desk, self._stage, self._crew, self._progress = desk, stage, crew, progress
        self._gate, self._done = Gate(), 0
        self.made: dict[str, tuple[str, ...]] = {}
        self.search: Where = ()

    @property
    def paths(self) -> set[str]:
        """Every path that was made."""
        return {path for some in self.made.values() for path in some}

    def vouch(self, slugs: Iterable[str]) -> None:
        """Take the fragments of these talks as sound."""
        self._gate.vouch(slugs)

    def outputs(self, units: Sequence[Unit]) -> Iterator[Output | Copy | Staged | Kept]:
        """The files of these units. Alone, each goes out as it is made; a crew stages them itself,
        and they go out when all are made, in their order. ContentError for a feed that breaks a
        rule of its format."""
        if self._crew.worth(len(units)):
            yield from self._shared(units)
            return
        for unit in units:
            paths = []
            for output in self._of(unit):
                paths.append(output.path)
                yield output
            self._finish(unit, paths, self._desk.search)

    def _shared(self, units: Sequence[Unit]) -> Iterator[Staged | Kept]:
        def stage(some: Sequence[Unit]) -> tuple[list[list[Staged | Kept]], Where]:
            found = [
                [one if isinstance(one, Kept) else self._stage(one) for one in self._of(unit)]
                for unit in some
            ]
            self._desk.store.flush()
            return found, self._desk.search

        results: dict[int, list[Staged | Kept]] = {}
        for start, (portion, search) in self._crew.share(stage, units):
            for at, staged in enumerate(portion, start):
                results[at] = staged
                self._finish(units[at], [one.path for one in staged], search)
        for at in range(len(units)):
            yield from results.pop(at)

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

    def _finish(self, unit: Unit, paths: Sequence[str], search: Where) -> None:
        self.made[unit.name] = tuple(paths)
        self.search = search or self.search
        if isinstance(unit, TalkPage):
            self._done += 1
            self._progress(self._done, len(self._desk.plan.talks))
