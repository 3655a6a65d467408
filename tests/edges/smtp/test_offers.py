"""What a relay offers and what it does not: SMTPUTF8, SIZE, and addresses that nobody takes."""

import pytest

from feeds.deliveries import Fate
from tests.edges.smtp.conftest import carry_all, lane_to, make_letter, run
from tests.edges.smtp.session import Manners
from tests.edges.smtp.sink import Sink

A, R = Fate.ACCEPTED, Fate.REFUSED


def test_smtputf8_is_asked_for_where_it_is_offered_and_needed() -> None:
    async def story() -> None:
        async with Sink() as sink, lane_to(sink.url()) as lane:
            letters = [make_letter(1), make_letter(2, recipient="josé@example.com")]
            answers = await carry_all(lane, letters)
        assert [answer.fate for answer in answers] == [A, A]
        mails = [line for line in sink.seen.commands if line.startswith("MAIL")]
        assert [line.endswith(" SMTPUTF8") for line in mails] == [False, True]
        assert sink.seen.messages[1].recipient == "josé@example.com"

    run(story())


def test_an_address_in_other_letters_is_refused_where_smtputf8_is_not_offered() -> None:
    async def story() -> None:
        async with Sink(Manners(smtputf8=False)) as sink, lane_to(sink.url()) as lane:
            letters = [make_letter(1, recipient="josé@example.com"), make_letter(2)]
            answers = await carry_all(lane, letters)
        assert [(answer.fate, answer.code) for answer in answers] == [(R, 553), (A, 250)]
        assert answers[0].text == "5.6.7 the relay does not offer SMTPUTF8"
        assert [message.recipient for message in sink.seen.messages] == [letters[1].recipient]

    run(story())


def test_a_letter_larger_than_the_relay_takes_is_refused_unsent() -> None:
    async def story() -> None:
        fits = make_letter(1)
        size = sum(map(len, fits.data))
        async with Sink(Manners(size=size)) as sink, lane_to(sink.url()) as lane:
            answers = await carry_all(lane, [make_letter(2, b"Hello!!\r\n"), fits])
        assert [(answer.fate, answer.code) for answer in answers] == [(R, 552), (A, 250)]
        assert answers[0].text == f"5.3.4 {size + 1:,} bytes; the relay takes {size:,}"
        assert f"MAIL FROM:<{fits.return_path}> SIZE={size}" in sink.seen.commands

    run(story())


@pytest.mark.parametrize("recipient", ["a@b.org>\r\nRCPT TO:<c@d.org", "a b@c.org", "<a@b.org>"])
def test_no_address_can_smuggle_a_command(recipient: str) -> None:
    async def story() -> None:
        async with Sink() as sink, lane_to(sink.url()) as lane:
            answer = await lane.carry(make_letter(1, recipient=recipient))
        assert (answer.fate, answer.code) == (R, 553)
        assert not sink.seen.messages

    run(story())
