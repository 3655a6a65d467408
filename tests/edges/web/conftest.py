"""The web app in a real server on loopback: real HTTP, a real ledger, a clock that we move."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import httpx
import pytest
import uvicorn

from feeds.deliveries import Answer, Fate, Letter
from feeds.edges.ledger import Ledger
from feeds.edges.web import Clock, Rates, create_app
from feeds.edges.web.server import listen, server
from feeds.jobs.confirming import Outgoing
from feeds.jobs.joining import Joining
from feeds.links import Links
from feeds.model import MailSettings, Status, Subscriber
from feeds.render.webpages import Pages, Topics
from tests.edges.emptied import put_empty_ledger
from tests.edges.ledger.conftest import (  # noqa: F401 # fixtures
    Place,
    ledger,
    place,
    postgresql,
    postgresql_place,
    sqlite_place,
)
from tests.edges.ledger.worker import SECRET
from tests.support import NO_TLS, make_kit, make_publication

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PREFIX = "/correo/"
PATIENCE_S = 60.0
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


class Inbox:
    """A Post that keeps what it is given, and answers as it is told."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.answers: list[Answer | Exception] = []
        self._arrived = threading.Condition()

    async def send(self, letter: Letter) -> Answer:
        """Keep it, or answer with the next of ``answers``."""
        answer = self.answers.pop(0) if self.answers else Answer(Fate.ACCEPTED, 250)
        if isinstance(answer, Exception):
            raise answer
        if answer.fate == Fate.ACCEPTED:
            with self._arrived:
                self.letters.append(letter)
                self._arrived.notify_all()
        return answer

    def wait(self, number: int) -> list[Letter]:
        """The letters, once there are so many."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.letters) >= number, PATIENCE_S)
            return list(self.letters)


@dataclass
class Site:
    """The running app and everything around it. ``moment`` and ``seconds`` are its clock."""

    client: httpx.Client
    ledger: Ledger
    links: Links
    inbox: Inbox
    outgoing: Outgoing
    moment: datetime = START
    seconds: float = 1_000.0
    topics: Topics = field(default_factory=lambda: Topics(("go", "k8s"), ("KubeCon 2017",)))

    def later(self, **by: float) -> None:
        """Let time pass."""
        self.moment += timedelta(**by)
        self.seconds += timedelta(**by).total_seconds()

    def ask(self, email: str, **fields: str) -> httpx.Response:
        """Send the form."""
        return self.client.post("subscribe", data={"email": email, **fields})

    def last_link(self, letters: int, kind: str = "confirm") -> str:
        """The link of that kind in the newest of so many letters, as a path below the app."""
        message = message_of(self.inbox.wait(letters)[-1])
        part = message.get_body(("plain",))
        assert part is not None
        (found,) = [line for line in part.get_content().splitlines() if f"/{kind}/" in line]
        return str(found).removeprefix(self.links.web_url)

    def add(self, email: str, status: Status = Status.CONFIRMED, **wishes: object) -> int:
        """A subscriber, and their number."""
        person = replace(Subscriber(email, status, START - timedelta(days=30)), **wishes)  # type: ignore[arg-type]
        with self.ledger.changing() as register:
            register.add([person])
            return register.numbers([email])[email.lower()]

    def person(self, email: str) -> Subscriber | None:
        """How somebody stands."""
        with self.ledger.reading() as register:
            return register.find([email]).get(email.lower())

    def everything(self) -> list[Subscriber]:
        """Everybody."""
        with self.ledger.reading() as register:
            return list(register.each())

    def leave_path(self, number: int) -> str:
        """Where a subscriber leaves, below the app."""
        return self.links.unsubscribe(number).removeprefix(self.links.web_url)

    def choose_path(self, number: int) -> str:
        """Where a subscriber chooses, below the app."""
        return self.links.preferences(number).removeprefix(self.links.web_url)


def message_of(letter: Letter) -> EmailMessage:
    """The letter, parsed."""
    found = message_from_bytes(b"".join(letter.data), policy=policy.default)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return found


class Prompt(uvicorn.Server):
    """uvicorn's, which ends when it is told to. By itself it looks ten times a second whether it
    should, and waits a tenth of one more: longer than most tests take."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None

    async def main_loop(self) -> None:
        """Until ``stop``."""
        await self.on_tick(0)
        told = asyncio.Event()
        self._told = asyncio.get_running_loop(), told
        if not self.should_exit:
            await told.wait()

    def stop(self) -> None:
        """From another thread."""
        self.should_exit = True
        if self._told:
            self._told[0].call_soon_threadsafe(self._told[1].set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """What uvicorn does: no new connections, the old ones are ended, then the app."""
        for one in self.servers:
            one.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        async with asyncio.timeout(PATIENCE_S):
            while self.server_state.connections or self.server_state.tasks:
                await asyncio.sleep(0)
        await self.lifespan.shutdown()


@contextmanager
def serving(
    ledger: Ledger,  # noqa: F811 # a fixture
    rates: Rates | None = None,
    prefix: str = PREFIX,
    pauses_s: tuple[float, ...] = (),
    most: int = 1_000,
) -> Iterator[Site]:
    """The app over ``ledger``, in a server of its own."""
    listening = listen("127.0.0.1", 0)
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    web_url = base + prefix
    publication = make_publication(
        mail=MailSettings(sender="Notas <notas@talks.example>", web_url=web_url)
    )
    kit = make_kit(publication)
    links = Links(SECRET, publication.id, web_url)
    joining = Joining(ledger, links, kit)
    numbers = iter(range(10**9))
    inbox = Inbox()
    outgoing = Outgoing(
        lambda asked: joining.letter(asked, f"{next(numbers):032}"), inbox, most, pauses_s
    )
    client = httpx.Client(base_url=web_url, timeout=PATIENCE_S, trust_env=False, verify=NO_TLS)
    site = Site(client, ledger, links, inbox, outgoing)
    clock = Clock(lambda: site.moment, lambda: site.seconds)
    app = create_app(joining, outgoing, links, Pages(kit), lambda: site.topics, clock, rates)
    running = Prompt(server(app, "127.0.0.1").config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        with client:
            yield site
    finally:
        running.stop()
        thread.join(PATIENCE_S)
        listening.close()
    assert not thread.is_alive()


@pytest.fixture
def site(ledger: Ledger) -> Iterator[Site]:  # noqa: F811 # a fixture
    """The app over both databases, without limits that tests would run into."""
    rates = Rates(network=(100_000, 1), address=(100_000, 1), address_slow=(100_000, 1))
    with serving(ledger, rates) as found:
        yield found


@pytest.fixture
def sqlite_ledger(sqlite_place: Place) -> Iterator[Ledger]:  # noqa: F811 # a fixture
    """An empty ledger in SQLite."""
    put_empty_ledger(sqlite_place.folder, SECRET)
    found = sqlite_place.open()
    yield found
    found.close()


@pytest.fixture
def sqlite_site(sqlite_ledger: Ledger) -> Iterator[Site]:
    """The app over SQLite, with the limits that it ships with."""
    with serving(sqlite_ledger) as found:
        yield found


@pytest.fixture
def open_site(sqlite_ledger: Ledger) -> Iterator[Site]:
    """The app over SQLite, without limits that tests would run into."""
    rates = Rates(network=(100_000, 1), address=(100_000, 1), address_slow=(100_000, 1))
    with serving(sqlite_ledger, rates) as found:
        yield found
