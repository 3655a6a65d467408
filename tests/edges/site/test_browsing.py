"""The site in a real browser: its ways, its search, on a phone, with and without script."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.edges.site.conftest import TALKS

# One page of every kind, of the publication with many talks.
KINDS = {
    "home": "",
    "talk": "talks/07/",
    "tags": "tags/",
    "tag": "tags/nube/",
    "speakers": "speakers/",
    "speaker": "speakers/ana-perez-1/",
    "events": "events/",
    "event": "events/jornadas-2016/",
    "languages": "languages/",
    "language": "languages/en/",
    "archive": "archive/",
    "year": "archive/2017/",
    "issues": "issues/",
    "issue": "issues/2016-W10/",
    "search": "search/?q=función",
    "subscribe": "subscribe/",
    "lost": "no/such/page",
}
SERIOUS = {"serious", "critical"}

Open = Callable[..., Page]


@pytest.fixture
def tab(browser: Browser) -> Iterator[Open]:
    """Opens an address in a browser of its own; ``words`` are playwright's for a context."""
    contexts = []

    def opened(url: str, **words: object) -> Page:
        context = browser.new_context(locale="es-MX", **words)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()


def test_from_the_index_to_a_talk_its_tag_its_speaker_and_the_next_talk(
    own: str, tab: Open
) -> None:
    page = tab(own)
    page.get_by_role("link", name="Pushing the Limits of Kubernetes").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Pushing the Limits of Kubernetes with Game of Thrones")
    page.get_by_role("link", name="escalamiento").click()
    expect(heading).to_have_text("escalamiento")
    expect(page.locator(".facts")).to_contain_text("1 plática")
    page.get_by_role("link", name="Pushing the Limits").click()
    page.get_by_role("link", name="Zihao Yu").click()
    expect(heading).to_have_text("Zihao Yu")
    expect(page.locator(".facts")).to_contain_text("HBO")
    page.get_by_role("link", name="Pushing the Limits").click()
    page.get_by_role("link", name="Siguiente").click()
    expect(heading).to_have_text("Progress Toward Zero Trust Kubernetes Networks")
    page.get_by_role("article").get_by_role("link", name="KubeCon + CloudNativeCon").click()
    expect(page.locator(".facts")).to_contain_text("11 pláticas")
    page.get_by_role("link", name="Archivo").click()
    page.get_by_role("link", name="2017", exact=True).click()
    expect(page.get_by_role("listitem").locator(".talk")).to_have_count(11)
    page.get_by_role("link", name="Números").click()
    page.get_by_role("link", name="Semana del 4 al 10 de diciembre de 2017").click()
    expect(page.get_by_role("article")).to_have_count(11)


@pytest.mark.slow
def test_searching_with_the_keyboard_alone(own: str, tab: Open) -> None:
    page = tab(own + "search/")
    field, found = page.get_by_role("searchbox"), page.locator("#found a")
    expect(field).to_be_focused()
    page.keyboard.type("flannel terra", delay=5)
    expect(page.get_by_role("status")).to_have_text("Se encontró una página.")
    page.keyboard.press("ArrowDown")
    expect(found.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(field).to_be_focused()
    page.keyboard.type("KUBE")  # the old words are selected, so that these take their place
    expect(found.first).to_have_text("kubeflow")
    page.keyboard.press("Enter")
    expect(found.first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(found.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(field).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("thrones")
    expect(page.get_by_role("status")).to_have_text("Se encontró una página.")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_url("**/talks/pushing-the-limits-of-kubernetes-with-game-of-thrones/")
    page.go_back()
    expect(field).to_have_value("thrones")
    expect(found).to_have_count(1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("función", TALKS),  # in every title
        ("FUNCION", TALKS),  # accents and capitals do not matter
        ("unicornio7", 1),  # notes
        ("unicornio", TALKS),  # the beginning of a word
        ("nicornio", 0),
        ("Ana Pérez", TALKS + 4),  # with the people's own pages
        ("jornadas mexico", TALKS),
        ("日本", 1 + TALKS // 9),
        ("c", 2 + 2 * TALKS // 9),  # C++ and C#, and no word that begins so
        ("organiser", TALKS),  # the abstract
        ("", 0),
        ("?!", 0),
        ("<img src=x>", 0),
    ],
)
def test_what_a_search_finds(many: str, tab: Open, words: str, count: int) -> None:
    page = tab(many + "search/")
    page.get_by_role("searchbox").fill(words)
    said = {0: "No se encontró", 1: "Se encontró una página."}
    if words.strip(" ?!"):
        expect(page.get_by_role("status")).to_contain_text(said.get(count, f" {count} "))
    expect(page.locator("#found li")).to_have_count(min(count, 20))
    more = page.get_by_role("button", name="Más")
    while more.is_visible():
        shown = page.locator("#found li").count()
        more.click()
        expect(page.locator("#found a").nth(shown)).to_be_focused()
    expect(page.locator("#found li")).to_have_count(count)
    paths = page.locator("#found a").evaluate_all("links => links.map(link => link.href)")
    assert len(set(paths)) == count


@pytest.mark.slow
def test_a_search_can_be_linked_to_and_says_when_it_cannot_search(many: str, tab: Open) -> None:
    page = tab(many + "search/?q=unicornio12")
    expect(page.locator("#found a")).to_have_text("Plática 12 sobre la función")
    page.route("**/search/*.json", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("No se pudo cargar")
    page.unroute("**/search/*.json")
    page.get_by_role("searchbox").fill("unicornio13")
    expect(page.locator("#found a")).to_have_text("Plática 13 sobre la función")


@pytest.mark.slow
def test_without_script_the_site_is_whole(many: str, tab: Open) -> None:
    page = tab(many, java_script_enabled=False)
    page.get_by_role("link", name="Buscar").click()
    expect(page.get_by_role("searchbox")).to_be_hidden()
    assert "Sin él, todo se encuentra aquí" in page.locator("noscript").inner_text()
    page.locator("main").get_by_role("link", name="Etiquetas").click()
    page.get_by_role("link", name="日", exact=True).click()
    page.get_by_role("link", name="日本語").last.click()  # it is one of the most used, too
    expect(page.locator(".talk")).to_have_count(TALKS // 9)


@pytest.mark.slow
def test_names_with_one_plain_slug_have_pages_of_their_own(many: str, tab: Open) -> None:
    page = tab(many + "tags/")
    for name in ("C++", "C#", "nube", "#nube"):
        page.goto(many + "tags/")
        page.locator("main").get_by_role("link", name=name, exact=True).first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)


@pytest.mark.slow
def test_what_is_not_there_says_so_at_any_depth(many: str, tab: Open) -> None:
    page = tab(many + "no/such/page")
    expect(page.get_by_role("heading", level=1)).to_have_text("Aquí no hay nada")
    styled = page.evaluate("getComputedStyle(document.body).maxWidth")
    assert styled != "none", "its style is found"
    page.locator("main").get_by_role("link", name="Pláticas").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pláticas")


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out(many: str, tab: Open, scheme: str) -> None:
    page = tab(many, color_scheme=scheme)
    axe, wrong = Axe(), []
    for kind, path in KINDS.items():
        page.goto(many + path)
        if kind == "search":
            expect(page.locator("#found li")).to_have_count(20)
        found = axe.run(page, options={"resultTypes": ["violations"]})
        wrong += [
            (kind, one["id"], node["html"])
            for one in found.response["violations"]
            if one["impact"] in SERIOUS
            for node in one["nodes"]
        ]
    assert not wrong


@pytest.mark.slow
def test_on_a_phone_nothing_has_to_be_pushed_sideways(many: str, tab: Open) -> None:
    page = tab(many, viewport={"width": 375, "height": 700})
    for kind, path in KINDS.items():
        page.goto(many + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 375, kind
        small = page.locator("header nav a").evaluate_all(
            "links => links.filter(link => link.getBoundingClientRect().height < 24).length"
        )
        assert small == 0, "as high as a finger needs (WCAG 2.2, 2.5.8)"
