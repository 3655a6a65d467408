"""``talkfeeds publish``: ``public/`` to where people find it. Wiring and printing."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from feeds.cli.common import Commands, Parser, add_command, print_json, progress_of, root_of, some
from feeds.errors import UsageError

if TYPE_CHECKING:
    from feeds.jobs.publish import Published


def add_to(commands: "Commands[Parser]") -> None:
    """Put the command into the parser."""
    publish = add_command(
        commands,
        "publish",
        _publish,
        "bring public/ to a folder or a bucket: what changed, pages before feeds",
        "talkfeeds publish /srv/www/talks\n         talkfeeds publish s3://talks.example.org",
    )
    publish.add_argument("destination", metavar="DEST", help="a folder, or s3://bucket/prefix")
    publish.add_argument(
        "--from", dest="source", type=Path, metavar="DIR", help="default: public/ in the root"
    )
    publish.add_argument("--dry-run", action="store_true", help="say what would be done")
    publish.add_argument("--json", action="store_true", help="the result as JSON")


def _publish(options: argparse.Namespace) -> int:
    from feeds.edges.publishing import reading

    root = root_of(options)
    public = (options.source or root / "public").absolute()
    place: str = options.destination
    work = _to_bucket if "://" in place else _to_folder
    if work is _to_folder:
        _refuse_own(Path(place), root, public)
    with reading(public) as paths:
        subject, published = work(place, public, paths, dry_run=options.dry_run)
    if options.json:
        print_json(
            {
                "destination": subject,
                "dry_run": options.dry_run,
                "uploaded": published.uploaded,
                "unchanged": published.unchanged,
                "removed": published.removed,
            }
        )
    else:
        would = "would be " if options.dry_run else ""
        print(
            f"{subject}: {some(published.uploaded, 'file')} {would}uploaded, "
            f"{published.unchanged:,} unchanged, {published.removed:,} {would}removed"
        )
    return 0


def _to_bucket(
    place: str, public: Path, paths: list[str], *, dry_run: bool
) -> "tuple[str, Published]":
    from feeds.edges.publishing import measure, open_bucket
    from feeds.jobs.publish import File, publish

    store = open_bucket(place, public, os.environ)
    files = (File(path, *measure(public, path)) for path in paths)
    try:
        with progress_of("Publishing") as progress:
            return store.subject, publish(files, store, progress, dry_run=dry_run)
    except KeyboardInterrupt:
        print("talkfeeds: stopped; run it again, and it completes", file=sys.stderr, flush=True)
        # A server may hold a request for minutes, and its thread would hold the process.
        os._exit(130)


def _to_folder(
    place: str, public: Path, paths: list[str], *, dry_run: bool
) -> "tuple[str, Published]":
    from feeds.edges.publishing import mirror
    from feeds.jobs.publish import Published, turn

    target = Path(place).absolute()
    changes = mirror(public, target, paths, turn, dry_run=dry_run)
    return str(target), Published(changes.written, changes.unchanged, changes.removed)


def _refuse_own(target: Path, root: Path, public: Path) -> None:
    """UsageError for a folder that holds the publication, or is part of it."""
    real, home = target.resolve(), root.resolve()
    own = (home / "content", home / "templates", home / ".talkfeeds", public.resolve())
    if home.is_relative_to(real) or any(
        real.is_relative_to(folder) or folder.is_relative_to(real) for folder in own
    ):
        raise UsageError(f"{target} would write over the publication itself")
