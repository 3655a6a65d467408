"""What is found out when a template is compiled is what it would have printed."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from feeds.errors import ContentError
from feeds.model import Author
from feeds.render.folding import FoldingEnvironment, escaped
from feeds.render.kit import Kit, Template
from tests.support import make_kit, make_publication, shipped

PO = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Talk & <b>%(name)s</b>"
msgstr "Plática & <b>%(name)s</b>"

msgid "Notes"
msgstr "Notas & <i>más</i>"

msgid "100%% sure"
msgstr "100%% seguro"
"""


def own(**sources: str) -> Kit:
    """A kit with templates of the publication's; ``macros_html`` is macros.html."""
    named = {name.replace("_html", ".html").replace("_txt", ".txt"): text
             for name, text in sources.items()}  # fmt: skip
    given = {name: Template(f"templates/{name}", text, own=True) for name, text in named.items()}
    return Kit(make_publication(title="A & B"), {**shipped()[0], **given}, {"es": PO})


@pytest.mark.parametrize(
    ("source", "html", "text"),
    [
        ("{{ _('Notes') }}", "Notas & <i>más</i>", "Notas & <i>más</i>"),
        ("{{ gettext('Notes') }}|", "Notas & <i>más</i>|", "Notas & <i>más</i>|"),
        ("{{ _('Talk & <b>%(name)s</b>', name=x) }}", "Plática & <b>&lt;x&gt;</b>",
         "Plática & <b><x></b>"),
        ("{{ _('100%% sure') }}", "100% seguro", "100% seguro"),
        ("{{ _('%(a)s of %(b)s', a=x, b=1) }}", "&lt;x&gt; of 1", "<x> of 1"),
        ("{{ _('%(a)s, %(a)s', a=x) }}", "&lt;x&gt;, &lt;x&gt;", "<x>, <x>"),
        ("{{ _('%(a)s%% of', a=2) }}{{ _('%(a)5s|%(a)d', a=2) }}", "2% of    2|2", "2% of    2|2"),
        ("{{ _('%(a)s', a=1, b=2) }}{{ _('%(a)s', a=x) | upper }}", "1&LT;X&GT;", "1<X>"),
        ("{{ 'a %(a)s' % {'a': x} }}{{ 'by %(a)s' % y }}", "a &lt;x&gt;by &lt;x&gt;",
         "a <x>by <x>"),
        ("{{ _('%(a)s', a='<b>' | safe) }}", "<b>", "<b>"),
        ("{{ x | safe }}{{ x | safe | upper }}{{ 1 | safe }}", "<x><X>1", "<x><X>1"),
        ("{% set a = x | safe %}{{ a }}{{ a ~ x }}", "<x><x>&lt;x&gt;", "<x><x><x>"),
        ("{{ [x | safe, x] | join }}", "<x>&lt;x&gt;", "<x><x>"),
        ("{% block a %}{{ x }}{% block b %}{{ mark }}{% endblock %}{% endblock %}|",
         "&lt;x&gt;<i>|", "<x><i>|"),
        ("{% for x in 'ab' %}{{ x }}{% if loop.last %}!{% endif %}{% endfor %}", "ab!", "ab!"),
        ("{{ _('Nobody says this') }}", "Nobody says this", "Nobody says this"),
        ("{{ _('Not' ~ 'es') }}{{ _(x) }}", "Notas & <i>más</i><x>", "Notas & <i>más</i><x>"),
        ("{{ _('Notes') | length }}", "18", "18"),
        ("{{ _('Notes') | upper }}", "NOTAS & <I>MÁS</I>", "NOTAS & <I>MÁS</I>"),
        ("{% set a = _('Notes') %}{{ a }}", "Notas & <i>más</i>", "Notas & <i>más</i>"),
        ("{{ x }}{{ 'a' ~ x }}", "&lt;x&gt;a&lt;x&gt;", "<x>a<x>"),
        ("{{ publication.title }}{{ publication.title | upper }}", "A &amp; BA &amp; B",
         "A & BA & B"),
        ("{{ publication.author.name }}", "Ana Pérez", "Ana Pérez"),
        ("{% set publication = {'title': '<p>'} %}{{ publication.title }}", "&lt;p&gt;", "<p>"),
        ("{% set _ = 'a'.upper %}{{ _() }}", "A", "A"),
        ("{% for _ in 'ab' %}{{ _ }}{% endfor %}", "ab", "ab"),
        ("{% macro m(publication) %}{{ publication.title }}{% endmacro %}{{ m({'title': 1}) }}",
         "1", "1"),
        ("{% autoescape false %}{{ _('Notes') }}{{ x }}{% endautoescape %}",
         "Notas & <i>más</i><x>", "Notas & <i>más</i><x>"),
        ("{% set b %}{{ x }}{% endset %}{{ b }}", "&lt;x&gt;", "<x>"),
        ("{% filter upper %}{{ x }}{% endfilter %}", "&LT;X&GT;", "<X>"),
    ],
)  # fmt: skip
def test_a_template_prints_what_it_said_before(source: str, html: str, text: str) -> None:
    kit = own(a_html=source, a_txt=source)
    values = {"x": "<x>", "y": {"a": "<x>"}, "mark": Markup("<i>")}
    assert kit.render("a.html", **values) == html
    assert kit.render("a.txt", **values) == text


def test_a_message_with_a_stray_sign_is_a_mistake_where_it_is_printed() -> None:
    kit = own(a_html="\n\n{% if x %}{{ _('100%') }}{% endif %}")
    assert kit.render("a.html", x=False) == "\n\n"
    with pytest.raises(ContentError, match=r"templates/a.html:3: "):
        kit.render("a.html", x=True)


def test_a_name_that_nobody_gives_to_a_message_is_a_mistake_where_it_is_printed() -> None:
    kit = own(a_html="\n{% if x %}{{ _('%(a)s', b=1) }}{% endif %}")
    assert kit.render("a.html", x=False) == "\n"
    with pytest.raises(ContentError, match=r"templates/a.html:2: 'a'"):
        kit.render("a.html", x=True)


def test_a_variable_that_a_message_lacks_is_a_mistake_where_it_is_printed() -> None:
    with pytest.raises(ContentError, match=r"templates/a.html:2: 'y' is undefined"):
        own(a_html="\n{{ _('Talk & <b>%(name)s</b>', name=y) }}").render("a.html")


def test_another_language_and_another_publication_have_templates_of_their_own() -> None:
    kit = own(a_html="{{ _('Notes') }} {{ publication.title }}")
    assert kit.render("a.html") == "Notas & <i>más</i> A &amp; B"
    english = replace(kit, publication=make_publication(title="C", language="en"))
    assert english.render("a.html") == "Notes C"


@pytest.mark.parametrize(
    ("macros", "shown"),
    [
        ("{% macro m() %}{{ x }}{% endmacro %}", "1 2"),  # reads its caller's names
        ("{% set n = namespace(i=x) %}{% macro m() %}{{ n.i }}{% endmacro %}", "1 2"),
        ("{% set n = [] %}{% macro m() %}{{ n.append(1) or n }}{% endmacro %}", "[1] [1]"),
        ("{% macro m() %}{{ publication.title }}{% endmacro %}", "A &amp; B A &amp; B"),
        ("{% include 'x.html' %}{% macro m() %}{{ x }}{% endmacro %}", "1 2"),
    ],
)  # fmt: skip
def test_macros_that_need_their_caller_still_have_it(macros: str, shown: str) -> None:
    kit = own(a_html="{% import 'm.html' as m with context %}{{ m.m() }}", m_html=macros, x_html="")
    assert " ".join(kit.render("a.html", x=number) for number in (1, 2)) == shown


def test_a_name_that_every_template_knows_may_mean_another_thing_in_one() -> None:
    source = "{% set words = x %}{% import 'm.html' as m with context %}{{ m.m() }}"
    kit = own(a_html=source, m_html="{% macro m() %}{{ words }}{% endmacro %}")
    assert kit.render("a.html", x=1) == "1"


@given(st.text() | st.integers() | st.none() | st.text().map(Markup))
def test_what_is_printed_is_escaped_as_it_was(value: object) -> None:
    assert str(escaped(value)) == str(escape(value))


def test_shipped_macros_are_made_once() -> None:
    kit = make_kit()
    first = kit.environment.get_template("macros.html").module
    assert kit.environment.modules("macros.html")
    assert kit.environment.get_template("macros.html").module is first


def code_of(kit: Kit, template: str = "a.html") -> object:
    """What runs when a template is rendered."""
    return kit.environment.get_template(template).root_render_func.__code__


def test_what_was_compiled_serves_whoever_would_get_the_same() -> None:
    kit = own(a_html="{{ _('Notes') }} {{ publication.title }}, once for all")
    other = replace(kit, publication=replace(kit.publication, subtitle="not printed here"))
    assert other.environment is not kit.environment
    assert code_of(other) is code_of(kit)


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"title": "C"}, "Notas & <i>más</i> C Ana Pérez"),
        ({"author": Author("Bea")}, "Notas & <i>más</i> A &amp; B Bea"),
        ({"language": "en"}, "Notes A &amp; B Ana Pérez"),
        ({"author": None}, ""),
    ],
)
def test_what_was_compiled_for_one_is_not_printed_for_another(
    changes: dict[str, Any], shown: str
) -> None:
    kit = own(a_html="{{ _('Notes') }} {{ publication.title }} {{ publication.author.name }}")
    for _ in range(2):
        assert kit.render("a.html") == "Notas & <i>más</i> A &amp; B Ana Pérez"
        other = replace(kit, publication=replace(kit.publication, **changes))
        if shown:
            assert other.render("a.html") == shown
        else:
            with pytest.raises(ContentError, match="'name'"):
                other.render("a.html")


def test_macros_that_come_to_need_their_caller_have_it() -> None:
    source = "{% import 'm.html' as m with context %}{{ m.m() }}, whoever m is"
    for _ in range(2):
        for macro, shown in (("{{ 1 }}", "1"), ("{{ x }}", "2")):
            kit = own(a_html=source, m_html="{% macro m() %}" + macro + "{% endmacro %}")
            assert kit.render("a.html", x=2) == f"{shown}, whoever m is"


def test_the_same_text_elsewhere_is_a_mistake_elsewhere() -> None:
    kit = own(a_html="\n{{ nobody }} knows")
    moved = replace(kit.templates["a.html"], path="templates/b.html")
    other = replace(kit, templates={**kit.templates, "a.html": moved})
    for _ in range(2):
        with pytest.raises(ContentError, match=r"templates/a.html:2: "):
            kit.render("a.html")
        with pytest.raises(ContentError, match=r"templates/b.html:2: "):
            other.render("a.html")


def test_more_publications_than_are_remembered_and_more_templates() -> None:
    for number in [*range(40), 0]:
        kit = own(a_html="{{ publication.title }} of many")
        kit = replace(kit, publication=make_publication(title=f"T{number}"))
        assert kit.render("a.html") == f"T{number} of many"
    for number in [*range(300), 0]:
        own(a_html=f"{number} of many").render("a.html")
    assert len(FoldingEnvironment.compiled) <= 256
