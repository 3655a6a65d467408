"""Fuzz for long: ``scripts/fuzz [TARGET…] [--minutes N] [--guided]``.

Each finding is made small and written to ``tests/corpus/found/TARGET/``, where the suite replays
it from then on. Exit status 1 when there was one.
"""

import argparse
import random
import sys
import time
import traceback
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from tests.fuzz import found, guided
from tests.fuzz.damage import damaged, smaller
from tests.fuzz.running import opened
from tests.fuzz.targets import TARGETS, Target


def main() -> int:
    """Parse the words, and fuzz."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}")
    parser.add_argument(
        "--minutes", type=float, default=5.0, help="for each (default: %(default)g)"
    )
    parser.add_argument("--seed", type=int, default=None, help="begin with this one")
    parser.add_argument(
        "--guided", action="store_true", help="let atheris choose inputs by what code they reach"
    )
    options = parser.parse_args()
    if unknown := set(options.targets) - set(TARGETS):
        parser.error(f"no target {', '.join(sorted(unknown))}: there are {', '.join(TARGETS)}")
    findings = 0
    for name in options.targets or TARGETS:
        if options.guided:
            findings += guided.fuzz(name, options.minutes)
        else:
            first = random.randrange(2**32) if options.seed is None else options.seed
            findings += fuzz(TARGETS[name], options.minutes, first)
    return 1 if findings else 0


def fuzz(target: Target, minutes: float, first: int) -> int:
    """Damage seeds until time is up; gives how many findings there were."""
    until = time.monotonic() + minutes * 60
    inputs = damaged(target.seeds(), target.pieces, most=12)
    kinds: dict[str, bytes] = {}
    tried = number = 0
    with opened(target) as hold:
        while time.monotonic() < until:
            known = set(kinds)
            tried += _some(hold, inputs, first + number, kinds)
            number += 1
            for kind in kinds.keys() - known:
                keep(target, hold, kinds[kind], kind)
    say(f"{target.name}: {tried:,} inputs, {len(kinds)} findings (--seed {first})")
    return len(kinds)


def _some(
    hold: Callable[[bytes], None],
    inputs: SearchStrategy[bytes],
    number: int,
    kinds: dict[str, bytes],
) -> int:
    """Two hundred inputs, and those that showed something new by what it was."""
    tried = 0

    @seed(number)
    @settings(
        max_examples=200,
        deadline=None,
        database=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(inputs)
    def one(data: bytes) -> None:
        nonlocal tried
        tried += 1
        kind, _ = kind_of(hold, data)
        if kind and kind not in kinds:
            kinds[kind] = data

    one()
    return tried


def keep(target: Target, hold: Callable[[bytes], None], data: bytes, kind: str) -> None:
    """Make a finding small and write it down."""
    small = smaller(data, lambda other: kind_of(hold, other)[0] == kind)
    path = found.write(target.name, small, kind_of(hold, small)[1] or kind)
    say(f"{target.name}: {path}: {kind}")


def kind_of(hold: Callable[[bytes], None], data: bytes) -> tuple[str, str]:
    """What went wrong and where, and the exception in words; both empty if nothing did."""
    try:
        hold(data)
    except Exception as error:  # noqa: BLE001 # any that comes here is a finding
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{place.filename.rpartition('/')[2]}:{place.name}:{place.lineno}"
        return f"{type(error).__name__} in {where}", ascii(f"{type(error).__name__}: {error}")[1:-1]
    return "", ""


def say(line: str) -> None:
    """Tell the person who waits."""
    print(line, flush=True)  # noqa: T201 # a script


if __name__ == "__main__":
    sys.exit(main())
