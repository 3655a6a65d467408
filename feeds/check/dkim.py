"""DKIM's key records (RFC 6376 §3.6, RFC 8463): what the DNS holds, and what it should."""

import base64
import binascii

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
)

from feeds.check import State, Verdict
from feeds.check.records import Answer, Found, quoted, tags_of
from feeds.text import shortened

_SOURCE = "RFC 6376 §3.6.1"
_MIN_BITS, _GOOD_BITS = 1024, 2048


def record_of(pem: bytes) -> str:
    """The TXT record that belongs to a private key; ValueError for what is no RSA or Ed25519."""
    try:
        key = load_pem_private_key(pem, None)
    except (TypeError, UnsupportedAlgorithm):  # TypeError: it asks for a password
        raise ValueError("is encrypted, or of a kind that DKIM has not") from None
    except ValueError:
        raise ValueError("is no private key in PEM form") from None
    if isinstance(key, RSAPrivateKey):
        data = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return f"v=DKIM1; k=rsa; p={base64.b64encode(data).decode()}"
    if isinstance(key, Ed25519PrivateKey):
        data = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; p={base64.b64encode(data).decode()}"
    raise ValueError("is neither RSA nor Ed25519")


def check_dkim(selector: str, domain: str, answer: Answer, own: str = "") -> Verdict:
    """The record of ``selector``; ``own``: the one that our private key needs (``record_of``)."""
    name = f"{selector}._domainkey.{domain}"
    publish = "publish the key that the relay gives you for this selector"
    if own:
        publish = f"publish: {name} TXT {quoted(own)}"
    if answer.found is Found.FAILED:
        message, later = f"cannot be looked up: {answer.cause}", "ask again later"
        return Verdict("dkim", name, State.ERROR, message, later, _SOURCE)
    if len(answer.values) != 1:
        count = len(answer.values)
        message = f"there are {count} records" if count else "there is no key"
        remedy = f"keep one; {publish}" if count else publish
        return Verdict("dkim", name, State.ERROR, message, remedy, _SOURCE)
    record = answer.values[0]
    tags = tags_of(record) or {}
    bits = _record_problem(tags, record) or _bits(tags)
    if isinstance(bits, str):
        return Verdict("dkim", name, State.ERROR, bits, publish, _SOURCE)
    if own and "".join(tags["p"].split()) != (tags_of(own) or {})["p"]:
        message = "it is another key than the one in TALKFEEDS_DKIM_KEYS"
        return Verdict("dkim", name, State.ERROR, message, publish, _SOURCE)
    return _sound(tags, bits, name, publish, own=bool(own))


def _sound(tags: dict[str, str], bits: int, name: str, publish: str, *, own: bool) -> Verdict:
    """A key that works: whether it works well."""
    state, message, remedy = State.OK, "", ""
    rsa = tags.get("k", "rsa").lower() == "rsa"
    if "y" in _words(tags.get("t", "")):
        state = State.WARNING
        message = "the record says that it is a test (t=y), so nobody trusts it"
        remedy = f"remove t=y; {publish}"
    elif rsa and bits < _GOOD_BITS:
        state, message = State.WARNING, f"RSA with {bits} bits can be broken"
        remedy = f"make a key with {_GOOD_BITS} bits"
    else:
        message = f"{'RSA' if rsa else 'Ed25519'}, {bits} bits{', and ours' if own else ''}"
    return Verdict("dkim", name, state, message, remedy, _SOURCE)


def is_ed25519(answer: Answer) -> bool:
    """Whether the record's key is Ed25519, which not every receiver can check."""
    tags = tags_of(answer.values[0]) if len(answer.values) == 1 else None
    return (tags or {}).get("k", "").lower() == "ed25519"


def _record_problem(tags: dict[str, str], record: str) -> str:
    """What keeps the record from being one for our signatures; empty when nothing does."""
    if "p" not in tags:
        return f"{shortened(record, 40)!r} is no DKIM key"
    hashes, services = tags.get("h", "sha256"), tags.get("s", "*")
    for wrong, message in (
        ("v" in tags and (next(iter(tags)) != "v" or tags["v"] != "DKIM1"), "v= is not DKIM1"),
        (not tags["p"], "the key was withdrawn (p= is empty)"),
        ("sha256" not in _words(hashes), "the key is not for SHA-256 (h=)"),
        (not {"*", "email"} & set(_words(services)), "the key is not for mail (s=)"),
        (tags.get("k", "rsa").lower() not in {"rsa", "ed25519"}, "k= is neither rsa nor ed25519"),
    ):
        if wrong:
            return message
    return ""


def _words(value: str) -> list[str]:
    return [word.strip().lower() for word in value.split(":")]


def _bits(tags: dict[str, str]) -> int | str:
    """The size of the key in bits, or what is wrong with it."""
    try:
        data = base64.b64decode("".join(tags["p"].split()), validate=True)
    except (binascii.Error, ValueError):
        return "p= is not base64: was it cut in two at the wrong place?"
    if tags.get("k", "rsa").lower() == "ed25519":
        return 256 if len(data) == 32 else "p= does not hold the 32 bytes of an Ed25519 key"
    try:
        key = load_der_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        return "p= holds no RSA key"
    if not isinstance(key, RSAPublicKey):
        return "p= holds no RSA key"
    if key.key_size < _MIN_BITS:
        return f"RSA with {key.key_size} bits, which receivers ignore (RFC 8301 §3.2)"
    return key.key_size
