"""The index for searches grows in the background, and stops for nothing but its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from doubles.store_samples import NOW, after, article
from structlog.testing import capture_logs

from monitor.archive.backfill import AIM, index_backfill, text_packing
from monitor.errors import StoreError
from monitor.store import Database, Transaction, open_store
from monitor.store.archive import IndexedUntil
from monitor.watch.plan import Word


@pytest.fixture
def store() -> Iterator[Database]:
    made = open_store("sqlite://", clock_now=lambda: NOW)
    with made.begin() as tx:
        for n in range(40):
            tx.add_article(article(f"k{n}", text="word", seen_at=after(n)))
    yield made
    made.close()


def indexed(store: Database) -> int:
    with store.begin() as tx:
        return tx.candidate_count(Word("word"), 0, 99) or 0


async def test_a_batch_at_a_time_until_it_is_whole(store: Database) -> None:
    backfill = index_backfill(store)
    backfill.stopwatch = lambda: 0.0
    with capture_logs() as logs:
        assert await backfill.turn() == 0.0
        assert indexed(store) == 5
        assert await backfill.turn() == 0.0
        assert indexed(store) == 5 + 8  # it took no time: the next one is larger
        await backfill.work(1.0)
    assert indexed(store) == 40
    with store.begin() as tx:
        assert tx.indexed_until() == IndexedUntil(whole=True)
    assert [each["event"] for each in logs] == [
        "the search index is made anew, and grows in the background",
        "the search index is whole",
    ]
    assert await backfill.turn() == 60.0


async def test_a_slow_batch_makes_the_next_one_smaller(store: Database) -> None:
    times = iter(range(0, 99, 1))
    backfill = index_backfill(store)
    backfill.stopwatch = lambda: next(times) * AIM * 8
    await backfill.turn()
    before = indexed(store)
    await backfill.turn()
    assert indexed(store) - before == 2
    assert backfill.longest == pytest.approx(AIM * 8)


async def test_another_one_goes_on_where_the_last_one_was_killed(store: Database) -> None:
    await index_backfill(store).turn()
    await index_backfill(store).work(60.0)
    assert indexed(store) == 40


async def test_a_full_disk_stops_the_backfill_alone(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    backfill = index_backfill(store)

    def full(_tx: Transaction, _most: int) -> int:
        raise StoreError("the disk is full", retryable=True)

    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "extend_index", full)
        with pytest.raises(StoreError):
            await backfill.turn()
    with store.begin() as tx:
        assert not tx.index_state().usable  # what the failed batch began is undone
        tx.add_article(article("new", text="word"))
    await backfill.work(60.0)
    assert indexed(store) == 41


async def test_the_last_room_on_the_disk_is_left_to_new_articles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(f"sqlite:///{tmp_path}/monitor.db", clock_now=lambda: NOW)
    with store.begin() as tx:
        tx.add_article(article("k", text="word"))
    backfill = index_backfill(store)
    for total, free in ((10**12, 99_000_000), (10**8, 2_400_000)):
        with monkeypatch.context() as patched:
            patched.setattr("shutil.disk_usage", lambda _, found=(total, free): _Usage(*found))
            with pytest.raises(StoreError, match="MB free, which are left to new articles and alerts"):
                await backfill.turn()
        assert indexed_words(store) == 0
    with monkeypatch.context() as patched:
        patched.setattr("shutil.disk_usage", lambda _: _Usage(10**8, 2_600_000))
        await backfill.turn()
    assert indexed_words(store) == 1
    with monkeypatch.context() as patched:
        patched.setattr("shutil.disk_usage", _unreadable)
        assert await backfill.turn() > 0
    store.close()


class _Usage(NamedTuple):
    total: int
    free: int


def _unreadable(_: Path) -> _Usage:
    raise OSError("no such device")


def indexed_words(store: Database) -> int:
    with store.begin() as tx:
        return (tx.candidate_count(Word("word"), 0, 99) or 0) if tx.index_state().usable else 0


async def test_texts_of_before_are_compressed_and_the_file_shrinks(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/monitor.db", clock_now=lambda: NOW)
    long = "The minister said that talks would go on. " * 120
    with store.begin() as tx:
        for n in range(600):
            tx.add_article(article(f"k{n}"))
            tx.connection.exec_driver_sql("UPDATE articles SET text = ? WHERE key = ?", (f"{long}{n}", f"k{n}"))
        pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    packing = text_packing(store)
    with capture_logs() as logs:
        await packing.turn()
        await text_packing(store).work(60.0)  # as after a kill
        await packing.work(1.0)
    assert [each["event"] for each in logs][-1] == "stored texts are compressed"
    with store.begin() as tx:
        assert (
            tx.connection.exec_driver_sql("PRAGMA page_count").scalar_one() < pages * 0.7
        )  # some free pages are kept for what comes
        assert [each.text for each in tx.articles([1, 600])] == [f"{long}0", f"{long}599"]
    store.close()
