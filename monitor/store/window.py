"""The live window: what the story index keeps of recent articles, so that a start examines nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, union

from monitor.model import Article, Kept, LiveArticle, Relation
from monitor.store.articles import article_of
from monitor.store.base import Repository
from monitor.store.schema import article_features, articles, story_members

KEPT_FOR = timedelta(hours=72 + 24)
"""How long an article's features are kept after its last sight: the window of stories, and a day to clean up."""


FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


class LiveWindow(Repository):
    """The table `article_features`."""

    def live_ids(self, since: datetime, until: datetime = FOREVER) -> list[int]:
        """Return the ids of articles first or last seen in that time, in order: read from two indexes alone."""
        first = select(articles.c.id).where(articles.c.seen_at.between(since, until))
        last = select(article_features.c.article_id).where(article_features.c.kept_at.between(since, until))
        return sorted(self.connection.scalars(union(first, last)))

    def live_articles(self, ids: Sequence[int]) -> list[LiveArticle]:
        """Return the story and what is kept of each of these articles, in order of id; `related` is no membership.

        Articles without a story are left out. No text is read.
        """
        story = (
            select(func.min(story_members.c.story_id))
            .where(story_members.c.article_id == articles.c.id, story_members.c.relation != Relation.RELATED)
            .correlate(articles)
            .scalar_subquery()
            .label("story_id")
        )
        columns = (article_features.c[name] for name in ("version", "entities", "kept", "kept_at"))
        found = (
            select(articles.c.id, story, *columns)
            .outerjoin(article_features, article_features.c.article_id == articles.c.id)
            .where(articles.c.id.in_(ids))
            .order_by(articles.c.id)
        )
        return [
            LiveArticle(
                row.id,
                row.story_id,
                None if row.kept is None else Kept(row.version, row.entities, row.kept),
                row.kept_at,
            )
            for row in self.connection.execute(found)
            if row.story_id is not None
        ]

    def outdated_ids(self, since: datetime, entities: str) -> list[int]:
        """Return the ids of articles last seen at or after `since` whose entities another catalogue gave, in order."""
        found = select(article_features.c.article_id).where(
            article_features.c.kept_at >= since, article_features.c.entities != entities
        )
        return sorted(self.connection.scalars(found))

    def articles(self, ids: Sequence[int]) -> list[Article]:
        """Return these articles, in order of id."""
        found = select(articles).where(articles.c.id.in_(ids)).order_by(articles.c.id)
        return [article_of(row) for row in self.connection.execute(found)]

    def keep_features(self, rows: Iterable[tuple[int, datetime, Kept]]) -> None:
        """Keep, by article id and the time it was last seen, what the index needs; what was kept before is replaced."""
        values = [
            {
                "article_id": article_id,
                "version": kept.version,
                "entities": kept.entities,
                "kept_at": at,
                "kept": kept.data,
            }
            for article_id, at, kept in rows
        ]
        if values:
            adding = self.upsert(article_features)
            names = ("version", "entities", "kept_at", "kept")
            changes = {name: adding.excluded[name] for name in names}
            self.connection.execute(adding.on_conflict_do_update(index_elements=["article_id"], set_=changes), values)
