"""A judge over a store with a day of articles, of some of which nothing is kept that can be used."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from doubles.clock import FixedClock
from doubles.pipeline_harness import compiled
from doubles.random_articles import START, newsday

from monitor.model import Article, Entry, KeptFeatures, PendingEntry, Source
from monitor.pipeline.judge import Judge
from monitor.pipeline.ruleset import CompiledCatalogue, Rules
from monitor.store import Database

CATALOGUE, OTHER = "in force", "another one"


def rules(fingerprint: str = CATALOGUE) -> Rules:
    return Rules(compiled(), CompiledCatalogue(compiled(), fingerprint=fingerprint))


def pending(number: int, article: Article) -> PendingEntry:
    return PendingEntry(number, Source("S", "https://s.example"), Entry(article.key, None, None, ""), article.when)


def day(count: int, seed: int = 7) -> list[Article]:
    return [article for article, _ in newsday(seed, count)]


async def judged(judge: Judge, clock: FixedClock, articles: list[Article], first: int = 1) -> None:
    """Judge articles as they come."""
    for number, article in enumerate(articles, first):
        clock.wall = max(clock.wall, article.when)
        await judge.judge(pending(number, article), article)


def stories(store: Database) -> dict[str, int]:
    """Return the story of each article, by key."""
    with store.begin() as tx:
        live = {one.id: one.story_id for one in tx.live_articles(tx.live_ids(START))}
        return {article.key: live[article.id or 0] for article in tx.articles(list(live))}


def kept(store: Database) -> dict[int, KeptFeatures | None]:
    with store.begin() as tx:
        return {one.id: one.kept for one in tx.live_articles(tx.live_ids(START))}


def spoil(store: Database, ident: int, **changes: Any) -> None:
    """Change what is kept of an article."""
    with store.begin() as tx:
        (live,) = tx.live_articles([ident])
        assert live.kept is not None
        tx.keep_features([(ident, START, replace(live.kept, **changes))])
