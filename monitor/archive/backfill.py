"""Brings what was stored before up to date while the daemon does its work: the index for searches, compressed texts.

Newest first. Each batch is a transaction, so that a kill costs one batch and the next start goes on. A database that is
full, or away, stops nothing else: it is tried again later. The last room on a disk is left to new articles and alerts.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from monitor.background import run_turns
from monitor.errors import StoreError
from monitor.store import Database, Transaction

log = structlog.get_logger(__name__)

AIM = 0.02
"""Seconds that a batch should hold the store's thread."""
_FIRST, _LEAST, _MOST = 5, 1, 200  # articles
_REST = 1.5  # times as long as a batch took: the store's thread is free for more than half of the time
_CHECK_AGAIN = 60.0  # seconds between two looks whether there is something to do
_RESERVE, _RESERVE_SHARE = 100_000_000, 0.025
"""Bytes of the disk that are left free, or this share of a small one."""


@dataclass(slots=True)
class Backfill:
    """Work on older articles, in batches: `step` is given how many articles, and returns how many it did.

    `done` is logged when there is nothing left, after there was.
    """

    store: Database
    step: Callable[[Transaction, int], int]
    done: str
    stopwatch: Callable[[], float] = time.perf_counter
    longest: float = 0.0  # seconds that a batch took, for bench/archive.py
    _articles: int = _FIRST
    _count: int = 0
    _busy: bool = field(default=True)

    async def turn(self) -> float:
        """Do one batch; return the seconds until the next one. Raises StoreError, then the same batch comes again."""
        _leave_room(self.store.directory)
        begun = self.stopwatch()
        count, spent = await self.store.run(self._batch)
        self.longest = max(self.longest, spent)
        self._count += count
        self._busy = count > 0
        if not count:
            if self._count:
                log.info(self.done)
            self._count = 0
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
        await run_turns(self.turn, "backfill", "work on older articles waits for the database")

    def _batch(self, tx: Transaction) -> tuple[int, float]:
        begun = self.stopwatch()
        count = self.step(tx, self._articles)
        return count, self.stopwatch() - begun


def _leave_room(folder: Path | None) -> None:
    """Raise StoreError where the disk of a folder is nearly full; a batch takes room, for a while at least."""
    if folder is None:
        return
    try:
        usage = shutil.disk_usage(folder)
    except OSError:  # the database itself says what is wrong
        return
    if usage.free < min(_RESERVE, usage.total * _RESERVE_SHARE):
        raise StoreError(
            f"{folder} has {usage.free / 1e6:,.1f} MB free, which are left to new articles and alerts: free some, and"
            " work goes on by itself",
            retryable=True,
        )


def index_backfill(store: Database) -> Backfill:
    """Return what makes the index for searches, where there is none of this version, and adds older articles to it."""
    return Backfill(store, _extend_index, "the search index is whole")


def text_packing(store: Database) -> Backfill:
    """Return what compresses the texts that were stored before texts were, and then gives free pages back."""
    packed = False

    def step(tx: Transaction, most: int) -> int:
        nonlocal packed
        done = tx.pack_texts(most)
        packed = packed or done > 0
        if done or not packed:
            return done
        pages = min(tx.spare_pages(), most)
        packed = pages > 0
        if pages:
            tx.give_back(pages)
        return pages

    return Backfill(store, step, "stored texts are compressed")


def _extend_index(tx: Transaction, most: int) -> int:
    if tx.begin_index():
        log.info("the search index is made anew, and grows in the background")
    return tx.extend_index(most)
