"""The web app: its routes, and what each of them answers.

There are no cookies and no sessions: whoever holds a link may do what it is for, and nobody
else can, so another site has nothing to forge a request with (CSRF). What is still refused is a
form that another site sends in its visitors' name.
"""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from math import ceil
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from feeds.address import folded_address, normal_address, shown_address
from feeds.edges.web.desk import Clock, Desk, Outgoing, Rates
from feeds.edges.web.forms import Form, first, read_form
from feeds.edges.web.guard import NAME, Guard, Numbers
from feeds.edges.web.limits import Limits, network_of
from feeds.errors import WorldError
from feeds.links import Asked, Links
from feeds.model import Subscriber
from feeds.render.speaking import accepted, choices, tags_of
from feeds.render.webpages import Pages, Topics

_T = TypeVar("_T")
# As many as the ledger has connections, and no more: the others wait their turn here.
_THREADS = 10
_FINISH_S = 10.0
_BUSY_S = 60


def create_app(
    desk: Desk,
    outgoing: Outgoing,
    links: Links,
    pages: Pages,
    topics: Callable[[], Topics],
    clock: Clock,
    rates: Rates | None = None,
) -> ASGIApp:
    """The app, answering below the path of ``[mail] web_url``.

    ``/healthz`` and ``/metrics`` (for this machine alone) are at the root whatever that is.
    ``topics`` may read files; it is called in a thread.
    """
    numbers = Numbers(outgoing)
    app = _App(desk, outgoing, links, pages, topics, clock, rates or Rates(), numbers)
    https = pages.kit.publication.mail.web_url.startswith("https:")
    return Guard(app.starlette(), numbers, clock.monotonic, https=https)


class _App:
    def __init__(
        self,
        desk: Desk,
        outgoing: Outgoing,
        links: Links,
        pages: Pages,
        topics: Callable[[], Topics],
        clock: Clock,
        rates: Rates,
        numbers: Numbers,
    ) -> None:
        self.desk, self.outgoing, self.links, self.pages = desk, outgoing, links, pages
        self.topics, self.clock, self.numbers = topics, clock, numbers
        self.networks = Limits(*rates.network)
        self.addresses = (Limits(*rates.address), Limits(*rates.address_slow))
        publication = pages.kit.publication
        self.prefix = unquote(urlsplit(publication.mail.web_url).path) or "/"
        self.origins = {_origin(publication.base_url), _origin(publication.mail.web_url)}
        self.languages = tags_of(choices(pages.kit))
        self.threads: anyio.CapacityLimiter | None = None
        self.sending: asyncio.Task[None] | None = None

    def starlette(self) -> Starlette:
        prefix = self.prefix
        routes = [
            self._route("/healthz", "healthz", self.healthz),
            self._route("/metrics", "metrics", self.metrics),
            self._route(prefix, "subscribe", self.subscribe),
            self._route(f"{prefix}subscribe", "subscribe", self.subscribe, "POST"),
            self._route(f"{prefix}style.css", "style", self.style),
        ]
        for name, endpoint in (
            ("confirm", self.confirm),
            ("preferences", self.preferences),
            ("unsubscribe", self.unsubscribe),
            ("return", self.come_back),
        ):
            routes.append(self._route(f"{prefix}{name}/{{token}}", name, endpoint, "POST"))
        app = Starlette(
            routes=routes,
            lifespan=self._lifespan,
            exception_handlers={
                HTTPException: self._refused,
                WorldError: self._world,
                Exception: self._broken,
            },
        )
        # RFC 8058 §3.1: the POST is answered where it goes, never sent elsewhere.
        app.router.redirect_slashes = False
        return app

    def _route(
        self, path: str, name: str, endpoint: Callable[[Request], object], *methods: str
    ) -> Route:
        async def named(request: Request) -> Response:
            request.scope["state"][NAME] = name
            found = endpoint(request)
            assert asyncio.iscoroutine(found)
            response = await found
            assert isinstance(response, Response)
            return response

        return Route(path, named, methods=["GET", *methods])

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        self.threads = anyio.CapacityLimiter(_THREADS)
        self.sending = asyncio.create_task(self.outgoing.run())
        try:
            yield
        finally:
            await self.outgoing.finish(_FINISH_S)
            self.sending.cancel()

    async def _apart(self, work: Callable[..., _T], *arguments: object, **named: object) -> _T:
        """``work`` in a thread; what it committed is committed when this returns."""
        return await anyio.to_thread.run_sync(
            partial(work, *arguments, **named), limiter=self.threads
        )

    # ── subscribe ────────────────────────────────────────────────────────────────────────

    async def subscribe(self, request: Request) -> Response:
        pages = self._pages(request)
        if request.method != "POST":
            return _html(pages.form())
        self._from_our_pages(request)
        host = request.client.host if request.client else ""
        wait_s = self.networks.wait_s(network_of(host), self.clock.monotonic())
        if wait_s:
            raise HTTPException(429, headers={"retry-after": str(ceil(wait_s))})
        form = await read_form(request)
        written, language = first(form, "email"), first(form, "language")
        language = language if language in self.languages else ""
        try:
            email = normal_address(written)
        except ValueError:
            page = pages.form(wrong=True, email=written[:254], language=language)
            return _html(page, 400)
        # From here on everybody gets the same answer, and nothing has been looked up.
        if self._may_write_to(email):
            if not self.outgoing.ask(Asked(email, language, self._now())):
                raise HTTPException(503, headers={"retry-after": str(_BUSY_S)})
            self.numbers.people.labels("asked").inc()
        else:
            self.numbers.people.labels("held off").inc()
        return _html(pages.asked())

    def _may_write_to(self, email: str) -> bool:
        # Many hosts deliver ana+anything to ana; so does the limit, or it would be none.
        local, _, domain = folded_address(email).rpartition("@")
        now, key = self.clock.monotonic(), f"{local.partition('+')[0] or local}@{domain}"
        return not any(limits.wait_s(key, now) for limits in self.addresses)

    # ── confirm ──────────────────────────────────────────────────────────────────────────

    async def confirm(self, request: Request) -> Response:
        token = request.path_params["token"]
        found = self.links.read_confirm(token, self._now())
        if found is None:
            raise HTTPException(404)
        asked, holds = found
        pages = self._pages(request, asked.language)
        if not holds:
            return _html(pages.void(expired=True), 410)
        if request.method != "POST":
            return _html(pages.confirm(_masked(asked.email), token))
        self._from_our_pages(request)
        if not first(await read_form(request), "confirm"):
            return _html(pages.confirm(_masked(asked.email), token), 400)
        came, number = await self._apart(self.desk.confirm, asked, self._now())
        if came == "void":
            return _html(pages.void(expired=False), 410)
        if came == "in":
            self.numbers.people.labels("confirmed").inc()
        choose, leave = self.links.preferences(number), self.links.unsubscribe(number)
        return _html(pages.confirmed(choose, leave))

    # ── preferences ──────────────────────────────────────────────────────────────────────

    async def preferences(self, request: Request) -> Response:
        number = self.links.read_preferences(request.path_params["token"])
        if number is None:
            raise HTTPException(404)
        person = await self._apart(self.desk.person, number)
        topics = _with_own(await self._apart(self.topics), person)
        saved, status = False, 200
        if person and request.method == "POST":
            self._from_our_pages(request)
            form = await read_form(request)
            # Without it this is no form of ours, and would take every wish away.
            if first(form, "pace") in {"weekly", "paused"}:
                person = await self._apart(self.desk.choose, number, **self._wishes(form, topics))
                saved = True
            else:
                status = 400
        if person is None or person.status != "confirmed":
            return _html(self._pages(request).nobody(), 410)
        if saved:
            self.numbers.people.labels("chose").inc()
        pages = self._pages(request, person.language)
        choose, leave = self.links.preferences(number), self.links.unsubscribe(number)
        page = pages.preferences(person, _masked(person.email), topics, choose, leave, saved=saved)
        return _html(page, status)

    def _wishes(self, form: Form, topics: Topics) -> dict[str, object]:
        language = first(form, "language")
        tags = tuple(word for word in topics.tags if word in form.get("tag", []))
        events = tuple(word for word in topics.events if word in form.get("event", []))
        known = language if language in self.languages else ""
        paused = first(form, "pace") == "paused"
        return {"language": known, "tags": tags, "events": events, "paused": paused}

    # ── leave, and come back ─────────────────────────────────────────────────────────────

    async def unsubscribe(self, request: Request) -> Response:
        token = request.path_params["token"]
        number = self.links.read_unsubscribe(token)
        if number is None:
            raise HTTPException(404)
        pages = self._pages(request)
        if request.method != "POST":
            return _html(pages.leave(token))
        form = await read_form(request)
        one_click = first(form, "List-Unsubscribe") == "One-Click"  # RFC 8058 §3.1
        if not one_click and not first(form, "leave"):
            return _html(pages.leave(token), 400)
        left = await self._apart(self.desk.leave, number, self._now())
        if left:
            self.numbers.people.labels("left in one click" if one_click else "left").inc()
        if one_click:
            return PlainTextResponse("unsubscribed\n")
        return _html(pages.left(self.links.come_back(left) if left else ""))

    async def come_back(self, request: Request) -> Response:
        token = request.path_params["token"]
        found = self.links.read_come_back(token, self._now())
        if found is None:
            raise HTTPException(404)
        left, holds = found
        pages = self._pages(request)
        if not holds:
            return _html(pages.nobody(), 410)
        if request.method != "POST":
            return _html(pages.back(token))
        self._from_our_pages(request)
        if not first(await read_form(request), "return"):
            return _html(pages.back(token), 400)
        if not await self._apart(self.desk.come_back, left, self._now()):
            return _html(pages.nobody(), 410)
        self.numbers.people.labels("came back").inc()
        number = left.subscriber
        choose, leave = self.links.preferences(number), self.links.unsubscribe(number)
        return _html(pages.confirmed(choose, leave))

    # ── for machines ─────────────────────────────────────────────────────────────────────

    async def style(self, _request: Request) -> Response:
        cached = {"cache-control": "public, max-age=3600"}
        return Response(self.pages.style(), media_type="text/css", headers=cached)

    async def healthz(self, _request: Request) -> Response:
        try:
            await self._apart(self.desk.alive)
        except WorldError:
            return PlainTextResponse("the database does not answer\n", 503)
        if self.sending is None or self.sending.done():
            return PlainTextResponse("mails are not being sent\n", 503)
        return PlainTextResponse("ok\n")

    async def metrics(self, request: Request) -> Response:
        # A proxy on this machine comes from loopback too, but says for whom.
        if not _is_loopback(request) or "x-forwarded-for" in request.headers:
            raise HTTPException(404)
        return Response(self.numbers.text(), media_type="text/plain; version=1.0.0")

    # ── what all have in common ──────────────────────────────────────────────────────────

    def _now(self) -> datetime:
        return self.clock.now().replace(microsecond=0)

    def _pages(self, request: Request, language: str = "") -> Pages:
        wanted = accepted(self.pages.kit, request.headers.get("accept-language", ""))
        return self.pages.speaking(language or wanted)

    def _from_our_pages(self, request: Request) -> None:
        """Refuse a form that a page of another site sends (Fetch Metadata, else Origin).

        A browser that follows our own no-referrer sends ``Origin: null``.
        """
        origin = request.headers.get("origin", "null")
        site = request.headers.get("sec-fetch-site", "")
        if origin in self.origins or site in {"same-origin", "none"}:
            return
        if site or origin != "null":
            raise HTTPException(403)

    async def _refused(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        page = self._pages(request).wrong(error.status_code)
        return _html(page, error.status_code, error.headers)

    async def _world(self, request: Request, _error: Exception) -> Response:
        page = self._pages(request).wrong(503)
        return _html(page, 503, {"retry-after": str(_BUSY_S)})

    async def _broken(self, request: Request, _error: Exception) -> Response:
        return _html(self._pages(request).wrong(500), 500)


def _html(page: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    varied = {"vary": "accept-language", **(headers or {})}
    return Response(page, status, media_type="text/html", headers=varied)


def _masked(email: str) -> str:
    """Enough for its owner to know it by; a link may have been passed on."""
    local, _, domain = shown_address(email).rpartition("@")
    return f"{local[:1]}…@{domain}"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _is_loopback(request: Request) -> bool:
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _with_own(topics: Topics, person: Subscriber | None) -> Topics:
    """What can be chosen, with what they chose before although no talk has it any more."""
    if person is None:
        return topics
    return Topics(
        tuple(sorted({*topics.tags, *person.tags})), tuple(sorted({*topics.events, *person.events}))
    )
