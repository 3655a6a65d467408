"""What every command shares: the parser's manners, the root, and how results are printed."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

from feeds.errors import UsageError, WorldError

if TYPE_CHECKING:
    from feeds.edges.ledger import Ledger

Raw = argparse.RawDescriptionHelpFormatter


class Parser(argparse.ArgumentParser):
    """argparse, with its usage errors as ours: one place prints and chooses the status."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError, with the usage below the message."""
        raise UsageError(f"{message}\n{self.format_usage().rstrip()}")


AnyParser = TypeVar("AnyParser", bound=argparse.ArgumentParser)
# What add_subparsers gives back; argparse has no public name for it.
Commands = argparse._SubParsersAction


def add_command(
    commands: "Commands[AnyParser]",
    name: str,
    run: Callable[[argparse.Namespace], int] | None,
    about: str,
    example: str,
) -> AnyParser:
    """One more command, with its help and an example; ``run`` gives the exit status."""
    made = commands.add_parser(
        name,
        help=about,
        description=about[0].upper() + about[1:] + ".",
        epilog=f"example: {example}",
        formatter_class=Raw,
    )
    if run is not None:
        made.set_defaults(run=run)
    return made


def root_of(options: argparse.Namespace) -> Path:
    """The publication that ``--root`` names, or the nearest one upwards."""
    from feeds.edges.content import find_root

    if options.root is None:
        return find_root(Path.cwd())
    if not options.root.is_dir():
        raise UsageError(f"--root {options.root} is not a folder")
    return Path(options.root).absolute()


@contextmanager
def ledger_of(options: argparse.Namespace) -> Iterator[tuple["Ledger", bytes]]:
    """The publication's ledger, open until the block ends, and its secret key.

    Both are made where there are none; a new key is told on standard error.
    """
    from feeds.edges.content import SETTINGS
    from feeds.edges.ledger import open_ledger
    from feeds.edges.secret import secret_key

    root = root_of(options)
    if not (root / SETTINGS).is_file():
        remedy = "name a publication with --root, or make one with: talkfeeds new"
        raise WorldError(SETTINGS, f"is not in {root}", remedy)
    folder = root / ".talkfeeds"
    key, made = secret_key(folder, os.environ.get("TALKFEEDS_SECRET_KEY", ""))
    if made:
        print(
            f"made a secret key: {made} (keep a copy of it with your backups, or put it into "
            "TALKFEEDS_SECRET_KEY)",
            file=sys.stderr,
        )
    ledger = open_ledger(folder, key, os.environ.get("TALKFEEDS_DATABASE_URL", "").strip())
    try:
        yield ledger, key
    finally:
        ledger.close()


def some(number: int, thing: str) -> str:
    """``1 talk``, ``1,000 talks``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def print_json(value: object) -> None:
    """A result as one JSON document on standard output."""
    import json

    print(json.dumps(value, ensure_ascii=False, indent=2))
