"""What every command shares: the parser's manners, the root, and how results are printed."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar

from feeds.errors import UsageError

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


def some(number: int, thing: str) -> str:
    """``1 talk``, ``1,000 talks``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def print_json(value: object) -> None:
    """A result as one JSON document on standard output."""
    import json

    print(json.dumps(value, ensure_ascii=False, indent=2))
