"""content/publication.toml → Publication: validated whole, every mistake at once."""

from feeds.errors import ContentError, Problem
from feeds.model import Publication
from feeds.settings import audio, feed, mail, newsletter, podcast, site, toml
from feeds.settings.table import Check, Table
from feeds.settings.values import (
    base_url_problem,
    bytes_of,
    is_mailbox,
    normal_base_url,
    seconds_of,
)

__all__ = [
    "KEYS",
    "base_url_problem",
    "bytes_of",
    "is_mailbox",
    "normal_base_url",
    "parse",
    "seconds_of",
]

KEYS = (
    "title",
    "subtitle",
    "id",
    "base_url",
    "language",
    "timezone",
    "author",
    "license",
    "icon",
    "logo",
    "feed",
    "podcast",
    "newsletter",
    "mail",
    "audio",
    "site",
)
_PUBLICATION: dict[str, Check] = {
    "title": Table.some_text,
    "subtitle": Table.text,
    "id": Table.uri,
    "base_url": Table.base_url,
    "language": Table.language,
    "timezone": Table.timezone,
    "author": Table.author,
    "license": Table.text,
    "icon": Table.path_or_url,
    "logo": Table.path_or_url,
    "feed": feed.read,
    "podcast": podcast.read,
    "newsletter": newsletter.read,
    "mail": mail.read,
    "audio": audio.read,
    "site": site.read,
}


def parse(data: bytes, path: str) -> Publication:
    """The file's bytes (UTF-8 TOML) → Publication; ContentError with all its problems."""
    source, tables = toml.read(data, path)
    problems: list[Problem] = []
    table = Table(path, source, "", tables, problems)
    found = table.read(_PUBLICATION, ("title", "id", "base_url"))
    if problems:
        raise ContentError(problems)
    return Publication(**found)
