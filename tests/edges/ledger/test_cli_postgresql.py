"""``talkfeeds send`` with its ledger on PostgreSQL, by TALKFEEDS_DATABASE_URL."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from feeds.cli import main
from tests.edges.ledger.conftest import Place

WEEK = "2017-W49"
KEY = "x" * 40


def test_an_issue_goes_out_once_from_postgresql(
    publication: Path,
    postgresql_place: Place,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TALKFEEDS_DATABASE_URL", postgresql_place.url)
    monkeypatch.setenv("TALKFEEDS_SECRET_KEY", KEY)
    monkeypatch.setenv("TALKFEEDS_SMTP_URL", "")
    root = ["--root", str(publication)]
    for name in ("ana", "eva", "left"):
        assert main([*root, "subscribers", "add", f"{name}@example.org", "--confirmed"]) == 0
    assert main([*root, "subscribers", "remove", "left@example.org"]) == 0
    capsys.readouterr()
    for _ in range(2):
        assert main([*root, "send", WEEK, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert (found["recipients"], found["states"]["sent"], found["open"]) == (2, 2, 0)
    assert len(list(publication.rglob("outbox/new/*"))) == 2
    assert not (publication / ".talkfeeds" / "mail.db").exists()
    assert main([*root, "issues", "--json"]) == 0
    assert [issue["week"] for issue in json.loads(capsys.readouterr().out)] == [WEEK]


@pytest.mark.slow
def test_two_machines_share_one_issue(publication: Path, postgresql_place: Place) -> None:
    """Each has its own folder; the database is one, and so is the key."""
    folders = [publication, publication.with_name("second")]
    shutil.copytree(publication, folders[1])
    env = {**os.environ, "TALKFEEDS_DATABASE_URL": postgresql_place.url}
    env |= {"TALKFEEDS_SECRET_KEY": KEY, "TALKFEEDS_SMTP_URL": ""}
    people = publication / "people.csv"
    people.write_text("email\n" + "".join(f"p{at}@example.org\n" for at in range(300)))

    def command(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "feeds", "--root", str(folder), *arguments],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    importing = command(publication, "subscribers", "import", str(people))
    importing.communicate(timeout=60)
    assert importing.returncode == 0
    processes = [command(folder, "send", WEEK) for folder in folders]
    said = [process.communicate(timeout=120) for process in processes]
    for process, (out, err) in zip(processes, said, strict=True):
        assert process.returncode == 0, err
        assert out == f"{WEEK}  finished  3 talks  300 recipients: 300 sent\n"
    tokens = [path.name for folder in folders for path in folder.rglob("outbox/new/*")]
    assert len(tokens) == len(set(tokens)) == 300
