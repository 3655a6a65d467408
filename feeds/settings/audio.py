"""``[audio]`` → AudioSettings."""

from typing import Any

from feeds.model import AudioSettings
from feeds.settings.table import Check, Table

CHECKS: dict[str, Check] = {
    "download": Table.yes_or_no,
    "format": Table.audio_format,
    "loudness": Table.yes_or_no,
    "parallel": Table.parallel,
    "pause": Table.seconds,
    "min_free": Table.size,
}
_UNITS = {"pause": "pause_s", "min_free": "min_free_bytes"}


def read(table: Table, key: str, value: Any) -> AudioSettings:
    """The table's checked values; what is wrong is noted in ``table``."""
    found = table.table(key, value, CHECKS)
    return AudioSettings(**{_UNITS.get(name, name): one for name, one in found.items()})
