"""Fills the index for searches with what was stored before it, newest first, while the daemon does its work.

Each batch is a transaction, so that a kill costs one batch and the next start goes on. A database that is full, or
away, stops nothing else: it is tried again later.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from monitor.errors import StoreError
from monitor.metrics import BUGS
from monitor.store import Database, Transaction

log = structlog.get_logger(__name__)

AIM = 0.02
"""Seconds that a batch should hold the store's thread."""
_FIRST, _LEAST, _MOST = 5, 1, 200  # articles
_REST = 1.5  # times as long as a batch took: the store's thread is free for more than half of the time
_CHECK_AGAIN = 60.0  # seconds between two looks whether there is something to do


@dataclass(slots=True)
class IndexBackfill:
    """Makes the index where there is none of this version. `turn` adds a batch of older articles to it."""

    store: Database
    stopwatch: Callable[[], float] = time.perf_counter
    longest: float = 0.0  # seconds that a batch took, for bench/archive.py
    _articles: int = _FIRST
    _added: int = 0
    _busy: bool = field(default=True)

    async def turn(self) -> float:
        """Do one batch; return the seconds until the next one. Raises StoreError, then the same batch comes again."""
        begun = self.stopwatch()
        made, added, spent = await self.store.run(self._batch)
        self.longest = max(self.longest, spent)
        if made:
            log.info("the search index is made anew, and grows in the background")
        self._added += added
        self._busy = added > 0
        if not added:
            if self._added:
                log.info("the search index is whole", added=self._added)
            self._added = 0
            return _CHECK_AGAIN
        share = max(min(AIM / max(spent, 1e-4), 1.5), 0.5)  # one stall of the machine says little: by half at most
        self._articles = max(_LEAST, min(_MOST, round(self._articles * share)))
        return (self.stopwatch() - begun) * _REST

    async def work(self, seconds: float) -> None:
        """Do what can be done in so many seconds, without pauses."""
        end = self.stopwatch() + seconds
        self._busy = True
        while self._busy and self.stopwatch() < end:
            await self.turn()

    async def run(self) -> None:
        """Take turns until cancelled."""
        while True:
            try:
                wait = await self.turn()
            except StoreError as error:
                log.warning("the search index waits for the database", error=str(error))
                wait = _CHECK_AGAIN
            except Exception:  # the stage's outermost loop: a bug is logged and counted, the next turn tries again
                BUGS.labels(stage="index for searches").inc()
                log.exception("internal error", stage="index for searches")
                wait = _CHECK_AGAIN
            await asyncio.sleep(wait)

    def _batch(self, tx: Transaction) -> tuple[bool, int, float]:
        begun = self.stopwatch()
        made = tx.begin_index()
        added = tx.extend_index(self._articles)
        return made, added, self.stopwatch() - begun
