"""A connection opened: TCP, greeting, EHLO, STARTTLS, AUTH; all that aiosmtplib knows how to do."""

import asyncio
import base64
import os
import re
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import quote

import aiosmtplib

from feeds.edges.smtp.place import VARIABLE, Place, Tls, is_loopback
from feeds.edges.smtp.wire import Wire
from feeds.errors import WorldError
from feeds.text import visible

_ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")
_MAX_CAUSE = 250
_TLS_REMEDY = "let the relay offer STARTTLS, use smtps://, or, in a network you trust, ?tls=off"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait for what, in seconds; RFC 5321 §4.5.3.2 but for ``connect``.

    ``greeting`` also holds for each step of the handshake, ``envelope`` for the replies to
    MAIL, RCPT and DATA, ``text`` for the relay to take a message, ``end`` for the reply to it.
    After ``idle`` without a word the relay may have left, and the news not be here yet.
    """

    connect: float = 30.0
    greeting: float = 300.0
    envelope: float = 300.0
    text: float = 180.0
    end: float = 600.0
    quit: float = 5.0
    idle: float = 5.0


class Unreachable(Exception):  # noqa: N818 # what the world is like, not a mistake
    """No connection: the cause for people, a remedy, and the relay's code (0: it gave none)."""

    def __init__(self, cause: str, remedy: str = "", code: int = 0) -> None:
        # A relay's words are in it, and whoever they are meant for sits at a terminal.
        self.cause, self.remedy, self.code = visible(cause), remedy, code
        super().__init__(self.cause)


@dataclass(frozen=True, slots=True)
class Line:
    """An open connection, and what the relay offers on it.

    ``max_bytes`` is the largest message that it takes (RFC 1870), 0 when it says nothing.
    """

    wire: Wire
    pipelining: bool
    chunking: bool
    smtputf8: bool
    size: bool
    max_bytes: int


def context_of(place: Place) -> ssl.SSLContext:
    """How certificates are checked; WorldError when the file of ``?ca=`` cannot be used.

    On this machine TLS is taken as it is offered, whoever signed: nobody is in between.
    """
    try:
        context = ssl.create_default_context(cafile=place.ca or None)
    except (OSError, ValueError) as error:
        # ssl.SSLError is an OSError without a strerror of its own: no certificate is in there.
        reason = "no certificate is in it"
        if isinstance(error, OSError) and not isinstance(error, ssl.SSLError):
            reason = (error.strerror or str(error)).lower()
        raise WorldError(place.ca or VARIABLE, f"cannot be read: {reason}") from None
    if place.tls is Tls.OFFERED:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def open_line(place: Place, context: ssl.SSLContext, hello: str, timeouts: Timeouts) -> Line:
    """Connect and greet as ``hello``; Unreachable with the cause, never with the password."""
    sock = await _dial(place, timeouts.connect)
    client = aiosmtplib.SMTP(
        hostname=place.host,
        sock=sock,
        timeout=timeouts.greeting,
        use_tls=place.tls is Tls.IMPLICIT,
        start_tls=False,
        tls_context=context,
        local_hostname=hello,
    )
    try:
        return await _greeted(client, place)
    except BaseException as error:
        client.close()
        found: BaseException = error
        if isinstance(error, aiosmtplib.SMTPException | OSError | ValueError):
            found = _unreachable(error)
        if isinstance(found, Unreachable):
            raise Unreachable(_masked(found.cause, place), found.remedy, found.code) from None
        raise


async def _dial(place: Place, timeout_s: float) -> socket.socket:
    """A connected socket: the addresses of the host, one after the other."""
    loop = asyncio.get_running_loop()
    failure: OSError | None = None
    try:
        async with asyncio.timeout(timeout_s):
            found = await loop.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
            for family, kind, protocol, _, address in found:
                sock = socket.socket(family, kind, protocol)
                try:
                    sock.settimeout(0)
                    await loop.sock_connect(sock, address)
                except OSError as error:
                    sock.close()
                    failure = error
                except BaseException:
                    sock.close()
                    raise
                else:
                    return sock
    except TimeoutError:
        cause = f"cannot be reached: no answer for {timeout_s:g} s"
        raise Unreachable(cause, "look at the network and the firewall") from None
    except socket.gaierror as error:
        cause = f"cannot be reached: its name is not known ({error.strerror})"
        raise Unreachable(cause, f"mend the host in {VARIABLE}") from None
    # asyncio's own words have the address in them; the system's are "connection refused".
    reason = os.strerror(failure.errno or 0).lower() if failure else "it has no address"
    raise Unreachable(f"cannot be reached: {reason}", f"start the relay, or mend {VARIABLE}")


async def _greeted(client: aiosmtplib.SMTP, place: Place) -> Line:
    await client.connect()
    await _hello(client)
    encrypted = place.tls is Tls.IMPLICIT
    if place.tls is Tls.REQUIRED and not client.supports_extension("starttls"):
        raise Unreachable("offers no encryption (STARTTLS)", _TLS_REMEDY)
    if place.tls in {Tls.REQUIRED, Tls.OFFERED} and client.supports_extension("starttls"):
        encrypted = await _start_tls(client, place)
    if place.user:
        await _log_in(client, place, encrypted=encrypted)
    transport, offers = client.transport, client.esmtp_extensions
    if not isinstance(transport, asyncio.Transport) or transport.is_closing():
        raise Unreachable("closed the connection in the handshake")
    limit = offers.get("size", "").strip()
    return Line(
        Wire(transport, encrypted=encrypted),
        pipelining="pipelining" in offers,
        chunking={"pipelining", "chunking"} <= offers.keys() and place.chunking,
        smtputf8="smtputf8" in offers,
        size="size" in offers,
        max_bytes=int(limit) if limit.isascii() and limit.isdigit() else 0,
    )


async def _start_tls(client: aiosmtplib.SMTP, place: Place) -> bool:
    try:
        await client.starttls()
    except aiosmtplib.SMTPResponseException as error:
        if place.tls is Tls.OFFERED and error.code != 421:
            return False
        cause = f"refuses STARTTLS: {_said(error)}"
        raise Unreachable(cause, _TLS_REMEDY, error.code) from None
    await _hello(client)  # what was offered before is forgotten: RFC 3207 §4.2
    return True


async def _hello(client: aiosmtplib.SMTP) -> None:
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as error:
        if not 500 <= error.code < 505:
            raise
        await client.helo()  # EHLO is not known there: RFC 5321 §3.2


async def _log_in(client: aiosmtplib.SMTP, place: Place, *, encrypted: bool) -> None:
    peer = client.get_transport_info("peername")
    if not encrypted and not is_loopback(peer[0]):
        raise Unreachable("would see the password in clear text", _TLS_REMEDY)
    if not client.server_auth_methods:
        raise Unreachable("offers no AUTH", f"leave user and password out of {VARIABLE}")
    try:
        await client.login(place.user, place.password)
    except aiosmtplib.SMTPAuthenticationError as error:
        cause = f"refuses the user or the password: {_said(error)}"
        raise Unreachable(cause, f"mend {VARIABLE}", error.code) from None


def _unreachable(error: BaseException) -> Unreachable:
    if isinstance(error, aiosmtplib.SMTPConnectError) and isinstance(error.__cause__, OSError):
        error = error.__cause__
    if isinstance(error, ssl.SSLCertVerificationError):
        cause = f"has a certificate that is not valid: {error.verify_message}"
        return Unreachable(cause, "name the relay as its certificate does, or its CA with ?ca=FILE")
    if isinstance(error, ssl.SSLError):
        cause = f"does not speak TLS as it should: {(error.reason or 'error').lower()}"
        return Unreachable(cause, "smtps:// is for port 465, smtp:// for 587 and 25")
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return Unreachable(f"refuses the connection: {_said(error)}", code=max(0, error.code))
    if isinstance(error, aiosmtplib.SMTPTimeoutError):
        return Unreachable("gave no answer in the handshake", "look at the relay's log")
    if isinstance(error, ConnectionError | aiosmtplib.SMTPServerDisconnected):
        return Unreachable("closed the connection in the handshake", "look at the relay's log")
    return Unreachable(f"cannot be used: {error}")


def _said(error: aiosmtplib.SMTPResponseException) -> str:
    """The relay's code and words, on one line."""
    return " ".join(f"{error.code} {error.message}".split())


def _masked(cause: str, place: Place) -> str:
    """A relay's words without what we told it: some repeat the line that they refuse."""
    plain = f"\0{place.user}\0{place.password}"
    told = {place.password, " ".join(place.password.split()), quote(place.password, safe="")}
    for secret in (plain, place.password, place.user):
        encoded = base64.b64encode(secret.encode()).decode()
        told |= {encoded, encoded.rstrip("=")}
    for secret in sorted(filter(None, told), key=len, reverse=True):
        cause = cause.replace(secret, "…")
    return _ADDRESS.sub("…@…", cause)[:_MAX_CAUSE]
