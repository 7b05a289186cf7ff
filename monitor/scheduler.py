"""One APScheduler tick that selects due rows and hands them to the dispatcher.

Intervals, back-off and Retry-After live in `next_poll_at`, so no job store is needed and a restart forgets nothing.
Wall-clock jumps are found by comparing the wall clock with the monotonic one: the schedule is moved by the difference,
and a heartbeat on the monotonic clock revives the tick, because APScheduler itself waits on wall time and stalls when
that steps back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor.metrics import BUGS, LAST_TICK, OUTBOX, PENDING
from monitor.model import PendingEntry, SourceState, State
from monitor.ports import Clock, Dispatcher, Store, Transaction

log = structlog.get_logger(__name__)

_JUMP = 5.0  # seconds of difference that are a set clock, not a slow tick
_HOUSEKEEPING = 1.0  # seconds between two looks at notices, digests and expiries
_MEASURE = 5.0  # seconds between two counts for `/metrics`
_BATCH = 500  # rows looked at in one tick


class Scheduler:
    """Starts due work at every tick."""

    def __init__(
        self,
        *,
        store: Store,
        dispatcher: Dispatcher,
        clock: Clock,
        housekeeping: Callable[[], Awaitable[None]],
        tick: float = 0.5,
        judging: Callable[[], bool] = lambda: True,
    ) -> None:
        """Keep the ports; `tick` is the seconds between two looks. No entry is read before `judging()`."""
        self._store = store
        self._dispatcher = dispatcher
        self._clock = clock
        self._housekeeping = housekeeping
        self._every = tick
        self._judging = judging
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._heart: asyncio.Task[None] | None = None
        self._wall = clock.now()
        self._mono = clock.monotonic()
        self._kept_house = self._measured = float("-inf")
        self.last_tick = clock.monotonic()
        self.last_tried = self.last_tick  # the tick came to its end, if only to find that the database refuses

    def start(self) -> None:
        """Start ticking on the running event loop."""
        self._scheduler.add_job(
            self._tick,
            "interval",
            seconds=self._every,
            id="tick",
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
            next_run_time=datetime.now(UTC),
        )
        self._scheduler.start()
        self._heart = asyncio.create_task(self._beat(), name="heartbeat")

    async def stop(self) -> None:
        """Stop ticking; work under way goes on."""
        if self._heart is not None:
            self._heart.cancel()
            await asyncio.gather(self._heart, return_exceptions=True)
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            if self._clock.monotonic() - self.last_tick > max(3.0, 3 * self._every):
                self._scheduler.modify_job("tick", next_run_time=datetime.now(UTC))
                self._scheduler.wakeup()

    async def _tick(self) -> None:
        try:
            await self.tick()
        except Exception:  # the tick's outermost loop: the next one tries again
            BUGS.labels(stage="tick").inc()
            log.exception("tick failed")
        finally:
            self.last_tried = self._clock.monotonic()

    async def tick(self) -> None:
        """Look once for due sources and entries, and start what there is room for."""
        now = self._clock.now()
        await self._follow_clock(now)
        sources, entries = await self._store.run(lambda tx: self._due(tx, now))
        for entry in entries:
            self._dispatcher.submit("read", entry.id)
        for source in sources:
            self._dispatcher.submit("poll", source.id)
        if self._clock.monotonic() - self._kept_house >= _HOUSEKEEPING:
            self._kept_house = self._clock.monotonic()
            await self._housekeeping()
        self.last_tick = self._clock.monotonic()
        LAST_TICK.set(now.timestamp())

    def _due(self, tx: Transaction, now: datetime) -> tuple[list[SourceState], list[PendingEntry]]:
        if self._clock.monotonic() - self._measured >= _MEASURE:
            self._measured = self._clock.monotonic()
            self._measure(tx)
        return tx.due_sources(now, _BATCH), tx.due_entries(now, _BATCH) if self._judging() else []

    @staticmethod
    def _measure(tx: Transaction) -> None:
        """Count what waits; it reads the whole outbox, so not at every tick."""
        counts = tx.delivery_counts()
        for state in State:
            OUTBOX.labels(state=state.value).set(counts.get(state.value, 0))
        PENDING.set(tx.pending_count())

    async def _follow_clock(self, now: datetime) -> None:
        """Move the schedule when the wall clock was set."""
        mono = self._clock.monotonic()
        jump = (now - self._wall).total_seconds() - (mono - self._mono)
        self._wall, self._mono = now, mono
        if abs(jump) > _JUMP:
            log.warning("the wall clock was set", seconds=round(jump, 1))
            await self._store.run(lambda tx: tx.shift_schedule(jump))
