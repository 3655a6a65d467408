"""A mailbox on an IMAP server (RFC 9051, RFC 3501), always over TLS; fulfils a job's Mails."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from feeds.errors import WorldError

if TYPE_CHECKING:
    from imapclient import IMAPClient

VARIABLE = "TALKFEEDS_IMAP_URL"
_FORM = (
    "write it as imaps://user:password@mail.example.org/INBOX, "
    "with @ / : in a password as %40 %2F %3A"
)
_PORTS = {"imaps": 993, "imap": 143}
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Account:
    """Where the mailbox is. ``tls``: from the first byte (imaps), else by STARTTLS."""

    host: str
    port: int
    tls: bool
    user: str
    password: str = field(repr=False)
    folder: str


def account(url: str) -> Account:
    """``imaps://user:password@host[:port]/FOLDER`` (RFC 5092, and a password); INBOX by default.

    WorldError when it is no such URL; it repeats nothing of it.
    """
    try:
        found = urlsplit(url)
        port = found.port or _PORTS[found.scheme]
    except (ValueError, KeyError):
        raise WorldError(VARIABLE, "is not an IMAP URL", _FORM) from None
    if not (found.hostname and found.username and found.password):
        raise WorldError(VARIABLE, "names no host, no user or no password", _FORM)
    user, password = unquote(found.username), unquote(found.password)
    folder = unquote(found.path.strip("/")) or "INBOX"
    return Account(found.hostname, port, found.scheme == "imaps", user, password, folder)


class ImapMail:
    """A message on the server; done, it has the flag \\Seen."""

    def __init__(self, client: "IMAPClient", uid: int, max_bytes: int) -> None:
        self._client, self._uid, self._max_bytes = client, uid, max_bytes

    def read(self) -> bytes:
        """Its first bytes, without marking it; none when it was deleted meanwhile."""
        found = self._client.fetch([self._uid], [f"BODY.PEEK[]<0.{self._max_bytes}>"])
        parts = found.get(self._uid, {})
        body = next((parts[name] for name in parts if name.startswith(b"BODY[]")), b"")
        return bytes(body or b"")

    def done(self) -> None:
        """Mark it as seen."""
        self._client.add_flags([self._uid], [rb"\Seen"], silent=True)


@contextmanager
def imap(
    where: Account, max_bytes: int, *, read_only: bool = False, patience_s: float = PATIENCE_S
) -> Iterator[Iterator[ImapMail]]:
    """The mails of a folder that nobody has seen, as long as the connection in the block stands.

    The server's certificate must be valid for its name, whatever the port; a server that
    offers no TLS is refused. ``read_only`` opens the folder so that nothing can be marked.
    WorldError when the server cannot be reached, or says no; it names host and folder alone.
    """
    try:
        from imapclient import IMAPClient
        from imapclient.exceptions import IMAPClientError, LoginError
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "imapclient":
            raise
        remedy = "install it with: pip install 'talkfeeds[imap]'"
        raise WorldError(VARIABLE, "needs IMAPClient, which is not installed", remedy) from None

    subject = f"imap{'s' if where.tls else ''}://{where.host}:{where.port}"
    context = ssl.create_default_context()
    stage = "cannot be reached"
    client = None
    try:
        client = IMAPClient(
            where.host, where.port, ssl=where.tls, ssl_context=context, timeout=patience_s
        )
        if not where.tls:
            stage = "offers no TLS (STARTTLS)"
            client.starttls(context)
        stage = "cannot be used"
        try:
            client.login(where.user, where.password)
        except LoginError:
            raise WorldError(
                subject, "refuses the user or the password", f"mend {VARIABLE}"
            ) from None
        stage = f"cannot open the folder {where.folder}"
        client.select_folder(where.folder, readonly=read_only)
        stage = "stopped answering as it should"
        uids = sorted(client.search(["UNSEEN", "UNDELETED"]))
        yield (ImapMail(client, uid, max_bytes) for uid in uids)
    except ssl.SSLCertVerificationError as error:
        cause = f"has a certificate that does not hold: {error.verify_message.lower()}"
        remedy = "name the host as its certificate does, or put its CA into SSL_CERT_FILE"
        raise WorldError(subject, cause, remedy) from None
    except (OSError, IMAPClientError) as error:
        reason = (getattr(error, "strerror", None) or type(error).__name__).lower()
        remedy = "run it again: what was read twice counts once"
        raise WorldError(subject, f"{stage}: {reason}", remedy) from None
    finally:
        if client is not None:
            _leave(client)


def _leave(client: "IMAPClient") -> None:
    """Say goodbye, or hang up: what was to be marked was marked and answered before."""
    from imapclient.exceptions import IMAPClientError

    try:
        client.logout()
    except (OSError, IMAPClientError):
        with suppress(OSError):  # a failed handshake has closed it already
            client.shutdown()
