"""A real IMAP server: Debian's Dovecot, on loopback, with TLS, as somebody without privileges."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from imapclient import IMAPClient

from feeds.edges.imap import Account, account, imap
from feeds.errors import WorldError
from tests.edges.test_cli_bounces import MAILS, Ask, ask, statuses

__all__ = ["ask"]  # a fixture

USER, PASSWORD = "bounces@lists.example.org", "p@ss/w:rd"
LIMIT = 4_000

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
first_valid_uid = 1
first_valid_gid = 1
ssl = required
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
auth_mechanisms = plain
mail_location = maildir:{folder}/mail
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True)
class Server:
    """A running Dovecot: ports for TLS from the first byte and for STARTTLS, and its CA."""

    tls: int
    plain: int
    certificate: Path
    folder: Path

    def url(self, *, tls: bool = True, password: str = "p%40ss%2Fw%3Ard") -> str:
        scheme, port = ("imaps", self.tls) if tls else ("imap", self.plain)
        return f"{scheme}://bounces%40lists.example.org:{password}@localhost:{port}/INBOX"

    def client(self) -> IMAPClient:
        context = ssl.create_default_context(cafile=str(self.certificate))
        client = IMAPClient("localhost", self.tls, ssl_context=context, timeout=20)
        client.login(USER, PASSWORD)
        return client

    def fill(self, *mails: bytes) -> None:
        """Empty the mailbox, and put these into it."""
        with self.client() as client:
            client.select_folder("INBOX")
            if found := client.search("ALL"):
                client.delete_messages(found)
                client.expunge()
            for data in mails:
                client.append("INBOX", data.replace(b"\n", b"\r\n"))

    def seen(self) -> list[bool]:
        with self.client() as client:
            client.select_folder("INBOX", readonly=True)
            flags = client.get_flags(client.search("ALL"))
        return [rb"\Seen" in flags[uid] for uid in sorted(flags)]


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


def _certificate(folder: Path, name: str) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += [
        "-nodes",
        "-days",
        "2",
        "-subj",
        f"/CN={name}",
        "-addext",
        f"subjectAltName=DNS:{name}",
    ]
    command += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(command, check=True, capture_output=True)


def _started(folder: Path, name: str) -> Iterator[Server]:
    program = shutil.which("dovecot") or "/usr/sbin/dovecot"
    if not Path(program).exists() or not shutil.which("openssl"):
        pytest.skip("NOT TESTED: Dovecot is not installed (apt-get install dovecot-imapd openssl)")
    # It must not outlive the tests even when they are killed.
    drop = ["setpriv", "--pdeathsig", "TERM"]
    user, group = str(os.geteuid()), str(os.getegid())
    if os.geteuid() == 0:
        user, group = "nobody", "nogroup"
        drop += ["--reuid", user, "--regid", group, "--clear-groups"]
    _certificate(folder, name)
    server = None
    try:
        for part in ("run", "state", "mail", "home"):
            (folder / part).mkdir()
        tls, plain = _free_ports()
        values = {"folder": folder, "user": user, "group": group, "tls": tls, "plain": plain}
        values["password"] = PASSWORD
        (folder / "dovecot.conf").write_text(CONFIGURATION.format(**values))
        if os.geteuid() == 0:
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, user, group)
        command = [*drop, program, "-F", "-c", str(folder / "dovecot.conf")]
        with (folder / "said").open("wb") as said:
            server = subprocess.Popen(command, stdout=said, stderr=said, cwd="/")
        found = Server(tls, plain, folder / "cert.pem", folder)
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", tls), 5).close()
                break
            except OSError:
                log = (folder / "said").read_text()
                assert server.poll() is None, log
                assert time.monotonic() < deadline, log
                time.sleep(0.05)
        yield found
    finally:
        if server is not None:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server whose certificate is for ``localhost``."""
    yield from _started(Path(tempfile.mkdtemp(prefix="talkfeeds-imap-")), "localhost")


@pytest.fixture
def where(server: Server, monkeypatch: pytest.MonkeyPatch) -> Account:
    """The account, on a machine that trusts the server."""
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    return account(server.url())


def test_a_url_says_it_all() -> None:
    found = account(
        "imaps://bounces%40lists.example.org:p%40ss%2Fw%3Ard@mail.example.org/Returned/Mail"
    )
    assert found == Account("mail.example.org", 993, True, USER, PASSWORD, "Returned/Mail")
    assert account("imap://a:b@h.example") == Account("h.example", 143, False, "a", "b", "INBOX")
    assert PASSWORD not in repr(found)


def test_mails_that_nobody_saw_are_read_and_marked(server: Server, where: Account) -> None:
    server.fill(b"Subject: one\n\n1\n", b"Subject: two\n\n" + b"x" * 9_000)
    with imap(where, LIMIT) as mails:
        found = list(mails)
        assert found[0].read() == b"Subject: one\r\n\r\n1\r\n"
        assert len(found[1].read()) == LIMIT
        assert server.seen() == [False, False]
        found[0].done()
        assert server.seen() == [True, False]
    with imap(where, LIMIT) as mails:
        (left,) = mails
        assert left.read().startswith(b"Subject: two")


def test_a_mail_that_goes_away_meanwhile_is_empty(server: Server, where: Account) -> None:
    server.fill(b"Subject: one\n\n1\n")
    with imap(where, LIMIT) as mails:
        (mail,) = mails
        server.fill()
        assert mail.read() == b""
        mail.done()


def test_reading_only_marks_nothing(server: Server, where: Account) -> None:
    server.fill(b"Subject: one\n\n1\n")
    with imap(where, LIMIT, read_only=True) as mails:
        assert [mail.read()[:12] for mail in mails] == [b"Subject: one"]
    assert server.seen() == [False]
    with imap(where, LIMIT, read_only=True) as mails:
        next(mails).done()  # Dovecot says OK to it, and does nothing
    assert server.seen() == [False]


def refused(where: Account) -> str:
    with pytest.raises(WorldError) as error, imap(where, LIMIT, patience_s=20):
        pytest.fail("it was let in")
    return str(error.value)


def test_starttls_is_taken_where_the_url_says_imap(server: Server, where: Account) -> None:
    server.fill(b"Subject: one\n\n1\n")
    with imap(account(server.url(tls=False)), LIMIT) as mails:
        assert [mail.read()[:12] for mail in mails] == [b"Subject: one"]


def test_a_certificate_that_nobody_vouches_for_is_refused(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    for tls in (True, False):
        assert "certificate that does not hold" in refused(account(server.url(tls=tls)))


def test_a_certificate_for_another_name_is_refused(server: Server, where: Account) -> None:
    said = refused(replace(where, host="127.0.0.1"))
    assert "certificate that does not hold: ip address mismatch" in said


@pytest.mark.slow
def test_what_the_server_refuses_is_said_without_password(server: Server, where: Account) -> None:
    wrong = refused(replace(where, password="hunter2"))
    assert wrong.startswith(f"imaps://localhost:{server.tls}: refuses the user or the password")
    nowhere = refused(replace(where, folder="Nowhere"))
    assert "cannot open the folder Nowhere" in nowhere
    assert not {"hunter2", PASSWORD, USER} & set((wrong + nowhere).split())


def test_a_server_that_is_not_there_is_said(where: Account) -> None:
    port = _free_ports()[0]
    assert "cannot be reached: connection refused" in refused(replace(where, port=port))


def test_a_server_without_tls_is_refused_before_the_password(where: Account) -> None:
    """Dovecot has TLS; this one says what it says and hangs up."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        import threading

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, connection.makefile("rwb", buffering=0) as stream:
                stream.write(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
                while line := stream.readline():
                    heard.append(line)
                    tag, word = line.split()[:2]
                    if word == b"CAPABILITY":
                        stream.write(b"* CAPABILITY IMAP4rev1\r\n")
                    stream.write(tag + b" OK done\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        port = listening.getsockname()[1]
        said = refused(Account("127.0.0.1", port, False, USER, PASSWORD, "INBOX"))
        thread.join(20)
    assert "offers no TLS" in said
    assert not any(b"LOGIN" in line or PASSWORD.encode() in line for line in heard)


def test_a_connection_that_breaks_is_said_and_loses_nothing(server: Server, where: Account) -> None:
    server.fill(b"Subject: one\n\n1\n", b"Subject: two\n\n2\n")

    def broken() -> None:
        with imap(where, LIMIT) as mails:
            found = list(mails)
            found[0].done()
            found[0]._client.socket().shutdown(socket.SHUT_RDWR)
            found[1].read()

    with pytest.raises(WorldError, match="stopped answering"):
        broken()
    assert server.seen() == [True, False]


def test_the_command_takes_a_folder_in(
    server: Server, ask: Ask, publication: Path, where: Account
) -> None:
    server.fill(*MAILS)
    told = "4 mails: 1 hard, 1 left, 1 auto-replies, 1 not ours\n"
    tried = ask("--imap", "--dry-run", TALKFEEDS_IMAP_URL=server.url())
    assert (tried.returncode, tried.stderr) == (0, "")
    assert tried.stdout.startswith(told)
    assert server.seen() == [False] * 4
    done = ask("--imap", TALKFEEDS_IMAP_URL=server.url())
    assert done.stdout.startswith(told)
    assert statuses(publication) == ["bounced", "unsubscribed", "confirmed"]
    assert server.seen() == [True] * 4
    assert ask("--imap", TALKFEEDS_IMAP_URL=server.url()).stdout == "0 mails\n"
