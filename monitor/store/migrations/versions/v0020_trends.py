"""Trends: the tables `trend_subjects`, `mentions` and `trend`. They begin empty: the daemon counts old articles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

IDENT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "trend_subjects",
        sa.Column("id", IDENT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trend_subjects"),
        sa.UniqueConstraint("kind", "name", name="uq_trend_subjects_kind_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "mentions",
        sa.Column("article_id", IDENT, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("hour", "day")),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", name="pk_mentions"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name="fk_mentions_article_id_articles", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "trend",
        sa.Column("subject_id", IDENT, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("day", "stories", "articles")),
        sa.PrimaryKeyConstraint("subject_id", "day", name="pk_trend"),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["trend_subjects.id"], name="fk_trend_subject_id_trend_subjects", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
