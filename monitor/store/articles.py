"""Articles, the watchlists' verdicts on them, and the kept features of recent ones for the story index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Executable, Row, Select, bindparam, delete, func, insert, select, union, update

from monitor.model import Article, Fact, KeptFeatures, LiveArticle, Relation, Verdict
from monitor.store import codec
from monitor.store.article_index import ArticleIndex
from monitor.store.base import insert_into
from monitor.store.schema import article_features, articles, memory, story_members
from monitor.store.schema import verdicts as verdict_table

_ARTICLE = (
    "id",
    "url",
    "title",
    "text",
    "source",
    "language",
    "author",
    "published",
    "seen_at",
    "key",
    "guid",
    "from_summary",
)
_REPLACED = ("title", "text", "zones", "language", "author", "from_summary")

KEPT_FOR = timedelta(hours=72 + 24)
"""How long an article's features are kept after its last sight: the window of stories, and a day to clean up."""


FOREVER = datetime(9999, 1, 1, tzinfo=UTC)

_BY_KEY = select(articles).where(articles.c.key == bindparam("the_key"))
_PACK = update(articles).where(articles.c.id == bindparam("the_id")).values(text=bindparam("the_text"))
_DROP_VERDICTS = delete(verdict_table).where(verdict_table.c.article_id == bindparam("article"))
_ADD_VERDICTS = insert(verdict_table)
_VERDICTS_OF: Select[Any] = (
    select(verdict_table)
    .join(story_members, story_members.c.article_id == verdict_table.c.article_id)
    .where(
        story_members.c.story_id == bindparam("story"),
        story_members.c.relation != Relation.RELATED,
        verdict_table.c.matched,
    )
    .order_by(verdict_table.c.article_id, verdict_table.c.watchlist)
)


@cache
def _adding(dialect: str) -> Executable:
    adding = insert_into(dialect, articles)
    changes: dict[str, Any] = {name: adding.excluded[name] for name in _REPLACED}
    changes["published"] = func.coalesce(adding.excluded.published, articles.c.published)
    changes["revisions"] = articles.c.revisions + 1
    return adding.on_conflict_do_update(index_elements=[articles.c.key], set_=changes).returning(articles.c.id)


@cache
def _keeping(dialect: str) -> Executable:
    adding = insert_into(dialect, article_features)
    changes = {name: adding.excluded[name] for name in ("version", "entities", "kept_at", "kept")}
    return adding.on_conflict_do_update(index_elements=["article_id"], set_=changes)


class Articles(ArticleIndex):
    """The tables `articles`, `verdicts` and `article_features`; with the last a start examines nothing."""

    def article_by_key(self, key: str) -> Article | None:
        """Return the stored article with this key."""
        row = self.connection.execute(_BY_KEY, {"the_key": key}).one_or_none()
        return None if row is None else article_of(row)

    def add_article(self, article: Article) -> int:
        """Store an article, or replace the text of the one with its key; return its id. Its words are indexed.

        Where it was first seen stays: source, address, guid and time; the date of publication too where the new one
        has none. Raises ValueError where key or `seen_at` is missing.
        """
        if not article.key or article.seen_at is None:
            raise ValueError("an article needs key and seen_at to be stored")
        values = {name: getattr(article, name) for name in _ARTICLE if name != "id"}
        values |= {"zones": codec.zones_to_json(article.zones), "revisions": 0}
        before = self.indexed_before(article.key)
        article_id: int = self.connection.execute(_adding(self.dialect), values).scalar_one()
        self.reindex(article_id, article, before)
        return article_id

    def add_verdicts(self, article_id: int, verdicts: Iterable[Verdict]) -> None:
        """Replace the verdicts on an article; only matched ones, and near misses, are kept.

        A near miss has hits and did not match: vetoed, too few terms, background only.
        """
        self.connection.execute(_DROP_VERDICTS, {"article": article_id})
        kept = {verdict.watchlist: verdict for verdict in verdicts if verdict.matched or verdict.hits}
        if kept:
            self.connection.execute(_ADD_VERDICTS, [_values(article_id, verdict) for verdict in kept.values()])

    def verdicts_of(self, story_id: int) -> list[tuple[int, Verdict]]:
        """Return (article id, verdict) of all matched verdicts on the story's articles, related ones excepted."""
        found = self.connection.execute(_VERDICTS_OF, {"story": story_id})
        return [(row.article_id, verdict_of(row)) for row in found]

    def pack_texts(self, most: int) -> int:
        """Compress the newest texts that were stored before texts were, at most so many; return how many were read.

        0: none is left, or the database compresses by itself.
        """
        low = self._packed_from()
        if self.dialect != "sqlite" or low == 0:
            return 0
        kind = func.typeof(articles.c.text).label("kind")
        found = select(articles.c.id, kind).where(articles.c.id < low).order_by(articles.c.id.desc()).limit(most)
        rows = self.connection.execute(found).all()
        plain = [row.id for row in rows if row.kind == "text"]
        texts = self.connection.execute(select(articles.c.id, articles.c.text).where(articles.c.id.in_(plain))).all()
        place = str(rows[-1].id if len(rows) == most else 0)
        keep = insert_into(self.dialect, memory).values(key=Fact.TEXTS_PACKED, value=place)
        self.connection.execute(keep.on_conflict_do_update(index_elements=["key"], set_={"value": place}))
        if texts:
            self.connection.execute(_PACK, [{"the_id": row.id, "the_text": row.text} for row in texts])
        return len(rows)

    def _packed_from(self) -> int:
        """Return the id from which on all texts are compressed."""
        known = self.connection.scalar(select(memory.c.value).where(memory.c.key == Fact.TEXTS_PACKED))
        if known is not None:
            return int(known)
        return (self.connection.scalar(select(func.max(articles.c.id))) or 0) + 1

    # ------------------------------------------------------------------ the live window

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
                None if row.kept is None else KeptFeatures(row.version, row.entities, row.kept),
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

    def keep_features(self, rows: Iterable[tuple[int, datetime, KeptFeatures]]) -> None:
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
            self.connection.execute(_keeping(self.dialect), values)


def article_of(row: Row[Any]) -> Article:
    """Return a row of the table `articles` as an Article."""
    return Article(zones=codec.zones_from_json(row.zones), **{name: getattr(row, name) for name in _ARTICLE})


def _values(article_id: int, verdict: Verdict) -> dict[str, Any]:
    return {
        "article_id": article_id,
        "watchlist": verdict.watchlist,
        "matched": verdict.matched,
        "reason": verdict.reason,
        "terms": codec.texts_to_json(verdict.terms),
        "hits": codec.hits_to_json(verdict.hits),
    }


def verdict_of(row: Row[Any]) -> Verdict:
    """Return a row of the table `verdicts` as a Verdict."""
    return Verdict(
        watchlist=row.watchlist,
        matched=row.matched,
        reason=row.reason,
        terms=codec.texts_from_json(row.terms),
        hits=codec.hits_from_json(row.hits),
    )
