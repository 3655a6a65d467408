"""A transaction of SQLite for who cannot wait: it begins at once, or not at all.

A send's every commit goes through here, on the thread that carries the letters. Handing it to
another thread and back costs more than what it does, because each step of SQLite gives Python's
lock away and has to get it again.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any


def is_busy(error: sqlite3.OperationalError) -> bool:
    """Whether another process is in the way, and nothing else is wrong."""
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


@contextmanager
def at_once(connection: Any) -> Iterator[sqlite3.Cursor | None]:
    """A transaction that is committed when the block ends, and undone when it fails; None when
    another process has one open. ``connection`` is the driver's own, outside of a transaction,
    and does not wait for others.
    """
    with closing(connection.cursor()) as cursor:
        try:
            cursor.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            yield None
            return
        try:
            yield cursor
            cursor.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                cursor.execute("ROLLBACK")
            raise


@contextmanager
def patient(connection: Any, patience_ms: int) -> Iterator[None]:
    """While the block lasts, whatever is begun on ``connection`` waits so long for others."""
    with closing(connection.cursor()) as cursor:
        cursor.execute(f"PRAGMA busy_timeout={patience_ms:d}")
        try:
            yield
        finally:
            cursor.execute("PRAGMA busy_timeout=0")


def patience_of(connection: Any) -> int:
    """For how many milliseconds ``connection`` waits for others; from now on for none."""
    with closing(connection.cursor()) as cursor:
        (found,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute("PRAGMA busy_timeout=0")
    return int(found)
