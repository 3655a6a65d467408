"""``[mail]`` → MailSettings."""

from typing import Any

from feeds.model import MailSettings
from feeds.settings.table import Check, Table

CHECKS: dict[str, Check] = {
    "sender": Table.mailbox,
    "reply_to": Table.mailbox,
    "unsubscribe": Table.unsubscribe,
    "postal_address": Table.text,
    "return_path": Table.address,
    "web_url": Table.base_url,
    "connections": Table.number,
    "messages_per_connection": Table.number,
    "rate": Table.number_or_0,
    "max_lateness": Table.seconds,
    "retry_after": Table.seconds,
    "retry_for": Table.seconds,
    "max_bounces": Table.number,
}
# Settings say what a person writes, the model in which unit it is.
_IN_SECONDS = ("max_lateness", "retry_after", "retry_for")


def read(table: Table, key: str, value: Any) -> MailSettings:
    """The table's checked values; what is wrong is noted in ``table``."""
    found = table.table(key, value, CHECKS)
    named = {f"{name}_s" if name in _IN_SECONDS else name: one for name, one in found.items()}
    return MailSettings(**named)
