"""Around every answer of the web app: security headers, a log line and numbers without tokens."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client import Counter as Counted
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger(__name__)
# What an endpoint is called, in scope["state"]; a path would show tokens.
NAME = "talkfeeds_endpoint"
_METHODS = {"GET", "HEAD", "POST"}

# No script, no picture, no frame, no other site: a style and forms are all that the pages have.
_POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "referrer-policy": "no-referrer",  # a token in a URL is told to no other site
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-robots-tag": "noindex",
}
_HSTS = "max-age=31536000"


class Mails(Protocol):
    """What is on its way, and what became of it."""

    counts: Counter[str]

    @property
    def waiting(self) -> int:
        """How many mails are not settled."""
        ...


class Numbers(Collector):
    """The app in numbers, in Prometheus' text format; of nobody in particular."""

    def __init__(self, mails: Mails) -> None:
        self._mails = mails
        self._registry = CollectorRegistry()
        self._registry.register(self)
        self.requests = Counted(
            "talkfeeds_web_requests",
            "Answers, by endpoint, method and status",
            ["endpoint", "method", "status"],
            registry=self._registry,
        )
        self.seconds = Histogram(
            "talkfeeds_web_request_seconds",
            "How long answers took",
            ["endpoint"],
            registry=self._registry,
        )
        self.people = Counted(
            "talkfeeds_web_people",
            "What people did by themselves",
            ["did"],
            registry=self._registry,
        )

    def collect(self) -> Iterable[Metric]:
        """The mails, as they stand now."""
        waiting = GaugeMetricFamily("talkfeeds_web_mails_waiting", "Mails not settled")
        waiting.add_metric([], self._mails.waiting)
        yield waiting
        fates = CounterMetricFamily("talkfeeds_web_mails", "What became of them", labels=["fate"])
        for fate, number in sorted(self._mails.counts.items()):
            fates.add_metric([fate], number)
        yield fates

    def text(self) -> bytes:
        """Everything, in the text format."""
        return generate_latest(self._registry)


class Guard:
    """An ASGI app around another one."""

    def __init__(
        self, app: ASGIApp, numbers: Numbers, monotonic: Callable[[], float], *, https: bool
    ) -> None:
        self._app, self._numbers, self._monotonic = app, numbers, monotonic
        self.headers = HEADERS | ({"strict-transport-security": _HSTS} if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        status, begun = 500, self._monotonic()

        async def headed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, headed)
        finally:
            took_s = self._monotonic() - begun
            name = state.get(NAME, "other")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._numbers.requests.labels(name, method, str(status)).inc()
            self._numbers.seconds.labels(name).observe(took_s)
            _log.info("%s %s %d %d ms", method, name, status, round(took_s * 1000))
