"""Encryption, certificates and passwords: what is insisted on, and what people are told."""

import asyncio
import base64
import logging
from pathlib import Path

import pytest

from feeds.deliveries import Fate
from feeds.edges.smtp import open_relay
from feeds.edges.smtp.handshake import Unreachable, open_line
from feeds.edges.smtp.place import Place, Tls
from feeds.edges.smtp.relay import Relay
from feeds.errors import WorldError
from feeds.model import MailSettings
from tests.edges.smtp.conftest import HASTY, PATIENT, Certificates, lane_to, make_letter, run
from tests.edges.smtp.session import Manners
from tests.edges.smtp.sink import Sink

LOGIN = "talks%40example.org:p%40ss%2Fword"
PLAIN_LOGIN = "talks@example.org:p@ss/word"


async def check(url: str) -> None:
    await open_relay(url, MailSettings(), PATIENT).check()


def refusal(manners: Manners, scheme: str = "smtp", options: str = "", login: str = "") -> str:
    """What ``check`` says of that relay."""

    async def story() -> str:
        async with Sink(manners) as sink:
            url = sink.url(scheme, options, login)
            with pytest.raises(WorldError) as caught:
                await check(url)
            assert not sink.seen.messages
            # Neither letters nor passwords went to a relay that was refused.
            assert not any(line.startswith(("MAIL", "AUTH")) for line in sink.seen.commands)
            return str(caught.value).replace(str(sink.port), "PORT")

    return run(story())


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize("auth", ["PLAIN", "LOGIN", "PLAIN LOGIN"])
def test_a_letter_goes_over_tls_with_a_password(
    certificates: Certificates, auth: str, *, implicit: bool
) -> None:
    async def story() -> None:
        manners = Manners(
            context=certificates.good, implicit=implicit, login=PLAIN_LOGIN, auth=auth
        )
        async with Sink(manners) as sink:
            scheme = "smtps" if implicit else "smtp"
            url = sink.url(scheme, f"?ca={certificates.ca}", LOGIN)
            await check(url)
            long = b"x" * 76 + b"\r\n"
            async with lane_to(url) as lane:
                answers = [
                    await lane.carry(make_letter(1)),
                    await lane.carry(make_letter(2, long * 100_000)),
                ]
            assert [answer.fate for answer in answers] == [Fate.ACCEPTED] * 2
            assert len(sink.seen.messages[1].text) > 7_800_000
            assert sink.seen.encrypted == 2

    run(story())


def test_on_this_machine_tls_is_taken_where_it_is_offered_whoever_signed(
    certificates: Certificates,
) -> None:
    async def story() -> None:
        manners = Manners(context=certificates.other_name, login=PLAIN_LOGIN)
        async with Sink(manners) as sink:
            await check(sink.url(login=LOGIN))
            assert sink.seen.encrypted == 1

    run(story())


@pytest.mark.parametrize(
    "manners", [Manners(), Manners(faults=["starttls 454 4.7.0 TLS not available"])]
)
def test_on_this_machine_a_relay_without_tls_will_do(
    manners: Manners, certificates: Certificates
) -> None:
    async def story() -> None:
        if manners.faults:
            manners.context = certificates.good
        async with Sink(manners) as sink, lane_to(sink.url()) as lane:
            answer = await lane.carry(make_letter(1))
        assert answer.fate is Fate.ACCEPTED
        assert sink.seen.encrypted == 0

    run(story())


def test_where_tls_is_required_a_relay_that_does_not_offer_it_gets_nothing(
    certificates: Certificates,
) -> None:
    said = refusal(Manners(), options=f"?ca={certificates.ca}")
    assert said == (
        "smtp://localhost:PORT: offers no encryption (STARTTLS) (let the relay offer STARTTLS, "
        "use smtps://, or, in a network you trust, ?tls=off)"
    )


@pytest.mark.slow
def test_where_tls_is_required_a_relay_that_refuses_it_gets_nothing(
    certificates: Certificates,
) -> None:
    manners = Manners(context=certificates.good, faults=["starttls 454 4.7.0 not now"])
    said = refusal(manners, options=f"?ca={certificates.ca}", login=LOGIN)
    assert "refuses STARTTLS: 454 4.7.0 not now" in said


@pytest.mark.parametrize("implicit", [True, False])
def test_a_certificate_for_another_name_is_not_taken(
    certificates: Certificates, *, implicit: bool
) -> None:
    manners = Manners(context=certificates.other_name, implicit=implicit)
    scheme = "smtps" if implicit else "smtp"
    said = refusal(manners, scheme, f"?ca={certificates.ca}", LOGIN)
    assert "certificate that is not valid: Hostname mismatch" in said
    assert "?ca=FILE" in said
    assert "ss/word" not in said


def test_a_certificate_of_an_unknown_authority_is_not_taken(certificates: Certificates) -> None:
    said = refusal(Manners(context=certificates.good, implicit=True), "smtps")
    assert "has a certificate that is not valid: unable to get local issuer" in said


def test_smtps_to_a_port_that_speaks_no_tls_says_so() -> None:
    assert "smtps:// is for port 465" in refusal(Manners(), "smtps")


def test_a_wrong_password_is_told_without_it() -> None:
    async def story() -> str:
        async with Sink(Manners(login="talks:other")) as sink:
            with pytest.raises(WorldError) as caught:
                await check(sink.url(login="talks:s3cret"))
            return str(caught.value)

    said = run(story())
    assert "refuses the user or the password: 535 5.7.8" in said
    assert "mend TALKFEEDS_SMTP_URL" in said
    assert "s3cret" not in said


@pytest.mark.parametrize("auth", ["PLAIN", "LOGIN"])
def test_a_relay_that_repeats_the_password_is_not_quoted(auth: str) -> None:
    async def story() -> str:
        manners = Manners(login="talks:other", auth=auth, repeats=True)
        async with Sink(manners) as sink:
            with pytest.raises(WorldError) as caught:
                await check(sink.url(login=LOGIN))
            return str(caught.value)

    said = run(story())
    assert "535 5.7.8 wrong user or password … …@… …" in said
    plain = base64.b64encode(b"\0talks@example.org\0p@ss/word").decode()
    for secret in ("p@ss", "/word", "talks@", plain, base64.b64encode(b"p@ss/word").decode()):
        assert secret not in said


def test_a_relay_without_auth_gets_no_password() -> None:
    assert "offers no AUTH (leave user and password out of" in refusal(Manners(), login="a:b")


def test_a_relay_that_wants_a_password_and_got_none_bounces_nobody() -> None:
    async def story() -> None:
        async with Sink(Manners(login="a:b")) as sink, lane_to(sink.url()) as lane:
            answer = await lane.carry(make_letter(1))
        assert (answer.fate, answer.code) == (Fate.UNSENT, 530)

    run(story())


def test_check_leaves_no_connection_and_says_goodbye() -> None:
    async def story() -> None:
        async with Sink() as sink:
            await check(sink.url())
            assert sink.seen.commands[-1] == "QUIT"
            while sink.sessions:
                await asyncio.sleep(0)

    run(story())


def test_a_relay_that_never_greets_is_given_up() -> None:
    async def story() -> None:
        async with Sink(Manners(faults=["connect mute"])) as sink:
            relay = open_relay(sink.url(), MailSettings(), HASTY)
            with pytest.raises(WorldError, match="gave no answer in the handshake"):
                await relay.check()

    run(story())


def test_a_host_that_does_not_exist_is_named() -> None:
    async def story() -> None:
        place = Place("no-such-host.invalid", 25, Tls.OFF)
        with pytest.raises(Unreachable, match="its name is not known"):
            await open_line(place, Relay(place, MailSettings(), PATIENT)._context, "x", PATIENT)

    run(story())


@pytest.mark.parametrize(("made", "cause"), [(False, "no such file"), (True, "no certificate")])
def test_a_ca_file_that_is_none_is_named(tmp_path: Path, cause: str, *, made: bool) -> None:
    file = tmp_path / "ca.pem"
    if made:
        file.write_text("hello")
    with pytest.raises(WorldError, match=f"ca.pem: cannot be read: {cause}"):
        open_relay(f"smtp://localhost?ca={file}", MailSettings())


def test_no_address_is_logged_above_debug(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        faults = ["rcpt every=2 550 5.1.1 <ana1@example.com> unknown", "end only=2 cut"]
        async with Sink(Manners(faults=faults)) as sink, lane_to(sink.url()) as lane:
            for number in range(6):
                await lane.carry(make_letter(number))

    with caplog.at_level(logging.INFO):
        run(story())
    assert "@example.com" not in caplog.text
