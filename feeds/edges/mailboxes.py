"""Mailboxes that bounces come to: a Maildir, an mbox file, a pipe; each fulfils a job's Mails.

A mail is marked as done by what its mailbox has for that. Marking comes last and may be lost
with a crash: whoever takes mails in must bear to meet one twice.
"""

import errno
import mailbox
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from feeds.errors import WorldError

_FLAGS = re.compile(r":2,([A-Za-z]*)$")


class MaildirMail:
    """A file of a Maildir; done, it stands in ``cur`` with the flag S (seen)."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._path, self._max_bytes = path, max_bytes

    def read(self) -> bytes:
        """Its first bytes; none when another program took it away meanwhile."""
        try:
            with self._path.open("rb") as file:
                return file.read(self._max_bytes)
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise _failed(self._path, "cannot be read", error) from error

    def done(self) -> None:
        """Move it; nothing to do when another program did."""
        name = self._path.name
        old = _FLAGS.search(name)
        flags = "".join(sorted({*(old[1] if old else ""), "S"}))
        base = name[: old.start()] if old else name
        target = self._path.parent.parent / "cur" / f"{base}:2,{flags}"
        try:
            self._path.rename(target)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise _failed(self._path, "was taken in and cannot be moved to cur/", error) from error


def maildir(folder: Path, max_bytes: int) -> Iterator[MaildirMail]:
    """The mails that were not seen, oldest name first; WorldError when it is no Maildir.

    Those are the ones in ``new``, and those without S in ``cur``: a mail program that looked
    moved them there.
    """
    found: list[Path] = []
    for name in ("new", "cur"):
        try:
            with os.scandir(folder / name) as entries:
                found += [
                    Path(entry.path)
                    for entry in entries
                    if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False)
                ]
        except OSError as error:
            remedy = "name a folder that holds new, cur and tmp"
            raise _failed(folder, "is no Maildir that can be read", error, remedy) from error
    for path in sorted(found, key=lambda path: (path.name, path.parent.name)):
        flags = _FLAGS.search(path.name)
        if path.parent.name == "new" or not (flags and "S" in flags[1]):
            yield MaildirMail(path, max_bytes)


class MboxMail:
    """A message of an mbox; done, it is deleted, or left when nothing shall be."""

    def __init__(self, box: mailbox.mbox, key: str, max_bytes: int, *, delete: bool) -> None:
        self._box, self._key, self._max_bytes, self._delete = box, key, max_bytes, delete

    def read(self) -> bytes:
        """Its first bytes, without the From line."""
        return self._box.get_bytes(self._key)[: self._max_bytes]

    def done(self) -> None:
        """Have it deleted when the file is closed."""
        if self._delete:
            self._box.discard(self._key)


@contextmanager
def mbox(path: Path, max_bytes: int, *, delete: bool = False) -> Iterator[Iterator[MboxMail]]:
    """The messages of an mbox file, which is locked (fcntl and dot lock) until the block ends.

    ``delete`` writes the file anew without those that are done; without it every pass meets
    every message again. WorldError when it cannot be read or locked.
    """
    if not path.is_file():
        raise WorldError(str(path), "is not there, or no file", "name an mbox file")
    try:
        # Before the lock: closing a second handle of the file would drop it.
        _look_at(path)
        before = path.stat().st_ino
        box = mailbox.mbox(str(path), create=False)
    except OSError as error:
        raise _failed(path, "cannot be opened", error) from error
    try:
        _lock(box, path)
        if not path.exists() or path.stat().st_ino != before:
            # A mail program wrote it anew before we had the lock: ours is the old file.
            raise WorldError(str(path), "was changed by another program", "run it again")
        # Not the box itself: that parses each message anew, and we want bytes.
        yield (MboxMail(box, key, max_bytes, delete=delete) for key in box.keys())  # noqa: SIM118
    finally:
        # Also after a mistake: those that are done are committed.
        try:
            box.close()
        except (OSError, mailbox.Error) as error:
            cause = "was taken in and cannot be written"
            raise WorldError(str(path), cause, "reading it again changes nothing") from error


def _look_at(path: Path) -> None:
    """WorldError when no mail begins the file (RFC 4155); nothing at all is an empty mbox."""
    with path.open("rb") as file:
        head = file.read(65_536).lstrip(b"\r\n")
    if head and not head.startswith(b"From "):
        cause = 'is no mbox: its first line does not begin with "From "'
        raise WorldError(str(path), cause, "name an mbox file, or a folder with --maildir")


def _lock(box: mailbox.mbox, path: Path) -> None:
    try:
        box.lock()
    except mailbox.ExternalClashError:
        remedy = f"wait for the mail program that has it, or remove {path}.lock if none does"
        raise WorldError(str(path), "is locked by another program", remedy) from None
    except OSError as error:
        remedy = "it must be writable, to be locked against deliveries"
        raise _failed(path, "cannot be locked", error, remedy) from error


class PipedMail:
    """The one mail on a pipe, read to its end so that the writer does not see it break."""

    def __init__(self, stream: BinaryIO, max_bytes: int) -> None:
        self._stream, self._max_bytes = stream, max_bytes

    def read(self) -> bytes:
        """Its first bytes."""
        found = self._stream.read(self._max_bytes)
        while self._stream.read(65_536):
            pass
        return found

    def done(self) -> None:
        """There is nothing to mark: the exit status tells the mail system."""


def _failed(path: Path, cause: str, error: OSError, remedy: str = "") -> WorldError:
    reason = (error.strerror or str(error)).lower()
    if not remedy:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        remedy = "make room" if full else "change the permissions of it and its folder"
    return WorldError(str(path), f"{cause}: {reason}", remedy)
