"""The schedules of docs/schedule.md, read by what will read them; and scripts/weekly-digest."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from feeds.cli import parser
from tests.support import REPOSITORY

PAGE = (REPOSITORY / "docs" / "schedule.md").read_text("utf-8")
FILES = dict(
    re.findall(r"^`([^`\n]+)`[^`]*?:\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
)
SERVICE = "/etc/systemd/system/talkfeeds-send.service"
TIMER = "/etc/systemd/system/talkfeeds-send.timer"
WORKFLOW = ".github/workflows/weekly-digest.yml"
SECRETS = {"TALKFEEDS_SMTP_URL", "TALKFEEDS_DATABASE_URL", "TALKFEEDS_SECRET_KEY"}


def run(*command: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=60, check=False
    )


def test_the_page_holds_the_four_files() -> None:
    assert set(FILES) == {SERVICE, TIMER, "/etc/cron.d/talkfeeds", WORKFLOW}


systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="NOT TESTED: systemd-analyze is not installed"
)


@systemd
def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    for name in (SERVICE, TIMER):
        # The program need not be installed here, nor need the user be there.
        text = FILES[name].replace("/opt/talkfeeds/bin/talkfeeds", "/bin/true")
        (tmp_path / Path(name).name).write_text(text)
    units = [tmp_path / Path(name).name for name in (SERVICE, TIMER)]
    done = run("systemd-analyze", "verify", "--recursive-errors=no", *units)
    assert (done.returncode, done.stderr) == (0, "")
    units[1].write_text(FILES[TIMER].replace("OnCalendar=Mon", "OnCalendar=Moonday"))
    assert "Moonday" in run("systemd-analyze", "verify", *units).stderr, "it does look"


@systemd
def test_the_timer_fires_on_mondays_at_eight_in_the_zone_that_it_names() -> None:
    (calendar,) = re.findall(r"^OnCalendar=(.+)$", FILES[TIMER], re.MULTILINE)
    assert f'systemd-analyze calendar "{calendar}"' in PAGE
    done = run("systemd-analyze", "calendar", "--base-time=2017-12-09", calendar)
    assert done.returncode == 0, done.stderr
    assert "(in UTC): Mon 2017-12-11 14:00:00 UTC" in done.stdout or (
        "Next elapse: Mon 2017-12-11 14:00:00 UTC" in done.stdout
    )
    assert "Persistent=true" in FILES[TIMER]


def test_the_unit_lets_what_it_runs_write_where_it_writes() -> None:
    assert "ReadWritePaths=/srv/talks\n" in FILES[SERVICE]
    assert "Restart=on-failure" in FILES[SERVICE]


def test_the_cron_line_has_a_time_a_user_and_commands_that_parse() -> None:
    (line,) = FILES["/etc/cron.d/talkfeeds"].splitlines()
    found = re.fullmatch(r"0 8 \* \* 1-3  talkfeeds  (.*)", line)
    assert found
    assert "%" not in line, "cron makes lines of it"
    assert run("sh", "-n", "-c", found[1]).returncode == 0
    for words in re.findall(r"bin/talkfeeds (\w+)", line):
        assert callable(parser().parse_args([words]).run)


def workflow() -> dict[Any, Any]:
    found = yaml.safe_load(FILES[WORKFLOW])
    assert isinstance(found, dict)
    return found


def test_the_workflow_fires_at_the_same_hour_and_one_at_a_time() -> None:
    found = workflow()
    when = found[True]  # YAML 1.1 takes "on" for a truth value, and GitHub knows that
    assert [entry["cron"] for entry in when["schedule"]] == ["0 14 * * 1"]
    assert "week" in when["workflow_dispatch"]["inputs"]
    assert found["concurrency"]["cancel-in-progress"] is False
    assert found["permissions"] == {"contents": "read"}


def test_the_workflow_takes_secrets_from_the_environment_and_stops_without_them(
    tmp_path: Path,
) -> None:
    (job,) = workflow()["jobs"].values()
    step = job["steps"][-1]
    given = {name: value for name, value in step["env"].items() if name in SECRETS}
    assert given == {name: f"${{{{ secrets.{name} }}}}" for name in SECRETS}
    assert "${{" not in step["run"], "what somebody typed is no part of a script"
    # The step as a runner runs it, with a script that says what it was given.
    (tmp_path / "scripts").mkdir()
    script = tmp_path / "scripts" / "weekly-digest"
    script.write_text('#!/bin/sh\necho "ran $# $*"\n')
    script.chmod(0o755)

    def outcome(**environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["bash", "-e", "-c", step["run"]],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    every = dict.fromkeys(SECRETS, "x")
    assert outcome(**every, WEEK="").stdout == "ran 0 \n"
    assert outcome(**every, WEEK="2017-W49").stdout == "ran 1 2017-W49\n"
    for name in SECRETS:
        done = outcome(**(every | {name: ""}), WEEK="")
        assert (done.returncode != 0, done.stdout) == (True, ""), name


def test_the_script_makes_and_sends_the_same_week_and_tells_a_failure(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(REPOSITORY / "scripts" / "weekly-digest", tmp_path / "scripts")
    (tmp_path / "scripts" / "setup.sh").write_text(
        'set -euo pipefail\ncd "$(dirname "${BASH_SOURCE[0]}")/.."\n'
    )
    command = tmp_path / ".venv" / "bin" / "talkfeeds"

    def outcome(*words: str, fails: str = "") -> tuple[int, str]:
        command.write_text(f'#!/bin/sh\necho "$*"\n[ "$1" != "{fails}" ] || exit 3\n')
        command.chmod(0o755)
        done = run(tmp_path / "scripts" / "weekly-digest", *words)
        return done.returncode, done.stdout

    assert outcome() == (0, "digest\nsend\n")
    assert outcome("2017-W49") == (0, "digest 2017-W49\nsend 2017-W49\n")
    assert outcome(fails="digest") == (3, "digest\n")
    assert outcome(fails="send") == (3, "digest\nsend\n")
