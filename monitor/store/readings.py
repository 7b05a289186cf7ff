"""Readings: articles that were read by one process, and are to be judged by another."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from monitor.errors import StoreError
from monitor.model import Article, ReadArticle
from monitor.store import codec
from monitor.store.processes import ServerTime
from monitor.store.schema import entries
from monitor.store.schema_scale import readings


class Readings(ServerTime):
    """The table `readings`."""

    def add_reading(
        self,
        entry_id: int,
        article: Article,
        vector: bytes,
        *,
        baseline: bool,
        until: datetime | None = None,
        page: bytes | None = None,
    ) -> None:
        """Hand an article over to be judged; an entry's earlier reading is replaced.

        The entry is left alone until then: see `is_handed_over`.
        """
        if until is not None:
            left = update(entries).where(entries.c.id == entry_id, entries.c.due_at.is_not(None))
            self.connection.execute(left.values(due_at=until))
        values: dict[str, Any] = {
            "article": codec.article_to_json(article),
            "vector": vector,
            "page": page,
            "baseline": baseline,
            "read": self._at_server(),
            "faults": 0,
        }
        adding = self.upsert(readings).values(entry_id=entry_id, **values)
        self.connection.execute(adding.on_conflict_do_update(index_elements=["entry_id"], set_=values))

    def readings(self, limit: int, after: int = 0) -> list[ReadArticle]:
        """Return articles that wait to be judged, in the order in which they came; `after` this id.

        A row that holds no article is among them, without one.
        """
        waited = (self._at_server() - readings.c.read).label("waited")
        found = select(readings, waited).where(readings.c.id > after).order_by(readings.c.id).limit(limit)
        return [
            ReadArticle(
                row.id,
                row.entry_id,
                _article(row.article),
                row.vector,
                row.baseline,
                max(row.waited, 0.0),
                row.faults,
                row.page,
            )
            for row in self.connection.execute(found)
        ]

    def count_readings(self) -> int:
        """Return how many articles wait to be judged."""
        return self.connection.scalar(select(func.count()).select_from(readings)) or 0

    def is_handed_over(self, entry_id: int) -> bool:
        """Return whether an entry is left alone: it was not edited since it was handed over."""
        return bool(self.connection.scalar(select(entries.c.due_at > self.now()).where(entries.c.id == entry_id)))

    def end_reading(self, entry_id: int) -> None:
        """Remove an entry's reading: it is judged."""
        self.connection.execute(delete(readings).where(readings.c.entry_id == entry_id))

    def fault_reading(self, reading_id: int) -> None:
        """Count an internal error at a reading."""
        counted = update(readings).where(readings.c.id == reading_id).values(faults=readings.c.faults + 1)
        self.connection.execute(counted)


def _article(text: str) -> Article | None:
    try:
        return codec.article_from_json(text)
    except StoreError:
        return None
