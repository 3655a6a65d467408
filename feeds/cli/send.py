"""``talkfeeds send`` and ``talkfeeds issues``: wiring, signals and printing; no rules."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    from feeds.deliveries import Totals
    from feeds.edges.ledger import Ledger
    from feeds.jobs.issues import Ready, Workshop
    from feeds.jobs.send import Relay, Sending
    from feeds.jobs.settling import Settled
    from feeds.jobs.stationery import Stationery
    from feeds.model import Week

_UNCERTAIN = (
    "settle them: --reconcile LOG (the relay's log), --resend-uncertain or --skip-uncertain"
)


def add_to(commands: "Commands[Parser]") -> None:
    """Put both commands into the parser."""
    send = add_command(
        commands,
        "send",
        _send,
        "send the issue of a week to everybody who subscribed, once",
        "talkfeeds send 2017-W49 --dry-run\n         talkfeeds send",
    )
    send.add_argument(
        "week", nargs="?", metavar="WEEK", help="ISO week (default: the last finished one)"
    )
    send.add_argument("--base-url", metavar="URL", default="", help="instead of the settings'")
    how = send.add_mutually_exclusive_group()
    how.add_argument("--dry-run", action="store_true", help="say what would be sent, to how many")
    how.add_argument("--test", metavar="EMAIL", help="send it to this address alone, off the books")
    how.add_argument(
        "--reconcile",
        action="append",
        metavar="LOG",
        help="settle what a crash left uncertain by the relay's log (- is standard input)",
    )
    how.add_argument(
        "--resend-uncertain", action="store_true", help="send those again, on your word"
    )
    how.add_argument("--skip-uncertain", action="store_true", help="give those up, on your word")
    send.add_argument("--json", action="store_true", help="the result as JSON")

    issues = add_command(
        commands,
        "issues",
        _issues,
        "every issue that was sent, with its totals",
        "talkfeeds issues --json",
    )
    issues.add_argument("--json", action="store_true", help="the totals as JSON")


def _send(options: argparse.Namespace) -> int:
    from feeds.model import Week

    week = Week.parse(options.week) if options.week else None
    with ledger_of(options) as (ledger, key):
        workshop, stationery, relay = _made(options, key)
        if options.test:
            return _test(options, workshop, stationery, relay, week)
        settling = options.reconcile or options.resend_uncertain or options.skip_uncertain
        week = _chosen(ledger, workshop, week, uncertain=bool(settling))
        with ledger.reading() as shelf:
            known = shelf.totals(week)
        if options.dry_run:
            return _dry_run(options, ledger, workshop, week, known)
        if settling:
            if not known:
                raise WorldError(str(week), "has no issue in the ledger", "see: talkfeeds issues")
            _settle(options, ledger, stationery, week)
        elif not known:
            from feeds.jobs.issues import Nothing

            ready = _freeze(options, ledger, workshop, week)
            if isinstance(ready, Nothing):
                return _say_nothing(options, ready.week, ready.reason)
        sending = _deliver(ledger, workshop, stationery, relay, week)
        return _report(options, ledger, week, sending)


def _made(
    options: argparse.Namespace, key: bytes
) -> tuple["Workshop", "Stationery", "Relay"]:
    """The publication, what its letters are made with, and where they go."""
    from dataclasses import replace

    from feeds.cli.common import base_url_of
    from feeds.edges.content import Folder
    from feeds.jobs.issues import Workshop
    from feeds.jobs.loading import kit_of, load
    from feeds.jobs.stationery import Stationery
    from feeds.tokens import Links, Tokens

    root = root_of(options)
    source = Folder(root)
    loaded = load(source, base_url_of(options))
    publication = loaded.publication
    kit = kit_of(source, publication)
    links = Links(key, publication.id, publication.mail.web_url)
    stationery = Stationery(
        kit,
        Tokens(key, publication.id),
        links.unsubscribe if publication.mail.web_url else None,
        _signer(stationery_domain(kit)),
    )
    workshop = Workshop(loaded, kit, key, stationery.gate)
    return workshop, stationery, relay_of(root, publication)
