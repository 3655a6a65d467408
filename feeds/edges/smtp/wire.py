"""One connection after its handshake: bytes out, replies in, and what was surely not sent.

Ours because aiosmtplib sends a command only when the one before it was answered, copies each
message three times to double its dots, and cannot say whether a message's end had left when
the connection broke. It still opens the connection (``handshake``).
"""

import asyncio
import socket
from collections import deque
from contextlib import suppress
from typing import NamedTuple

_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)
_MAX_REPLY_BYTES = 32_768


class Reply(NamedTuple):
    """An SMTP reply (RFC 5321 §4.2): its lines are joined by blanks, without their codes."""

    code: int
    text: str

    @property
    def good(self) -> bool:
        """Whether it says yes (2xx)."""
        return 200 <= self.code < 300


class Gone(Exception):  # noqa: N818 # a state of the connection, not a mistake
    """The connection is of no use any more; ``str()`` says why, for people."""


class Wire(asyncio.BufferedProtocol):
    """Takes over ``transport``. ``encrypted``: whether its bytes go through TLS."""

    def __init__(self, transport: asyncio.Transport, *, encrypted: bool) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._socket = transport.get_extra_info("socket")
        # A view, because asyncio's TLS takes slices of it to write into.
        self._room = memoryview(bytearray(4_096))
        self._rest = b""
        self._lines: list[str] = []
        self._replies: deque[Reply] = deque()
        self._awaited = 1  # replies for which a waiter is woken
        self._heard_at = self._loop.time()
        self._gone = ""
        # Whether bytes that were written have not left this process yet. A transport calls
        # pause_writing exactly then, when its limits are 0; one for TLS compares with >=.
        self._unsent = False
        self._waiter: asyncio.Future[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        transport.set_write_buffer_limits(high=1 if encrypted else 0, low=0)
        transport.set_protocol(self)
        if not transport.is_reading():
            transport.resume_reading()

    # What the event loop calls.

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 # asyncio gives it
        """Room for what arrives."""
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        """Take replies out of what has arrived."""
        self._heard_at = self._loop.time()
        self._rest += bytes(self._room[:nbytes])
        while (end := self._rest.find(b"\n")) >= 0:
            line, self._rest = self._rest[:end].rstrip(b"\r"), self._rest[end + 1 :]
            if not self._take(line):
                return
        if len(self._rest) + sum(map(len, self._lines)) > _MAX_REPLY_BYTES:
            self._break("the relay's reply has no end")
        elif not self.heard(self._awaited):
            self._acknowledge()

    def eof_received(self) -> None:
        """The relay has closed; the transport does the same."""
        self._lose("the relay closed the connection")

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing goes in or out any more."""
        reason = getattr(exc, "strerror", None) or (str(exc) if exc else "")
        self._lose(f"the connection was lost{f': {reason.lower()}' if reason else ''}")
        if self._alarm is not None:
            self._alarm.cancel()

    def pause_writing(self) -> None:
        """Something that was written has to wait."""
        self._unsent = True

    def resume_writing(self) -> None:
        """Everything that was written has left this process."""
        self._unsent = False
        self._wake()

    # What a lane calls.

    @property
    def usable(self) -> bool:
        """Whether it stands, and nothing came that nobody asked for (such as 421 while idle)."""
        left = self._gone or self._transport.is_closing()
        return not (left or self._replies or self._lines or self._rest)

    @property
    def astray(self) -> bool:
        """Whether there is a reply to nothing; but for 421, which needs no question."""
        return any(reply.code != 421 for reply in self._replies) or bool(self._lines or self._rest)

    def silent_s(self) -> float:
        """Seconds since the relay was heard last."""
        return self._loop.time() - self._heard_at

    def write(self, data: bytes) -> None:
        """Send without waiting; Gone when not one byte can have left.

        One piece, because writelines() says nothing of what it could not send in Python 3.12
        (https://github.com/python/cpython/issues/127655).
        """
        if not self._transport.is_closing():
            self._transport.write(data)
        if self._transport.is_closing():
            self._lose("the connection was lost")
            raise Gone(self._gone)

    async def sent(self, timeout_s: float, before: int = 0) -> bool:
        """Wait until everything written has left this process.

        False when the relay answers before, with more than the replies that may come ``before``;
        Gone when the last byte stayed here.
        """
        deadline = self._loop.time() + timeout_s
        while self._unsent:
            if self._gone and self._transport.is_closing():
                raise Gone(self._gone)
            if len(self._replies) > before or self._dismissed:
                return False
            self._awaited = before + 1
            await self._wait(deadline, f"the relay took nothing for {timeout_s:g} s")
        return True

    @property
    def _dismissed(self) -> bool:
        """Whether the relay said that it will read no more."""
        return any(reply.code == 421 for reply in self._replies)

    def heard(self, number: int) -> bool:
        """Whether so many replies have come, or one after which no more will."""
        return len(self._replies) >= number or bool(self._gone) or self._dismissed

    async def reply(self, timeout_s: float, behind: int = 0) -> Reply:
        """The next reply; Gone when there will be none.

        Where so many more are due ``behind`` it, they are waited for as well: to be woken for
        each costs more than to read it. 421, and the end, are told at once.
        """
        deadline = self._loop.time() + timeout_s
        self._awaited = 1 + behind
        while not self.heard(self._awaited):
            await self._wait(deadline, f"the relay gave no answer for {timeout_s:g} s")
        if not self._replies:
            raise Gone(self._gone)
        return self._replies.popleft()

    def cut(self) -> None:
        """Close at once."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._lose("closed")
        self._transport.abort()

    def _acknowledge(self) -> None:
        """Tell the system of a relay that we have what came (tcp(7), Linux), as more is to come.

        We have nothing to say, so ours would wait 40 ms for something to send it with, and theirs
        as long with the next reply (RFC 896).
        """
        if _QUICKACK is not None and self._socket is not None:
            with suppress(OSError):  # it is closed: the loop will tell
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)

    def _take(self, line: bytes) -> bool:
        code, mark = line[:3], line[3:4]
        if not (code.isdigit() and len(code) == 3 and mark in {b"", b" ", b"-"}):
            self._break("the relay's reply is none of SMTP")
            return False
        self._lines.append(line[4:].decode("utf-8", "replace").strip())
        if mark != b"-":
            self._replies.append(Reply(int(code), " ".join(self._lines)))
            self._lines = []
            if self.heard(self._awaited):
                self._wake()
        return True

    def _break(self, why: str) -> None:
        self._lose(why)
        self._transport.abort()

    def _lose(self, why: str) -> None:
        self._gone = self._gone or why
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _wait(self, deadline: float, late: str) -> None:
        """Until something happens; after the deadline the connection is cut, as ``late``."""
        # One timer a connection, looked at when it rings: a timer a reply would cost as much
        # as reading it.
        self._deadline = deadline
        if self._alarm is None or self._alarm.when() > deadline or self._alarm.cancelled():
            if self._alarm is not None:
                self._alarm.cancel()
            self._alarm = self._loop.call_at(deadline, self._ring)
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        except TimeoutError:
            self._break(late)
        finally:
            self._waiter = None

    def _ring(self) -> None:
        self._alarm = None
        if self._waiter is None or self._waiter.done():
            return
        if self._loop.time() >= self._deadline:
            self._waiter.set_exception(TimeoutError())
        else:
            self._alarm = self._loop.call_at(self._deadline, self._ring)
