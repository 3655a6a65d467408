"""Names of deliveries: read back, never forged, never another publication's."""

import base64
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import FIRST_YEAR, LAST_YEAR, Week
from feeds.tokens import MAX_LOCAL, SHAPE, Tokens, leaving, verp

TOKENS = Tokens(b"k" * 32, "tag:example.org,2026:talks")
WEEK = Week(2020, 53)
weeks = st.builds(
    Week,
    st.integers(FIRST_YEAR, LAST_YEAR),
    st.integers(1, 52),  # each year has these
)
numbers = st.integers(0, 2**48 - 1)


@given(weeks, numbers)
def test_a_token_says_which_delivery_it_names(week: Week, number: int) -> None:
    token = TOKENS.delivery(week, number)
    assert re.fullmatch(SHAPE, token)
    assert TOKENS.read_delivery(token) == (week, number)
    # Mail systems fold the case of an address's left half.
    assert TOKENS.read_delivery(token.upper()) == (week, number)
    assert TOKENS.delivery(week, number) == token


def test_a_token_is_what_it_always_was() -> None:
    """Bounces of letters that were sent by an older version still name their deliveries."""
    assert TOKENS.delivery(WEEK, 7) == "amkukaaaaaaaab3ic4ig4ytkn6faac53"
    assert TOKENS.read_delivery(TOKENS.delivery(WEEK, 7)) == (WEEK, 7)


@given(numbers, numbers)
def test_different_deliveries_have_different_tokens(one: int, other: int) -> None:
    same = TOKENS.delivery(WEEK, one) == TOKENS.delivery(WEEK, other)
    assert same == (one == other)
    assert TOKENS.delivery(Week(2021, 1), one) != TOKENS.delivery(WEEK, one)


@given(numbers, st.integers(0, 31), st.sampled_from(string.ascii_lowercase + "234567"))
def test_a_token_with_one_letter_changed_names_nothing(number: int, at: int, letter: str) -> None:
    token = TOKENS.delivery(WEEK, number)
    forged = token[:at] + letter + token[at + 1 :]
    assert TOKENS.read_delivery(forged) == ((WEEK, number) if forged == token else None)


@given(st.binary(min_size=20, max_size=20))
def test_nobody_guesses_one(data: bytes) -> None:
    assert TOKENS.read_delivery(base64.b32encode(data).decode().lower()) is None


@pytest.mark.parametrize(
    "other",
    [
        Tokens(b"K" * 32, TOKENS.publication),
        Tokens(TOKENS.secret, "tag:example.org,2026:other"),
        Tokens(TOKENS.secret, ""),
    ],
)
def test_another_key_or_publication_makes_other_tokens(other: Tokens) -> None:
    assert TOKENS.read_delivery(other.delivery(WEEK, 7)) is None


@given(st.text(max_size=40))
def test_anything_can_be_asked(text: str) -> None:
    assert TOKENS.read_delivery(text) is None


@pytest.mark.parametrize("cut", [0, 1, 8, 31])
def test_a_part_of_a_token_names_nothing(cut: int) -> None:
    token = TOKENS.delivery(WEEK, 7)
    for wrong in (token[:cut], token + token[:cut] + "a", token[:24] + "=" * 8, " " + token[1:]):
        assert TOKENS.read_delivery(wrong) is None


def test_a_week_that_does_not_exist_is_no_delivery() -> None:
    named = (2021 * 100 + 53).to_bytes(3, "big") + (7).to_bytes(6, "big")
    token = base64.b32encode(named + TOKENS._mac(named)).decode().lower()
    assert TOKENS.read_delivery(token) is None


def test_addresses_are_made_of_it() -> None:
    token = TOKENS.delivery(WEEK, 2**48 - 1)
    assert verp("bounces@example.org", token) == f"bounces+{token}@example.org"
    assert leaving("a+b@example.org", token) == f"a+b+leave-{token}@example.org"
    # RFC 5321 §4.5.3.1.1: 64 octets before the @.
    assert len(leaving("m" * MAX_LOCAL + "@x.org", token).partition("@")[0]) == 64
