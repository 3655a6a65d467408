"""``talkfeeds web``: people subscribe, choose and leave by themselves. Wiring; no logic."""

import argparse
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from feeds.cli.common import Commands, Parser, add_command, ledger_of, refuse_another, root_of
from feeds.cli.logs import add_log_options, logging_to
from feeds.errors import ContentError, UsageError, WorldError

if TYPE_CHECKING:
    from feeds.edges.content import Folder
    from feeds.model import Publication
    from feeds.render.webpages import Topics

# How old the tags and events may be that people choose from.
_TOPICS_FOR_S = 600.0


def add_to(commands: "Commands[Parser]") -> None:
    """Put the command into the parser."""
    web = add_command(
        commands,
        "web",
        _web,
        "let people subscribe, choose and leave by themselves: a small web app",
        "talkfeeds web --port 8000",
    )
    web.add_argument("--host", default="127.0.0.1", help="where to listen (default: %(default)s)")
    web.add_argument(
        "--port", type=int, default=8000, help="0 is any that is free (default: %(default)s)"
    )
    web.add_argument(
        "--forwarded-allow-ips",
        default="127.0.0.1",
        metavar="LIST",
        help="proxies whose X-Forwarded-For is believed (default: %(default)s)",
    )
    add_log_options(web, "lines for people, on standard error")


def _web(options: argparse.Namespace) -> int:
    if options.log:
        with logging_to(options.log, Path()):
            return _serve(options)
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    for name in ("feeds", "uvicorn.error"):  # others, such as alembic, only when they warn
        logging.getLogger(name).setLevel(logging.INFO)
    return _serve(options)


def _serve(options: argparse.Namespace) -> int:
    from feeds.edges.content import Folder
    from feeds.jobs.loading import read_settings

    if not 0 <= options.port <= 65_535:
        raise UsageError("--port is a number from 0 to 65535")
    root = root_of(options)
    source = Folder(root)
    publication = read_settings(source)
    if not publication.mail.web_url:
        cause, remedy = "has no [mail] web_url", "write there where the app will be reached"
        raise WorldError("content/publication.toml", cause, remedy)
    _installed()
    from feeds.edges.web.server import listen, server

    with listen(options.host, options.port) as listening, ledger_of(options) as (ledger, _key):
        refuse_another(ledger, publication)
        from feeds.cli.post import new_token, open_post
        from feeds.edges.web import Clock, create_app
        from feeds.jobs.confirming import Outgoing
        from feeds.jobs.joining import Joining
        from feeds.jobs.loading import kit_of
        from feeds.links import Links
        from feeds.render.webpages import Pages

        kit = kit_of(source, publication)
        links = Links(ledger.secret, publication.id, publication.mail.web_url)
        joining = Joining(ledger, links, kit)
        post = open_post(root, publication)
        app = create_app(
            joining,
            Outgoing(lambda asked: joining.letter(asked, new_token()), post),
            links,
            Pages(kit),
            _topics(source, publication),
            Clock(lambda: datetime.now(UTC), monotonic),
        )
        host, port = listening.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        print(f"http://{shown}:{port}/ is {publication.mail.web_url}", file=sys.stderr, flush=True)
        server(app, options.forwarded_allow_ips).run(sockets=[listening])
    return 0


def _installed() -> None:
    """WorldError that says what to install."""
    try:
        import cryptography
        import prometheus_client
        import python_multipart
        import starlette
        import uvicorn
    except ModuleNotFoundError as error:
        remedy = "install it with: pip install 'talkfeeds[web]'"
        raise WorldError("talkfeeds web", f"needs {error.name}", remedy) from None
    del cryptography, prometheus_client, python_multipart, starlette, uvicorn


def _topics(source: "Folder", publication: "Publication") -> "Callable[[], Topics]":
    """The talks' tags and events, read again after a while; the last good ones while talks err."""
    from feeds.jobs.loading import read_talks
    from feeds.render.webpages import Topics

    found, read_at = Topics(), float("-inf")

    def topics() -> Topics:
        nonlocal found, read_at
        if monotonic() - read_at < _TOPICS_FOR_S:
            return found
        read_at = monotonic()
        try:
            talks = [talk for talk in read_talks(source, publication) if not talk.hidden]
        except ContentError as error:
            logging.getLogger(__name__).warning("talks have mistakes: %d", len(error.problems))
        else:
            tags = {tag for talk in talks for tag in talk.tags}
            events = {talk.event.name for talk in talks if talk.event}
            found = Topics(tuple(sorted(tags)), tuple(sorted(events)))
        return found

    topics()
    return topics
