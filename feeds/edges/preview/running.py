"""The preview's server, until it is told to stop; and the folder that one of them owns."""

import asyncio
import fcntl
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import uvicorn

from feeds.edges.disk import make_private_folder
from feeds.edges.preview.app import Preview
from feeds.errors import WorldError

_PATIENCE_S = 2
_NOISE = (
    "Unsupported upgrade request",
    "No supported WebSocket",
    "Invalid HTTP request",
    "Cancel ",
)


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Keep ``folder``'s name to ourselves while the block runs; WorldError when another does."""
    make_private_folder(folder.parent)
    lock = folder.with_name(f"{folder.name}.lock")
    handle = os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            cause = "is being served already, by another talkfeeds serve"
            raise WorldError(str(folder.parent.parent), cause, "use that one, or stop it") from None
        yield
    finally:
        os.close(handle)


class _Server(uvicorn.Server):
    """Ends what would never end by itself before it waits for what is open."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        app = self.config.app
        assert isinstance(app, Preview)
        await app.close()
        await super().shutdown(sockets)


def run(app: Preview, listening: socket.socket) -> None:
    """Serve until Ctrl-C, which is how a preview ends."""
    logging.getLogger("uvicorn.error").addFilter(_worth_reading)
    config = uvicorn.Config(
        app,
        access_log=False,
        ws="none",
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_PATIENCE_S,
    )
    with suppress(KeyboardInterrupt):
        _Server(config).run(sockets=[listening])


def _worth_reading(record: logging.LogRecord) -> bool:
    """Not what a client does, nor that somebody was still reading when Ctrl-C came."""
    ended = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not (ended or record.getMessage().startswith(_NOISE))
