"""``talkfeeds subscribers`` as people meet it, each command in its own process."""

import json
import re
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from feeds.cli import main, parser
from feeds.cli.common import Commands
from feeds.edges.ledger import open_ledger
from tests.edges.conftest import Run, snapshot

Ask = Callable[..., "subprocess.CompletedProcess[str]"]
COMMANDS = ["add", "set", "remove", "forget", "list", "import", "export", "stats"]


@pytest.fixture
def ask(
    publication: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Ask:
    """``talkfeeds subscribers`` of one publication, with a key from the environment.

    In this process: loading the database's library is what takes the time.
    """

    def run(*arguments: str | Path, **env: str) -> "subprocess.CompletedProcess[str]":
        key = {"TALKFEEDS_SECRET_KEY": "x" * 40, "TALKFEEDS_DATABASE_URL": "", **env}
        command = ["--root", str(publication), "subscribers", *map(str, arguments)]
        with monkeypatch.context() as patch:
            for name, value in key.items():
                patch.setenv(name, value)
            status = main(command)
        said = capsys.readouterr()
        return subprocess.CompletedProcess(command, status, said.out, said.err)

    return run


def test_every_command_has_help_and_an_example_that_parses(talkfeeds: Run) -> None:
    import shlex

    top = parser()
    (commands,) = [made for made in top._actions if isinstance(made, Commands)]
    inner = commands.choices["subscribers"]
    (own,) = [made for made in inner._actions if isinstance(made, Commands)]
    assert list(own.choices) == COMMANDS
    shown = talkfeeds("subscribers", "--help").stdout
    assert re.findall(r"^    (\w+)  ", shown, re.MULTILINE) == COMMANDS
    for name, made in own.choices.items():
        assert made.description
        for line in str(made.epilog).replace("example: ", "").split("\n"):
            found = top.parse_args(shlex.split(line)[1:])
            assert callable(found.run)
            assert f"subscribers {name}" in line


def test_a_life(ask: Ask) -> None:
    added = ask("add", "Ana@MAÑANA.mx", "--name", " Ana  «ñ»", "--tag", "k8s", "--tag", "go")
    assert (added.returncode, added.stdout) == (0, "added: Ana@mañana.mx: pending\n")
    assert "receives nothing before it is confirmed" in added.stderr
    confirmed = ask("add", "ana@mañana.mx", "--confirmed")
    assert (confirmed.stdout, confirmed.stderr) == ("confirmed: Ana@mañana.mx: confirmed\n", "")
    again = ask("add", "ana@xn--maana-pta.mx", "--confirmed", "--name", "Other")
    assert again.returncode == 0
    assert again.stdout == "unchanged: Ana@mañana.mx: confirmed\n"
    assert "left as they are: talkfeeds subscribers set" in again.stderr
    changed = ask("set", "ana@mañana.mx", "--all-tags", "--event", "KubeCon", "--paused")
    assert changed.stdout == "changed: Ana@mañana.mx: paused, event KubeCon\n"
    assert ask("list").stdout == "confirmed    Ana@mañana.mx Ana «ñ»: paused, event KubeCon\n"
    assert ask("set", "ana@mañana.mx", "--paused").stdout.startswith("unchanged: ")
    assert ask("remove", "ana@mañana.mx").stdout == "removed: Ana@mañana.mx: unsubscribed\n"
    twice = ask("remove", "ana@mañana.mx")
    assert (twice.returncode, twice.stdout) == (0, "unchanged: Ana@mañana.mx: unsubscribed\n")
    (found,) = json.loads(ask("list", "--json", "--status", "unsubscribed").stdout)
    assert found.pop("since")
    assert found == {
        "email": "Ana@xn--maana-pta.mx",
        "name": "Ana «ñ»",
        "language": "",
        "status": "unsubscribed",
        "tags": [],
        "events": ["KubeCon"],
        "paused": True,
        "needs_smtputf8": False,
    }
    assert json.loads(ask("list", "--json", "--status", "confirmed").stdout) == []
    forgotten = ask("forget", "ana@mañana.mx")
    assert forgotten.stdout == "forgotten; only a keyed hash is kept\n"
    assert ask("forget", "ana@mañana.mx").stdout == "unchanged: forgotten before\n"
    refused = ask("add", "ana@mañana.mx")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "on the suppression list (if they asked to come back: talkfeeds" in refused.stderr
    assert ask("add", "ana@mañana.mx", "--again").stdout == "added: ana@mañana.mx: pending\n"
    assert "relays with SMTPUTF8" in ask("add", "josé@example.org").stderr


def test_import_and_export(ask: Ask, tmp_path: Path, publication: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text(
        "Email;Name;Status\r\nana@example.org;=Ana;\r\neva@example.org;;unsubscribed\r\n"
        "bob@example.org;Bob;\r\n",
        "utf-8-sig",
    )
    ask("forget", "bob@example.org")
    done = ask("import", people)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        f"{people}: 3 rows: 2 added, 0 changed, 0 unchanged, 0 kept, 1 suppressed\n"
    )
    exported = ask("export")
    expected = (
        "email,name,language,status\r\n"
        "ana@example.org,'=Ana,,confirmed\r\n"
        "eva@example.org,,,unsubscribed\r\n"
    )
    assert exported.stdout == expected
    target = tmp_path / "out.csv"
    assert ask("export", target).stdout == f"{target}\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert target.read_bytes() == expected.encode()
    again = ask("import", target, "--json")
    assert json.loads(again.stdout) == {
        "rows": 2,
        "added": 0,
        "changed": 0,
        "unchanged": 2,
        "kept": 0,
        "suppressed": 0,
    }
    target.write_text("email\neva@example.org\n")
    left = ask("import", target)
    assert "1 kept" in left.stdout
    assert "stays so" in left.stderr
    assert "eva" not in left.stderr
    numbers = json.loads(ask("stats", "--json").stdout)
    assert {name: numbers[name] for name in ("subscribers", "receiving", "suppressed")} == {
        "subscribers": 2,
        "receiving": 1,
        "suppressed": 1,
    }
    assert re.search(r"^receiving +1$", ask("stats").stdout, re.MULTILINE)
    refused = ask("export", publication / "public" / "people.csv")
    assert refused.returncode == 2
    assert "below public/" in refused.stderr
    assert not (publication / "public").exists()


@pytest.mark.slow
def test_standard_input_is_a_file_too(publication: Path) -> None:
    command = [sys.executable, "-m", "feeds", "--root", str(publication), "subscribers"]
    done = subprocess.run(
        [*command, "import", "-"],
        input=b"email\na@example.org\nx\n",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert b"standard input:3: email: is not an e-mail address" in done.stderr


def test_a_csv_with_mistakes_changes_nothing_and_names_nobody(ask: Ask, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("email,name\nana@example.org,\nana@@example.org,\nANA@example.org,\n")
    done = ask("import", people)
    assert (done.returncode, done.stdout) == (1, "")
    why = "the part after the @-sign contains invalid characters: '@'"
    assert done.stderr.splitlines() == [
        f"{people}:3: email: is not an e-mail address: {why} (write it as ana@example.org)",
        f"{people}:4: email: is also in line 2 (keep one of the lines)",
    ]
    assert ask("list").stdout == ""
    missing = ask("import", tmp_path / "none.csv")
    assert missing.returncode == 1
    assert missing.stderr == f"{tmp_path}/none.csv: cannot be read: no such file or directory\n"


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        ([], 2, "the following arguments are required: COMMAND"),
        (["add"], 2, "the following arguments are required: EMAIL"),
        (["add", "ana"], 2, "EMAIL is not an e-mail address: an email address must have an @-sign"),
        (["add", "a@example.org", "--language", "?"], 2, "--language: '?' is not a language tag"),
        (["add", "a@example.org", "--name", "x\x07"], 2, "--name holds the control character"),
        (["add", "a@example.org", "--tag", " "], 2, "--tag needs a word"),
        (["set", "a@example.org"], 2, "set needs something to change"),
        (["set", "a@example.org", "--tag", "x", "--all-tags"], 2, "say different things"),
        (["set", "a@example.org", "--paused", "--weekly"], 2, "not allowed with argument"),
        (["list", "--status", "gone"], 2, "invalid choice: 'gone'"),
        (["set", "a@example.org", "--paused"], 1, "subscribers: nobody has this address"),
        (["remove", "a@example.org"], 1, "subscribers: nobody has this address"),
    ],
)
def test_what_is_refused(ask: Ask, arguments: list[str], status: int, says: str) -> None:
    done = ask(*arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_world_that_says_no(ask: Ask, publication: Path) -> None:
    done = ask("list", TALKFEEDS_DATABASE_URL="postgresql://u:hunter2@127.0.0.1:1/db")
    assert done.returncode == 1
    assert done.stderr.startswith("postgresql://127.0.0.1:1/db: cannot be reached: ")
    assert "hunter2" not in done.stderr
    short = ask("list", TALKFEEDS_SECRET_KEY="abc")
    assert short.stderr.startswith("TALKFEEDS_SECRET_KEY: is 3 characters long")
    (publication / "content" / "publication.toml").unlink()
    bare = ask("list")
    assert bare.returncode == 1
    assert "content/publication.toml: is not in" in bare.stderr


def test_a_fresh_machine_makes_its_own_key_and_says_so(talkfeeds: Run, publication: Path) -> None:
    first = talkfeeds("--root", publication, "subscribers", "forget", "ana@example.org")
    assert first.returncode == 0
    assert "made a secret key: " in first.stderr
    second = talkfeeds("--root", publication, "subscribers", "add", "ana@example.org")
    assert second.returncode == 1
    assert "secret key" not in second.stderr
    other = {"TALKFEEDS_SECRET_KEY": "y" * 40}
    third = talkfeeds("--root", publication, "subscribers", "list", env=other)
    assert third.returncode == 1
    assert "was made with another secret key" in third.stderr


def test_addresses_stay_private(ask: Ask, talkfeeds: Run, publication: Path) -> None:
    ask("add", "somebody-peculiar@example.org", "--confirmed")
    assert talkfeeds("--root", publication, "build").returncode == 0
    assert talkfeeds("--root", publication, "digest", "2017-W49").returncode == 0
    for name, data in snapshot(publication).items():
        assert b"peculiar" not in data or name.startswith(".talkfeeds/mail.db")
    for path in (publication / ".talkfeeds").glob("mail.db*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((publication / ".talkfeeds").stat().st_mode) == 0o700


@pytest.mark.slow
def test_a_list_cut_short_is_no_traceback(ask: Ask, publication: Path, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("email\n" + "".join(f"p{number}@example.org\n" for number in range(5_000)))
    assert ask("import", people).returncode == 0
    for what in ("list", "export"):
        command = f"{sys.executable} -m feeds --root {publication} subscribers {what} | head -1"
        done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
        assert done.stdout
        assert "Traceback" not in done.stderr


def test_other_commands_load_no_database(publication: Path) -> None:
    code = (
        "import sys; from feeds.cli import main; "
        f"main(['--root', {str(publication)!r}, 'build']); "
        "print([name for name in ('sqlalchemy', 'alembic', 'email_validator', 'psycopg')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("\n[]\n")


def test_forget_says_when_another_reader_keeps_the_address_in_the_log(
    ask: Ask, publication: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.edges.ledger.open_ledger", partial(open_ledger, patience_s=0.05))
    ask("add", "marisol@example.org", "--confirmed")
    database = publication / ".talkfeeds" / "mail.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM subscribers").fetchone()
        for _ in range(2):
            found = ask("forget", "marisol@example.org")
            assert (found.returncode, found.stdout) == (1, "")
            assert "another process is reading" in found.stderr
            assert "run this again" in found.stderr
            assert "marisol" not in found.stderr
        reader.execute("COMMIT")
        # It stays connected: the last one to leave would empty the log by itself.
        assert ask("forget", "marisol@example.org").stdout == "unchanged: forgotten before\n"
        for name in ("mail.db", "mail.db-wal"):
            assert b"marisol" not in database.with_name(name).read_bytes()


def test_a_list_is_given_without_what_renders(publication: Path) -> None:
    script = (
        "import sys\n"
        "from feeds.cli import main\n"
        "assert main(sys.argv[1:]) == 0\n"
        "print(*({'feedgen', 'lxml', 'jinja2', 'PIL', 'feeds.render'} & sys.modules.keys()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "--root", publication, "subscribers", "list"],
        capture_output=True,
        text=True,
        env={"TALKFEEDS_SECRET_KEY": "x" * 40},
        check=True,
    )
    assert done.stdout.split() == []
