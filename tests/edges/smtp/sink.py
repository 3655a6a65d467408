"""An SMTP server that records what it accepts before it says so, and fails as it is told to.

    python -m tests.edges.smtp.sink --port 0 --record FILE --fault "rcpt every=7 450 4.2.0 later"

prints its port on the first line, and then only works. In a test: ``async with Sink(…)``. It
takes some thousand messages a second, so it reads of a message what it must.
"""

import argparse
import asyncio
import contextlib
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from tests.edges.smtp.faults import Fault, read_fault
from tests.edges.smtp.session import HEAD_BYTES, Manners, Message, Session

_MESSAGE_ID = re.compile(rb"(?im)^message-id:[ \t]*(<[^>\r\n]*>)")


@dataclass
class Seen:
    """What came to a sink."""

    messages: list[Message] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    accepted: int = 0
    connections: int = 0
    encrypted: int = 0
    open: int = 0
    most_open: int = 0
    most_commands_at_once: int = 0


class Sink:
    """Listens on 127.0.0.1 while the ``async with`` lasts."""

    def __init__(self, manners: Manners | None = None, port: int = 0) -> None:
        self.manners = manners or Manners()
        self.port = port
        self.seen = Seen()
        self.faults: list[Fault] = [read_fault(line) for line in self.manners.faults]
        self.sessions: set[Session] = set()
        self._record = _appending(self.manners.record)
        self._log = _appending(self.manners.log)
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "Sink":
        loop = asyncio.get_running_loop()
        context = self.manners.context if self.manners.implicit else None
        self._server = await loop.create_server(
            lambda: Session(self), "127.0.0.1", self.port, ssl=context
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for session in list(self.sessions):
            session.cut()
        await self._server.wait_closed()
        for handle in (self._record, self._log):
            if handle is not None:
                os.close(handle)

    def url(self, scheme: str = "smtp", options: str = "", login: str = "") -> str:
        """Its TALKFEEDS_SMTP_URL."""
        user = f"{login}@" if login else ""
        return f"{scheme}://{user}localhost:{self.port}{options}"

    def fault_at(self, step: str, recipient: str, carried: int) -> str:
        """The action of the first fault that strikes; empty when all is well."""
        found = ""
        for fault in self.faults:
            if fault.step == step and fault.strikes(recipient, carried):
                found = found or fault.action
        return found

    def say_once(self, step: str, text: str) -> None:
        """Answer the next ``step`` with ``text``, whatever that is."""
        self.faults.append(Fault(step, text, {"only": 1}))

    def accept(self, message: Message, number: int) -> None:
        """Write it down where it outlives a kill of this process."""
        self.seen.accepted += 1
        if self.manners.keep:
            self.seen.messages.append(message)
        if self._record is not None:
            found = _MESSAGE_ID.search(message.text[:HEAD_BYTES])
            os.write(self._record, (found[1] if found else b"<none>") + b"\n")
        self.log(
            number,
            f"qmgr[2]: {number:010X}: from=<{message.sender}>, size=9, nrcpt=1 (queue active)",
        )

    def log_header(self, number: int, head: bytes) -> None:
        """What Postfix's cleanup logs as soon as it has read the header: accepted or not."""
        if self._log is not None and (found := _MESSAGE_ID.search(head)):
            self.log(number, f"cleanup[3]: {number:010X}: message-id={found[1].decode()}")

    def log(self, number: int, line: str) -> None:
        """One line as Postfix writes it."""
        if self._log is not None:
            os.write(self._log, f"Dec 11 08:00:{number % 60:02} sink postfix/{line}\n".encode())


def _appending(path: Path | None) -> int | None:
    if path is None:
        return None
    return os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC, 0o600)


async def _serve(manners: Manners, port: int) -> None:
    async with Sink(manners, port) as sink:
        sys.stdout.write(f"{sink.port}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Run until killed; the first line printed is the port."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--record", type=Path, metavar="FILE", help="a Message-ID a line")
    parser.add_argument("--log", type=Path, metavar="FILE", help="what Postfix would log")
    parser.add_argument("--accept-delay-ms", type=float, default=0.0)
    parser.add_argument("--fault", action="append", default=[], metavar="'STEP … ACTION'")
    parser.add_argument("--no-pipelining", action="store_true")
    parser.add_argument("--chunking", action="store_true")
    parser.add_argument("--size", type=int, default=0)
    options = parser.parse_args()
    manners = Manners(
        faults=options.fault,
        pipelining=not options.no_pipelining,
        chunking=options.chunking,
        size=options.size,
        accept_delay_s=options.accept_delay_ms / 1000,
        record=options.record,
        log=options.log,
        keep=False,
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(manners, options.port))


if __name__ == "__main__":
    main()
