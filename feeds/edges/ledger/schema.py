"""The tables as they are now. ``migrations/`` holds how they came to be; a test compares."""

import json
from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

# The newest script in migrations/versions; numbers, so that older and newer can be told.
HEAD = "0002"
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

issues = Table(
    "issues",
    metadata,
    Column("id", _Id, Identity(), primary_key=True),
    Column("week", String(8), nullable=False, unique=True),
    Column("frozen_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("subject", Text, nullable=False),
    Column("talks", Integer, nullable=False),
    Column("recipients", Integer, nullable=False),
    sqlite_autoincrement=True,
)

# A talk stands in one issue at most. Those without an issue were there before the first one,
# and are no news.
issue_talks = Table(
    "issue_talks",
    metadata,
    Column("talk_id", Text, primary_key=True),
    Column("issue_id", _Id, ForeignKey("issues.id")),
)

# An issue as one language and one choice of talks has it: the frozen message, with the places
# where what is personal goes.
variants = Table(
    "variants",
    metadata,
    Column("id", _Id, Identity(), primary_key=True),
    Column("issue_id", _Id, ForeignKey("issues.id"), nullable=False),
    Column("language", Text, nullable=False),
    Column("talks", Integer, nullable=False),
    Column("template", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

# ``sender`` is the process that has begun it, while its state is "sending".
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", _Id, Identity(), primary_key=True),
    Column("issue_id", _Id, ForeignKey("issues.id"), nullable=False),
    Column("variant_id", _Id, ForeignKey("variants.id"), nullable=False),
    Column("subscriber_id", _Id, ForeignKey("subscribers.id", ondelete="SET NULL"), index=True),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", Moment),
    Column("sender", _Id),
    Column("code", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Index("ix_deliveries_state", "issue_id", "state", "id"),
    sqlite_autoincrement=True,
)

# What came back, once a kind and issue: the same report read twice counts once.
bounces = Table(
    "bounces",
    metadata,
    Column("id", _Id, Identity(), primary_key=True),
    Column("subscriber_id", _Id, ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False),
    Column("week", String(8), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("at", Moment, nullable=False),
    Column("code", String(12), nullable=False),
    UniqueConstraint("subscriber_id", "week", "kind"),
    sqlite_autoincrement=True,
)
