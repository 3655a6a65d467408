"""What an operator sees of a send: the table of issues, the report page, and the bar."""

import json
import re
import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from feeds.cli.issues import as_table
from feeds.deliveries import State, Totals
from feeds.model import Week
from tests.edges.conftest import Run

Ready = Callable[..., Path]
ENVIRONMENT = {"TALKFEEDS_SECRET_KEY": "x" * 40, "TALKFEEDS_DATABASE_URL": ""}
ENVIRONMENT |= {"TALKFEEDS_SMTP_URL": ""}


@pytest.fixture
def readers(publication: Path, talkfeeds: Run) -> Path:
    """The publication, with somebody who sends and three who read."""
    settings = publication / "content" / "publication.toml"
    sender = '[mail]\nsender = "Pláticas <mail@talks.example.org>"\n'
    settings.write_text(settings.read_text("utf-8") + sender, "utf-8")
    people = publication / "people.csv"
    people.write_text("email\nana@example.org\nbea@example.org\ncleo@example.org\n")
    done = talkfeeds("--root", publication, "subscribers", "import", people, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    return publication


def at(element: Any, path: str) -> list[Any]:
    """What ``path`` finds; the stubs promise more kinds than these paths give."""
    return list(element.xpath(path))


def totals(week: str, recipients: int, states: dict[State, int], **more: int) -> Totals:
    moment = datetime(2026, 11, 16, 7, 30, tzinfo=UTC)
    finished = None if State.UNCERTAIN in states else moment
    return Totals(Week.parse(week), moment, finished, "Asunto", 3, recipients, states, **more)


def test_the_table_is_aligned_and_has_no_column_for_what_no_issue_has() -> None:
    shown = as_table(
        [
            totals("2026-W47", 12_345, {State.SENT: 12_300, State.UNCERTAIN: 45}, complaints=2),
            totals("2026-W46", 7, {State.SENT: 7}),
        ]
    )
    assert shown.split("\n") == [
        "week      frozen (UTC)                talks  recipients    sent  uncertain  complaints",
        "2026-W47  2026-11-16 07:30  open          3      12,345  12,300         45           2",
        "2026-W46  2026-11-16 07:30  finished      3           7       7          0           0",
    ]


def test_before_the_first_issue_the_table_and_the_report_say_so(
    publication: Path, talkfeeds: Run
) -> None:
    done = talkfeeds("--root", publication, "issues", env=ENVIRONMENT)
    assert (done.returncode, done.stdout) == (0, "no issue was sent yet\n")
    assert talkfeeds("--root", publication, "issues", "--json", env=ENVIRONMENT).stdout == "[]\n"
    done = talkfeeds("--root", publication, "issues", "--report", env=ENVIRONMENT)
    assert done.returncode == 0
    page = (publication / ".talkfeeds" / "report.html").read_text("utf-8")
    assert "Todavía no se ha enviado ningún número." in page
    assert "<svg" not in page


def test_a_send_stands_in_the_table_in_the_json_and_in_the_report(
    readers: Path, talkfeeds: Run
) -> None:
    done = talkfeeds("--root", readers, "send", "2017-W49", env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    head, row = talkfeeds("--root", readers, "issues", env=ENVIRONMENT).stdout.splitlines()
    assert head.split() == ["week", "frozen", "(UTC)", "talks", "recipients", "sent"]
    assert row.split()[0] == "2017-W49"
    assert row.split()[-4:] == ["finished", "3", "3", "3"]
    (issue,) = json.loads(talkfeeds("--root", readers, "issues", "--json", env=ENVIRONMENT).stdout)
    assert (issue["recipients"], issue["open"], issue["states"]["sent"]) == (3, 0, 3)

    done = talkfeeds("--root", readers, "issues", "--report", "--json", env=ENVIRONMENT)
    told = json.loads(done.stdout)
    path = Path(told["report"])
    assert path == readers / ".talkfeeds" / "report.html"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert told["bytes"] == path.stat().st_size
    page = path.read_text("utf-8")
    assert "@" not in re.sub(r"@(media|import)", "", page), "no addresses"
    tree = html.fromstring(page)
    (row,) = at(tree, "//tbody/tr")
    assert [cell.text for cell in row] == ["2017-W49", "3", "3", "3"]
    assert at(tree, "//dl//dd")[0].text == "3"


def test_the_report_refuses_a_place_that_everybody_can_read(readers: Path, talkfeeds: Run) -> None:
    www = readers.parent / "www"
    for output in (readers / "public", www):
        assert talkfeeds("--root", readers, "build", "--output", output).returncode == 0
    (readers / "link").symlink_to(readers / "public" / "talks")
    for place in ("public/r.html", "public/talks/../r.html", "link/r.html", "../www/r.html"):
        output = readers / place
        done = talkfeeds(
            "--root", readers, "issues", "--report", "--output", output, env=ENVIRONMENT
        )
        assert done.returncode == 2, place
        assert "where everybody could read it" in done.stderr
        assert not output.exists()
    elsewhere = readers / "mine.html"
    done = talkfeeds(
        "--root", readers, "issues", "--report", "--output", elsewhere, env=ENVIRONMENT
    )
    assert (done.returncode, done.stdout) == (0, f"{elsewhere}\n")
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o600


def test_mistakes_are_told_without_a_traceback(readers: Path, talkfeeds: Run) -> None:
    done = talkfeeds("--root", readers, "issues", "--output", "a.html", env=ENVIRONMENT)
    assert (done.returncode, "belongs to --report" in done.stderr) == (2, True)
    for place, said in (("nowhere/a.html", "is not a folder"), ("content", "cannot be written")):
        done = talkfeeds(
            "--root", readers, "issues", "--report", "--output", readers / place, env=ENVIRONMENT
        )
        assert (done.returncode, said in done.stderr) == (1, True), done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="terminals are made otherwise elsewhere")
def test_the_bar_says_how_many_how_fast_and_how_long(tmp_path: Path) -> None:
    import os
    import pty
    import subprocess

    code = (
        "from feeds.cli.common import progress_of\n"
        "with progress_of('Sending', rate=True) as show:\n"
        "    for done in range(10_000, 20_001, 10):\n"
        "        show(done, 20_000)\n"
    )
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "100", "TERM": "xterm"}
    with subprocess.Popen([sys.executable, "-c", code], stderr=theirs, env=environment) as child:
        os.close(theirs)
        shown = b""
        try:
            while block := os.read(ours, 65_536):
                shown += block
        except OSError:
            pass  # the other end is closed
        assert child.wait() == 0
    os.close(ours)
    last = re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", shown).decode().rsplit("Sending", 1)[1]
    assert re.search(r"20,000 of 20,000 [\d,]+/s +\d:\d\d:\d\d left", last)
