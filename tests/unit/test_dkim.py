"""DKIM signatures, checked by dkimpy: another reading of the same RFCs."""

import base64
import hashlib
import re
from collections.abc import Callable

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from dkim.canonicalization import Relaxed
from hypothesis import given
from hypothesis import strategies as st

from feeds.dkim import SIGNED, PrivateKey, Signer, _Bodies, read_key

AT_S = 1_512_979_200


def pem_of(
    key: PrivateKey | ec.EllipticCurvePrivateKey,
    encryption: KeySerializationEncryption | None = None,
) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


RSA = rsa.generate_private_key(65_537, 2_048)
ED25519 = Ed25519PrivateKey.generate()
KEYS = [("2017a", pem_of(RSA)), ("2017b", pem_of(ED25519))]
SIGNER = Signer("example.org", KEYS)

HEAD = (
    b"From: Talks <talks@example.org>\r\n"
    b"To: ana@example.com\r\n"
    b"Subject: 11 talks,\r\n\t and a  fold \r\n"
    b"Date: Mon, 11 Dec 2017 08:00:00 +0000\r\n"
    b"Message-ID: <token@example.org>\r\n"
    b"List-Unsubscribe: <https://example.org/leave>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"\r\n"
)
BODY = b"Hello  Ana, \r\n\r\n\t three   talks.\t\r\n\r\n \r\n\r\n"


def dns(name: bytes, timeout: int = 5) -> bytes:
    """The zone of example.org."""
    selector = name.partition(b".")[0]
    if selector == b"2017a":
        public = RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    raw = ED25519.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return b"v=DKIM1; k=ed25519; p=" + base64.b64encode(raw)


def verdicts(message: bytes, signatures: int = 2) -> list[bool]:
    """What dkimpy says of each signature; broken ones are no."""
    found = []
    for number in range(signatures):
        try:
            found.append(bool(dkim.DKIM(message).verify(idx=number, dnsfunc=dns)))
        except dkim.DKIMException:
            found.append(False)
    return found


def test_both_signatures_hold() -> None:
    signed = SIGNER.sign((HEAD, BODY), AT_S) + HEAD + BODY
    assert verdicts(signed) == [True, True]
    assert re.findall(rb"a=([a-z0-9-]+);", signed) == [b"rsa-sha256", b"ed25519-sha256"]


def test_the_header_has_short_lines_and_the_moment_that_was_given() -> None:
    header = SIGNER.sign((HEAD, BODY), AT_S)
    assert header.endswith(b"\r\n")
    assert all(len(line) <= 78 for line in header.split(b"\r\n"))
    assert header.count(b"t=1512979200;") == 2


def test_the_same_message_at_the_same_moment_gives_the_same_signature() -> None:
    assert SIGNER.sign((HEAD, BODY), AT_S) == Signer("example.org", KEYS).sign((HEAD + BODY,), AT_S)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b"three", b"four"),
        lambda text: text + b"One more line.\r\n",
        lambda text: text.replace(b"11 talks", b"12 talks"),
        lambda text: text.replace(b"Talks <talks@", b"Other <talks@"),
        lambda text: text.replace(b"<token@", b"<taken@"),
        lambda text: text.replace(b"/leave", b"/stay"),
        lambda text: text.replace(b"One-Click", b"One-Clack"),
    ],
)
def test_a_change_on_the_way_breaks_both(change: Callable[[bytes], bytes]) -> None:
    text = HEAD + BODY
    assert change(text) != text
    assert verdicts(SIGNER.sign((HEAD, BODY), AT_S) + change(text)) == [False, False]


@pytest.mark.parametrize("name", SIGNED)
def test_a_header_that_is_added_on_the_way_breaks_both(name: str) -> None:
    added = name.encode() + b": something\r\n"
    signed = SIGNER.sign((HEAD, BODY), AT_S)
    for message in (signed + added + HEAD + BODY, signed + HEAD[:-2] + added + b"\r\n" + BODY):
        assert verdicts(message) == [False, False], name


def test_what_relays_add_and_change_breaks_nothing() -> None:
    signed = SIGNER.sign((HEAD, BODY), AT_S) + HEAD + BODY
    changed = signed.replace(b"a  fold \r\n", b"a fold\r\n").replace(
        b"three   talks", b"three talks"
    )
    assert changed != signed
    assert verdicts(b"Received: from a by b\r\n" + changed + b"\r\n\r\n") == [True, True]


_WORDS = st.lists(
    st.sampled_from(
        [b"a", b"bc.", b".", b" ", b"\t", b"\r\n", b"\r\n", b"\xc3\xa9", b"=", b"  \r\n"]
    ),
    max_size=30,
).map(b"".join)


def cut(text: bytes, at: list[int]) -> list[bytes]:
    """``text`` in pieces."""
    places = sorted({place % (len(text) + 1) for place in at})
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


@given(_WORDS, st.lists(st.integers(0, 200), max_size=5))
def test_bodies_are_canonical_as_dkimpy_has_it_however_they_are_cut(
    body: bytes, at: list[int]
) -> None:
    body = body + b"\r\n" if body else b""
    expected = hashlib.sha256(Relaxed.canonicalize_body(body)).digest()
    pieces = cut(b"A: b\r\n\r\n" + body, at)
    assert _Bodies().split(pieces) == (b"A: b", expected)


@given(st.lists(_WORDS, min_size=1, max_size=4), st.lists(_WORDS, max_size=4))
def test_shared_pieces_are_remembered_for_what_stood_before_them(
    shared: list[bytes], own: list[bytes]
) -> None:
    bodies = _Bodies()
    pieces = [b"A: b\r\n\r\n" + shared[0] * 300, *(piece * 300 for piece in shared[1:])]
    for word in [b"", *own, b"x\r\n", b" \r\n"]:
        message = [pieces[0], word, *pieces[1:], word, *pieces[1:], b"\r\n"]
        body = b"".join(message).partition(b"\r\n\r\n")[2]
        expected = hashlib.sha256(Relaxed.canonicalize_body(body)).digest()
        assert bodies.split(message)[1] == expected
        assert bodies.split(message)[1] == expected


_VALUES = st.lists(
    st.sampled_from(["a", "b c", " ", "\t", "\r\n ", "\r\n\t x", ":", "=?utf-8?q?=C3=A9?=", "<>"]),
    max_size=12,
).map("".join)


@given(st.lists(st.tuples(st.sampled_from(["Subject", "subject", "List-Id", "X-Other"]), _VALUES)))
def test_headers_are_canonical_as_dkimpy_has_it(headers: list[tuple[str, str]]) -> None:
    # A folded line of blanks alone is obsolete (RFC 5322 §4.2), and no letter has one.
    headers = [(name, re.sub(r"\r\n[ \t]+(?=\r\n|$)", "", value)) for name, value in headers]
    lines = "".join(f"{name}:{value}\r\n" for name, value in headers)
    message = f"From: a@example.org\r\n{lines}\r\nx\r\n".encode()
    signer = Signer("example.org", KEYS[1:])
    assert verdicts(signer.sign((message,), AT_S) + message, 1) == [True]


@pytest.mark.parametrize("body", [b"", b"\r\n", b"\r\n\r\n", b" \r\n\t\r\n", b"x\r\n", b".\r\n"])
def test_short_bodies_hold(body: bytes) -> None:
    assert verdicts(SIGNER.sign((HEAD, body), AT_S) + HEAD + body) == [True, True]


def test_keys_that_no_one_should_sign_with_are_refused_in_words() -> None:
    cases = {
        pem_of(rsa.generate_private_key(65_537, 1_024)): "1024 bits; 2048 are the least",
        pem_of(ec.generate_private_key(ec.SECP256R1())): "neither an RSA nor an Ed25519 key",
        pem_of(RSA, BestAvailableEncryption(b"x")): "locked with a passphrase",
        b"": "no private key",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n": "no private key",
    }
    for pem, cause in cases.items():
        with pytest.raises(ValueError, match=cause):
            read_key(pem)


@pytest.mark.parametrize(
    ("domain", "selector"),
    [("exa mple.org", "a"), ("", "a"), ("example.org", "a;b"), ("x.org", "")],
)
def test_names_that_would_break_the_header_are_refused(domain: str, selector: str) -> None:
    with pytest.raises(ValueError, match=r"is no (domain|selector)"):
        Signer(domain, [(selector, KEYS[0][1])])
