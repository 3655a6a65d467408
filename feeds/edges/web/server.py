"""A socket that listens, and the server (uvicorn) that answers on it."""

import logging
import socket

import uvicorn
from starlette.types import ASGIApp

from feeds.errors import WorldError

_BACKLOG = 512
_NOISE = ("Unsupported upgrade request", "No supported WebSocket", "Invalid HTTP request")


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket; port 0 is any that is free. WorldError when that cannot be."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # Named TCP, so that asyncio switches Nagle's delay (40 ms an answer) off.
        found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind((host, port))
            found.listen(_BACKLOG)
        except BaseException:
            found.close()
            raise
    except (OSError, UnicodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or "it is no name of a host"
        cause = f"cannot be listened on: {reason.lower()}"
        raise WorldError(
            f"{host} port {port}", cause, "choose another one with --host and --port"
        ) from None
    return found


def server(app: ASGIApp, forwarded_allow_ips: str) -> uvicorn.Server:
    """A server for ``run(sockets=[…])``; X-Forwarded-For is believed from those addresses."""
    # It prints paths, and so tokens; the app writes a line of its own (``guard``).
    logging.getLogger("uvicorn.access").disabled = True
    # What any client can cause is counted as an answer (``guard``), and fills no log.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    logging.getLogger("uvicorn.error").addFilter(_of_ours)
    config = uvicorn.Config(
        app,
        access_log=False,
        ws="none",
        log_config=None,
        server_header=False,
        forwarded_allow_ips=forwarded_allow_ips,
        timeout_graceful_shutdown=30,
    )
    return uvicorn.Server(config)


def _of_ours(record: logging.LogRecord) -> bool:
    """Whether a line is about this server, not about what somebody sent to it."""
    return not record.getMessage().startswith(_NOISE)
