"""A Postfix of a test's own: Debian's programs, a configuration in a temporary folder, loopback.

It takes mail for every domain and either puts it into one Maildir or relays it to a port. It
needs root, as every Postfix does.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
_MAIN = """\
compatibility_level = 3.6
config_directory = {folder}/config
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.kills.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_client_message_rate_limit = 0
default_process_limit = 100
recipient_delimiter = +
maillog_file = {folder}/log/maillog
maillog_file_prefixes = {folder}/log
# The names of this machine's files stay out of it.
alias_maps =
local_recipient_maps =
smtp_dns_support_level = disabled
disable_dns_lookups = yes
{where}
"""
_INTO_MAILDIR = """\
virtual_mailbox_domains = static:all
virtual_mailbox_base = {folder}
virtual_mailbox_maps = static:mail/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_mailbox_limit = 0
"""
_ONWARDS = "relayhost = [127.0.0.1]:{port}\n"
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Postfix:
    """A running one: the port that takes mail, its log, the Maildir when there is one."""

    port: int
    folder: Path

    @property
    def log(self) -> Path:
        """What syslog would get."""
        return self.folder / "log" / "maillog"

    @property
    def maildir(self) -> Path:
        """Where mail for everybody ends."""
        return self.folder / "mail"

    def received(self, number: int, timeout_s: float = 60.0) -> list[bytes]:
        """The mails in the Maildir, once there are ``number``."""
        deadline = time.monotonic() + timeout_s
        while True:
            found = sorted((self.maildir / "new").glob("*")) if self.maildir.exists() else []
            if len(found) >= number:
                return [path.read_bytes() for path in found]
            assert time.monotonic() < deadline, self.log.read_text()[-3_000:]
            time.sleep(0.02)


def missing() -> str:
    """Why there can be none; empty when there can."""
    if shutil.which("postfix", path=_PATH) is None:
        return "NOT TESTED: Postfix is not installed (apt-get install postfix)"
    return "" if os.geteuid() == 0 else "NOT TESTED: Postfix starts as root only"


@contextlib.contextmanager
def postfix(relay_to: int = 0) -> Iterator[Postfix]:
    """Run one while the block lasts; ``relay_to`` is the port of the next server."""
    # Its parents must be passable for the user postfix, which pytest's folders are not.
    folder = Path(tempfile.mkdtemp(prefix="talkfeeds-postfix-"))
    folder.chmod(0o755)
    try:
        for name in ("config", "queue", "data", "log", "mail"):
            (folder / name).mkdir()
        for name in ("data", "mail"):
            shutil.chown(folder / name, "postfix", "postfix")
        port = free_port()
        owner = (folder / "mail").stat()
        where = (
            _ONWARDS.format(port=relay_to)
            if relay_to
            else _INTO_MAILDIR.format(folder=folder, uid=owner.st_uid, gid=owner.st_gid)
        )
        (folder / "config" / "main.cf").write_text(_MAIN.format(folder=folder, where=where))
        (folder / "config" / "master.cf").write_text(_MASTER.format(port=port))
        program = shutil.which("postfix", path=_PATH)
        assert program is not None
        run = [program, "-c", str(folder / "config")]
        started = subprocess.run([*run, "start"], capture_output=True, text=True, check=False)
        try:
            _answers(port, started.stderr)
            yield Postfix(port, folder)
        finally:
            subprocess.run([*run, "stop"], capture_output=True, check=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A port of loopback that nobody has just now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _answers(port: int, said: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as found:
                assert found.recv(100).startswith(b"220")
                return
        except OSError:
            assert time.monotonic() < deadline, said
            time.sleep(0.02)
