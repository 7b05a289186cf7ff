"""Since when each term is in force, and when it last matched: the table `watched_terms`. It begins empty."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

MOMENT = sa.BigInteger()


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "watched_terms",
        sa.Column("watchlist", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("matched", MOMENT),
        sa.Column("told", MOMENT),
        sa.PrimaryKeyConstraint("watchlist", "term", name="pk_watched_terms"),
    )
