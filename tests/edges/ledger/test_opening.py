"""A database found, made, brought up to date or refused."""

import multiprocessing
import os
import shutil
import sqlite3
import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Boolean, bindparam, inspect, text

from feeds.deliveries import Wish
from feeds.edges.ledger import Ledger, open_ledger, opening
from feeds.edges.ledger.schema import HEAD, VERSION_TABLE, Moment, metadata
from feeds.edges.secret import secret_key
from feeds.errors import WorldError
from feeds.jobs.subscribers import add, forget
from tests.edges.ledger.conftest import Place, Server, both_when_quick
from tests.edges.ledger.made import an_issue, freeze, person
from tests.edges.ledger.test_conformance import ANA, NOW, everybody
from tests.edges.ledger.worker import SECRET, add_some

ANA_TOO = person("ana.too", tags=("other",))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@both_when_quick
def test_the_scripts_make_the_schema(ledger: Ledger) -> None:
    with ledger.engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        assert found == []


def test_the_newest_script_is_the_one_that_the_code_knows() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(opening.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [HEAD]
    revisions = [script.revision for script in scripts.walk_revisions()]
    assert revisions == sorted(revisions, reverse=True)
    assert all(len(revision) == len(HEAD) for revision in revisions)


def test_subscribers_of_the_first_schema_are_all_there_in_the_next(place: Place) -> None:
    if not place.url:
        place.folder.mkdir(mode=0o700)
    engine = opening._engine(place.folder, place.url, 30.0)[0]
    config = Config()
    config.set_main_option("script_location", str(Path(opening.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            text(
                "INSERT INTO subscribers (email, address_key, name, language, status, since, tags,"
                " events, paused) VALUES ('Ana@example.org', 'ana@example.org', 'Ana «ñ»', 'es-MX',"
                " 'confirmed', :since, '[\"k8s\"]', '[]', :paused)"
            ).bindparams(bindparam("since", NOW, Moment()), bindparam("paused", False, Boolean()))
        )
        # A number that was given once is gone for ever, in the next schema too.
        connection.execute(text("UPDATE subscribers SET id = 41"))
        if not place.url:
            connection.execute(text("UPDATE sqlite_sequence SET seq = 77"))
        else:
            connection.execute(text("ALTER TABLE subscribers ALTER COLUMN id RESTART WITH 78"))
        assert not inspect(connection).has_table("issues")
    engine.dispose()
    ledger = place.open()
    (found,) = everybody(ledger)
    assert (found.email, found.name, found.tags) == ("Ana@example.org", "Ana «ñ»", ("k8s",))
    assert found.since == NOW
    add(ledger, ANA_TOO, again=False)
    with ledger.changing() as register:
        assert register.numbers([found.email, ANA_TOO.email]) == {
            "ana@example.org": 41,
            ANA_TOO.email: 78,
        }
        assert register.told() is None
    choices = {Wish("es-MX", ("k8s",), ()): 0, Wish("", ("other",), ()): None}
    assert freeze(ledger, an_issue(choices=choices)) == 1
    ledger.close()
    place.open().close()


def test_a_newer_schema_is_refused(ledger: Ledger, place: Place) -> None:
    with ledger.engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(WorldError, match=r"newer talkfeeds \(schema 9999; .*install that version"):
        place.open()


def test_another_programs_tables_are_left_alone(place: Place) -> None:
    ledger = place.open()
    with ledger.engine.begin() as connection:
        connection.execute(text(f"DROP TABLE {VERSION_TABLE}"))
    ledger.close()
    with pytest.raises(WorldError, match=r"another program's tables .*subscribers"):
        place.open()


def test_a_migration_that_fails_leaves_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scripts = Path(opening.__file__).parent / "migrations"
    package = tmp_path / "package"
    shutil.copytree(scripts, package / "migrations")
    with (package / "migrations/versions/0001_subscribers.py").open("a") as file:
        file.write('    op.execute("SELECT * FROM nowhere")\n')
    monkeypatch.setattr(opening, "__file__", str(package / "opening.py"))
    with pytest.raises(Exception, match="nowhere"):
        place.open()
    monkeypatch.undo()
    engine = opening._engine(place.folder, place.url, 1.0)[0]
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == []
    engine.dispose()
    place.open().close()


@pytest.mark.slow
def test_processes_that_make_it_at_once_lose_nobody(place: Place) -> None:
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(3)
    workers = [
        context.Process(target=add_some, args=(place.folder, place.url, number, start))
        for number in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0] * 3
    ledger = place.open()
    assert len(everybody(ledger)) == 16
    ledger.close()


def test_threads_that_make_it_at_once_make_it_once(place: Place) -> None:
    """Closer together than processes can be."""
    start = threading.Barrier(6)

    def open_one(_number: int) -> str:
        start.wait(30)
        try:
            place.open().close()
        except Exception as error:  # noqa: BLE001 # whatever it is, it is the verdict
            return repr(error)
        return "open"

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(open_one, range(6))) == ["open"] * 6


def test_sqlite_is_private_and_careful(sqlite_place: Place) -> None:
    sqlite_place.folder.mkdir(mode=0o755)
    (sqlite_place.folder / "mail.db").touch(0o644)
    ledger = sqlite_place.open()
    assert mode(sqlite_place.folder) == 0o700
    with ledger.changing() as register:
        register.add([ANA])
        modes = {path.name: mode(path) for path in sqlite_place.folder.iterdir()}
        assert modes == {"mail.db": 0o600, "mail.db-wal": 0o600, "mail.db-shm": 0o600}
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    with ledger.engine.connect() as connection:
        for name, value in wanted.items():
            assert connection.exec_driver_sql(f"PRAGMA {name}").scalar() == value
    ledger.close()


def test_a_url_of_sqlite_names_a_file_and_leaves_its_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir(mode=0o755)
    ledger = open_ledger(tmp_path / "unused", SECRET, f"sqlite:///{tmp_path}/shared/a%b?.db")
    add(ledger, ANA, again=False)
    ledger.close()
    assert mode(tmp_path / "shared") == 0o755
    (made,) = (tmp_path / "shared").iterdir()
    assert mode(made) == 0o600
    assert not (tmp_path / "unused").exists()


def test_a_database_where_everybody_could_read_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "publication.toml").touch()
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / ".talkfeeds-output").touch()
    (tmp_path / "link").symlink_to(tmp_path / "site")
    for place in ("public/mail.db", "public/a/mail.db", "site/a/mail.db", "link/mail.db"):
        with pytest.raises(WorldError, match="which everybody reads and the next build clears"):
            open_ledger(tmp_path / "unused", SECRET, f"sqlite:///{tmp_path}/{place}")
    assert {path.name for path in tmp_path.rglob("*")} == {
        "content", "publication.toml", "site", ".talkfeeds-output", "link"
    }  # fmt: skip
    (tmp_path / "elsewhere" / "public").mkdir(parents=True)
    open_ledger(tmp_path / "unused", SECRET, f"sqlite:///{tmp_path}/elsewhere/public/a.db").close()


def test_the_forgotten_leave_no_bytes_behind(sqlite_place: Place) -> None:
    from dataclasses import replace

    ledger = sqlite_place.open()
    person = replace(ANA, email="somebody-peculiar@example.org", name="Peculiar Somebody")
    for number in range(300):
        add(ledger, replace(ANA, email=f"p{number}@example.org"), again=False)
    add(ledger, person, again=False)

    def traces() -> list[str]:
        return [
            path.name
            for path in sqlite_place.folder.iterdir()
            if b"peculiar" in path.read_bytes().lower()
        ]

    assert traces()
    forget(ledger, person.email, NOW)
    assert traces() == []
    ledger.close()


def test_what_is_no_file_is_left_as_it_is(tmp_path: Path) -> None:
    """A device, above all: with the rights of root its mode would change for everybody."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o644)
    with pytest.raises(WorldError, match=r"pipe: is not a file \(name a file"):
        open_ledger(tmp_path / "unused", SECRET, f"sqlite:///{pipe}")
    assert mode(pipe) == 0o644


def test_waiting_for_a_locked_file_ends(sqlite_place: Place) -> None:
    sqlite_place.open().close()
    blocker = sqlite3.connect(sqlite_place.folder / "mail.db", isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    ledger = sqlite_place.open(patience_s=0.05)  # readers pass
    with pytest.raises(WorldError, match=r"mail\.db: is in use by another process \(wait"):
        add(ledger, ANA, again=False)
    ledger.close()
    blocker.close()


def _garbage(folder: Path) -> None:
    folder.mkdir()
    (folder / "mail.db").write_bytes(b"this is no database, and long enough to say so" * 50)


def _damaged(folder: Path) -> None:
    Place(folder).open().close()
    data = (folder / "mail.db").read_bytes()
    (folder / "mail.db").write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))


def _folder(folder: Path) -> None:
    (folder / "mail.db").mkdir(parents=True)


def _file(folder: Path) -> None:
    folder.write_text("in the way")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_garbage, "mail.db: is not an SQLite database (move it away"),
        (_damaged, "mail.db: is damaged (restore it from a backup)"),
        (_folder, "mail.db: cannot be used: is a directory"),
        (_file, ".talkfeeds: cannot be used: "),
    ],
)
def test_a_file_that_is_no_ledger(
    sqlite_place: Place, spoil: Callable[[Path], None], says: str
) -> None:
    spoil(sqlite_place.folder)
    with pytest.raises(WorldError) as error:
        everybody(sqlite_place.open())
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "TALKFEEDS_DATABASE_URL: is not a database URL (write it as postgresql://"),
        ("postgresql://u:hunter2@host:port/db", "TALKFEEDS_DATABASE_URL: is not a database URL"),
        ("postgresql://u:hun@ter2/x@host/db", "write @ / : in a password as %40 %2F %3A"),
        ("mysql://u:hunter2@host/db", "names neither SQLite nor PostgreSQL"),
        ("sqlite://", "names neither SQLite nor PostgreSQL"),
        ("postgres://u:hunter2@127.0.0.1:1/db", "postgresql://127.0.0.1:1/db: cannot be reached: "),
        ("postgresql://u:hunter2@/db?host=/nowhere", "postgresql:///db: cannot be reached: "),
        ("postgresql://127.0.0.1:1/db?password=hunter2", "cannot be reached: "),
    ],
)
def test_a_url_that_leads_nowhere(tmp_path: Path, url: str, says: str) -> None:
    with pytest.raises(WorldError) as error:
        open_ledger(tmp_path / "x", SECRET, url)
    assert says in str(error.value)
    assert "ter2" not in str(error.value)


def test_a_server_that_refuses(postgresql: Server, tmp_path: Path) -> None:
    cases = {
        postgresql.url("postgres", password="wrong"): "refuses the user or the password",
        postgresql.url("postgres", user="nobody"): "refuses the user or the password",
        postgresql.url("nowhere"): "has no database of that name (make it with: createdb)",
        postgresql.url("postgres"): "refuses the user what this needs (grant CREATE",
    }
    for url, says in cases.items():
        with pytest.raises(WorldError) as error:
            open_ledger(tmp_path, SECRET, url)
        assert says in str(error.value)
        assert postgresql.password not in str(error.value)


def test_a_mistake_of_ours_is_a_traceback_without_addresses(ledger: Ledger) -> None:
    import traceback

    with pytest.raises(RuntimeError, match="IntegrityError") as error, ledger.changing() as open_:
        open_.add([ANA, ANA])
    shown = "".join(traceback.format_exception(error.value))
    assert "ana@" not in shown


def test_the_key_is_made_once_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / ".talkfeeds"
    key, made = secret_key(folder, "")
    assert made == folder / "secret.key"
    assert (mode(folder), mode(made)) == (0o700, 0o600)
    assert secret_key(folder, "") == (key, None)
    assert len(key) >= 32
    assert secret_key(folder, " " + "x" * 32 + "\n") == (b"x" * 32, None)
    assert [path.name for path in folder.iterdir()] == ["secret.key"]


@pytest.mark.parametrize("content", ["", "short\n", "ñ" * 32])
def test_a_key_that_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret.key").write_text(content, "utf-8")
    with pytest.raises(WorldError, match=r"secret\.key: "):
        secret_key(tmp_path, "")
    with pytest.raises(WorldError, match="TALKFEEDS_SECRET_KEY: is 3 characters long"):
        secret_key(tmp_path, "abc")
