"""Mails that ask to confirm: both parts, in the person's language, for every mail program."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from feeds.check.messages import Expected, check_message
from feeds.deliveries import Letter
from feeds.links import Asked
from feeds.model import MailSettings
from feeds.render.confirmation import already, confirmation
from feeds.render.speaking import accepted, choices, speaking
from tests.support import make_kit, make_publication

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
URL, TOKEN = "https://talks.example/correo/confirm/abc", "0" * 32
MAIL = MailSettings(
    sender="Notas ñ <notas@talks.example>",
    return_path="bounces@talks.example",
    postal_address="Calle 1",
)
KIT = make_kit(make_publication(mail=MAIL))


def parsed(letter: Letter) -> EmailMessage:
    found = message_from_bytes(b"".join(letter.data), policy=policy.default)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return found


def parts(message: EmailMessage) -> tuple[str, str]:
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text
    assert html
    return str(text.get_content()), str(html.get_content())


def test_a_confirmation_is_a_whole_message_with_one_link_in_both_parts() -> None:
    letter = confirmation(KIT, Asked("ana@example.org", "", NOW), URL, TOKEN)
    assert (letter.return_path, letter.recipient) == ("bounces@talks.example", "ana@example.org")
    data = b"".join(letter.data)
    assert data.isascii()
    assert data.replace(b"\r\n", b"").count(b"\n") == 0
    assert max(map(len, data.split(b"\r\n"))) <= 998
    message = parsed(letter)
    assert message["To"] == "ana@example.org"
    assert str(message["From"]) == "Notas ñ <notas@talks.example>"
    assert message["Subject"] == "Confirma por favor: Notas de KubeCon"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == f"<{TOKEN}@talks.example>"
    assert message["List-Unsubscribe"] is None
    text, html = parts(message)
    assert text.count(URL) == 1
    assert html.count(URL) == 1
    assert "Calle 1" in text
    assert "Calle 1" in html
    assert "Sí, suscríbeme" in html


def test_a_confirmation_speaks_the_language_that_was_chosen() -> None:
    message = parsed(confirmation(KIT, Asked("ana@example.org", "en", NOW), URL, TOKEN))
    assert message["Subject"] == "Please confirm: Notas de KubeCon"
    text, html = parts(message)
    assert "seven days" in text
    assert '<html lang="en"' in html


def test_the_same_asked_twice_gives_the_same_bytes() -> None:
    asked = Asked("ana@example.org", "", NOW)
    assert confirmation(KIT, asked, URL, TOKEN) == confirmation(KIT, asked, URL, TOKEN)


def test_who_is_subscribed_already_reads_where_to_change_it() -> None:
    letter = already(KIT, Asked("ana@example.org", "", NOW), URL + "c", URL + "l", TOKEN)
    message = parsed(letter)
    assert message["List-Unsubscribe"] == f"<{URL}l>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for part in parts(message):
        assert URL + "c" in part
        assert URL + "l" in part


@pytest.mark.parametrize("email", ["ana@example.org", "añá@example.org"])
@pytest.mark.parametrize("language", ["", "en"])
def test_both_pass_the_gate_but_for_leaving_what_nobody_is_in_yet(
    email: str, language: str
) -> None:
    asked = Asked(email, language, NOW)
    first = confirmation(KIT, asked, URL, TOKEN)
    second = already(KIT, asked, URL + "c", URL + "l", TOKEN)
    for letter, rules in ((first, {"mail-list-unsubscribe"}), (second, set())):
        expected = Expected(
            recipient=email, one_click=letter is second, postal_address=MAIL.postal_address
        )
        found = check_message(b"".join(letter.data), expected)
        assert {finding.rule for finding in found} == rules


def test_an_address_beyond_ascii_stands_in_the_message_as_it_is() -> None:
    letter = confirmation(KIT, Asked("añá@example.org", "", NOW), URL, TOKEN)
    assert "\r\nTo: añá@example.org\r\n".encode() in b"".join(letter.data)
    assert parsed(letter)["Subject"] == "Confirma por favor: Notas de KubeCon"


@pytest.mark.parametrize(
    ("header", "language"),
    [("", ""), ("en", "en"), ("es", ""), ("de", ""), ("de,en;q=0.1", "en"), ("en;q=0", "")],
)
def test_languages_that_a_browser_asks_for(header: str, language: str) -> None:
    assert accepted(KIT, header) == language


def test_languages_that_a_person_can_choose() -> None:
    assert [(choice.tag, choice.name) for choice in choices(KIT)] == [
        ("", "Español"),
        ("en", "English"),
    ]
    german = make_kit(make_publication(language="de"))
    assert [choice.tag for choice in choices(german)] == ["", "es"]
    assert speaking(KIT, "de") is KIT
    assert speaking(KIT, "es-AR") is KIT
    assert speaking(KIT, "en").publication.language == "en"
