"""The clean-up: in small batches, each of which a kill may be the last of, and nothing that is needed goes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from doubles.clock import FixedClock
from doubles.inforce import in_force
from doubles.store_samples import NOW, add, alert, article, entry, record, send, source
from sqlalchemy import text

from monitor.clock import MonotonicSteadyClock
from monitor.errors import StoreError
from monitor.model import ClaimNote, NewDelivery, Recognised, Relation
from monitor.pipeline.cleaning import Cleaner
from monitor.pipeline.timekeeping import ClockWatch
from monitor.store import Database, Transaction, open_store

DAY = 86400.0
OLD = NOW - timedelta(days=500)


@pytest.fixture
def host() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def clock(host: FixedClock) -> MonotonicSteadyClock:
    return MonotonicSteadyClock(host)


@pytest.fixture
def store(clock: MonotonicSteadyClock, tmp_path: Path) -> Iterator[Database]:
    made = open_store(f"sqlite:///{tmp_path}/monitor.db", clock_now=clock.now)
    yield made
    made.close()


def noise(seed: int, size: int) -> str:
    """Return a text that no compression makes much smaller."""
    return random.Random(seed).randbytes(size).decode("latin-1")


def fill(store: Database, count: int, size: int = 10) -> None:
    """Write `count` stories of long ago, each with an article, an entry and an alert."""
    with store.begin() as tx:
        tx.sync_sources([source("A")], OLD)
        one = tx.source_states()[0].id
        tx.record_poll(record(one, *(entry(f"k{number}") for number in range(count)), at=OLD))
        for number, pending in enumerate(tx.due_entries(OLD, count)):
            story = tx.create_story(OLD)
            ident = tx.add_article(article(f"a{number}", text=noise(number, size), seen_at=OLD))
            tx.join_story(story, ident, Relation.FIRST, (), OLD)
            tx.finish_entry(pending.id, ident)
            assert tx.add_delivery(NewDelivery("desk", f"alert:{number}", alert(), story_id=story), OLD)
            row = send(tx, None, OLD)
            tx.save_claim_note(f"telegram:{number}", ClaimNote(row.id, None, "", None))
            tx.save_probe_notes(f"telegram:{number}", row.id, 1, "")
            tx.mute("story", str(story), None, 7)
        tx.save_claim_note("telegram:new", ClaimNote(10**6, None, "", None))
        tx.record_poll(record(one, at=NOW, body=Recognised()))  # the feed is read without them


def left(store: Database) -> dict[str, int]:
    tables = ("entries", "articles", "stories", "story_members", "outbox", "mutes")
    with store._engine.connect() as connection:
        counts = {table: connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0 for table in tables}  # noqa: S608
        notes = connection.scalar(text("SELECT count(claimed_row) + count(look_row) FROM lanes"))
        return counts | {"notes": notes or 0}


NONE = dict.fromkeys(("entries", "articles", "stories", "story_members", "outbox", "mutes"), 0) | {"notes": 1}


class Watch:
    """A stopwatch by which each batch takes as long as its rows should."""

    def __init__(self, *seconds: float) -> None:
        self.now = 0.0
        self.steps = list(seconds)

    def __call__(self) -> float:
        self.now += self.steps.pop(0) if self.steps else 0.001
        return self.now


async def test_all_of_it_goes_in_small_batches_and_once_a_day(
    store: Database, host: FixedClock, clock: MonotonicSteadyClock
) -> None:
    fill(store, 70)
    cleaner = Cleaner(store, clock, in_force())
    looked: list[int] = []
    run = store.run

    async def noted(function: Callable[[Transaction], object]) -> object:
        before = left(store)
        result = await run(function)
        looked.append(sum(before.values()) - sum(left(store).values()))
        return result

    store.run = noted  # type: ignore[method-assign, assignment]
    assert await cleaner.turn() < 60
    turns = 1
    while cleaner.busy:
        await cleaner.turn()
        turns += 1
    assert turns > 7
    assert max(looked) <= 4 * 100, "50 rows in the first batch, more by and by; what hangs on them goes with them"
    assert left(store) == NONE
    assert await cleaner.turn() == 60
    assert not cleaner.busy
    host.pass_(DAY)
    with store.begin() as tx:
        add(tx, "later")
    await cleaner.turn()
    assert cleaner.busy


@pytest.mark.parametrize("turns", range(1, 12))
async def test_a_kill_loses_one_batch_and_the_next_process_goes_on(
    store: Database, clock: MonotonicSteadyClock, turns: int
) -> None:
    fill(store, 70)
    killed = Cleaner(store, clock, in_force())
    for _ in range(turns):
        await killed.turn()
    with store._engine.connect() as connection:
        lost = "SELECT count(*) FROM story_members WHERE article_id NOT IN (SELECT id FROM articles)"
        assert connection.scalar(text(lost)) == 0
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    await Cleaner(store, clock, in_force()).finish()
    assert left(store) == NONE


async def test_a_database_that_refuses_gets_the_same_batch_again(
    store: Database, clock: MonotonicSteadyClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, 70)
    cleaner = Cleaner(store, clock, in_force())
    await cleaner.turn()

    async def refuse(function: object) -> None:
        del function
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(store, "run", refuse)
        for _ in range(3):
            with pytest.raises(StoreError):
                await cleaner.turn()
    await cleaner.finish()
    assert left(store) == NONE


async def test_batches_shrink_where_statements_are_slow_and_a_slow_commit_does_not_matter(
    store: Database, clock: MonotonicSteadyClock
) -> None:
    fill(store, 200)  # so that all batches are of the first table
    #       begun, work, end of the commit, then the next
    watch = Watch(0.0, 0.06, 0.0, 0.0, 0.001, 0.3, 0.0, 0.001, 0.001)
    cleaner = Cleaner(store, clock, in_force(), watch)
    sizes = []
    for _ in range(4):
        await cleaner.turn()
        sizes.append(cleaner._rows)
    assert sizes == [25, 38, 57, 86]
    assert cleaner.longest == pytest.approx(0.301)
    await cleaner.finish()
    assert left(store) == NONE


async def test_batches_of_another_table_begin_small(store: Database, clock: MonotonicSteadyClock) -> None:
    """What is light in one table may be heavy in the next."""
    fill(store, 70)
    cleaner = Cleaner(store, clock, in_force(), Watch())
    stage, sizes = 0, []
    while not cleaner.busy or cleaner._place is not None:
        await cleaner.turn()
        if cleaner._place is not None and cleaner._place.stage != stage:
            stage = cleaner._place.stage
            sizes.append(cleaner._rows)
    assert len(sizes) > 3
    assert set(sizes) == {50}


@pytest.mark.parametrize("jump", [400 * DAY, 30 * DAY])
async def test_a_clock_that_was_set_takes_nothing(
    store: Database, host: FixedClock, clock: MonotonicSteadyClock, jump: float
) -> None:
    keeper = ClockWatch(store, clock)
    await keeper.start()
    with store.begin() as tx:
        for days in (1, 20, 100, 390):
            tx.add_article(article(f"{days}", seen_at=NOW - timedelta(days=days)))
    host.set_wall(jump)
    await keeper.follow()
    await Cleaner(store, clock, in_force()).finish()
    assert left(store)["articles"] == 4


async def test_the_file_is_given_back(store: Database, clock: MonotonicSteadyClock) -> None:
    fill(store, 400, size=30_000)
    before = pages(store)
    cleaner, turns = Cleaner(store, clock, in_force(), Watch()), 1
    await cleaner.turn()
    while cleaner.busy:
        await cleaner.turn()
        turns += 1
    assert before > 2000
    assert pages(store) < 700
    assert turns < 50, "many pages a batch"


def pages(store: Database) -> int:
    with store._engine.connect() as connection:
        return int(connection.exec_driver_sql("PRAGMA page_count").scalar() or 0)
