"""Evidence: the chain, versions of texts, responses, re-checks, changes and time stamps. All begin empty."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

IDENT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _article(table: str, *, key: bool = False) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    return (
        sa.Column("article_id", IDENT, nullable=False, autoincrement=False if key else "auto"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=f"fk_{table}_article_id_articles", ondelete="CASCADE"
        ),
    )


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "evidence_entries",
        sa.Column("seq", IDENT, nullable=False, autoincrement=False),
        sa.Column("article_id", IDENT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_evidence_entries"),
    )
    op.create_index("ix_evidence_entries_article_id", "evidence_entries", ["article_id"])
    op.create_table(
        "evidence_head",
        sa.Column("id", IDENT, nullable=False, autoincrement=False),
        sa.Column("seq", IDENT, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_evidence_head"),
    )
    op.create_table(
        "article_versions",
        *_article("article_versions", key=True),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "number", name="pk_article_versions"),
    )
    op.create_table(
        "evidence_responses",
        sa.Column("seq", IDENT, nullable=False, autoincrement=False),
        *_article("evidence_responses"),
        sa.Column("headers", sa.LargeBinary(), nullable=False),
        sa.Column("record", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("seq", name="pk_evidence_responses"),
    )
    op.create_index("ix_evidence_responses_article_id", "evidence_responses", ["article_id"])
    op.create_table(
        "rechecks",
        *_article("rechecks", key=True),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.PrimaryKeyConstraint("article_id", name="pk_rechecks"),
    )
    op.create_index("ix_rechecks_due_at", "rechecks", ["due_at"])
    op.create_table(
        "article_changes",
        sa.Column("id", IDENT, nullable=False),
        *_article("article_changes"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_article_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_article_changes_article_id", "article_changes", ["article_id"])
    op.create_table(
        "evidence_stamps",
        sa.Column("seq", IDENT, nullable=False, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_evidence_stamps"),
    )
