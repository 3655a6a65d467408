"""The whole journey as a person makes it: a real browser, the commands, a real SMTP server."""

import asyncio
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
import trustme
import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session
from playwright.sync_api import Browser, Page, expect, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from feeds.edges.web.server import listen
from tests.edges.conftest import SETTINGS, write_publication

pytestmark = pytest.mark.slow
PATIENCE_S = 120.0
WEEK = "2017-W49"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
ME = "ana.perez@example.org"
HOST = "talks.example.org"


class Postman:
    """An SMTP server in a thread of its own, and everything that it took."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, EmailMessage]] = []
        self._arrived = threading.Condition()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self.port = 0

    async def handle_DATA(  # noqa: N802 # aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep a message."""
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        with self._arrived:
            self.messages.append((envelope.rcpt_tos[0], message))
            self._arrived.notify_all()
        return "250 kept"

    def wait(self, number: int) -> EmailMessage:
        """The message of that number, counted from 1."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.messages) >= number, PATIENCE_S)
            assert {recipient for recipient, _ in self.messages} == {ME}
            found = self.messages[number - 1][1]
        assert not found.defects
        return found

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        self._loop, self._stop = loop, asyncio.Event()
        server = await loop.create_server(lambda: SMTP(self, loop=loop), "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()

    def __enter__(self) -> "Postman":
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE_S)


class Front:
    """The web server before it all: the built site, and the app behind ``/correo/``, over TLS."""

    def __init__(self, public: Path, app_port: int) -> None:
        authority = trustme.CA()
        certificate = authority.issue_cert(HOST)
        self._inner = f"http://127.0.0.1:{app_port}"
        routes = [
            Route("/correo/{path:path}", self._pass_on, methods=["GET", "POST"]),
            Mount("/", StaticFiles(directory=public, html=True)),
        ]
        self._listening = listen("127.0.0.1", 0)
        self.port = self._listening.getsockname()[1]
        config = uvicorn.Config(Starlette(routes=routes), log_config=None, lifespan="off")
        config.load()
        config.ssl = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(config.ssl)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listening]}
        )

    async def _pass_on(self, request: Request) -> Response:
        headers = {**request.headers, "x-forwarded-for": "192.0.2.7"}
        async with httpx.AsyncClient(base_url=self._inner, trust_env=False) as client:
            answer = await client.request(
                request.method, request.url.path, content=await request.body(), headers=headers
            )
        return Response(answer.content, answer.status_code, dict(answer.headers))

    def __enter__(self) -> "Front":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE_S)
        self._listening.close()


@pytest.fixture
def postman() -> Iterator[Postman]:
    """An SMTP server on loopback."""
    with Postman() as found:
        yield found


class Shop:
    """A publication, and its commands as processes of their own."""

    def __init__(self, folder: Path, postman: Postman) -> None:
        self.root = write_publication(folder)
        own = f'[mail]\nsender = "Notas <notas@example.org>"\nweb_url = "https://{HOST}/correo/"\n'
        settings = self.root / "content" / "publication.toml"
        settings.write_text(f"{SETTINGS}\n{own}", "utf-8")
        for number, path in enumerate(sorted((self.root / "content" / "talks").iterdir())):
            tag = "tags: [k8s]\nposition:" if number else "tags: [go]\nposition:"
            path.write_text(path.read_text("utf-8").replace("position:", tag), "utf-8")
        self.environment = {
            **os.environ,
            "TALKFEEDS_SMTP_URL": f"smtp://127.0.0.1:{postman.port}?tls=off",
            "TALKFEEDS_SECRET_KEY": "k" * 40,
            "TALKFEEDS_DATABASE_URL": "",
        }

    def words(self, *arguments: str) -> list[str]:
        """The command."""
        return [sys.executable, "-m", "feeds", "--root", str(self.root), *arguments]

    def run(self, *arguments: str) -> str:
        """Run a command to its end."""
        done = subprocess.run(
            self.words(*arguments),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def web(self) -> Iterator[tuple[int, list[str]]]:
        """``talkfeeds web`` while the block lasts: its port, and what it said after the end."""
        said: list[str] = []
        process = subprocess.Popen(
            self.words("web", "--port", "0"),
            env=self.environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr
        try:
            first = process.stderr.readline()
            found = re.match(r"http://127\.0\.0\.1:(\d+)/ is https://", first)
            assert found, first
            yield int(found[1]), said
        finally:
            process.send_signal(signal.SIGTERM)
            said.extend(process.communicate(timeout=PATIENCE_S)[1].splitlines())


@pytest.fixture
def page() -> Iterator[Callable[[int], Page]]:
    """Opens a browser, without scripts, to which every host is the one at a port of ours."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("NOT TESTED: Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        browsers: list[Browser] = []

        def opened(port: int) -> Page:
            rules = f"--host-resolver-rules=MAP * 127.0.0.1:{port}"
            browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, rules])
            browsers.append(browser)
            context = browser.new_context(
                ignore_https_errors=True, java_script_enabled=False, locale="es-MX"
            )
            return context.new_page()

        yield opened
        for browser in browsers:
            browser.close()


def link_in(message: EmailMessage, kind: str) -> str:
    """The one link of that kind in the message's HTML, as a person would click it."""
    part = message.get_body(("html",))
    assert part is not None
    (found,) = set(re.findall(rf'href="(https://{HOST}/correo/{kind}/[^"]+)"', part.get_content()))
    return str(found)


def receive_the_digest(shop: Shop, postman: Postman, number: int) -> EmailMessage:
    """Send the week's issue; the message of that number is theirs."""
    shop.run("send", WEEK)
    return postman.wait(number)


def test_subscribe_confirm_choose_receive_and_leave(
    tmp_path: Path, postman: Postman, page: Callable[[int], Page]
) -> None:
    shop = Shop(tmp_path / "publication", postman)
    shop.run("build")
    with shop.web() as (port, said), Front(shop.root / "public", port) as front:
        tab = page(front.port)
        tab.goto(f"https://{HOST}/")
        tab.get_by_role("link", name="Suscríbete").first.click()
        tab.get_by_label("Tu correo electrónico").fill(ME)
        tab.get_by_role("button", name="Suscribirme").click()
        expect(tab.get_by_role("heading", level=1)).to_have_text("Revisa tu correo")
        assert shop.run("subscribers", "list") == ""

        message = postman.wait(1)
        assert message["Subject"] == "Confirma por favor: Pláticas"
        tab.goto(link_in(message, "confirm"))
        assert shop.run("subscribers", "list") == "", "looking is not yet saying yes"
        tab.get_by_role("button", name="Sí, suscríbeme").click()
        expect(tab.get_by_role("heading", level=1)).to_have_text("Ya estás en la lista")
        assert shop.run("subscribers", "list").startswith(f"confirmed    {ME}")

        tab.get_by_role("link", name="Elige qué recibes").click()
        tab.get_by_label("k8s").check()
        tab.get_by_label("Idioma del correo").select_option("en")
        tab.get_by_role("button", name="Guardar").click()
        expect(tab.get_by_role("status")).to_have_text("Saved.")
        expect(tab.get_by_label("k8s")).to_be_checked()
        assert shop.run("subscribers", "list").endswith(": en, tag k8s\n")

        digest = receive_the_digest(shop, postman, 2)
        assert digest["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        body = digest.get_body(("plain",))
        assert body is not None
        assert "Plática 2" in body.get_content()
        assert "Plática 1" not in body.get_content(), "only the tags that they chose"
        leave = link_in(digest, "unsubscribe")
        assert leave in str(digest["List-Unsubscribe"])
        tab.goto(leave)
        assert shop.run("subscribers", "list").startswith("confirmed ")
        tab.get_by_role("button", name="Sí, cancelarla").click()
        expect(tab.get_by_role("heading", level=1)).to_have_text("Cancelaste la suscripción")
        assert shop.run("subscribers", "list").startswith("unsubscribed ")
        tab.get_by_role("button", name="Suscríbeme de nuevo").click()
        expect(tab.get_by_role("heading", level=1)).to_have_text("Ya estás en la lista")
        assert shop.run("subscribers", "list").startswith("confirmed ")
        assert tab.context.cookies() == []
    assert [recipient for recipient, _ in postman.messages] == [ME, ME]
    assert any("POST subscribe 200" in line for line in said)
    assert not [line for line in said if "@" in line or "Traceback" in line]
