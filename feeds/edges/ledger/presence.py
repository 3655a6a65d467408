"""How senders see of each other which of them are alive: each holds a lock for as long as it is.

On PostgreSQL the lock belongs to the session, beside a SQLite file to a file of the sender's own.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, text

from feeds.edges.ledger.failing import explained
from feeds.edges.ledger.store import Ledger
from feeds.errors import WorldError


@contextmanager
def shown_alive(ledger: Ledger, me: int, session: Connection) -> Iterator[Callable[[int], bool]]:
    """While the block lasts a lock says that ``me`` is alive, and no longer. Gives the question
    whether another sender is; WorldError when the locks' folder cannot be used."""
    if ledger.engine.dialect.name == "postgresql":
        # Held by this session until it ends, be it by the death of the process. What is sent
        # is committed in the same session: without the lock there is no commit.
        with explained(ledger.subject), session.begin():
            session.execute(text(f"SELECT pg_advisory_lock({me})"))
        yield partial(_has_session, ledger)
        return
    # Whatever name the file goes by, its senders see each other.
    subject = Path(ledger.subject).resolve()
    folder = subject.with_name(subject.name + ".senders")
    path = _lock(folder, me)
    with _usable(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield partial(_has_file, folder)
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _has_session(ledger: Ledger, sender: int) -> bool:
    with ledger.engine.connect() as connection:
        free = connection.scalar(text(f"SELECT pg_try_advisory_lock({int(sender)})"))
        if free:
            connection.execute(text(f"SELECT pg_advisory_unlock({int(sender)})"))
        return not free


def _has_file(folder: Path, sender: int) -> bool:
    path = _lock(folder, sender)
    try:
        with _usable(folder):
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        path.unlink(missing_ok=True)
        return False
    finally:
        os.close(handle)


def _lock(folder: Path, sender: int) -> Path:
    return folder / f"{sender}.lock"


@contextmanager
def _usable(folder: Path) -> Iterator[None]:
    """WorldError when another user's files, or a file, stand where the locks of senders go."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        remedy = "change the permissions of the folder, and of what is in it"
        raise WorldError(str(folder), f"cannot be used: {reason}", remedy) from error
