"""Frozen issues, their deliveries, and what came back."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """From subscribers alone."""

    def number() -> sa.types.TypeEngine[int]:
        return sa.BigInteger().with_variant(sa.Integer(), "sqlite")

    op.create_table(
        "issues",
        sa.Column("id", number(), sa.Identity(), primary_key=True),
        sa.Column("week", sa.String(8), nullable=False, unique=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("talks", sa.Integer, nullable=False),
        sa.Column("recipients", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "issue_talks",
        sa.Column("talk_id", sa.Text, primary_key=True),
        sa.Column("issue_id", number(), sa.ForeignKey("issues.id")),
    )
    op.create_table(
        "variants",
        sa.Column("id", number(), sa.Identity(), primary_key=True),
        sa.Column("issue_id", number(), sa.ForeignKey("issues.id"), nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("talks", sa.Integer, nullable=False),
        sa.Column("template", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "deliveries",
        sa.Column("id", number(), sa.Identity(), primary_key=True),
        sa.Column("issue_id", number(), sa.ForeignKey("issues.id"), nullable=False),
        sa.Column("variant_id", number(), sa.ForeignKey("variants.id"), nullable=False),
        sa.Column("subscriber_id", number(), sa.ForeignKey("subscribers.id", ondelete="SET NULL")),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due", sa.DateTime(timezone=True)),
        sa.Column("sender", number()),
        sa.Column("code", sa.Integer, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_state", "deliveries", ["issue_id", "state", "id"])
    op.create_index("ix_deliveries_subscriber_id", "deliveries", ["subscriber_id"])
    op.create_table(
        "bounces",
        sa.Column("id", number(), sa.Identity(), primary_key=True),
        sa.Column(
            "subscriber_id",
            number(),
            sa.ForeignKey("subscribers.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("week", sa.String(8), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(12), nullable=False),
        sa.UniqueConstraint("subscriber_id", "week", "kind"),
        sqlite_autoincrement=True,
    )
