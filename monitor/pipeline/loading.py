"""Filling of the story index at start, from features kept with each article; only articles without are examined.

Judging waits for all of it: an article that is compared with half of the window opens a second story, which is a second
alert, and nothing mends that later. So it waits for articles, too, that another version of the features' code (or none,
before an upgrade) kept nothing comparable of: they are examined here. A catalogue that has changed since is no such
reason: what is kept is comparable, as after a reload, and lacks nothing but the changed entities. It is used at once,
and brought up to date while articles are judged.

All of it runs in slices, so that polling and delivery hardly notice: some hundred rows a transaction, some milliseconds
of work between two pauses.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import structlog

from monitor.errors import StoreError
from monitor.metrics import BUGS, INDEX
from monitor.model import Article, KeptFeatures, LiveArticle
from monitor.pipeline.examine import entities
from monitor.pipeline.live import Live
from monitor.pipeline.ruleset import Rules
from monitor.store import Database
from monitor.story import kept
from monitor.story.attribution import citations
from monitor.story.features import features
from monitor.story.index import IndexedArticle, IndexEntry, StoryIndex

Kept = TypeVar("Kept", IndexedArticle, IndexEntry)
log = structlog.get_logger(__name__)

WINDOW = timedelta(hours=72)
"""A story without a new article for this long is closed."""

_BATCH = 100  # articles of one transaction
_REFRESHED = 10  # articles examined while judging waits for its turn: some 30 ms
_WORK, _PAUSE = 0.002, 0.0003  # seconds that the event loop may have to wait for, and in which it may run


class _ThreadYielder:
    """Lets other threads run: a thread that computes keeps them from it for 5 ms, and gets in again at once."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()

    def rest(self) -> None:
        """Pause where the thread has computed for long enough."""
        if time.perf_counter() - self._begun > _WORK:
            time.sleep(_PAUSE)
            self._begun = time.perf_counter()


@dataclass(slots=True)
class Loading:
    """The story index on its way from the store. `fill` may be called again after an error: it goes on."""

    store: Database
    read_clock: Callable[[], tuple[datetime, float]]  # as `SteadyClock.moment`
    index: StoryIndex
    live: Live
    total: int = 0  # articles in the window at the start
    done: int = 0
    examined: int = 0  # of them, those of which nothing usable was kept
    begun: bool = False
    ready: bool = False
    settle: Callable[[], object] = lambda: None  # called, in the thread that fills the index, after each batch
    _left: list[int] | None = field(default=None)

    async def fill(self) -> None:
        """Fill the index. Raises StoreError where the database cannot be read."""
        self.begun = True
        if self._left is None:
            now, _ = self.read_clock()
            until = now + timedelta(days=1)  # what is to come was seen when the clock was wrong
            self._left = await self.store.run(lambda tx: tx.live_ids(now - WINDOW, until))
            self.total = len(self._left)
        while self._left:
            batch = self._left[:_BATCH]
            await self._fill(batch)
            del self._left[:_BATCH]
            self.done += len(batch)
            INDEX.labels(state="live").set(self.total)
            INDEX.labels(state="loaded").set(self.done)
        self.ready = True

    async def _fill(self, batch: Sequence[int]) -> None:
        rows, (_, moved) = await self.store.run(lambda tx: (tx.live_articles(batch), self.read_clock()))
        known = await asyncio.to_thread(_read, rows, kept.load_entry)
        missing = [row.id for row in rows if row.id not in known]
        texts = await self.store.run(lambda tx: tx.articles(missing)) if missing else []
        rules = self.live.now.rules
        fresh = await asyncio.to_thread(self._insert, rows, known, {text.id: text for text in texts}, rules, moved)
        self.examined += len(fresh)
        if fresh:
            try:
                await self.store.run(
                    lambda tx: tx.keep_features([features_row(*each, rules.catalogue.fingerprint) for each in fresh])
                )
            except StoreError as error:  # the index has them: they are examined again at the next start
                log.warning("what was found of live articles cannot be kept", articles=len(fresh), error=str(error))

    def _insert(
        self,
        rows: Sequence[LiveArticle],
        known: dict[int, IndexEntry],
        texts: dict[int | None, Article],
        rules: Rules,
        moved: float,
    ) -> list[tuple[int, IndexedArticle]]:
        """Put articles into the index in their order; return those that were examined.

        `moved` is by how much the clock has been moved since the start: the index goes by the time before that until
        the judge moves all of it.
        """
        fresh: list[tuple[int, IndexedArticle]] = []
        pace = _ThreadYielder()
        for row in rows:
            entry = known.get(row.id)
            if entry is None and (article := texts.get(row.id)) is not None:
                placed = self._examined(article, rules)
                if placed is not None:
                    fresh.append((row.id, placed))
                    entry = placed.entry
            if entry is not None:
                self.index.insert_entry(row.id, row.story_id, entry.moved(-moved) if moved else entry)
            pace.rest()
        self.settle()
        return fresh

    def _examined(self, article: Article, rules: Rules) -> IndexedArticle | None:
        try:
            found = entities(article, rules.catalogue.matcher)
            return self.index.place(
                article, entities=found, citations=tuple(citations(article)), catalogue=rules.catalogue.entities
            )
        except Exception:  # a bug that one article shows must not keep all others from being judged
            BUGS.labels(stage="index").inc()
            log.exception("internal error", stage="index", article=article.id)
            return None

    # ------------------------------------------------------------------ the catalogue changed

    async def refresh(self, turn: asyncio.Lock) -> None:
        """Find entities anew where another catalogue gave them, some articles at each `turn` of the judge."""
        while not await self._refresh_all(self.live.now.rules.catalogue.fingerprint, turn):
            pass  # a reload changed the catalogue meanwhile

    async def _refresh_all(self, catalogue: str, turn: asyncio.Lock) -> bool:
        """Return False where the catalogue is another one before the end."""
        since = self.read_clock()[0] - WINDOW
        old = await self.store.run(lambda tx: tx.outdated_ids(since, catalogue))
        for at in range(0, len(old), _REFRESHED):
            async with turn:  # nobody writes or places an article meanwhile
                await self._refresh(old[at : at + _REFRESHED])
            if self.live.now.rules.catalogue.fingerprint != catalogue:
                return False
        if old:
            log.info("entities of live articles found anew", articles=len(old))
        return True

    async def _refresh(self, batch: Sequence[int]) -> None:
        rows, texts = await self.store.run(lambda tx: (tx.live_articles(batch), tx.articles(batch)))
        rules = self.live.now.rules
        fresh = await asyncio.to_thread(_refreshed, rows, {text.id: text for text in texts}, rules)
        for ident, placed in fresh:
            self.index.rekey(ident, placed.features.keys)
        await self.store.run(
            lambda tx: tx.keep_features([features_row(*each, rules.catalogue.fingerprint) for each in fresh])
        )


def _read(rows: Sequence[LiveArticle], load: Callable[[bytes], Kept]) -> dict[int, Kept]:
    """Return what is kept of articles, by `load`, with their rows' times; only where this version can read it."""
    found: dict[int, Kept] = {}
    pace = _ThreadYielder()
    for row in rows:
        if row.kept is not None and row.kept.version in kept.READABLE:
            try:
                found[row.id] = _as_now(load(row.kept.data), row.kept_at)
            except kept.KeptError as error:
                log.warning("an article is examined anew", article=row.id, error=str(error))
        pace.rest()
    return found


def _refreshed(
    rows: Sequence[LiveArticle], texts: dict[int | None, Article], rules: Rules
) -> list[tuple[int, IndexedArticle]]:
    """Return articles with the keys that they have by the catalogue in force."""
    fresh = []
    pace = _ThreadYielder()
    for ident, placed in _read(rows, kept.load).items():
        article = texts[ident]
        try:
            found = features(
                article, entities(article, rules.catalogue.matcher), citations(article), rules.catalogue.entities
            )
        except Exception:  # as above
            BUGS.labels(stage="index").inc()
            log.exception("internal error", stage="index", article=ident)
        else:
            fresh.append((ident, replace(placed, features=replace(placed.features, keys=found.keys))))
        pace.rest()
    return fresh


def _as_now(placed: Kept, kept_at: datetime | None) -> Kept:
    """Return what is kept with its row's time, which moves when the clock is set."""
    seconds = kept_at.timestamp() - placed.kept if kept_at else 0.0
    return placed.moved(seconds) if abs(seconds) > 1.0 else placed


def features_row(ident: int, placed: IndexedArticle, catalogue: str) -> tuple[int, datetime, KeptFeatures]:
    """Return an article's features as `Transaction.keep_features` takes them."""
    seen = datetime.fromtimestamp(placed.features.kept, tz=UTC)
    return ident, seen, KeptFeatures(kept.VERSION, catalogue, kept.dump(placed))
