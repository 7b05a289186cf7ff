from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from doubles.clock import FixedClock
from doubles.patience import HANG
from doubles.store_samples import NOW, article, entry, record, source
from sqlalchemy import text

from monitor.errors import LostStoreError, StoreError
from monitor.model import Article, PendingEntry
from monitor.pipeline.evidence import FetchedPage
from monitor.pipeline.hand_over import WAITS, HandOver, JudgeDesk, pack, unpack
from monitor.pipeline.judge import Judge
from monitor.ports import Response
from monitor.store import Database, open_store

PAGE = FetchedPage(
    "https://a.example/1",
    datetime(2024, 5, 6, 7, 8, tzinfo=UTC),
    Response(
        "https://a.example/one", 200, (("content-type", "text/html"), ("x", "\xff")), b"<p>\n\x00\xff</p>", cut="x"
    ),
)


@dataclass
class Judged:
    """What stands for the judge: it finishes the entry, or fails."""

    store: Database
    seen: list[tuple[PendingEntry, Article, FetchedPage | None, bytes]] = field(default_factory=list)
    fails: Exception | None = None

    async def judge(self, pending: PendingEntry, article: Article, *, page: Any, vector: bytes) -> int:
        if self.fails is not None:
            raise self.fails
        self.seen.append((pending, article, page, vector))

        def write(tx: Any) -> None:
            ident = tx.add_article(article)
            tx.finish_entry(pending.id, ident)
            tx.end_reading(pending.id)

        await self.store.run(write)
        return 1


@dataclass
class Bench:
    store: Database
    clock: FixedClock
    judged: Judged
    desk: JudgeDesk
    over: HandOver

    def pending(self) -> list[PendingEntry]:
        with self.store.begin() as tx:
            return tx.due_entries(self.clock.now(), 9)

    def waiting(self) -> int:
        with self.store.begin() as tx:
            return tx.count_readings()

    def poll(self, *keys: str, **changes: object) -> None:
        with self.store.begin() as tx:
            tx.record_poll(record(1, *(entry(key, **changes) for key in keys), at=self.clock.now()))


@pytest.fixture
def bench() -> Iterator[Bench]:
    clock = FixedClock(NOW)
    store = open_store("sqlite://", clock_now=clock.now)
    with contextlib.closing(store):
        with store.begin() as tx:
            tx.sync_sources([source("A")], NOW)
        judged = Judged(store)
        desk = JudgeDesk(store, clock, cast("Judge", judged))

        async def encode(_: Article) -> bytes:
            return b"v"

        yield Bench(store, clock, judged, desk, HandOver(store, clock, encode))


def test_a_page_is_packed_as_it_came() -> None:
    assert unpack(pack(PAGE)) == PAGE


async def test_an_article_waits_for_the_judge_and_its_entry_is_left_alone(bench: Bench) -> None:
    bench.poll("a", "b")
    pending = bench.pending()
    for each in pending:
        assert await bench.over.judge(each, article(each.entry.key, seen_at=NOW), page=PAGE) == 0
    assert bench.pending() == []
    assert bench.waiting() == 2
    assert await bench.desk.turn() == 2
    assert [each.id for each, *_ in bench.judged.seen] == [each.id for each in pending], "as they came"
    assert {(page, vector) for _, _, page, vector in bench.judged.seen} == {(PAGE, b"v")}
    assert bench.waiting() == 0
    assert await bench.desk.turn() == 0


async def test_an_entry_that_was_edited_meanwhile_is_read_again(bench: Bench) -> None:
    bench.poll("a")
    (pending,) = bench.pending()
    await bench.over.judge(pending, article("a", seen_at=NOW))
    bench.poll("a", digest="other", title="Other")
    await bench.desk.turn()
    assert bench.judged.seen == []
    assert bench.waiting() == 0
    assert [each.entry.title for each in bench.pending()] == ["Other"]


async def test_what_was_judged_meanwhile_is_not_judged_again(bench: Bench) -> None:
    bench.poll("a")
    (pending,) = bench.pending()
    await bench.over.judge(pending, article("a", seen_at=NOW))
    with bench.store.begin() as tx:
        tx.finish_entry(pending.id, None, "given up")
    await bench.desk.turn()
    assert (bench.judged.seen, bench.waiting()) == ([], 0)
    await bench.over.judge(pending, article("a", seen_at=NOW))
    assert bench.waiting() == 0, "nobody waits for it"


async def test_an_article_with_a_bug_is_read_by_less_after_three_tries(bench: Bench) -> None:
    bench.poll("a")
    (pending,) = bench.pending()
    await bench.over.judge(pending, article("a", seen_at=NOW))
    bench.judged.fails = ZeroDivisionError()
    for left in (1, 1, 0):
        await bench.desk.turn()
        assert bench.waiting() == left
    (again,) = bench.pending()
    assert again.faults == 3, "its summary is next"


@pytest.mark.parametrize("damaged", ["{}", "x"])
async def test_a_damaged_reading_is_read_again_and_stops_no_other(bench: Bench, damaged: str) -> None:
    bench.poll("a", "b")
    for pending, key in zip(bench.pending(), "ab", strict=True):
        await bench.over.judge(pending, article(key, seen_at=NOW))
    with bench.store.begin() as tx:
        tx.connection.execute(text("UPDATE readings SET article = :article WHERE entry_id = 1"), {"article": damaged})
    for left in (1, 1, 0):
        await bench.desk.turn()
        assert bench.waiting() == left
    assert [pending.id for pending, *_ in bench.judged.seen] == [2]
    assert [pending.faults for pending in bench.pending()] == [3]


async def test_a_damaged_page_costs_no_article(bench: Bench) -> None:
    bench.poll("a")
    (pending,) = bench.pending()
    await bench.over.judge(pending, article("a", seen_at=NOW), page=PAGE)
    with bench.store.begin() as tx:
        tx.connection.execute(text("UPDATE readings SET page = x'00'"))
    await bench.desk.turn()
    assert [page for _, _, page, _ in bench.judged.seen] == [None]


async def test_a_row_that_cannot_be_read_is_a_fault_of_its_article_and_a_lost_store_ends_the_desk(
    bench: Bench,
) -> None:
    bench.poll("a")
    (pending,) = bench.pending()
    await bench.over.judge(pending, article("a", seen_at=NOW))
    bench.judged.fails = LostStoreError()
    with pytest.raises(LostStoreError):
        await bench.desk.turn()
    bench.judged.fails = StoreError("a stored list of hits cannot be read", retryable=False)
    for left in (1, 1, 0):
        await bench.desk.turn()
        assert bench.waiting() == left


async def test_a_database_that_refuses_is_asked_again(bench: Bench) -> None:
    bench.poll("a")
    (pending,) = bench.pending()
    await bench.over.judge(pending, article("a", seen_at=NOW))
    bench.judged.fails = StoreError("full")
    running = asyncio.create_task(bench.desk.run())
    await asyncio.sleep(0)
    bench.judged.fails = None
    bench.desk.wake()
    async with asyncio.timeout(HANG):
        while bench.waiting():  # noqa: ASYNC110 — the store has no event to wait for
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_an_entry_whose_reading_is_lost_is_due_again(bench: Bench) -> None:
    bench.poll("a")
    (pending,) = bench.pending()
    await bench.over.judge(pending, article("a", seen_at=NOW))
    bench.clock.pass_(WAITS.total_seconds() + 1)
    assert bench.pending() == [pending]
