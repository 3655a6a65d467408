"""``talkfeeds ping``: tell a WebSub hub what changed. Wiring and printing; no logic."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from feeds.cli.common import Commands, Parser, add_command, base_url_of, print_json, root_of, some
from feeds.errors import UsageError

if TYPE_CHECKING:
    from feeds.jobs.pinging import Pinged


def add_to(commands: "Commands[Parser]") -> None:
    """Put the command into the parser."""
    ping = add_command(
        commands,
        "ping",
        _ping,
        "tell the hub of [feed] hub which feeds changed since the last ping",
        "talkfeeds ping --output /srv/www",
    )
    ping.add_argument("--output", type=Path, metavar="DIR", help="default: public/ in the root")
    ping.add_argument("--base-url", metavar="URL", default="", help="instead of the settings'")
    ping.add_argument(
        "--timeout",
        type=float,
        default=10.0,
        metavar="SECONDS",
        help="how long the hub may be silent (default: %(default)g)",
    )
    ping.add_argument("--json", action="store_true", help="the result as JSON")


def _ping(options: argparse.Namespace) -> int:
    from feeds.edges.content import Folder
    from feeds.edges.websub import BuiltFeeds, Told, WebHub
    from feeds.jobs.pinging import hub_of, ping

    if not 0 < options.timeout <= 3_600:
        raise UsageError(f"--timeout: {options.timeout:g} is no waiting time (such as 10)")
    root = root_of(options)
    output = (options.output or root / "public").absolute()
    hub_url, base_url = hub_of(Folder(root))
    hub = WebHub(hub_url, options.timeout)
    try:
        site, memory = BuiltFeeds(output), Told(root / ".talkfeeds")
        pinged = ping(hub_url, base_url_of(options) or base_url, site, memory, hub)
    finally:
        hub.close()
    _report(hub_url, pinged, as_json=options.json)
    if pinged.trouble:
        raise pinged.trouble
    return 0


def _report(hub_url: str, pinged: "Pinged", *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "hub": hub_url,
                "told": list(pinged.told),
                "unchanged": pinged.unchanged,
                "refused": dict(pinged.refused),
                "waiting": list(pinged.waiting),
            }
        )
        return
    print(f"{hub_url}: {some(len(pinged.told), 'feed')} told, {pinged.unchanged:,} unchanged")
    for url, reason in pinged.refused.items():
        print(f"refused: {url}: {reason}", file=sys.stderr)
    if pinged.waiting:
        print(f"{some(len(pinged.waiting), 'feed')} left for the next ping", file=sys.stderr)
