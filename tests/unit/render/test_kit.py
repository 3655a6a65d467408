"""What renderers share: slides, thumbnails, bylines, and templates that a publication brings."""

from dataclasses import replace

import jinja2
import pytest

from feeds.errors import ContentError
from feeds.model import NewsletterSettings, Recording, Speaker
from feeds.recordings import Facts, Sidecar
from feeds.render.kit import Kit, Slides, Template, byline
from tests.support import make_kit, make_publication, make_talk, shipped

BASE = "https://talks.example/notas/"
PDF = "application/pdf"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


@pytest.mark.parametrize(
    ("slides", "found"),
    [
        ("", None),
        ("a.pdf", Slides(BASE + "a.pdf", PDF, 7, is_file=True)),
        ("b c/ñ.PPTX", Slides(BASE + "b%20c/%C3%B1.PPTX", PPTX, 8, is_file=True)),
        ("d", Slides(BASE + "d", "application/octet-stream", 0, is_file=True)),
        ("c# y ¿qué?.pdf", Slides(f"{BASE}c%23%20y%20%C2%BFqu%C3%A9%3F.pdf", PDF, 3, is_file=True)),
        ("missing.pdf", None),
        ("http://[bad", None),
        (
            "https://x.example/ñ.PDF?dl=1#p2",
            Slides("https://x.example/%C3%B1.PDF?dl=1#p2", PDF, None, is_file=True),
        ),
        ("https://x.example/p", Slides("https://x.example/p", "text/html", None, is_file=False)),
        (
            "http://x.example/a.html",
            Slides("http://x.example/a.html", "text/html", None, is_file=False),
        ),
        (
            "https://x.example/a.md",
            Slides("https://x.example/a.md", "text/markdown", None, is_file=False),
        ),
        ("https://x.example", Slides("https://x.example", "text/html", None, is_file=False)),
        ("javascript:alert(1)", None),
    ],
)
def test_slides(slides: str, found: Slides | None) -> None:
    kit = make_kit(assets={"a.pdf": 7, "b c/ñ.PPTX": 8, "d": 0, "c# y ¿qué?.pdf": 3})
    assert kit.slides(make_talk(slides=slides)) == found


def test_a_thumbnail_is_one_that_the_publication_holds() -> None:
    talk = make_talk(recording=Recording("07jq-5VbBVQ"))
    path = "recordings/07jq-5VbBVQ"
    assert make_kit().thumbnail(talk) == ""
    assert make_kit(assets={f"{path}.png": 1}).thumbnail(talk) == f"{path}.png"
    assert make_kit(assets={f"{path}.png": 1, f"{path}.jpg": 1}).thumbnail(talk) == f"{path}.jpg"
    assert make_kit(assets={f"{path}.jpg": 1}).thumbnail(make_talk(recording=None)) == ""


def test_a_recordings_picture_is_ours_else_youtubes_else_none() -> None:
    talk = make_talk(recording=Recording("07jq-5VbBVQ"))
    assets = {"recordings/07jq-5VbBVQ.png": 1}
    assert make_kit().picture(talk) == "https://i.ytimg.com/vi/07jq-5VbBVQ/mqdefault.jpg"
    assert make_kit(assets=assets).picture(talk).endswith("/notas/covers/07jq-5VbBVQ.png")
    assert make_kit().picture(make_talk(recording=None)) == ""
    without = make_publication(newsletter=NewsletterSettings(thumbnails="none"))
    assert make_kit(without, assets).picture(talk) == ""


def test_facts_are_those_of_the_talks_recording() -> None:
    facts = Facts(duration_s=60.0)
    kit = replace(make_kit(), sidecars={"07jq-5VbBVQ": Sidecar("07jq-5VbBVQ", facts)})
    assert kit.facts(make_talk(recording=Recording("07jq-5VbBVQ"))) == facts
    assert kit.facts(make_talk(recording=Recording("00000000000"))) is None
    assert kit.facts(make_talk(recording=None)) is None


def test_the_files_of_a_talk_are_those_at_hand_and_those_missing() -> None:
    kit = make_kit(assets={"a.pdf": 1, "b.png": 1, "other.png": 1})
    talk = make_talk(slides="a.pdf")
    found = kit.files_of(talk, {"", "b.png", "talks/x/", "no.png"})
    assert found == ({"a.pdf", "b.png"}, {"no.png"})
    assert kit.files_of(make_talk(slides="no.pdf"), ()) == (set(), {"no.pdf"})
    assert kit.files_of(make_talk(slides="https://x.example/a.pdf"), ()) == (set(), set())


@pytest.mark.parametrize(
    ("speakers", "plain", "roles"),
    [
        ((), "", ""),
        ((Speaker("Ana"),), "Ana", "Ana"),
        ((Speaker("Ana", "CTO", "Acme"),), "Ana (Acme)", "Ana (CTO, Acme)"),
        (
            (Speaker("Ana", "CTO", "Acme"), Speaker("Illya", "", "Acme")),
            "Ana, Illya (Acme)",
            "Ana (CTO, Acme), Illya (Acme)",
        ),
        (
            (Speaker("Ana", "", "Acme"), Speaker("Bo"), Speaker("Cy", "", "Acme")),
            "Ana (Acme), Bo, Cy (Acme)",
            "Ana (Acme), Bo, Cy (Acme)",
        ),
    ],
)
def test_a_byline_says_an_organization_once(
    speakers: tuple[Speaker, ...], plain: str, roles: str
) -> None:
    assert byline(speakers) == plain
    assert byline(speakers, roles=True) == roles


def _own(source: str, name: str = "own.html") -> Kit:
    templates, catalogs = shipped()
    path = f"templates/{name}"
    return Kit(
        make_publication(title="A & B"),
        {**templates, name: Template(path, source, own=True)},
        catalogs,
    )


def test_a_publications_own_template_knows_what_ours_know() -> None:
    kit = _own(
        "{{ publication.title }} {{ words.talks(2) }} {{ _('Notes') }} "
        "{{ byline(talk.speakers) }} {{ slides_of(talk) }} {{ talk.notes | safe }}"
    )
    talk = make_talk(notes="<b>", speakers=(Speaker("<Ana>"),))
    assert kit.render("own.html", talk=talk) == ("A &amp; B 2 pláticas Notas &lt;Ana&gt; None <b>")
    # Text is for eyes too, but not for an HTML parser.
    assert _own("{{ publication.title }}", "own.txt").render("own.txt") == "A & B"


def test_what_a_template_gives_is_legal_with_line_ends_of_one_kind() -> None:
    assert _own("a\x01{{ x }}").render("own.html", x="\r\n\ud800\rb") == "a\ufffd\n\ufffd\nb"


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("\n\n{% if %}", 3, "Expected an expression"),
        ("{{ a", 1, "unexpected end of template"),
        ("\n{{ nothing }}", 2, "'nothing' is undefined"),
        ("\n\n{{ talk.nothing }}", 3, "has no attribute 'nothing'"),
        ("{{ 1 / 0 }}", 1, "division by zero"),
        ("{% include 'other.html' %}", 1, "other.html"),
        ("\n{% extends 'base.html' %}{% block content %}{{ x }}{% endblock %}", 2, "undefined"),
    ],
)
def test_a_mistake_in_an_own_template_is_named_with_its_line(
    source: str, line: int, message: str
) -> None:
    values = {"talk": make_talk(), "description": "", "path": "", "up": "", "icon": "", "latest": 0}
    with pytest.raises(ContentError) as caught:
        _own(source).render("own.html", **values)
    (problem,) = caught.value.problems
    assert (problem.path, problem.line) == ("templates/own.html", line)
    assert message in problem.message
    assert "template" in problem.remedy


@pytest.mark.parametrize(
    ("source", "line", "name"),
    [
        ("\n{% include 'other.html' %}", 2, "“other.html”"),
        ("{% extends 'other.html' %}", 1, "“other.html”"),
        ("\n\n{% from 'parts/other.html' import a %}", 3, "“parts/other.html”"),
        ("{% include ['a.html', 'b.html'] %}", 1, "“a.html” or “b.html”"),
    ],
)
def test_a_template_that_is_not_there_is_named(source: str, line: int, name: str) -> None:
    with pytest.raises(ContentError) as caught:
        _own(source).render("own.html")
    assert str(caught.value) == (
        f"templates/own.html:{line}: there is no template {name}"
        " (put it right into templates/, or correct its name)"
    )


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("\n{% include 'own.html' %}", 2),
        ("\n\n{% extends 'own.html' %}", 3),
        ("\n{% import 'own.html' as own %}", 2),
        ("{% macro a() %}\n{{ a() }}\n{% endmacro %}\n{{ a() }}", 2),
    ],
)
def test_a_template_that_leads_back_to_itself_is_named(source: str, line: int) -> None:
    with pytest.raises(ContentError) as caught:
        _own(source).render("own.html")
    assert str(caught.value) == (
        f"templates/own.html:{line}: leads back to itself without an end"
        " (take out the include, extends, import or macro call that closes the circle)"
    )


def test_an_exception_without_words_is_named_by_its_kind() -> None:
    def fails() -> None:
        raise RuntimeError

    with pytest.raises(ContentError, match=r"templates/own.html:2: RuntimeError"):
        _own("\n{{ fails() }}").render("own.html", fails=fails)


def test_a_mistake_of_ours_is_a_bug_and_keeps_its_traceback() -> None:
    templates, catalogs = shipped()
    for source, error in (("{{ x }}", jinja2.UndefinedError), ("{%", jinja2.TemplateSyntaxError)):
        broken = {**templates, "a.html": Template("feeds/templates/a.html", source)}
        with pytest.raises(error):
            Kit(make_publication(), broken, catalogs).render("a.html")
    with pytest.raises(jinja2.TemplateNotFound):
        make_kit().render("no.html")
