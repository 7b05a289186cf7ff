"""Internal errors of an entry: how many, the last one, and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and an index of the few rows that have any."""
    op.add_column("entries", sa.Column("faults", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("entries", sa.Column("fault", sa.Text()))
    op.add_column("entries", sa.Column("faulted_at", sa.BigInteger()))
    op.create_index(
        "ix_entries_faulted",
        "entries",
        ["faulted_at"],
        sqlite_where=sa.text("faulted_at IS NOT NULL"),
        postgresql_where=sa.text("faulted_at IS NOT NULL"),
    )
