"""``talkfeeds doctor``: whether everything is in place. Wiring and printing; no logic."""

import argparse
import os
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from feeds.cli.common import Commands, Parser, add_command, print_json, root_of, some
from feeds.errors import UsageError, WorldError

if TYPE_CHECKING:
    from feeds.check import Verdict
    from feeds.check.spf import Address
    from feeds.check.tools import Tools


def add_to(commands: "Commands[Parser]") -> None:
    """Put the command into the parser."""
    doctor = add_command(
        commands,
        "doctor",
        _doctor,
        "check that everything is in place; with --mail, that its mail would be trusted",
        "talkfeeds doctor --mail\n"
        "         talkfeeds doctor --mail --ip 192.0.2.25 --selector s2026",
    )
    doctor.add_argument(
        "--mail", action="store_true", help="ask the DNS: SPF, DKIM, DMARC, PTR and MX"
    )
    doctor.add_argument(
        "--ip",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="from where mail comes (may be repeated; default: the host of TALKFEEDS_SMTP_URL)",
    )
    doctor.add_argument(
        "--selector",
        action="append",
        default=[],
        metavar="NAME",
        help="a DKIM selector whose key the relay holds (may be repeated)",
    )
    doctor.add_argument(
        "--resolver",
        default="",
        metavar="HOST:PORT",
        help="the resolver to ask (default: the system's)",
    )
    doctor.add_argument(
        "--timeout",
        type=float,
        default=4.0,
        metavar="SECONDS",
        help="how long to wait for one answer (default: %(default)g)",
    )
    doctor.add_argument("--json", action="store_true", help="the result as JSON")


def _doctor(options: argparse.Namespace) -> int:
    from feeds.check import State
    from feeds.edges.content import Folder
    from feeds.jobs.doctor import Setup, check_mail, check_place, check_recordings

    for name in ("ip", "selector", "resolver"):
        if getattr(options, name) and not options.mail:
            raise UsageError(f"--{name} belongs to --mail")
    if not 0.01 <= options.timeout <= 60:
        raise UsageError("--timeout takes 0.01 to 60 seconds")
    source = Folder(root_of(options))
    recordings: tuple[Verdict, ...] = ()
    if options.mail:
        from feeds.edges.dns import Dns

        setup = Setup(
            smtp_url=os.environ.get("TALKFEEDS_SMTP_URL", "").strip(),
            addresses=_addresses(options.ip),
            dkim_keys=os.environ.get("TALKFEEDS_DKIM_KEYS", ""),
            selectors=_selectors(options.selector),
        )
        found = check_mail(source, Dns(options.resolver, options.timeout), _read_key, setup)
    else:
        found = check_place(source, os.environ, _read_key)
        recordings = check_recordings(source, partial(_tools, source.root), datetime.now(UTC))
        found += recordings
    errors = sum(verdict.state is State.ERROR for verdict in found)
    warnings = sum(verdict.state is State.WARNING for verdict in found)
    if options.json:
        print_json({"checks": [_as_json(verdict) for verdict in found],
                    "errors": errors, "warnings": warnings})  # fmt: skip
    else:
        for verdict in found:
            print(_line(verdict))
        told = f"{some(len(found), 'check')}: {some(errors, 'error')}, {some(warnings, 'warning')}"
        print(told, file=sys.stderr)
    # What is only old today is refused by YouTube tomorrow: of recordings, any finding counts.
    return 1 if errors or any(verdict.state is not State.OK for verdict in recordings) else 0


def _tools(root: Path) -> "Tools":
    from feeds.edges.machine import tools

    return tools(root, os.environ.get("TALKFEEDS_COOKIES", "").strip())


def _line(verdict: "Verdict") -> str:
    subject = f"{verdict.subject}: " if verdict.subject else ""
    said = [text for text in (verdict.remedy, verdict.source) if text]
    after = f" ({'; '.join(said)})" if verdict.remedy else ""
    return f"{verdict.state:<8} {verdict.check:<11} {subject}{verdict.message}{after}"


def _as_json(verdict: "Verdict") -> dict[str, str]:
    return {
        "check": verdict.check,
        "subject": verdict.subject,
        "state": str(verdict.state),
        "message": verdict.message,
        "remedy": verdict.remedy,
        "source": verdict.source,
    }


def _addresses(texts: list[str]) -> "tuple[Address, ...]":
    from ipaddress import ip_address

    try:
        return tuple(map(ip_address, texts))
    except ValueError:
        raise UsageError("--ip needs an IP address, such as 192.0.2.25") from None


def _selectors(names: list[str]) -> tuple[str, ...]:
    from feeds.check.records import is_host

    for name in names:
        if (
            not is_host(name)
            or not name.replace(".", "").replace("-", "").replace("_", "").isalnum()
        ):
            raise UsageError(f"--selector {name!r} is no name of a selector")
    return tuple(names)


def _read_key(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        remedy = "check the path in TALKFEEDS_DKIM_KEYS"
        raise WorldError(
            path, f"cannot be read: {(error.strerror or '').lower()}", remedy
        ) from None
