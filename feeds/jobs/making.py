"""Units → files: here, one after the other, or by a crew; and through the gate."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from feeds.check.documents.gate import Gate
from feeds.errors import ContentError, Problem
from feeds.jobs.made import Units, key_of, made
from feeds.jobs.records import Where
from feeds.jobs.taking import Crew
from feeds.jobs.units import Desk, TalkPage, Unit
from feeds.model import Copy, Document, Kept, Output, Staged


class Making:
    """Makes units. ``stage`` takes a file in any process; ``progress`` is called after talks'
    pages: done, of how many. In ``units`` it notes each unit's paths, by its name; ``search``:
    where the search index was put, when it was made.
    """

    def __init__(
        self,
        desk: Desk,
        stage: Callable[[Output | Copy], Staged | Kept],
        crew: Crew,
        progress: Callable[[int, int], None],
        units: Units,
    ) -> None:
        self._desk, self._stage, self._crew, self._progress = desk, stage, crew, progress
        self._gate, self._done = Gate(), 0
        self._units = units
        self.search: Where = ()

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
            self._note(unit, paths)
            self._finish(unit, self._desk.search)

    def _shared(self, units: Sequence[Unit]) -> Iterator[Staged | Kept]:
        def stage(some: Sequence[Unit]) -> tuple[list[bytes], Where]:
            found = [
                _packed(
                    one if isinstance(one, Kept) else self._stage(one) for one in self._of(unit)
                )
                for unit in some
            ]
            self._desk.store.flush()
            return found, self._desk.search

        # One value a unit, and not some a file: there are hundreds of thousands of those.
        results: dict[int, bytes] = {}
        for start, (portion, search) in self._crew.share(stage, units):
            for at, staged in enumerate(portion, start):
                results[at] = staged
                self._finish(units[at], search)
        for at, unit in enumerate(units):
            found = _unpacked(results.pop(at))
            self._note(unit, [one.path for one in found])
            yield from found

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

    def _note(self, unit: Unit, paths: Sequence[str]) -> None:
        self._units[unit.name] = made(key_of(self._units[unit.name]), paths)

    def _finish(self, unit: Unit, search: Where) -> None:
        self.search = search or self.search
        if isinstance(unit, TalkPage):
            self._done += 1
            self._progress(self._done, len(self._desk.plan.talks))


def _packed(files: Iterable[Staged | Kept]) -> bytes:
    """Files as bytes: a path and a name in the stage by turns, the name of a kept one empty."""
    told = (
        text for one in files for text in (one.path, one.name if isinstance(one, Staged) else "")
    )
    return "\0".join(told).encode("utf-8", "surrogatepass")


def _unpacked(data: bytes) -> list[Staged | Kept]:
    texts = data.decode("utf-8", "surrogatepass").split("\0") if data else []
    by_turns = zip(texts[::2], texts[1::2], strict=True)
    return [Staged(path, name) if name else Kept(path) for path, name in by_turns]
