"""The state of the index for searches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.store.columns import Ident

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Make the table, empty: the daemon makes the index, and fills it while it does its work."""
    op.create_table(
        "index_state",
        sa.Column("id", Ident, nullable=False, autoincrement=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("low", Ident, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_index_state")),
    )
