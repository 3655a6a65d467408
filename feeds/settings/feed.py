"""``[feed]`` → FeedSettings."""

from typing import Any

from feeds.model import FeedSettings
from feeds.settings.table import Check, Table

CHECKS: dict[str, Check] = {
    "entries": Table.number,
    "by": Table.feed_kinds,
    "hub": Table.url,
}


def read(table: Table, key: str, value: Any) -> FeedSettings:
    """The table's checked values; what is wrong is noted in ``table``."""
    return FeedSettings(**table.table(key, value, CHECKS))
