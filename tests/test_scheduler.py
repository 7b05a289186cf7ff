from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from doubles.clock import FixedClock
from doubles.patience import HANG
from structlog.testing import capture_logs

from monitor.clock import MonotonicSteadyClock
from monitor.dispatch.local import LocalDispatcher
from monitor.errors import LostStoreError, StoreError
from monitor.model import Entry, Outcome, PollRecord, Recognised, Result, Source
from monitor.pipeline.timekeeping import ClockWatch
from monitor.scheduler import Scheduler
from monitor.store import Database, open_store


class Recorder:
    def __init__(self) -> None:
        self.units: list[tuple[str, int]] = []
        self.asked = asyncio.Event()

    def submit(self, kind: str, ident: int, source: str) -> bool:
        self.units.append((kind, ident))
        self.asked.set()
        return True

    def under_way(self, kind: str, ident: int) -> bool:
        return False

    def when_free(self, callback: Callable[[str], None]) -> None:
        """Nothing ends here."""

    async def drain(self, timeout: float) -> None:
        """Nothing runs here."""

    def room(self, kind: str) -> int:
        return 1

    def crowded(self, kind: str, source: str) -> bool:
        return False


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def store(clock: FixedClock) -> Iterator[Database]:
    database = open_store("sqlite://", clock_now=clock.now)
    yield database
    database.close()


async def nothing() -> None:
    """No housekeeping."""


def source_id(store: Database) -> int:
    with store.begin() as tx:
        return tx.source_states()[0].id


def polled(store: Database, clock: FixedClock, *, every: float = 180.0, entries: tuple[Entry, ...] = ()) -> None:
    ident = source_id(store)
    now = clock.now()
    with store.begin() as tx:
        tx.record_poll(
            PollRecord(
                source_id=ident,
                at=now,
                next_poll_at=now + timedelta(seconds=every),
                interval=every,
                failures=0,
                baseline=True,
                body=Recognised(entries),
            )
        )


def make(store: Database, clock: FixedClock) -> tuple[Scheduler, Recorder]:
    with store.begin() as tx:
        tx.sync_sources([Source("Yonhap", "https://en.yna.co.kr/RSS/nk.xml")], clock.now())
    recorder = Recorder()
    steady = MonotonicSteadyClock(clock)
    scheduler = Scheduler(
        store=store,
        dispatcher=recorder,
        clock=steady,
        follow_clock=ClockWatch(store, steady).follow,
        housekeeping=nothing,
    )
    return scheduler, recorder


async def test_a_new_source_is_polled_at_once_and_then_when_due(store: Database, clock: FixedClock) -> None:
    scheduler, recorder = make(store, clock)
    await scheduler.tick()
    assert recorder.units == [("poll", source_id(store))]
    polled(store, clock)
    await scheduler.tick()
    clock.pass_(179)
    await scheduler.tick()
    assert len(recorder.units) == 1
    clock.pass_(1)
    await scheduler.tick()
    assert len(recorder.units) == 2


async def test_pending_entries_are_read(store: Database, clock: FixedClock) -> None:
    scheduler, recorder = make(store, clock)
    polled(store, clock, entries=(Entry(key="a", guid="a", link=None, title="t", digest="1"),))
    await scheduler.tick()
    assert [kind for kind, _ in recorder.units] == ["read"]


@pytest.mark.parametrize("jump", [-86400.0, -3600.0, 3600.0, 86400.0])
async def test_a_set_clock_neither_stalls_nor_bursts(store: Database, clock: FixedClock, jump: float) -> None:
    scheduler, recorder = make(store, clock)
    polled(store, clock)
    await scheduler.tick()
    clock.set_wall(jump)
    clock.pass_(1)
    await scheduler.tick()
    assert recorder.units == []
    clock.pass_(180)
    await scheduler.tick()
    assert len(recorder.units) == 1


async def test_a_slow_tick_is_no_set_clock(store: Database, clock: FixedClock) -> None:
    scheduler, recorder = make(store, clock)
    polled(store, clock, every=100.0)
    clock.pass_(60)
    await scheduler.tick()
    clock.pass_(40)
    await scheduler.tick()
    assert len(recorder.units) == 1


async def test_the_heart_revives_a_tick_that_waits_on_wall_time(store: Database, clock: FixedClock) -> None:
    scheduler, recorder = make(store, clock)
    scheduler.start()
    try:
        await recorder.asked.wait()
        job = scheduler._scheduler.get_job("tick")
        assert job is not None
        later = datetime.now(job.next_run_time.tzinfo) + timedelta(hours=1)
        scheduler._scheduler.modify_job("tick", next_run_time=later)
        recorder.asked.clear()
        clock.mono += 100
        await asyncio.wait_for(recorder.asked.wait(), HANG)
    finally:
        await scheduler.stop()


async def test_the_tick_under_way_ends_before_the_stop_and_none_begins_after_it(
    store: Database, clock: FixedClock
) -> None:
    begun, go_on, ticks = asyncio.Event(), asyncio.Event(), []

    async def housekeeping() -> None:
        begun.set()
        await go_on.wait()
        ticks.append("ended")

    scheduler = Scheduler(
        store=store, dispatcher=Recorder(), clock=clock, follow_clock=nothing, housekeeping=housekeeping
    )
    scheduler.start()
    await begun.wait()
    stopping = asyncio.create_task(scheduler.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    go_on.set()
    await stopping
    assert ticks == ["ended"]
    await scheduler._tick()
    assert ticks == ["ended"]


async def test_a_stop_before_the_first_tick_is_silent(
    store: Database, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    scheduler, _ = make(store, clock)
    scheduler.start()
    await scheduler.stop()
    await asyncio.sleep(0)
    assert caplog.records == []


async def test_entries_of_one_source_do_not_hide_those_of_others(store: Database, clock: FixedClock) -> None:
    begun = asyncio.Event()
    started: list[int] = []

    async def read(ident: int) -> Outcome:
        started.append(ident)
        await begun.wait()
        return Outcome(Result.DONE)

    async def poll(ident: int) -> Outcome:
        return Outcome(Result.DONE)

    async def crashed(kind: str, ident: int, error: BaseException) -> None:
        raise error

    with store.begin() as tx:
        tx.sync_sources([Source(name, f"https://{name}.example/rss") for name in ("flood", "quiet")], clock.now())
        ids = {state.source.name: state.id for state in tx.source_states()}
        for name, count in (("flood", 1500), ("quiet", 2)):
            entries = tuple(
                Entry(f"{name} {number}", None, f"https://{name}.example/{number}", "t", digest="d")
                for number in range(count)
            )
            later = clock.now() + timedelta(seconds=name == "quiet")
            tx.record_poll(PollRecord(ids[name], later, later + timedelta(days=1), 180.0, 0, body=Recognised(entries)))
        clock.pass_(2)
        quiet = {pending.id for pending in tx.due_entries(clock.now(), 9, ["flood"])}
        assert len(quiet) == 2
    dispatcher = LocalDispatcher({"poll": poll, "read": read}, {"poll": 8, "read": 8}, crashed)
    scheduler = Scheduler(store=store, dispatcher=dispatcher, clock=clock, housekeeping=nothing, follow_clock=nothing)
    await scheduler.tick()
    await asyncio.sleep(0)
    assert quiet < set(started)
    assert len(started) == 4
    begun.set()
    await dispatcher.idle()
    assert len(started) >= 500, "the flood goes on as places become free, without a tick"
    assert len(started) == len(set(started))
    await scheduler.stop()


async def test_a_database_that_refuses_is_said_once_and_is_no_bug(store: Database, clock: FixedClock) -> None:
    refusals = [StoreError("the database is away"), StoreError("the database is away"), None, LostStoreError("gone")]

    async def housekeeping() -> None:
        clock.pass_(2)
        refusal = refusals.pop(0)
        if refusal is not None:
            raise refusal

    scheduler = Scheduler(
        store=store, dispatcher=Recorder(), clock=clock, housekeeping=housekeeping, follow_clock=nothing
    )
    with capture_logs() as logs:
        for _ in range(4):
            await scheduler._tick()
    assert [(entry["log_level"], entry["error"]) for entry in logs] == [
        ("error", "the database is away"),
        ("debug", "the database is away"),
        ("error", "gone"),
    ]
    assert not any("exc_info" in entry for entry in logs)
