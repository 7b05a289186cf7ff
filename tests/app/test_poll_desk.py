"""A reader's polls: how many transactions they take, and what becomes of those that cannot be written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from doubles.clock import FixedClock
from doubles.patience import HANG
from doubles.pipeline_harness import FakeFetcher, PipelineHarness, link
from sqlalchemy import event

from monitor.app.poll_desk import PollDesk
from monitor.app.shared_pace import DatabasePace
from monitor.dispatch.local import LocalDispatcher
from monitor.errors import StoreError
from monitor.fetch.address import parse
from monitor.fetch.client import SPACING
from monitor.ports import Request, Response
from monitor.store import Database, Transaction
from monitor.store.lock import MemberFence

COUNT, PLACES = 8, 16
URLS = [f"https://h{number}.example/rss" for number in range(COUNT)]


class PacedFetcher(FakeFetcher):
    """Asks the pace as the real one does, and answers that nothing has changed."""

    def __init__(self, pace: DatabasePace) -> None:
        super().__init__()
        self.pace = pace
        self.waits: list[float] = []

    async def fetch(self, request: Request) -> Response:
        if request.url not in self.answers:
            wait, _ = await self.pace.reserve(parse(request.url).host, SPACING)
            self.waits.append(wait)
            return Response(request.url, 304, (), b"")
        return await super().fetch(request)


class Reader(PipelineHarness):
    """A reader of one process of many."""

    def __init__(self, store: Database, clock: FixedClock) -> None:
        self.pace = DatabasePace(store)
        self.paced = PacedFetcher(self.pace)
        super().__init__(store, clock, self.paced)
        self.fetcher = self.paced
        self.local = LocalDispatcher({"poll": self.poller.poll}, {"poll": PLACES}, self.crashed)
        self.batch.begin(lambda ident, error: self.local.rest("poll", ident, error), self.poll_crashed)
        self.desk = PollDesk(store, self.batch, self.local, self.pace, "me", PLACES)
        self.crashes: list[int] = []

    async def crashed(self, _kind: str, ident: int, _error: BaseException) -> None:
        self.crashes.append(ident)

    async def poll_crashed(self, ident: int, _error: BaseException) -> None:
        self.crashes.append(ident)

    def owners(self) -> list[str | None]:
        with self.store.begin() as tx:
            return [turn.owner for turn in tx.turns()]

    def due(self) -> list[int]:
        with self.store.begin() as tx:
            return [state.id for state in tx.due_sources(self.clock.now(), 100)]

    async def give_out(self) -> list[int]:
        """Queue the turns of all sources that are due."""
        due = self.due()
        with self.store.begin() as tx:
            tx.queue_turns("poll", [(ident, f"S{ident}") for ident in due], 60)
        return due


@pytest.fixture
async def reader(store: Database, clock: FixedClock) -> Reader:
    """A reader with eight sources that are due, and have nothing new."""
    made = Reader(store, clock)
    made.watch(*URLS)
    for url in URLS:
        made.serve(url, ("Older report", link(1), 3600), etag='"1"')
    await made.poll()
    made.fetcher.answers.clear()
    clock.pass_(600)
    return made


@contextmanager
def counted(store: Database) -> Iterator[list[str]]:
    """Note the commits, and the statements that change or read something."""
    done: list[str] = []

    def commit(_: object) -> None:
        done.append("commit")

    def statement(_c: object, _cursor: object, text: str, *_: object) -> None:
        done.append(text)

    event.listen(store._engine, "commit", commit)
    event.listen(store._engine, "before_cursor_execute", statement)
    try:
        yield done
    finally:
        event.remove(store._engine, "commit", commit)
        event.remove(store._engine, "before_cursor_execute", statement)


async def test_polls_without_news_take_two_transactions_however_many_they_are(reader: Reader) -> None:
    ids = await reader.give_out()
    with reader.store.begin() as tx:  # rows of hosts are there: each is made once an hour at most
        tx.reserve_hosts(dict.fromkeys((parse(url).host for url in URLS), 1), SPACING)
    with counted(reader.store) as done:
        await reader.desk.runner.do("poll", ids)
        assert done.count("commit") == 1, "turns, states and the pace of hosts"
        assert reader.owners() == ["me"] * COUNT
        done.clear()
        await reader.desk.write()
        assert done.count("commit") == 1, "what came of them, and the end of their turns"
    assert reader.owners() == []
    assert reader.due() == []
    assert len(reader.paced.waits) == COUNT


async def test_the_statements_of_polls_do_not_grow_with_their_number(reader: Reader) -> None:
    counts = []
    for chosen in (URLS[:2], URLS):
        reader.clock.pass_(24 * 3600)
        ids = (await reader.give_out())[: len(chosen)]
        with counted(reader.store) as done:
            await reader.desk.runner.do("poll", ids)
            await reader.desk.write()
        counts.append(len(done))
    assert counts[1] <= counts[0], counts


async def test_a_poll_with_news_ends_with_one_transaction_more(reader: Reader) -> None:
    reader.serve(URLS[0], ("A new report", link(2), 60))
    ids = await reader.give_out()
    with counted(reader.store) as done:
        await reader.desk.runner.do("poll", ids[:1])
    assert done.count("commit") == 3, "turn; entries with validators; the end of the turn"
    assert reader.owners() == [None] * (COUNT - 1)


async def test_polls_are_written_when_half_of_the_places_have_ended(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.app.poll_desk._FLUSH", 2 * HANG)
    running = asyncio.create_task(reader.desk.run())
    await reader.desk.runner.do("poll", await reader.give_out())
    async with asyncio.timeout(HANG):
        while reader.owners():  # noqa: ASYNC110 — the store has no event
            await asyncio.sleep(0.01)
    assert reader.due() == []
    running.cancel()


async def test_polls_that_the_database_refuses_rest_and_are_due_still(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await reader.give_out()
    await reader.desk.runner.do("poll", ids)

    def refuse(*_: object) -> None:
        raise StoreError("full", retryable=True)

    monkeypatch.setattr(Transaction, "record_polls", refuse)
    await reader.desk.write()
    assert reader.owners() == ["-"] * COUNT
    assert reader.due() == ids


async def test_polls_whose_turns_are_anothers_by_then_change_nothing(reader: Reader) -> None:
    """As where this process was stopped (SIGSTOP) between a poll and its writing."""
    ids = await reader.give_out()
    await reader.desk.runner.do("poll", ids)
    with reader.store.begin() as tx:
        tx.requeue_turns("poll", ids, 60)
        tx.take_turns("poll", ids, "you", 60)
    reader.store._fence = MemberFence(0)
    await reader.desk.write()
    assert reader.owners() == ["you"] * COUNT
    assert reader.due() == ids
    await reader.desk.runner.keep()
    assert reader.owners() == ["you"] * COUNT


@pytest.mark.parametrize("lost", [[0], [3, 5], [7]])
async def test_polls_whose_turns_are_lost_keep_no_other_back(reader: Reader, lost: list[int]) -> None:
    ids = await reader.give_out()
    await reader.desk.runner.do("poll", ids)
    gone = [ids[place] for place in lost]
    with reader.store.begin() as tx:
        tx.requeue_turns("poll", gone, 60)
        tx.take_turns("poll", gone, "you", 60)
    reader.store._fence = MemberFence(0)
    await reader.desk.write()
    assert reader.owners() == ["you"] * len(gone), "the others are written, and rest for no time"
    assert reader.due() == gone
    assert not any(reader.local.rests("poll", ident) for ident in ids)
    assert reader.batch.waiting() == []
    with reader.store.begin() as tx:
        tx.drop_turns("poll", gone)
    await reader.give_out()
    await reader.desk.runner.do("poll", gone)
    await reader.desk.write()
    assert reader.due() == [], "this process does it again where it is given out to it"


async def test_a_bug_at_one_poll_leaves_no_turn_behind(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = await reader.give_out()
    await reader.desk.runner.do("poll", ids)
    write = reader.batch.also

    def fail(_tx: Transaction, _ids: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(reader.batch, "also", fail)
    await reader.desk.write()
    monkeypatch.setattr(reader.batch, "also", write)
    assert reader.owners() == []
    assert reader.due() == [], "each was written by itself"
    await reader.desk.write()
    assert reader.owners() == []


async def test_an_address_that_is_none_keeps_no_poll_from_beginning(reader: Reader) -> None:
    with reader.store.begin() as tx:
        states = {state.id: state for state in tx.source_states()}
    ids = await reader.give_out()

    def odd(tx: Transaction, idents: object) -> list[object]:
        del tx, idents
        return [odd_state(states[ident], number) for number, ident in enumerate(ids)]

    def odd_state(state: object, number: int) -> object:
        return state if number else type("Odd", (), {"id": ids[0], "address": "http://[::1"})()

    with reader.store.begin() as tx:
        note = PollDesk.prepare(reader.desk, _With(tx, odd), [("poll", ident) for ident in ids])  # type: ignore[arg-type]
    note()
    assert reader.batch.take(ids[1]) is states[ids[1]]


class _With:
    """A transaction, one of whose methods is another."""

    def __init__(self, tx: Transaction, states: Callable[[Transaction, object], list[object]]) -> None:
        self._tx, self._states = tx, states

    def some_source_states(self, idents: object) -> list[object]:
        return self._states(self._tx, idents)

    def __getattr__(self, name: str) -> object:
        return getattr(self._tx, name)
