"""Queries of the page's screens. Nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from monitor.model import Delivery, MessageKind, State, Verdict
from monitor.store.articles import verdict_of
from monitor.store.base import Repository
from monitor.store.mapping import delivery_of
from monitor.store.schema import articles, outbox, stories, verdicts

_TELLS = (MessageKind.ALERT, MessageKind.REPLY)


@dataclass(frozen=True, slots=True)
class RowMark:
    """What a story's row of the outbox looks like: where a mark changes, the story's line on the board does."""

    row: int
    story: int
    revision: int
    state: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article as it came from its source: when it was published, where that is known, and when it was seen."""

    article: int
    source: str
    title: str
    published: datetime | None
    seen: datetime


class Screens(Repository):
    """Queries over stories, their alerts and verdicts."""

    def board_marks(self, since: datetime, limit: int) -> list[RowMark]:
        """Return the marks of the alerts on stories updated since then, the story updated last first."""
        columns = outbox.c.id, outbox.c.story_id, outbox.c.revision, outbox.c.state, stories.c.updated_at
        found = (
            select(*columns)
            .join(outbox, outbox.c.story_id == stories.c.id)
            .where(stories.c.updated_at >= since, outbox.c.kind.in_(_TELLS))
            .order_by(stories.c.updated_at.desc(), stories.c.id.desc(), outbox.c.id)
            .limit(limit)
        )
        return [RowMark(*row) for row in self.connection.execute(found)]

    def alerts_of(self, story_ids: Sequence[int]) -> list[Delivery]:
        """Return the alerts and replies of these stories, oldest first."""
        found = select(outbox).where(outbox.c.story_id.in_(story_ids), outbox.c.kind.in_(_TELLS)).order_by(outbox.c.id)
        return [delivery_of(row) for row in self.connection.execute(found)]

    def verdicts_on(self, article_id: int) -> list[Verdict]:
        """Return what the watchlists decided about one article: matches, and near misses with their hits."""
        found = select(verdicts).where(verdicts.c.article_id == article_id).order_by(verdicts.c.watchlist)
        return [verdict_of(row) for row in self.connection.execute(found)]

    def recent_arrivals(self, since: datetime, limit: int) -> list[Arrival]:
        """Return the articles seen from `since` on, the newest first."""
        columns = (articles.c[name] for name in ("id", "source", "title", "published", "seen_at"))
        found = select(*columns).where(articles.c.seen_at >= since).order_by(articles.c.seen_at.desc()).limit(limit)
        return [Arrival(*row) for row in self.connection.execute(found)]

    def alerts_before(self, before: int | None, limit: int, *, watchlist: str | None = None) -> list[Delivery]:
        """Return alerts and replies with smaller ids than `before` (None: the newest), newest first; of one watchlist.

        What was muted was told to nobody, and is left out.
        """
        found = select(outbox).where(outbox.c.kind.in_(_TELLS), outbox.c.state != State.MUTED)
        if before is not None:
            found = found.where(outbox.c.id < before)
        if watchlist is not None:
            found = found.where(outbox.c.watchlist == watchlist)
        return [delivery_of(row) for row in self.connection.execute(found.order_by(outbox.c.id.desc()).limit(limit))]

    def story_ids_before(self, before: int | None, limit: int) -> list[int]:
        """Return ids of stories smaller than `before` (None: the newest), the highest first."""
        found = select(stories.c.id).order_by(stories.c.id.desc()).limit(limit)
        return list(self.connection.scalars(found if before is None else found.where(stories.c.id < before)))
