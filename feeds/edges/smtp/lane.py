"""One connection to the relay: letters in, answers out, and nothing raised.

What a reply means for a letter is decided here alone. A letter is ``UNSENT`` as long as the end
of its text has not left this process, ``UNCERTAIN`` from then on until the relay answers. Over
TLS the end counts as left a moment early, when it is encrypted: that errs on the safe side.

Where the relay offers CHUNKING (RFC 3030) a letter goes in one packet and is answered once: twice
as many letters a second to a relay far away. Elsewhere, and where the relay may have left without
our knowing, its envelope goes first and its text when that is taken.
"""

import re
from collections import deque
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from feeds.deliveries import Answer, Fate, Letter
from feeds.edges.smtp.handshake import Line, Timeouts, Unreachable
from feeds.edges.smtp.text import Stuffing
from feeds.edges.smtp.wire import Gone, Reply

_MAX_TEXT = 200
_MAIL, _RCPT, _DATA, _TEXT, _RSET = "MAIL", "RCPT", "DATA", "text", "RSET"
# What a relay says that does not know BDAT, or not as we use it, whatever it offers.
_NO_CHUNKS = frozenset({500, 501, 502, 503, 504})
# Refusals that say nothing about the recipient: syntax and order of commands, authentication.
_OUR_FAULT = frozenset({500, 502, 503, 504, 530, 534, 535, 538})
_OUR_FAULT_ENHANCED = re.compile(r"5\.(?:5\.\d+|7\.(?:[89]|1[0-4]|2[0-9]|54))\b")
# As Postfix, Exim, Sendmail and Exchange say it. Postfix also knows people as "unknown in relay
# recipient table": that is about them.
_RELAYING = re.compile(
    r"\brelay(?:ing)?\b.{0,20}\b(?:denied|prohibited|not (?:permitted|allowed))"
    r"|\b(?:unable|not (?:permitted|allowed)) to relay",
    re.IGNORECASE,
)
# What would end a command early. Addresses were checked at the door; this is the wall behind.
_NO_ADDRESS = re.compile(r"[\x00-\x20\x7f<>]")


@dataclass(slots=True)
class Learnt:
    """What was learnt of a relay, for all its lanes: whether letters may go in one packet."""

    in_chunks: bool = True


class Lane:
    """One connection, used by one coroutine; it is opened when the first letter comes.

    ``opening`` gives a new connection, or raises Unreachable; ``turn`` waits for this letter's
    turn (the rate limit). After ``per_connection`` letters the connection is a new one.
    """

    def __init__(
        self,
        opening: Callable[[], Awaitable[Line]],
        turn: Callable[[], Awaitable[None]],
        stuffing: Stuffing,
        per_connection: int,
        timeouts: Timeouts,
        learnt: Learnt,
        line: Line | None = None,
    ) -> None:
        self._learnt = learnt
        self._opening, self._turn, self._stuffing = opening, turn, stuffing
        self._per_connection, self._timeouts = max(1, per_connection), timeouts
        self._line = line
        self._carried = 0
        self._unreset = False  # a transaction was begun and refused

    async def carry(self, letter: Letter) -> Answer:
        """Take ``letter`` to the relay; whatever the relay or the net does is in the answer."""
        answer = await self.carry_if(_Begun(), letter)
        assert answer is not None
        return answer

    async def carry_if(self, begun: Awaitable[bool], letter: Letter) -> Answer | None:
        """The same once its delivery is ``begun``; None when it is not, and nothing went."""
        try:
            line = await self._ready()
        except Unreachable as error:
            answer = Answer(Fate.UNSENT, error.code, _shown(f"the relay {error.cause}", letter))
            return answer if await begun else None
        if refused := _impossible(line, letter):
            return refused if await begun else None
        await self._turn()
        if not await begun:
            return None
        if not line.wire.usable:
            # Meanwhile it said what nobody asked for: that would be taken for this letter's answer.
            self._drop(line)
            return Answer(Fate.UNSENT, 0, "the relay left, or answered before it was asked")
        try:
            return await self._transact(line, letter)
        except BaseException:
            self._cut()  # stopped in the middle: what the relay would say next is not for us
            raise

    async def close(self) -> None:
        """QUIT, or just cut."""
        line, self._line = self._line, None
        if line is None:
            return
        try:
            with suppress(Gone):
                if line.wire.usable:
                    line.wire.write(b"QUIT\r\n")
                    await line.wire.reply(self._timeouts.quit)
        finally:
            line.wire.cut()

    async def _ready(self) -> Line:
        if self._line is not None and not self._line.wire.usable:
            self._drop(self._line)
        if self._line is not None and self._carried >= self._per_connection:
            await self.close()
        if self._line is None:
            self._line, self._carried, self._unreset = await self._opening(), 0, False
        return self._line

    def _drop(self, line: Line) -> None:
        """Leave a relay that closed, or said something, while nobody asked. One that says more than
        it is asked gets no more than it has answered, from now on."""
        if line.wire.astray:
            self._learnt.in_chunks = False
        self._cut()

    def _cut(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.wire.cut()

    async def _transact(self, line: Line, letter: Letter) -> Answer:
        self._carried += 1
        fresh = line.wire.silent_s() < self._timeouts.idle
        if line.chunking and self._learnt.in_chunks and fresh and not self._unreset:
            return await self._at_once(line, letter)
        envelope = _Envelope(_commands(line, letter, reset=self._unreset))
        try:
            await self._present(line, envelope, letter)
        except Gone as gone:
            self._cut()
            return envelope.refused or Answer(Fate.UNSENT, 0, _shown(str(gone), letter))
        refused = envelope.refused
        self._unreset = refused is not None
        if refused is None:
            return await self._text(line, letter)
        if _DATA in envelope.taken and self._line is not None:
            await self._empty_text(line, somebody=_RCPT in envelope.taken)
        return refused

    async def _at_once(self, line: Line, letter: Letter) -> Answer:
        """Envelope and text in one packet (RFC 3030 §4.2), then the replies to all of it."""
        size = sum(map(len, letter.data))
        envelope = _Envelope(_commands(line, letter, chunk=size))
        commands = [command for _, command in envelope.unanswered]
        whole = False
        with suppress(Gone):  # replies that came before count all the same
            line.wire.write(b"".join((*commands, *letter.data)))
            whole = await line.wire.sent(self._timeouts.text, before=2)
        lost = Fate.UNCERTAIN if whole else Fate.UNSENT
        try:
            # The relay may hold the first ones back until it has read everything.
            while len(envelope.unanswered) > 1 and self._line is not None:
                await self._hear(line, envelope, letter, self._timeouts.end)
            if envelope.strange is not None:
                return Answer(lost, *envelope.strange)
            reply = await line.wire.reply(self._timeouts.end)
        except Gone as gone:
            self._cut()
            return envelope.refused or Answer(lost, 0, _shown(str(gone), letter))
        return self._verdict(envelope.refused, reply, letter, whole=whole)

    def _verdict(
        self, refused: Answer | None, reply: Reply, letter: Letter, *, whole: bool
    ) -> Answer:
        """What the reply to a text means that went with its envelope."""
        self._unreset = not reply.good
        if reply.code == 421 or (refused and not whole):
            self._cut()  # it reads no more
        if refused is not None and not reply.good:
            return refused
        if refused is not None:
            self._cut()  # nobody was taken, but the text
            fate = Fate.UNCERTAIN if whole else Fate.UNSENT
            return Answer(fate, reply.code, _shown(reply.text, letter))
        if reply.code in _NO_CHUNKS:
            self._learnt.in_chunks = False
            self._cut()  # it took the text for commands
            return Answer(Fate.UNSENT, reply.code, _shown(reply.text, letter))
        if reply.code == 354:
            self._learnt.in_chunks = False  # it knows BDAT as little as DATA
        return self._of_text(reply, letter, whole=whole)

    def _of_text(self, reply: Reply, letter: Letter, *, whole: bool) -> Answer:
        """What the reply to a text means, of which the relay has the ``whole``, or has not."""
        if not whole:
            self._cut()  # it answered before the end, and reads no more
            if reply.good:
                return Answer(Fate.UNSENT, reply.code, _shown(reply.text, letter))
        return self._answer(_TEXT, reply, letter)

    async def _present(self, line: Line, envelope: "_Envelope", letter: Letter) -> None:
        """Tell the relay sender, recipient, and that a text follows.

        Where it offers PIPELINING (RFC 2920) all go in one packet, and so do its replies: each
        packet wakes both sides, which costs more than what stands in it.
        """
        if line.pipelining:
            line.wire.write(b"".join(command for _, command in envelope.unanswered))
            while envelope.unanswered and self._line is not None:
                await self._hear(line, envelope, letter, self._timeouts.envelope)
            return
        for _, command in list(envelope.unanswered):
            line.wire.write(command)
            await self._hear(line, envelope, letter, self._timeouts.envelope)
            if envelope.refused:
                return

    async def _hear(
        self, line: Line, envelope: "_Envelope", letter: Letter, timeout_s: float
    ) -> None:
        """Read the reply to the first command that has none yet."""
        behind = len(envelope.unanswered) - 1 if line.pipelining else 0
        reply = await line.wire.reply(timeout_s, behind)
        step, _ = envelope.unanswered.popleft()
        if reply.code == 421:
            envelope.refused = envelope.refused or self._answer(step, reply, letter)
            self._cut()
        elif reply.code == 354 if step == _DATA else reply.good:
            envelope.taken.add(step)
        else:
            envelope.refused = envelope.refused or self._answer(step, reply, letter)
            if not 400 <= reply.code < 600:
                envelope.strange = (reply.code, _shown(reply.text, letter))

    async def _text(self, line: Line, letter: Letter) -> Answer:
        wire = line.wire
        if not wire.usable:
            # An answer to what nobody has said yet: it would be taken for the text's.
            self._cut()
            return Answer(Fate.UNSENT, 0, "the relay answers before it is asked")
        try:
            # The end goes with the rest, in one packet where it fits: sent() tells us whether
            # it has left, so that waiting before it would buy nothing.
            wire.write(b"".join((*self._stuffing(letter.data), b".\r\n")))
            whole = await wire.sent(self._timeouts.text)
        except Gone as gone:
            self._cut()
            return Answer(Fate.UNSENT, 0, _shown(str(gone), letter))
        try:
            reply = await wire.reply(self._timeouts.end)
        except Gone as gone:
            self._cut()
            return Answer(Fate.UNCERTAIN, 0, _shown(str(gone), letter))
        return self._of_text(reply, letter, whole=whole)

    async def _empty_text(self, line: Line, *, somebody: bool) -> None:
        """Leave a relay that waits for a text although it refused the envelope.

        RFC 2920 §3.1: with no recipient taken a lone dot ends it, and is refused. Were there
        one, an empty message would be delivered: then only cutting the connection helps.
        """
        if somebody:
            self._cut()
            return
        try:
            line.wire.write(b".\r\n")
            reply = await line.wire.reply(self._timeouts.end)
        except Gone:
            self._cut()
        else:
            if reply.code == 421:
                self._cut()

    def _answer(self, step: str, reply: Reply, letter: Letter) -> Answer:
        """What ``reply`` to ``step`` means for the letter."""
        text = _shown(reply.text, letter)
        if reply.code == 421:
            self._cut()
            return Answer(Fate.UNSENT, 421, text)
        if reply.good and step == _TEXT and reply.code != 221:
            return Answer(Fate.ACCEPTED, reply.code, text)
        if 400 <= reply.code < 500 and step != _RSET:
            return Answer(Fate.DEFERRED, reply.code, text)
        if 500 <= reply.code < 600 and step not in {_RSET, _MAIL} and not _about_us(reply):
            return Answer(Fate.REFUSED, reply.code, text)
        if not 400 <= reply.code < 600 or step == _RSET:
            self._cut()  # an answer to another question: who knows what comes next
            if step == _TEXT:
                return Answer(Fate.UNCERTAIN, reply.code, text)
        return Answer(Fate.UNSENT, reply.code, text)


class _Envelope:
    """What was said of a letter before its text: what has no answer yet, and was taken.

    ``strange`` is a reply that is none to what was said.
    """

    __slots__ = ("refused", "strange", "taken", "unanswered")

    def __init__(self, commands: Iterable[tuple[str, bytes]]) -> None:
        self.unanswered = deque(commands)
        self.taken: set[str] = set()
        self.refused: Answer | None = None
        self.strange: tuple[int, str] | None = None


class _Begun:
    """What a letter of which no ledger knows waits for: nothing."""

    def __await__(self) -> Generator[None, None, bool]:
        yield from ()
        return True


def _commands(
    line: Line, letter: Letter, *, reset: bool = False, chunk: int | None = None
) -> Iterator[tuple[str, bytes]]:
    mail = f"MAIL FROM:<{letter.return_path}>"
    if line.size:
        mail += f" SIZE={sum(map(len, letter.data))}"
    if not letter.recipient.isascii():
        mail += " SMTPUTF8"
    if reset:
        yield _RSET, b"RSET\r\n"
    yield _MAIL, f"{mail}\r\n".encode()
    yield _RCPT, f"RCPT TO:<{letter.recipient}>\r\n".encode()
    yield _DATA, b"DATA\r\n" if chunk is None else b"BDAT %d LAST\r\n" % chunk


def _impossible(line: Line, letter: Letter) -> Answer | None:
    """Our own refusal of what this relay cannot take, in the words of RFC 3463 and 6531."""
    if _NO_ADDRESS.search(letter.recipient) or _NO_ADDRESS.search(letter.return_path):
        return Answer(Fate.REFUSED, 553, "5.1.3 an address that no command can carry")
    if not letter.recipient.isascii() and not line.smtputf8:
        return Answer(Fate.REFUSED, 553, "5.6.7 the relay does not offer SMTPUTF8")
    if line.max_bytes and (size := sum(map(len, letter.data))) > line.max_bytes:
        cause = f"5.3.4 {size:,} bytes; the relay takes {line.max_bytes:,}"
        return Answer(Fate.REFUSED, 552, cause)
    return None


def _about_us(reply: Reply) -> bool:
    """Whether a refusal says nothing about the recipient, so that nobody bounces for it."""
    return (
        reply.code in _OUR_FAULT
        or _OUR_FAULT_ENHANCED.match(reply.text) is not None
        or _RELAYING.search(reply.text) is not None
    )


def _shown(text: str, letter: Letter) -> str:
    """``text`` as one line of at most 200 characters, without the recipient's address."""
    found = text
    if letter.recipient.casefold() in text.casefold():  # compiling costs more than a letter
        found = re.sub(re.escape(letter.recipient), "…", text, flags=re.IGNORECASE)
    if not found.isprintable():
        found = "".join(c if c.isprintable() else " " for c in found)
    found = " ".join(found.split())
    return found if len(found) <= _MAX_TEXT else found[: _MAX_TEXT - 1] + "…"
