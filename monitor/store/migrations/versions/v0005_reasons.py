"""Why each article joined its story."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of members that are there, nobody knows why they joined."""
    op.add_column("story_members", sa.Column("rule", sa.Text()))
    op.add_column("story_members", sa.Column("of_article", sa.BigInteger().with_variant(sa.Integer(), "sqlite")))
    op.add_column("story_members", sa.Column("score", sa.Double()))
    op.add_column("story_members", sa.Column("shared", sa.Text()))
