"""The log of a send: every event with its time and week, and nobody's address."""

import json
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.edges.conftest import Run
from tests.edges.send.kills import relay

SETTINGS = """
[mail]
sender = "Pláticas <mail@talks.example.org>"
retry_after = "1s"
retry_for = "60s"
connections = 2
"""
# The relay's words name the reader, as many do.
REFUSAL = "rcpt to=reader3@ 550 5.1.1 <reader3@example.org> Reader3@Example.org is unknown here"
DEFERRAL = "rcpt to=reader5@ first=1 450 4.2.0 reader5@example.org has a full mailbox"
EVENTS = ["started", "frozen", "began", "connected", "refused", "deferred", "finished"]


@pytest.fixture
def readers(publication: Path, talkfeeds: Run) -> Path:
    """The publication, with somebody who sends and twelve who read."""
    settings = publication / "content" / "publication.toml"
    settings.write_text(settings.read_text("utf-8") + SETTINGS, "utf-8")
    people = publication / "people.csv"
    lines = ["email,name", *(f"reader{number}@example.org,Eva" for number in range(12))]
    people.write_text("\n".join(lines) + "\n")
    done = talkfeeds("--root", publication, "subscribers", "import", people, env=environment())
    assert done.returncode == 0, done.stderr
    return publication


def environment(port: int | None = None) -> dict[str, str]:
    url = f"smtp://localhost:{port}?tls=off" if port else ""
    key = {"TALKFEEDS_SECRET_KEY": "x" * 40, "TALKFEEDS_DATABASE_URL": ""}
    return {**key, "TALKFEEDS_SMTP_URL": url, "TALKFEEDS_DKIM_KEYS": ""}


@contextmanager
def difficult_relay(folder: Path) -> Iterator[dict[str, str]]:
    with relay(folder, "--fault", REFUSAL, "--fault", DEFERRAL) as port:
        yield environment(port)


def read(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_log_tells_what_happened_and_to_nobody_by_name(
    readers: Path, talkfeeds: Run, tmp_path: Path
) -> None:
    with difficult_relay(tmp_path) as env:
        done = talkfeeds("--root", readers, "send", "2017-W49", env=env)
    assert done.returncode == 0, done.stderr
    path = readers / ".talkfeeds" / "log" / "send.jsonl"
    text = path.read_text("utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "reader" not in text.lower()
    assert "@" not in text
    found = read(text)
    assert sorted(line["event"] for line in found) == sorted(EVENTS)
    assert [line["event"] for line in found][:4] == EVENTS[:4]
    for line in found:
        assert line["week"] == "2017-W49"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["at"])
        assert datetime.fromisoformat(line["at"]).utcoffset() is not None
    by_event = {line["event"]: line for line in found}
    assert by_event["frozen"]["recipients"] == 12
    assert by_event["connected"]["connections"] == 2
    assert by_event["refused"]["code"] == 550
    assert re.fullmatch(r"[0-9a-z]+", by_event["refused"]["token"])
    assert by_event["deferred"]["deferred"] == 1
    assert by_event["finished"]["open"] == 0
    assert by_event["finished"]["states"]["sent"] == 11
    assert by_event["finished"]["states"]["bounced"] == 1


def test_debug_names_every_letter_with_its_address(
    readers: Path, talkfeeds: Run, tmp_path: Path
) -> None:
    with difficult_relay(tmp_path) as env:
        done = talkfeeds("--root", readers, "send", "2017-W49", "--log", "-", "--debug", env=env)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("{")]
    letters = [line for line in read("\n".join(lines)) if line["event"] == "letter"]
    assert {line["to"] for line in letters} == {f"reader{n}@example.org" for n in range(12)}
    assert {line["level"] for line in letters} == {"debug"}
    others = [line for line in lines if '"letter"' not in line]
    assert others
    assert "reader" not in "".join(others)
    assert not (readers / ".talkfeeds" / "log").exists()


def test_what_is_not_sent_is_logged_with_its_reason(readers: Path, talkfeeds: Run) -> None:
    log = readers / "my.log"
    done = talkfeeds("--root", readers, "send", "2017-W48", "--log", log, env=environment())
    assert done.returncode == 0, done.stderr
    started, nothing = read(log.read_text())
    assert (started["event"], nothing["event"]) == ("started", "nothing")
    assert nothing["reason"] == "nothing new"
    assert talkfeeds(
        "--root", readers, "send", "2017-W49", "--log", log,
        env=environment() | {"TALKFEEDS_SMTP_URL": "smtp://localhost:1?tls=off"},
    ).returncode == 1  # fmt: skip
    *_, began, failed = read(log.read_text())
    assert began["event"] == "began"
    assert (failed["event"], failed["level"], failed["week"]) == ("failed", "error", "2017-W49")
    assert "smtp://localhost:1: " in failed["error"]


def test_a_dry_run_leaves_no_log(readers: Path, talkfeeds: Run) -> None:
    done = talkfeeds("--root", readers, "send", "2017-W49", "--dry-run", env=environment())
    assert done.returncode == 0, done.stderr
    assert not (readers / ".talkfeeds" / "log").exists()


def test_a_log_that_cannot_be_written_stops_only_who_asked_for_it(
    readers: Path, talkfeeds: Run
) -> None:
    done = talkfeeds(
        "--root", readers, "send", "2017-W49", "--log", readers / "no" / "a.log", env=environment()
    )
    assert done.returncode == 1
    assert "name another file with --log" in done.stderr
    (readers / ".talkfeeds" / "log").write_text("in the way")
    done = talkfeeds("--root", readers, "send", "2017-W49", env=environment())
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("the log cannot be written: ") == 1
    assert "Traceback" not in done.stderr


def test_bounces_log_their_totals(readers: Path, talkfeeds: Run) -> None:
    (readers / ".talkfeeds" / "bounces" / "new").mkdir(parents=True)
    for name in ("cur", "tmp"):
        (readers / ".talkfeeds" / "bounces" / name).mkdir()
    (readers / ".talkfeeds" / "bounces" / "new" / "1").write_text("Subject: spam\n\nspam\n")
    done = talkfeeds("--root", readers, "bounces", env=environment())
    assert done.returncode == 0, done.stderr
    (line,) = read((readers / ".talkfeeds" / "log" / "bounces.jsonl").read_text())
    assert (line["event"], line["read"], line["hard"]) == ("bounces", 1, 0)
