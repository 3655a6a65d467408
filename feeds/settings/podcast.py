"""``[podcast]`` → PodcastSettings."""

from typing import Any

from feeds.model import PodcastSettings
from feeds.settings.table import Check, Table

CHECKS: dict[str, Check] = {
    "private": Table.yes_or_no,
    "title": Table.text,
    "description": Table.text,
    "author": Table.text,
    "email": Table.address,
    "categories": Table.categories,
    "explicit": Table.yes_or_no,
    "image": Table.path_or_url,
    "guid": Table.uuid,
    "locked": Table.yes_or_no,
    "txt": Table.text,
}


def read(table: Table, key: str, value: Any) -> PodcastSettings:
    """The table's checked values; what is wrong is noted in ``table``."""
    return PodcastSettings(**table.table(key, value, CHECKS))
