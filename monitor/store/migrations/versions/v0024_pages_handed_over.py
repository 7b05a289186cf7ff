"""The page of an article that waits to be judged: `readings.page`. NULL in rows of an earlier version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("readings", sa.Column("page", sa.LargeBinary()))
