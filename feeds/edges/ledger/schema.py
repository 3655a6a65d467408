"""The tables as they are now. ``migrations/`` holds how they came to be; a test compares."""

import json
from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Identity,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

# The newest script in migrations/versions; numbers, so that older and newer can be told.
HEAD = "0001"
# Not alembic's own name: a database may hold another program's migrations as well.
VERSION_TABLE = "talkfeeds_version"


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no zones: what it holds is UTC, and comes back as such."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Any offset becomes UTC; a moment without one is a bug."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs an offset")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """What SQLite gives back has lost the zone, what PostgreSQL gives has the session's."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[tuple[str, ...]]):
    """Words as a JSON list: text, so that equal lists are equal in SQL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, _dialect: Dialect) -> str | None:
        """The list, always in the same letters."""
        if not value:
            return None if value is None else "[]"  # almost everybody's
        return json.dumps(value, ensure_ascii=False)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> tuple[str, ...] | None:
        """The words again."""
        if value is None or value == "[]":
            return None if value is None else ()
        return tuple(json.loads(value))


# PostgreSQL sorts by the server's locale unless told; SQLite by code points.
_Sorted = Text().with_variant(Text(collation="C"), "postgresql")
_Id = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData()

properties = Table(
    "properties",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

subscribers = Table(
    "subscribers",
    metadata,
    # Never given to anybody else, not even when the person is forgotten: what is derived
    # from it (message ids, return addresses) must not come to mean another person.
    Column("id", _Id, Identity(), primary_key=True),
    Column("email", Text, nullable=False),
    Column("address_key", _Sorted, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("status", String(20), nullable=False, index=True),
    Column("since", Moment, nullable=False),
    Column("tags", Words, nullable=False),
    Column("events", Words, nullable=False),
    Column("paused", Boolean, nullable=False),
    sqlite_autoincrement=True,
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("address_hash", String(64), primary_key=True),
    Column("since", Moment, nullable=False),
)
