"""What the story index keeps of live articles, so that a start examines nothing; an index for sources' rhythms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

IDENT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table, empty: the daemon fills it for what is alive, in the background."""
    op.create_table(
        "article_features",
        sa.Column("article_id", IDENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entities", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", name="pk_article_features"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name="fk_article_features_article_id_articles", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_article_features_kept_at", "article_features", ["kept_at"])
    op.create_index(
        "ix_entries_source_id_first_seen_at_baseline", "entries", ["source_id", "first_seen_at", "baseline"]
    )
