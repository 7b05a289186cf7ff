"""The story index at start: complete before anything is judged, from what is kept where that can be used."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import TypeVar

import pytest
from doubles.clock import FixedClock
from doubles.inforce import in_force
from doubles.judge_samples import CATALOGUE, OTHER, day, judged, kept, pending, rules, spoil, stories
from doubles.pipeline_harness import PipelineHarness
from doubles.random_articles import START

from monitor.errors import MonitorError, StoreError
from monitor.model import Article, EntitySpec, Name
from monitor.pipeline import examine as examining
from monitor.pipeline import loading
from monitor.pipeline.examine import entities
from monitor.pipeline.judge import Judge
from monitor.pipeline.ruleset import NotCompiled
from monitor.scheduler import Scheduler
from monitor.store import Database, Transaction, open_store
from monitor.story.kept import READABLE, VERSION
from monitor.watch.catalogue import shipped
from monitor.watch.match import Matcher

T = TypeVar("T")


class FailingStore(Database):
    """A store whose n-th transaction from now fails."""

    fails_at = 0

    async def run(self, function: Callable[[Transaction], T]) -> T:
        self.fails_at -= 1
        if self.fails_at == 0:
            raise StoreError("the server went away")
        return await super().run(function)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def store(clock: FixedClock) -> Iterator[FailingStore]:
    database = FailingStore("sqlite://", clock.now)
    yield database
    database.close()


@pytest.fixture
async def before(store: Database, clock: FixedClock) -> Judge:
    """Judge 30 articles."""
    judge = Judge(store=store, clock=clock, live=in_force(rules()))
    await judged(judge, clock, day(40)[:30])
    return judge


def restarted(store: Database, clock: FixedClock, entities: str = CATALOGUE) -> Judge:
    return Judge(store=store, clock=clock, live=in_force(rules(entities)))


async def test_a_start_examines_nothing_that_is_kept(
    store: Database, clock: FixedClock, before: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "entities", lambda *_: pytest.fail("an article was examined"))
    judge = restarted(store, clock)
    assert not judge.loading.ready
    assert await judge.load() == 30
    assert judge.index.records == before.index.records
    assert (judge.loading.ready, judge.loading.done, judge.loading.total, judge.loading.examined) == (True, 30, 30, 0)


async def test_a_restart_changes_no_story(store: Database, clock: FixedClock, before: Judge) -> None:
    rest = day(40)[30:]
    judge = restarted(store, clock)
    await judge.load()
    for number, article in enumerate(rest, 31):
        clock.wall = max(clock.wall, article.when)
        found = before.index.assign(article, now=article.when)
        await judge.judge(pending(number, article), article)
        assert judge.index.assign(replace(article, id=number), now=article.when).story_id is not None
        now = stories(store)[article.key]
        assert found.story_id is None or now == found.story_id
        before.index.add(replace(article, id=number), now)


async def test_what_is_missing_old_or_damaged_is_examined_and_kept(
    store: Database, clock: FixedClock, before: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "_BATCH", 7)
    spoil(store, 3, version=min(READABLE) - 1)
    spoil(store, 9, data=b"damaged")
    with store.begin() as tx:
        tx.connection.exec_driver_sql("DELETE FROM article_features WHERE article_id IN (1, 20, 21)")
    judge = restarted(store, clock)
    assert await judge.load() == 30
    assert judge.loading.examined == 5
    assert judge.index.records.keys() == before.index.records.keys()
    assert [judge.index.records[ident].features for ident in range(1, 31)] == [
        before.index.records[ident].features for ident in range(1, 31)
    ]
    assert {(one.version, one.entities) for one in kept(store).values() if one} == {(VERSION, CATALOGUE)}
    again = restarted(store, clock)
    await again.load()
    assert again.loading.examined == 0


async def test_an_article_whose_examination_fails_keeps_no_other_from_being_judged(
    store: Database, clock: FixedClock, before: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    del before

    def fail(article: Article, matcher: Matcher) -> frozenset[str]:
        if article.id == 5:
            raise ZeroDivisionError
        return entities(article, matcher)

    monkeypatch.setattr(loading, "entities", fail)
    for ident in (5, 6):
        spoil(store, ident, version=min(READABLE) - 1)
    judge = restarted(store, clock)
    assert await judge.load() == 29
    assert 5 not in judge.index.records
    for ident in (5, 6):
        spoil(store, ident, version=VERSION, entities=OTHER)
    await judge.refresh()
    assert [one.entities for ident, one in kept(store).items() if one and ident in (5, 6)] == [OTHER, CATALOGUE]


@pytest.mark.parametrize("fails_at", [1, 2, 3, 4, 5])
async def test_nothing_is_judged_against_half_an_index(
    fails_at: int, store: FailingStore, clock: FixedClock, before: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "_BATCH", 10)
    judge = restarted(store, clock)
    article = day(40)[30]
    store.fails_at = fails_at
    if fails_at == 5:  # four transactions read all
        await judge.load()
        store.fails_at = 0
    else:
        with pytest.raises(StoreError, match="went away"):
            await judge.load()
        assert not judge.loading.ready
        with pytest.raises(StoreError, match="could not be filled"):
            await judge.judge(pending(31, article), article)
    assert await judge.load() == 30
    assert judge.index.records == before.index.records
    await judge.judge(pending(31, article), article)
    assert len(judge.index) == 31


async def test_what_cannot_be_kept_is_in_the_index_all_the_same(
    store: FailingStore, clock: FixedClock, before: Judge
) -> None:
    del before
    spoil(store, 3, version=min(READABLE) - 1)
    judge = restarted(store, clock)
    store.fails_at = 4  # ids, what is kept, texts: and then the write
    assert await judge.load() == 30
    assert judge.loading.ready
    assert kept(store)[3] is not None
    assert kept(store)[3].version == min(READABLE) - 1  # type: ignore[union-attr]


async def test_articles_that_come_meanwhile_wait_for_the_whole_index(
    store: Database, clock: FixedClock, before: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "_BATCH", 3)
    judge = restarted(store, clock)
    rest = day(40)[30:34]
    seen: list[int] = []
    real = judge.index.assign_features

    def assign(*args: object, **more: object) -> object:
        seen.append(len(judge.index))
        return real(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(type(judge.index), "assign_features", lambda _self, *args, **more: assign(*args, **more))
    filling = asyncio.create_task(judge.load())
    await asyncio.sleep(0)
    await asyncio.gather(filling, *(judge.judge(pending(31 + at, one), one) for at, one in enumerate(rest)))
    assert seen == [30, 31, 32, 33]
    assert len(before.index) == 30


async def test_another_catalogue_is_no_reason_to_wait(
    store: Database, clock: FixedClock, before: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept is used as it is; then entities are found anew, some articles at a turn, and the keys are replaced."""
    del before
    judge = restarted(store, clock, OTHER)
    assert await judge.load() == 30
    assert judge.loading.examined == 0
    monkeypatch.setattr(loading, "entities", lambda article, _matcher: frozenset({f"New {article.id}"}))
    rest = day(40)[30:33]
    await asyncio.gather(judge.refresh(), *(judge.judge(pending(31 + at, one), one) for at, one in enumerate(rest)))
    for ident in range(1, 31):
        now = {key for key in judge.index.records[ident].features.keys if key[:2] in {"e:", "p:"}}
        assert now == {f"e:New {ident}"}
    assert {one.entities for one in kept(store).values() if one} == {OTHER}
    again = restarted(store, clock, OTHER)
    await again.load()
    assert again.index.records == judge.index.records


@pytest.mark.parametrize("kept_before", [True, False])
async def test_a_place_of_ones_own_is_a_place(
    store: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, *, kept_before: bool
) -> None:
    """Judged, loaded or refreshed: an entity is of the type that the catalogue in force gives it."""
    own = EntitySpec("Our Street", type="place", names={"en": (Name("Our Street"),)})
    monkeypatch.setattr(examining, "entity_counts", lambda *_: {"Our Street": 1, "DPRK": 1})
    monkeypatch.setattr(loading, "entities", lambda *_: frozenset({"Our Street", "DPRK"}))
    theirs = replace(rules().catalogue, entities=shipped().merged([own]))
    first = Judge(store=store, clock=clock, live=in_force(replace(rules(), catalogue=theirs)))
    await judged(first, clock, day(40)[:2])
    if not kept_before:
        spoil(store, 1, version=min(READABLE) - 1)
    changed = replace(theirs, fingerprint=OTHER)
    second = Judge(store=store, clock=clock, live=in_force(replace(rules(), catalogue=changed)))
    await second.load()
    await second.refresh()
    for judge in (first, second):
        for record in judge.index.records.values():
            assert {key for key in record.features.keys if key[:2] in {"e:", "p:"}} == {"p:Our Street", "p:DPRK"}


async def test_a_catalogue_that_changes_meanwhile_begins_anew(
    store: Database, clock: FixedClock, before: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def found(_article: Article, _matcher: object) -> frozenset[str]:
        seen.append(before.live.now.rules.catalogue.fingerprint)
        if len(seen) == 15:
            before.live.now = in_force(rules("third")).now
        return frozenset({before.live.now.rules.catalogue.fingerprint})

    monkeypatch.setattr(loading, "entities", found)
    before.live.now = in_force(rules(OTHER)).now
    await before.refresh()
    assert seen.count("third") == 5 + 30  # those under way end as they began, and are found anew with all others
    assert {one.entities for one in kept(store).values() if one} == {"third"}


async def test_what_left_the_window_is_not_loaded(store: Database, clock: FixedClock, before: Judge) -> None:
    ages = sorted(record.features.kept for record in before.index.records.values())
    clock.pass_(72 * 3600 - (clock.now().timestamp() - ages[10]))
    judge = restarted(store, clock)
    assert await judge.load() == 20


async def test_an_article_that_was_edited_is_loaded_as_it_was_last(store: Database, clock: FixedClock) -> None:
    judge = Judge(store=store, clock=clock, live=in_force(rules()))
    (one,) = day(1)
    await judged(judge, clock, [one])
    clock.pass_(3600)
    await judge.judge(pending(2, one), replace(one, text=one.text + "\n\nMore.", seen_at=clock.now()))
    clock.pass_(71.5 * 3600)
    again = restarted(store, clock)
    assert await again.load() == 1
    assert again.index.records == judge.index.records


async def test_no_entry_is_read_before_the_index_is_ready(clock: FixedClock) -> None:
    store = open_store("sqlite://", clock_now=clock.now)
    desk = PipelineHarness(store, clock)
    desk.watch("https://en.yna.co.kr/RSS/nk.xml")
    desk.serve("https://en.yna.co.kr/RSS/nk.xml", ("An older report", "https://en.yna.co.kr/view/1", 60))
    await desk.poll()
    units: list[str] = []

    class Recorder:
        def submit(self, kind: str, ident: int, source: str) -> bool:
            units.append(f"{kind} {ident}")
            return True

        def room(self, kind: str) -> int:
            return 1

        def crowded(self, kind: str, source: str) -> bool:
            return False

        def under_way(self, kind: str, ident: int) -> bool:
            return False

        def when_free(self, callback: Callable[[str], None]) -> None:
            """Nothing ends here."""

        async def drain(self, timeout: float) -> None:
            """Nothing runs here."""

    async def nothing() -> None:
        return

    ready = False
    scheduler = Scheduler(
        store=store,
        dispatcher=Recorder(),
        clock=clock,
        follow_clock=nothing,
        housekeeping=desk.housekeeping.tick,
        judging=lambda: ready,
    )
    clock.pass_(400)
    await scheduler.tick()
    assert units == ["poll 1"]
    ready = True
    clock.pass_(1)
    await scheduler.tick()
    assert units == ["poll 1", "read 1", "poll 1"]
    store.close()


def test_rules_that_are_not_compiled_say_so() -> None:
    with pytest.raises(MonitorError, match="still being compiled; try again"):
        NotCompiled().match(day(1)[0])


async def test_time_passes_between_two_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    times = iter([0.0, 0.001, 0.003, 0.004, 0.0045, 0.0075, 0.008])
    clock = SimpleNamespace(perf_counter=lambda: next(times), sleep=pauses.append)
    monkeypatch.setattr("monitor.pipeline.loading.time", clock)
    pace = loading._ThreadYielder()
    for _ in range(4):
        pace.rest()
    assert len(pauses) == 2
    assert timedelta(seconds=sum(pauses)) < timedelta(milliseconds=2)
