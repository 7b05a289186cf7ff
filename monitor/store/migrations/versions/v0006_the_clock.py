"""What the daemon knows of the wall clock, so that a restart finds out that it was set meanwhile."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

IDENT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "clock",
        sa.Column("id", IDENT, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("mono", sa.Double(), nullable=False),
        sa.Column("boot", sa.Text()),
        sa.Column("ahead", sa.Double(), nullable=False),
        sa.Column("agreed", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_clock"),
    )
