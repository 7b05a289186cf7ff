"""The table `subscriptions`: which hub each source is, or was, subscribed at."""

from __future__ import annotations

import secrets
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, delete, insert, select, true, update

from monitor.model import Hub, PollReason, Subscription
from monitor.store.base import Repository
from monitor.store.schema import sources
from monitor.store.schema import subscriptions as table

_FIELDS = tuple(field.name for field in fields(Subscription))
_RANDOM = 32  # bytes of a path and of a secret: nobody guesses them
_APART = timedelta(seconds=10)  # between a poll and the one that a hub asks for


class Subscriptions(Repository):
    """A row for each source and hub; `monitor.pipeline.websub` asks the hubs."""

    def follow_hub(self, source_id: int, hub: Hub | None, now: datetime) -> None:
        """Note which hub a source's feed names: what it named before is not wanted any more."""
        rows = self._listed(_OF_SOURCE, {"source": source_id})
        same = next((row for row in rows if hub == Hub(row.hub, row.topic)), None)
        for row in rows:
            if row.wanted != (row is same):
                self.update_subscription(row.id, wanted=row is same, next_at=now, failures=0, error=None)
        if hub is not None and same is None:
            values = {"path": secrets.token_urlsafe(_RANDOM), "secret": secrets.token_urlsafe(_RANDOM)}
            named = {"source_id": source_id, "hub": hub.url, "topic": hub.topic}
            self.connection.execute(insert(table).values(**named, **values, wanted=True, next_at=now, failures=0))

    def subscriptions(self) -> list[Subscription]:
        """Return all subscriptions, oldest first."""
        return self._subscriptions()

    def subscription(self, path: str) -> Subscription | None:
        """Return the subscription whose callback ends with `path`."""
        return next(iter(self._subscriptions(table.c.path == path)), None)

    def end_subscriptions(self, now: datetime) -> None:
        """Want no subscription any more of a source that is configured no more."""
        configured = select(sources.c.id).where(sources.c.active == true())
        left = update(table).where(table.c.wanted == true(), table.c.source_id.not_in(configured))
        self.connection.execute(left.values(wanted=False, next_at=now, failures=0, error=None))

    def due_subscriptions(self, now: datetime, limit: int) -> list[Subscription]:
        """Return the subscriptions whose hub is to be asked, longest due first."""
        return self._subscriptions(table.c.next_at <= now)[:limit]

    def update_subscription(self, ident: int, **values: Any) -> None:
        """Change columns of a subscription."""
        self.connection.execute(update(table).where(table.c.id == ident).values(**values))

    def delete_subscription(self, ident: int) -> None:
        """Forget a subscription."""
        self.connection.execute(delete(table).where(table.c.id == ident))

    def wake_source(self, source_id: int, now: datetime) -> bool:
        """Make a source due, ten seconds after its last poll at the earliest; return whether that is sooner.

        One that fails or has stopped keeps its pause: its server may have asked for it.
        """
        row = self.connection.execute(
            select(sources.c.last_poll_at, sources.c.next_poll_at).where(
                sources.c.id == source_id,
                sources.c.active == true(),
                sources.c.stopped != true(),
                sources.c.failures == 0,
            )
        ).one_or_none()
        if row is None:
            return False
        due = now if row.last_poll_at is None else max(now, row.last_poll_at + _APART)
        if row.next_poll_at <= due:
            return False
        planned = {"next_poll_at": due, "poll_reason": PollReason.HUB, "poll_number": None}
        self.connection.execute(update(sources).where(sources.c.id == source_id).values(planned))
        return True

    def _subscriptions(self, *conditions: Any) -> list[Subscription]:
        return self._listed(_LIST.where(*conditions))

    def _listed(self, found: Select[Any], values: dict[str, Any] | None = None) -> list[Subscription]:
        rows = self.connection.execute(found, values)
        return [Subscription(**{name: getattr(row, name) for name in _FIELDS}) for row in rows]


_LIST = (
    select(table, sources.c.url.label("source_url"))
    .join(sources, sources.c.id == table.c.source_id)
    .order_by(table.c.next_at, table.c.id)
)
_OF_SOURCE = _LIST.where(table.c.source_id == bindparam("source"))  # asked by each poll that brings a body
