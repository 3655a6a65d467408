"""The built site behind a real web server on loopback, and a real browser before it."""

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from feeds.edges.content import Folder
from feeds.edges.output import Site
from feeds.jobs.build import build
from tests.support import REPOSITORY

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
TALKS = 45
_SETTINGS = """\
title = "Pláticas"
subtitle = "Con etiquetas de toda clase"
id = "tag:example.org,2026-01-01:talks"
base_url = "https://talks.example.org/"
language = "es-MX"
timezone = "America/Mexico_City"
"""
# Names that an overview, an address and a search have to tell apart.
TAGS = ("C++", "C#", "日本語", "Ñandú", "émile", "nube", "#nube", "2017", "zürich")


class _Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing; what is not there gets the site's own page."""

    def log_message(self, *_words: object) -> None:
        """Say nothing."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """``404.html``, as web servers are told to."""
        page = Path(self.directory) / "404.html"
        if code != 404 or not page.exists():
            super().send_error(code, message, explain)
            return
        data = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _served(public: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(public))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="package")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """This repository's own publication, served: its address."""
    public = tmp_path_factory.mktemp("own") / "public"
    build(Folder(REPOSITORY), Site(public, REPOSITORY / "content"))
    yield from _served(public)


@pytest.fixture(scope="package")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A publication with many talks, two years, three languages and odd names, served."""
    root = tmp_path_factory.mktemp("many")
    folder = root / "content" / "talks"
    folder.mkdir(parents=True)
    (root / "content" / "publication.toml").write_text(_SETTINGS, "utf-8")
    for number in range(TALKS):
        tags = [TAGS[number % len(TAGS)], f"tema {number}"]
        language = ("es-MX", "en", "de")[number % 3]
        (folder / f"{number:02}.md").write_text(
            f"""\
---
title: "Plática {number} sobre la función"
date: {2016 + number % 2}-03-{1 + number % 20:02}
id: tag:example.org,2026-01-01:talks/{number}
language: {language}
speakers: [{{name: "Ana Pérez {number % 4}", role: Ingeniera, url: "https://ana.example/"}}]
event: {{name: "Jornadas {2016 + number % 2}", day: "1", location: "Ciudad de México"}}
tags: {tags!r}
youtube: https://youtu.be/abcdefghi{number:02}
abstract: The organiser says so.
abstract_language: en
---
* Lo que oí: unicornio{number} y **otras** cosas.
""",
            "utf-8",
        )
    build(Folder(root), Site(root / "public", root / "content"))
    yield from _served(root / "public")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("NOT TESTED: Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield found
        found.close()
