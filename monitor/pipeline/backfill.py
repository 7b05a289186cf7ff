"""Counting of what articles mention that were judged before mentions were counted: in the background, newest first.

It goes on where it was stopped or killed: each batch is one transaction, which notes how far it has come. What is
counted already is left out, so that a batch that comes twice changes nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from monitor.background import run_turns
from monitor.metrics import BUGS
from monitor.model import Article, Fact
from monitor.model.trends import Subject, SubjectKind, TrendTime
from monitor.pipeline.examine import entity_counts
from monitor.pipeline.live import Live
from monitor.pipeline.ruleset import Rules
from monitor.store import Database, Transaction

log = structlog.get_logger(__name__)

_BATCH = 20  # articles of one transaction
_REST = 2.0  # times as long as a batch took: two thirds of the processor's time are left to others
_ALL = "0"
_NEWEST = 2**62


@dataclass(slots=True)
class TrendBackfill:
    """Counts old articles, batch by batch. `ready` tells whether articles may be examined: the rules are compiled."""

    store: Database
    live: Live
    ready: Callable[[], bool] = lambda: True
    stopwatch: Callable[[], float] = time.perf_counter

    async def turn(self) -> float | None:
        """Count one batch; return the seconds to rest, None where nothing is left. Raises StoreError."""
        if not self.ready():
            return 1.0
        begun = self.stopwatch()
        place, batch, watchlists = await self.store.run(_next)
        if place == _ALL:
            return None
        rules = self.live.now.rules
        counts = await asyncio.to_thread(_examined, batch, watchlists, rules)
        await self.store.run(lambda tx: _keep(tx, batch, counts, rules))
        if not batch:
            log.info("what older articles mention is counted")
            return None
        return (self.stopwatch() - begun) * _REST

    async def work(self, seconds: float) -> None:
        """Count what can be counted in so many seconds, without rests. Raises StoreError."""
        end = self.stopwatch() + seconds
        while self.ready() and self.stopwatch() < end:
            if await self.turn() is None:
                break

    async def run(self) -> None:
        """Take turns until everything is counted."""
        await run_turns(self.turn, "backfill", "old articles wait to be counted")


def _next(tx: Transaction) -> tuple[str, list[Article], dict[int, list[str]]]:
    """Return how far the count has come, the next articles, and the watchlists that matched them."""
    place = tx.get(Fact.TRENDS_COUNTED) or str(_NEWEST)
    ids = [] if place == _ALL else tx.uncounted_ids(int(place), _BATCH)
    return place, tx.articles(ids), tx.matched_watchlists(ids)


def _examined(
    batch: Sequence[Article], watchlists: dict[int, list[str]], rules: Rules
) -> dict[int | None, dict[Subject, int]]:
    counts: dict[int | None, dict[Subject, int]] = {}
    for article in batch:
        try:
            found = entity_counts(article, rules.catalogue.matcher)
        except Exception:  # a bug that one article shows must not keep the others from being counted
            BUGS.labels(stage="backfill").inc()
            log.exception("internal error", stage="backfill", article=article.id)
            found = {}
        counts[article.id] = {Subject(SubjectKind.ENTITY, ident): count for ident, count in found.items()}
        names = watchlists.get(article.id or 0, ())
        counts[article.id] |= {Subject(SubjectKind.WATCHLIST, name): 1 for name in names}
    return counts


def _keep(
    tx: Transaction, batch: Sequence[Article], counts: dict[int | None, dict[Subject, int]], rules: Rules
) -> None:
    ids = [article.id for article in batch if article.id is not None]
    uncounted = set(tx.uncounted_ids(max(ids, default=0) + 1, len(ids))) if ids else set()
    homes = tx.homes_of(ids)
    for article in batch:
        if article.id in uncounted:  # else it was edited, and counted by the judge, meanwhile
            at = TrendTime.of(article, rules.timezone)
            tx.keep_mentions(article.id, homes.get(article.id), at, counts[article.id])
    tx.put(Fact.TRENDS_COUNTED, str(min(ids)) if ids else _ALL)
