"""What a build costs, beside Hugo, Eleventy and Pelican with the same talks, in alternation.

    scripts/bench [TALKS …] [--runs N] [--peers hugo,eleventy,pelican] [--cases builds,start]
    scripts/bench [TALKS] --profile
    scripts/bench [TALKS] --importtime

Figures are medians. They are printed, and written into .talkfeeds/bench/ with a plot. How to
read them is in docs/speed.md.
"""

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench import profiles
from bench.chart import log_log
from bench.children import Cost, counted, emptied, measured, place, states
from bench.corpus import FIRST_DAY, generate, talks
from bench.peers import PEERS, Peer
from bench.report import (
    COLD,
    DIGEST,
    DIGEST_COLD,
    EDITED,
    ELEVEN_COLD,
    ELEVEN_WARM,
    LIMIT,
    OURS,
    PACKED,
    SAME,
    STILL_PACKED,
    VERSION,
    Figures,
    Key,
    page,
    raw,
    readme,
)
from feeds.edges.stamps import STEP_NS

_CASES = ("builds", "start", "digest", "precompress")
_HOME = Path(__file__).resolve().parents[1]
_EDIT = "\nUna frase más, la número {}.\n"
_DIGEST_TALKS = 500


def talkfeeds(root: Path | None, *words: str) -> list[str]:
    """Our command, as it is installed beside this Python."""
    program = str(Path(sys.executable).with_name("talkfeeds"))
    return [program, *(["--root", str(root)] if root else []), *words]


def _said(key: Key, cost: Cost) -> None:
    figure = f"{cost.wall_s:.2f} s, {cost.cpu_s:.2f} s of CPU, {cost.memory_mb:.0f} MB"
    print(f"{key.talks:,} talks, {key.tool}, {key.case}: {figure}", file=sys.stderr, flush=True)


class Bench:
    """One run of everything, in a folder that goes with it."""

    def __init__(self, folder: Path, peers: list[Peer], runs: int) -> None:
        self.folder, self.peers, self.runs = folder, peers, runs
        self.figures = Figures()

    def _add(self, key: Key, cost: Cost) -> None:
        self.figures.add(key, cost)
        _said(key, cost)

    def builds(self, count: int, *, with_peers: bool) -> None:
        """Cold, nothing changed, one talk edited: of ours, then of the others, again and again."""
        root = self.folder / "publication"
        generate(root, count)
        peers = self.peers if with_peers else []
        for peer in peers:
            peer.generate(self.folder / peer.name, talks(count))
        # Files that were written a moment ago are read twice (docs/speed.md): these are at rest.
        time.sleep(STEP_NS / 1e9)
        for run in range(self.runs):
            self._ours(root, count, run)
            self._limit(root, count)
            for peer in peers:
                self._theirs(peer, count, run)
        emptied(root, *(self.folder / peer.name for peer in peers))

    def _ours(self, root: Path, count: int, run: int) -> None:
        build = talkfeeds(root, "build", "--json")
        emptied(root / "public", root / ".talkfeeds")
        for case in (COLD, SAME, EDITED):
            key = Key(OURS, count, case)
            if case == EDITED:
                newest = root / f"content/talks/{count - 1:06}.md"
                _edit(newest, run)
                before = states(root / "public")
            cost, printed = measured(build)
            self._add(key, cost)
            self.figures.files[key] = json.loads(printed)["written"]
            if case == EDITED:
                after = states(root / "public")
                touched = sum(before.get(path) != state for path, state in after.items())
                if touched != self.figures.files[key]:
                    said = f"the build says {self.figures.files[key]}"
                    raise SystemExit(f"an edit touched {touched} files, where {said}")
        if not run:
            names = {*(self.figures.imported or ()), *profiles.heavy(profiles.imports(root))}
            self.figures.imported = sorted(names)

    def _limit(self, root: Path, count: int) -> None:
        target = self.folder / "limit"
        words = [str(root / "content"), str(root / "public"), str(target)]
        _, printed = measured([sys.executable, "-m", "bench.limit", *words], _HOME)
        wall, cpu = map(float, printed.split())
        key = Key(LIMIT, count, COLD)
        self._add(key, Cost(wall, cpu, 0))
        self.figures.files[key], self.figures.size[key] = counted(target)
        emptied(target)

    def _theirs(self, peer: Peer, count: int, run: int) -> None:
        site = self.folder / peer.name
        peer.clear(site)
        for case in (COLD, EDITED):
            key = Key(peer.name, count, case)
            if case == EDITED:
                _edit(peer.newest(site, count), run)
            cost, _ = measured(peer.command(site), site)
            self._add(key, cost)
            self.figures.files[key], self.figures.size[key] = counted(site / "public")

    def start(self) -> None:
        """``--version``, and builds of this repository's own eleven talks."""
        root = self.folder / "eleven"
        shutil.copytree(_HOME / "content", root / "content")
        build = talkfeeds(root, "build")
        for _ in range(self.runs):
            self._add(Key(OURS, 0, VERSION), measured(talkfeeds(None, "--version"))[0])
            emptied(root / "public", root / ".talkfeeds")
            self._add(Key(OURS, 11, ELEVEN_COLD), measured(build)[0])
            self._add(Key(OURS, 11, ELEVEN_WARM), measured(build)[0])

    def precompress(self, count: int) -> None:
        """What compressing every text in three forms takes, and that it is not done twice."""
        root = self.folder / "packed"
        generate(root, count)
        settings = root / "content" / "publication.toml"
        plain = settings.read_text("utf-8")
        for _ in range(self.runs):
            settings.write_text(plain, "utf-8")
            measured(talkfeeds(root, "build"))
            asked = f'{plain}[site]\nprecompress = ["gz", "br", "zst"]\n'
            settings.write_text(asked, "utf-8")
            for case in (PACKED, STILL_PACKED):
                key = Key(OURS, count, case)
                cost, printed = measured(talkfeeds(root, "build", "--json"))
                self._add(key, cost)
                self.figures.files[key] = json.loads(printed)["precompressed"]
        emptied(root)

    def digest(self) -> None:
        """The mail of a week with 500 talks, without anything made before, and after a build."""
        root = self.folder / "digest"
        generate(root, _DIGEST_TALKS, in_one_week=True)
        year, week, _ = FIRST_DAY.isocalendar()
        digest = talkfeeds(root, "digest", f"{year}-W{week:02}", "--json")
        for case in (DIGEST_COLD, DIGEST):
            key = Key(OURS, _DIGEST_TALKS, case)
            for _ in range(self.runs):
                if case == DIGEST_COLD:
                    emptied(root / "public", root / ".talkfeeds")
                cost, printed = measured(digest)
                found = json.loads(printed)
                if found["talks"] != _DIGEST_TALKS:
                    raise SystemExit(f"the issue holds {found['talks']} talks")
                self.figures.size[key] = found["html_bytes"]
                self._add(key, cost)
            measured(talkfeeds(root, "build"))


def _edit(path: Path, run: int) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(_EDIT.format(run + 1))


def about(file_system: str, runs: int) -> str:
    """The machine and the day; the load tells whether the figures are worth anything."""
    model = platform.processor() or platform.machine()
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        named = [line for line in cpus.read_text().splitlines() if line.startswith("model name")]
        model = named[0].partition(":")[2].strip() if named else model
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return (
        f"{datetime.now(UTC):%Y-%m-%d}: {model}, {len(os.sched_getaffinity(0))} cores, "
        f"Python {platform.python_version()}, on {file_system}; medians of {runs}. "
        f"Load before (1, 5 and 15 minutes): {load}."
    )


def plot(figures: Figures) -> bytes:
    """Wall time of builds against the number of talks."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for tool, count, case in figures.costs:
        cost = figures.median(tool, count, case)
        if count and case in {COLD, SAME, EDITED} and (tool == OURS or case == COLD) and cost:
            name = f"ours, {case}" if tool == OURS else tool
            lines.setdefault(name, []).append((count, cost.wall_s))
    return log_log("Wall time of a build", lines, "talks", "seconds")


def _peers(value: str) -> list[str]:
    names = [name for name in value.split(",") if name and name != "none"]
    for name in names:
        if name not in PEERS:
            known = ", ".join((*PEERS, "none"))
            raise argparse.ArgumentTypeError(f"{name} is none of {known}")
    return names


def _cases(value: str) -> list[str]:
    names = value.split(",")
    if not set(names) <= set(_CASES):
        raise argparse.ArgumentTypeError(f"some of {', '.join(_CASES)}")
    return names


def parser() -> argparse.ArgumentParser:
    """What can be asked for; docs/speed.md explains it."""
    made = argparse.ArgumentParser(
        prog="scripts/bench", description=(__doc__ or "").split("\n", maxsplit=1)[0]
    )
    made.add_argument("talks", nargs="*", type=int, default=[1_000, 10_000, 50_000])
    made.add_argument("--runs", type=int, default=5)
    made.add_argument("--peers", type=_peers, default=list(PEERS), help="names, or none")
    made.add_argument(
        "--peers-up-to", type=int, default=10_000, metavar="TALKS", help="larger are ours alone"
    )
    made.add_argument("--cases", type=_cases, default=list(_CASES), help=", ".join(_CASES))
    made.add_argument("--profile", action="store_true", help="where a cold build's time goes")
    made.add_argument(
        "--importtime", action="store_true", help="what a build with nothing to do imports"
    )
    made.add_argument("--to", type=Path, default=_HOME / ".talkfeeds" / "bench", metavar="DIR")
    return made


def options_of(arguments: list[str] | None = None) -> argparse.Namespace:
    """What was asked for."""
    return parser().parse_args(arguments)


def _look_inside(options: argparse.Namespace, folder: Path) -> int:
    """--profile and --importtime: 1 when something heavy is imported for nothing."""
    root = folder / "publication"
    generate(root, options.talks[0])
    if options.profile:
        profiles.profile(root)
    if not options.importtime:
        return 0
    measured(talkfeeds(root, "build"))
    found = profiles.imports(root)
    print(profiles.table(found))
    names = profiles.heavy(found)
    print(f"\nof {', '.join(profiles.HEAVY)}: {', '.join(names) or 'none'} imported")
    return int(bool(names))


def main(arguments: list[str] | None = None) -> int:
    """Measure; print, and write."""
    options = options_of(arguments)
    memory, file_system = place()
    with tempfile.TemporaryDirectory(prefix="talkfeeds-bench-", dir=memory) as name:
        if options.profile or options.importtime:
            return _look_inside(options, Path(name))
        home = _HOME / ".talkfeeds" / "bench" / "peers"
        peers = [PEERS[peer](home) for peer in options.peers if "builds" in options.cases]
        for peer in peers:
            peer.install()
        bench = Bench(Path(name), peers, options.runs)
        bench.figures.about = about(f"{file_system} ({memory})", options.runs)
        if "start" in options.cases:
            bench.start()
        if "digest" in options.cases:
            bench.digest()
        if "precompress" in options.cases:
            bench.precompress(min(options.talks))
        for count in options.talks if "builds" in options.cases else []:
            bench.builds(count, with_peers=count <= options.peers_up_to)
    options.to.mkdir(parents=True, exist_ok=True)
    text = page(bench.figures)
    (options.to / "figures.md").write_text(text, "utf-8")
    (options.to / "figures.json").write_text(raw(bench.figures), "utf-8")
    if "builds" in options.cases:
        (options.to / "readme.md").write_text(readme(bench.figures), "utf-8")
        (options.to / "builds.svg").write_bytes(plot(bench.figures))
    print(text)
    print(f"written into {options.to}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
