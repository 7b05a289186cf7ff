"""Polls without news wait for a batch: nothing of them is lost, and news never wait with them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from doubles.clock import FixedClock
from doubles.pipeline_harness import PipelineHarness, failing, link
from sqlalchemy import event

from monitor.dispatch.local import LocalDispatcher
from monitor.errors import FetchError, FetchKind, StoreError
from monitor.model import Outcome, PollRecord, Result, Source, SourceState
from monitor.pipeline.poll_batch import UnwrittenPoll
from monitor.ports import Request, Response
from monitor.scheduler import Scheduler
from monitor.store import Database, open_store

URLS = [f"https://a{number}.example/rss" for number in range(4)]


class BatchHarness(PipelineHarness):
    """A pipeline whose polls without news wait."""

    def __init__(self, store: Database, clock: FixedClock) -> None:
        super().__init__(store, clock)
        self.refused: list[int] = []
        self.crashes: list[int] = []

    async def begin(self) -> None:
        """Take the baselines of four sources, and let polls wait from then on."""
        self.watch(*URLS)
        for url in URLS:
            self.serve(url, ("Older report", link(1), 3600), etag='"1"')
        await self.poll()

        async def crashed(ident: int, error: BaseException) -> None:
            self.crashes.append(ident)

        self.batch.begin(lambda ident, _: self.refused.append(ident), crashed)
        self.clock.pass_(600)
        for url in URLS:
            self.fetcher.answers[url] = not_modified

    def states(self) -> list[SourceState]:
        with self.store.begin() as tx:
            return sorted(tx.source_states(), key=lambda state: state.id)

    def due(self) -> set[int]:
        with self.store.begin() as tx:
            return {state.id for state in tx.due_sources(self.clock.now(), 100)}


def not_modified(request: Request) -> Response:
    return Response(request.url, 304, (), b"")


@pytest.fixture
def store(clock: FixedClock) -> Iterator[Database]:
    database = open_store("sqlite://", clock_now=clock.now)
    yield database
    database.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def desk(store: Database, clock: FixedClock) -> BatchHarness:
    made = BatchHarness(store, clock)
    await made.begin()
    return made


async def test_polls_without_news_are_one_transaction(desk: BatchHarness) -> None:
    commits: list[str] = []
    ids = desk.due()
    assert await desk.poll() == [Result.UNCHANGED] * 4
    assert desk.due() == ids, "a poll that is not written is due"
    assert all(desk.batch.waits(ident) for ident in ids)
    event.listen(desk.store._engine, "commit", lambda _: commits.append("commit"))
    await desk.batch.write()
    assert commits == ["commit"]
    assert desk.due() == set()
    assert not any(desk.batch.waits(ident) for ident in ids)
    assert {state.last_success_at for state in desk.states()} == {desk.clock.now()}
    assert {state.validators.etag for state in desk.states()} == {'"1"'}


async def test_failures_wait_as_well(desk: BatchHarness) -> None:
    desk.fetcher.answers[URLS[0]] = failing(FetchError("no route", FetchKind.CONNECT))
    assert (await desk.poll()).count(Result.FAILED) == 1
    await desk.batch.write()
    assert [state.failures for state in desk.states()] == [1, 0, 0, 0]
    assert desk.due() == set()


async def test_news_do_not_wait_for_a_batch(desk: BatchHarness) -> None:
    seen: list[str] = []
    desk.poller.news = lambda: seen.append("news")
    desk.serve(URLS[0], ("North Korea fires a missile", link(2), 60), ("Older report", link(1), 3600), etag='"2"')
    await desk.poll()
    first, *others = desk.states()
    assert (first.validators.etag, first.last_new_at) == ('"2"', desk.clock.now())
    assert first.id not in desk.due()
    assert {state.id for state in others} == desk.due()
    assert seen == ["news"]


async def test_a_first_poll_does_not_wait(store: Database, clock: FixedClock) -> None:
    desk = BatchHarness(store, clock)
    desk.batch.begin(lambda *_: None, _never)
    desk.watch(URLS[0])
    desk.fetcher.answers[URLS[0]] = failing(FetchError("no route", FetchKind.CONNECT))
    assert await desk.poll() == [Result.FAILED]
    assert desk.states()[0].failures == 1


async def _never(ident: int, error: BaseException) -> None:
    raise AssertionError(ident) from error


async def test_the_end_writes_what_waits(desk: BatchHarness) -> None:
    await desk.poll()
    await desk.batch.end()
    assert desk.due() == set()
    desk.clock.pass_(7200)
    await desk.poll()
    assert desk.due() == set(), "nothing waits any more"


async def test_what_the_database_refuses_is_polled_again(desk: BatchHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = desk.due()
    await desk.poll()

    async def full(_: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(desk.store, "run", full)
        await desk.batch.write()
    assert desk.due() == set(desk.refused) == ids
    assert not any(desk.batch.waits(ident) for ident in ids)
    await desk.batch.write()
    assert desk.due() == ids, "what was refused is not written later"


async def test_a_source_that_is_gone_takes_no_other_poll_with_it(desk: BatchHarness) -> None:
    gone = UnwrittenPoll(99, lambda now: PollRecord(99, now, now, 60.0, 0), lambda _: None)
    await desk.poll()
    desk.batch.add(gone)
    await desk.batch.write()
    assert desk.due() == set()
    assert desk.refused == [99]


async def test_a_bug_at_one_source_takes_no_other_poll_with_it(desk: BatchHarness) -> None:
    def broken(_: object) -> PollRecord:
        raise ZeroDivisionError

    ident = max(desk.due())
    await desk.poll()
    desk.batch.add(UnwrittenPoll(ident, broken, lambda _: None))
    await desk.batch.write()
    assert desk.due() == {ident}
    assert desk.crashes == [ident]


async def test_records_without_a_body_alone_are_written_together(desk: BatchHarness) -> None:
    state = desk.states()[0]
    now = desk.clock.now()
    with pytest.raises(StoreError, match="known source"), desk.store.begin() as tx:
        tx.record_polls([PollRecord(state.id, now, now, 60.0, 0), PollRecord(99, now, now, 60.0, 0)])
    assert desk.states()[0] == state


async def test_a_tick_writes_what_waits_and_polls_it_no_second_time(desk: BatchHarness) -> None:
    """Also polls that end while the tick looks for due sources, and such as had no room."""
    asked: list[str] = []
    gate = asyncio.Event()

    async def fetch(request: Request) -> Response:
        asked.append(request.url)
        await gate.wait()
        return not_modified(request)

    desk.fetcher.fetch = fetch  # type: ignore[method-assign]

    async def crashed(kind: str, ident: int, error: BaseException) -> None:
        raise error

    async def nothing() -> None:
        return

    async def read(ident: int) -> Outcome:
        return Outcome(Result.DONE)

    work = LocalDispatcher({"poll": desk.poller.poll, "read": read}, {"poll": 2, "read": 2}, crashed)
    scheduler = Scheduler(
        store=desk.store,
        dispatcher=work,
        clock=desk.clock,
        housekeeping=nothing,
        follow_clock=nothing,
        polls=desk.batch,
        judging=lambda: False,
    )
    await scheduler.tick()
    await asyncio.sleep(0)
    assert len(asked) == 2
    await scheduler.tick()
    gate.set()
    await work.idle()
    assert sorted(asked) == sorted(URLS), "each once, the other two as places became free"
    assert len(desk.due()) == 4
    await scheduler.tick()
    await work.idle()
    assert desk.due() == set()
    assert sorted(asked) == sorted(URLS)
    await scheduler.stop()


async def test_a_state_that_was_handed_over_is_used_once(desk: BatchHarness) -> None:
    state = desk.states()[0]
    with desk.store.begin() as tx:
        tx.sync_sources([Source("Other", "https://b.example/rss")], desk.clock.now())
    desk.batch.hand_over(state)
    assert (await desk.poller.poll(state.id)).result is Result.UNCHANGED
    assert (await desk.poller.poll(state.id)).detail == "no longer configured"
