"""Counting of articles that were judged before mentions were counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import count

import pytest
from doubles.clock import FixedClock
from doubles.inforce import in_force
from doubles.judge_samples import day, judged, rules
from doubles.random_articles import START
from sqlalchemy import delete

from monitor import background
from monitor.errors import StoreError
from monitor.model import Fact
from monitor.model.trends import Subject, TrendDay
from monitor.pipeline import backfill
from monitor.pipeline.backfill import TrendBackfill
from monitor.pipeline.examine import entity_counts
from monitor.pipeline.judge import Judge
from monitor.store import Database, open_store
from monitor.store.trend_tables import mentions, trend

Days = dict[Subject, list[TrendDay]]


@pytest.fixture
def store() -> Iterator[Database]:
    opened = open_store("sqlite://", clock_now=lambda: START)
    yield opened
    opened.close()


async def archive(store: Database, count: int = 45) -> Days:
    """Judge articles, and forget what they mention; return what was counted."""
    clock = FixedClock(START)
    await judged(Judge(store=store, clock=clock, live=in_force(rules())), clock, day(count))
    with store.begin() as tx:
        found = tx.trends(date.min)
        tx.connection.execute(delete(trend))
        tx.connection.execute(delete(mentions))
    return found


def counted(store: Database) -> Days:
    with store.begin() as tx:
        return tx.trends(date.min)


async def test_old_articles_are_counted_as_if_they_came_now(store: Database) -> None:
    before = await archive(store)
    assert before
    work = TrendBackfill(store, in_force(rules()))
    turns = 0
    while await work.turn() is not None:
        turns += 1
    assert turns >= 3
    assert counted(store) == before
    with store.begin() as tx:
        assert tx.get(Fact.TRENDS_COUNTED) == "0"
    assert await work.turn() is None


async def test_it_goes_on_where_it_was_killed(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await archive(store)
    monkeypatch.setattr(backfill, "_BATCH", 7)
    await TrendBackfill(store, in_force(rules())).turn()
    with store.begin() as tx:
        place = int(tx.get(Fact.TRENDS_COUNTED) or 0)
        assert len(tx.uncounted_ids(place, 99)) == len(tx.uncounted_ids(2**40, 99))  # the newest are done
    await TrendBackfill(store, in_force(rules())).run()
    assert counted(store) == before


async def test_what_was_counted_meanwhile_is_left_out(store: Database) -> None:
    before = await archive(store)
    work = TrendBackfill(store, in_force(rules()))
    await work.turn()
    with store.begin() as tx:
        tx.put(Fact.TRENDS_COUNTED, str(2**40))  # as if the last batch were to come twice
    await work.run()
    assert counted(store) == before


async def test_it_waits_for_the_rules(store: Database) -> None:
    await archive(store, 3)
    assert await TrendBackfill(store, in_force(rules()), lambda: False).turn() == 1.0
    assert counted(store) == {}


async def test_a_round_counts_for_so_long_and_the_next_one_goes_on(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await archive(store)
    monkeypatch.setattr(backfill, "_BATCH", 7)
    moments = count()
    work = TrendBackfill(store, in_force(rules()), stopwatch=lambda: float(next(moments)))
    await work.work(4.0)  # asked twice a turn, and once before each
    with store.begin() as tx:
        assert tx.get(Fact.TRENDS_COUNTED) not in (None, "0")
    await work.work(1e9)
    with store.begin() as tx:
        assert tx.get(Fact.TRENDS_COUNTED) == "0"
    assert counted(store) == before


async def test_a_round_does_not_wait_for_the_rules(store: Database) -> None:
    await TrendBackfill(store, in_force(rules()), lambda: False).work(1e9)
    with store.begin() as tx:
        assert tx.get(Fact.TRENDS_COUNTED) is None


async def test_errors_are_tried_again(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await archive(store, 5)
    work = TrendBackfill(store, in_force(rules()))
    real, tries = TrendBackfill.turn, list[int]()

    async def turn(self: TrendBackfill) -> float | None:
        tries.append(1)
        if len(tries) == 1:
            raise StoreError("the disk is full")
        if len(tries) == 2:
            raise ValueError("a bug")
        return await real(self)

    monkeypatch.setattr(TrendBackfill, "turn", turn)
    monkeypatch.setattr(background, "AGAIN", 0.0)
    await work.run()
    assert counted(store) == before


async def test_a_bug_that_one_article_shows_stops_no_other(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await archive(store, 5)
    real = entity_counts

    def counts(article: object, matcher: object) -> dict[str, int]:
        if getattr(article, "id", None) == 3:
            raise ValueError("a bug")
        return real(article, matcher)  # type: ignore[arg-type]

    monkeypatch.setattr(backfill, "entity_counts", counts)
    await TrendBackfill(store, in_force(rules())).run()
    with store.begin() as tx:
        assert tx.uncounted_ids(2**40, 9) == []
