"""What a database says when it cannot: a WorldError that a person can act on.

Our own words where the cause is known, the last words of the driver's first line where it is
not; never a statement's values, which are addresses, and nothing of a URL but host and name.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from feeds.errors import WorldError

_BUSY = ("is in use by another process", "wait for that to end and run it again")
_FULL = ("cannot be written: there is no room", "make room and run it again; nothing was changed")
_NOT_OURS = "move it away: a new one is made"

# By the names of https://www.sqlite.org/rescode.html without their extensions.
_SQLITE = {
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
    "SQLITE_FULL": _FULL,
    "SQLITE_READONLY": ("cannot be written", "change the permissions of the file and its folder"),
    "SQLITE_CANTOPEN": ("cannot be opened", "change the permissions of the file and its folder"),
    "SQLITE_NOTADB": ("is not an SQLite database", _NOT_OURS),
    "SQLITE_CORRUPT": ("is damaged", "restore it from a backup"),
    "SQLITE_IOERR": ("cannot be read or written: the disk failed", "look at the disk"),
}
# By SQLSTATE (PostgreSQL, appendix A).
_POSTGRESQL = {
    "28P01": ("refuses the user or the password", "mend TALKFEEDS_DATABASE_URL"),
    "28000": ("refuses the user", "mend TALKFEEDS_DATABASE_URL or the server's pg_hba.conf"),
    "3D000": ("has no database of that name", "make it with: createdb"),
    "42501": ("refuses the user what this needs", "grant CREATE and USAGE on the schema"),
    "53100": _FULL,
    "53300": ("has no connection left", "wait and run it again"),
    "55P03": _BUSY,
    "57014": _BUSY,
    "40001": _BUSY,
    "40P01": _BUSY,
    "25006": ("is read-only", "name the primary server in TALKFEEDS_DATABASE_URL"),
    "57P03": ("is starting up", "wait and run it again"),
}
# libpq's words while it connects, for the SQLSTATE that it keeps to itself.
_UNTOLD = {
    "password authentication failed": "28P01",
    "no password supplied": "28P01",
    "pg_hba.conf": "28000",
    'role "': "28000",
    'database "': "3D000",
    "too many clients": "53300",
    "starting up": "57P03",
}
_UNREACHABLE = "start the server, or mend TALKFEEDS_DATABASE_URL"


@contextmanager
def explained(subject: str, *drivers: type[Exception]) -> Iterator[None]:
    """A driver's error as WorldError about ``subject``; a mistake of ours stays what it is.

    ``drivers`` are the errors of those that are spoken to without SQLAlchemy in between.
    """
    spoken_to: tuple[type[Exception], ...] = (DBAPIError, *drivers)
    try:
        yield
    except (IntegrityError, DataError) as error:
        raise _mistake(error, error.orig) from None
    except spoken_to as error:
        original = error.orig if isinstance(error, DBAPIError) else error
        found = _explanation(original)
        if found is not None:
            raise WorldError(subject, *found) from None
        if original is error:
            raise _mistake(error, original) from None
        raise


def _mistake(error: Exception, original: BaseException | None) -> RuntimeError:
    """One of ours, and it shows its traceback; but PostgreSQL repeats the row's values on the
    lines below the first."""
    said = str(original).partition("\n")[0]
    return RuntimeError(f"{type(error).__name__}: {said}")


def _explanation(original: BaseException | None) -> tuple[str, str] | None:
    name = getattr(original, "sqlite_errorname", None)
    if name:
        return _SQLITE.get("_".join(name.split("_")[:2]))
    state = getattr(original, "sqlstate", None)
    if state:
        return _POSTGRESQL.get(state)
    said = str(original)
    # Before the server has spoken there is no SQLSTATE, only libpq's text.
    for words, code in _UNTOLD.items():
        if words in said:
            return _POSTGRESQL[code]
    if type(original).__name__ in {"OperationalError", "ConnectionTimeout"}:
        reason = said.splitlines()[0].rpartition(": ")[2] if said else "no answer"
        return f"cannot be reached: {reason}", _UNREACHABLE
    return None
