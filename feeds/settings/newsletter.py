"""``[newsletter]`` → NewsletterSettings."""

from typing import Any

from feeds.model import NewsletterSettings
from feeds.settings.table import Check, Table

CHECKS: dict[str, Check] = {
    "title": Table.text,
    "reason": Table.text,
    "thumbnails": Table.thumbnails,
}


def read(table: Table, key: str, value: Any) -> NewsletterSettings:
    """The table's checked values; what is wrong is noted in ``table``."""
    return NewsletterSettings(**table.table(key, value, CHECKS))
