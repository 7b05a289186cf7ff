"""What the bot needs: updates that are still to be handled, feedback on alerts, mutes; messages found by their id."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

IDENT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables and the index."""
    _updates()
    _feedback()
    _mutes()
    _stories()
    op.create_index("ix_outbox_message_id", "outbox", ["message_id"])


def _updates() -> None:
    op.create_table(
        "updates",
        sa.Column("update_id", IDENT, autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("update_id", name="pk_updates"),
    )
    op.create_index("ix_updates_done_at", "updates", ["done_at"])
    op.create_index(
        "ix_updates_open",
        "updates",
        ["received_at", "update_id"],
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("delivery_id", IDENT, autoincrement=False, nullable=False),
        sa.Column("user_id", IDENT, autoincrement=False, nullable=False),
        sa.Column("useful", sa.Boolean(), nullable=False),
        sa.Column("watchlist", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "user_id", name="pk_feedback"),
    )
    op.create_index("ix_feedback_at", "feedback", ["at"])


def _mutes() -> None:
    op.create_table(
        "mutes",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.Column("by_user", IDENT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_mutes"),
    )


def _stories() -> None:
    """Let a story's flag be a mute for good; who set it was not kept."""
    op.execute(
        "INSERT INTO mutes (kind, key, by_user, at)"
        " SELECT 'story', CAST(id AS TEXT), 0, updated_at FROM stories WHERE muted"
    )
    op.drop_column("stories", "muted")
