"""A feed opened in a real browser: its name, what it is for, its titles; nothing else."""

import functools
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.golden import PUBLICATION
from tests.golden.listening import EXPECTED as PODCAST
from tests.support import built

pytestmark = pytest.mark.slow

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


class _Handler(SimpleHTTPRequestHandler):
    # Chromium shows what comes as application/atom+xml as text, whatever its stylesheet.
    extensions_map = {  # noqa: RUF012 # as the library has it
        ".atom": "application/xml; charset=utf-8",
        ".rss": "application/xml; charset=utf-8",
        ".opml": "application/xml; charset=utf-8",
        ".css": "text/css; charset=utf-8",
    }

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    files = built(PUBLICATION).files | {"podcast.rss": PODCAST.read_bytes()}
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    handler = functools.partial(_Handler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("NOT TESTED: Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        yield browser.new_page(viewport={"width": 375, "height": 800})
        browser.close()


# What a person can see: the texts that have a place on the page, and what CSS writes.
_SEEN = """() => {
  const seen = [];
  for (const element of document.querySelectorAll("*")) {
    if (!element.getClientRects().length) continue;
    for (const which of ["::before", "::after"]) {
      const said = getComputedStyle(element, which).content;
      if (said !== "none" && said !== "normal") seen.push(said.replaceAll('"', ""));
    }
    const own = [...element.childNodes].filter(node => node.nodeType === 3 || node.nodeType === 4);
    const text = own.map(node => node.data).join("").trim();
    if (text) seen.push(text);
  }
  return seen;
}"""


def seen(page: Page, url: str) -> list[str]:
    """Every text on the page; the page is no wider than the screen."""
    answer = page.goto(url)
    assert answer is not None
    assert answer.ok
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    found: list[str] = page.evaluate(_SEEN)
    return found


def test_a_feed_says_what_it_is_and_lists_its_titles(page: Page, site: str) -> None:
    found = seen(page, f"{site}feed.atom")
    assert found[0].startswith("Esto es un canal.")
    assert "Notas de «KubeCon» & más" in found
    assert "Lo que se oyó en Austin" in found
    assert "Progress Toward Zero Trust Kubernetes Networks" in found
    assert "Spike Curtis" in found
    assert any("https://talks.example/notas/" in text for text in found)
    everything = " ".join(found)
    assert "tag:talks.example" not in everything
    assert "<" not in everything
    assert "2017-12-0" not in everything


def test_name_purpose_and_address_stand_in_that_order(page: Page, site: str) -> None:
    page.goto(f"{site}feed.atom")
    tops = [
        page.evaluate(f"document.querySelector('{what}').getBoundingClientRect().top")
        for what in ("feed > title", "feed > subtitle", "feed > link[rel=alternate]", "entry")
    ]
    assert tops == sorted(tops)
    assert len(set(tops)) == 4


@pytest.mark.parametrize(
    ("path", "says", "shows"),
    [
        ("tags/seguridad/feed.atom", "Esto es un canal.", "Pláticas sobre seguridad"),
        ("issues/feed.atom", "Esto es un canal.", "Semana del 4 al 10 de diciembre de 2017"),
        ("podcast.rss", "Esto es un podcast.", "Talk number 1"),
        ("feeds.opml", "Esto es una lista de canales.", "Notas de «KubeCon» & más: seguridad"),
    ],
)
def test_every_kind_of_feed_is_shown(
    page: Page, site: str, path: str, says: str, shows: str
) -> None:
    found = seen(page, site + path)
    assert found[0].startswith(says)
    assert shows in found


def test_light_and_dark_are_the_readers_choice(page: Page, site: str) -> None:
    colours = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{site}feed.atom")
        colours.append(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
    assert colours == ["rgb(253, 252, 250)", "rgb(21, 22, 26)"]
