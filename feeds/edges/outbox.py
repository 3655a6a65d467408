"""The outbox: a Maildir in place of a relay, so that everything works before there is one.

A letter's file is named by its token, so the same delivery written twice is one file. What is
said to be accepted outlives a crash: the file is written whole and synced, then renamed.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Sequence
from pathlib import Path

from feeds.deliveries import Answer, Fate, Letter
from feeds.errors import WorldError

_FOLDERS = ("tmp", "new", "cur")
_REMEDY = "change the permissions of the folder, make room, or set TALKFEEDS_SMTP_URL"
# What mail readers put behind a name in cur/: https://cr.yp.to/proto/maildir.html
_FLAGS = ":"
_TICK_NS = 2_000_000_000


class Outbox:
    """The Maildir at ``folder``, made when it is not there; fulfils the send's Relay."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: set[str] = set()
        self._read_at_ns = -1

    async def check(self) -> None:
        """Make the folders, for their owner alone; WorldError when that cannot be."""
        try:
            self._make()
            probe = self.folder / "tmp" / f".probe.{os.getpid()}"
            _write(probe, (b"",))
            probe.unlink()
        except OSError as error:
            cause = f"cannot be written: {_reason(error)}"
            raise WorldError(str(self.folder), cause, _REMEDY) from error

    def lanes(self) -> Sequence["Drawer"]:
        """One: a disk is not faster for being asked by several."""
        return [Drawer(self)]

    def put(self, letter: Letter) -> str:
        """Write the letter into ``new``; gives back what to answer, raises OSError."""
        self._make()
        name = letter.token
        if self._delivered(name):
            return "already in the outbox"
        beside = self.folder / "tmp" / f"{name}.{os.getpid()}"
        try:
            _write(beside, _as_delivered(letter))
            beside.replace(self.folder / "new" / name)
        finally:
            beside.unlink(missing_ok=True)
        _sync(self.folder / "new")
        return "written to the outbox"

    def _delivered(self, name: str) -> bool:
        if (self.folder / "new" / name).exists():
            return True
        # What a mail reader has seen it moves into cur, flags behind the name. Listing that for
        # each letter would make a hundred thousand letters a day's work.
        cur = self.folder / "cur"
        changed_ns = cur.stat().st_mtime_ns
        if changed_ns != self._read_at_ns:
            self._read = {path.name.partition(_FLAGS)[0] for path in cur.iterdir()}
            # Two changes in one tick of a file system's clock look like one: a listing counts
            # only when the last change is well over.
            settled = time.time_ns() - changed_ns > _TICK_NS
            self._read_at_ns = changed_ns if settled else -1
        return name in self._read

    def _make(self) -> None:
        if self.folder.is_dir() and self.folder.stat().st_mode & 0o077:
            self.folder.chmod(0o700)
        for name in _FOLDERS:
            made = self.folder / name
            if not made.is_dir():
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                made.mkdir(mode=0o700, exist_ok=True)


class Drawer:
    """The outbox's only lane."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def carry(self, letter: Letter) -> Answer:
        """Write the letter; ``UNSENT`` with the cause when the disk says no."""
        try:
            # In a thread, to the end: a letter that was begun is not left half-told.
            text = await asyncio.shield(asyncio.to_thread(self._outbox.put, letter))
        except OSError as error:
            return Answer(Fate.UNSENT, 0, f"the outbox cannot be written: {_reason(error)}"[:200])
        return Answer(Fate.ACCEPTED, 250, text)

    async def carry_if(self, begun: Awaitable[bool], letter: Letter) -> Answer | None:
        """Write the letter if its delivery is ``begun``."""
        return await self.carry(letter) if await begun else None

    async def close(self) -> None:
        """Nothing is open."""


def open_outbox(folder: Path) -> Outbox:
    """The outbox in ``folder`` (``.talkfeeds/outbox``); nothing is made yet."""
    return Outbox(folder)


def _as_delivered(letter: Letter) -> tuple[bytes, ...]:
    """As a mail server delivers it: who it came from and went to, and lines that end in LF."""
    head = f"Return-Path: <{letter.return_path}>\nDelivered-To: {letter.recipient}\n"
    return head.encode(), b"".join(letter.data).replace(b"\r\n", b"\n")


def _write(path: Path, pieces: Sequence[bytes]) -> None:
    """A new file for its owner alone, on the disk when this returns."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
