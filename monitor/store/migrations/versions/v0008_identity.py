"""Entries are recognised by several fields, each by its hash; sources remember which of them count, and their volume.

Hashes are filled in for what feeds still show. Older entries, of which there may be a million, are found by their keys
if they ever come back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import sqlalchemy as sa
from alembic import op

from monitor.identity import marks

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MARKS = ("guid_mark", "link_mark", "page_mark", "title_mark", "summary_mark")
HABITS = ("guid_apart", "link_apart", "title_apart", "guid_kept", "link_kept", "page_kept")
UNSEEN = timedelta(days=2) // timedelta(microseconds=1)


class StoredItem(NamedTuple):
    """What an entry's marks are made of."""

    guid: str | None
    link: str | None
    title: str
    summary: str
    published: None = None


def upgrade() -> None:
    """Add the columns, and fill them for what matters now."""
    for name in HABITS:
        op.add_column("sources", sa.Column(name, sa.Boolean()))
    for name in ("busiest", "count", "flood"):
        op.add_column("sources", sa.Column(name, sa.Integer()))
    for name in ("day", "flooded_on"):
        op.add_column("sources", sa.Column(name, sa.Date()))
    op.add_column("entries", sa.Column("flood", sa.Boolean()))
    for name in MARKS:
        op.add_column("entries", sa.Column(name, sa.BigInteger()))
        held = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"ix_entries_{name}", "entries", ["source_id", name], sqlite_where=held, postgresql_where=held)
    _mark()
    _count()


def _mark() -> None:
    connection = op.get_bind()
    shown = connection.execute(
        sa.text(
            "SELECT entries.id, guid, link, title, summary FROM entries JOIN sources ON sources.id = source_id"
            " WHERE last_seen_at >= COALESCE(last_read_at, 0) - :unseen"
        ),
        {"unseen": UNSEEN},
    )
    values = []
    for row in shown:
        found = marks(StoredItem(row.guid, row.link, row.title, row.summary))
        values.append({"id": row.id} | {name: getattr(found, name.removesuffix("_mark")) for name in MARKS})
    if values:
        connection.execute(
            sa.text(
                "UPDATE entries SET guid_mark = :guid_mark, link_mark = :link_mark, page_mark = :page_mark,"
                " title_mark = :title_mark, summary_mark = :summary_mark WHERE id = :id"
            ),
            values,
        )


def _count() -> None:
    """Find the most entries that a day has brought to each source."""
    op.get_bind().execute(
        sa.text(
            "UPDATE sources SET busiest = (SELECT MAX(number) FROM (SELECT COUNT(*) AS number FROM entries"
            " WHERE source_id = sources.id AND NOT baseline GROUP BY first_seen_at / 86400000000) AS days)"
        )
    )
