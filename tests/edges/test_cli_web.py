"""``talkfeeds web`` as people start it, and mails to those whom an operator adds."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.edges.conftest import SETTINGS, Run
from tests.support import NO_TLS

WEB = '\n[mail]\nsender = "Notas <notas@example.org>"\nweb_url = "{}"\n'
PLAIN: Any = {"trust_env": False, "verify": NO_TLS}
KEY = {"TALKFEEDS_SECRET_KEY": "x" * 40, "TALKFEEDS_DATABASE_URL": "", "TALKFEEDS_SMTP_URL": ""}


@pytest.fixture
def with_web(publication: Path) -> Path:
    """A publication that says where its app is."""
    settings = SETTINGS + WEB.format("https://talks.example.org/correo/")
    (publication / "content" / "publication.toml").write_text(settings, "utf-8")
    return publication


def letters(root: Path) -> list[EmailMessage]:
    """What lies in the outbox, oldest first."""
    new = root / ".talkfeeds" / "outbox" / "new"
    paths = sorted(new.iterdir(), key=lambda path: path.stat().st_mtime_ns) if new.is_dir() else []
    found = []
    for path in paths:
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(message, EmailMessage)
        found.append(message)
    return found


def test_without_its_address_the_app_says_what_to_write(talkfeeds: Run, publication: Path) -> None:
    done = talkfeeds("--root", publication, "web", env=KEY)
    assert done.returncode == 1
    wanted = "content/publication.toml: has no [mail] web_url (write there where"
    assert done.stderr.startswith(wanted)


@pytest.mark.parametrize("port", ["-1", "65536", "x"])
def test_a_port_that_is_none(talkfeeds: Run, with_web: Path, port: str) -> None:
    assert talkfeeds("--root", with_web, "web", f"--port={port}", env=KEY).returncode == 2


@pytest.mark.slow
def test_a_port_or_host_that_cannot_be_had(talkfeeds: Run, with_web: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = talkfeeds("--root", with_web, "web", "--port", port, env=KEY)
    assert done.returncode == 1
    assert f"127.0.0.1 port {port}: cannot be listened on: address already in use" in done.stderr
    done = talkfeeds("--root", with_web, "web", "--host", "192.0.2.1", env=KEY)
    assert done.returncode == 1
    assert "choose another one with --host and --port" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_its_libraries_it_says_what_to_install(talkfeeds: Run, with_web: Path) -> None:
    (with_web / "starlette.py").write_text("raise ModuleNotFoundError(name='starlette')\n")
    env = {**KEY, "PYTHONPATH": str(with_web)}
    done = talkfeeds("--root", with_web, "web", env=env)
    assert done.returncode == 1
    assert "pip install 'talkfeeds[web]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_serves_until_it_is_told_to_stop_and_logs_no_path(with_web: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "feeds", "--root", with_web, "web", "--port", "0"],
        env={**os.environ, **KEY},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    first = process.stderr.readline()
    base = first.split("/ is ")[0]
    assert base.startswith("http://127.0.0.1:")
    assert httpx.get(f"{base}/healthz", **PLAIN).text == "ok\n"
    assert httpx.get(f"{base}/correo/confirm/abcdef", **PLAIN).status_code == 404
    answer = httpx.get(f"{base}/correo/", **PLAIN)
    assert answer.headers["strict-transport-security"]
    sent = httpx.post(f"{base}/correo/subscribe", data={"email": "a@example.org"}, **PLAIN)
    assert sent.status_code == 200
    # What any client can send fills no log.
    upgrade = {"connection": "upgrade", "upgrade": "websocket"}
    httpx.get(f"{base}/correo/", headers=upgrade, **PLAIN)
    broken = {"content-type": "multipart/form-data; boundary=x"}
    httpx.post(f"{base}/correo/subscribe", content=b"zzz", headers=broken, **PLAIN)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "GET confirm 404" in said
    assert "abcdef" not in said
    assert "WebSocket" not in said
    assert "upgrade" not in said
    assert "boundary" not in said
    assert "Traceback" not in said
    assert [str(message["To"]) for message in letters(with_web)] == ["a@example.org"], (
        "before it ended"
    )


def test_the_subscribe_page_has_a_form_when_there_is_an_app(talkfeeds: Run, with_web: Path) -> None:
    assert talkfeeds("--root", with_web, "build").returncode == 0
    page = (with_web / "public" / "subscribe" / "index.html").read_text("utf-8")
    assert (
        '<form class="join" method="post" action="https://talks.example.org/correo/subscribe">'
        in page
    )
    for label in re.findall(r'<label for="(\w+)">', page):
        assert page.count(f'id="{label}"') == 1
    assert "mailto:" not in page


def test_whom_an_operator_adds_is_asked_by_mail(talkfeeds: Run, with_web: Path) -> None:
    add = ("--root", with_web, "subscribers", "add")
    done = talkfeeds(*add, "ana@example.org", "--language", "en", "--tag", "k8s", env=KEY)
    assert done.stdout == "added: ana@example.org: pending\n"
    assert "a mail asks them to confirm" in done.stderr
    (message,) = letters(with_web)
    assert (message["To"], message["Subject"]) == ("ana@example.org", "Please confirm: Pláticas")
    assert "https://talks.example.org/correo/confirm/" in message.as_string().replace("=\n", "")
    talkfeeds(*add, "eva@example.org", "--confirmed", env=KEY)
    assert len(letters(with_web)) == 1, "who said yes is not asked"
    talkfeeds(*add, "ana@example.org", env=KEY)
    assert len(letters(with_web)) == 2, "adding them again asks again"
    listed = talkfeeds("--root", with_web, "subscribers", "list", "--json", env=KEY)
    assert [person["status"] for person in json.loads(listed.stdout)] == ["pending", "confirmed"]


def test_an_own_template_that_the_gate_refuses_is_told_and_sends_nothing(
    talkfeeds: Run, with_web: Path
) -> None:
    (with_web / "templates").mkdir()
    own = '<html lang="es"><script>alert(1)</script><a href="{{ url }}">{{ url }}</a></html>'
    (with_web / "templates" / "confirm.html").write_text(own)
    done = talkfeeds("--root", with_web, "subscribers", "add", "ana@example.org", env=KEY)
    assert done.returncode == 1
    assert "the mail that asks to confirm: must not leave: mail-" in done.stderr
    assert letters(with_web) == []


def test_a_mail_that_is_not_taken_is_said(talkfeeds: Run, with_web: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = {**KEY, "TALKFEEDS_SMTP_URL": f"smtp://127.0.0.1:{port}?tls=off"}
    done = talkfeeds("--root", with_web, "subscribers", "add", "ana@example.org", env=env)
    assert (done.returncode, done.stdout) == (1, "added: ana@example.org: pending\n")
    assert "add them again to send it again" in done.stderr
    assert "ana@" not in done.stderr
