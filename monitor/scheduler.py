"""One APScheduler tick that selects due rows and hands them to the dispatcher.

Intervals, back-off and Retry-After live in `next_poll_at`, so no job store is needed and a restart forgets nothing.
When the wall clock was set, the tick begins with moving the schedule (`pipeline/timekeeping.py`). APScheduler itself
goes by the wall clock: its trigger here knows no missed runs, or a clock set forward would have it list them all, and a
heartbeat on the monotonic clock revives the tick where a clock set back makes it wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from monitor.errors import StoreError
from monitor.metrics import BUGS, LAST_TICK, OUTBOX, PENDING
from monitor.model import PendingEntry, SourceState, State
from monitor.pipeline.poll_batch import PollBatch
from monitor.ports import Clock, Dispatcher
from monitor.store import Database, Transaction

log = structlog.get_logger(__name__)

_HOUSEKEEPING = 1.0  # seconds between two looks at notices, digests and expiries
_MEASURE = 5.0  # seconds between two counts for `/metrics`
_BATCH = 500  # rows looked at in one tick
_LOOK = 0.1  # seconds between two looks for units of a kind, where a tick is too late
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


@dataclass(frozen=True, slots=True)
class _Ready:
    """A unit that is due, and waits for room; `state` is of a source that is to be polled."""

    ident: int
    source: str
    state: SourceState | None = None


class Scheduler:
    """Starts due work at every tick.

    `tick` is the seconds between two ticks, each of which begins with `follow_clock`. No entry is read before
    `judging()` is true. Polls that wait in `polls` are written by each tick, before it looks for due sources.
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
        polls: PollBatch | None = None,
        judging: Callable[[], bool] = lambda: True,
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._clock = clock
        self._follow_clock = follow_clock
        self._housekeeping = housekeeping
        self._every = tick
        self._judging = judging
        self._polls = polls
        self._ready: dict[str, deque[_Ready]] = {"poll": deque(), "read": deque()}
        self._more = dict.fromkeys(self._ready, False)  # whether the database may have more that is due
        self._looking: dict[str, asyncio.Task[None]] = {}
        self._looked = dict.fromkeys(self._ready, float("-inf"))
        dispatcher.when_free(self._freed)
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
        looking = list(self._looking.values())
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)
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
        """Start due sources and entries, as many as there is room for; more start as these end."""
        await self._follow_clock()
        now = self._clock.now()
        if self._polls is not None:
            await self._polls.write()
        sources, entries, refills = await self._store.run(lambda tx: self._due(tx, now))
        await self._start_reading(entries, now)
        self._start_polling(sources)
        for source_id, name in refills:
            self._dispatcher.submit("refill", source_id, name)
        if self._clock.monotonic() - self._kept_house >= _HOUSEKEEPING:
            self._kept_house = self._clock.monotonic()
            await self._housekeeping()
        self.last_tick = self._clock.monotonic()
        LAST_TICK.set(now.timestamp())

    def _start_polling(self, sources: list[SourceState]) -> None:
        """Start polls; those for which there is no room wait for one until the next tick looks again."""
        due = (_Ready(source.id, source.source.name, source) for source in sources)
        self._ready["poll"] = deque(each for each in due if not self._is_begun("poll", each.ident))
        self._more["poll"] = len(sources) >= _BATCH
        self._fill("poll")

    def _is_begun(self, kind: str, ident: int) -> bool:
        """Return whether a unit that the database calls due is under way, or its end is still to be written."""
        waits = kind == "poll" and self._polls is not None and self._polls.waits(ident)
        return waits or self._dispatcher.under_way(kind, ident)

    def _fill(self, kind: str) -> None:
        """Start what is ready, in its order, as long as there is room."""
        ready = self._ready[kind]
        crowded: list[_Ready] = []
        names: set[str] = set()
        while ready:
            each = ready.popleft()
            if each.source in names:
                crowded.append(each)
            elif self._dispatcher.submit(kind, each.ident, each.source):
                if each.state is not None and self._polls is not None:
                    self._polls.hand_over(each.state)
            elif self._dispatcher.crowded(kind, each.source):
                names.add(each.source)
                crowded.append(each)
            elif self._dispatcher.room(kind) <= 0:
                ready.appendleft(each)
                break
            # else it rests, or is under way
        ready.extendleft(reversed(crowded))

    def _freed(self, kind: str) -> None:
        """Start the next unit of a kind; where all that the last tick found are begun, look for more."""
        if self._stopped or kind not in self._ready:
            return
        self._fill(kind)
        if not self._ready[kind] and self._more[kind]:
            self._look_soon(kind)

    def read_soon(self) -> None:
        """Look for entries to read now, as there are new ones, and not at the next tick."""
        if not self._stopped and self._judging() and self._dispatcher.room("read") > 0:
            self._look_soon("read")

    def _look_soon(self, kind: str) -> None:
        if kind not in self._looking:
            self._looking[kind] = asyncio.create_task(self._look(kind), name=f"look:{kind}")

    async def _look(self, kind: str) -> None:
        """Look for due units of a kind between two ticks, not oftener than a few times a second."""
        try:
            wait = self._looked[kind] + _LOOK - self._clock.monotonic()
            await asyncio.sleep(max(wait, 0.0))
            async with self._turn:
                if self._stopped:
                    return
                self._looked[kind] = self._clock.monotonic()
                now = self._clock.now()
                if kind == "read":
                    await self._start_reading(await self._store.run(partial(self._due_entries, now=now)), now)
                else:
                    if self._polls is not None:
                        await self._polls.write()
                    self._start_polling(await self._store.run(lambda tx: tx.due_sources(now, _BATCH)))
        except StoreError as error:
            log.debug("the database refuses, the next tick looks again", error=str(error))
        finally:
            self._looking.pop(kind, None)

    async def _start_reading(self, entries: list[PendingEntry], now: datetime) -> None:
        """Start reading entries; where a batch is full of crowded sources' entries, look beyond them."""
        self._ready["read"].clear()
        while True:
            due = (_Ready(entry.id, entry.source.name) for entry in entries)
            self._ready["read"].extend(each for each in due if not self._is_begun("read", each.ident))
            self._more["read"] = len(entries) >= _BATCH
            self._fill("read")
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
        return tx.due_sources(now, _BATCH), self._due_entries(tx, now), tx.due_refills(now, _BATCH)

    def _due_entries(self, tx: Transaction, now: datetime) -> list[PendingEntry]:
        if not self._judging():
            return []
        self._crowded = {name for name in self._crowded if self._dispatcher.crowded("read", name)}
        return tx.due_entries(now, _BATCH, self._crowded)

    @staticmethod
    def _measure(tx: Transaction) -> None:
        """Update the gauges of waiting work; not at every tick, as this reads the whole outbox."""
        counts = tx.delivery_counts()
        for state in State:
            OUTBOX.labels(state=state.value).set(counts.get(state.value, 0))
        PENDING.set(tx.pending_count())
