"""Splits and merges of stories by hand: the table `grouping_decisions`. It begins empty."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

IDENT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "grouping_decisions",
        sa.Column("id", IDENT, nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("user_id", IDENT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("one", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_grouping_decisions"),
        sqlite_autoincrement=True,
    )
