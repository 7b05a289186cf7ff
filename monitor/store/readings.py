"""Readings: articles that were read by one process, and are to be judged by another."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func, select, update

from monitor.model import Article, ReadArticle
from monitor.store import codec
from monitor.store.processes import ServerTime
from monitor.store.schema_scale import readings


class Readings(ServerTime):
    """The table `readings`."""

    def add_reading(self, entry_id: int, article: Article, vector: bytes, *, baseline: bool) -> None:
        """Hand an article over to be judged; an entry's earlier reading is replaced."""
        values: dict[str, Any] = {
            "article": codec.article_to_json(article),
            "vector": vector,
            "baseline": baseline,
            "read": self._at_server(),
            "faults": 0,
        }
        adding = self.upsert(readings).values(entry_id=entry_id, **values)
        self.connection.execute(adding.on_conflict_do_update(index_elements=["entry_id"], set_=values))

    def readings(self, limit: int, after: int = 0) -> list[ReadArticle]:
        """Return articles that wait to be judged, in the order in which they came; `after` this id."""
        waited = (self._at_server() - readings.c.read).label("waited")
        found = select(readings, waited).where(readings.c.id > after).order_by(readings.c.id).limit(limit)
        return [
            ReadArticle(
                row.id,
                row.entry_id,
                codec.article_from_json(row.article),
                row.vector,
                row.baseline,
                max(row.waited, 0.0),
                row.faults,
            )
            for row in self.connection.execute(found)
        ]

    def count_readings(self) -> int:
        """Return how many articles wait to be judged."""
        return self.connection.scalar(select(func.count()).select_from(readings)) or 0

    def end_reading(self, entry_id: int) -> None:
        """Remove an entry's reading: it is judged."""
        self.connection.execute(delete(readings).where(readings.c.entry_id == entry_id))

    def fault_reading(self, reading_id: int) -> None:
        """Count an internal error at a reading."""
        counted = update(readings).where(readings.c.id == reading_id).values(faults=readings.c.faults + 1)
        self.connection.execute(counted)
