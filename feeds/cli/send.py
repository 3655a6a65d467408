"""``talkfeeds send``: wiring, signals and printing; no rules."""

import argparse
import logging
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feeds.cli.common import (
    Commands,
    Parser,
    add_command,
    base_url_of,
    ledger_of,
    print_json,
    progress_of,
    refuse_another,
    root_of,
    some,
)
from feeds.cli.issues import as_json, in_words
from feeds.cli.logs import FOLDER, add_log_options, logging_to
from feeds.cli.rehearsing import dry_run, say_nothing, send_test
from feeds.errors import WorldError

if TYPE_CHECKING:
    from feeds.deliveries import Totals
    from feeds.edges.ledger import Ledger
    from feeds.jobs.committing import Sending
    from feeds.jobs.issues import Ready, Workshop
    from feeds.jobs.send import Relay
    from feeds.jobs.stationery import Stationery
    from feeds.model import Publication, Week

_log = logging.getLogger(__name__)
LOG = FOLDER / "send.jsonl"
_UNCERTAIN = (
    "settle them: --reconcile LOG (the relay's log), --resend-uncertain or --skip-uncertain"
)


def add_to(commands: "Commands[Parser]") -> None:
    """Put the command into the parser."""
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
    add_log_options(send, str(LOG))
    send.add_argument("--debug", action="store_true", help="log every letter too, with its address")


def _send(options: argparse.Namespace) -> int:
    with logging_to(options.log, root_of(options) / LOG, debug=options.debug) as fields:
        return _send_and_log(options, fields)


def _send_and_log(options: argparse.Namespace, fields: dict[str, object]) -> int:
    """The same; ``fields`` are what each line of the log says."""
    from feeds.cli.post import relay_of
    from feeds.edges.content import Folder
    from feeds.jobs.issues import Nothing, Workshop
    from feeds.jobs.loading import read_settings
    from feeds.model import Week

    week = None if options.week is None else Week.parse(options.week)
    with ledger_of(options) as (ledger, key):
        publication = read_settings(Folder(root_of(options)), base_url_of(options))
        trying = options.dry_run or options.test is not None
        refuse_another(ledger, publication, look_only=trying)
        stationery = _stationery(publication, key)
        relay = relay_of(root_of(options), publication)

        def workshop() -> Workshop:
            return _workshop(options, stationery, key)

        if options.test is not None:
            return send_test(options, workshop(), stationery, relay, week)
        settling = options.reconcile or options.resend_uncertain or options.skip_uncertain
        week = _chosen(ledger, publication, week, uncertain=bool(settling))
        fields["week"] = str(week)
        with ledger.reading() as shelf:
            known = shelf.totals(week)
        if options.dry_run:
            return dry_run(options, ledger, workshop, week, known)
        _log.info("started", extra={"data": {"frozen": bool(known)}})
        status = _others(options, ledger, stationery, relay, week)
        if settling:
            if not known:
                raise WorldError(str(week), "has no issue in the ledger", "see: talkfeeds issues")
            _settle(options, ledger, stationery, week)
        elif not known:
            ready = _freeze(options, ledger, workshop(), week)
            if isinstance(ready, Nothing):
                _log.info("nothing", extra={"data": {"reason": ready.reason}})
                return status | say_nothing(options, ready.week, ready.reason)
        # A frozen issue needs nothing of the content: it goes out even while that is broken.
        sending = _deliver(ledger, stationery, relay, week)
        return status | _report(options, ledger, week, sending)


def _stationery(publication: "Publication", key: bytes) -> "Stationery":
    from feeds.cli.post import signer_of
    from feeds.jobs.stationery import Stationery
    from feeds.links import Links
    from feeds.render.kit import Kit
    from feeds.render.newsletter import sender_of
    from feeds.tokens import Tokens

    kit = Kit(publication, {}, {})
    links = Links(key, publication.id, publication.mail.web_url)
    return Stationery(
        kit,
        Tokens(key, publication.id),
        links.unsubscribe if publication.mail.web_url else None,
        links.preferences if publication.mail.web_url else None,
        signer_of(sender_of(kit).domain),
    )


def _workshop(options: argparse.Namespace, stationery: "Stationery", key: bytes) -> "Workshop":
    """The publication's talks and templates, read now."""
    from feeds.edges.content import Folder
    from feeds.jobs.issues import Workshop
    from feeds.jobs.loading import kit_of, load

    source = Folder(root_of(options))
    loaded = load(source, base_url_of(options))
    return Workshop(loaded, kit_of(source, loaded.publication), key, stationery.gate)


def _chosen(
    ledger: "Ledger", publication: "Publication", week: "Week | None", *, uncertain: bool
) -> "Week":
    """``week``, else the newest with something uncertain when that is to be settled, else the
    last finished one."""
    from feeds.deliveries import State
    from feeds.plan import last_finished_week

    with ledger.reading() as shelf:
        totals = shelf.totals()
    if week is None and uncertain:
        doubtful = [found.week for found in totals if found.by_state.get(State.UNCERTAIN)]
        if doubtful:
            return doubtful[0]
    return week or last_finished_week(publication, datetime.now(UTC))


def _others(
    options: argparse.Namespace,
    ledger: "Ledger",
    stationery: "Stationery",
    relay: "Relay",
    week: "Week",
) -> int:
    """Other issues that are not finished go on first, oldest first; gives their exit status.

    Where one week was asked for, or something is to be settled, they are only told.
    """
    settling = options.reconcile or options.resend_uncertain or options.skip_uncertain
    with ledger.reading() as shelf:
        left = sorted(found.week for found in shelf.totals() if found.open and found.week != week)
    status = 0
    for other in left:
        if options.week is not None or settling:
            print(f"{other} has open deliveries: talkfeeds send {other}", file=sys.stderr)
        else:
            sending = _deliver(ledger, stationery, relay, other)
            status |= _report(options, ledger, other, sending, aside=True)
    return status


def _freeze(
    options: argparse.Namespace, ledger: "Ledger", workshop: "Workshop", week: "Week"
) -> "Ready | Any":
    from feeds.jobs.issues import Ready, freeze, refuse_if_late

    now = datetime.now(UTC)
    found = freeze(ledger, workshop, week, now, refuse_if_late if options.week is None else None)
    if isinstance(found, Ready):
        talks = some(len(found.issue.talks), "talk")
        print(f"{week}: {talks} for {some(found.recipients, 'subscriber')}", file=sys.stderr)
        data = {"talks": len(found.issue.talks), "recipients": found.recipients}
        data |= {"variants": len(found.frozen.variants)}
        _log.info("frozen", extra={"data": data})
    return found


def _deliver(ledger: "Ledger", stationery: "Stationery", relay: "Relay", week: "Week") -> "Sending":
    import asyncio
    import gc

    from feeds.edges.scheduling import never_interrupting
    from feeds.jobs.committing import Times
    from feeds.jobs.send import deliver
    from feeds.render.letters import Template

    with ledger.reading() as shelf:
        templates = {
            number: Template.from_bytes(kept) for number, kept in shelf.templates(week).items()
        }
        (totals,) = shelf.totals(week)

    _log.info("began", extra={"data": {"recipients": totals.recipients, "open": totals.open}})

    async def run(show: Callable[[int, int], None]) -> "Sending":
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        import signal

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopping.set)
        times = Times(lambda: datetime.now(UTC), asyncio.sleep)
        settled = totals.recipients - totals.open

        def progress(sending: "Sending") -> None:
            show(min(settled + sending.settled, totals.recipients), totals.recipients)

        with ledger.sending(week) as desk:
            return await deliver(
                desk,
                relay,
                stationery.composer(week, templates),
                stationery.kit.publication.mail,
                times,
                stopping,
                progress,
            )

    # What is there stays to the end: the collector need not look through it again and again.
    gc.freeze()
    with progress_of("Sending", rate=True) as show, never_interrupting():
        return asyncio.run(run(show))


def _report(
    options: argparse.Namespace,
    ledger: "Ledger",
    week: "Week",
    sending: "Sending",
    *,
    aside: bool = False,
) -> int:
    """What came of it, and the exit status; ``aside`` from the result, on standard error."""
    with ledger.changing() as shelf:
        shelf.finish(week, datetime.now(UTC))
    with ledger.reading() as shelf:
        (totals,) = shelf.totals(week)
    counted = as_json(totals)
    told = {name: counted[name] for name in ("recipients", "open", "states")}
    _log.info("finished" if not totals.open else "stopped", extra={"data": told})
    if aside:
        print(in_words(totals), file=sys.stderr)
    elif options.json:
        print_json(counted)
    else:
        print(in_words(totals))
    if sending.gone:
        print(f"gave up on the relay: {sending.gone}", file=sys.stderr)
    return _verdict(totals)


def _verdict(totals: "Totals") -> int:
    """0 when every recipient's delivery is settled; what is left is told on standard error."""
    from feeds.deliveries import State

    if not totals.adds_up:
        counted = sum(totals.by_state.values())
        print(
            f"{totals.week}: {counted:,} deliveries for {totals.recipients:,} recipients: the "
            "ledger does not add up (do not send again; restore it from its backup)",
            file=sys.stderr,
        )
        return 1
    if number := totals.by_state.get(State.UNCERTAIN, 0):
        print(f"{totals.week}: {number:,} uncertain ({_UNCERTAIN})", file=sys.stderr)
    if number := totals.open - totals.by_state.get(State.UNCERTAIN, 0):
        print(
            f"{totals.week}: {number:,} still to be sent (go on with: talkfeeds send "
            f"{totals.week})",
            file=sys.stderr,
        )
    return 1 if totals.open else 0


def _settle(
    options: argparse.Namespace, ledger: "Ledger", stationery: "Stationery", week: "Week"
) -> None:
    from dataclasses import asdict

    from feeds.jobs.settling import by_log, by_word

    with ledger.sending(week) as desk:
        desk.bury()
    if options.reconcile:
        found = by_log(
            ledger, week, stationery.tokens, _lines(options.reconcile), ", ".join(options.reconcile)
        )
    else:
        found = by_word(ledger, week, again=options.resend_uncertain)
    _log.info("settled", extra={"data": asdict(found)})
    print(
        f"{week}: of the uncertain, {found.sent:,} were sent, {found.again:,} are sent again, "
        f"{found.skipped:,} are skipped, {found.forgotten:,} were forgotten meanwhile",
        file=sys.stderr,
    )


def _lines(paths: list[str]) -> Iterator[bytes]:
    """The lines of all logs; a compressed one is unpacked."""
    import gzip
    import zlib

    for path in paths:
        try:
            if path == "-":
                yield from sys.stdin.buffer
                continue
            with gzip.open(path) if path.endswith(".gz") else Path(path).open("rb") as file:
                yield from file
        except (OSError, EOFError, zlib.error) as error:
            reason = (getattr(error, "strerror", None) or str(error)).lower()
            raise WorldError(path, f"cannot be read: {reason}", "name the relay's log") from error
