"""``talkfeeds issues``: what was sent and how it went, as a table, as JSON, as a page."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from feeds.cli.common import (
    Commands,
    Parser,
    add_command,
    ledger_of,
    print_json,
    root_of,
    some,
)
from feeds.errors import UsageError, WorldError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeds.deliveries import Totals

REPORT = Path(".talkfeeds") / "report.html"


def add_to(commands: "Commands[Parser]") -> None:
    """Put the command into the parser."""
    issues = add_command(
        commands,
        "issues",
        _issues,
        "every issue that was sent, with its totals",
        "talkfeeds issues --json\n         talkfeeds issues --report",
    )
    issues.add_argument("--json", action="store_true", help="the totals as JSON")
    issues.add_argument("--report", action="store_true", help="write a page with plots of them")
    issues.add_argument(
        "--output", type=Path, metavar="FILE", help=f"with --report (default: {REPORT})"
    )


def as_json(totals: "Totals") -> dict[str, object]:
    """An issue in numbers, as programs read it. Times are RFC 3339, in UTC."""
    from feeds.deliveries import State

    finished = totals.finished_at
    return {
        "week": str(totals.week),
        "subject": totals.subject,
        "frozen_at": totals.frozen_at.isoformat(),
        "finished_at": finished.isoformat() if finished else None,
        "talks": totals.talks,
        "recipients": totals.recipients,
        "open": totals.open,
        "states": {str(state): totals.by_state.get(state, 0) for state in State},
        "bounced_later": totals.bounced_later,
        "complaints": totals.complaints,
    }


def in_words(totals: "Totals") -> str:
    """An issue in numbers, as people read it: one line."""
    states = ", ".join(
        f"{number:,} {state}" for state, number in sorted(totals.by_state.items()) if number
    )
    later = f", {totals.bounced_later:,} bounced later" if totals.bounced_later else ""
    later += f", {totals.complaints:,} complained" if totals.complaints else ""
    when = "finished" if totals.finished_at else "open"
    return (
        f"{totals.week}  {when}  {some(totals.talks, 'talk')}  "
        f"{some(totals.recipients, 'recipient')}: {states}{later}"
    )


def as_table(issues: "Sequence[Totals]") -> str:
    """A line an issue below a line of headings; no column for what no issue has."""
    from feeds.deliveries import State

    numbers: dict[str, list[int]] = {
        "talks": [found.talks for found in issues],
        "recipients": [found.recipients for found in issues],
    }
    for state in (State.SENT, *(state for state in State if state is not State.SENT)):
        column = [found.by_state.get(state, 0) for found in issues]
        if state is State.SENT or any(column):
            numbers[str(state)] = column
    came_back = {
        "bounced later": [found.bounced_later for found in issues],
        "complaints": [found.complaints for found in issues],
    }
    numbers |= {name: column for name, column in came_back.items() if any(column)}
    columns = [
        ["week", *(str(found.week) for found in issues)],
        ["frozen (UTC)", *(f"{found.frozen_at:%Y-%m-%d %H:%M}" for found in issues)],
        ["", *("finished" if found.finished_at else "open" for found in issues)],
    ]
    texts = [[text.ljust(max(map(len, column))) for text in column] for column in columns]
    for name, column in numbers.items():
        shown = [name, *(f"{number:,}" for number in column)]
        texts.append([text.rjust(max(map(len, shown))) for text in shown])
    return "\n".join("  ".join(row).rstrip() for row in zip(*texts, strict=True))


def _issues(options: argparse.Namespace) -> int:
    if options.output and not options.report:
        raise UsageError("--output belongs to --report")
    if options.report:
        return _report(options)
    with ledger_of(options) as (ledger, _key), ledger.reading() as shelf:
        totals = shelf.totals()
    if options.json:
        print_json([as_json(found) for found in totals])
    elif totals:
        print(as_table(totals))
    else:
        print("no issue was sent yet")
    return 0


def _report(options: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from feeds.edges.content import Folder
    from feeds.edges.disk import make_private_folder, write_private
    from feeds.jobs.loading import kit_of, read_settings
    from feeds.render.report import report

    root = root_of(options)
    target = _private_place(root, options.output)
    source = Folder(root)
    kit = kit_of(source, read_settings(source))
    with ledger_of(options) as (ledger, _key), ledger.reading() as shelf:
        page = report(kit, shelf.totals(), shelf.counts(), datetime.now(UTC))
    if not options.output:
        make_private_folder(target.parent)
    write_private(target, [page])
    if options.json:
        print_json({"report": str(target), "bytes": len(page)})
    else:
        print(target)
    return 0


def _private_place(root: Path, output: Path | None) -> Path:
    """Where the report goes; UsageError for a place that everybody can read."""
    from feeds.edges.public import MARKER

    target = (output or root / REPORT).absolute().resolve()
    served = [folder for folder in target.parents if (folder / MARKER).exists()]
    for folder in ((root / "public").resolve(), *served):
        if target.is_relative_to(folder):
            shown = folder.name if folder.parent == root.resolve() else folder
            raise UsageError(
                f"--output {output or target} is below {shown}/, where everybody could read it"
            )
    if not target.parent.is_dir() and output:
        raise WorldError(str(target.parent), "is not a folder", "make it, or name another place")
    return target
