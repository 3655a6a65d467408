"""How single letters leave: the wiring of ``feeds.jobs.confirming.Post``."""

import asyncio
import secrets
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from feeds.deliveries import Answer, Fate, Letter
from feeds.errors import WorldError
from feeds.model import MailSettings, Subscriber

if TYPE_CHECKING:
    from feeds.edges.ledger import Ledger

OUTBOX = "outbox"


def open_post(folder: Path, _mail: MailSettings) -> "Post":
    """Where letters go: a Maildir below ``folder`` (``.talkfeeds/``).

    This function is the one place to connect the relay of ``TALKFEEDS_SMTP_URL``:
    ``open_relay(url, mail).lanes()[0].carry`` has the form of ``send``.
    """
    return Post(folder / OUTBOX)


class Post:
    """A Maildir, as any mail program opens it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def send(self, letter: Letter) -> Answer:
        """Write one letter; ACCEPTED when it is there whole."""
        return await asyncio.to_thread(self._write, letter)

    def _write(self, letter: Letter) -> Answer:
        for name in ("tmp", "new", "cur"):
            (self.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{letter.token}.{secrets.token_hex(4)}"
        path = self.folder / "tmp" / name
        head = f"Return-Path: <{letter.return_path}>\r\nDelivered-To: {letter.recipient}\r\n"
        path.write_bytes(head.encode() + b"".join(letter.data))
        path.rename(self.folder / "new" / name)
        return Answer(Fate.ACCEPTED, 250)


def send_confirmation(root: Path, ledger: "Ledger", person: Subscriber, now: datetime) -> bool:
    """Ask somebody who was added whether they want to be; False without ``[mail] web_url``.

    WorldError when the mail was not taken.
    """
    from feeds.edges.content import Folder
    from feeds.jobs.joining import Joining
    from feeds.jobs.loading import kit_of, read_settings
    from feeds.links import Asked, Links

    source = Folder(root)
    publication = read_settings(source)
    if not publication.mail.web_url:
        return False
    links = Links(ledger.secret, publication.id, publication.mail.web_url)
    joining = Joining(ledger, links, kit_of(source, publication))
    letter = joining.letter(Asked(person.email, person.language, now), new_token())
    assert letter is not None
    answer = asyncio.run(open_post(root / ".talkfeeds", publication.mail).send(letter))
    if answer.fate != Fate.ACCEPTED:
        cause = f"the mail that asks them to confirm was {answer.fate} ({answer.code})"
        raise WorldError("subscribers", cause, "they are added; add them again to send it again")
    return True


def new_token() -> str:
    """A letter's name: 32 letters and digits, as those of deliveries."""
    return secrets.token_hex(16)
