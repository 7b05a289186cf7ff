"""What a backtest asks besides the articles: how they came, what their stories were, what people thought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, true

from monitor.model import Relation
from monitor.store.base import Repository
from monitor.store.feedback import names_of
from monitor.store.schema import articles, entries, feedback, outbox, story_members

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ArticleArrival:
    """How an article came: before the watch began (`baseline`), or too late or in a flood, so that it rings later."""

    baseline: bool
    delayed: bool


@dataclass(frozen=True, slots=True)
class RatedAlert:
    """An alert that people rated: its story, its watchlists, and how many found it useful and not."""

    story_id: int
    watchlists: tuple[str, ...]
    useful: int
    not_useful: int

    @property
    def good(self) -> bool:
        """Return whether most people found it useful."""
        return self.useful > self.not_useful


class Backtests(Repository):
    """Queries for backtests. Nothing is written."""

    def article_arrivals(self, ids: Sequence[int]) -> dict[int, ArticleArrival]:
        """Return how articles came whose entries are kept; of several entries, one that is no baseline decides."""
        found: dict[int, ArticleArrival] = {}
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            rows = select(entries.c.article_id, entries.c.baseline, entries.c.late, entries.c.flood)
            for row in self.connection.execute(rows.where(entries.c.article_id.in_(some)).order_by(entries.c.id)):
                known = found.get(row.article_id)
                if known is None or (known.baseline and not row.baseline):
                    found[row.article_id] = ArticleArrival(row.baseline, bool(row.late or row.flood))
        return found

    def earlier_members(self, story_ids: Sequence[int], before: datetime) -> dict[int, int]:
        """Return by article its story: the articles of these stories that were seen before a time."""
        found: dict[int, int] = {}
        for start in range(0, len(story_ids), _AT_ONCE):
            rows = (
                select(story_members.c.article_id, story_members.c.story_id)
                .join(articles, articles.c.id == story_members.c.article_id)
                .where(
                    story_members.c.story_id.in_(story_ids[start : start + _AT_ONCE]),
                    story_members.c.relation != Relation.RELATED,
                    articles.c.seen_at < before,
                )
            )
            found |= {row.article_id: row.story_id for row in self.connection.execute(rows)}
        return found

    def rated_alerts(self, since: datetime) -> list[RatedAlert]:
        """Return the alerts written since a time that people rated, oldest first."""
        useful = feedback.c.useful == true()
        rows = (
            select(
                outbox.c.id,
                outbox.c.story_id,
                func.max(feedback.c.watchlist).label("names"),
                func.count().filter(useful).label("good"),
                func.count().filter(~useful).label("bad"),
            )
            .join(feedback, feedback.c.delivery_id == outbox.c.id)
            .where(outbox.c.created_at >= since, outbox.c.story_id.is_not(None))
            .group_by(outbox.c.id, outbox.c.story_id)
            .order_by(outbox.c.id)
        )
        return [
            RatedAlert(row.story_id, names_of(row.names), row.good, row.bad) for row in self.connection.execute(rows)
        ]

    def archive_begins(self) -> datetime | None:
        """Return when the oldest kept article was first seen; None where none is kept."""
        found: datetime | None = self.connection.scalar(select(func.min(articles.c.seen_at)))
        return found
