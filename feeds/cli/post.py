"""How single letters leave: the wiring of ``feeds.jobs.confirming.Post``."""

import asyncio
import os
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from feeds.deliveries import Answer, Fate, Letter
from feeds.errors import WorldError
from feeds.model import Publication, Subscriber

if TYPE_CHECKING:
    from feeds.edges.ledger import Ledger
    from feeds.jobs.send import Relay
    from feeds.jobs.stationery import Sign


def relay_of(root: Path, publication: Publication) -> "Relay":
    """The relay of ``TALKFEEDS_SMTP_URL``, else a Maildir below ``.talkfeeds/``.

    WorldError for a URL that names none, or when nobody is named who sends.
    """
    url = os.environ.get("TALKFEEDS_SMTP_URL", "").strip()
    if not url:
        from feeds.edges.outbox import open_outbox

        return open_outbox(root / ".talkfeeds" / "outbox")
    from feeds.edges.smtp import open_relay

    if not publication.mail.sender and not (publication.author and publication.author.email):
        raise WorldError(
            "content/publication.toml",
            "names nobody who sends",
            'write sender = "Name <talks@example.org>" below [mail]',
        )
    return open_relay(url, publication.mail)


def signer_of(domain: str) -> "Sign | None":
    """What signs letters, with the keys of ``TALKFEEDS_DKIM_KEYS``; None without any."""
    given = os.environ.get("TALKFEEDS_DKIM_KEYS", "").strip()
    if not given:
        return None
    from feeds.edges.dkim_keys import read_signer

    signer, warnings = read_signer(domain, given)
    for warning in warnings:
        print(warning, file=sys.stderr)
    if signer is None:
        return None
    at_s = int(datetime.now(UTC).timestamp())
    return lambda pieces: signer.sign(pieces, at_s)


def open_post(root: Path, publication: Publication) -> "Post":
    """The same for single letters, one at a time; WorldError as ``relay_of``."""
    return Post(relay_of(root, publication))


class Post:
    """One connection of a relay, opened when the first letter comes, and again when it ended."""

    def __init__(self, relay: "Relay") -> None:
        self._lane = relay.lanes()[0]
        self._turn = asyncio.Lock()

    async def send(self, letter: Letter) -> Answer:
        """Send one letter."""
        async with self._turn:
            return await self._lane.carry(letter)

    async def close(self) -> None:
        """End the connection."""
        async with self._turn:
            await self._lane.close()


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
    answer = asyncio.run(_send_one(open_post(root, publication), letter))
    if answer.fate != Fate.ACCEPTED:
        cause = f"the mail that asks them to confirm was {answer.fate} ({answer.code})"
        raise WorldError("subscribers", cause, "they are added; add them again to send it again")
    return True


async def _send_one(post: Post, letter: Letter) -> Answer:
    try:
        return await post.send(letter)
    finally:
        await post.close()


def new_token() -> str:
    """A letter's name: 32 letters and digits, as those of deliveries."""
    return secrets.token_hex(16)
