"""What was measured, as a Markdown page: figures, ratios to Hugo, and what was aimed at."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

from bench.children import Cost, middle
from bench.peers import VERSIONS

OURS, HUGO, LIMIT = "talkfeeds", "hugo", "read and write"
COLD, SAME, EDITED = "cold", "nothing changed", "one talk edited"
VERSION, ELEVEN_COLD, ELEVEN_WARM = "--version", "eleven talks, cold", "eleven talks, warm"
PACKED, STILL_PACKED = "compressed beforehand", "compressed beforehand, nothing changed"
DIGEST_COLD, DIGEST = "digest, no cache", "digest, after a build"
SMALL, LARGE = 10_000, 50_000


class Key(NamedTuple):
    """One row: whose, how many talks, in which case."""

    tool: str
    talks: int
    case: str


@dataclass(slots=True)
class Figures:
    """Every run. ``files``: written in that case; ``size``: bytes of what a case is about."""

    about: str = ""
    costs: dict[Key, list[Cost]] = field(default_factory=dict)
    files: dict[Key, int] = field(default_factory=dict)
    size: dict[Key, int] = field(default_factory=dict)
    imported: list[str] | None = None

    def add(self, key: Key, cost: Cost) -> None:
        """One run more."""
        self.costs.setdefault(key, []).append(cost)

    def median(self, tool: str, talks: int, case: str) -> Cost | None:
        """The median of each figure; None for what was not measured."""
        found = self.costs.get(Key(tool, talks, case))
        return middle(found) if found else None


def page(figures: Figures) -> str:
    """The whole of it."""
    blocks = [figures.about, _builds(figures), _single(figures), _aims(figures)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def readme(figures: Figures) -> str:
    """The lines for the README: ours at 10,000 talks beside the others."""
    rows = [
        "| 10,000 talks | wall s | CPU s | largest process MB | × Hugo's wall |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    hugo = figures.median(HUGO, SMALL, COLD)
    for key in figures.costs:
        cost = figures.median(*key)
        if key.talks != SMALL or cost is None or (key.case != COLD and key.tool != OURS):
            continue
        name = {
            OURS: f"talkfeeds, {key.case}",
            LIMIT: "reading every input and writing every output once",
        }.get(key.tool, f"{key.tool.capitalize()} {VERSIONS.get(key.tool, '')}, every build")
        memory = f"{cost.memory_mb:,.0f}" if cost.memory_mb else ""
        ratio = _ratio(cost.wall_s, hugo.wall_s) if hugo else ""
        rows.append(f"| {name} | {cost.wall_s:.2f} | {cost.cpu_s:.2f} | {memory} | {ratio} |")
    return "\n".join([figures.about, "", *rows]) + "\n"


def raw(figures: Figures) -> str:
    """Every run, as JSON."""
    rows = [
        {**key._asdict(), "files": figures.files.get(key), "runs": [asdict(run) for run in runs]}
        for key, runs in figures.costs.items()
    ]
    return json.dumps({"about": figures.about, "rows": rows}, indent=1) + "\n"


def _builds(figures: Figures) -> str:
    keys = [key for key in figures.costs if key.case in {COLD, SAME, EDITED}]
    if not keys:
        return ""
    head = (
        "| talks | case | tool | wall s | CPU s | largest process MB | files written "
        "| × Hugo's wall | × CPU | × memory |\n"
        "| ---: | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    )
    order = (COLD, SAME, EDITED)
    keys.sort(key=lambda key: (key.talks, order.index(key.case)))
    return "\n".join([head, *(_build(figures, key) for key in keys)])


def _build(figures: Figures, key: Key) -> str:
    cost = middle(figures.costs[key])
    # To build again is all that Hugo can do after an edit, or without one.
    hugo = figures.median(HUGO, key.talks, key.case) or figures.median(HUGO, key.talks, COLD)
    ratios = ["", "", ""]
    if hugo:
        wall = _ratio(cost.wall_s, hugo.wall_s)
        ratios = [wall, _ratio(cost.cpu_s, hugo.cpu_s), _ratio(cost.memory_mb, hugo.memory_mb)]
    if key.tool == LIMIT:
        ratios[2] = ""
    files = figures.files.get(key)
    cells = [
        f"{key.talks:,}",
        key.case,
        key.tool,
        f"{cost.wall_s:.2f}",
        f"{cost.cpu_s:.2f}",
        f"{cost.memory_mb:,.0f}" if cost.memory_mb else "",
        "" if files is None else f"{files:,}",
        *ratios,
    ]
    return f"| {' | '.join(cells)} |"


def _ratio(one: float, other: float) -> str:
    return f"{one / other:.3f}" if one / other < 0.1 else f"{one / other:.2f}"


def _single(figures: Figures) -> str:
    keys = [key for key in figures.costs if key.case not in {COLD, SAME, EDITED}]
    if not keys:
        return ""
    rows = ["| talkfeeds | talks | wall s | CPU s | MB | files written | bytes |"]
    rows.append("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for key in keys:
        cost = middle(figures.costs[key])
        size = f"{figures.size[key]:,}" if key in figures.size else ""
        talks = f"{key.talks:,}" if key.talks else ""
        figure = f"{cost.wall_s:.3f} | {cost.cpu_s:.3f} | {cost.memory_mb:.0f}"
        files = f"{figures.files[key]:,}" if key in figures.files else ""
        rows.append(f"| {key.case} | {talks} | {figure} | {files} | {size} |")
    return "\n".join(rows)


class _Aim(NamedTuple):
    words: str
    most: float
    unit: str
    of: Callable[[Figures], float | None]


def _wall(talks: int, case: str) -> Callable[[Figures], float | None]:
    def of(figures: Figures) -> float | None:
        found = figures.median(OURS, talks, case)
        return found.wall_s if found else None

    return of


def _beside_hugo(case: str, part: Callable[[Cost], float]) -> Callable[[Figures], float | None]:
    def of(figures: Figures) -> float | None:
        ours, hugo = figures.median(OURS, SMALL, case), figures.median(HUGO, SMALL, COLD)
        return part(ours) / part(hugo) if ours and hugo else None

    return of


def _growth(figures: Figures) -> float | None:
    small, large = (figures.median(OURS, talks, COLD) for talks in (SMALL, LARGE))
    return (large.wall_s / LARGE) / (small.wall_s / SMALL) if small and large else None


def _memory(figures: Figures) -> float | None:
    found = figures.median(OURS, LARGE, COLD)
    return found.memory_mb if found else None


def _mail(figures: Figures) -> float | None:
    sizes = [size for key, size in figures.size.items() if key.case in {DIGEST, DIGEST_COLD}]
    return max(sizes) / 1_000 if sizes else None


_AIMS = (
    _Aim("cold, 10,000: wall", 0.55, "× Hugo", _beside_hugo(COLD, lambda cost: cost.wall_s)),
    _Aim("cold, 10,000: CPU", 0.65, "× Hugo", _beside_hugo(COLD, lambda cost: cost.cpu_s)),
    _Aim("cold, 10,000: memory", 0.10, "× Hugo", _beside_hugo(COLD, lambda cost: cost.memory_mb)),
    _Aim("cold, 50,000: time per talk", 1.2, "× that at 10,000", _growth),
    _Aim("cold, 50,000: largest process", 200, "MB", _memory),
    _Aim("one talk edited, 10,000", 0.05, "× Hugo", _beside_hugo(EDITED, lambda cost: cost.wall_s)),
    _Aim("nothing changed, 10,000", 0.15, "s", _wall(SMALL, SAME)),
    _Aim("nothing changed, 50,000", 0.5, "s", _wall(LARGE, SAME)),
    _Aim("`talkfeeds --version`", 0.12, "s", _wall(0, VERSION)),
    _Aim("build of eleven talks, warm", 0.2, "s", _wall(11, ELEVEN_WARM)),
    _Aim("build of eleven talks, cold", 1, "s", _wall(11, ELEVEN_COLD)),
    _Aim("digest of 500 talks, no cache", 0.5, "s", _wall(500, DIGEST_COLD)),
    _Aim("digest of 500 talks", 0.5, "s", _wall(500, DIGEST)),
    _Aim("digest of 500 talks: HTML", 95, "kB", _mail),
)


def _aims(figures: Figures) -> str:
    rows = list(_met(figures))
    if not rows:
        return ""
    return "\n".join(["| aim | at most | measured | |", "| --- | ---: | ---: | --- |", *rows])


def _met(figures: Figures) -> Iterator[str]:
    for aim in _AIMS:
        found = aim.of(figures)
        if found is not None:
            said = "met" if found <= aim.most else "**missed**"
            yield f"| {aim.words} | {aim.most:g} {aim.unit} | {found:.3g} | {said} |"
    if figures.imported is not None:
        said = "**missed**" if figures.imported else "met"
        names = ", ".join(figures.imported) or "none"
        yield f"| heavy imports when nothing changed | none | {names} | {said} |"
