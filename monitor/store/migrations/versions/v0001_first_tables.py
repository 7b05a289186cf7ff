"""The first tables: sources, entries, articles and verdicts, stories, the outbox and its lanes, small values."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

IDENT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables; those that others refer to come first."""
    _articles()
    _lane_channels()
    _lanes()
    _memory()
    _sources()
    _stories()
    _entries()
    _outbox()
    _story_members()
    _verdicts()


def _articles() -> None:
    op.create_table(
        "articles",
        sa.Column("id", IDENT, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("zones", sa.Text(), nullable=False),
        sa.Column("author", sa.Text()),
        sa.Column("published", sa.BigInteger()),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("guid", sa.Text()),
        sa.Column("from_summary", sa.Text()),
        sa.Column("revisions", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
        sa.UniqueConstraint("key", name="uq_articles_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_articles_seen_at", "articles", ["seen_at"])


def _lane_channels() -> None:
    op.create_table(
        "lane_channels",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_lane_channels"),
    )


def _lanes() -> None:
    op.create_table(
        "lanes",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last_message_id", IDENT),
        sa.Column("chat", IDENT),
        sa.Column("paused_until", sa.BigInteger()),
        sa.Column("suspended_at", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.Column("without_topic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lanes"),
    )


def _memory() -> None:
    op.create_table(
        "memory",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_memory"),
    )


def _sources() -> None:
    op.create_table(
        "sources",
        sa.Column("id", IDENT, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("every", sa.Double(), nullable=False),
        sa.Column("language", sa.Text()),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.Column("body_hash", sa.Text()),
        sa.Column("next_poll_at", sa.BigInteger(), nullable=False),
        sa.Column("interval", sa.Double(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("baseline_at", sa.BigInteger()),
        sa.Column("last_poll_at", sa.BigInteger()),
        sa.Column("last_success_at", sa.BigInteger()),
        sa.Column("last_new_at", sa.BigInteger()),
        sa.Column("last_read_at", sa.BigInteger()),
        sa.Column("error", sa.Text()),
        sa.Column("error_kind", sa.Text()),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sources"),
        sa.UniqueConstraint("name", name="uq_sources_name"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sources_active_stopped_next_poll_at", "sources", ["active", "stopped", "next_poll_at"])


def _stories() -> None:
    op.create_table(
        "stories",
        sa.Column("id", IDENT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("muted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stories"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_stories_updated_at", "stories", ["updated_at"])


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", IDENT, nullable=False),
        sa.Column("source_id", IDENT, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("guid", sa.Text()),
        sa.Column("link", sa.Text()),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("author", sa.Text()),
        sa.Column("published", sa.BigInteger()),
        sa.Column("language", sa.Text()),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("edits", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("article_id", IDENT),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name="fk_entries_article_id_articles", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_entries_source_id_sources", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
        sa.UniqueConstraint("source_id", "key", name="uq_entries_source_id_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_entries_article_id", "entries", ["article_id"])
    op.create_index("ix_entries_last_seen_at", "entries", ["last_seen_at"])
    op.create_index(
        "ix_entries_pending",
        "entries",
        ["baseline", "due_at", "id"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", IDENT, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("dedupe", sa.Text(), nullable=False),
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("story_id", IDENT),
        sa.Column("reply_to", IDENT),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("claimed_revision", sa.Integer(), nullable=False),
        sa.Column("sent_revision", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("held_until", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column("claimed_at", sa.BigInteger()),
        sa.Column("message_id", IDENT),
        sa.Column("last_known_id", IDENT),
        sa.Column("repaired", sa.Boolean(), nullable=False),
        sa.Column("in_digest", IDENT),
        sa.Column("edits", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.ForeignKeyConstraint(["in_digest"], ["outbox.id"], name="fk_outbox_in_digest_outbox", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["reply_to"], ["outbox.id"], name="fk_outbox_reply_to_outbox", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name="fk_outbox_story_id_stories", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("dedupe", name="uq_outbox_dedupe"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_in_digest", "outbox", ["in_digest"])
    op.create_index("ix_outbox_reply_to", "outbox", ["reply_to"])
    op.create_index("ix_outbox_state_channel_id", "outbox", ["state", "channel", "id"])
    op.create_index("ix_outbox_story_id", "outbox", ["story_id"])


def _story_members() -> None:
    op.create_table(
        "story_members",
        sa.Column("story_id", IDENT, nullable=False),
        sa.Column("article_id", IDENT, nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("cites", sa.Text(), nullable=False),
        sa.Column("joined_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name="fk_story_members_article_id_articles", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name="fk_story_members_story_id_stories", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("story_id", "article_id", name="pk_story_members"),
    )
    op.create_index("ix_story_members_article_id", "story_members", ["article_id"])


def _verdicts() -> None:
    op.create_table(
        "verdicts",
        sa.Column("article_id", IDENT, nullable=False),
        sa.Column("watchlist", sa.Text(), nullable=False),
        sa.Column("matched", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("hits", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name="fk_verdicts_article_id_articles", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", "watchlist", name="pk_verdicts"),
    )
