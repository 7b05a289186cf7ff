"""Deletes data older than the archive's limit, in batches so small that other transactions hardly wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import structlog

from monitor.background import run_turns
from monitor.model import CleanUp, Fact
from monitor.pipeline.live import Live
from monitor.pipeline.timekeeping import archive_time
from monitor.ports import Clock
from monitor.store import Database, Transaction

T = TypeVar("T")
log = structlog.get_logger(__name__)

AIM = 0.01
"""Seconds that the statements of a batch should take. Its commit comes on top: the disk's flush, which each commit pays
whatever is in it, so that smaller batches would only pay it more often."""

_FIRST, _LEAST, _MOST = 50, 10, 2000  # rows
_REST = 1.0  # times as long as a batch took: the store's thread is free for half of the time
_CHECK_AGAIN = 60.0  # seconds between two checks whether it is time


@dataclass(slots=True)
class Cleaner:
    """One clean-up a day. `turn` does a batch of it, and another one at each call until nothing is left."""

    store: Database
    clock: Clock
    live: Live
    stopwatch: Callable[[], float] = time.perf_counter
    longest: float = 0.0  # seconds that a batch took, for bench/cleanup.py
    _place: CleanUp | None = None
    _day: str = ""
    _rows: int = _FIRST
    _pages: int = _FIRST
    _shrinking: bool = field(default=False)

    async def turn(self) -> float:
        """Do one batch; return the seconds until the next one. Raises StoreError, then the same batch comes again."""
        if not self.busy and not await self._begin():
            return _CHECK_AGAIN
        seconds = await (self._shrink() if self._place is None else self._clean(self._place))
        self.longest = max(self.longest, seconds)
        return seconds * _REST

    @property
    def busy(self) -> bool:
        """Return whether a clean-up has begun and has not come to its end."""
        return self._place is not None or self._shrinking

    async def finish(self) -> None:
        """Do the rest of today's clean-up, without pauses."""
        await self.turn()
        while self.busy:
            await self.turn()

    async def run(self) -> None:
        """Take turns until cancelled."""
        await run_turns(self.turn, "clean", "the clean-up waits for the database")

    async def _begin(self) -> bool:
        """Begin where today's clean-up was not done; what an earlier process began is begun anew."""
        self._day = self.clock.now().date().isoformat()
        if await self.store.run(lambda tx: tx.get(Fact.CLEANED_ON)) == self._day:
            return False
        self._place = CleanUp()
        return True

    async def _clean(self, place: CleanUp) -> float:
        def work(tx: Transaction) -> CleanUp | None:
            now = archive_time(self.clock.now(), tx.clock_state())
            after = tx.clean_some(now, now - timedelta(seconds=self.live.now.config.storage.keep), place, self._rows)
            if after is None:
                tx.put(Fact.CLEANED_ON, self._day)
            return after

        self._place, spent = await self._timed(work)
        begins = self._place is None or self._place.stage != place.stage
        self._rows = _FIRST if begins else spent.adapted(self._rows)  # what is light in one table is heavy in the next
        if self._place is None:
            self._shrinking = True
            if place.deleted:
                log.info("old articles removed", rows=place.deleted)
        return spent.total

    async def _shrink(self) -> float:
        """Return a few free pages of the file to the operating system."""

        def work(tx: Transaction) -> int:
            spare = tx.spare_pages()
            if spare:
                tx.give_back(min(spare, self._pages))
            return spare

        spare, spent = await self._timed(work)
        self._pages = spent.adapted(self._pages)
        self._shrinking = spare > 0
        return spent.total

    async def _timed(self, work: Callable[[Transaction], T]) -> tuple[T, _Spent]:
        """Run a transaction; return its result and how long it held the store's thread."""
        begun = ended = 0.0

        def timed(tx: Transaction) -> T:
            nonlocal begun, ended
            begun = self.stopwatch()
            result = work(tx)
            ended = self.stopwatch()
            return result

        result = await self.store.run(timed)
        return result, _Spent(ended - begun, self.stopwatch() - begun)


@dataclass(frozen=True, slots=True)
class _Spent:
    """Seconds of one batch: its statements, and all of it with the commit."""

    work: float
    total: float

    def adapted(self, rows: int) -> int:
        """Return how many rows the next batch should have. One stall of the machine says little: by half at most."""
        share = max(min(AIM / max(self.work, 1e-4), 1.5), 0.5)
        return max(_LEAST, min(_MOST, round(rows * share)))
