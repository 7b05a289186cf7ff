"""Queries for reports: alerts of the last days, and when their articles were seen. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import func, select

from monitor.model import Delivery, MessageKind
from monitor.store.base import Repository
from monitor.store.mapping import delivery_of
from monitor.store.schema import articles, feedback, outbox, story_members

_PAGE = 500  # rows that are read at once


class Reports(Repository):
    """Queries over the outbox, its stories and their articles."""

    def alerts_since(
        self, since: datetime, *, channels: Iterable[str] | None = None, limit: int = 10_000
    ) -> list[Delivery]:
        """Return the alerts (no replies, notices, answers) written after `since`, newest first; of `channels` only.

        Rows are read from the newest on, until a page holds none that is young enough: there is no index by time.
        """
        found: list[Delivery] = []
        for page in self._pages(None if channels is None else list(channels)):
            young = [row for row in page if row.created_at > since]
            found += young
            if not young or len(found) >= limit:
                break
        return found[:limit]

    def _pages(self, channels: Sequence[str] | None) -> Iterator[list[Delivery]]:
        wanted = select(outbox).where(outbox.c.kind == MessageKind.ALERT)
        if channels is not None:
            wanted = wanted.where(outbox.c.channel.in_(channels))
        before: int | None = None
        while True:
            page = wanted if before is None else wanted.where(outbox.c.id < before)
            rows = self.connection.execute(page.order_by(outbox.c.id.desc()).limit(_PAGE)).all()
            if not rows:
                return
            yield [delivery_of(row) for row in rows]
            before = rows[-1].id

    def sightings(self, deliveries: Sequence[Delivery]) -> dict[int, tuple[datetime | None, datetime]]:
        """Return by id of the alert, when the article that raised it was published (if known) and first seen.

        That is the newest article of the story that was there when the alert was written.
        """
        found: dict[int, tuple[datetime | None, datetime]] = {}
        for start in range(0, len(deliveries), _PAGE):
            ids = [row.id for row in deliveries[start : start + _PAGE]]
            rows = self.connection.execute(
                select(outbox.c.id, articles.c.published, articles.c.seen_at)
                .join(story_members, story_members.c.story_id == outbox.c.story_id)
                .join(articles, articles.c.id == story_members.c.article_id)
                .where(outbox.c.id.in_(ids), articles.c.seen_at <= outbox.c.created_at)
                .order_by(articles.c.seen_at, articles.c.id)
            )
            found |= {row.id: (row.published, row.seen_at) for row in rows}
        return found

    def feedback_of(self, deliveries: Sequence[Delivery]) -> dict[int, tuple[int, int]]:
        """Return (useful, not useful) by id of the alert, for alerts with feedback."""
        counts: dict[int, tuple[int, int]] = {}
        for start in range(0, len(deliveries), _PAGE):
            ids = [row.id for row in deliveries[start : start + _PAGE]]
            rows = self.connection.execute(
                select(feedback.c.delivery_id, feedback.c.useful, func.count().label("total"))
                .where(feedback.c.delivery_id.in_(ids))
                .group_by(feedback.c.delivery_id, feedback.c.useful)
            )
            for row in rows:
                good, bad = counts.get(row.delivery_id, (0, 0))
                counts[row.delivery_id] = (good + row.total, bad) if row.useful else (good, bad + row.total)
        return counts
