"""Servers that others wrote: aiosmtpd, and Postfix's smtp-sink."""

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox

from feeds.deliveries import Fate
from feeds.edges.smtp import open_relay
from feeds.model import MailSettings
from tests.edges.smtp.conftest import PATIENT, Certificates, carry_all, lane_to, make_letter, run


class _Controller(Controller):
    """On a port that the system chooses."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@pytest.fixture
def mailbox(tmp_path: Path) -> Path:
    """Where aiosmtpd delivers to."""
    return tmp_path / "mailbox"


@pytest.fixture
def aiosmtpd(mailbox: Path, certificates: Certificates) -> Iterator[int]:
    """Its port; it offers STARTTLS, SMTPUTF8 and SIZE, but no PIPELINING."""
    server = _Controller(
        Mailbox(mailbox),
        hostname="127.0.0.1",
        port=0,
        tls_context=certificates.good,
        require_starttls=True,
        enable_SMTPUTF8=True,
        data_size_limit=100_000,
    )
    server.start()
    yield server.port
    server.stop()


def test_aiosmtpd_takes_letters_over_starttls(
    aiosmtpd: int, mailbox: Path, certificates: Certificates
) -> None:
    async def story() -> None:
        url = f"smtp://localhost:{aiosmtpd}?ca={certificates.ca}"
        await open_relay(url, MailSettings(), PATIENT).check()
        letters = [
            make_letter(1, b".dot\r\n.\r\n..\r\nend\r\n"),
            make_letter(2, b"x" * 100_000),
            make_letter(3, recipient="josé@example.com"),
        ]
        async with lane_to(url) as lane:
            answers = await carry_all(lane, letters)
        assert [answer.fate for answer in answers] == [Fate.ACCEPTED, Fate.REFUSED, Fate.ACCEPTED]

    run(story())
    found = sorted(path.read_bytes() for path in (mailbox / "new").iterdir())
    assert len(found) == 2
    assert any(b"\n.dot\n.\n..\nend\n" in text for text in found)


@pytest.fixture
def smtp_sink() -> Iterator[int]:
    """The port of Postfix's own sink, which throws everything away."""
    program = shutil.which("smtp-sink", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("NOT TESTED: Postfix is not installed (apt-get install postfix)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    sink = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", program, *user, f"127.0.0.1:{port}", "100"]
    )
    try:
        while True:
            assert sink.poll() is None
            try:
                socket.create_connection(("127.0.0.1", port)).close()
            except ConnectionRefusedError:
                continue
            break
        yield port
    finally:
        sink.kill()
        sink.wait()


def test_smtp_sink_takes_letters_over_several_connections(smtp_sink: int) -> None:
    async def story() -> None:
        settings = MailSettings(connections=5, messages_per_connection=30)
        relay = open_relay(f"smtp://127.0.0.1:{smtp_sink}", settings, PATIENT)
        await relay.check()
        letters = iter([make_letter(number, b".\r\n" * 20_000) for number in range(500)])
        fates = []
        lanes = relay.lanes()

        async def work(number: int) -> None:
            for letter in letters:
                fates.append((await lanes[number].carry(letter)).fate)  # noqa: PERF401 # one list of them all
            await lanes[number].close()

        await asyncio.gather(*map(work, range(len(lanes))))
        assert fates == [Fate.ACCEPTED] * 500

    run(story())
