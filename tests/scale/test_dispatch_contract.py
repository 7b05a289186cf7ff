"""One contract for both dispatchers: in one process, and by procrastinate's tasks on a real server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Protocol

import pytest
from doubles.patience import HANG
from doubles.store_samples import NOW

from monitor.dispatch.local import LocalDispatcher
from monitor.dispatch.remote import AHEAD, batches
from monitor.dispatch.runner import UnitRunner
from monitor.errors import StoreError
from monitor.model import Outcome, ProcessState, Result
from monitor.ports import Dispatcher
from monitor.store import Database, Transaction, open_store

PLACES = 8


class Work:
    """Units that wait for a gate, fail, or are refused."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.begun: list[int] = []
        self.now = self.most = 0
        self.crashes: list[int] = []
        self.broken: set[int] = set()
        self.refused: set[int] = set()

    async def unit(self, ident: int) -> Outcome:
        self.begun.append(ident)
        if ident in self.broken:
            raise ZeroDivisionError
        if ident in self.refused:
            raise StoreError("full")
        self.now += 1
        self.most = max(self.most, self.now)
        await self.gate.wait()
        self.now -= 1
        return Outcome(Result.DONE)

    async def crashed(self, _kind: str, ident: int, _error: BaseException) -> None:
        self.crashes.append(ident)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(HANG):
            while not condition():  # noqa: ASYNC110 — the server has no event to wait for
                await asyncio.sleep(0.01)


class Bench(Protocol):
    work: Work
    dispatcher: Dispatcher
    room: int
    """How many units of a kind may be given out at once."""

    async def idle(self) -> None: ...


class LocalBench:
    room = PLACES

    def __init__(self) -> None:
        self.work = Work()
        self.local = LocalDispatcher(
            {"poll": self.work.unit, "read": self.work.unit}, {"poll": PLACES, "read": PLACES}, self.work.crashed
        )
        self.dispatcher: Dispatcher = self.local

    async def idle(self) -> None:
        await self.local.idle()


class RemoteBench:
    """Two processes' parts in one: who leads the schedule, and a reader."""

    room = AHEAD * PLACES

    def __init__(self, store: Database) -> None:
        from monitor.dispatch.remote import RemoteDispatcher
        from monitor.dispatch.tasks import TaskQueue

        self.work = Work()
        self.harmful: list[tuple[str, int, int]] = []
        self.queue = TaskQueue(store.address, "schedule")
        self.remote = RemoteDispatcher(
            store, self.queue, lambda _tx, kind, ident, crashes: self.harmful.append((kind, ident, crashes))
        )
        self.dispatcher: Dispatcher = self.remote
        self.local = local = LocalDispatcher(
            {"poll": self.work.unit, "read": self.work.unit}, {"poll": PLACES, "read": PLACES}, self.work.crashed
        )
        self.reading = TaskQueue(store.address, "reader")
        self.runner = UnitRunner(store, local, "reader", PLACES)

    async def idle(self) -> None:
        async with asyncio.timeout(HANG):
            await self.remote.idle()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self.queue.opened(), self.reading.opened(self.runner.do):
            await self.remote.look()
            tasks = [asyncio.create_task(self.reading.work(PLACES)), asyncio.create_task(self.remote.run())]
            try:
                yield
            finally:
                self.work.gate.set()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)


def beat(tx: Transaction) -> None:
    tx.beat(ProcessState("reader", "h", 1, ("read",), "1", PLACES, ok=True))


@pytest.fixture
def shared(server: str) -> Database:
    store = open_store(server, clock_now=lambda: NOW, instance="test")
    with store.begin() as tx:
        beat(tx)
    return store


@pytest.fixture(params=["local", "procrastinate"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    if request.param == "local":
        yield LocalBench()
        return
    store: Database = request.getfixturevalue("shared")
    remote = RemoteBench(store)
    async with remote.running():
        yield remote
    store.close()


async def test_a_unit_never_runs_twice_at_once_and_room_is_bounded(bench: Bench) -> None:
    submit, work = bench.dispatcher.submit, bench.work
    assert submit("poll", 1, "A")
    assert not submit("poll", 1, "A")
    assert bench.dispatcher.under_way("poll", 1)
    assert not bench.dispatcher.under_way("read", 1)
    begun = [ident for ident in range(2, 60) if submit("poll", ident, f"S{ident}")]
    assert len(begun) == bench.room - 1
    assert bench.dispatcher.room("poll") == 0
    assert bench.dispatcher.room("read") == bench.room
    await work.until(lambda: len(work.begun) == PLACES)
    assert not submit("poll", 1, "A")
    work.gate.set()
    await bench.idle()
    assert sorted(work.begun) == [1, *begun]
    assert work.most <= PLACES
    assert submit("poll", 1, "A"), "it has ended"
    await bench.idle()
    assert work.begun.count(1) == 2


async def test_one_source_never_takes_all_places(bench: Bench) -> None:
    assert sum(bench.dispatcher.submit("read", ident, "many") for ident in range(100)) == PLACES // 4
    assert bench.dispatcher.crowded("read", "many")
    assert not bench.dispatcher.crowded("read", "one")
    assert bench.dispatcher.submit("read", 500, "one")
    bench.work.gate.set()
    await bench.idle()
    assert not bench.dispatcher.crowded("read", "many")


async def test_who_waits_for_a_place_is_called(bench: Bench) -> None:
    freed: list[str] = []
    bench.dispatcher.when_free(freed.append)
    assert bench.dispatcher.submit("poll", 1, "A")
    bench.work.gate.set()
    await bench.work.until(lambda: "poll" in freed)
    await bench.idle()


async def test_a_bug_is_recorded_and_frees_the_place(bench: Bench) -> None:
    bench.work.broken.add(7)
    assert bench.dispatcher.submit("read", 7, "A")
    await bench.work.until(lambda: bench.work.crashes == [7])
    await bench.idle()
    assert bench.dispatcher.room("read") == bench.room


async def test_what_the_database_refuses_is_left_alone_for_a_while(bench: Bench) -> None:
    bench.work.refused.add(7)
    assert bench.dispatcher.submit("read", 7, "A")
    await bench.work.until(lambda: bench.work.begun == [7])
    await asyncio.sleep(0)
    await bench.work.until(lambda: not bench.dispatcher.submit("read", 7, "A"))
    assert bench.work.begun == [7]
    assert bench.work.crashes == []


async def test_nothing_is_begun_after_the_end(bench: Bench) -> None:
    bench.work.gate.set()
    assert bench.dispatcher.submit("poll", 1, "A")
    await bench.dispatcher.drain(5)
    assert not bench.dispatcher.submit("poll", 2, "B")
    await bench.idle()
    assert bench.work.begun == [1]


async def finish(store: Database, act: Callable[[RemoteBench], Awaitable[None]]) -> None:
    remote = RemoteBench(store)
    async with remote.queue.opened():
        await remote.remote.look()
        await act(remote)
    store.close()


async def test_a_unit_whose_process_died_is_queued_again(shared: Database) -> None:
    async def act(bench: RemoteBench) -> None:
        assert bench.remote.submit("read", 7, "A")
        await bench.remote.drain(5)
        for crash in range(1, 5):
            taken = await shared.run(lambda tx: tx.take_turns("read", [7], "dead", -1))
            assert taken == [7]
            assert await shared.run(lambda tx: tx.take_turns("read", [7], "dead", 60)) == [7], "its time was over"
            await shared.run(lambda tx: tx.keep_turns("dead", -1))
            await bench.remote.sweep()
            (turn,) = await shared.run(lambda tx: tx.turns())
            assert (turn.owner, turn.crashes) == (None, crash)
        assert bench.harmful == [("read", 7, 3), ("read", 7, 4)]
        assert await bench.queue.length() == 5

    await finish(shared, act)


async def test_a_process_that_is_late_itself_calls_no_unit_lost(shared: Database) -> None:
    async def act(bench: RemoteBench) -> None:
        assert bench.remote.submit("read", 7, "A")
        await bench.remote.drain(5)
        await shared.run(lambda tx: tx.take_turns("read", [7], "slow", -1))
        bench.remote._steady = lambda: False
        await bench.remote.sweep()
        assert [(turn.owner, turn.crashes) for turn in await shared.run(lambda tx: tx.turns())] == [("slow", 0)]
        bench.remote._steady = lambda: True
        await bench.remote.sweep()
        assert [(turn.owner, turn.crashes) for turn in await shared.run(lambda tx: tx.turns())] == [(None, 1)]

    await finish(shared, act)


async def test_a_task_that_was_lost_is_due_again(shared: Database) -> None:
    async def act(bench: RemoteBench) -> None:
        await shared.run(lambda tx: tx.queue_turns("poll", [(7, "A")], -1))
        await bench.remote.look()
        assert not bench.remote.submit("poll", 7, "A")
        await bench.remote.sweep()
        await bench.remote.look()
        assert bench.remote.submit("poll", 7, "A")
        await bench.remote.drain(5)

    await finish(shared, act)


async def test_a_turn_in_no_task_is_dropped_by_the_second_sweep(shared: Database) -> None:
    async def act(bench: RemoteBench) -> None:
        await shared.run(lambda tx: tx.queue_turns("read", [(7, "A"), (8, "B")], 60))
        await shared.run(lambda tx: tx.take_turns("read", [8], "reader", 60))
        await shared.run(lambda tx: tx.park_turns("read", [8], "reader", 60))
        assert bench.remote.submit("poll", 1, "A")
        await bench.remote.drain(5)
        await bench.remote.sweep()
        assert len(await shared.run(lambda tx: tx.turns())) == 3
        await bench.remote.sweep()
        left = await shared.run(lambda tx: tx.turns())
        assert [(turn.kind, turn.ident) for turn in left] == [("poll", 1), ("read", 8)]

    await finish(shared, act)


async def test_without_readers_nothing_is_given_out(shared: Database) -> None:
    async def act(bench: RemoteBench) -> None:
        await shared.run(lambda tx: tx.end_process("reader"))
        await bench.remote.look()
        assert not bench.remote.submit("poll", 7, "A")
        await shared.run(beat)
        freed: list[str] = []
        bench.remote.when_free(freed.append)
        await bench.remote.look()
        assert set(freed) == {"poll", "read"}
        assert bench.remote.submit("poll", 7, "A")
        await bench.remote.drain(5)

    await finish(shared, act)


# --------------------------------------------------------------------------- the turns of a reader


@contextlib.asynccontextmanager
async def reading(store: Database, units: int) -> AsyncIterator[RemoteBench]:
    """Queue the turns of so many polls, for a reader without a queue."""
    await store.run(lambda tx: tx.queue_turns("poll", [(ident, f"S{ident}") for ident in range(units)], 60))
    try:
        yield RemoteBench(store)
    finally:
        store.close()


async def owners(store: Database) -> list[str | None]:
    return [turn.owner for turn in await store.run(lambda tx: tx.turns())]


async def none_is_had(store: Database) -> None:
    async with asyncio.timeout(HANG):
        while await owners(store):  # noqa: ASYNC110 — the server has no event to wait for
            await asyncio.sleep(0.01)


async def test_a_turn_is_taken_when_there_is_a_place(shared: Database) -> None:
    async with reading(shared, PLACES + 3) as bench:
        doing = asyncio.create_task(bench.runner.do("poll", range(PLACES + 3)))
        await bench.work.until(lambda: len(bench.work.begun) == PLACES)
        assert await owners(shared) == ["reader"] * PLACES + [None] * 3
        bench.work.gate.set()
        await doing
        assert sorted(bench.work.begun) == list(range(PLACES + 3))
        assert await owners(shared) == []


async def test_a_unit_of_two_tasks_is_done_once(shared: Database) -> None:
    async with reading(shared, 2) as bench:
        tasks = [asyncio.create_task(bench.runner.do("poll", idents)) for idents in ([0, 1], [1, 0, 0])]
        await bench.work.until(lambda: len(bench.work.begun) == 2)
        late = asyncio.create_task(bench.runner.do("poll", [1]))
        await late
        bench.work.gate.set()
        await asyncio.gather(*tasks)
        assert sorted(bench.work.begun) == [0, 1]
        assert await owners(shared) == []


async def test_a_page_begins_before_polls_that_wait(shared: Database) -> None:
    async with reading(shared, PLACES + 2) as bench:
        await shared.run(lambda tx: tx.queue_turns("read", [(100, "A")], 60))
        polls = asyncio.create_task(bench.runner.do("poll", range(PLACES + 2)))
        await bench.work.until(lambda: len(bench.work.begun) == PLACES)
        page = asyncio.create_task(bench.runner.do("read", [100]))
        await asyncio.sleep(0)
        bench.work.gate.set()
        await asyncio.gather(polls, page)
        assert 100 in bench.work.begun[PLACES : PLACES + 3]


async def test_the_turn_of_a_unit_that_was_cancelled_is_free_again(shared: Database) -> None:
    """As where the queue is lost: procrastinate cancels its tasks, and the process lives on."""
    async with reading(shared, 3) as bench:
        doing = asyncio.create_task(bench.runner.do("poll", range(3)))
        await bench.work.until(lambda: len(bench.work.begun) == 3)
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)
        await none_is_had(shared)
        await shared.run(lambda tx: tx.queue_turns("poll", [(ident, "S") for ident in range(PLACES)], 60))
        again = asyncio.create_task(bench.runner.do("poll", range(PLACES)))
        await bench.work.until(lambda: len(bench.work.begun) == 3 + PLACES)  # no place was lost with it
        bench.work.gate.set()
        await again


async def test_a_unit_that_was_cancelled_while_its_turn_was_taken_leaves_none(
    shared: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reading(shared, 2) as bench:
        run, taken, go_on = shared.run, asyncio.Event(), asyncio.Event()

        async def slowly(call: Callable[[Transaction], object]) -> object:
            found = await run(call)
            taken.set()
            await go_on.wait()
            return found

        monkeypatch.setattr(shared, "run", slowly)
        doing = asyncio.create_task(bench.runner.do("poll", [0, 1]))
        await taken.wait()
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)
        go_on.set()
        monkeypatch.undo()
        await none_is_had(shared)
        assert bench.work.begun == []


async def test_a_turn_that_could_not_be_released_is_not_kept_for_ever(
    shared: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reading(shared, 2) as bench:
        monkeypatch.setattr(Transaction, "release_turns", refuse)
        bench.work.gate.set()
        await bench.runner.do("poll", [0])
        assert await owners(shared) == ["reader", None]
        monkeypatch.undo()
        bench.work.gate.clear()
        doing = asyncio.create_task(bench.runner.do("poll", [1]))
        await bench.work.until(lambda: bench.work.begun == [0, 1])
        await bench.runner.keep()
        assert await owners(shared) == ["reader"], "of the unit that is under way"
        bench.work.gate.set()
        await doing


def refuse(*_: object) -> None:
    raise StoreError("the server is away", retryable=True)


async def test_what_a_unit_begins_with_is_read_with_its_turn_and_a_bug_there_keeps_no_unit(shared: Database) -> None:
    async with reading(shared, 3) as bench:
        read: list[object] = []

        def prepare(tx: Transaction, units: Sequence[tuple[str, int]]) -> Callable[[], None]:
            if ("poll", 2) in units:
                raise ZeroDivisionError
            return lambda: read.extend(units)

        runner = UnitRunner(shared, bench.local, "reader", PLACES, prepare)
        bench.work.gate.set()
        await runner.do("poll", [0, 1])
        assert read == [("poll", 0), ("poll", 1)]
        await runner.do("poll", [2])
        assert bench.work.begun == [0, 1, 2]
        assert await owners(shared) == []


async def test_no_turn_is_had_of_a_database_that_refuses(shared: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async with reading(shared, 2) as bench:
        for error in (StoreError("no such table", retryable=False), ZeroDivisionError()):

            def fail(*_: object, error: Exception = error) -> None:
                raise error

            monkeypatch.setattr(Transaction, "take_turns", fail)
            await bench.runner.do("poll", [0, 1])
            monkeypatch.undo()
        assert bench.work.begun == []
        assert await owners(shared) == [None, None]
        tries: list[int] = []
        take, sleep = Transaction.take_turns, asyncio.sleep

        def at_third(*given: Any) -> list[int]:
            tries.append(1)
            if len(tries) < 3:
                refuse()
            return take(*given)

        monkeypatch.setattr(Transaction, "take_turns", at_third)
        monkeypatch.setattr("monitor.dispatch.runner.asyncio.sleep", lambda _: sleep(0))
        bench.work.gate.set()
        await bench.runner.do("poll", [0, 1])
        assert sorted(bench.work.begun) == [0, 1]


def test_tasks_are_few_and_shared_by_all_readers() -> None:
    assert [len(each) for each in batches(range(9), 1)] == [3, 3, 3]
    assert [len(each) for each in batches(range(9), 4)] == [2, 2, 2, 2, 1]
    assert [len(each) for each in batches(range(3), 7)] == [1, 1, 1]
    assert [len(each) for each in batches(range(4), 0)] == [3, 1]
    assert batches([], 3) == []
