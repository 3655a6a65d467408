"""DKIM signatures (RFC 6376, RFC 8463): relaxed/relaxed, over messages that come in pieces.

Ours, because dkimpy signs 134 (RSA) or 1,231 (Ed25519) messages a second. The signing itself is
``cryptography``'s, and dkimpy checks in tests that both say the same about every message.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

MIN_RSA_BITS = 2_048
# Each of them is signed as often as it stands in the message, and once more: a header of that
# name that somebody adds on the way breaks the signature (RFC 6376 §8.15).
SIGNED = (
    "from",
    "to",
    "cc",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "auto-submitted",
)
# A selector and a domain go into DNS names and into a header as they are.
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?)*", re.I)
_BLANKS = re.compile(rb"[ \t]+")
_BLANKS_AT_END = re.compile(rb"[ \t]+(?=\r\n)")
_WHITE = b" \t\r\n"
# Pieces that thousands of messages share are canonicalised once. Smaller ones are personal.
_SHARED_BYTES = 512
_MAX_KEPT = 64
_LINE = 76

PrivateKey = RSAPrivateKey | Ed25519PrivateKey


def key_files(given: str) -> dict[str, str]:
    """``selector=/path.pem,selector2=…`` → selector → path; ValueError says what is wrong.

    Empty for an empty text. A selector is one label or more of a domain name (RFC 6376 §3.1).
    """
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in given.split(","))):
        selector, equals, path = (part.strip() for part in pair.partition("="))
        labels = selector.replace("-", "").replace("_", "").split(".")
        if not (equals and path and selector):
            raise ValueError("is not a list of selectors and files")
        if not all(label.isascii() and label.isalnum() for label in labels):
            raise ValueError(f"{selector!r} is no selector")
        if selector in found:
            raise ValueError(f"names the selector {selector} twice")
        found[selector] = path
    if given.strip() and not found:
        raise ValueError("is not a list of selectors and files")
    return found


def read_key(pem: bytes) -> PrivateKey:
    """A private key from PEM, without a passphrase; ValueError says for people what is wrong."""
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:
        raise ValueError("is locked with a passphrase") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("holds no private key in PEM") from None
    if isinstance(key, RSAPrivateKey):
        if key.key_size < MIN_RSA_BITS:
            raise ValueError(f"is an RSA key of {key.key_size} bits; {MIN_RSA_BITS} are the least")
        return key
    if isinstance(key, Ed25519PrivateKey):
        return key
    raise ValueError("is neither an RSA nor an Ed25519 key")


@dataclass(frozen=True, slots=True)
class _Signature:
    """One key, and the beginning of its header."""

    key: PrivateKey
    head: str

    def over(self, headers: bytes) -> bytes:
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(headers, PKCS1v15(), SHA256())
        # RFC 8463 §3: the hash is what is signed.
        return self.key.sign(hashlib.sha256(headers).digest())


class Signer:
    """Signs for ``domain`` with every key of ``keys`` (selector, PEM); all sign each message.

    ValueError for a key, a selector or a domain that cannot be; ``domain`` is in ASCII.
    """

    def __init__(self, domain: str, keys: Iterable[tuple[str, bytes]]) -> None:
        self._signatures: list[_Signature] = []
        self._bodies = _Bodies()
        if not _NAME.fullmatch(domain):
            raise ValueError(f"{domain!r} is no domain that DNS knows")
        for selector, pem in keys:
            if not _NAME.fullmatch(selector):
                raise ValueError(f"{selector!r} is no selector: letters, digits, - and .")
            key = read_key(pem)
            algorithm = "rsa" if isinstance(key, RSAPrivateKey) else "ed25519"
            head = (
                f"DKIM-Signature: v=1; a={algorithm}-sha256; c=relaxed/relaxed;\r\n"
                f" d={domain.lower()}; s={selector.lower()};\r\n"
            )
            self._signatures.append(_Signature(key, head))

    def sign(self, pieces: Sequence[bytes], at_s: int) -> bytes:
        """The DKIM-Signature headers, CRLF and all, to go in front of the message.

        ``pieces`` joined are the message in wire form (``feeds.deliveries.Letter``); ``at_s`` is
        the moment of signing, in whole seconds since 1970 (UTC).
        """
        head, body_hash = self._bodies.split(pieces)
        found = _headers(head)
        names: list[str] = []
        signed: list[bytes] = []
        for name in SIGNED:
            values = found.get(name.encode(), [])
            names += [name] * (len(values) + 1)
            signed += reversed(values)  # RFC 6376 §5.4.2: from the last one upwards
        canonical = b"".join(signed)
        rest = (
            f" t={at_s};\r\n"
            f" h={_folded(':'.join(names), ':')};\r\n"
            f" bh={base64.b64encode(body_hash).decode()};\r\n"
            " b="
        )
        return b"".join(
            self._header(each, each.head + rest, canonical) for each in self._signatures
        )

    @staticmethod
    def _header(signature: _Signature, unsigned: str, canonical: bytes) -> bytes:
        own = _relaxed(b"dkim-signature", unsigned.encode().partition(b":")[2])
        # It is signed with an empty b= and without its line's end: RFC 6376 §3.7.
        made = signature.over(canonical + own.removesuffix(b"\r\n"))
        return f"{unsigned}{_folded(base64.b64encode(made).decode())}\r\n".encode()


def _folded(text: str, after: str = "") -> str:
    """``text`` over lines of at most 76 characters; cut anywhere, or only behind ``after``."""
    if not after:
        return "\r\n ".join(text[at : at + _LINE - 4] for at in range(0, len(text), _LINE - 4))
    lines, line = [], ""
    for word in text.split(after):
        if line and len(line) + len(word) + 1 > _LINE - 4:
            lines.append(line + after)
            line = word
        else:
            line = f"{line}{after}{word}" if line else word
    return "\r\n ".join([*lines, line])


def _headers(head: bytes) -> dict[bytes, list[bytes]]:
    """Each header in relaxed form (RFC 6376 §3.4.2) by its name in small letters, in order."""
    found: dict[bytes, list[bytes]] = {}
    for field_ in re.split(rb"\r\n(?![ \t])", head):
        name, colon, value = field_.partition(b":")
        if colon:
            name = name.rstrip(b" \t").lower()
            found.setdefault(name, []).append(_relaxed(name, value))
    return found


def _relaxed(name: bytes, value: bytes) -> bytes:
    value = _BLANKS.sub(b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return name + b":" + value + b"\r\n"


@dataclass(slots=True)
class _Bodies:
    """Hashes of bodies in relaxed form (RFC 6376 §3.4.4), sharing what messages share.

    A line's blanks, and empty lines at the end, mean something only when it is known what
    follows: each step holds back the white space that its piece ends with.
    """

    # By the piece's identity and what was held back before it; the piece is kept, so that its
    # id names nothing else meanwhile.
    _steps: dict[tuple[int, bytes], tuple[bytes, bytes, bytes]] = field(default_factory=dict)
    _starts: dict[tuple[int, int], tuple[bytes, "hashlib._Hash", bytes]] = field(
        default_factory=dict
    )

    def split(self, pieces: Sequence[bytes]) -> tuple[bytes, bytes]:
        """A message's header, without the empty line that ends it, and its body's SHA-256."""
        head = b""
        for number, piece in enumerate(pieces):
            # The empty line may stand on the border of two pieces.
            seen = max(0, len(head) - 3)
            head += piece
            end = head.find(b"\r\n\r\n", seen)
            if end >= 0:
                begin = len(piece) - (len(head) - end - 4)
                return head[:end], self._hash(piece, begin, pieces[number + 1 :])
        return head, hashlib.sha256().digest()

    def _hash(self, first: bytes, begin: int, rest: Sequence[bytes]) -> bytes:
        """Of ``first`` from ``begin`` on, and all the rest."""
        if begin == len(first) and rest:
            first, begin, rest = rest[0], 0, rest[1:]
        state, held = self._start(first, begin)
        written = False
        for piece in rest:
            ready, held = self._step(piece, held)
            state.update(ready)
            written = written or bool(ready)
        # What was held back are blanks and empty lines: the last line's end is all that counts.
        if written or first[begin:].strip(_WHITE):
            state.update(b"\r\n")
        return state.digest()

    def _start(self, first: bytes, begin: int) -> tuple["hashlib._Hash", bytes]:
        kept = self._starts.get((id(first), begin))
        if kept is None:
            ready, held = _canonical(first[begin:])
            kept = (first, hashlib.sha256(ready), held)
            if len(first) >= _SHARED_BYTES:
                if len(self._starts) >= _MAX_KEPT:
                    self._starts.clear()
                self._starts[id(first), begin] = kept
        return kept[1].copy(), kept[2]

    def _step(self, piece: bytes, held: bytes) -> tuple[bytes, bytes]:
        if len(piece) < _SHARED_BYTES:
            return _canonical(held + piece)
        kept = self._steps.get((id(piece), held))
        if kept is None:
            if len(self._steps) >= _MAX_KEPT:
                self._steps.clear()
            kept = (piece, *_canonical(held + piece))
            self._steps[id(piece), held] = kept
        return kept[1], kept[2]


def _canonical(text: bytes) -> tuple[bytes, bytes]:
    """The relaxed form of ``text`` up to its last letter, and the white space behind that."""
    core = text.rstrip(_WHITE)
    ready = _BLANKS.sub(b" ", _BLANKS_AT_END.sub(b"", core))
    return ready, text[len(core) :]
