"""The preview in a real browser: it loads again on save, and shows mistakes and the digest."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.edges.conftest import write_publication
from tests.edges.preview.conftest import PATIENCE_S, Served, serving

pytestmark = pytest.mark.slow
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
WEEK = "2017-W49"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium, which reaches this machine alone; evil.example is this machine."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("NOT TESTED: there is no Chromium (apt-get install chromium)")
    rules = "--host-resolver-rules=MAP evil.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=[*FLAGS, rules])
        yield found
        found.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that notes what goes wrong in it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_S * 1_000)
    expect.set_options(timeout=PATIENCE_S * 1_000)
    yield context.new_page()
    context.close()


def test_a_page_loads_again_on_save_and_shows_mistakes_until_they_are_mended(
    publication: Path, served: Served, page: Page
) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{served.base}talks/talk-1/")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Plática 1")
    path = publication / "content" / "talks" / "talk-1.md"
    good = path.read_text("utf-8")
    path.write_text(good.replace("title: Plática 1", "title: Escrita ahora"), "utf-8")
    expect(heading).to_have_text("Escrita ahora")
    path.write_text(good.replace("title:", "titel:"), "utf-8")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("content/talks/talk-1.md")
    expect(alert).to_contain_text("did you mean title?")
    expect(heading).to_have_text("Escrita ahora")
    path.write_text(good, "utf-8")
    expect(heading).to_have_text("Plática 1")
    expect(alert).to_have_count(0)
    assert errors == []


def test_a_feed_is_a_page_with_its_name_and_titles(served: Served, page: Page) -> None:
    page.goto(f"{served.base}feed.atom")
    for shown in ("feed > title", "feed > entry:first-of-type > title"):
        expect(page.locator(shown)).to_be_visible()
    expect(page.locator("feed > id")).to_be_hidden()


def test_a_page_that_was_open_meets_the_next_preview(publication: Path, page: Page) -> None:
    with serving(publication) as first:
        page.goto(first.base)
        port = first.base.rstrip("/").rpartition(":")[2]
        first.stop()
    path = publication / "content" / "talks" / "talk-1.md"
    path.write_text(path.read_text("utf-8").replace("Plática 1\n", "Más tarde\n"), "utf-8")
    with serving(publication, "--port", port):
        expect(page.get_by_role("link", name="Más tarde")).to_be_visible()


def test_a_mistake_at_the_start_is_a_page_that_mends_itself(publication: Path, page: Page) -> None:
    path = publication / "content" / "talks" / "talk-1.md"
    good = path.read_text("utf-8")
    path.write_text("no front matter", "utf-8")
    with serving(publication) as served:
        page.goto(served.base)
        expect(page.get_by_role("alert")).to_contain_text("content/talks/talk-1.md")
        path.write_text(good, "utf-8")
        expect(page.get_by_role("link", name="Plática 1")).to_be_visible()


@pytest.mark.parametrize(("scheme", "other"), [("light", "dark"), ("dark", "light")])
def test_the_digest_is_light_and_dark_at_both_widths_whatever_the_browser_is(
    served: Served, page: Page, scheme: str, other: str
) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"{served.base}.preview/")
    frames = page.locator("iframe")
    expect(frames).to_have_count(4)
    seen = []
    for number in range(4):
        inside = frames.nth(number).content_frame
        body = inside.locator("body")
        expect(body).to_contain_text("Plática 1")
        width = body.evaluate("() => innerWidth")
        paper = body.evaluate("() => getComputedStyle(document.body).backgroundColor")
        dark = sum(map(int, re.findall(r"\d+", paper)[:3])) < 3 * 128
        seen.append((width, "dark" if dark else "light"))
    assert seen == [(375, "light"), (375, "dark"), (800, "light"), (800, "dark")]
    boxes = [frames.nth(number).bounding_box() for number in range(4)]
    assert all(boxes)
    tops = [round(box["y"]) for box in boxes if box]
    assert tops[0] == tops[1] < tops[2] == tops[3], "side by side"
    wide = page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert wide, "nothing is cut off at 1280 pixels"
    frames.nth(0).content_frame.get_by_role("link", name="Plática 1", exact=True).click()
    expect(page).to_have_url(f"{served.base}talks/talk-1/")


def test_the_digest_page_fits_a_phone(served: Served, page: Page) -> None:
    page.set_viewport_size({"width": 375, "height": 667})
    page.goto(f"{served.base}.preview/")
    expect(page.locator("iframe")).to_have_count(4)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_a_name_that_was_pointed_here_reads_nothing(served: Served, page: Page) -> None:
    port = served.base.rstrip("/").rpartition(":")[2]
    answer = page.goto(f"http://evil.example:{port}/")
    assert answer is not None
    assert answer.status == 421
    assert "Plática" not in page.content()
    seen = page.evaluate(
        """async (address) => {
          try { return (await (await fetch(address)).text()).length } catch { return "refused" }
        }""",
        f"{served.base}feed.atom",
    )
    assert seen == "refused", "no other site reads across, either"


def test_hidden_pages_leave_connections_to_others(tmp_path: Path, browser: Browser) -> None:
    """A browser opens six connections to a host; ten pages of a preview still load."""
    root = write_publication(tmp_path / "ten")
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_S * 1_000)
    with serving(root) as served:
        pages = []
        for _ in range(5):
            found = context.new_page()
            found.goto(served.base)
            pages.append(found)
        # Playwright's pages never say that they are hidden.
        hide = """() => {
          Object.defineProperty(document, "hidden", {value: true, configurable: true});
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
        for found in pages:
            found.evaluate(hide)
        for _ in range(5):
            found = context.new_page()
            answer = found.goto(served.base)
            assert answer is not None
            assert answer.ok
    context.close()
