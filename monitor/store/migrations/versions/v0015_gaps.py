"""Sources know their sitemaps, their latest gap, and when it is refilled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENTS = ("gap_since", "gap_until", "gap_found_at", "refill_at", "robots_at")
NUMBERS = ("gap_expected", "refill_tries", "refilled", "unaccounted")


def upgrade() -> None:
    """Add the columns."""
    op.add_column("sources", sa.Column("sitemap", sa.Text(), nullable=False, server_default="[]"))
    for name in MOMENTS:
        op.add_column("sources", sa.Column(name, sa.BigInteger()))
    for name in NUMBERS:
        op.add_column("sources", sa.Column(name, sa.Integer()))
    for name in ("gap_reason", "robots_sitemaps"):
        op.add_column("sources", sa.Column(name, sa.Text()))
    due = sa.text("refill_at IS NOT NULL")
    op.create_index("ix_sources_refill_at", "sources", ["refill_at"], sqlite_where=due, postgresql_where=due)
