"""A mail against every rule: one document that breaks it, one beside it that does not."""

import re
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.check.documents import Fault
from feeds.check.documents.rules_mail import MAIL_RULES
from feeds.check.documents.sayings import SAYINGS, taken_apart
from feeds.check.documents.speaking import in_words
from feeds.check.mail.checking import check_mail
from feeds.check.mail.fallbacks import FALLBACKS
from feeds.check.mail.kinds import kind_of
from feeds.check.mail.support import Support
from feeds.check.messages import check_message
from feeds.check.rules import RULES as GATE
from feeds.edges.content import Folder
from feeds.edges.feedfiles import catalogs
from feeds.edges.mailfiles import support
from feeds.jobs.mailing import sample_letter
from feeds.model import Week
from feeds.render.words import Words
from tests.examples import examples
from tests.support import REPOSITORY, make_digest, make_kit, make_talk
from tests.unit.check.good import expected, good
from tests.unit.check.test_messages import CASES, HOSTILE, HOSTILE_HTML, Case

CORPUS = REPOSITORY / "tests" / "corpus" / "check"
SPANISH = Words("es-MX", catalogs())
ENGLISH = re.compile(r"\b(?:is|has|not|write|add|remove|the|of|in|it)\b")


@cache
def known() -> Support:
    return support()


def mailed(path: Path) -> list[Fault]:
    beside = path.with_suffix(".txt")
    text = beside.read_bytes() if beside.exists() else None
    return check_mail(path.name, path.read_bytes(), known(), text)


def rules(html: str, text: str | None = None) -> list[str]:
    part = None if text is None else text.encode()
    found = check_mail("a.html", html.encode(), known(), part)
    return [fault.rule for fault in found]


def page(body: str = "", style: str = "", link: str = "#2a47b8") -> str:
    text = (CORPUS / "mail-feature" / "valid.html").read_text("utf-8")
    text = text.replace('<p style="border-radius:8px">A talk</p>', body).replace("#2a47b8", link)
    return text.replace("</head>", f"<style>{style}</style></head>" if style else "</head>")


@pytest.mark.parametrize("rule", sorted(set(MAIL_RULES) - set(GATE)))
def test_each_rule_has_a_mail_that_breaks_it_alone_and_one_that_does_not(rule: str) -> None:
    assert [fault.rule for fault in mailed(CORPUS / rule / "invalid.html")] == [rule]
    assert [str(fault) for fault in mailed(CORPUS / rule / "valid.html")] == []


def test_a_fault_says_who_does_not_show_what_and_how_many_that_are() -> None:
    (fault,) = mailed(CORPUS / "mail-feature" / "invalid.html")
    assert fault.line == 7
    assert fault.message == (
        "display:flex is not shown by Outlook (Windows), Outlook (Windows Mail), "
        "where 4 % of all mails are opened"
    )
    assert fault.source == "Can I email, 2026-05-13: css-display-flex"


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=[f"{case.rule}: {case.name}" for case in CASES])
def test_what_the_gate_says_is_said_here_in_both_languages(case: Case) -> None:
    mutated = case.mutate(good())
    data = mutated if isinstance(mutated, bytes) else mutated.data()
    found = check_mail("a.eml", data, known(), None, expected(**case.changes))
    (fault,) = [one for one in found if one.rule == case.rule]
    said = taken_apart(fault.values["detail"])
    assert said is not None, fault.values["detail"]
    assert in_words(fault, str)[0] == fault.message
    message, remedy = in_words(fault, lambda one: str(SPANISH.translations.gettext(one)))
    values = [re.escape(value) for value in said[1].values()]
    bare = re.sub("|".join([*values, r"<[^>]*>|https?\S*|[\w.-]+=\S*|\{\{.*?\}\}"]), "", message)
    assert not ENGLISH.search(bare), bare
    assert remedy != fault.remedy or "<" in remedy, remedy


# Said of what no mutation of the gate's tests makes.
SELDOM = {
    "a style element holds a script",
    "the {part} part cannot be decoded",
    "the style is nested too deeply",
    "the elements of the HTML are too deep in each other",
    "its parts cannot be told apart",
    "Python's email cannot read it",
}


@pytest.mark.slow
def test_every_saying_is_said_by_the_gate() -> None:
    said = set()
    for case in CASES:
        mutated = case.mutate(good())
        data = mutated if isinstance(mutated, bytes) else mutated.data()
        for finding in check_message(data, expected(**case.changes)):
            if found := taken_apart(finding.message):
                said.add(found[0])
    assert set(SAYINGS) - said == SELDOM


def test_the_digest_of_this_repository_keeps_every_rule() -> None:
    sample = sample_letter(Folder(REPOSITORY), None)
    assert sample.name == "digest 2017-W49"
    assert check_mail("a.eml", sample.data, known(), None, sample.expected) == []
    assert sample_letter(Folder(REPOSITORY), Week(2017, 49)) == sample


@pytest.mark.parametrize("number", [1, 12, 1_000])
def test_digests_of_any_length_keep_every_rule(number: int) -> None:
    found = make_digest(make_kit(), [make_talk(n) for n in range(number)])
    assert [
        str(one) for one in check_mail("a.html", found.html.encode(), known(), found.text.encode())
    ] == []


@pytest.mark.parametrize(
    ("css", "slug"),
    [
        ("border-radius:4px", ""),
        ("word-break:break-word", "css-word-break"),
        ("word-break:break-word;word-wrap:break-word", ""),
        ("overflow:hidden", "css-overflow"),
        ("opacity:0", "css-opacity"),
        ("display:none", "css-display-none"),
        ("display:none;font-size:1px;line-height:1px;mso-hide:all;max-height:0", ""),
        ("height:20px", "css-height"),
        ("height:auto", ""),
        ("position:absolute", "css-position"),
        ("background:var(--a)", "css-variables"),
        ("width:calc(1px + 2px)", "css-unit-calc"),
        ("color:#333;margin:0;padding:4px 8px;font-weight:bold", ""),
        ("--a:1px", "css-variables"),
        ("vertical-align:top", ""),
        ("object-fit:cover", "css-object-fit"),
        ("box-shadow:0 0 1px #000", "css-box-shadow"),
        ("font-family:system-ui", "css-sytem-ui"),
        ("font-family:system-ui,Arial", ""),
    ],
)
def test_a_feature_that_one_of_the_great_lacks_needs_its_fallback(css: str, slug: str) -> None:
    found = check_mail("a.html", page(f'<p style="{css}">A talk</p>').encode(), known())
    assert [one.source.rpartition(" ")[2] for one in found if one.rule == "mail-feature"] == (
        [slug] if slug else []
    )


@pytest.mark.parametrize(
    ("style", "slug"),
    [
        ("@font-face { font-family: a; src: url(https://a.example/a.woff) }", "css-at-font-face"),
        ("p > a { color: #333 }", "css-selector-child"),
        ("p::before { content: 'a' }", "css-pseudo-element-before"),
        ("@supports (display: grid) { p { color: #333 } }", "css-at-supports"),
        ("@media (orientation: portrait) { p { color: #333 } }", "css-at-media-orientation"),
        ("a:hover { color: #333 }", ""),
        (".a { color: #333 }", ""),
        ("@media (max-width: 520px) { p { padding: 0 !important } }", ""),
    ],
)
def test_a_style_element_is_read_as_programs_read_it(style: str, slug: str) -> None:
    found = check_mail("a.html", page(style=style).encode(), known())
    assert [one.source.rpartition(" ")[2] for one in found if one.rule == "mail-feature"] == (
        [slug] if slug else []
    )


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ('<img src="https://a.example/a.svg" alt="a" width="9" height="9">', "image-svg"),
        ('<img src="https://a.example/a.jpg" alt="a" width="9" height="9">', ""),
        ('<a href="#a" style="color:#2a47b8">Week 49</a>', "html-anchor-links"),
        ("<table cellpadding='0'><tr><td align='left'>A</td></tr></table>", ""),
        ("<h2>A</h2><ul><li>A</li></ul><p>A</p>", ""),
        ("<meter value='1'>A</meter>", "html-meter"),
    ],
)
def test_elements_and_pictures_are_features_too(body: str, slug: str) -> None:
    found = check_mail("a.html", page(body).encode(), known())
    assert [one.source.rpartition(" ")[2] for one in found if one.rule == "mail-feature"] == (
        [slug] if slug else []
    )


def test_every_fallback_is_of_a_feature_and_says_why() -> None:
    assert set(FALLBACKS) <= set(known().features)
    assert all(fallback.why for fallback in FALLBACKS.values())


def test_the_text_part_may_fold_and_shout() -> None:
    html = page("<h2>Containers, boring\nagain</h2>")
    text = "WEEK 49\nCONTAINERS,\n  BORING AGAIN\nRead on the web: https://talks.example/\n"
    assert rules(html, text) == []
    assert rules(html, text.replace("BORING", "")) == ["mail-text-words"]
    assert rules(html, text.replace("https://talks.example/", "")) == ["mail-links-differ"]
    assert rules(html) == [], "without a text part it is not asked"


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.eml", b"", "mail"),
        ("a", b"From: a@b.example\r\nSubject: a\r\n\r\n", "mail"),
        ("a.html", b"<!doctype html><p>a", "mail"),
        ("a", b"<html>", "mail"),
        ("a.html", b"<link rel='canonical' href='/'>", "page"),
        ("a.atom", b"<feed/>", ""),
        ("a.json", b"{}", ""),
        ("a.md", b"Note: a\n\nb", ""),
    ],
)
def test_what_is_a_mail_is_known(name: str, data: bytes, kind: str) -> None:
    assert kind_of(name, data) == kind


@pytest.mark.parametrize("html", HOSTILE_HTML.values(), ids=HOSTILE_HTML)
def test_hostile_html_is_looked_at(html: str) -> None:
    check_mail("a.html", html.encode("utf-8", "replace"), known(), b"")


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_bytes_have_faults(data: bytes) -> None:
    assert check_mail("a.eml", data, known())


STYLES = (
    "{" * 5_000,
    "@media (a) {" * 2_000,
    ":not(" * 3_000,
    "a" + " a" * 3_000 + "{color:red}",
    "a{color:" + "calc(" * 3_000,
    "\0\ufffd</style>",
)


@pytest.mark.parametrize("style", STYLES, ids=[style[:12] for style in STYLES])
def test_hostile_styles_are_looked_at(style: str) -> None:
    check_mail("a.html", page(style=style).encode(), known())
    check_mail("a.html", page(f'<p style="{style}">a</p>').encode(), known())


@pytest.mark.slow
@given(st.text(max_size=200), st.sampled_from(["style", "body", "attribute"]))
@settings(max_examples=examples(200), deadline=None)
def test_no_text_makes_it_stumble(noise: str, where: str) -> None:
    style = noise if where == "style" else ""
    body = f'<p style="{noise}">a' if where == "attribute" else noise if where == "body" else ""
    check_mail(
        "a.html",
        page(body, style).encode("utf-8", "replace"),
        known(),
        noise.encode("utf-8", "replace"),
    )


def test_a_mail_as_another_program_kept_it_may_end_its_lines_otherwise() -> None:
    data = good().data().replace(b"\r\n", b"\n")
    found = {fault.rule for fault in check_mail("a.eml", data, known())}
    assert not found & {"mail-line-ends", "mail-structure", "mail-recipient"}


def test_contrast_is_counted_in_both_palettes() -> None:
    dark = (
        "@media (prefers-color-scheme: dark) {{ body {{ background: {} !important; "
        "color: {} !important }} a {{ color: {} !important }} }}"
    )
    for ground, ink, link in product(("#000", "#15161a"), ("#fff", "#e9e8e4"), ("#a9b9ff",)):
        assert rules(page("<p>A</p>", dark.format(ground, ink, link))) == []
    assert rules(page("<p>A</p>", dark.format("#888", "#fff", "#fff"))) == ["mail-contrast-dark"]
