"""One writer: the epoch of the lock's holder; one story an article; one row an alert, whatever ids stories get.

A database that two daemons wrote to may hold an article in two stories, and stories that one article opened. Nothing
of that is deleted: the oldest story keeps the article, the others name it as related; the first story is the one that
the article opened.
"""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

IDENT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
GROWING = timedelta(days=7) // timedelta(microseconds=1)
KEY_LENGTH = 400


def upgrade() -> None:
    """Make the table, the column and the indexes, and name the rows of stories that may still grow anew."""
    op.create_table(
        "writer",
        sa.Column("id", IDENT, autoincrement=False, nullable=False),
        sa.Column("epoch", IDENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_writer"),
    )
    _members()
    _stories()
    _alerts()


def _members() -> None:
    op.execute(
        "UPDATE story_members SET relation = 'related' WHERE relation <> 'related' AND EXISTS ("
        "SELECT 1 FROM story_members AS older WHERE older.article_id = story_members.article_id"
        " AND older.story_id < story_members.story_id AND older.relation <> 'related')"
    )
    op.create_index(
        "ix_story_members_one_story",
        "story_members",
        ["article_id"],
        unique=True,
        sqlite_where=sa.text("relation <> 'related'"),
        postgresql_where=sa.text("relation <> 'related'"),
    )


def _stories() -> None:
    """Find out which article opened a story: the first one, or what is left."""
    op.add_column("stories", sa.Column("opened_by", IDENT))
    op.execute(
        "UPDATE stories SET opened_by = (SELECT article_id FROM story_members WHERE story_id = stories.id"
        " AND relation <> 'related'"
        " ORDER BY CASE relation WHEN 'first' THEN 0 ELSE 1 END, joined_at, article_id LIMIT 1)"
    )
    op.create_index("ix_stories_opened_by", "stories", ["opened_by"], unique=True)


def _alerts() -> None:
    """Put the article that opened the story in place of the story's number: 'alert:5:…' becomes 'alert:a17:…'.

    Rows of stories that no longer grow will never be looked for by these names.
    """
    connection = op.get_bind()
    newest = connection.scalar(sa.text("SELECT max(updated_at) FROM stories")) or 0
    rows = connection.execute(
        sa.text(
            "SELECT outbox.id, dedupe, story_id, opened_by, channel,"
            " CASE WHEN length(dedupe) < :cut THEN '' ELSE alert END AS alert"
            " FROM outbox JOIN stories ON stories.id = outbox.story_id"
            " WHERE opened_by IS NOT NULL AND updated_at >= :since ORDER BY outbox.id"
        ),
        {"since": newest - GROWING, "cut": KEY_LENGTH},
    ).all()
    change = sa.text("UPDATE outbox SET dedupe = :after WHERE id = :id")
    for row in rows:
        after = _renamed(row)
        if after is not None:
            connection.execute(change, {"after": after, "id": row.id})


def _renamed(row: sa.Row[Any]) -> str | None:
    """Return a row's new name; None where it keeps the one that it has."""
    kind = row.dedupe.partition(":")[0]
    before = f"{kind}:{row.story_id}:"
    if kind not in {"alert", "reply"} or not row.dedupe.startswith(before):
        return None
    rest = row.dedupe[len(before) :]
    if row.alert:  # the name was cut: the words themselves tell what stood there
        rest = f"{json.loads(row.alert).get('watchlist')}:{row.channel}"
        if _shortened(before + rest) != row.dedupe:
            return None
    return _shortened(f"{kind}:a{row.opened_by}:{rest}")


def _shortened(key: str) -> str:
    """Return what the program stores for a key (columns.py)."""
    if len(key) <= KEY_LENGTH:
        return key
    digest = sha256(key.encode()).hexdigest()
    return key[: KEY_LENGTH - len(digest) - 1] + "#" + digest
