"""``talkfeeds check``: wiring and printing; no rules."""

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any

from feeds.cli.common import Commands, Parser, add_command, print_json, root_of, some
from feeds.errors import WorldError

if TYPE_CHECKING:
    from feeds.jobs.checking import Checked, Remark

_SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_SARIF_LEVELS = {"error": "error", "warning": "warning", "advice": "note"}
_GITHUB_LEVELS = {"error": "error", "warning": "warning", "advice": "notice"}


def add_to(commands: "Commands[Parser]") -> None:
    """Put the command into the parser."""
    check = add_command(
        commands,
        "check",
        _check,
        "hold feeds against their specifications: Atom, RSS, podcasts, JSON Feed, OPML",
        "talkfeeds check --strict\n"
        "         talkfeeds check public/feed.atom https://talks.example.org/feed.json",
    )
    check.add_argument(
        "paths",
        nargs="*",
        metavar="PATH|URL",
        help="files, folders and addresses (default: public/ of the publication)",
    )
    check.add_argument(
        "--format",
        choices=("text", "json", "sarif", "github"),
        default="text",
        help="how to say it (default: %(default)s)",
    )
    check.add_argument("--strict", action="store_true", help="warnings count as errors do")


def _check(options: argparse.Namespace) -> int:
    from feeds.check import Level
    from feeds.edges.feedfiles import Shelves
    from feeds.jobs.checking import check_all

    names = options.paths or [_public(options)]
    checked = check_all(Shelves(), names)
    if options.format == "json":
        print_json([_as_json(remark) for remark in checked.remarks])
    elif options.format == "sarif":
        print_json(_as_sarif(checked))
    else:
        say = _as_github if options.format == "github" else _as_text
        for remark in checked.remarks:
            print(say(remark))
    errors, warnings = checked.count(Level.ERROR), checked.count(Level.WARNING)
    if options.format == "text":
        found = f"{some(errors, 'error')}, {some(warnings, 'warning')}"
        print(f"{some(checked.documents, 'document')}: {found}", file=sys.stderr)
    return 1 if errors or (options.strict and warnings) else 0


def _public(options: argparse.Namespace) -> str:
    folder = root_of(options) / "public"
    if not folder.is_dir():
        raise WorldError(str(folder), "is not there", "make it: talkfeeds build")
    return os.path.relpath(folder)


def _as_text(remark: "Remark") -> str:
    fault = remark.fault
    said = f"{fault.level}: {fault.rule}: {fault.message} ({fault.remedy}; {fault.source})"
    return f"{remark.file}:{fault.line}: {said}"


def _as_json(remark: "Remark") -> dict[str, Any]:
    fault = remark.fault
    return {
        "file": remark.file,
        "line": fault.line,
        "rule": fault.rule,
        "level": str(fault.level),
        "message": fault.message,
        "remedy": fault.remedy,
        "source": fault.source,
    }


def _as_github(remark: "Remark") -> str:
    """A workflow command: https://docs.github.com/actions, "Workflow commands"."""
    fault = remark.fault
    level = _GITHUB_LEVELS[fault.level]
    place = f"file={_escaped(remark.file, ':,')},line={fault.line},title={fault.rule}"
    message = f"{fault.message} ({fault.remedy}; {fault.source})"
    return f"::{level} {place}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    for char in "%\r\n" + more:
        text = text.replace(char, f"%{ord(char):02X}")
    return text


def _as_sarif(checked: "Checked") -> dict[str, Any]:
    """SARIF 2.1.0, as code scanning reads it."""
    from urllib.parse import quote

    from feeds import __version__
    from feeds.check.documents.rules import RULES

    used = sorted({remark.fault.rule for remark in checked.remarks})
    rules = [
        {
            "id": rule,
            "shortDescription": {"text": RULES[rule].message},
            "help": {"text": f"{RULES[rule].remedy} ({RULES[rule].source})"},
            "defaultConfiguration": {"level": _SARIF_LEVELS[RULES[rule].level]},
        }
        for rule in used
    ]
    results = [
        {
            "ruleId": remark.fault.rule,
            "ruleIndex": used.index(remark.fault.rule),
            "level": _SARIF_LEVELS[remark.fault.level],
            "message": {"text": f"{remark.fault.message} ({remark.fault.remedy})"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": quote(remark.file, safe="/:?&=#%@+,;~")},
                        "region": {"startLine": max(remark.fault.line, 1)},
                    }
                }
            ],
        }
        for remark in checked.remarks
    ]
    driver = {"name": "talkfeeds", "version": __version__, "rules": rules}
    return {
        "$schema": _SARIF,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
