"""TALKFEEDS_SMTP_URL: where the relay is, and how it is spoken to."""

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from feeds.errors import WorldError

VARIABLE = "TALKFEEDS_SMTP_URL"
_FORMS = "write it as smtp://user:password@host:587 or smtps://user:password@host:465"
_ESCAPES = "write @ / : ? # in a user or a password as %40 %2F %3A %3F %23"


class Tls(StrEnum):
    """When the connection is encrypted.

    ``IMPLICIT``: from its first byte (RFC 8314 §3.3). ``REQUIRED``: by STARTTLS (RFC 3207), or
    nothing is sent. ``OFFERED``: by STARTTLS where the relay offers it. ``OFF``: never.
    """

    IMPLICIT = "implicit"
    REQUIRED = "required"
    OFFERED = "offered"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Place:
    """A relay. ``ca`` is a file of certificates that replaces the system's, empty for those;
    ``chunking`` says whether letters go as RFC 3030 has it where that is offered."""

    host: str
    port: int
    tls: Tls
    user: str = ""
    password: str = ""
    ca: str = ""
    chunking: bool = True

    def __str__(self) -> str:
        """As messages name it: without user and password."""
        scheme = "smtps" if self.tls is Tls.IMPLICIT else "smtp"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}"

    # A dataclass would show the password in every traceback.
    __repr__ = __str__


def is_loopback(host: str) -> bool:
    """Whether ``host`` is ``localhost`` or an address of the loopback network."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_url(url: str) -> Place:
    """``url`` as a Place; WorldError, which never shows the password, when it is none."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        options = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise WorldError(VARIABLE, "is not an SMTP URL", f"{_FORMS}; {_ESCAPES}") from None
    if parts.scheme not in {"smtp", "smtps"}:
        raise WorldError(VARIABLE, "begins with neither smtp:// nor smtps://", _FORMS)
    host = _host(parts)
    if parts.path not in {"", "/"} or parts.fragment or port == 0:
        # Taken apart in the wrong place: what looks like a host may be half a password.
        raise WorldError(VARIABLE, "is not an SMTP URL", f"{_FORMS}; {_ESCAPES}")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise WorldError(VARIABLE, "has a user or a password without the other", _FORMS)
    tls, ca = _options(options, implicit=parts.scheme == "smtps", local=is_loopback(host))
    if user and tls is Tls.OFF and not is_loopback(host):
        cause = "would send the password in clear text"
        raise WorldError(VARIABLE, cause, "leave ?tls=off away, or the user and the password")
    default = 465 if tls is Tls.IMPLICIT else 587
    chunking = "chunking" not in dict(options)
    return Place(host, port or default, tls, user, password, ca, chunking)


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    try:
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        host = ""
    if not host or any(letter.isspace() or letter in "@%\\,;\"'<>" for letter in host):
        raise WorldError(VARIABLE, "names no host", f"{_FORMS}; {_ESCAPES}")
    return host


def _options(options: list[tuple[str, str]], *, implicit: bool, local: bool) -> tuple[Tls, str]:
    known = {"tls", "ca", "chunking"}
    for name, _ in options:
        if name not in known:
            # Not repeated: behind a ? there may be the other half of a password.
            cause = "has an option that is not known"
            raise WorldError(
                VARIABLE, cause, f"known are ?tls=off, ?ca=FILE and ?chunking=off; {_ESCAPES}"
            )
    found = dict(options)
    if len(found) < len(options):
        raise WorldError(VARIABLE, "has an option twice", "leave one of them away")
    if found.get("chunking", "off") != "off":
        raise WorldError(
            VARIABLE, "has a chunking= that cannot be", "?chunking=off is all there is"
        )
    if "tls" in found and (found["tls"] != "off" or implicit):
        raise WorldError(VARIABLE, "has a tls= that cannot be", "smtp://…?tls=off is all there is")
    if "ca" in found and (not found["ca"] or "tls" in found):
        cause = "has a ca= without a use" if "tls" in found else "has a ca= without a file"
        raise WorldError(VARIABLE, cause, "write ?ca=/path/ca.pem, and not beside tls=off")
    if implicit:
        return Tls.IMPLICIT, found.get("ca", "")
    if "tls" in found:
        return Tls.OFF, ""
    # Who names a certificate wants it looked at, on whatever machine.
    return (Tls.OFFERED if local and "ca" not in found else Tls.REQUIRED), found.get("ca", "")
