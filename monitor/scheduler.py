"""One APScheduler tick that selects due rows and hands them to the dispatcher.

Intervals, back-off and Retry-After live in `next_poll_at`, so no job store is needed and a restart forgets nothing.
When the wall clock was set, the tick begins with moving the schedule (`pipeline/timekeeping.py`). APScheduler itself
goes by the wall clock: its trigger here knows no missed runs, or a clock set forward would have it list them all, and a
heartbeat on the monotonic clock revives the tick where a clock set back makes it wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from monitor.errors import StoreError
from monitor.metrics import BUGS, LAST_TICK, OUTBOX, PENDING
from monitor.model import PendingEntry, SourceState, State
from monitor.ports import Clock, Dispatcher
from monitor.store import Database, Transaction

log = structlog.get_logger(__name__)

_HOUSEKEEPING = 1.0  # seconds between two looks at notices, digests and expiries
_MEASURE = 5.0  # seconds between two counts for `/metrics`
_BATCH = 500  # rows looked at in one tick
_LAST_TURN = 20.0  # seconds that a tick under way may take at the end


class _Executor(AsyncIOExecutor):  # type: ignore[misc]  # APScheduler has no types
    """An executor that cancels nothing: APScheduler would log a tick's CancelledError with a traceback."""

    def shutdown(self, wait: bool = True) -> None:  # noqa: FBT001, FBT002 — APScheduler's signature
        """Leave the running tick to end by itself."""


class IntervalTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Trigger that fires a fixed number of seconds after the present moment.

    APScheduler's own interval trigger counts from the last run: `Job._get_run_times` then lists every run that was
    missed up to now, 69 million of them where the clock was set forward by 400 days and the interval is half a second.
    """

    __slots__ = ("_interval",)

    def __init__(self, seconds: float) -> None:
        self._interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Return the next time; the previous one does not matter."""
        del previous_fire_time
        return now + self._interval


class Scheduler:
    """Starts due work at every tick.

    `tick` is the seconds between two ticks, each of which begins with `follow_clock`. No entry is read before
    `judging()` is true.
    """

    def __init__(
        self,
        *,
        store: Database,
        dispatcher: Dispatcher,
        clock: Clock,
        follow_clock: Callable[[], Awaitable[None]],
        housekeeping: Callable[[], Awaitable[None]],
        tick: float = 0.5,
        judging: Callable[[], bool] = lambda: True,
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._clock = clock
        self._follow_clock = follow_clock
        self._housekeeping = housekeeping
        self._every = tick
        self._judging = judging
        self._crowded: set[str] = set()  # names of sources that may start no more for now
        self._scheduler = AsyncIOScheduler(timezone=UTC, executors={"default": _Executor()})
        self._turn = asyncio.Lock()  # held by the tick that is under way
        self._stopped = False
        self._heart: asyncio.Task[None] | None = None
        self._kept_house = self._measured = float("-inf")
        self.last_tick = clock.monotonic()
        self.last_tried = self.last_tick  # the tick came to its end, if only to find that the database refuses
        self._refused = False  # whether the last tick met a database that refuses

    def start(self) -> None:
        """Start ticking on the running event loop."""
        self._scheduler.add_job(
            self._tick,
            IntervalTrigger(self._every),
            id="tick",
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
            next_run_time=datetime.now(UTC),
        )
        self._scheduler.start()
        self._heart = asyncio.create_task(self._beat(), name="heartbeat")

    async def stop(self) -> None:
        """Stop ticking, after the tick that is under way; work that it started goes on."""
        self._stopped = True
        if self._heart is not None:
            self._heart.cancel()
            await asyncio.gather(self._heart, return_exceptions=True)
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        try:
            async with asyncio.timeout(_LAST_TURN), self._turn:
                pass
        except TimeoutError:
            log.warning("the last tick has not ended", seconds=_LAST_TURN)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            self._revive()

    def _revive(self) -> None:
        """Run the job now where it waits for a far time since the wall clock was set back, or is paused."""
        job, now = self._scheduler.get_job("tick"), datetime.now(UTC)
        stands = self._clock.monotonic() - self.last_tick > max(3.0, 3 * self._every)
        if job is not None and (stands or job.next_run_time > now + timedelta(seconds=2 * self._every)):
            job.modify(next_run_time=now)
            self._scheduler.wakeup()

    async def _tick(self) -> None:
        if self._stopped:  # it was due already, and the store may be closed before it is done
            return
        try:
            async with self._turn:
                await self.tick()
            self._refused = False
        except StoreError as error:  # expected: once for an outage, however long that is
            write = log.debug if self._refused else log.error
            write("the database refuses, nothing is begun meanwhile", error=str(error))
            self._refused = True
        except Exception:  # the tick's outermost loop: the next one tries again
            BUGS.labels(stage="tick").inc()
            log.exception("tick failed")
        finally:
            self.last_tried = self._clock.monotonic()

    async def tick(self) -> None:
        """Start due sources and entries, as many as there is room for."""
        await self._follow_clock()
        now = self._clock.now()
        sources, entries, refills = await self._store.run(lambda tx: self._due(tx, now))
        await self._start_reading(entries, now)
        for source in sources:
            self._dispatcher.submit("poll", source.id, source.source.name)
        for source_id, name in refills:
            self._dispatcher.submit("refill", source_id, name)
        if self._clock.monotonic() - self._kept_house >= _HOUSEKEEPING:
            self._kept_house = self._clock.monotonic()
            await self._housekeeping()
        self.last_tick = self._clock.monotonic()
        LAST_TICK.set(now.timestamp())

    async def _start_reading(self, entries: list[PendingEntry], now: datetime) -> None:
        """Start reading entries; where a batch is full of crowded sources' entries, look beyond them."""
        while True:
            for entry in entries:
                self._dispatcher.submit("read", entry.id, entry.source.name)
            crowded = {entry.source.name for entry in entries} - self._crowded
            crowded = {name for name in crowded if self._dispatcher.crowded("read", name)}
            self._crowded |= crowded
            if len(entries) < _BATCH or not crowded or self._dispatcher.room("read") <= 0:
                return
            entries = await self._store.run(lambda tx: tx.due_entries(now, _BATCH, self._crowded))

    def _due(
        self, tx: Transaction, now: datetime
    ) -> tuple[list[SourceState], list[PendingEntry], list[tuple[int, str]]]:
        if self._clock.monotonic() - self._measured >= _MEASURE:
            self._measured = self._clock.monotonic()
            self._measure(tx)
        sources, refills = tx.due_sources(now, _BATCH), tx.due_refills(now, _BATCH)
        if not self._judging():
            return sources, [], refills
        self._crowded = {name for name in self._crowded if self._dispatcher.crowded("read", name)}
        return sources, tx.due_entries(now, _BATCH, self._crowded), refills

    @staticmethod
    def _measure(tx: Transaction) -> None:
        """Update the gauges of waiting work; not at every tick, as this reads the whole outbox."""
        counts = tx.delivery_counts()
        for state in State:
            OUTBOX.labels(state=state.value).set(counts.get(state.value, 0))
        PENDING.set(tx.pending_count())
