"""E-mail addresses: what is one, its normal form, and who is the same person."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.address import folded_address, normal_address, shown_address


@pytest.mark.parametrize(
    ("text", "normal", "shown"),
    [
        ("ana@example.org", "ana@example.org", "ana@example.org"),
        (" Ana.López@EXAMPLE.org\n", "Ana.López@example.org", "Ana.López@example.org"),
        ("ana+talks@mañana.mx", "ana+talks@xn--maana-pta.mx", "ana+talks@mañana.mx"),
        ("ana@MAÑANA.mx", "ana@xn--maana-pta.mx", "ana@mañana.mx"),
        ("ana@xn--maana-pta.mx", "ana@xn--maana-pta.mx", "ana@mañana.mx"),
        ("jose\u0301@example.org", "jos\u00e9@example.org", "jos\u00e9@example.org"),
        ("ana@x。org", "ana@x.org", "ana@x.org"),
        ("o'hara/=x@example.org", "o'hara/=x@example.org", "o'hara/=x@example.org"),
    ],
)
def test_the_normal_form(text: str, normal: str, shown: str) -> None:
    assert normal_address(text) == normal
    assert shown_address(normal) == shown
    assert normal_address(shown) == normal


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        "ana@",
        "@example.org",
        "ana@@example.org",
        "ana@localhost",
        "ana@somewhere.test",
        "ana@[192.0.2.1]",
        '"ana maria"@example.org',
        "Ana <ana@example.org>",
        "ana@example.org, eva@example.org",
        "ana..maria@example.org",
        ".ana@example.org",
        "ana@exa mple.org",
        "ana@-example.org",
        "ana@example.org.",
        "ana\u202e@example.org",
        "ana@xn--zzzz.org",
        f"{'a' * 65}@example.org",
        f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 63}.org",
        "ana@example.org\nBcc: eva@example.org",
        "ana\x00@example.org",
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an e-mail address: [a-z]") as error:
        normal_address(text)
    local, _, domain = text.rpartition("@")
    assert all(part not in str(error.value) for part in (local, domain) if len(part) > 2)


@given(
    st.text("aA0._+-'é@ ñ", max_size=70),
    st.sampled_from(
        ["example.org", "MAÑANA.mx", "x", "", "a.test", "b" * 63 + "." + "c" * 63 + ".org"]
    ),
)
@example("a" * 64, "example.org")
@example("a" * 65, "example.org")
@example("a" * 64, f"exam{chr(0xAD) * 190}ple.org")  # soft hyphens go
@example("a" * 64, ".".join(["b" * 62] * 3))
def test_the_short_way_says_what_the_validator_says(local: str, domain: str) -> None:
    text = f"{local}@{domain}".strip()
    try:
        checked = validate_email(text, check_deliverability=False, strict=True)
    except EmailNotValidError:
        with pytest.raises(ValueError, match="is not an e-mail address"):
            normal_address(text)
    else:
        assert normal_address(text) == f"{checked.local_part}@{checked.ascii_domain}"


@given(st.emails())
def test_normal_and_folded_forms_are_fixed_points(email: str) -> None:
    try:
        normal = normal_address(email)
    except ValueError:
        return
    assert normal_address(normal) == normal
    folded = folded_address(normal)
    assert folded == folded_address(folded) == folded_address(normal.swapcase().lower())


def test_capitals_and_composition_make_no_other_person() -> None:
    assert folded_address("JOSÉ@example.org") == folded_address("jos\u00e9@example.org")
    assert folded_address("ana@example.org") != folded_address("aña@example.org")
    assert folded_address("strasse@example.org") != folded_address("straße@example.org")
