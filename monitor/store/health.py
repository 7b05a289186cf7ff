"""Queries for incidents: chats that refuse, alerts given up, messages that wait, rhythms of sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, false, func, or_, select, type_coerce

from monitor.model import Delivery, Lane, Rhythm, State
from monitor.store.base import Repository
from monitor.store.columns import MICROSECOND, Moment, is_null
from monitor.store.mapping import delivery_of, lane_of
from monitor.store.schema import channels, entries, lanes, outbox

_ON_ITS_WAY = (State.READY, State.SENDING, State.UNKNOWN)


class Health(Repository):
    """Queries over several tables; nothing is written."""

    def suspended_lanes(self) -> list[tuple[Lane, list[str]]]:
        """Return each lane whose chat refuses messages, by name, with the names of its channels."""
        found = self.connection.execute(
            select(lanes).where(lanes.c.suspended_at.is_not(None)).order_by(lanes.c.name)
        ).all()
        return [(lane_of(row), self._channels_of(row.name)) for row in found]

    def migrated_lanes(self) -> list[Lane]:
        """Return each lane whose chat has another id than it is named by, by name."""
        found = self.connection.execute(select(lanes).where(lanes.c.chat.is_not(None)).order_by(lanes.c.name))
        return [lane_of(row) for row in found]

    def given_up(self, since: datetime) -> list[Delivery]:
        """Return DEAD rows that were written after `since`, oldest first; rows that shared another's fate aside."""
        dead = select(outbox).where(outbox.c.state == State.DEAD, is_null(outbox.c.in_digest))
        found = dead.where(outbox.c.created_at > since).order_by(outbox.c.id.asc())
        return [delivery_of(row) for row in self.connection.execute(found)]

    def waiting_since(self, channels: Iterable[str], now: datetime, patience: timedelta) -> datetime | None:
        """Return since when the oldest overdue message to one of `channels` has waited; None where there is none.

        Counted are those never sent that failed at least once, or that nobody took for `patience`. What was held (quiet
        hours, a digest) waits since the end of that. Rows of suspended lanes are not counted.
        """
        since = func.coalesce(outbox.c.held_until, outbox.c.created_at)
        found = select(func.min(since, type_=Moment())).where(
            outbox.c.state.in_(_ON_ITS_WAY),
            outbox.c.sent_at.is_(None),
            outbox.c.channel.in_(list(channels)),
            or_(outbox.c.attempts > 0, outbox.c.due_at <= now - patience),
        )
        oldest: datetime | None = self.connection.scalar(found)
        return oldest

    def rhythms(self, source_ids: Sequence[int], since: datetime) -> dict[int, Rhythm]:
        """Return the rhythm of each source that had news after `since`; several entries of one poll count once."""
        arrivals = (
            select(entries.c.source_id, entries.c.first_seen_at)
            .where(entries.c.source_id.in_(source_ids), entries.c.baseline == false(), entries.c.first_seen_at >= since)
            .distinct()
            .subquery()
        )
        at = type_coerce(arrivals.c.first_seen_at, BigInteger)
        gaps = select(
            arrivals.c.source_id,
            arrivals.c.first_seen_at,
            (at - func.lag(at).over(partition_by=arrivals.c.source_id, order_by=at)).label("gap"),
        ).subquery()
        found = select(
            gaps.c.source_id,
            func.count().label("total"),
            func.min(gaps.c.first_seen_at, type_=Moment()).label("first"),
            func.coalesce(func.max(gaps.c.gap, type_=BigInteger), 0).label("longest"),
        ).group_by(gaps.c.source_id)
        return {
            row.source_id: Rhythm(row.total, row.first, row.longest * MICROSECOND.total_seconds())
            for row in self.connection.execute(found)
        }

    def _channels_of(self, lane: str) -> list[str]:
        found = select(channels.c.name).where(channels.c.lane == lane).order_by(channels.c.name)
        return list(self.connection.scalars(found))
