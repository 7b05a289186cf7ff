"""Reading of stored articles in ranges of ids, newest first, for searches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select

from monitor.model import Article, Relation
from monitor.store.article_index import ArticleIndex
from monitor.store.articles import article_of
from monitor.store.schema import articles, story_members
from monitor.store.schema import verdicts as verdict_table


@dataclass(frozen=True, slots=True)
class ArchiveScope:
    """Which stored articles a search looks at; the default is all of them.

    `since` and `until` are of the time when an article was first seen (`until` itself is outside). `sources` and
    `languages` leave out all others, `watchlist` all that the daemon did not find for that watchlist, `below` all
    articles from this id on.
    """

    since: datetime | None = None
    until: datetime | None = None
    sources: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    watchlist: str | None = None
    below: int | None = None


@dataclass(frozen=True, slots=True)
class ArchivedArticle:
    """A stored article, and the story that it is a member of (None: of none)."""

    article: Article
    story_id: int | None


@dataclass(frozen=True, slots=True)
class IndexedUntil:
    """How far back the index reaches.

    `whole`: it holds every article. Else `since` is when the oldest article in it was first seen (None: none is yet),
    and `left` how many older ones there are.
    """

    whole: bool
    since: datetime | None = None
    left: int = 0


class Archive(ArticleIndex):
    """Stored articles by ranges of ids. An article's id never changes, and a newer one's is higher."""

    def archive_span(self, scope: ArchiveScope) -> tuple[int, int] | None:
        """Return the lowest and the highest id of the articles seen in the scope's time; None where there are none."""
        given = {name: value for name in ("since", "until", "below") if (value := getattr(scope, name)) is not None}
        low, high = self.connection.execute(_ends(*given), given).one()
        return None if low is None else (low, high)

    def indexed_until(self) -> IndexedUntil:
        """Return how far back the index reaches."""
        state = self.index_state()
        older = select(func.count()).select_from(articles)
        if state.usable:
            older = older.where(articles.c.id < state.low)
        left = self.connection.scalar(older) or 0
        if not left or not state.usable:
            return IndexedUntil(not left, None, left)
        first = select(articles.c.seen_at).where(articles.c.id >= state.low).order_by(articles.c.id).limit(1)
        return IndexedUntil(whole=False, since=self.connection.scalar(first), left=left)

    def archive_ids(self, scope: ArchiveScope, low: int, high: int, most: int) -> list[int]:
        """Return the ids from `low` to `high` of articles in the scope, the highest first, at most so many."""
        found = select(articles.c.id).where(articles.c.id.between(low, high), *_conditions(scope))
        return list(self.connection.scalars(found.order_by(articles.c.id.desc()).limit(most)))

    def archived(self, ids: Sequence[int], scope: ArchiveScope) -> list[ArchivedArticle]:
        """Return those of these articles that are in the scope, the highest id first."""
        story = (
            select(func.min(story_members.c.story_id))
            .where(story_members.c.article_id == articles.c.id, story_members.c.relation != Relation.RELATED)
            .correlate(articles)
            .scalar_subquery()
            .label("story_id")
        )
        found: Select[Any] = (
            select(articles, story).where(articles.c.id.in_(ids), *_conditions(scope)).order_by(articles.c.id.desc())
        )
        return [ArchivedArticle(article_of(row), row.story_id) for row in self.connection.execute(found)]


@cache
def _ends(*given: str) -> Select[Any]:
    """Return what asks for the lowest and the highest id where these limits of a scope are given."""
    limits: dict[str, Callable[[Any], ColumnElement[bool]]] = {
        "since": articles.c.seen_at.__ge__,
        "until": articles.c.seen_at.__lt__,
        "below": articles.c.id.__lt__,
    }
    chosen = [limits[name](bindparam(name)) for name in given]
    ends = (select(of(articles.c.id)).where(*chosen).scalar_subquery() for of in (func.min, func.max))
    return select(*ends)


def _span(scope: ArchiveScope) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [] if scope.below is None else [articles.c.id < scope.below]
    if scope.since is not None:
        conditions.append(articles.c.seen_at >= scope.since)
    if scope.until is not None:
        conditions.append(articles.c.seen_at < scope.until)
    return conditions


def _conditions(scope: ArchiveScope) -> list[ColumnElement[bool]]:
    conditions = _span(scope)
    if scope.sources:
        conditions.append(articles.c.source.in_(sorted(scope.sources)))
    if scope.languages:
        conditions.append(articles.c.language.in_(sorted(scope.languages)))
    if scope.watchlist is not None:
        own = (
            verdict_table.c.article_id == articles.c.id,
            verdict_table.c.watchlist == scope.watchlist,
            verdict_table.c.matched,
        )
        conditions.append(select(verdict_table.c.article_id).where(*own).correlate(articles).exists())
    return conditions
