"""One round for cron: poll every source, judge everything that is due, deliver everything that is ready."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass

import structlog

from monitor.app.preparation import Preparation
from monitor.app.wiring import Components, make_dispatcher, opened
from monitor.config.load import Config
from monitor.dispatch.local import LocalDispatcher
from monitor.errors import StoreError
from monitor.model import Outcome, Result

log = structlog.get_logger(__name__)

_PATIENCE = 60.0  # seconds that deferred pages and slow lanes may take
_TRANSLATING = 20.0  # seconds that the round waits for translations before it delivers: no later edit would bring them
_INDEXING = 5.0  # seconds of a round that are spent on older articles, for each kind of work on them


@dataclass(frozen=True, slots=True)
class RoundReport:
    """What a round did; `left` rows wait for the next round."""

    polled: int
    failed: int
    new: int
    alerts: int
    left: int


async def once(config: Config, *, deliver: bool = True) -> RoundReport:
    """Run one round; without `deliver` no channel is called, nor the bot locked.

    Raises StoreError as the daemon does, ConfigError where a watchlist does not compile.
    """
    async with opened(config, bot=deliver) as components:
        preparing = asyncio.create_task(Preparation(components.judge).prepare(), name="preparation")
        try:
            return await _round(components, config, preparing, deliver=deliver)
        finally:
            preparing.cancel()
            await asyncio.gather(preparing, return_exceptions=True)


async def _round(
    components: Components, config: Config, preparing: asyncio.Task[None], *, deliver: bool
) -> RoundReport:
    states = await components.store.run(lambda tx: tx.source_states())
    room = asyncio.Semaphore(config.polling.concurrency)
    work = make_dispatcher(components)

    async def poll(source_id: int) -> Outcome:
        async with room:
            return await work.perform("poll", source_id) or Outcome(Result.FAILED)

    polls = await asyncio.gather(*(poll(state.id) for state in states if not state.stopped))
    gaps = await components.store.run(lambda tx: tx.due_refills(components.clock.now(), len(states)))
    for source_id, _ in gaps:
        await work.perform("refill", source_id)
    await preparing  # articles are judged against all that is alive
    alerts = await _read_all(components, work)
    await components.housekeeping.tick()
    if deliver:
        await components.translation.finish(_TRANSLATING)
    left = await _deliver_all(components) if deliver else 0
    await components.timekeeper.follow()
    await components.cleaner.finish()
    for backfill in components.backfills:
        await _try(backfill.work(_INDEXING))
    await _try(components.trends.work(_INDEXING))
    await _try(components.rechecker.finish())
    await _try(components.stamper.turn())
    return RoundReport(
        polled=len(polls),
        failed=sum(outcome.result is Result.FAILED for outcome in polls),
        new=sum(outcome.count for outcome in polls),
        alerts=alerts,
        left=left,
    )


async def _try(work: Awaitable[object]) -> None:
    """Await work that the next round can go on with; what keeps it waiting keeps nothing else."""
    try:
        await work
    except StoreError as error:
        log.warning("work waits for the next round", error=str(error))


async def _read_all(components: Components, work: LocalDispatcher) -> int:
    """Judge pending entries, waiting for those whose page is asked again soon; return the rows written."""
    clock = components.clock
    end = clock.monotonic() + _PATIENCE
    alerts = 0
    room = asyncio.Semaphore(16)

    async def read(entry_id: int) -> int:
        async with room:
            outcome = await work.perform("read", entry_id)
            return outcome.count if outcome else 0

    while await components.store.run(lambda tx: tx.pending_count()):
        due = await components.store.run(lambda tx: tx.due_entries(clock.now(), 500))
        if due:
            alerts += sum(await asyncio.gather(*(read(entry.id) for entry in due)))
        elif clock.monotonic() > end:
            break
        else:
            await asyncio.sleep(0.5)
    return alerts


async def _deliver_all(components: Components) -> int:
    """Run the delivery loop until nothing is ready or under way, or patience ends; return how many rows are left."""
    clock = components.clock
    end = clock.monotonic() + _PATIENCE
    halt = asyncio.Event()
    task = asyncio.create_task(components.delivery_worker.run(halt))
    components.delivery_worker.wake()
    try:
        while not task.done():
            counts = await components.store.run(lambda tx: tx.delivery_counts())
            left = sum(counts.get(state, 0) for state in ("ready", "sending", "unknown"))
            if not left or clock.monotonic() > end:
                return left
            await asyncio.sleep(0.2)
        task.result()
        return 0
    finally:
        halt.set()
        await components.delivery_worker.drain(10.0)
        await asyncio.gather(task, return_exceptions=True)
