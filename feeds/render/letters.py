"""A digest as it goes to one subscriber: rendered once, then spliced.

All that subscribers of one variant share is made and encoded once. What is a person's own (To,
Message-ID, the ways to leave) is put between the pieces as finished bytes: building each
message anew with the email library makes 198 of them a second.
"""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.quoprimime import body_encode
from functools import cached_property
from urllib.parse import quote, urlsplit

from feeds.model import Week
from feeds.patterns import pattern
from feeds.render.headers import POLICY, bracketed, mailbox, plain
from feeds.render.kit import Kit
from feeds.render.newsletter import CHOOSE, Digest, head_of, host_of, return_mailbox
from feeds.text import rfc5322_date, shortened

# What is a person's own: lines of the head, and the way out as text and as HTML.
_SLOTS = (b"head", b"link", b"href", b"choose", b"choosehref")
_PLAIN_NAME = pattern(r"(?![_-])[A-Za-z0-9_-]+(?: [A-Za-z0-9_-]+)*(?<![_-])")
# URLs that need no encoding but soft line breaks, as all of ours are.
_PLAIN_URL = pattern(r"[A-Za-z0-9_.~!#$%&'()*+,/:;?@\[\]-]+")
_QP_LINE = 75
_MAX_NAME = 100


@dataclass(frozen=True)
class Person:
    """What is a subscriber's own in a letter.

    ``leave_urls``: the way out that people click comes first; programs are told all of them
    (RFC 2369 §3.2). ``one_click``: that one acts on a program's POST (RFC 8058); a page of the
    publisher's own need not. ``choose_url`` is where they say what they want.
    """

    email: str
    name: str
    message_id: str
    leave_urls: tuple[str, ...]
    one_click: bool = False
    choose_url: str = ""

    @cached_property
    def head(self) -> bytes:
        """Their part of the message's head: To, Message-ID and the ways out, as lines."""
        return b"To: %b\r\nMessage-ID: <%b>\r\n" % (
            _recipient(self.email, self.name),
            self.message_id.encode("ascii"),
        ) + _leave_headers(self.leave_urls, one_click=self.one_click)


@dataclass(frozen=True, slots=True)
class Template:
    """A message in wire form, cut where personal parts go: pieces and slots in turn.

    ``host`` (of its Message-IDs) and ``mailbox`` (that bounces go to) stay what they were when
    it was made, whatever the settings say when it is sent again.
    """

    pieces: tuple[bytes, ...]
    host: str = ""
    mailbox: str = ""

    def letter(self, person: Person) -> tuple[bytes, ...]:
        """The pieces of one subscriber's message; those that are shared are the same objects."""
        url = person.leave_urls[0] if person.leave_urls else ""
        own = {b"head": person.head}
        own[b"link"], own[b"href"] = _both_ways(url)
        own[b"choose"], own[b"choosehref"] = _both_ways(person.choose_url)
        return tuple(
            own[piece] if at % 2 else piece for at, piece in enumerate(self.pieces) if piece
        )

    @property
    def ways_out(self) -> int:
        """How often the body shows the way out: once a part, in the templates that ship."""
        slots = self.pieces[1::2]
        return slots.count(b"link") + slots.count(b"href")

    def to_bytes(self) -> bytes:
        """To keep: the mark, then the message with the mark and a slot's name at each cut."""
        mark = b"=mark=" + hmac.digest(b"mark", b"\n".join(self.pieces), "sha256").hex().encode()
        cut = (mark + piece + mark if at % 2 else piece for at, piece in enumerate(self.pieces))
        first = b" ".join((mark, self.host.encode(), self.mailbox.encode()))
        return first + b"\n" + b"".join(cut)

    @classmethod
    def from_bytes(cls, kept: bytes) -> "Template":
        """What ``to_bytes`` kept."""
        first, _, message = kept.partition(b"\n")
        mark, host, mailbox_ = first.split(b" ")
        return cls(tuple(message.split(mark)), host.decode(), mailbox_.decode())


def mark_of(secret: bytes, week: Week) -> str:
    """A word that stands for the way out while an issue is rendered; no author can guess it."""
    return "leave" + hmac.digest(secret, f"mark\n{week}".encode(), "sha256").hex()[:32]


def template(kit: Kit, found: Digest, mark: str, date: datetime) -> Template:
    """``found``, rendered with ``mark`` as its way out, ready to be spliced.

    RFC 5322, multipart/alternative, quoted-printable; ``date`` is the Date of every letter.
    """
    slot = {name: f"{mark}-{name.decode()}-" for name in _SLOTS}
    message = head_of(kit, found.subject)
    message["Date"] = rfc5322_date(date)
    # RFC 3834 §5: nobody's holiday reply is wanted.
    message["Auto-Submitted"] = "auto-generated"
    message["MIME-Version"] = "1.0"
    boundary = "=_" + hmac.digest(mark.encode(), found.html.encode(), "sha256").hex()[:32]
    head = message.as_bytes(policy=POLICY).rstrip(b"\r\n").decode("ascii") + "\r\n"
    head += f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n'
    head += f"{slot[b'head']}\r\n"
    parts = [
        (found.text, "plain", ("link", "choose")),
        (found.html, "html", ("href", "choosehref")),
    ]
    body = "".join(
        f'--{boundary}\r\nContent-Type: text/{kind}; charset="utf-8"\r\n'
        f"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        f"{_quoted(text, mark, *(slot[way.encode()] for way in ways))}\r\n"
        for text, kind, ways in parts
    )
    whole = f"{head}{body}--{boundary}--\r\n".encode("ascii")
    names = b"|".join(_SLOTS)
    pieces = tuple(re.split(mark.encode() + b"-(" + names + b")-", whole))
    return Template(pieces, host_of(kit), return_mailbox(kit))


def _quoted(text: str, mark: str, leave: str, choose: str) -> str:
    """Quoted-printable (RFC 2045 §6.7), with a slot on a line of its own at each ``mark``.

    Soft line breaks around it leave the text as it was, whatever is put there.
    """
    found = []
    for at, piece in enumerate(re.split(f"({mark}{CHOOSE}|{mark})", text)):
        if at % 2:
            found.append(f"=\r\n{choose if piece.endswith(CHOOSE) else leave}=\r\n")
        else:
            # One letter less than allowed: the soft line break behind it takes one.
            found.append(
                body_encode(piece.encode().decode("latin-1"), maxlinelen=_QP_LINE, eol="\r\n")
            )
    return "".join(found)


def _both_ways(url: str) -> tuple[bytes, bytes]:
    """A URL for the text and for an attribute in the HTML."""
    link = _folded_quoted(url)
    return link, _folded_quoted(url.replace("&", "&amp;")) if "&" in url else link


def _recipient(email: str, name: str) -> bytes:
    """The value of To, folded. Almost everybody's is plain, and takes the short way."""
    if len(name) < 60 and _PLAIN_NAME.fullmatch(name) and email.isascii():
        return f"{name}\r\n <{email}>".encode("ascii")
    name = shortened(plain(name), _MAX_NAME)
    if not name or not email.isascii():
        return f"<{email}>".encode()
    found = mailbox(email, name) or Address(addr_spec=email)
    message = EmailMessage(policy=POLICY)
    message["To"] = found
    return message.as_bytes().partition(b": ")[2].strip(b"\r\n")


def _leave_headers(urls: Sequence[str], *, one_click: bool) -> bytes:
    """List-Unsubscribe (RFC 2369 §3.2), and that one click will do (RFC 8058 §3.1)."""
    found = [way for url in urls if (way := bracketed(url))]
    if not found:
        return b""
    lines = "List-Unsubscribe: " + ",\r\n ".join(found) + "\r\n"
    if one_click and any(is_one_click(url) for url in urls):
        lines += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    return lines.encode("ascii")


def is_one_click(url: str) -> bool:
    """Whether a mail program may POST there: HTTPS, or this machine while one tries it out."""
    if url.startswith("https://"):
        return True  # nearly always, and taking it apart costs more than the rest of the line
    parts = urlsplit(url)
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
    )


def _folded_quoted(url: str) -> bytes:
    """A URL in quoted-printable, as the inside of a line that soft breaks enclose."""
    if _PLAIN_URL.fullmatch(url):
        lines = ""
        while len(url) > _QP_LINE:
            lines, url = f"{lines}{url[: _QP_LINE - 1]}=\r\n", url[_QP_LINE - 1 :]
        return f"{lines}{url}".encode("ascii")
    return body_encode(quote(url, safe="!#$%&'()*+,/:;=?@[]~"), _QP_LINE, "\r\n").encode("ascii")


def mailto(mailbox_: str) -> str:
    """A mailto: URL (RFC 6068) that unsubscribes whoever writes to that address."""
    return f"mailto:{quote(mailbox_, safe='@+')}?subject=unsubscribe"
