"""``talkfeeds bounces``: the mailbox that bounces come to, taken in. Wiring and printing."""

import argparse
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from feeds.cli.common import (
    Commands,
    Parser,
    add_command,
    ledger_of,
    print_json,
    refuse_another,
    root_of,
    some,
)
from feeds.cli.logs import FOLDER, add_log_options, logging_to
from feeds.errors import TalkfeedsError, UsageError, WorldError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feeds.jobs.bounces import Mail, Taken

# sysexits.h: the mail system keeps the mail and calls again.
EX_TEMPFAIL = 75
_log = logging.getLogger(__name__)
LOG = FOLDER / "bounces.jsonl"
MAILDIR = Path(".talkfeeds") / "bounces"


def add_to(commands: "Commands[Parser]") -> None:
    """Put the command into the parser."""
    made = add_command(
        commands,
        "bounces",
        _bounces,
        "take in bounces, complaints and mails that unsubscribe",
        "talkfeeds bounces --maildir /var/mail/bounces/",
    )
    made.add_argument("pipe", nargs="?", choices=("-",), help="one mail on standard input")
    source = made.add_mutually_exclusive_group()
    source.add_argument(
        "--maildir", type=Path, metavar="DIR", help=f"default: {MAILDIR}/ in the root"
    )
    source.add_argument("--mbox", type=Path, metavar="FILE", help="locked while it is read")
    source.add_argument(
        "--imap", action="store_true", help="the folder that TALKFEEDS_IMAP_URL names"
    )
    made.add_argument("--delete", action="store_true", help="with --mbox: what was understood")
    made.add_argument("--dry-run", action="store_true", help="say what would be done")
    made.add_argument("--json", action="store_true", help="the totals as JSON")
    add_log_options(made, str(LOG))


def _bounces(options: argparse.Namespace) -> int:
    if options.pipe and (options.maildir or options.mbox or options.imap):
        raise UsageError("- is a mailbox of its own: leave out --maildir, --mbox and --imap")
    if options.delete and not options.mbox:
        raise UsageError("--delete belongs to --mbox: the others are marked as seen")
    from dataclasses import asdict

    try:
        with logging_to(options.log, root_of(options) / LOG):
            taken = _taken(options)
            if not options.dry_run:
                _log.info("bounces", extra={"data": {"read": taken.read, **asdict(taken)}})
    except TalkfeedsError as error:
        if not options.pipe:
            raise
        print(error, file=sys.stderr)
        return EX_TEMPFAIL
    _show(options, taken)
    return 0


def _taken(options: argparse.Namespace) -> "Taken":
    from feeds.edges.content import Folder
    from feeds.jobs.bounces import take_reports
    from feeds.jobs.loading import read_settings
    from feeds.tokens import Tokens

    root = root_of(options)
    publication = read_settings(Folder(root))
    with ledger_of(options) as (ledger, key), _mails(options, root) as mails:
        refuse_another(ledger, publication, look_only=True)
        return take_reports(
            ledger,
            mails,
            Tokens(key, publication.id),
            publication.mail.max_bounces,
            datetime.now(UTC),
            dry_run=options.dry_run,
        )


@contextmanager
def _mails(options: argparse.Namespace, root: Path) -> Iterator["Iterable[Mail]"]:
    from feeds.bounces import MAX_BYTES
    from feeds.edges.mailboxes import PipedMail, maildir, mbox

    if options.pipe:
        yield [PipedMail(sys.stdin.buffer, MAX_BYTES)]
    elif options.mbox:
        with mbox(options.mbox, MAX_BYTES, delete=options.delete) as found:
            yield found
    elif options.imap:
        from feeds.edges.imap import VARIABLE, account, imap

        url = os.environ.get(VARIABLE, "").strip()
        if not url:
            remedy = "set it to imaps://user:password@mail.example.org/INBOX"
            raise WorldError(VARIABLE, "is not set", remedy)
        with imap(account(url), MAX_BYTES, read_only=options.dry_run) as messages:
            yield messages
    elif options.maildir or (root / MAILDIR).is_dir():
        yield maildir(options.maildir or root / MAILDIR, MAX_BYTES)
    else:
        print(
            f"{root / MAILDIR} is not there yet: have mail delivered to it (as a Maildir), or name "
            "a mailbox with --maildir, --mbox or --imap",
            file=sys.stderr,
        )
        yield []


def _show(options: argparse.Namespace, taken: "Taken") -> None:
    from dataclasses import asdict

    if options.json:
        print_json({"dry_run": options.dry_run, "read": taken.read, **asdict(taken)})
        return
    names = {
        "hard": "hard",
        "soft": "soft",
        "complaints": "complaints",
        "left": "left",
        "auto_replies": "auto-replies",
        "notices": "notices",
        "others": "other mail",
        "unknown": "not ours",
        "already": "known already",
        "overtaken": "overtaken",
    }
    told = ", ".join(
        f"{getattr(taken, name):,} {shown}" for name, shown in names.items() if getattr(taken, name)
    )
    print(f"{some(taken.read, 'mail')}{': ' if told else ''}{told}")
    if taken.silenced:
        verb = "would receive" if options.dry_run else "will receive"
        print(f"{some(taken.silenced, 'subscriber')} {verb} no more mail")
