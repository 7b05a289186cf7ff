"""The bot's updates (messages and presses): stored before they are acknowledged, until they are handled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select, update

from monitor.store.base import Repository
from monitor.store.schema import updates

_ERROR = 500  # characters of an error that are kept


class Updates(Repository):
    """The table `updates`."""

    def store_updates(self, batch: Sequence[tuple[int, str]], now: datetime) -> int:
        """Keep updates as (id, body); return how many of them are new. A known id changes nothing."""
        fresh = 0
        for update_id, body in batch:
            insert = self.upsert(updates).values(update_id=update_id, body=body, received_at=now)
            unknown = insert.on_conflict_do_nothing(index_elements=["update_id"]).returning(updates.c.update_id)
            fresh += self.connection.scalar(unknown) is not None
        return fresh

    def open_update_ids(self, limit: int, after: int | None = None) -> list[int]:
        """Return the ids of updates that are still to be handled, in the order in which they came.

        `after`: the id of the last one of the page before; those that came after it follow.
        """
        found = select(updates.c.update_id).where(updates.c.done_at.is_(None))
        if after is not None:
            came = select(updates.c.received_at).where(updates.c.update_id == after).scalar_subquery()
            later = and_(updates.c.received_at == came, updates.c.update_id > after)
            found = found.where(or_(updates.c.received_at > came, later))
        ordered = found.order_by(updates.c.received_at, updates.c.update_id).limit(limit)
        return list(self.connection.scalars(ordered))

    def update_bodies(self, ids: Sequence[int]) -> dict[int, str]:
        """Return the bodies of updates by id; those of handled ones are gone, and are left out."""
        wanted = updates.c.update_id.in_(ids) & updates.c.done_at.is_(None)
        found = self.connection.execute(select(updates.c.update_id, updates.c.body).where(wanted))
        return {row.update_id: row.body for row in found}

    def finish_update(self, update_id: int, now: datetime, error: str | None = None) -> bool:
        """Mark an update as handled (or, with `error`, as given up) and forget its body; False where it was already."""
        done = (
            update(updates)
            .where(updates.c.update_id == update_id, updates.c.done_at.is_(None))
            .values(done_at=now, body="", error=error and error[:_ERROR])
        )
        return self.connection.execute(done).rowcount > 0

    def fail_update(self, update_id: int, error: str) -> int:
        """Count a try that failed; return how many have (0 where there is no such open update)."""
        failed = (
            update(updates)
            .where(updates.c.update_id == update_id, updates.c.done_at.is_(None))
            .values(attempts=updates.c.attempts + 1, error=error[:_ERROR])
        )
        return self.connection.scalar(failed.returning(updates.c.attempts)) or 0
