"""DNS records as verdicts read them: fetched by somebody else, and said the same way."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Found(StrEnum):
    """What the DNS said: ``RECORDS``; ``NOTHING`` of that type; no such ``NAME``; or it failed."""

    RECORDS = "records"
    NOTHING = "nothing"
    NO_NAME = "no name"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """The records of one type of one name.

    ``values`` are texts: TXT with its strings joined (RFC 7208 §3.3), MX as ``10 host``, names
    in lower case without their last dot. ``cause`` says why a look-up failed.
    """

    found: Found
    values: tuple[str, ...] = ()
    cause: str = ""

    @property
    def void(self) -> bool:
        """Whether there is nothing (RFC 7208 §4.6.4)."""
        return self.found in {Found.NOTHING, Found.NO_NAME}


# Name and type (A, AAAA, MX, PTR, TXT) → answer. Never raises for a name's or a zone's fault.
LookUp = Callable[[str, str], Answer]


def tags_of(record: str) -> dict[str, str] | None:
    """``v=DKIM1; p=…`` as a mapping (RFC 6376 §3.2, RFC 7489 §6.4); None for what is no such."""
    found: dict[str, str] = {}
    for tag in record.strip().rstrip(";").split(";"):
        name, equals, value = tag.partition("=")
        name = name.strip().lower()
        if not equals or not name.isidentifier() or name in found:
            return None
        found[name] = value.strip()
    return found


def is_host(name: str) -> bool:
    """Whether ``name`` can be asked for: labels of 1 to 63 letters, 253 altogether."""
    return len(name) <= 253 and all(1 <= len(label) <= 63 for label in name.split("."))


def quoted(text: str) -> str:
    """``text`` as a zone file writes a TXT record: strings of at most 255 (RFC 1035 §3.3.14)."""
    pieces = [text[at : at + 255] for at in range(0, len(text), 255)]
    return " ".join(f'"{piece}"' for piece in pieces)
