"""Markdown → safe HTML with absolute URLs → plain text → excerpt."""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from feeds.render.markdown import Body, body_of, to_html
from feeds.render.plaintext import _beginning, _excerpt, _Text, excerpt, to_text
from feeds.text import forbidden_in_xml, one_line
from tests.examples import examples
from tests.support import make_talk

BASE = "https://talks.example/notas/"
PAGE = BASE + "talks/t/"
_ALLOWED_ATTRIBUTES = re.compile(
    "class|lang|dir|title|href|id|src|alt|width|height|start|colspan|rowspan|style|loading|"
    "referrerpolicy"
)
_ALLOWED_TAGS = re.compile(
    "a|abbr|b|blockquote|br|caption|cite|code|dd|del|dfn|div|dl|dt|em|h[2-6]|hr|i|img|ins|kbd|li|"
    "mark|ol|p|pre|q|s|samp|small|span|strong|sub|sup|table|tbody|td|tfoot|th|thead|tr|u|ul|var"
)


def rendered(markdown: str, top: int = 2) -> str:
    return to_html(markdown, BASE, PAGE, "t-", set(), top=top)


def text_of(markdown: str, *, links: bool = True) -> str:
    return to_text(rendered(markdown), links=links)


def referred(markdown: str) -> set[str]:
    found: set[str] = set()
    to_html(markdown, BASE, PAGE, "t-", found)
    return found


def check_safe(html: str) -> None:
    """Nothing but the allowed elements and attributes, and every URL absolute and harmless."""
    assert not forbidden_in_xml(html)
    tree = lxml_html.fragment_fromstring(html, create_parent="main")
    for element in tree.iterdescendants():
        assert _ALLOWED_TAGS.fullmatch(str(element.tag)), element.tag
        assert all(map(_ALLOWED_ATTRIBUTES.fullmatch, element.attrib)), element.attrib
        for name in ("href", "src"):
            url = element.get(name)
            if url is not None:
                assert urlsplit(url.strip()).scheme in {"http", "https", "mailto"}, url
        if style := element.get("style"):
            assert re.fullmatch(r"(?:text-align:\w+;?)?", style), style


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("*a* **b** `c`", "<p><em>a</em> <strong>b</strong> <code>c</code></p>"),
        ("a  \nb", "<p>a<br>\nb</p>"),
        ("> q", "<blockquote>\n<p>q</p>\n</blockquote>"),
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("7) a", '<ol start="7">\n<li>a</li>\n</ol>'),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("---", "<hr>"),
        ("```sh\na < b\n```", "<pre><code>a &lt; b\n</code></pre>"),
        ("    code", "<pre><code>code</code></pre>"),
        ("~~gone~~ ~too~", "<p><del>gone</del> <del>too</del></p>"),
        (
            "|a|b|\n|:-|-:|\n|1|2|",
            (
                '<table><thead><tr><th style="text-align:left">a</th>'
                '<th style="text-align:right">b</th></tr></thead><tbody>\n'
                '<tr><td style="text-align:left">1</td><td style="text-align:right">2</td></tr>\n'
                "</tbody></table>"
            ),
        ),
        ("“comillas” — rayas…", "<p>“comillas” — rayas…</p>"),
        ('"not curled" -- ...', '<p>"not curled" -- ...</p>'),
        ("<kbd>Ctrl</kbd> H<sub>2</sub>O", "<p><kbd>Ctrl</kbd> H<sub>2</sub>O</p>"),
        ("a &amp; b < c", "<p>a &amp; b &lt; c</p>"),
        ("", ""),
        ("  \n\n", ""),
    ],
)
def test_commonmark_with_tables_and_strikethrough(markdown: str, html: str) -> None:
    assert rendered(markdown) == html


@pytest.mark.parametrize("label", ["1", "nota", "ñandú", "a.b-c", "dos palabras"])
def test_footnotes_reach_their_definition_and_the_page(label: str) -> None:
    tree = lxml_html.fragment_fromstring(
        rendered(f"uno[^{label}] y otra vez[^{label}]\n\n[^{label}]: La nota."), create_parent=True
    )
    links = tree.xpath("//sup[@class='footnote-reference']/a")
    (definition,) = tree.xpath("//div[@class='footnote-definition']")
    assert [link.text for link in links] == ["1", "1"]
    for link in links:
        page, _, fragment = link.get("href").partition("#")
        assert page == PAGE
        assert re.fullmatch(r"[!-~]+", fragment), "a URL has no blank and only ASCII"
        assert unquote(fragment) == definition.get("id")
    assert "La nota." in definition.text_content()


def test_footnotes_of_talks_and_of_notes_and_abstract_stay_apart() -> None:
    text = "x[^1]\n\n[^1]: y"
    ids = []
    for number in (1, 2):
        body = body_of(make_talk(number, notes=text, abstract=text), BASE)
        for html in (body.notes_html, body.abstract_html):
            (identifier,) = re.findall(r'id="([^"]*)"', html)
            (target,) = re.findall(r'href="([^"]*)"', html)
            assert target == f"{BASE}talks/talk-{number}/#{identifier}"
            ids.append(identifier)
    assert len(set(ids)) == 4


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("<script>alert(1)</script>x", "x"),
        ("a<script\nx=y>alert(1)</script >b", "<p>ab</p>"),
        ("<SCRIPT SRC=//evil.example/x.js></SCRIPT>x", "x"),
        ("<scr<script>ipt>alert(1)</scr</script>ipt>", None),
        ("<p onclick=x onmouseover='y'>z</p>", "<p>z</p>"),
        ("<b onload\n='x'>z</b>", "<p><b>z</b></p>"),
        ("[a](javascript:alert(1))", "<p><a>a</a></p>"),
        ("[a](JaVaScRiPt:alert(1))", "<p><a>a</a></p>"),
        ("[a](<java\tscript:alert(1)>)", None),
        ("[a](&#106;avascript:alert(1))", "<p><a>a</a></p>"),
        ("[a](vbscript:x) [b](data:text/html,x)", "<p><a>a</a> <a>b</a></p>"),
        ("<javascript:alert(1)>", "<p><a>javascript:alert(1)</a></p>"),
        ('<a href="jav&#x09;ascript:alert(1)">x</a>', "<p><a>x</a></p>"),
        ("<a href='&#x01;javascript:alert(1)'>x</a>", "<p><a>x</a></p>"),
        ("<a href=' javascript&colon;alert(1)'>x</a>", "<p><a>x</a></p>"),
        ("[x]: javascript:y\n\n[x]", "<p><a>x</a></p>"),
        ("<svg><script>alert(1)</script><a xlink:href='javascript:x'/></svg>y", None),
        ("<math><mtext><style><img src=x onerror=alert(1)></style></math>", None),
        ("<style>p{display:none}</style>x", "x"),
        ("<p style='background:url(//evil.example)'>x</p>", "<p>x</p>"),
        (
            "<table><tr><td style='text-align:center;background:url(//e)'>x</td></tr></table>",
            '<table><tbody><tr><td style="text-align:center">x</td></tr></tbody></table>',
        ),
        ("<iframe src=//evil.example></iframe>x", "x"),
        ("<object data=x></object><embed src=x>x", "<p>x</p>"),
        ("<form action=x><input name=y><button formaction=z>w</button></form>", "w"),
        ("<meta http-equiv=refresh content='0;url=//evil.example'>x", "<p>x</p>"),
        ("<link rel=stylesheet href=//evil.example>x", "x"),
        ("<base href='//evil.example'>x", "x"),
        ("a <!-- b --> c", "<p>a  c</p>"),
        ("<!--><img src=x onerror=alert(1)>-->", None),
        ("<noscript><p title='</noscript><img src=x onerror=alert(1)>'>", None),
        ("<textarea><script>alert(1)</script></textarea>", None),
        ("<template><script>alert(1)</script></template>x", None),
        ("<video src=x poster=y onerror=z></video>x", "<p>x</p>"),
        ("<a href=https://ok.example target=_blank rel=opener ping=//evil.example>x</a>", None),
        ("<img src=https://ok.example/x srcset='//evil.example 1x'>", None),
        ("<p lang='\"><script>alert(1)</script>'>x</p>", None),
        ("<div class='site footer' id=content>x</div>", '<div class="" id="t-content">x</div>'),
        ("![<script>](x.png)", None),
        ('[a](https://ok.example/ "<script>\\"onclick=x")', None),
        ("`<script>`", "<p><code>&lt;script&gt;</code></p>"),
        ("<details open ontoggle=x><summary>a</summary>b</details>", "ab"),
    ],
)
def test_no_markup_that_acts_survives(markdown: str, html: str | None) -> None:
    found = rendered(markdown)
    check_safe(found)
    if html is not None:
        assert found == html
    assert "evil.example" not in re.sub(r"&lt;.*?&gt;|alt=\"[^\"]*\"", "", found)


_PIECES = st.sampled_from(
    [
        "<script>", "</script>", "<img src=x ", "onerror=alert(1)", ">", "<", '"', "'", "`", "](",
        "[", "javascript:", "data:", "<!--", "-->", "<![CDATA[", "]]>", "<svg ", "<math>",
        "<style>", "</style>",
        "<a href=", "&#106;", "&colon;", "\n", "\n\n", "    ", "> ", "- ", "|", "|-|\n",
        "[^1]", "[^1]: ", "~~", "**", "<b>", "</p>", "<table>", "<td ", "style=", "text-align:",
        "&#0;", "&#x1F;", "&#xFFFE;", "\x00", "\x0b", "\ufffe", "\ud800", "<h1 ", "</h1>", "# ",
        "<div id=", "//e.example", "#x", "?y", "..", "/", "\\", "a", "ñ", "<plaintext>", "<title>",
    ]
)  # fmt: skip


@given(st.lists(_PIECES | st.text(st.characters(), max_size=5), max_size=40).map("".join))
def test_nothing_a_person_can_type_gets_through(markdown: str) -> None:
    for _ in range(2):
        check_safe(rendered(markdown))
        markdown = rendered(markdown)  # its own output is as harmless


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("a.pdf", BASE + "a.pdf"),
        ("./b/../a.pdf", BASE + "a.pdf"),
        ("../a.pdf", "https://talks.example/a.pdf"),
        ("/a.pdf", BASE + "a.pdf"),
        ("//cdn.example/a.pdf", "https://cdn.example/a.pdf"),
        ("#parte", PAGE + "#t-parte"),
        ("?q=1", BASE + "?q=1"),
        ("talks/otra/", BASE + "talks/otra/"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("https://x.example/ñ?a=b&c=d#e", "https://x.example/%C3%B1?a=b&c=d#e"),
        ("http://x.example", "http://x.example"),
        ("<año uno.pdf>", BASE + "a%C3%B1o%20uno.pdf"),
        ("", BASE),
        ("tel:+525512345678", None),
        ("http://[bad", None),
    ],
)
def test_every_url_is_absolute(reference: str, url: str | None) -> None:
    for markdown, name in ((f"[x]({reference})", "href"), (f"![x]({reference})", "src")):
        (element,) = lxml_html.fragment_fromstring(rendered(markdown), create_parent=True).xpath(
            ".//a | .//img"
        )
        assert element.get(name) == url


def test_images_keep_their_words_and_ask_for_nothing_before_they_are_seen() -> None:
    assert rendered('![Un "pod"](p.png "Título")') == (
        '<p><img loading="lazy" referrerpolicy="no-referrer" src="https://talks.example/notas/p.png"'
        ' alt="Un &quot;pod&quot;" title="Título"></p>'
    )


@pytest.mark.parametrize(
    ("markdown", "paths"),
    [
        ("[x](a.pdf) ![y](img/b.png)", {"a.pdf", "img/b.png"}),
        ("![y](<img/foto uno ñ.png>)", {"img/foto uno ñ.png"}),
        ("[x](a%20b.pdf)", {"a b.pdf"}),
        ("[x](a.pdf#page=2) [y](b.pdf?v=1)", {"a.pdf", "b.pdf"}),
        ("[x](/raiz.pdf)", {"raiz.pdf"}),
        ("[x](../up.pdf) [y](https://x.example/a.pdf) [z](//y.example/b) [m](mailto:a@b.c)", set()),
        ("[x](#a)", set()),
        ("[x](?q=1)", {""}),
        ("[x](talks/otra/)", {"talks/otra/"}),
    ],
)
def test_the_files_that_a_text_shows_are_named(markdown: str, paths: set[str]) -> None:
    assert referred(markdown) == paths


def test_a_body_has_the_files_of_both_texts() -> None:
    talk = make_talk(notes="![a](a.png)", abstract="[b](b.pdf)")
    assert body_of(talk, BASE).references == {"a.png", "b.pdf"}
    assert body_of(make_talk(notes="", abstract=""), BASE) == Body("", "")


@pytest.mark.parametrize(
    ("markdown", "top", "levels"),
    [
        ("# a\n## b\n### c\n## d\n# e", 2, "23432"),
        ("# a\n## b", 3, "34"),
        ("#### a\n##### b\n#### c", 2, "232"),
        ("# a\n###### b\n## c", 2, "233"),
        ("### a\n# b\n## c", 2, "223"),
        ("# a\n## b\n### c\n#### d\n##### e\n###### f", 2, "234566"),
        ("a\n===\nb\n---", 2, "23"),
        ("<h1>a</h1>\n\n<h3 title='<h1>'>b</h3>", 2, "23"),
        ("<h1><div><h4>a</h4></div></h1>", 2, "23"),
        ("```\n<h1>\n```", 2, ""),
    ],
)
def test_headings_stand_below_the_page_in_steps_of_one(
    markdown: str, top: int, levels: str
) -> None:
    html = rendered(markdown, top)
    assert "".join(re.findall(r"<h([1-6])", html)) == levels
    assert sorted(re.findall(r"<h([1-6])", html)) == sorted(re.findall(r"</h([1-6])", html))
    check_safe(html)


def test_notes_are_a_pages_second_level_and_the_abstract_its_third() -> None:
    body = body_of(make_talk(notes="### a", abstract="### a"), BASE)
    assert (body.notes_html, body.abstract_html) == ("<h2>a</h2>", "<h3>a</h3>")


@pytest.mark.parametrize(
    "markdown",
    ["a &#1; b", "&#xFFFF;", "&#xD800;", "&#0;", "[x](a\x02b)", "`\x01`", "\ud83d", "a\x00b"],
)
def test_no_character_that_xml_forbids(markdown: str) -> None:
    html = rendered(markdown)
    assert not forbidden_in_xml(html)
    assert "\ufffd" in unquote(html)


@pytest.mark.slow
def test_every_process_writes_the_same_bytes() -> None:
    """nh3 puts the attributes that it adds itself in an order of their own (a Rust HashMap)."""
    program = (
        "from feeds.render.markdown import to_html\n"
        "text = '![a](b \"c\")<img width=1 height=2 src=d>[^1]\\n\\n[^1]: e\\n\\n|a|\\n|:-|\\n'\n"
        "print([to_html(text, 'https://e.example/', 'https://e.example/t/', 't-', set())\n"
        "       for _ in range(50)])"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in range(3)
    }
    assert len(found) == 1
    assert len(set(found.pop().decode().split("', '"))) <= 3


N = 100_000
_DEEP = {
    "quotes": ">" * N + "a",
    "spaced quotes": "> " * N + "a",
    "bullets": "- " * N + "a",
    "numbers": "1. " * (N // 5) + "a",
    "quotes and bullets": "> - " * (N // 4) + "a",
    "stars": "*" * N + "a",
    "pairs of stars": "*a **b " * (N // 2),
    "brackets": "[" * N + "a",
    "links": "[a](" * N,
    "images": "![" * N,
    "ticks": "`a ``b " * (N // 2),
    "tildes": "~~" * N + "a",
    "pipes": "|" * N + "\n" + "|-" * N + "\n",
    "footnotes": "[^1]: " * (N // 5),
    "references": "[a]: x\n" * (N // 5) + "[a]" * (N // 5),
    "div": "<div>" * N + "a",
    "div with a title": "<div title='<'>" * (N // 2) + "a",
    "bold": "<b>" * N + "a",
    "open tags": "<div " * N + "\n\na",
    "heading and div": "<h1><div>" * (N // 2) + "a",
    "table": "<table><tr><td>" * (N // 5) + "a",
    "bold and paragraph": "<b><p>" * (N // 2) + "a",
    "entities": "&amp;" * N,
    "blanks": "```\n" + " " * (2 * N) + "x\n```",
    "line ends": "a\n\n" * (N // 5),
}


@pytest.mark.slow
@pytest.mark.parametrize("markdown", _DEEP.values(), ids=_DEEP.keys())
def test_deep_nesting_neither_crashes_nor_takes_for_ever(markdown: str) -> None:
    start = time.process_time()
    html = rendered(markdown)
    assert html
    assert not forbidden_in_xml(html)
    assert len(excerpt(html)) <= 320
    # Far from what these take (a second and less), and far from what the square of them would.
    assert time.process_time() - start < 20


def test_text_below_the_deepest_level_is_kept() -> None:
    deep = rendered(">" * 2_000 + "palabra **fuerte** y más")
    assert to_text(deep) == "palabra fuerte y más"
    assert deep.count("<blockquote>") == deep.count("</blockquote>")
    assert 100 < deep.count("<blockquote>") <= 500
    shallow = rendered("- a\n\n" * 1_000)
    assert shallow.count("<li>") == 1_000


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("uno\ndos", "uno dos"),
        ("uno\n\ndos", "uno\n\ndos"),
        ("uno  \ndos", "uno\ndos"),
        ("uno<br><br>dos", "uno\n\ndos"),
        ("# T\ntexto", "T\n\ntexto"),
        ("> cita\n> más\n\nfin", "cita más\n\nfin"),
        ("a\n\n---\n\nb", "a\n\nb"),
        ("a **b** _c_ ~~d~~ `e  f`", "a b c d e f"),
        ("**a**\n**b**", "a b"),
        ("a <b> b </b> c", "a b c"),
        ("a&nbsp;b &lt;c&gt;", "a\xa0b <c>"),
        ("- a\n- b", "- a\n- b"),
        ("- a\n  b", "- a b"),
        ("- a\n\n  b\n\n- c", "- a\n\n  b\n\n- c"),
        ("- a\n  - b\n  - c\n    1. d\n    2. e\n- f", "- a\n  - b\n  - c\n    1. d\n    2. e\n- f"),  # noqa: E501
        ("antes\n\n- a\n\ndespués", "antes\n\n- a\n\ndespués"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("0. a\n1. b", "0. a\n1. b"),
        ("1. - a\n   - b\n2. c", "1.\n  - a\n  - b\n2. c"),
        ("- \n- a", "-\n- a"),
        ("- a\n-", "- a\n-"),
        ("- > a\n- b", "- a\n\n- b"),
        ("- ```\n  a\n    b\n  ```\n- c", "- a\n    b\n\n- c"),
        ("- <br>a", "- a"),
        ("<ol start=-1><li>a<li>b</ol>", "-1. a\n0. b"),
        (f"<ol start={'9' * 5000}><li>a</ol>", "1. a"),
        ("<ol start=²><li>a</ol>", "1. a"),
        ("<li>sola", "- sola"),
        ("|a|b|\n|-|-|\n|1|2|\n|3||", "a | b\n1 | 2\n3 |"),
        ("- x\n\n  |a|b|\n  |-|-|\n  |1|2|", "- x\n\n  a | b\n  1 | 2"),
        ("```\na\n   b\n\n\nc  \n```\nd", "a\n   b\n\n\nc\n\nd"),
        ("    sangrado\n\nb", "sangrado\n\nb"),
        ("```\n  dos\nuno\n```", "  dos\nuno"),
        ("<pre>a<br>b<div>c</div><pre>d</pre></pre>e", "a\nb\nc\n\nd\n\ne"),
        ("```\na\t \nb\n```", "a\nb"),
        ("<pre>[<a href='https://x.example/'>a</a>]</pre>", "[a <https://x.example/>]"),
        ("[t](https://x.example/)", "t <https://x.example/>"),
        ("[ t ](https://x.example/).", "t <https://x.example/>."),
        ("[a](https://x.example/)[b](https://y.example/)", "a <https://x.example/>b <https://y.example/>"),
        ("- [t](https://x.example/) u", "- t <https://x.example/> u"),
        ("- <https://x.example/>", "- https://x.example/"),
        ("<https://x.example/ñ>", "https://x.example/ñ"),
        ("<a@b.example>", "a@b.example"),
        ("[m](mailto:a@b.example)", "m <mailto:a@b.example>"),
        ("[](https://x.example/)", "<https://x.example/>"),
        ("[x](javascript:y)", "x"),
        ("![alt](x.png)", "alt"),
        ("![](x.png)", ""),
        ("[![alt](x.png)](https://x.example/)", "alt <https://x.example/>"),
        ("x[^1] y.\n\n[^1]: La **nota**.", "x[1] y.\n\n[1] La nota."),
        ("<dl><dt>t<dd>d</dl>", "t\nd"),
        ("<table><caption>c</caption><tr><td>a</table>", "c\na"),
        ("", ""),
    ],
)  # fmt: skip
def test_plain_text(markdown: str, text: str) -> None:
    assert text_of(markdown) == text


@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "a",
                "b",
                " ",
                "  ",
                "\n",
                "\t",
                "&amp;",
                "&lt;",
                "&#10;",
                "&nbsp;",
                "\xa0",
                "\x0b",
                "\u2003",
                "<em>",
                "</em>",
                "<br>",
                "&",
                "\r",
            ]
        ),
        max_size=8,
    ).map("".join)
)
@settings(max_examples=examples(500))
def test_a_paragraph_is_read_like_any_other_text(within: str) -> None:
    for html in (f"<p>{within}</p>", within):
        whole = _Text(links=True, marks=True)
        whole.feed(html)
        assert to_text(html) == whole.text()


def test_plain_text_without_links() -> None:
    assert text_of("[t](https://x.example/) <https://y.example/>", links=False) == (
        "t https://y.example/"
    )


def test_plain_text_copes_with_cut_html() -> None:
    """``to_text`` is public: markup that is not well-formed is read as far as it goes."""
    assert to_text("</ul></a></tr></pre></li><td>a</td><sup>b</sup><li>c") == "ab\n- c"


_WORD = st.text("abcñÁ¿¡0", min_size=1, max_size=12)
_PARAGRAPHS = st.lists(
    st.lists(_WORD, min_size=1, max_size=20).map(" ".join), min_size=1, max_size=6
)


@given(_PARAGRAPHS)
def test_every_word_survives_in_its_order(paragraphs: list[str]) -> None:
    assert text_of("\n\n".join(paragraphs)) == "\n\n".join(paragraphs)
    assert text_of("\n".join(f"* {words}" for words in paragraphs)) == "\n".join(
        f"- {words}" for words in paragraphs
    )


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("Uno es corto. Dos. Tres igual. Cuatro no.", "Uno es corto. Dos. Tres igual."),
        ("¿Qué es? ¡Un pod! Claro. No.", "¿Qué es? ¡Un pod! Claro."),
        ("Bien… «Así», dijo. 2017 fue bueno. Y más.", "Bien… «Así», dijo. 2017 fue bueno."),
        ("El Dr. Paz y la Sra. Paz. Ambos. Aquí. No.", "El Dr. Paz y la Sra. Paz. Ambos. Aquí."),
        ("Por J. R. R. Tolkien. Fin. Otro. No.", "Por J. R. R. Tolkien. Fin. Otro."),
        ("Usa etcd, p. ej. Kubernetes. Dos. Tres. No.", "Usa etcd, p. ej. Kubernetes. Dos. Tres."),
        ("Fueron 5. Luego 6. Luego 7. Luego 8.", "Fueron 5. Luego 6. Luego 7."),
        ("K8s 1.8 de k8s.io salió. kubectl no. Dos. Tres.", "K8s 1.8 de k8s.io salió. kubectl no. Dos. Tres."),  # noqa: E501
        ("Dijo «Hola.» Luego (nada.) Después. No.", "Dijo «Hola.» Luego (nada.) Después."),
        ("Sin punto final", "Sin punto final"),
        ("* Uno.\n* Dos.\n\n1. Tres.\n2. No.", "Uno. Dos. Tres."),
        ("- Uno.\n\n- Dos.\n\n  Tres.\n\n- No.", "Uno. Dos. Tres."),
        ("2017\\. Un año. Dos. Tres.", "2017. Un año. Dos."),
        ("Con [liga](https://x.example/) y `código`.", "Con liga y código."),
        ("Con nota[^1]. Y otra[^1]. Fin.\n\n[^1]: Nota <br> ![x](y).", "Con nota. Y otra. Fin."),
        ("|a|b|\n|-|-|\n|1|2|", "a b 1 2"),
        ("", ""),
    ],
)  # fmt: skip
def test_an_excerpt_is_two_or_three_sentences(markdown: str, found: str) -> None:
    assert excerpt(rendered(markdown)) == found


def test_an_excerpt_is_cut_with_an_ellipsis_where_a_sentence_is_too_long() -> None:
    long = "palabra " * 60
    assert excerpt(rendered(long), limit=50) == "palabra palabra palabra palabra palabra palabra…"
    assert excerpt(rendered(f"Corta. {long}"), limit=50).startswith("Corta. palabra")
    first = "Una frase que pasa de la mitad de lo que cabe."
    assert excerpt(rendered(f"{first} P{long}"), limit=80) == first
    assert excerpt(rendered("x" * 1_000), limit=50) == "x" * 49 + "…"


def test_an_excerpt_is_never_cut_unseen() -> None:
    """Text that shrinks when it is made one line must not end in half a word."""
    html = f"<pre>Hola.{' ' * 5_000}Palabra entera.</pre>"
    assert excerpt(html, limit=100) == "Hola. Palabra entera."


@given(
    st.lists(st.text('aB ñ.!?…¿¡«»"()-5\n', max_size=30), max_size=20).map("".join),
    st.integers(1, 5),
    st.integers(20, 400),
)
def test_an_excerpt_is_a_prefix_of_the_authors_words(text: str, sentences: int, limit: int) -> None:
    found = excerpt(f"<p>{text}</p>", sentences, limit)
    assert len(found) <= limit
    line = one_line(text)
    if found != line:
        assert line.startswith((found, found.removesuffix("…")))
    assert bool(found) == bool(line)


class _Oracle(HTMLParser):
    """The library's reader of HTML, before the same way of telling it."""

    def __init__(self, told: _Text) -> None:
        super().__init__()
        self.told = told
        self.handle_endtag, self.handle_data = told._end, told._data  # type: ignore[method-assign]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.told._start(tag, {name: value or "" for name, value in attrs})


_MARKUP: list[str] = [
    "a", " ", "\n", "\n\n", "é. B", "&amp;", "&lt;b>", "&nbsp;", "&#62;", "<", ">", '"', "'", "`",
    '<a title="a>b&quot;c" href="https://x.example/?a=1&b=2">', "<a href=/x>", "</a>", "<br/>",
    "<IMG ALT='x > y' src=a.png>", "![a \"b\" < c](d.png)", "[a](/b)", "- ", "1. ", "> ", "    ",
    "```\n", "<pre>", "</pre>", "<p lang=es>", "<td>", "<!-- c -->", "<![CDATA[x]]>", "<?x?>",
    "|a|b|\n|-|-|\n", "[^1]", "\n\n[^1]: n\n", "<script>x</script>", "<x-y z>", "&", "&#0;",
]  # fmt: skip


@given(st.lists(st.sampled_from(_MARKUP), max_size=25).map("".join), st.booleans(), st.booleans())
@settings(deadline=None)
@example('<a title="</p><p>">b</a>', True, True)
def test_sanitised_html_is_read_as_the_library_reads_it(
    markdown: str, links: bool, marks: bool
) -> None:
    html = rendered(markdown)
    ours, theirs = (_Text(links=links, marks=marks) for _ in range(2))
    assert ours.feed(html)
    oracle = _Oracle(theirs)
    oracle.feed(html)
    oracle.close()
    assert ours.text() == theirs.text()


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u2003 \u00a0"])
def test_an_excerpt_of_much_text_is_that_of_all_of_it(blank: str) -> None:
    start = f"Una{blank * 900}frase. Otra{blank * 900}más. "
    html = f"<p>{start}</p>" + "<p>Y una tercera de las que hay muchas.</p>" * 300
    assert excerpt(html, limit=300) == "Una frase. Otra más. Y una tercera de las que hay muchas."


def test_references_of_each_text_are_its_own_though_they_share_a_sanitiser() -> None:
    first, second = set[str](), set[str]()
    with ThreadPoolExecutor(2) as threads:
        for _ in range(20):
            one = threads.submit(to_html, "[a](b.png)", BASE, BASE, "x-", first)
            other = threads.submit(to_html, "[a](c.png)", BASE, BASE, "y-", second)
            assert f"{BASE}b.png" in one.result()
            assert f"{BASE}c.png" in other.result()
    assert (first, second) == ({"b.png"}, {"c.png"})
    footnote = to_html("[a](d.png)[^1]\n\n[^1]: b", BASE, BASE, "z-", first)
    assert 'id="z-1"' in footnote
    assert first == {"b.png", "d.png"}


PARTS = [
    "word",
    "Word",
    "A",
    ".",
    "!",
    "…",
    "?",
    ")",
    "«",
    "¿",
    " ",
    "\n\n",
    "* ",
    "`a`",
    "ej.",
    "3",
]


@given(
    st.lists(st.sampled_from([*PARTS, "." * 90, ")" * 90])), st.integers(1, 4), st.integers(2, 60)
)
def test_an_excerpt_depends_on_no_more_than_its_beginning(
    parts: list[str], sentences: int, limit: int
) -> None:
    html = to_html("".join(parts), BASE, PAGE, "x-", set())
    whole = _excerpt(_beginning(html, limit * 8), sentences, limit)
    assert excerpt(html, sentences, limit) == whole
