"""``[site]`` → SiteSettings."""

from typing import Any

from feeds.model import SiteSettings
from feeds.settings.table import Check, Table

CHECKS: dict[str, Check] = {
    "precompress": Table.encodings,
}


def read(table: Table, key: str, value: Any) -> SiteSettings:
    """The table's checked values; what is wrong is noted in ``table``."""
    return SiteSettings(**table.table(key, value, CHECKS))
