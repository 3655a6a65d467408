"""``talkfeeds subscribers …``: who receives the digest. Wiring and printing; no logic.

Addresses appear on standard output only: they are the result that was asked for. What goes to
standard error ends in logs, and names nobody.
"""

import argparse
import sys
from datetime import UTC, datetime
from functools import partial
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
from feeds.errors import UsageError

if TYPE_CHECKING:
    from feeds.model import Subscriber

_ASKED = "pending: a mail asks them to confirm, and they receive nothing else before that"
_PENDING = "pending: receives nothing before it is confirmed (add it again with --confirmed)"


def add_to(commands: "Commands[Parser]") -> None:
    """Put the command and its own commands into the parser."""
    top = add_command(
        commands,
        "subscribers",
        None,
        "who receives the digest: add, remove, import, export, forget",
        "talkfeeds subscribers add ana@example.org --name Ana --confirmed",
    )
    inner = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    command = partial(add_command, inner)

    add = command(
        "add",
        _add,
        "take somebody in; doing it twice changes nothing",
        "talkfeeds subscribers add ana@example.org --name Ana --language es --tag kubernetes",
    )
    _address(add)
    add.add_argument("--name", default="", help="of the person")
    add.add_argument("--language", default="", metavar="TAG", help="default: the publication's")
    add.add_argument("--confirmed", action="store_true", help="they said yes: send them mail")
    add.add_argument(
        "--again", action="store_true", help="they left, or were forgotten, and asked to come back"
    )
    _wanted(add)

    set_ = command(
        "set",
        _set,
        "change what somebody wants",
        "talkfeeds subscribers set ana@example.org --paused\n"
        "         talkfeeds subscribers set ana@example.org --weekly --all-tags --language es",
    )
    _address(set_)
    set_.add_argument("--name", help="of the person")
    set_.add_argument("--language", metavar="TAG", help='"" is the publication\'s')
    _wanted(set_)
    set_.add_argument("--all-tags", action="store_true", help="talks of every tag")
    set_.add_argument("--all-events", action="store_true", help="talks of every event")
    pace = set_.add_mutually_exclusive_group()
    pace.add_argument("--paused", action="store_true", help="stay subscribed, receive nothing")
    pace.add_argument("--weekly", action="store_true", help="receive the digest (again)")

    remove = command(
        "remove",
        _remove,
        "unsubscribe somebody; the row stays, so that no import brings them back",
        "talkfeeds subscribers remove ana@example.org",
    )
    _address(remove)

    forget = command(
        "forget",
        _forget,
        "remove everything about somebody, but a keyed hash that keeps them out",
        "talkfeeds subscribers forget ana@example.org",
    )
    _address(forget)

    list_ = command(
        "list", _list, "everybody, a line each", "talkfeeds subscribers list --status confirmed"
    )
    list_.add_argument(
        "--status",
        choices=("pending", "confirmed", "unsubscribed", "bounced", "complained"),
        metavar="STATUS",
        help="%(choices)s",
    )
    list_.add_argument("--json", action="store_true", help="the list as JSON")

    import_ = command(
        "import",
        _import,
        "take in a CSV, the whole file or nothing (columns email, name, language, status)",
        "talkfeeds subscribers import people.csv",
    )
    import_.add_argument("file", metavar="FILE.csv", help="- is standard input")
    import_.add_argument("--json", action="store_true", help="the result as JSON")

    export = command(
        "export",
        _export,
        "everybody as CSV (email, name, language, status), readable by their owner alone",
        "talkfeeds subscribers export people.csv",
    )
    export.add_argument(
        "file", nargs="?", default="-", metavar="FILE.csv", help="default: standard output"
    )

    stats = command("stats", _stats, "everybody in numbers", "talkfeeds subscribers stats --json")
    stats.add_argument("--json", action="store_true", help="the numbers as JSON")


def _address(command: argparse.ArgumentParser) -> None:
    command.add_argument("email", metavar="EMAIL", help="such as ana@example.org")


def _wanted(command: argparse.ArgumentParser) -> None:
    for name in ("tag", "event"):
        command.add_argument(
            f"--{name}",
            action="append",
            dest=f"{name}s",
            metavar=name.upper(),
            help=f"talks of this {name} only (may be repeated; default: every {name})",
        )


def _email(options: argparse.Namespace) -> str:
    from feeds.address import normal_address

    try:
        return normal_address(options.email)
    except ValueError as error:
        raise UsageError(f"EMAIL {error} (write it as ana@example.org)") from None


def _name(options: argparse.Namespace) -> str | None:
    from feeds.subscribers import name_problem
    from feeds.text import one_line

    if options.name is None:
        return None
    name = one_line(options.name)
    if problem := name_problem(name):
        raise UsageError(f"--name {problem}")
    return name


def _language(options: argparse.Namespace) -> str | None:
    from feeds.text import is_language

    if options.language and not is_language(options.language):
        raise UsageError(f"--language: {options.language!r} is not a language tag")
    language: str | None = options.language
    return language


def _words(name: str, words: list[str] | None) -> tuple[str, ...] | None:
    from feeds.text import forbidden_in_xml, one_line

    if words is None:
        return None
    found = tuple(sorted({one_line(word) for word in words}))
    if "" in found or any(forbidden_in_xml(word) for word in found):
        raise UsageError(f"--{name} needs a word")
    return found


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _add(options: argparse.Namespace) -> int:
    from feeds.address import shown_address
    from feeds.cli.post import send_confirmation
    from feeds.jobs.subscribers import add
    from feeds.model import Status, Subscriber

    wanted = Subscriber(
        email=_email(options),
        status=Status.CONFIRMED if options.confirmed else Status.PENDING,
        since=_now(),
        name=_name(options) or "",
        language=_language(options) or "",
        tags=_words("tag", options.tags) or (),
        events=_words("event", options.events) or (),
    )
    with ledger_of(options) as (ledger, _key):
        state, found = add(ledger, wanted, again=options.again)
        print(f"{state}: {shown_address(found.email)}: {found.status}")
        if found.status == Status.PENDING:
            mailed = send_confirmation(root_of(options), ledger, found, _now())
            print(_ASKED if mailed else _PENDING, file=sys.stderr)
    if found.needs_smtputf8:
        print("only relays with SMTPUTF8 can take mail for this address", file=sys.stderr)
    asked = (wanted.name, wanted.language, wanted.tags, wanted.events)
    if state != "added" and any(asked) and _described(found) != _described(wanted):
        print("name and wishes were left as they are: talkfeeds subscribers set", file=sys.stderr)
    return 0


def _described(person: "Subscriber") -> tuple[object, ...]:
    return person.name, person.language, person.tags, person.events


def _set(options: argparse.Namespace) -> int:
    from feeds.address import shown_address
    from feeds.jobs.subscribers import Wishes, set_wishes

    for name in ("tag", "event"):
        if getattr(options, f"{name}s") and getattr(options, f"all_{name}s"):
            raise UsageError(f"--{name} and --all-{name}s say different things")
    wishes = Wishes(
        name=_name(options),
        language=_language(options),
        tags=() if options.all_tags else _words("tag", options.tags),
        events=() if options.all_events else _words("event", options.events),
        paused=True if options.paused else False if options.weekly else None,
    )
    if wishes == Wishes():
        raise UsageError("set needs something to change (talkfeeds subscribers set --help)")
    email = _email(options)
    with ledger_of(options) as (ledger, _key):
        changed, found = set_wishes(ledger, email, wishes)
    print(f"{'changed' if changed else 'unchanged'}: {shown_address(found.email)}{_wishes(found)}")
    return 0


def _wishes(person: "Subscriber") -> str:
    """What is not the default, in words."""
    said = []
    if person.paused:
        said.append("paused")
    if person.language:
        said.append(person.language)
    said += [f"tag {word}" for word in person.tags] + [f"event {word}" for word in person.events]
    return f": {', '.join(said)}" if said else ""


def _remove(options: argparse.Namespace) -> int:
    from feeds.address import shown_address
    from feeds.jobs.subscribers import remove

    email = _email(options)
    with ledger_of(options) as (ledger, _key):
        changed, found = remove(ledger, email, _now())
    print(f"{'removed' if changed else 'unchanged'}: {shown_address(found.email)}: {found.status}")
    return 0


def _forget(options: argparse.Namespace) -> int:
    from feeds.jobs.subscribers import forget

    email = _email(options)
    with ledger_of(options) as (ledger, _key):
        done = forget(ledger, email, _now())
    if not done.scrubbed:
        print(
            "forgotten, but another process is reading the database, and the address is still in "
            "its write-ahead log (when that process is done, run this again)",
            file=sys.stderr,
        )
        return 1
    print("forgotten; only a keyed hash is kept" if done.fresh else "unchanged: forgotten before")
    return 0


def _list(options: argparse.Namespace) -> int:
    from feeds.address import shown_address
    from feeds.model import Status

    status = Status(options.status) if options.status else None
    with ledger_of(options) as (ledger, _key), ledger.reading() as register:
        people = register.each(status)
        if options.json:
            print_json([_as_json(person) for person in people])
            return 0
        for person in people:
            name = f" {person.name}" if person.name else ""
            wishes = _wishes(person)
            print(f"{person.status:<12} {shown_address(person.email)}{name}{wishes}")
    return 0


def _as_json(person: "Subscriber") -> dict[str, object]:
    return {
        "email": person.email,
        "name": person.name,
        "language": person.language,
        "status": str(person.status),
        "since": person.since.isoformat(),
        "tags": list(person.tags),
        "events": list(person.events),
        "paused": person.paused,
        "needs_smtputf8": person.needs_smtputf8,
    }


def _import(options: argparse.Namespace) -> int:
    from feeds.edges.disk import lines_of
    from feeds.jobs.subscribers import import_csv

    if options.file == "-":
        path, data = "standard input", iter(sys.stdin.buffer)
    else:
        path, data = options.file, lines_of(Path(options.file))
    with ledger_of(options) as (ledger, _key):
        found = import_csv(ledger, data, path, _now())
    numbers = {
        name: getattr(found, name)
        for name in ("added", "changed", "unchanged", "kept", "suppressed")
    }
    if options.json:
        print_json({"rows": found.rows, **numbers})
    else:
        told = ", ".join(f"{number:,} {name}" for name, number in numbers.items())
        print(f"{path}: {some(found.rows, 'row')}: {told}")
    if found.kept:
        print(f"{some(found.kept, 'person')} left before, and stays so", file=sys.stderr)
    return 0


def _export(options: argparse.Namespace) -> int:
    from feeds.edges.disk import write_private
    from feeds.subscribers import write_csv

    root = root_of(options)
    target = Path(options.file).resolve()
    if options.file != "-" and target.is_relative_to((root / "public").resolve()):
        raise UsageError(f"{options.file} is below public/, where everybody could read it")
    with ledger_of(options) as (ledger, _key), ledger.reading() as register:
        data = (text.encode() for text in write_csv(register.each()))
        if options.file == "-":
            for block in data:
                sys.stdout.buffer.write(block)
            sys.stdout.buffer.flush()
        else:
            write_private(target, data)
    if options.file != "-":
        print(target)
    return 0


def _stats(options: argparse.Namespace) -> int:
    with ledger_of(options) as (ledger, _key), ledger.reading() as register:
        counts = register.counts()
    numbers = {
        "subscribers": counts.subscribers,
        "receiving": counts.receiving,
        "paused": counts.paused,
        "suppressed": counts.suppressed,
    }
    if options.json:
        languages = {"by_language": counts.by_language}
        print_json({**numbers, "by_status": counts.by_status, **languages})
        return 0
    for name, number in numbers.items():
        print(f"{name:<14}{number:>10,}")
    for name, number in counts.by_status.items():
        print(f"  {name:<12}{number:>10,}")
    for name, number in counts.by_language.items():
        print(f"  {name or '(default)':<12}{number:>10,}")
    return 0
