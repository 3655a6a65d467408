"""The digest through a real Postfix into a Maildir, as a mail program finds it there."""

import shutil
import subprocess
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.edges.send.kills import WEEK, command, talkfeeds
from tests.edges.send.postfix import Postfix, missing, postfix
from tests.edges.send.test_faults import send
from tests.support import REPOSITORY

pytestmark = pytest.mark.slow

PEOPLE = """\
email,name,language
ana@example.org,Ana Pérez,es-MX
bob@example.com,"Bob ""the builder"" Smith, Jr.",en
li@example.net,李雷,
"""
MAIL = """\
connections = 2
return_path = "bounces@kubecon-2017.talkfeeds.example"
web_url = "https://subscribe.talkfeeds.example/"
postal_address = "Calle 1, 06000 Ciudad de México"
"""


@pytest.fixture
def server() -> Iterator[Postfix]:
    """One that puts everything into one Maildir."""
    if reason := missing():
        pytest.skip(reason)
    with postfix() as found:
        yield found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The repository's own publication, with three subscribers."""
    shutil.copytree(REPOSITORY / "content", tmp_path / "content")
    settings = tmp_path / "content" / "publication.toml"
    text = settings.read_text("utf-8")
    assert "\n[mail]\n" in text
    settings.write_text(text.replace("\n[mail]\n", f"\n[mail]\n{MAIL}"), "utf-8")
    (tmp_path / "people.csv").write_text(PEOPLE, "utf-8")
    return tmp_path


def test_what_arrives_is_clean_for_programs_and_for_spam_filters(
    server: Postfix, root: Path
) -> None:
    environment = {
        "PATH": "/usr/bin:/bin",
        "TALKFEEDS_SMTP_URL": f"smtp://127.0.0.1:{server.port}",
    }
    talkfeeds(root, environment, "subscribers", "import", str(root / "people.csv"))
    talkfeeds(root, environment, "send", WEEK)
    found = server.received(3)
    by_person = {}
    for data in found:
        message = message_from_bytes(data, policy=policy.default)
        assert isinstance(message, EmailMessage)
        for part in message.walk():
            assert part.defects == []
            for value in part.values():
                assert value.defects == (), value
        (person,) = message["To"].addresses
        by_person[person.addr_spec] = message
        assert message["Return-Path"].startswith("<bounces+")
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert message["Received"] is not None
        spam_score_is_fine(data)
    assert set(by_person) == {"ana@example.org", "bob@example.com", "li@example.net"}
    assert by_person["ana@example.org"]["To"].addresses[0].display_name == "Ana Pérez"
    assert (
        by_person["bob@example.com"]["To"].addresses[0].display_name
        == 'Bob "the builder" Smith, Jr.'
    )
    assert by_person["li@example.net"]["To"].addresses[0].display_name == "李雷"
    assert "talks" in by_person["bob@example.com"]["Subject"]
    assert "pláticas" in by_person["ana@example.org"]["Subject"]


def spam_score_is_fine(data: bytes) -> None:
    """SpamAssassin's own rules, nothing looked up: at most 0 points."""
    program = shutil.which("spamassassin")
    if program is None:
        pytest.skip("NOT TESTED: SpamAssassin is not installed (apt-get install spamassassin)")
    done = subprocess.run(
        [program, "-L", "-t"], input=data, capture_output=True, check=True, timeout=120
    )
    (line,) = (
        line
        for line in done.stdout.decode("utf-8", "replace").split("\n")
        if line.startswith("Content analysis details:")
    )
    points = float(line.partition("(")[2].partition(" points")[0])
    assert points <= 0, done.stdout.decode("utf-8", "replace")[-2_000:]


def test_postfixs_own_log_settles_what_a_kill_left(server: Postfix, tmp_path: Path) -> None:
    from tests.edges.send.kills import publication

    root = tmp_path / "publication"
    environment = publication(root, 120, 4)
    environment["TALKFEEDS_SMTP_URL"] = f"smtp://127.0.0.1:{server.port}"
    with subprocess.Popen(
        command(root, "send", WEEK), env=environment, stderr=subprocess.PIPE
    ) as process:
        server.received(30)
        process.kill()
        process.wait()
    assert process.returncode == -9, "it ended before it was killed"
    status, states = send(root, environment, "--reconcile", str(server.log))
    assert (status, states) == (0, {"sent": 120})
    tokens = [
        message_from_bytes(data, policy=policy.default)["Message-ID"]
        for data in server.received(120)
    ]
    assert len(tokens) == len(set(tokens)) == 120
