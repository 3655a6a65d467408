"""Sequences and mappings whose values are made when somebody asks for them."""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar, overload

Thing = TypeVar("Thing")


class Lazy(Sequence[Thing], Generic[Thing]):
    """So many things, each made when somebody asks for it first."""

    def __init__(self, count: int, make: Callable[[int], Thing]) -> None:
        self._count, self._make = count, make
        self._made: dict[int, Thing] = {}

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Thing: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Thing, ...]: ...
    def __getitem__(self, at: int | slice) -> Thing | tuple[Thing, ...]:
        if isinstance(at, slice):
            return tuple(self[one] for one in range(*at.indices(self._count)))
        number = at + self._count if at < 0 else at
        if not 0 <= number < self._count:
            raise IndexError(at)
        if number not in self._made:
            self._made[number] = self._make(number)
        return self._made[number]


# How many things, and what makes one by its place among them.
Run = tuple[int, Callable[[int], Thing]]


class Runs(Sequence[Thing], Generic[Thing]):
    """Things of several runs, each made whenever somebody asks for it."""

    def __init__(self, runs: Iterable[Run[Thing]]) -> None:
        self._makers: list[Callable[[int], Thing]] = []
        self._starts = array("I", [0])
        for count, make in runs:
            if count:
                self._makers.append(make)
                self._starts.append(self._starts[-1] + count)

    def __len__(self) -> int:
        return self._starts[-1]

    @overload
    def __getitem__(self, at: int) -> Thing: ...
    @overload
    def __getitem__(self, at: slice) -> list[Thing]: ...
    def __getitem__(self, at: int | slice) -> Thing | list[Thing]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        number = at + len(self) if at < 0 else at
        if not 0 <= number < len(self):
            raise IndexError(at)
        run = bisect_right(self._starts, number) - 1
        return self._makers[run](number - self._starts[run])

    def __iter__(self) -> Iterator[Thing]:
        for start, stop, make in zip(self._starts, self._starts[1:], self._makers, strict=False):
            yield from map(make, range(stop - start))


class Late(Sequence[Thing], Generic[Thing]):
    """Things that are made all together when somebody asks for one first; ``some``: whether there
    are any, which is what most ask."""

    def __init__(self, make: Callable[[], Sequence[Thing]], *, some: bool) -> None:
        self._make, self._some = make, some

    def __bool__(self) -> bool:
        return self._some

    @cached_property
    def _all(self) -> Sequence[Thing]:
        return self._make()

    def __len__(self) -> int:
        return len(self._all)

    @overload
    def __getitem__(self, at: int) -> Thing: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Thing]: ...
    def __getitem__(self, at: int | slice) -> Thing | Sequence[Thing]:
        return self._all[at]


class ByKey(Mapping[Any, Thing], Generic[Thing]):
    """Values that are made when somebody asks for them, by keys out of a table of numbers."""

    def __init__(self, numbers: Mapping[Any, Any], make: Callable[[Any], Thing]) -> None:
        self._numbers, self._make = numbers, make

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._numbers)

    def __getitem__(self, key: Any) -> Thing:
        return self._make(self._numbers[key])
