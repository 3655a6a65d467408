"""One connection of the sink: SMTP as far as a test needs it, and the faults."""

import asyncio
import base64
import contextlib
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.edges.smtp.sink import Sink

HEAD_BYTES = 8_192
_END = b"\r\n.\r\n"


@dataclass(frozen=True)
class Message:
    """One that was accepted; ``text`` has its dots undoubled."""

    sender: str
    recipient: str
    text: bytes


@dataclass
class Manners:
    """What a sink offers. ``login``: ``user:password`` that AUTH must bring; empty for none.

    ``record`` gets a Message-ID a line, written before the 250; ``log`` gets Postfix's lines
    about it. ``repeats`` says what AUTH brought when it refuses it. ``keep`` keeps messages in
    memory.
    """

    faults: Iterable[str] = ()
    pipelining: bool = True
    chunking: bool = False
    smtputf8: bool = True
    esmtp: bool = True
    size: int = 0
    login: str = ""
    auth: str = "PLAIN LOGIN"
    context: ssl.SSLContext | None = None
    implicit: bool = False
    accept_delay_s: float = 0.0
    record: Path | None = None
    log: Path | None = None
    repeats: bool = False
    keep: bool = True


class Session(asyncio.Protocol):
    """One connection."""

    def __init__(self, sink: "Sink") -> None:
        self.sink, self.manners = sink, sink.manners
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._rest = bytearray()
        self._in_text = self._mute = self._encrypted = self._trusted = False
        self._sender = self._recipient = ""
        self._asked: list[str] = []  # answers that AUTH LOGIN still waits for
        self._carried = self._number = self._searched = self._skipped = 0
        self._chunk: int | None = None  # bytes of the message that comes by BDAT
        self._dripping: asyncio.Task[None] | None = None
        self._upgrading: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        upgraded = self._transport is not None
        self._transport = transport
        if upgraded:
            return
        seen = self.sink.seen
        self.sink.sessions.add(self)
        seen.connections += 1
        seen.open += 1
        seen.most_open = max(seen.most_open, seen.open)
        self._encrypted = self.manners.implicit
        seen.encrypted += self._encrypted
        self._answer("connect", "220 sink ESMTP")

    def connection_lost(self, exc: Exception | None) -> None:
        self.sink.sessions.discard(self)
        self.sink.seen.open -= 1
        for task in (self._dripping, self._upgrading):
            if task is not None:
                task.cancel()

    def cut(self) -> None:
        """Reset the connection."""
        if self._transport is not None:
            self._transport.abort()

    def leave(self, how: str) -> None:
        """End the connection while nothing is going on: ``close``, ``cut``, or say 421 first."""
        assert self._transport is not None
        if how == "cut":
            self._transport.abort()
            return
        if how != "close":
            self._say(how)
        self._transport.close()

    def blurt(self, reply: str) -> None:
        """Say what nobody asked for."""
        self._say(reply)

    def hush(self) -> None:
        """Answer nothing from now on."""
        self._mute = True

    def data_received(self, data: bytes) -> None:
        self._rest += data
        if self._dripping is None:
            self._work()

    def _work(self) -> None:
        commands = 0
        while self._transport is not None and not self._transport.is_closing():
            if self._mute or self._upgrading or self._dripping:
                return
            if self._skipped:
                dropped = min(self._skipped, len(self._rest))
                del self._rest[:dropped]
                self._skipped -= dropped
                if self._skipped:
                    return
            if self._in_text:
                if not (self._text() if self._chunk is None else self._chunk_of(self._chunk)):
                    return
                continue
            end = self._rest.find(b"\n")
            if end < 0:
                return
            line = bytes(self._rest[:end]).rstrip(b"\r").decode("utf-8", "replace")
            del self._rest[: end + 1]
            commands += 1
            seen = self.sink.seen
            seen.most_commands_at_once = max(seen.most_commands_at_once, commands)
            self._command(line)

    def _begins(self) -> bool:
        """Look at the first bytes of a message; False when it ends there."""
        if self._rest and self._number == 0:
            self._number = self.sink.seen.accepted + self.sink.seen.connections * 100_000
            self.sink.log_header(self._number, bytes(self._rest[:HEAD_BYTES]))
            return not self._strike("text")
        return True

    def _chunk_of(self, size: int) -> bool:
        """Take the message that is so many bytes when all of it is there (RFC 3030 §2)."""
        if not self._begins() or len(self._rest) < size:
            return False
        text = bytes(self._rest[:size])
        del self._rest[:size]
        self._in_text, self._chunk = False, None
        self._ended(text)
        return True

    def _text(self) -> bool:
        """Take the message when all of it is there."""
        if not self._begins():
            return False
        if self._rest.startswith(b".\r\n"):
            size, over = 0, 3
        else:
            end = self._rest.find(_END, max(0, self._searched - 4))
            self._searched = len(self._rest)
            if end < 0:
                return False
            size, over = end + 2, end + 5
        text = bytes(self._rest[:size])
        del self._rest[:over]
        self._in_text = False
        if self.manners.keep:
            text = (b"\n" + text).replace(b"\n..", b"\n.")[1:]
        self._ended(text)
        return True

    def _ended(self, text: bytes) -> None:
        self._carried += 1
        if self._strike("end"):
            return
        if not self._recipient:
            self._say("554 5.5.1 no valid recipients")
            return
        self.sink.accept(Message(self._sender, self._recipient, text), self._number)
        self._sender = self._recipient = ""
        answer = f"250 2.0.0 Ok: queued as {self._number:010X}"
        if self._strike("accepted", answer):
            return
        if self.manners.accept_delay_s:
            self._loop.call_later(self.manners.accept_delay_s, self._say, answer)
        else:
            self._say(answer)

    def _command(self, line: str) -> None:
        if self._asked:
            self._logged_in(self._asked.pop(0), line)
            return
        self.sink.seen.commands.append(line) if self.manners.keep else None
        verb, _, rest = line.partition(" ")
        handler = getattr(self, f"_do_{verb.lower()}", None)
        if handler is None:
            self._say("500 5.5.2 what?")
        else:
            handler(rest)

    def _do_ehlo(self, _rest: str) -> None:
        if not self.manners.esmtp:
            self._say("502 5.5.1 HELO it is")
            return
        manners = self.manners
        offers = ["sink", "8BITMIME", "ENHANCEDSTATUSCODES"]
        offers += ["PIPELINING"] if manners.pipelining else []
        offers += ["CHUNKING"] if manners.chunking else []
        offers += ["SMTPUTF8"] if manners.smtputf8 else []
        offers += [f"SIZE {manners.size}"] if manners.size else []
        open_to_tls = manners.context is not None and not self._encrypted
        offers += ["STARTTLS"] if open_to_tls else []
        offers += [f"AUTH {manners.auth}"] if manners.login and not open_to_tls else []
        lines = [f"250-{offer}" for offer in offers[:-1]] + [f"250 {offers[-1]}"]
        self._answer("ehlo", "\r\n".join(lines))

    def _do_helo(self, _rest: str) -> None:
        self._say("250 sink")

    def _do_starttls(self, _rest: str) -> None:
        if self._strike("starttls"):
            return
        if self.manners.context is None:
            self._say("502 5.5.1 not here")
            return
        self._say("220 2.0.0 go ahead")
        self._upgrading = self._loop.create_task(self._upgrade(self.manners.context))

    async def _upgrade(self, context: ssl.SSLContext) -> None:
        assert self._transport is not None
        with contextlib.suppress(OSError, ssl.SSLError):
            made = await self._loop.start_tls(self._transport, self, context, server_side=True)
            if made is not None:
                self._transport, self._encrypted = made, True
                self.sink.seen.encrypted += 1
                self._upgrading = None
                self._work()  # what came while the handshake was still being noticed

    def _do_auth(self, rest: str) -> None:
        if self._strike("auth"):
            return
        mechanism, _, initial = rest.partition(" ")
        if mechanism.upper() == "PLAIN":
            self._logged_in("plain", initial)
        elif initial:
            self._logged_in("user", initial)
        else:
            self._asked = ["user"]
            self._say("334 VXNlcm5hbWU6")

    def _logged_in(self, what: str, answer: str) -> None:
        given = base64.b64decode(answer).decode()
        if what == "user":
            self._sender = given
            self._asked = ["password"]
            self._say("334 UGFzc3dvcmQ6")
            return
        login = ":".join(given.split("\0")[1:]) if what == "plain" else f"{self._sender}:{given}"
        self._sender, self._trusted = "", login == self.manners.login
        refusal = "535 5.7.8 wrong user or password"
        if self.manners.repeats:
            refusal += f" {answer} {login.replace(':', ' ')}"
        self._say("235 2.7.0 welcome" if self._trusted else refusal)

    def _do_mail(self, rest: str) -> None:
        if self.manners.login and not self._trusted:
            self._say("530 5.7.0 authentication required")
        elif self._sender:
            self._say("503 5.5.1 nested MAIL")
        elif not self._strike("mail"):
            self._sender = _address(rest)
            self._say("250 2.1.0 Ok")

    def _do_rcpt(self, rest: str) -> None:
        address = _address(rest)
        if self._strike("rcpt", "250 2.1.5 Ok", address):
            return
        if not self._sender:
            self._say("503 5.5.1 MAIL first")
            return
        self._recipient = address
        self._say("250 2.1.5 Ok")

    def _do_data(self, _rest: str) -> None:
        self._number = self._searched = 0
        if self._strike("data", "354 go on", self._recipient):
            return
        if not self._recipient:
            self._say("554 5.5.1 no valid recipients")
            return
        self._in_text = True
        self._say("354 go on")

    def _do_bdat(self, rest: str) -> None:
        size, _, last = rest.partition(" ")
        assert last == "LAST"
        self._number = 0
        if not self._strike("data", "", self._recipient):
            if self._recipient:
                self._in_text, self._chunk = True, int(size)
                return
            self._say("503 5.5.1 RCPT first")
        self._skipped = int(size)  # it comes all the same

    def _do_rset(self, _rest: str) -> None:
        self._sender = self._recipient = ""
        self._say("250 2.0.0 Ok")

    def _do_quit(self, _rest: str) -> None:
        self._say("221 2.0.0 Bye")
        if self._transport is not None:
            self._transport.close()

    def _answer(self, step: str, usual: str) -> None:
        if not self._strike(step, usual):
            self._say(usual)

    def _strike(self, step: str, usual: str = "250 2.0.0 Ok", recipient: str = "") -> bool:
        """Do what a fault asks for here; False when none does."""
        assert self._transport is not None
        found = self.sink.fault_at(step, recipient or self._recipient, self._carried)
        if not found or (found == "drip" and not usual):
            return False
        if found == "cut":
            self._transport.abort()
        elif found == "close":
            self._transport.close()
        elif found == "mute":
            self._mute = True
        elif found == "drip":
            self._dripping = self._loop.create_task(self._drip(usual, step, recipient))
        else:
            if step == "end":
                self._sender = self._recipient = ""
            if found.startswith("354"):
                self._in_text = True
            self._say(found)
            if found.startswith("421"):
                self._transport.close()
        return True

    async def _drip(self, reply: str, step: str, recipient: str) -> None:
        if step == "mail":
            self._sender = "somebody"
        elif step == "rcpt":
            self._recipient = recipient
        elif step == "data":
            self._in_text = True
        for byte in (reply + "\r\n").encode():
            assert self._transport is not None
            self._transport.write(bytes([byte]))
            await asyncio.sleep(0.001)
        self._dripping = None
        self._work()

    def _say(self, reply: str) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(reply.encode() + b"\r\n")


def _address(rest: str) -> str:
    return rest[rest.find("<") + 1 : rest.rfind(">")]
