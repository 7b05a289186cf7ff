"""A source's last polls and what came of them, for people who wonder why it is silent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; it fills as sources are polled."""
    op.add_column("sources", sa.Column("polls", sa.Text()))
