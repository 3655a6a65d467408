"""The preview: what it answers, and when it builds.

Reads only: GET and HEAD, for this machine's own names (``_known_host``), so that no page of
another site can look at what is not published yet (DNS rebinding).
"""

import asyncio
import ipaddress
import threading
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit

import anyio.to_thread
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from feeds.edges.preview.answering import answer_bytes, answer_file, find, open_file
from feeds.render.media import is_feed, media_type
from feeds.render.preview import PLACE, SCRIPT, STYLE, with_panel, with_script

_HTML = media_type("index.html")
# A comment line, so that connections that nobody reads are found out.
_BEAT_S = 15.0
_HEADERS = {
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "frame-ancestors 'self'",
}


class Desk(Protocol):
    """What is previewed. Everything but ``ready`` may take a while, and is called in a thread."""

    @property
    def ready(self) -> bool:
        """Whether there is a site to show."""
        ...

    def rebuild(self, stopped: Callable[[], bool]) -> object:
        """Build; raises when ``stopped`` says so, and for a bug."""
        ...

    def panel(self) -> str:
        """What is wrong now, as HTML."""
        ...

    def notice(self) -> bytes:
        """A page for an address where nothing is."""
        ...

    def digest(self, week: str) -> bytes | None:
        """The page about an issue's mail; the newest for an empty week."""
        ...

    def letter(self, week: str, scheme: str) -> bytes | None:
        """The mail itself, as it looks in light or dark."""
        ...

    def style(self) -> bytes:
        """The preview's own style."""
        ...

    def script(self) -> bytes:
        """The preview's own script."""
        ...


# Calls its argument after each save, and never ends.
Watch = Callable[[Callable[[], None]], Awaitable[None]]


class Preview:
    """An ASGI app over ``folder``, where ``desk`` builds. ``nonce`` tells this run from others."""

    def __init__(
        self,
        folder: Path,
        desk: Desk,
        watch: Watch,
        names: frozenset[str] = frozenset(),
        nonce: str = "",
        told: Callable[[object], None] = lambda _outcome: None,
    ) -> None:
        self.folder, self.desk, self.watch, self.told = folder, desk, watch, told
        self.nonce, self.count = nonce, 0
        self.closing = False
        self._stop, self._wanted = threading.Event(), asyncio.Event()
        self._news = asyncio.Condition()
        routes = [
            Route(f"{PLACE}{STYLE}", self._style),
            Route(f"{PLACE}{SCRIPT}", self._script),
            Route(f"{PLACE}events", self._events),
            Route(PLACE, self._digest),
            Route(f"{PLACE}{{week}}/", self._digest),
            Route(f"{PLACE}{{week}}/{{scheme}}.html", self._letter),
            Route("/{path:path}", self._file),
        ]
        app = Starlette(routes=routes, lifespan=self._lifespan)
        app.router.redirect_slashes = False
        self._app = _Guard(app, names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        await self._app(scope, receive, send)

    async def close(self) -> None:
        """End everything that waits: the open streams, the build that runs."""
        self.closing = True
        self._stop.set()
        async with self._news:
            self._news.notify_all()

    # ── building ─────────────────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        watching = asyncio.ensure_future(self.watch(self._saved))
        # Its first step: what is saved from here on is seen, so that no save falls between.
        await asyncio.sleep(0)
        self._wanted.set()
        building = asyncio.create_task(self._keep_building())
        try:
            yield
        finally:
            await self.close()
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            self._wanted.set()
            await building

    def _saved(self) -> None:
        self._wanted.set()
        self._stop.set()  # what is being built is old already

    async def _keep_building(self) -> None:
        while True:
            await self._wanted.wait()
            if self.closing:
                return
            self._wanted.clear()
            self._stop.clear()
            outcome = await anyio.to_thread.run_sync(self._build)
            if outcome is None:
                continue
            self.told(outcome)
            async with self._news:
                self.count += 1
                self._news.notify_all()

    def _build(self) -> object:
        """What came of it; None when it was given up."""
        try:
            return self.desk.rebuild(self._stop.is_set)
        except Exception:  # noqa: BLE001 # a preview goes on: the next save tries again
            if self._stop.is_set():
                return None
            with suppress(OSError):
                traceback.print_exc()  # a bug, which the page tells too
            return False

    @property
    def number(self) -> str:
        """Which state of the site is being shown."""
        return f"{self.nonce}-{self.count}"

    # ── answering ────────────────────────────────────────────────────────────────────────

    async def _events(self, request: Request) -> Response:
        async def stream() -> AsyncIterator[str]:
            said = ""
            yield "retry: 300\n\n"
            while not self.closing:
                if self.count and said != self.number:
                    said = self.number
                    yield f"data: {said}\n\n"
                    continue
                try:
                    async with asyncio.timeout(_BEAT_S), self._news:
                        if said == self.number or not self.count:
                            await self._news.wait()
                except TimeoutError:
                    yield ": still here\n\n"

        if request.method == "HEAD":
            return Response(media_type="text/event-stream")
        return StreamingResponse(stream(), media_type="text/event-stream")

    async def _style(self, request: Request) -> Response:
        return answer_bytes(request, self.desk.style(), media_type(STYLE))

    async def _script(self, request: Request) -> Response:
        return answer_bytes(request, self.desk.script(), media_type(SCRIPT))

    async def _digest(self, request: Request) -> Response:
        await self._first_build()
        week = request.path_params.get("week", "")
        page = await anyio.to_thread.run_sync(self.desk.digest, week)
        return await (self._nothing(request) if page is None else self._page(request, page))

    async def _letter(self, request: Request) -> Response:
        await self._first_build()
        week, scheme = request.path_params["week"], request.path_params["scheme"]
        page = await anyio.to_thread.run_sync(self.desk.letter, week, scheme)
        if page is None:
            return await self._nothing(request)
        return answer_bytes(request, page, _HTML)

    async def _file(self, request: Request) -> Response:
        await self._first_build()
        if not self.desk.ready:
            return await self._nothing(request)
        path: str = request.scope["path"]
        found = await anyio.to_thread.run_sync(find, self.folder, path)
        if found is not None and found.is_dir():
            index = found / "index.html"
            if not path.endswith("/") and index.is_file():
                return RedirectResponse(f"/{quote(path.strip('/'))}/", 307)
            found = index
        elif path.endswith("/"):
            found = None
        opened = open_file(found) if found else None
        if opened is None:
            return await self._nothing(request)
        assert found is not None
        kind = media_type(found.relative_to(self.folder.resolve()).as_posix())
        if kind != _HTML:
            # Browsers show feeds as plain text when they are told that they are feeds; as XML
            # they are shown by their stylesheet. Readers are told what they are.
            if "text/html" in request.headers.get("accept", "") and is_feed(kind):
                kind = media_type("feed.xml")
            answer = answer_file(request, opened, kind)
            answer.headers["vary"] = "Accept"
            return answer
        with opened.file as file:
            page = await anyio.to_thread.run_sync(file.read)
        return await self._page(request, page)

    async def _nothing(self, request: Request) -> Response:
        """404 with the site's own page, or why there is no site at all (503)."""
        if not self.desk.ready:
            page = await anyio.to_thread.run_sync(self.desk.notice)
            return await self._page(request, page, 503)
        opened = open_file(self.folder / "404.html")
        if opened is None:
            page = await anyio.to_thread.run_sync(self.desk.notice)
        else:
            with opened.file as file:
                page = await anyio.to_thread.run_sync(file.read)
        return await self._page(request, page, 404)

    async def _page(self, request: Request, page: bytes, status: int = 200) -> Response:
        number = self.number
        panel = await anyio.to_thread.run_sync(self.desk.panel)
        whole = with_script(with_panel(page, panel), number)
        return answer_bytes(request, whole, _HTML, status)

    async def _first_build(self) -> None:
        """Whoever comes before the first build is over waits for it."""
        async with self._news:
            await self._news.wait_for(lambda: self.count > 0 or self.closing)


class _Guard:
    """Refuses other names than this machine's, and puts the same headers on every answer."""

    def __init__(self, app: ASGIApp, names: frozenset[str]) -> None:
        self._app, self._names = app, names | {"localhost"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or not known_host(hosts[0], self._names):
            # 421: this server does not answer for that name (RFC 9110 §15.5.20).
            text = (
                "talkfeeds serve answers to localhost, to addresses, and to names that it is told\n"
            )
            await PlainTextResponse(text, 421)(scope, receive, headed)
            return
        await self._app(scope, receive, headed)


def known_host(field: str, names: frozenset[str]) -> bool:
    """Whether a Host field is an IP address or one of ``names``, with whatever port.

    A page elsewhere can point a name of its own at this machine, but no address.
    """
    if not {"@", "/", "?", "#"}.isdisjoint(field):
        return False
    try:
        host = urlsplit(f"//{field}").hostname or ""
    except ValueError:
        return False
    if host.removesuffix(".") in names:
        return True
    with suppress(ValueError):
        ipaddress.ip_address(host)
        return True
    return False


def create_app(
    folder: Path,
    desk: Desk,
    watch: Watch,
    names: frozenset[str] = frozenset(),
    nonce: str = "",
    told: Callable[[object], None] = lambda _outcome: None,
) -> Preview:
    """The app; ``told`` hears what came of each build, False for a bug."""
    return Preview(folder, desk, watch, names, nonce, told)
