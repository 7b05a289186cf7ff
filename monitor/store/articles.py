"""Articles, and what the watchlists decided about them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, delete, func, insert, select

from monitor.model import Article, Relation, Verdict
from monitor.store import codec
from monitor.store.base import Repository
from monitor.store.schema import articles, story_members
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


class Articles(Repository):
    """The tables `articles` and `verdicts`."""

    def article_by_key(self, key: str) -> Article | None:
        """Return the stored article with this key."""
        row = self.connection.execute(select(articles).where(articles.c.key == key)).one_or_none()
        return None if row is None else article_of(row)

    def add_article(self, article: Article) -> int:
        """Store an article, or replace the text of the one with its key; return its id.

        Where it was first seen stays: source, address, guid and time; the date of publication too where the new one
        has none. Raises ValueError where key or `seen_at` is missing.
        """
        if not article.key or article.seen_at is None:
            raise ValueError("an article needs key and seen_at to be stored")
        values = {name: getattr(article, name) for name in _ARTICLE if name != "id"}
        adding = self.upsert(articles).values(**values, zones=codec.zones_to_json(article.zones), revisions=0)
        changes: dict[str, Any] = {name: adding.excluded[name] for name in _REPLACED}
        changes["published"] = func.coalesce(adding.excluded.published, articles.c.published)
        changes["revisions"] = articles.c.revisions + 1
        stored = adding.on_conflict_do_update(index_elements=[articles.c.key], set_=changes)
        article_id: int = self.connection.execute(stored.returning(articles.c.id)).scalar_one()
        return article_id

    def add_verdicts(self, article_id: int, verdicts: Iterable[Verdict]) -> None:
        """Replace what the watchlists decided about an article; only matched ones, and near misses, are kept.

        A near miss has hits and did not match: vetoed, too few terms, background only.
        """
        self.connection.execute(delete(verdict_table).where(verdict_table.c.article_id == article_id))
        kept = {verdict.watchlist: verdict for verdict in verdicts if verdict.matched or verdict.hits}
        if kept:
            self.connection.execute(insert(verdict_table), [_values(article_id, verdict) for verdict in kept.values()])

    def verdicts_of(self, story_id: int) -> list[tuple[int, Verdict]]:
        """Return (article id, verdict) of all matched verdicts on the story's articles, related ones excepted."""
        found = (
            select(verdict_table)
            .join(story_members, story_members.c.article_id == verdict_table.c.article_id)
            .where(
                story_members.c.story_id == story_id,
                story_members.c.relation != Relation.RELATED,
                verdict_table.c.matched,
            )
            .order_by(verdict_table.c.article_id, verdict_table.c.watchlist)
        )
        return [(row.article_id, _verdict(row)) for row in self.connection.execute(found)]


def article_of(row: Row[Any]) -> Article:
    """Return a row of the articles."""
    return Article(zones=codec.zones_from_json(row.zones), **{name: getattr(row, name) for name in _ARTICLE})


def _values(article_id: int, verdict: Verdict) -> dict[str, Any]:
    return {
        "article_id": article_id,
        "watchlist": verdict.watchlist,
        "matched": verdict.matched,
        "reason": verdict.reason,
        "terms": codec.words_to_json(verdict.terms),
        "hits": codec.hits_to_json(verdict.hits),
    }


def _verdict(row: Row[Any]) -> Verdict:
    return Verdict(
        watchlist=row.watchlist,
        matched=row.matched,
        reason=row.reason,
        terms=codec.words_from_json(row.terms),
        hits=codec.hits_from_json(row.hits),
    )
