"""Links of mails: what they carry, for how long, and that nobody else can make them."""

import base64
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from feeds.links import CONFIRM_WITHIN_S, RETURN_WITHIN_S, Asked, Left, Links

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ID, URL = "tag:talks.example,2026:notas", "https://talks.example/correo/"
LINKS = Links(b"x" * 40, ID, URL)
OTHERS = (Links(b"y" * 40, ID, URL), Links(b"x" * 40, ID + "2", URL))


def token(url: str) -> str:
    assert url.startswith(URL)
    return url.rpartition("/")[2]


@given(st.integers(0, 2**63 - 1))
def test_numbers_come_back_and_tokens_are_one_purposes_alone(number: int) -> None:
    leave, choose = token(LINKS.unsubscribe(number)), token(LINKS.preferences(number))
    assert LINKS.unsubscribe(number) == LINKS.unsubscribe(number)
    assert LINKS.read_unsubscribe(leave) == number
    assert LINKS.read_preferences(choose) == number
    assert LINKS.read_unsubscribe(choose) is None
    assert LINKS.read_preferences(leave) is None
    assert all(links.read_unsubscribe(leave) is None for links in OTHERS)
    assert leave[-1].isalnum(), "or mail programs would leave it out of the link"


@given(st.text(max_size=120))
def test_anything_else_is_nobodys(text: str) -> None:
    assert LINKS.read_unsubscribe(text) is None
    assert LINKS.read_preferences(text) is None
    assert LINKS.read_confirm(text, NOW) is None
    assert LINKS.read_come_back(text, NOW) is None


def test_each_single_change_of_a_token_makes_it_nobodys() -> None:
    leave, confirm = token(LINKS.unsubscribe(12)), token(LINKS.confirm(Asked("a@b.org", "", NOW)))
    for at in range(len(leave)):
        for letter in "ABab019-_.=":
            changed = leave[:at] + letter + leave[at + 1 :]
            assert LINKS.read_unsubscribe(changed) == (12 if changed == leave else None)
    for at in range(len(confirm)):
        for letter in "ABab019-_=!":
            changed = confirm[:at] + letter + confirm[at + 1 :]
            assert (LINKS.read_confirm(changed, NOW) is None) == (changed != confirm)


@given(st.emails(), st.sampled_from(["", "es", "en"]))
def test_a_confirmation_carries_the_address_and_shows_it_to_nobody(
    email: str, language: str
) -> None:
    asked = Asked(email, language, NOW)
    made = token(LINKS.confirm(asked))
    assert LINKS.read_confirm(made, NOW) == (asked, True)
    data = base64.urlsafe_b64decode(made + "=" * (-len(made) % 4))
    assert email.encode() not in data
    assert all(links.read_confirm(made, NOW) is None for links in OTHERS)
    assert LINKS.read_come_back(made, NOW) is None


def test_confirmations_and_offers_to_come_back_end() -> None:
    asked, left = Asked("a@b.org", "", NOW), Left(7, NOW - timedelta(seconds=5), NOW)
    confirm, back = token(LINKS.confirm(asked)), LINKS.come_back(left)
    for seconds, holds in ((CONFIRM_WITHIN_S, True), (CONFIRM_WITHIN_S + 1, False)):
        assert LINKS.read_confirm(confirm, NOW + timedelta(seconds=seconds)) == (asked, holds)
    for seconds, holds in ((RETURN_WITHIN_S, True), (RETURN_WITHIN_S + 1, False)):
        assert LINKS.read_come_back(back, NOW + timedelta(seconds=seconds)) == (left, holds)
