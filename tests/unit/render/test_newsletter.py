"""The digest: never too long, the same in both parts, and a message that every parser accepts."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from feeds.model import Author, Event, MailSettings, NewsletterSettings, Recording, Speaker, Talk
from feeds.render import newsletter
from feeds.render.kit import Kit
from feeds.render.markdown import Body
from feeds.render.newsletter import MAX_HTML_BYTES, Digest, message_of
from tests.examples import examples
from tests.support import make_digest, make_issue, make_kit, make_publication, make_talk, shipped

BASE = "https://talks.example/notas/"
ISSUE_URL = f"{BASE}issues/2017-W49/"
MAIL = MailSettings(
    sender="Notas de Ana <notas@talks.example>",
    reply_to="Ana Pérez <ana@talks.example>",
    unsubscribe="https://talks.example/baja?t=" + "0123456789abcdef" * 12,
    postal_address="Calle Falsa 123",
)


def kit_of(**publication: Any) -> Kit:
    return make_kit(make_publication(**{"mail": MAIL, **publication}))


def tree_of(html: str) -> Any:
    return lxml_html.document_fromstring(html)


def hrefs(html: str) -> list[str]:
    return [str(url) for url in tree_of(html).xpath("//a/@href")]


def urls_in(text: str) -> set[str]:
    return set(re.findall(r"(?:https?:|mailto:)[^\s<>]+", text))


def titles(html: str) -> list[str]:
    """Every talk that the HTML shows, in order: their titles are links of class t."""
    return ["".join(link.itertext()) for link in tree_of(html).xpath("//a[@class='t']")]


def parsed(data: bytes) -> EmailMessage:
    """The message, read back; a defect anywhere in it fails."""
    assert re.search(rb"[^\r]\n|\r[^\n]", data) is None, "RFC 5322 §2.3: CRLF and nothing else"
    assert max(map(len, data.split(b"\r\n"))) <= 998, "RFC 5322 §2.1.1"
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    for part in message.walk():
        assert part.defects == []
        for name, value in part.items():
            assert value.defects == (), f"{name}: {value}"
    return message


def check(kit: Kit, found: Digest, talks: int) -> list[str]:
    """What holds for every digest; gives back the titles that are shown."""
    assert len(found.html.encode()) <= MAX_HTML_BYTES
    shown = titles(found.html)
    text_titles = re.findall(r"(?m)^\* ", found.text)
    assert len(shown) == len(text_titles)
    left_out = talks - len(shown)
    assert left_out >= 0
    said = kit.words.count(
        "%(num)s more talk on the web", "%(num)s more talks on the web", left_out
    )
    assert (said in "".join(tree_of(found.html).itertext())) == bool(left_out)
    assert (f"{said}: {ISSUE_URL}" in found.text) == bool(left_out)
    assert set(hrefs(found.html)) == urls_in(found.text)
    for url in hrefs(found.html):
        assert urlsplit(url).scheme in {"https", "mailto"}
    message = parsed(message_of(kit, found))
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert [part.get_content_type() for part in (text, html)] == ["text/plain", "text/html"]
    assert isinstance(text, EmailMessage)
    assert isinstance(html, EmailMessage)
    assert text.get_content().replace("\r\n", "\n") == found.text
    assert html.get_content().replace("\r\n", "\n") == found.html
    assert message["Subject"] == found.subject
    return shown


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2, 11, 60, 500, 5_000])
def test_no_week_is_too_long_and_none_loses_a_talk(number: int) -> None:
    kit = kit_of()
    talks = [make_talk(n, notes="Nota del día. Y una segunda frase. " * 3) for n in range(number)]
    found = make_digest(kit, talks)
    shown = check(kit, found, number)
    assert shown == [f"Talk number {n}" for n in range(len(shown))]
    if number <= 60:
        assert len(shown) == number
        assert "segunda frase" in found.html
    else:
        assert 150 < len(shown) < 500, "a page full of titles, not a handful"
        assert "segunda frase" not in found.html
        assert len(found.html.encode()) > MAX_HTML_BYTES - 3_000
    assert kit.words.talks(number) in found.subject


@pytest.mark.slow
def test_a_week_whose_later_titles_are_longer_than_its_first_fits_too() -> None:
    kit = kit_of()
    for short in (120, 180, 220):
        talks = [make_talk(n, title="T" if n < short else "&" * 200) for n in range(400)]
        shown = check(kit, make_digest(kit, talks), 400)
        assert len(shown) > short / 2


@pytest.mark.slow
def test_between_whole_cards_and_titles_only_there_is_no_gap() -> None:
    kit = kit_of()
    sizes = {}
    for number in range(60, 80):
        found = make_digest(kit, [make_talk(n) for n in range(number)])
        assert len(check(kit, found, number)) == number
        sizes["Video" in found.html] = number
    assert set(sizes) == {True, False}, "this range holds the change"


_HUGE = ["&" * 10_000, '"<' * 5_000, "𝕏" * 10_000, "palabra " * 1_500, "\n" * 10_000 + "ñ"]


@pytest.mark.slow
@pytest.mark.parametrize("text", _HUGE, ids=["amp", "markup", "astral", "words", "lines"])
@pytest.mark.parametrize("number", [1, 11, 60])
def test_giant_texts_do_not_make_a_giant_mail(number: int, text: str) -> None:
    kit = kit_of(
        title=text,
        subtitle=text,
        author=Author(text),
        newsletter=NewsletterSettings(text, text),
        mail=MailSettings(f"{text} <a@talks.example>", text, f"https://u.example/{text}", text),
    )
    talks = [
        make_talk(
            n,
            title=text,
            speakers=(Speaker(text, text, text),) * 3,
            event=Event(f"{text}{n}", text),
            kind=text,
            level=text,
            notes=text,
            abstract=text,
            slides=f"https://slides.example/{text.strip()}",
        )
        for n in range(number)
    ]
    found = make_digest(kit, talks)
    assert len(found.html.encode()) <= MAX_HTML_BYTES
    message = parsed(message_of(kit, found))
    assert len(titles(found.html)) >= min(number, 20)
    assert set(hrefs(found.html)) == urls_in(found.text)
    (sender,) = message["From"].addresses
    assert sender.domain == "talks.example"
    assert len(message["Subject"]) <= 200
    assert ISSUE_URL in hrefs(found.html)


@pytest.mark.slow
@settings(max_examples=examples(25))
@given(
    number=st.sampled_from([1, 3, 40, 120]),
    title=st.text(max_size=40),
    times=st.sampled_from([1, 10, 400]),
    publication=st.text(max_size=30),
    slug=st.text("ab-", min_size=1, max_size=200),
)
def test_any_week_fits(number: int, title: str, times: int, publication: str, slug: str) -> None:
    kit = kit_of(title=publication * times)
    talk = make_talk(title=title * times, speakers=(Speaker(title * times),), notes=title * times)
    talks = [replace(talk, id=f"tag:x,2026:{n}", slug=f"{slug}{n}") for n in range(number)]
    found = make_digest(kit, talks)
    assert len(found.html.encode()) <= MAX_HTML_BYTES
    parsed(message_of(kit, found))
    assert 0 < len(titles(found.html)) <= number


@pytest.mark.parametrize(
    ("talks", "lead"),
    [
        ([{}, {}], 0),
        ([{"recording": None}, {}], 1),
        ([{}, {"kind": "keynote"}], 1),
        ([{"kind": "keynote"}, {"kind": "keynote"}], 0),
        ([{"kind": "keynote", "recording": None}, {}], 1),
        ([{"kind": "keynote", "notes": ""}, {}], 1),
        ([{"recording": None, "notes": ""}, {"recording": None}], 1),
        ([{"recording": None}, {"recording": None, "kind": "keynote"}], 1),
        ([{"recording": None, "notes": ""}, {"notes": "", "kind": "panel"}], 1),
    ],
)
def test_the_lead_has_a_recording_before_notes_before_being_a_keynote(
    talks: list[dict[str, Any]], lead: int
) -> None:
    kit = kit_of()
    made = [make_talk(n, **changes) for n, changes in enumerate(talks)]
    found = make_digest(kit, made)
    shown = check(kit, found, len(made))
    assert shown[0] == f"Talk number {lead}"
    assert sorted(shown) == [talk.title for talk in made], "and it is not repeated below"
    big = [image for image in tree_of(found.html).iter("img") if image.get("width") == "552"]
    assert len(big) == bool(made[lead].recording)
    # The text part keeps the order of the week.
    assert [line[2:] for line in found.text.split("\n") if line.startswith("* ")] == [
        talk.title + (f" [{talk.kind}]" if talk.kind != "talk" else "") for talk in made
    ]


def test_talks_are_grouped_by_event_and_day_oldest_first() -> None:
    talks = [
        make_talk(1, date=date(2017, 12, 8), event=Event("B", "Último")),
        make_talk(2, date=date(2017, 12, 6), event=None),
        make_talk(3, date=date(2017, 12, 8), event=Event("A", "3")),
        make_talk(4, date=date(2017, 12, 8), event=Event("A", "3"), recording=None),
        make_talk(5, kind="keynote", event=Event("Sólo él")),
    ]
    found = make_digest(kit_of(), talks)
    heads = ["|".join(head.itertext()) for head in tree_of(found.html).iter("h2")]
    assert heads == [
        "miércoles, 6 de diciembre de 2017",
        "A|Día 3 · viernes, 8 de diciembre de 2017",
        "B|Último · viernes, 8 de diciembre de 2017",
    ]
    assert titles(found.html) == [f"Talk number {n}" for n in (5, 2, 3, 4, 1)]
    assert re.findall(r"(?m)^(?:A|B|SÓLO ÉL)$", found.text) == ["SÓLO ÉL", "A", "B"]


def test_a_card_has_labels_people_words_and_plain_links() -> None:
    talk = make_talk(
        kind="panel",
        level="beginner",
        slides="https://slides.example/a.pdf",
        notes="",
        abstract="From the *abstract*. Second.",
    )
    first = make_talk(0, kind="keynote")
    found = make_digest(kit_of(), [first, talk])
    (card,) = tree_of(found.html).xpath("//a[@class='t'][text()='Talk number 1']/..")
    assert card.xpath("p[1]/text()") == ["panel · principiante"]
    assert card.xpath("p[2]/text()") == ["Zihao Yu (HBO), Illya Chekrygin"]
    assert card.xpath("p[3]/text()") == ["From the abstract. Second."]
    assert card.xpath("p[3]/@lang") == ["en"]
    assert card.xpath("p[4]/a/text()") == ["Video", "Diapositivas", "Notas completas"]
    assert card.xpath("p[4]/a/@href") == [
        "https://www.youtube.com/watch?v=07jq-5VbBVQ",
        "https://slides.example/a.pdf",
        f"{BASE}talks/talk-1/",
    ]
    assert card.xpath("a[@class='t']/@lang") == ["en"]
    same = make_digest(kit_of(), [make_talk(abstract_language="es-MX"), first])
    (card,) = tree_of(same.html).xpath("//a[@class='t'][text()='Talk number 1']/..")
    assert card.xpath(".//@lang") == []
    assert "[panel, principiante]" in found.text


def test_a_summary_is_of_the_notes_and_of_the_abstract_where_there_are_none() -> None:
    talk = make_talk()
    both = Body("<p>Nota.</p>", "<p>Abstract.</p>")
    assert newsletter.summary_of(talk, both) == ("Nota.", "es-MX")
    assert newsletter.summary_of(talk, Body("", "<p>Abstract.</p>")) == ("Abstract.", "en")
    assert newsletter.summary_of(talk, Body("<hr>", "")) == ("", "en")


def test_what_stands_around_the_talks() -> None:
    kit = kit_of(newsletter=NewsletterSettings("El semanal"))
    found = make_digest(kit, [make_talk()])
    assert found.subject == "El semanal: 1 plática · Semana del 4 al 10 de diciembre de 2017"
    for words in (
        "El semanal",
        "Semana del 4 al 10 de diciembre de 2017",
        "Esta semana hubo 1 plática",
        "Recibes este correo porque te suscribiste al número semanal de El semanal.",
        "Notas de Ana · notas@talks.example",
        "Calle Falsa 123",
    ):
        assert words in "".join(tree_of(found.html).xpath("//body")[0].itertext())
        assert words in found.text
    links = hrefs(found.html)
    assert {ISSUE_URL, MAIL.unsubscribe, f"{BASE}feed.atom"} <= set(links)
    assert tree_of(found.html).get("lang") == "es-MX"
    reason = kit_of(newsletter=NewsletterSettings(reason="Porque sí."))
    assert "Porque sí." in make_digest(reason, [make_talk()]).text
    assert "te suscribiste" not in make_digest(reason, [make_talk()]).html


def test_english_and_other_languages_are_whole() -> None:
    for language in ("en", "pt-BR"):
        found = make_digest(kit_of(language=language), [make_talk(), make_talk(2)])
        assert found.subject.startswith("Notas de KubeCon: 2 talks · Week of Dec 4")
        assert "Unsubscribe" in found.html
        assert "Thursday, December 7, 2017" in found.text
        assert "Full notes: " in found.text
        assert not re.search("plática|semana|correo|Leer", found.html + found.text)


def test_the_preheader_is_the_first_thing_and_names_the_first_talks() -> None:
    talks = [make_talk(n, title=f"Título {n}") for n in range(1, 7)]
    body = tree_of(make_digest(kit_of(), talks).html).xpath("//body")[0]
    first = body[0]
    assert "display:none" in first.get("style")
    # What follows keeps the mail's next words out of the preview.
    assert first.text.rstrip("\u034f\u200c\xa0") == "Título 1 · Título 2 · Título 3 · Título 4"
    long = make_digest(kit_of(), [make_talk(title="palabra " * 100)])
    preheader = tree_of(long.html).xpath("//body")[0][0].text.rstrip("\u034f\u200c\xa0")
    assert len(preheader) <= 140


def test_pictures_have_words_and_a_size_and_can_be_left_out() -> None:
    talks = [make_talk(n, title=f'Una "plática" & {n}') for n in range(3)]
    found = tree_of(make_digest(kit_of(), talks).html)
    images = list(found.iter("img"))
    assert [image.get("alt") for image in images] == [
        f'Grabación: Una "plática" & {n}' for n in range(3)
    ]
    for image in images:
        assert image.get("width").isdecimal()
        assert image.get("height").isdecimal()
        assert image.get("src") == "https://i.ytimg.com/vi/07jq-5VbBVQ/mqdefault.jpg"
        assert image.getparent().get("href") == "https://www.youtube.com/watch?v=07jq-5VbBVQ"
    none = make_digest(kit_of(newsletter=NewsletterSettings(thumbnails="none")), talks)
    assert "<img" not in none.html
    assert "Video" in none.html
    held = make_kit(make_publication(mail=MAIL), {"recordings/07jq-5VbBVQ.jpg": 9})
    (source,) = set(tree_of(make_digest(held, talks).html).xpath("//img/@src"))
    assert source == f"{BASE}covers/07jq-5VbBVQ.jpg"


@pytest.mark.parametrize("number", [1, 300])
def test_the_mail_is_valid_html(number: int) -> None:
    found = make_digest(
        kit_of(), [make_talk(n, title='Una "plática" & <b>') for n in range(number)]
    )
    html5lib.HTMLParser(strict=True).parse(found.html)


def test_nothing_tracks_and_nothing_runs() -> None:
    found = tree_of(make_digest(kit_of(), [make_talk(1), make_talk(2)]).html)
    for element in found.iter():
        assert element.tag not in {"script", "iframe", "form", "link", "base", "video"}
    for image in found.iter("img"):
        assert int(image.get("width")) > 100, "no pixel"
    for table in found.iter("table"):
        assert table.get("role") == "presentation"


def test_too_long_an_address_is_left_to_the_web() -> None:
    slides = "https://slides.example/" + "a" * 2_000
    found = make_digest(kit_of(), [make_talk(slides=slides)])
    assert "slides.example" not in found.html + found.text
    kit = kit_of(mail=replace(MAIL, unsubscribe="https://talks.example/" + "a" * 2_000))
    found = make_digest(kit, [make_talk()])
    mailto = "mailto:ana@talks.example?subject=unsubscribe"
    assert mailto in hrefs(found.html)
    assert parsed(message_of(kit, found))["List-Unsubscribe"] == f"<{mailto}>"


def test_an_address_that_looks_like_an_encoded_word_becomes_no_header() -> None:
    url = "https://talks.example/baja?t==?utf-8?q?=0D=0ABcc=3A_victim=40evil=2Eexample?="
    kit = kit_of(mail=replace(MAIL, unsubscribe=url))
    found = make_digest(kit, [make_talk()])
    message = parsed(message_of(kit, found))
    assert message["List-Unsubscribe"] is None
    assert message["Bcc"] is None
    assert url in hrefs(found.html)


def test_a_card_on_the_web_shows_the_same_words() -> None:
    html = newsletter.page_card(kit_of(), make_talk(speakers=()), ("", ""))
    assert "Talk number 1" in html
    assert "<p>" not in html
    assert 'class="who"' not in html
    html = newsletter.page_card(kit_of(), make_talk(), ("Palabras <b>.", "en"))
    assert '<p lang="en">Palabras &lt;b&gt;.</p>' in html


def test_a_mail_links_https_alone() -> None:
    talks = [make_talk(1, slides="http://slides.example/1.pdf"), make_talk(2)]
    found = make_digest(kit_of(), talks)
    assert "http://" not in found.text
    assert not [url for url in hrefs(found.html) if url.startswith("http:")]
    assert f"{BASE}talks/talk-1/" in hrefs(found.html)
    here = kit_of(base_url="http://localhost:8000/")
    assert "http://slides.example/1.pdf" in make_digest(here, talks).text


def test_the_text_part_breaks_lines_between_words_only() -> None:
    url = "https://largo.example/una-ruta-con-guiones-" + "y-más-" * 20 + "fin"
    talk = make_talk(notes=f"Véase <{url}> para {'más ' * 30}.", speakers=(Speaker("N-o " * 60),))
    text = make_digest(kit_of(), [talk]).text
    assert url[:200] in text.replace("\n  ", " ")
    lines = [line for line in text.split("\n") if "https:" not in line]
    assert max(map(len, lines)) <= 90
    assert "N-\n" not in text


# ---- the message ------------------------------------------------------------------------------


def test_the_headers() -> None:
    kit = kit_of()
    found = make_digest(kit, [make_talk()])
    message = parsed(message_of(kit, found))
    (sender,) = message["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Notas de Ana", "notas@talks.example")
    (reply,) = message["Reply-To"].addresses
    assert (reply.display_name, reply.addr_spec) == ("Ana Pérez", "ana@talks.example")
    assert str(message["To"]) == "undisclosed-recipients:;"
    assert message["To"].addresses == ()
    assert message["Date"] == "Mon, 11 Dec 2017 00:00:00 -0600"
    assert message["Date"].datetime == found.issue.end
    assert re.fullmatch(r"<2017-W49\.[0-9a-f]{24}@talks\.example>", message["Message-ID"])
    assert message["List-Id"] == "<digest.talks.example>"
    assert message["List-Unsubscribe"] == f"<{MAIL.unsubscribe}>"
    assert message["MIME-Version"] == "1.0"
    # As they are, on one line: an encoded word or a fold would break them for mail programs.
    assert f"\r\nList-Unsubscribe: <{MAIL.unsubscribe}>\r\n".encode() in message_of(kit, found)
    assert {part.get_content_charset() for part in message.iter_parts()} == {"utf-8"}


@pytest.mark.parametrize(
    "title",
    [
        "Notas",
        "Notas-de-la-conferencia-mas-larga-del-mundo-entero-KubeCon",
        "</title></style></script></feed></entry>",
        "Notas de la Comunidad de Ingeniería de México, Centroamérica y el Caribe de 2017 y más",
        "漢字" * 60,
        "Ñandú ñandú " * 8,
        "a " * 60,
        "x" * 200,
    ],
)
def test_names_and_subjects_of_any_length_keep_their_letters_and_blanks(title: str) -> None:
    mail = MailSettings(f'"{title}" <a@x.example>')
    kit = kit_of(newsletter=NewsletterSettings(title), mail=mail)
    found = make_digest(kit, [make_talk(1), make_talk(2)])
    assert parsed(message_of(kit, found))["Subject"] == found.subject
    # By the older of the library's two parsers: the newer puts blanks into a long name.
    message = message_from_bytes(message_of(kit, found))
    assert str(make_header(decode_header(message["Subject"]))) == found.subject
    sender = newsletter.sender_of(kit)
    shown = str(make_header(decode_header(message["From"]))).replace('"', "")
    assert shown == f"{sender.display_name} <a@x.example>"
    assert title.startswith(sender.display_name.rstrip("…"))
    for line in message_of(kit, found).partition(b"\r\n\r\n")[0].split(b"\r\n"):
        assert len(line) <= 76 or b"=?" not in line, "RFC 2047 §2"


def test_an_issue_keeps_its_message_id_and_another_has_another() -> None:
    def identifier(kit: Kit, *talks: Talk) -> str:
        return str(parsed(message_of(kit, make_digest(kit, talks)))["Message-ID"])

    first = identifier(kit_of(), make_talk())
    assert identifier(kit_of(title="Otro título"), make_talk(2, title="Otra")) == first
    assert identifier(kit_of(id="tag:other.example,2026:x"), make_talk()) != first
    issue = make_issue(kit_of(), [make_talk()])
    other = replace(issue, week=type(issue.week)(2017, 50))
    found = newsletter.digest(kit_of(), other, {"talk-1": ("", "")})
    assert str(parsed(message_of(kit_of(), found))["Message-ID"]) != first


def test_the_same_issue_is_the_same_bytes() -> None:
    talks = [make_talk(n) for n in range(5)]
    first, second = make_digest(kit_of(), talks), make_digest(kit_of(), talks[::-1])
    assert (first.html, first.text) == (second.html, second.text)
    assert message_of(kit_of(), first) == message_of(kit_of(), second)


@pytest.mark.parametrize(
    "title",
    [
        "x\r\nBcc: victim@evil.example",
        "x\nBcc: victim@evil.example\n\nbody",
        "=?utf-8?q?x=0D=0ABcc=3A_victim=40evil=2Eexample?=",
        "=?utf-8?b?eA0KQmNjOiB2aWN0aW1AZXZpbC5leGFtcGxl?=",
        "x\x0bBcc: v@evil.example\x0cy\x1cz\x85q\u2028r",
        "a\x00b\x1b[31m\x7f",
        "\ud83d\udc00",
        "ñ" * 300,
        '"; <a@evil.example>, ',
        "Re: =?x?= ? =",
    ],
)
def test_no_title_becomes_a_header(title: str) -> None:
    kit = kit_of(
        title=title,
        author=Author(title, "ana@talks.example"),
        mail=MailSettings(sender=f'"{title}" <notas@talks.example>', reply_to=title),
    )
    found = make_digest(kit, [make_talk(title=title)])
    message = parsed(message_of(kit, found))
    assert set(message.keys()) <= {
        "From",
        "To",
        "Reply-To",
        "Subject",
        "Date",
        "Message-ID",
        "List-Id",
        "List-Unsubscribe",
        "MIME-Version",
        "Content-Type",
    }
    assert len(message.keys()) == len(set(message.keys()))
    assert message["Subject"] == found.subject
    assert re.search(r"[\x00-\x1f\x7f-\x9f]", found.subject) is None
    assert [part.get_content_type() for part in message.iter_parts()] == [
        "text/plain",
        "text/html",
    ]


@pytest.mark.parametrize(
    ("changes", "name", "address"),
    [
        ({}, "Notas de Ana", "notas@talks.example"),
        ({"mail": MailSettings("notas@talks.example")}, "Notas de KubeCon", "notas@talks.example"),
        ({"mail": MailSettings()}, "Ana Pérez", "ana@talks.example"),
        ({"mail": MailSettings(), "author": None}, "Notas de KubeCon", "digest@talks.example"),
        (
            {"mail": MailSettings(), "author": Author("Ana", "")},
            "Notas de KubeCon",
            "digest@talks.example",
        ),
        (
            {"mail": MailSettings("Ñu <a@ñandú.example>")},
            "Ñu",
            "a@xn--and-6ma2c.example",
        ),
        ({"mail": MailSettings("x <a@b..c>")}, "Ana Pérez", "ana@talks.example"),
        ({"mail": MailSettings("x <ñ@b.example>")}, "Ana Pérez", "ana@talks.example"),
        ({"mail": MailSettings("nobody")}, "Ana Pérez", "ana@talks.example"),
        ({"mail": MailSettings("a@b," * 5_000)}, "Ana Pérez", "ana@talks.example"),
        ({"mail": MailSettings(f"x <{'a' * 250}@b.example>")}, "Ana Pérez", "ana@talks.example"),
        (
            {"mail": MailSettings(f"{'largo ' * 30} <a@b.example>")},
            "largo " * 15 + "largo…",
            "a@b.example",
        ),
        (
            {"mail": MailSettings(), "author": None, "base_url": "http://[::1]:8000/"},
            "Notas de KubeCon",
            "digest@localhost",
        ),
        (
            {"mail": MailSettings(), "author": None, "base_url": "http://localhost:8000/"},
            "Notas de KubeCon",
            "digest@localhost",
        ),
        (
            {"mail": MailSettings(), "author": None, "base_url": "http://a..b/"},
            "Notas de KubeCon",
            "digest@localhost",
        ),
        (
            {"mail": MailSettings(), "author": None, "title": "ñ" * 500},
            "ñ" * 59 + "…",
            "digest@talks.example",
        ),
    ],
)
def test_who_sends(changes: dict[str, Any], name: str, address: str) -> None:
    kit = kit_of(**changes)
    sender = newsletter.sender_of(kit)
    assert (sender.display_name, sender.addr_spec) == (name, address)
    found = make_digest(kit, [make_talk()])
    message = parsed(message_of(kit, found))
    assert message["From"].addresses[0].addr_spec == address
    assert f"{name} · {address}" in found.text


@pytest.mark.parametrize(
    ("mail", "url"),
    [
        (MailSettings(), "mailto:ana@talks.example?subject=unsubscribe"),
        (MailSettings(sender="A <a+b@x.example>"), "mailto:a+b@x.example?subject=unsubscribe"),
        (
            MailSettings(sender="a@x.example", reply_to="B <b@x.example>"),
            "mailto:b@x.example?subject=unsubscribe",
        ),
        (
            MailSettings(sender="a@x.example", reply_to="nobody"),
            "mailto:a@x.example?subject=unsubscribe",
        ),
        (
            MailSettings(sender="a&b@x.example"),
            "mailto:a%26b@x.example?subject=unsubscribe",
        ),
        (MailSettings(unsubscribe="mailto:baja@x.example"), "mailto:baja@x.example"),
        (MailSettings(unsubscribe="https://x.example/ñ"), "https://x.example/%C3%B1"),
        (
            MailSettings(unsubscribe="https://x.example/" + "ñ" * 300),
            "mailto:ana@talks.example?subject=unsubscribe",
        ),
        (MailSettings(unsubscribe="http://[bad"), "mailto:ana@talks.example?subject=unsubscribe"),
    ],
)
def test_how_to_leave(mail: MailSettings, url: str) -> None:
    kit = kit_of(mail=mail)
    assert newsletter.unsubscribe_url(kit) == url
    found = make_digest(kit, [make_talk()])
    assert parsed(message_of(kit, found))["List-Unsubscribe"] == (f"<{url}>" if url else None)
    assert ("Cancelar la suscripción" in found.html) == bool(url)
    assert (f"Cancelar la suscripción: {url}\n" in found.text) == bool(url)


# ---- colours ----------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    digits = colour.removeprefix("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio: from 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert round(contrast("#fff", "#000000"), 3) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48
    assert contrast("#123456", "#123456") == 1


Rules = dict[str, dict[str, str]]


def declarations(css: str) -> dict[str, str]:
    found = (part.partition(":") for part in css.split(";") if ":" in part)
    return {name.strip(): value.replace("!important", "").strip() for name, _, value in found}


def rules_of(css: str) -> Rules:
    """Selector → declarations, of flat CSS."""
    found: Rules = {}
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css):
        for selector in selectors.split(","):
            found.setdefault(selector.strip(), {}).update(declarations(body))
    return found


def dark_rules(css: str) -> Rules:
    (block,) = re.findall(r"@media \(prefers-color-scheme: dark\) \{(.*?)\n\}", css, re.DOTALL)
    return rules_of(block)


def texts_with_colours(
    element: Any, rules: Rules, colour: str = "#000", ground: str = "#fff", *, quiet: bool = False
) -> Iterator[tuple[str, str, str]]:
    """Every text with its colour and ground; ``rules`` of classes win over inline styles."""
    style = declarations(element.get("style") or "")
    classes = (element.get("class") or "").split()
    for selector in [f".{name}" for name in classes]:
        style |= rules.get(selector, {})
    if quiet and element.tag == "a":
        style |= rules.get(".q a", {}) if "a" not in classes else {}
    if style.get("display") == "none":
        return
    colour, ground = style.get("color", colour), style.get("background", ground)
    text = (element.text or "") + (element.get("alt") or "")
    texts = [text, *(child.tail or "" for child in element)]
    if text := " ".join(text.strip() for text in texts).strip():
        yield text, colour, ground
    for child in element.iterchildren("*"):
        yield from texts_with_colours(child, rules, colour, ground, quiet=quiet or "q" in classes)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("number", [3, 300], ids=["cards", "titles"])
def test_every_word_of_the_mail_has_contrast_enough(number: int, *, dark: bool) -> None:
    talks = [make_talk(n, kind="keynote", level="advanced") for n in range(number)]
    found = tree_of(make_digest(kit_of(), talks).html)
    rules = dark_rules(found.xpath("string(//style[1])")) if dark else {}
    grounds, seen = set(), 0
    for text, colour, ground in texts_with_colours(found.xpath("//body")[0], rules):
        assert contrast(colour, ground) >= 4.5, f"{text}: {colour} on {ground}"
        grounds.add(ground)
        seen += 1
    assert seen > 20
    pictures = {"#1d2440"} if number == 3 else set()
    assert grounds == {"#15161a" if dark else "#fdfcfa"} | pictures


def test_outlooks_dark_mode_has_the_colours_of_the_others() -> None:
    css = re.findall(r"(?s)<style>(.*?)</style>", shipped()[0]["digest.html"].source)[-1]
    dark, whole = dark_rules(css), rules_of(css)
    for name in (".t", ".q", ".a"):
        assert whole[f"[data-ogsc] {name}"] == dark[name]
    assert whole["[data-ogsb] .b"]["background"] == dark[".b"]["background"]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_pages_palette_has_contrast_enough(*, dark: bool) -> None:
    css = shipped()[0]["style.css"].source
    light = rules_of(css.split("@media")[0])[":root"]
    palette = light | (dark_rules(css)[":root"] if dark else {})
    if dark:
        assert dark_rules(css)[":root"].keys() == light.keys() - {"color-scheme"}
    colours = set(re.findall(r"[\s;{]color: ([^;]+);", css))
    grounds = set(re.findall(r"background: ([^;]+);", css))
    assert colours == {f"var(--{name})" for name in ("ink", "quiet", "accent", "on-accent")}
    assert grounds == {f"var(--{name})" for name in ("paper", "raised", "accent")}
    for ground in ("paper", "raised"):
        for colour in ("ink", "quiet", "accent"):
            assert contrast(palette[f"--{colour}"], palette[f"--{ground}"]) >= 4.5, (colour, ground)
    assert contrast(palette["--on-accent"], palette["--accent"]) >= 4.5


def test_a_drawn_cover_can_be_read() -> None:
    from lxml import etree

    from feeds.render import pages

    output = pages.cover(make_kit(), make_talk(recording=Recording("07jq-5VbBVQ")))
    assert output is not None
    svg = etree.fromstring(output.data)
    rect = svg.find("{*}rect")
    assert rect is not None
    ground = str(rect.get("fill"))
    for text in svg.findall("{*}text"):
        assert contrast(str(text.get("fill")), ground) >= 4.5
