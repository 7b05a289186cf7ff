"""Subscriptions at hubs: the table `subscriptions`. It begins empty: a feed's next new body names its hub."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

IDENT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "subscriptions",
        sa.Column("id", IDENT, nullable=False),
        sa.Column("source_id", IDENT, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("hub", "topic", "path", "secret")),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("callback", sa.Text()),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        sa.UniqueConstraint("path", name="uq_subscriptions_path"),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name="fk_subscriptions_source_id_sources", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_subscriptions_source_id", "subscriptions", ["source_id"])
    op.create_index("ix_subscriptions_next_at", "subscriptions", ["next_at"])
