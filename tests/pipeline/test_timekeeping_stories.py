"""Stories go on over a wall clock that is set: in memory, over a restart, and while the index is being filled."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from doubles.clock import FixedClock
from doubles.inforce import in_force
from doubles.judge_samples import day, pending, rules
from doubles.random_articles import START

from monitor.clock import MonotonicSteadyClock
from monitor.model import Article
from monitor.pipeline.judge import Judge
from monitor.pipeline.timekeeping import ClockWatch
from monitor.store import Database, open_store

JUMPS = [timedelta(days=days) for days in (400, 1, -1, -400)]


class Desk:
    """A daemon's judge, on a host whose clock is set."""

    def __init__(self) -> None:
        self.host = FixedClock(START)
        self.offset = timedelta()
        self.clock = MonotonicSteadyClock(self.host)
        self.store: Database = open_store("sqlite://", clock_now=self._now)
        self.restart()

    def _now(self) -> datetime:
        return self.clock.now()

    def restart(self) -> None:
        self.clock = MonotonicSteadyClock(self.host)
        self.judge = Judge(store=self.store, clock=self.clock, live=in_force(rules()), moment=self.clock.moment)
        self.keeper = ClockWatch(self.store, self.clock, "boot")

    async def publish(self, number: int, article: Article) -> int | None:
        """Read and judge an article when it comes; return its story."""
        # Half a minute after it was published: what is seen at its own date has none, and moves with the clock.
        self.host.pass_(max(0.0, (article.when + self.offset - self.host.wall).total_seconds() + 30.0))
        await self.judge.judge(pending(number, article), replace(article, seen_at=self.clock.now()))
        with self.store.begin() as tx:
            found = tx.article_by_key(article.key)
            assert found is not None
            assert found.id is not None
            (live,) = tx.live_articles([found.id])
        return live.story_id

    async def set_clock(self, step: timedelta) -> None:
        self.offset += step
        self.host.set_wall(step.total_seconds())
        await self.keeper.follow()


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.store.close()


@pytest.fixture(scope="module")
def expected() -> list[int | None]:
    """The stories of a day on which nobody sets a clock."""

    async def publish() -> list[int | None]:
        made = Desk()
        found = [await made.publish(number, article) for number, article in enumerate(day(40), 1)]
        made.store.close()
        return found

    with asyncio.Runner() as runner:
        return runner.run(publish())


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("step", JUMPS)
async def test_the_same_stories_are_told(
    desk: Desk, expected: list[int | None], step: timedelta, restart: bool
) -> None:
    found = []
    for number, article in enumerate(day(40), 1):
        found.append(await desk.publish(number, article))
        if number == 20:
            await desk.set_clock(step)
            if restart:
                desk.restart()
                await desk.keeper.start()
                assert await desk.judge.load() == 20
    assert found == expected


@pytest.mark.parametrize("step", JUMPS)
async def test_a_clock_set_while_the_index_is_filled(
    desk: Desk, expected: list[int | None], step: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.pipeline.loading._BATCH", 7)
    articles = list(enumerate(day(40), 1))
    found = [await desk.publish(number, article) for number, article in articles[:20]]
    desk.restart()
    await desk.keeper.start()
    fill = desk.judge.loading._fill

    async def fill_and_set(batch: list[int]) -> None:
        await fill(batch)
        if desk.judge.loading.done == 7:
            await desk.set_clock(step)

    monkeypatch.setattr(type(desk.judge.loading), "_fill", lambda _self, batch: fill_and_set(batch))
    assert await desk.judge.load() == 20
    found += [await desk.publish(number, article) for number, article in articles[20:]]
    assert found == expected


async def test_what_was_seen_in_a_time_to_come_is_not_loaded(desk: Desk) -> None:
    """A clock that was set back: all that it had seen before would be alive for as long."""
    for number, article in enumerate(day(10), 1):
        await desk.publish(number, article)
    desk.host.pass_(5 * 86400.0)
    await desk.set_clock(timedelta(days=-400))
    desk.restart()
    await desk.keeper.start()
    assert await desk.judge.load() == 0


async def test_an_article_that_was_read_while_the_clock_was_set_is_dated_by_the_new_time(desk: Desk) -> None:
    (article,) = day(1)
    seen: datetime = desk.clock.now()
    _, moved = desk.judge.read_clock()
    await desk.set_clock(timedelta(days=400))
    await desk.judge.judge(pending(1, article), replace(article, seen_at=seen), moved)
    with desk.store.begin() as tx:
        found = tx.article_by_key(article.key)
    assert found is not None
    assert found.seen_at == seen + timedelta(days=400)
