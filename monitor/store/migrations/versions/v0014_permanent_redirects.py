"""Sources remember permanent redirects: where to, since when, how often seen, and the address that was learnt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns: nothing is known of any source."""
    op.add_column("sources", sa.Column("moved_address", sa.Text()))
    op.add_column("sources", sa.Column("moved_target", sa.Text()))
    op.add_column("sources", sa.Column("moved_since", sa.BigInteger()))
    op.add_column("sources", sa.Column("moved_sightings", sa.Integer()))
