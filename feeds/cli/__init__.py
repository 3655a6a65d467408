"""The command line: arguments, clock, environment, wiring, printing, exit codes. No logic.

Results go to standard output, everything else to standard error. Exit status: 0 done, 1 the
content or the world said no, 2 wrong usage. Heavy modules are imported where they are used:
``talkfeeds --version`` and a usage error should feel instant.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from feeds import __version__
from feeds.cli.common import (
    Commands,
    Parser,
    Raw,
    add_command,
    base_url_of,
    print_json,
    root_of,
    some,
)
from feeds.errors import TalkfeedsError, UsageError

if TYPE_CHECKING:
    from datetime import date


def main(arguments: list[str] | None = None) -> int:
    """Run one command; gives back the exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A file's name need not be text in this locale; printing it must not fail. Where a
        # stream was closed before the start, Python has none, and print says nothing.
        if stream is not None:
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        words = sys.argv[1:] if arguments is None else arguments
        options = parser(_named(words)).parse_args(words)
        status: int = options.run(options)
        if sys.stdout is not None:
            sys.stdout.flush()
    except UsageError as error:
        print(f"talkfeeds: {_shown(error)}", file=sys.stderr)
        return 2
    except TalkfeedsError as error:
        print(_shown(error), file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has seen enough
        return 1
    except OSError as error:
        if error.filename is not None:
            raise
        # Only our own printing is not explained by an edge: a full disk behind ``>``.
        sys.stdout = None
        print(f"standard output: {(error.strerror or '').lower()}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("talkfeeds: stopped; nothing is half-written", file=sys.stderr)
        return 130
    return status


def _shown(error: TalkfeedsError) -> str:
    """What it says, without what a file's name would do to a terminal."""
    from feeds.cli.telling import spoken
    from feeds.text import visible

    return "\n".join(map(visible, spoken(error, os.environ).split("\n")))


def _named(words: Sequence[str]) -> str:
    """The command that is called, where a glance tells it; empty where it does not."""
    rest = iter(words)
    for word in rest:
        if word == "--root":
            next(rest, None)
        elif not word.startswith("--root="):
            return word if word in _COMMANDS or word == _VERSION else ""
    return ""


def parser(only: str = "") -> argparse.ArgumentParser:
    """The whole command, with its help; or as much of it as that one command needs."""
    top = Parser(
        prog="talkfeeds",
        description="Conference notes as an Atom feed, a weekly digest and a small website.",
        epilog="example: talkfeeds new my-talks && talkfeeds --root my-talks build",
        formatter_class=Raw,
    )
    top.add_argument(_VERSION, action="version", version=f"talkfeeds {__version__}")
    top.add_argument(
        "--root",
        type=Path,
        metavar="DIR",
        help="the publication (default: the nearest folder upwards with content/publication.toml)",
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True, prog=top.prog)

    for name, add_to in _COMMANDS.items():
        if only in {"", name}:
            add_to(commands)
    return top


def _add_new(commands: "Commands[Parser]") -> None:
    new = add_command(
        commands,
        "new",
        _new,
        "make a publication in an empty folder, or one talk file",
        'talkfeeds new my-talks\n         talkfeeds new --talk "What I heard" --date 2017-12-07',
    )
    new.add_argument("folder", nargs="?", type=Path, help="the new publication (default: here)")
    new.add_argument("--talk", metavar="TITLE", help="make one talk file in the publication")
    new.add_argument("--date", metavar="DAY", help="the day of the talk (default: today)")
    new.add_argument("--youtube", metavar="URL", default="", help="the talk's recording")
    new.add_argument("--title", help="the publication's title (default: the folder's name)")
    new.add_argument(
        "--base-url",
        default="https://talks.example.org/",
        metavar="URL",
        help="where it will be served from (default: %(default)s)",
    )
    new.add_argument("--language", default="en", metavar="TAG", help="such as es-MX (default: en)")
    new.add_argument(
        "--timezone", default="UTC", metavar="ZONE", help="such as America/Mexico_City"
    )


def _add_import(commands: "Commands[Parser]") -> None:
    import_ = add_command(
        commands,
        "import",
        _import,
        "turn a day of raw notes into talk files",
        'talkfeeds import day-2.md --event "KubeCon 2017" --first-day 2017-12-06 --language es',
    )
    import_.add_argument("notes", type=Path, metavar="NOTES.md", help="the notes, in Markdown")
    import_.add_argument("--event", metavar="NAME", help="the conference")
    when = import_.add_mutually_exclusive_group()
    when.add_argument("--first-day", metavar="DAY", help='date of day 1, for notes headed "Day 2"')
    when.add_argument("--date", metavar="DAY", help="date of every talk in the notes")
    import_.add_argument("--language", default="", metavar="TAG", help="of the notes")
    import_.add_argument("--abstract-language", default="", metavar="TAG", help="of the abstracts")
    import_.add_argument("--dry-run", action="store_true", help="say what would be done")
    import_.add_argument("--json", action="store_true", help="the report as JSON")


def _add_digest(commands: "Commands[Parser]") -> None:
    digest = add_command(
        commands,
        "digest",
        _digest,
        "make the issue of a week: HTML, text and a mail, below .talkfeeds/issues/",
        "talkfeeds digest 2017-W49",
    )
    digest.add_argument(
        "week", nargs="?", metavar="WEEK", help="ISO week (default: the last finished one)"
    )
    digest.add_argument("--base-url", metavar="URL", default="", help="instead of the settings'")
    digest.add_argument("--json", action="store_true", help="the result as JSON")


def _day(option: str, value: str) -> "date":
    from datetime import date

    from feeds.model import FIRST_YEAR, LAST_YEAR

    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None or len(value) != 10 or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise UsageError(f"{option}: {value!r} is not a date (write it as 2017-12-07)")
    return day


def _digest(options: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from feeds.edges.content import Folder
    from feeds.edges.disk import write_files
    from feeds.jobs.digest import files_of, make_digest
    from feeds.model import Week
    from feeds.render.newsletter import MAX_HTML_BYTES

    root = root_of(options)
    week = Week.parse(options.week) if options.week else None
    found = make_digest(Folder(root), week, datetime.now(UTC), base_url_of(options))
    if found.digest is None:
        hint = f"; the newest week with talks is {found.newest}" if found.newest else ""
        print(f"{found.week}: no talks, so there is no issue{hint}", file=sys.stderr)
        if options.json:
            print_json({"week": str(found.week), "talks": 0, "files": []})
        return 0
    paths = write_files(root / ".talkfeeds" / "issues", files_of(found))
    size = len(found.digest.html.encode())
    if size > MAX_HTML_BYTES:
        cause = "only a template of your own can do that; Gmail clips mails at 102 KB"
        print(f"{paths[0]}: {size:,} bytes of HTML ({cause})", file=sys.stderr)
    talks = len(found.digest.issue.talks)
    if options.json:
        print_json(
            {
                "week": str(found.week),
                "talks": talks,
                "subject": found.digest.subject,
                "html_bytes": size,
                "files": [str(path) for path in paths],
            }
        )
    else:
        print(f"{found.week}: {some(talks, 'talk')}, {size:,} bytes of HTML")
        for path in paths:
            print(path)
    return 0


def _new(options: argparse.Namespace) -> int:
    import secrets
    from datetime import date

    from feeds.edges.content import Folder
    from feeds.edges.disk import add_files
    from feeds.edges.root import SETTINGS
    from feeds.jobs.new import new_publication, new_talk

    today = date.today()  # noqa: DTZ011 # the day on the wall of whoever runs the command
    if options.talk is not None:
        if options.folder:
            raise UsageError("--talk makes a talk in a publication; name that with --root")
        root = root_of(options)
        day = _day("--date", options.date) if options.date else today
        made = new_talk(Folder(root), options.talk, day, options.youtube)
        add_files(root, [made])
        print(root / made.path)
        return 0
    if options.date or options.youtube:
        raise UsageError('--date and --youtube belong to a talk: talkfeeds new --talk "A title"')
    folder = (options.folder or options.root or Path()).absolute()
    if (folder / SETTINGS).exists():
        hint = 'talkfeeds new --talk "A title" adds a talk'
        raise UsageError(f"{folder} holds a publication already ({hint})")
    if folder.exists() and (
        not folder.is_dir() or any(not path.name.startswith(".") for path in folder.iterdir())
    ):
        raise UsageError(f"{folder} is not an empty folder (name a new one: talkfeeds new DIR)")
    files = new_publication(
        title=options.title or folder.name,
        base_url=options.base_url,
        language=options.language,
        timezone=options.timezone,
        today=today,
        nonce=secrets.token_hex(4),
    )
    add_files(folder, [made for made in files if not (folder / made.path).exists()])
    for made in files:
        print(folder / made.path)
    print(f"now: talkfeeds --root {folder} build", file=sys.stderr)
    return 0


def _import(options: argparse.Namespace) -> int:
    from feeds.edges.content import Folder, read_notes_file
    from feeds.edges.disk import Desk
    from feeds.jobs.importing import Facts, import_notes
    from feeds.model import Event
    from feeds.text import forbidden_in_xml, is_language

    for name in ("language", "abstract_language"):
        value = getattr(options, name)
        if value and not is_language(value):
            raise UsageError(f"--{name.replace('_', '-')}: {value!r} is not a language tag")
    root = root_of(options)
    if options.event and (bad := forbidden_in_xml(options.event)):
        raise UsageError(f"--event holds U+{ord(bad):04X}, which no feed can carry")
    facts = Facts(
        event=Event(options.event) if options.event else None,
        first_day=_day("--first-day", options.first_day) if options.first_day else None,
        day=_day("--date", options.date) if options.date else None,
        language=options.language,
        abstract_language=options.abstract_language,
    )
    text = read_notes_file(options.notes)
    desk = Desk(root, options.notes.absolute().parent)
    path = str(options.notes)
    found = import_notes(Folder(root), desk, text, path, facts, dry_run=options.dry_run)
    if options.json:
        print_json(
            {
                "dry_run": options.dry_run,
                "talks": [
                    {
                        "path": outcome.path,
                        "state": outcome.state,
                        "title": outcome.talk.title,
                        "draft": outcome.talk.draft,
                        "missing_lines": list(outcome.missing),
                    }
                    for outcome in found.outcomes
                ],
                "slides": list(found.slides),
                "remarks": [
                    {"line": remark.line, "message": remark.message, "text": remark.text}
                    for remark in found.remarks
                ],
            }
        )
        return 0
    for outcome in found.outcomes:
        state = f"would be {outcome.state}" if options.dry_run else outcome.state
        print(f"{state}: {outcome.path}: {outcome.talk.title}")
        for line in outcome.missing:
            print(f"    not in the file: {line}")
    for name in found.slides:
        print(f"copied: content/{name}")
    for remark in found.remarks:
        print(f"{path}:{remark.line}: {remark.message}")
        for line in remark.text.split("\n"):
            print(f"    | {line}")
    return 0


def _add_from(module: str, commands: "Commands[Parser]") -> None:
    import_module(f"feeds.cli.{module}").add_to(commands)


def _of(*modules: str) -> dict[str, Callable[["Commands[Parser]"], None]]:
    """Commands, each with a module of its own, that is imported for it alone."""
    return {name: partial(_add_from, name) for name in modules}


_VERSION = "--version"
# In the order of the help.
_COMMANDS: dict[str, Callable[["Commands[Parser]"], None]] = {
    "new": _add_new,
    "import": _add_import,
    **_of("build"),
    "digest": _add_digest,
    **_of("send", "issues", "audio", "subscribers", "web", "bounces", "ping", "serve"),
    **_of("publish", "check", "doctor"),
}
