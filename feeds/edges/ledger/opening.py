"""A database, found or made: private files, its schema brought up to date, its key known.

Two processes may do this at once for the first time; one of them makes the tables.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError

from feeds.edges.ledger.failing import explained
from feeds.edges.ledger.schema import HEAD, VERSION_TABLE, metadata
from feeds.edges.ledger.store import OUTSIDE, WRITING, Ledger
from feeds.edges.public import refuse_public
from feeds.errors import WorldError

FILE = "mail.db"
_VARIABLE = "TALKFEEDS_DATABASE_URL"
_FORMS = "write it as postgresql://user:password@host/database or sqlite:////path/mail.db"
# Any constant will do; it must be the same for every talkfeeds on one server.
_MIGRATION_LOCK = 0x7A1C_FEED
PATIENCE_S = 30.0


def open_ledger(
    folder: Path, secret: bytes, url: str = "", patience_s: float = PATIENCE_S
) -> Ledger:
    """The ledger in ``folder``, or the one that ``url`` names; made when it is not there.

    ``secret`` keys the suppression list, and must be the one that it was made with.
    ``patience_s`` is how long to wait for another process's changes. WorldError when the
    database cannot be used: locked, unreachable, newer than this version, not ours.
    """
    engine, subject = _engine(folder, url, patience_s)
    ledger = Ledger(engine, subject, secret)
    try:
        with explained(subject):
            _bring_up(engine, subject)
        with ledger.reading() as register:
            known = register.knows_secret()
        if not known:
            with ledger.changing() as register:
                known = register.take_secret()
        if not known:
            raise WorldError(
                subject,
                "was made with another secret key, so its hashes and letters mean nothing",
                "set TALKFEEDS_SECRET_KEY to that key",
            )
    except BaseException:
        engine.dispose()
        raise
    return ledger


def _engine(folder: Path, url: str, patience_s: float) -> tuple[Engine, str]:
    """An engine, and what messages call it (without user and password)."""
    if not url:
        _make_folder(folder, own=True)
        return _sqlite(folder / FILE, patience_s), str(folder / FILE)
    try:
        parsed = make_url(url)
        backend, port = parsed.get_backend_name(), parsed.port
    except (ArgumentError, ValueError):
        raise WorldError(_VARIABLE, "is not a database URL", _FORMS) from None
    host, database = parsed.host or "", parsed.database or ""
    if backend == "sqlite" and database not in {"", ":memory:"}:
        path = Path(database).absolute()
        refuse_public(path, f"name another place in {_VARIABLE}")
        _make_folder(path.parent, own=False)
        return _sqlite(path, patience_s), str(path)
    if backend not in {"postgresql", "postgres"}:
        raise WorldError(_VARIABLE, "names neither SQLite nor PostgreSQL", _FORMS)
    if "@" in host + database:
        # Taken apart in the wrong place: what looks like a host may be half a password.
        raise WorldError(
            _VARIABLE, "is not a database URL", "write @ / : in a password as %40 %2F %3A"
        )
    subject = f"postgresql://{host}{f':{port}' if port else ''}/{database}"
    return _postgresql(parsed, patience_s), subject


def _sqlite(path: Path, patience_s: float) -> Engine:
    _make_private(path)
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": patience_s},
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        # https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#pysqlite-serializable: the
        # driver's own idea of transactions gives way to the one below.
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA secure_delete=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if word := connection.get_execution_options().get("talkfeeds_begin", "BEGIN"):
            connection.exec_driver_sql(word)

    return engine


def _make_folder(folder: Path, *, own: bool) -> None:
    """A folder for its owner alone; an existing one becomes so when it is ours (``own``)."""
    with _explained(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if own and folder.stat().st_mode & 0o077:
            folder.chmod(0o700)


def _make_private(path: Path) -> None:
    """The file, for its owner alone. SQLite gives those beside it (-wal, -shm) its mode."""
    if path.exists() and not path.is_file() and not path.is_dir():
        # Nor may the mode of /dev/null become ours.
        raise WorldError(str(path), "is not a file", "name a file, or one to be made")
    with _explained(path):
        if path.exists() and not path.is_file() and not path.is_dir():
            # Its permissions are everybody's business: of /dev/null, for example.
            raise WorldError(str(path), "is no file", "name a file for the ledger")
        os.close(os.open(path, os.O_CREAT | os.O_RDONLY | os.O_CLOEXEC, 0o600))
        for beside in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
            if beside.exists() and beside.stat().st_mode & 0o077:
                beside.chmod(0o600)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        remedy = "change the permissions of the file and its folder"
        raise WorldError(str(path), f"cannot be used: {reason}", remedy) from error


def _postgresql(url: URL, patience_s: float) -> Engine:
    defaults = {"client_encoding": "utf8", "connect_timeout": "10"}
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg").update_query_dict(
                {name: value for name, value in defaults.items() if name not in url.query}
            ),
            hide_parameters=True,
        )
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "psycopg":
            raise
        remedy = "install it with: pip install 'talkfeeds[postgresql]'"
        raise WorldError(_VARIABLE, "needs psycopg, which is not installed", remedy) from None

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.execute(f"SET lock_timeout = {max(1, round(patience_s * 1000))}")
        connection.commit()

    return engine


def _bring_up(engine: Engine, subject: str) -> None:
    """The schema of this version, made by one process while the others wait."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            if _version(connection, subject) == HEAD:
                return
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
            _migrate(connection, subject)
        return
    # A file lock, because SQLite does not wait for its turn to change the kind of journal.
    # Of the folder: closing a second handle of the database would drop SQLite's own locks.
    with _explained(Path(subject).parent):
        folder = os.open(Path(subject).parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        with engine.connect().execution_options(talkfeeds_begin=OUTSIDE) as connection:
            if connection.exec_driver_sql("PRAGMA journal_mode").scalar() != "wal":
                found = connection.exec_driver_sql("PRAGMA journal_mode=WAL").scalar()
                if found != "wal":
                    cause = "cannot have a write-ahead log"
                    raise WorldError(subject, cause, "put it on a local disk")
            if _version(connection, subject) == HEAD:
                return
        with (
            engine.connect().execution_options(talkfeeds_begin=WRITING) as connection,
            connection.begin(),
        ):
            _migrate(connection, subject)
    finally:
        os.close(folder)


def _version(connection: Connection, subject: str) -> str:
    """The newest script that was run here, empty for a new database; WorldError for others."""
    if not inspect(connection).has_table(VERSION_TABLE):
        theirs = set(inspect(connection).get_table_names()) & set(metadata.tables)
        if theirs:
            cause = f"holds another program's tables ({', '.join(sorted(theirs))})"
            raise WorldError(subject, cause, "give talkfeeds a database of its own")
        return ""
    kept = text(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608 # a constant
    found = str(connection.scalar(kept) or "")
    if found > HEAD:
        cause = f"was made by a newer talkfeeds (schema {found}; this one knows {HEAD})"
        raise WorldError(subject, cause, "install that version")
    return found


def _migrate(connection: Connection, subject: str) -> None:
    """Run the scripts that are missing, in the transaction that ``connection`` is in."""
    if _version(connection, subject) == HEAD:
        return  # another process was faster
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    scripts = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    command.upgrade(config, "head")
