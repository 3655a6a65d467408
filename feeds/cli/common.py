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
    from feeds.model import Publication

Raw = argparse.RawDescriptionHelpFormatter


class Parser(argparse.ArgumentParser):
    """argparse, with its usage errors as ours: one place prints and chooses the status."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError, with the usage below the message."""
        raise UsageError(f"{message}\n{self.format_usage().rstrip()}")


AnyParser = TypeVar("AnyParser", bound=argparse.ArgumentParser)
# Fewer of them are done before a bar is worth looking at; letters may go out slowly.
_FEW, _FEW_LETTERS = 500, 25
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
    from feeds.edges.root import find_root

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
    from feeds.edges.ledger import open_ledger
    from feeds.edges.root import SETTINGS
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


def refuse_another(
    ledger: "Ledger", publication: "Publication", *, look_only: bool = False
) -> None:
    """WorldError when the ledger belongs to another publication: each has its own.

    It belongs to the first that asks, unless that wants to ``look_only``.
    """
    with ledger.reading() if look_only else ledger.changing() as register:
        owner = register.publication() or publication.id
        if not look_only:
            owner = register.take_publication(publication.id)
    if owner != publication.id:
        cause = f"belongs to another publication ({owner})"
        raise WorldError(ledger.subject, cause, "give this one a database of its own")


def some(number: int, thing: str) -> str:
    """``1 talk``, ``1,000 talks``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def print_json(value: object) -> None:
    """A result as one JSON document on standard output."""
    import json

    print(json.dumps(value, ensure_ascii=False, indent=2))


def base_url_of(options: argparse.Namespace) -> str:
    """``--base-url`` in its normal form, empty when it was not given."""
    if not options.base_url:
        return ""
    from feeds.settings import base_url_problem, normal_base_url

    if problem := base_url_problem(options.base_url):
        raise UsageError(f"--base-url: {problem}")
    return normal_base_url(options.base_url)


@contextmanager
def progress_of(what: str, *, rate: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A progress bar for long work, on a terminal only; rich is imported when one is shown.

    ``rate`` shows how many are done, how many a second, and how long it will take.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    bars: list[object] = []

    def show(done: int, all_: int) -> None:
        if all_ < (_FEW_LETTERS if rate else _FEW):
            return
        from rich import progress as rich
        from rich.console import Console
        from rich.table import Column

        if not bars:
            columns: list[str | rich.ProgressColumn] = list(rich.Progress.get_default_columns())
            if rate:
                time_left = rich.TimeRemainingColumn(table_column=Column(min_width=7))
                columns = ["{task.description}", rich.BarColumn(24), "{task.fields[counted]}"]
                columns += ["{task.fields[rate]}", time_left, "left"]
            progress = rich.Progress(*columns, console=Console(stderr=True), transient=True)
            progress.start()
            # What an earlier run has done says nothing about how fast this one is.
            progress.add_task(what, total=all_, completed=done, rate="", counted="")
            bars.append(progress)
        bar = bars[0]
        assert isinstance(bar, rich.Progress)
        if rate or done % 20 == 0 or done == all_:
            (task,) = bar.tasks
            said = f"{task.speed:,.0f}/s" if task.speed else ""
            counted = f"{done:>{len(f'{all_:,}')},} of {all_:,}"
            bar.update(task.id, completed=done, rate=said, counted=counted)

    try:
        yield show
    finally:
        if bars:
            bars[0].stop()  # type: ignore[attr-defined]
