"""When a source publishes, what its body asks for, why its next poll is when it is; `every` is empty if not written.

What was seen of a source in the last six weeks becomes its profile, so that it need not be learnt anew.
"""

from __future__ import annotations

import math
import struct
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

DEFAULT = 180.0  # seconds: what stood for no `every`
HOUR = 3_600_000_000  # microseconds
WEEK = 168  # hours
WEEKS = 6
KEPT = math.exp(-1 / 6)  # of an hour of the week, after a week
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    """Make the columns, and fill them."""
    op.execute("ALTER TABLE sources RENAME COLUMN every TO every_before")
    for name in ("every", "rate_count", "rate_watched", "excitation", "branching", "spacing", "ttl", "poll_number"):
        op.add_column("sources", sa.Column(name, sa.Double()))
    for name in ("rate_hour", "skip_hours", "skip_days"):
        op.add_column("sources", sa.Column(name, sa.Integer()))
    op.add_column("sources", sa.Column("profile", sa.LargeBinary()))
    op.add_column("sources", sa.Column("poll_reason", sa.Text()))
    op.get_bind().execute(
        sa.text("UPDATE sources SET every = every_before WHERE every_before <> :usual"), {"usual": DEFAULT}
    )
    op.drop_column("sources", "every_before")
    _profiles()


def _profiles() -> None:
    connection = op.get_bind()
    found = connection.execute(
        sa.text("SELECT id, timezone, baseline_at, last_success_at FROM sources WHERE last_success_at IS NOT NULL")
    ).all()
    for row in found:
        end = row.last_success_at // HOUR  # it is not over
        begin = max((row.baseline_at or row.last_success_at) // HOUR + 1, end - WEEKS * WEEK)
        if begin >= end:
            continue
        counts = connection.execute(
            sa.text(
                "SELECT first_seen_at / :hour AS hour, COUNT(*) AS number FROM entries WHERE source_id = :source"
                " AND first_seen_at >= :begin AND first_seen_at < :end AND NOT baseline AND NOT late"
                " AND NOT COALESCE(flood, :no) GROUP BY 1"
            ),
            {"hour": HOUR, "source": row.id, "begin": begin * HOUR, "end": end * HOUR, "no": False},
        )
        profile = _profile({int(each.hour): each.number for each in counts}, begin, end, _zone(row.timezone))
        connection.execute(
            sa.text("UPDATE sources SET profile = :profile WHERE id = :id"), {"profile": profile, "id": row.id}
        )


def _profile(counts: dict[int, Any], begin: int, end: int, zone: tzinfo) -> bytes:
    """Return the entries of each hour of the week, then how many hours of each were watched; older weeks count less."""
    figures = [0.0] * (2 * WEEK)
    for hour in range(begin, end):
        local = (EPOCH + timedelta(hours=hour, minutes=30)).astimezone(zone)
        at = local.weekday() * 24 + local.hour
        figures[at] = figures[at] * KEPT + counts.get(hour, 0)
        figures[WEEK + at] = figures[WEEK + at] * KEPT + 1
    return struct.pack(f"<{2 * WEEK}f", *figures)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return UTC
