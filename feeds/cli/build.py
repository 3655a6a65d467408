"""``talkfeeds build``: the site and its feeds. Wiring.

When nothing has changed since the last build, nothing is imported that could make something.
"""

import argparse
import gc
import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feeds.cli.common import (
    Commands,
    Parser,
    add_command,
    base_url_of,
    print_json,
    progress_of,
    root_of,
    some,
)
from feeds.errors import UsageError

if TYPE_CHECKING:
    from feeds.edges.memory import Memory
    from feeds.edges.stamps import Looks


def add_to(commands: "Commands[Parser]") -> None:
    """Put the command into the parser."""
    build = add_command(
        commands,
        "build",
        _build,
        "make public/ from content/",
        "talkfeeds build --output /srv/www --base-url https://talks.example.org/",
    )
    build.add_argument("--output", type=Path, metavar="DIR", help="default: public/ in the root")
    build.add_argument("--base-url", metavar="URL", default="", help="instead of the settings'")
    build.add_argument(
        "--no-cache", action="store_true", help="make everything, whatever the last build made"
    )
    build.add_argument("--json", action="store_true", help="the result as JSON")


def _build(options: argparse.Namespace) -> int:
    from feeds.edges.memory import Memory
    from feeds.edges.stamps import Looks

    root = root_of(options)
    output = (options.output or root / "public").absolute()
    real, home = output.resolve(), root.resolve()
    own = (home / name for name in ("content", "templates", ".talkfeeds"))
    if home.is_relative_to(real) or any(real.is_relative_to(folder) for folder in own):
        raise UsageError(f"--output {output} would write over the publication itself")
    base_url = base_url_of(options)
    # A build depends on the key as well: it hides a private podcast's address.
    given = os.environ.get("TALKFEEDS_SECRET_KEY", "")
    hidden = hashlib.blake2b(given.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
    looks = Looks(root)
    memory = Memory(root, output, (base_url, hidden), looks)
    if options.no_cache:
        memory.clear()
    told = memory.glance()
    if told is None:
        told = _made(root, output, base_url, given, memory, looks)
    _tell(told, str(output), as_json=options.json)
    gc.freeze()  # the process ends: nothing is waste any more
    return 0


def _made(
    root: Path, output: Path, base_url: str, given: str, memory: "Memory", looks: "Looks"
) -> dict[str, Any]:
    """Build, and what there is to tell of it."""
    # Nearly all that a build makes lives as long as it does: looking for waste takes a tenth of it.
    gc.set_threshold(200_000, 50, 100)
    from feeds.edges.aside import cores
    from feeds.edges.content import Folder
    from feeds.edges.crew import Crew
    from feeds.edges.output import Site
    from feeds.edges.precompress import precompress
    from feeds.edges.shelf import Shelf
    from feeds.jobs.build import build

    with progress_of("Building") as progress:
        site, shelf = Site(output, root / "content"), Shelf(root, given)
        built = build(Folder(root, looks), site, base_url, progress, shelf, memory, Crew(cores()))
    loaded, changes = built.loaded, built.changes
    with progress_of("Compressing") as progress:
        kinds = loaded.publication.site.precompress
        packed = precompress(output, kinds, built.paths, progress, known=built.known)
    private = loaded.publication.podcast.private
    told = {
        "talks": len(loaded.plan.talks),
        "drafts": loaded.drafts,
        "unminted": loaded.unminted,
        "missing": built.missing,
        "left_out": built.left_out,
        "private": built.podcast_url if private else "",
    }
    nothing = {"written": 0, "removed": 0, "precompressed": 0, "unchanged": len(built.paths)}
    forms = [f"{path}.{kind}" for path in built.paths for kind in kinds] if kinds else []
    beside = tuple(form for form in forms if (output / form).exists())
    touched = None if kinds else built.touched
    memory.seal(told | nothing, (*built.paths, *beside) if beside else built.paths, touched)
    counted = {"written": changes.written, "removed": changes.removed}
    counted |= {"precompressed": packed.written, "unchanged": changes.unchanged}
    return told | counted


def _tell(told: dict[str, Any], output: str, *, as_json: bool) -> None:
    if told["private"]:
        print(f"the private podcast is at {told['private']}", file=sys.stderr)
    if missing := told["missing"]:
        print(
            f"{some(len(missing), 'file')} that the content names "
            f"{'is' if len(missing) == 1 else 'are'} not below content/ "
            f"(such slides and icons are left out): {_few(missing)}",
            file=sys.stderr,
        )
    for left in told["left_out"]:
        print(f"left out: {left}", file=sys.stderr)
    if unminted := told["unminted"]:
        print(
            f"{some(len(unminted), 'talk')} without an id of their own "
            "(it is made from the slug; write it into the front matter before you rename): "
            f"{_few(unminted)}",
            file=sys.stderr,
        )
    if as_json:
        names = ("talks", "drafts", "written", "unchanged", "removed", "precompressed")
        print_json(
            {"output": output} | {name: told[name] for name in (*names, "missing", "left_out")}
        )
        return
    drafts = f" ({some(told['drafts'], 'draft')} left out)" if told["drafts"] else ""
    print(
        f"{output}: {some(told['talks'], 'talk')}{drafts}, "
        f"{some(told['written'], 'file')} written, "
        f"{told['unchanged']} unchanged, {told['removed']} removed"
        + (f", {told['precompressed']:,} made smaller" if told["precompressed"] else "")
    )


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown
