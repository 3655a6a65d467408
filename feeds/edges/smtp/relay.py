"""The relay that TALKFEEDS_SMTP_URL names, as the send job needs it."""

import asyncio
import socket
from collections.abc import Sequence

from feeds.edges.smtp.handshake import Line, Timeouts, Unreachable, context_of, open_line
from feeds.edges.smtp.lane import Lane, Learnt
from feeds.edges.smtp.pace import Bucket
from feeds.edges.smtp.place import Place, read_url
from feeds.edges.smtp.text import Stuffing
from feeds.errors import WorldError
from feeds.model import MailSettings

_RFC5321 = Timeouts()
_PATIENCE_S = (0.25, 1.0, 2.0)


class Relay:
    """``settings.connections`` connections to ``place``, under one rate limit."""

    def __init__(self, place: Place, settings: MailSettings, timeouts: Timeouts) -> None:
        self.place, self._settings, self._timeouts = place, settings, timeouts
        self._context = context_of(place)
        self._stuffing = Stuffing()
        self._bucket = Bucket(settings.rate)
        self._hello = ""
        self._learnt = Learnt()

    async def check(self) -> None:
        """Connect once; WorldError with cause and remedy when the relay cannot be used.

        One that is busy (4xx) or hangs up is asked again, a few times and politely.
        """
        for pause_s in (*_PATIENCE_S, None):
            try:
                line = await self._open()
            except Unreachable as error:
                passing = 400 <= error.code < 500 or error.cause.startswith("closed")
                if pause_s is None or not passing:
                    raise WorldError(str(self.place), error.cause, error.remedy) from None
                await asyncio.sleep(pause_s)
            else:
                await self._lane(line).close()
                return

    def lanes(self) -> Sequence[Lane]:
        """The connections, each opened by its first letter."""
        return [self._lane() for _ in range(max(1, self._settings.connections))]

    def _lane(self, line: Line | None = None) -> Lane:
        per_connection = self._settings.messages_per_connection
        given = (self._stuffing, per_connection, self._timeouts, self._learnt)
        return Lane(self._open, self._turn, *given, line)

    async def _open(self) -> Line:
        if not self._hello:
            self._hello = await asyncio.to_thread(_own_name)
        return await open_line(self.place, self._context, self._hello, self._timeouts)

    async def _turn(self) -> None:
        if wait_s := self._bucket.take(asyncio.get_running_loop().time()):
            await asyncio.sleep(wait_s)


def open_relay(url: str, settings: MailSettings, timeouts: Timeouts = _RFC5321) -> Relay:
    """The relay at ``url`` (``TALKFEEDS_SMTP_URL``); nothing is connected yet.

    ``smtp://user:password@host:587`` uses STARTTLS, which must be offered unless the host is
    this machine; ``smtps://`` is TLS from the first byte; ``?tls=off`` is for a relay in a
    trusted network, ``?ca=FILE`` for one whose certificate is signed privately. WorldError
    for a URL that is none; it never shows the password.
    """
    return Relay(read_url(url), settings, timeouts)


def _own_name() -> str:
    """What EHLO says (RFC 5321 §4.1.4): this machine's full name, else an address literal."""
    name = socket.getfqdn()
    fits = name.isascii() and all(letter.isalnum() or letter in ".-" for letter in name)
    return name if fits and "." in name else "[127.0.0.1]"
