"""``talkfeeds serve``: the site and its digest, while they are being written. Wiring."""

import argparse
import os
import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from feeds.cli.common import Commands, Parser, add_command, base_url_of, root_of, some
from feeds.errors import UsageError, WorldError

if TYPE_CHECKING:
    from pathlib import Path

    from feeds.jobs.preview import Preview


def add_to(commands: "Commands[Parser]") -> None:
    """Put the command into the parser."""
    serve = add_command(
        commands,
        "serve",
        _serve,
        "show the site while you write: built and loaded again on save, mistakes in the page",
        "talkfeeds serve\n         talkfeeds serve --port 9000",
    )
    serve.add_argument("--host", default="127.0.0.1", help="where to listen (default: %(default)s)")
    serve.add_argument(
        "--port", type=int, default=8080, help="0 is any that is free (default: %(default)s)"
    )
    serve.add_argument(
        "--base-url",
        metavar="URL",
        default="",
        help="where you reach it, when that is not where it listens",
    )


def _serve(options: argparse.Namespace) -> int:
    if not 0 <= options.port <= 65_535:
        raise UsageError("--port is a number from 0 to 65535")
    root = root_of(options)
    base_url = base_url_of(options)
    if urlsplit(base_url).path not in {"", "/"}:
        raise UsageError("--base-url: the preview is at the top of its host, so no path")
    _installed()
    import secrets

    from feeds.edges.preview import create_app, hold, run, watch
    from feeds.edges.web.server import listen

    folder = root / ".talkfeeds" / "preview"
    with hold(folder), listen(options.host, options.port) as listening:
        host, port = listening.getsockname()[:2]
        here = _address(host, port)
        base_url = base_url or here
        names = frozenset(filter(None, (urlsplit(base_url).hostname, options.host.lower())))
        desk = _desk(root, folder, base_url)
        # Also one that comes before the server listens to it.
        with suppress(KeyboardInterrupt):
            print(f"{here} shows {root}; Ctrl-C ends it", file=sys.stderr)
            print(f"{here}.preview/ shows the digest", file=sys.stderr, flush=True)
            if not _loopback(host):
                print(
                    "whoever reaches this machine can read it all, a private podcast too",
                    file=sys.stderr,
                    flush=True,
                )
            app = create_app(
                folder,
                desk,
                partial(watch, root),
                names,
                secrets.token_hex(4),
                partial(_tell, root),
            )
            run(app, listening)
    print("talkfeeds: stopped", file=sys.stderr)
    return 0


def _desk(root: "Path", folder: "Path", base_url: str) -> "Preview":
    from feeds.edges.content import Folder, shipped_catalogs, shipped_templates
    from feeds.edges.memory import Memory
    from feeds.edges.output import Site
    from feeds.edges.shelf import Shelf
    from feeds.edges.stamps import Looks
    from feeds.jobs.preview import Preview
    from feeds.model import Publication
    from feeds.render.kit import Kit

    nameless = Publication("talkfeeds", "tag:example.org,2026:preview", base_url)
    shipped = Kit(nameless, shipped_templates(), shipped_catalogs())
    shelf = Shelf(root, os.environ.get("TALKFEEDS_SECRET_KEY", ""))
    looks = Looks(root)
    site, memory = Site(folder, root / "content"), Memory(root, folder, (base_url,), looks)
    return Preview(Folder(root, looks), site, base_url, shelf, shipped, memory)


def _address(host: str, port: int) -> str:
    """Where a browser on this machine finds it."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 # compared, not bound
        host = "localhost"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _loopback(host: str) -> bool:
    import ipaddress

    return ipaddress.ip_address(host.partition("%")[0]).is_loopback


def _tell(root: "Path", outcome: object) -> None:
    """What came of a build, for the terminal."""
    from feeds.jobs.built import Built
    from feeds.render.preview import Mistakes

    if isinstance(outcome, Built):
        changes, talks = outcome.changes, len(outcome.loaded.plan.talks)
        said = (
            f"built: {some(talks, 'talk')}, {some(changes.written, 'file')} written, "
            f"{changes.removed} removed"
        )
        if outcome.loaded.publication.podcast.private and outcome.podcast_url:
            said += f"; the private podcast is at {outcome.podcast_url}"
        if outcome.missing:
            said += f"\nnot below content/, so left out: {', '.join(outcome.missing[:10])}"
    elif isinstance(outcome, Mistakes):
        said = "\n".join(map(str, outcome.problems)) or outcome.other
    else:
        said = f"{root}: not built; that is a mistake of talkfeeds"
    with suppress(OSError):  # a terminal that went away stops no preview
        print(said, file=sys.stderr, flush=True)


def _installed() -> None:
    """WorldError that says what to install."""
    try:
        import starlette
        import uvicorn
        import watchfiles
    except ModuleNotFoundError as error:
        remedy = "install talkfeeds again, with its dependencies"
        raise WorldError("talkfeeds serve", f"needs {error.name}", remedy) from None
    del starlette, uvicorn, watchfiles
