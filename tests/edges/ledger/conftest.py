"""Both databases for every test of the ledger; PostgreSQL is started here, from Debian's own.

It runs in a temporary folder, listens on a Unix socket there and nowhere else, asks for a
password, and sorts by Spanish rules, so that an order that is not asked for shows itself.
"""

import itertools
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from feeds.edges.ledger import Ledger, open_ledger
from tests.edges.emptied import put_empty_ledger
from tests.edges.ledger.worker import SECRET


@dataclass(frozen=True)
class Place:
    """Where a test keeps its ledger: a folder, and a URL unless it is the folder's own file."""

    folder: Path
    url: str = ""

    def open(self, secret: bytes = SECRET, patience_s: float = 30.0) -> Ledger:
        return open_ledger(self.folder, secret, self.url, patience_s)


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL."""

    sockets: Path
    password: str
    # A database is a thousand files: one is emptied for the next test instead of made anew.
    free: list[str] = field(default_factory=list)

    def url(self, database: str, user: str = "talkfeeds", password: str = "") -> str:
        return f"postgresql://{user}:{password or self.password}@/{database}?host={self.sockets}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database, "postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def empty(self, database: str) -> None:
        """Take everything out of a database, and everybody who is still connected."""
        self.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            f" WHERE datname = '{database}' AND pid <> pg_backend_pid()"
        )
        self.execute("DROP SCHEMA public CASCADE", database)
        self.execute("CREATE SCHEMA public AUTHORIZATION pg_database_owner", database)


def _programs() -> Path | None:
    """The newest of Debian's PostgreSQL servers, else the one on the PATH."""
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = sorted(installed, key=lambda path: int(path.parts[-3].partition(".")[0]))
    if newest:
        return newest[-1].parent
    found = shutil.which("initdb")
    return Path(found).parent if found else None


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A server of this test run's own."""
    programs = _programs()
    if programs is None:
        pytest.skip("NOT TESTED: PostgreSQL is not installed (apt-get install postgresql)")
    # It refuses to run as root, and must not outlive the tests even when they are killed.
    drop = ["setpriv", "--pdeathsig", "KILL"]
    folder = Path(tempfile.mkdtemp(prefix="talkfeeds-pg-"))
    if os.geteuid() == 0:
        drop += ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        shutil.chown(folder, "postgres", "postgres")
    password = secrets.token_hex(8)
    (folder / "password").write_text(password)
    data = folder / "data"
    init = [programs / "initdb", "--pgdata", data, "--username", "postgres", "--encoding", "UTF8"]
    init += ["--auth", "scram-sha-256", "--pwfile", folder / "password", "--no-sync"]
    init += ["--locale", "C.UTF-8", "--locale-provider", "icu", "--icu-locale", "es"]
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "shared_buffers": "32MB",
        "lc_messages": "C",
    }
    server = None
    log = (folder / "log").open("wb")
    try:
        subprocess.run([*drop, *map(str, init)], check=True, cwd="/", stdout=log, stderr=log)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [*drop, str(programs / "postgres"), "-D", str(data), *options]
        server = subprocess.Popen(command, cwd="/", stdout=log, stderr=log)
        found = Server(folder, password)
        deadline = time.monotonic() + 60
        while True:
            try:
                found.execute(f"CREATE ROLE talkfeeds LOGIN PASSWORD '{password}'")
            except psycopg.OperationalError:
                assert server.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.05)
            else:
                break
        yield found
    finally:
        if server is not None:
            server.send_signal(signal.SIGQUIT)  # at once: nobody needs its data again
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


_numbers = itertools.count()


@pytest.fixture
def postgresql_place(postgresql: Server, tmp_path: Path) -> Iterator[Place]:
    """An empty database."""
    if postgresql.free:
        name = postgresql.free.pop()
    else:
        name = f"ledger{next(_numbers)}"
        postgresql.execute(f"CREATE DATABASE {name} OWNER talkfeeds")
    yield Place(tmp_path / ".talkfeeds", postgresql.url(name))
    postgresql.empty(name)
    postgresql.free.append(name)


@pytest.fixture
def sqlite_place(tmp_path: Path) -> Place:
    """A folder in which nothing is yet."""
    return Place(tmp_path / ".talkfeeds")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest) -> Place:
    """Both, one after the other; with ``--quick`` SQLite alone, but for ``both_when_quick``."""
    found: Place = request.getfixturevalue(f"{request.param}_place")
    return found


# For a test or two of every group.
both_when_quick = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    """An open ledger without subscribers."""
    if not place.url:
        put_empty_ledger(place.folder, SECRET)
    found = place.open()
    yield found
    found.close()
