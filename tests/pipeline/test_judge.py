"""The judge's turn: off the event loop, and never cut in two."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from doubles.clock import FixedClock
from doubles.inforce import configured, in_force
from doubles.pipeline_harness import LIST, compiled
from doubles.store_samples import source

from monitor.model import Article, Channel, Entry, PendingEntry, PollRecord, Recognised
from monitor.pipeline.judge import Judge
from monitor.pipeline.ruleset import CompiledCatalogue, Rules
from monitor.store import Database, Transaction, open_store

TEXT = "North Korea fired an intercontinental ballistic missile toward the East Sea on Thursday, the military said."


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def judge(clock: FixedClock) -> Iterator[Judge]:
    store = open_store("sqlite://", clock_now=clock.now)
    rules = Rules(compiled(), CompiledCatalogue(compiled()), configured([Channel("desk", "webhook")], [LIST]))
    yield Judge(store=store, clock=clock, live=in_force(rules))
    store.close()


def entry(store: Database, clock: FixedClock) -> tuple[PendingEntry, Article]:
    url = "https://a.example/1"
    with store.begin() as tx:
        tx.sync_sources([source("Yonhap")], clock.now())
        (state,) = tx.source_states()
        made = Entry(key=url, guid=url, link=url, title="N. Korea fires ICBM", digest="d")
        tx.record_poll(PollRecord(state.id, clock.now(), clock.now(), 60.0, 0, body=Recognised((made,))))
        (pending,) = tx.due_entries(clock.now(), 10)
    at = clock.now()
    return pending, Article(url, made.title, TEXT, "Yonhap", "en", published=at, seen_at=at, key=url, guid=url)


async def test_an_article_finds_its_story_off_the_event_loop(
    judge: Judge, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []
    for name in ("assign_features", "place_features", "forget"):
        real = getattr(type(judge.index), name)

        def called(*args: object, real: object = real, **more: object) -> object:
            threads.append(threading.current_thread())
            return real(*args, **more)  # type: ignore[operator]

        monkeypatch.setattr(type(judge.index), name, called)
    pending, article = entry(judge.store, clock)
    assert await judge.judge(pending, article) == 1
    assert len(threads) == 3
    assert threading.current_thread() not in threads


async def test_a_cancellation_leaves_the_index_as_the_database_is(
    judge: Judge, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was handed to the store is written all the same, so that the next article must find it in the index."""
    pending, article = entry(judge.store, clock)
    run, handed_over = judge.store.run, asyncio.Event()

    async def noted(function: Callable[[Transaction], object]) -> object:
        handed_over.set()
        return await run(function)

    monkeypatch.setattr(judge.store, "run", noted)
    task = asyncio.create_task(judge.judge(pending, article))
    await handed_over.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with judge.store.begin() as tx:
        written = tx.article_by_key(article.key)
    assert written is not None
    assert list(judge.index.records) == [written.id]
    assert not judge._turn.locked()


async def test_the_alert_of_a_reaction_names_the_story_that_it_is_on(judge: Judge, clock: FixedClock) -> None:
    pending, article = entry(judge.store, clock)
    adopted = "The EU adopted its 14th package of sanctions on North Korea on Monday."
    first = replace(article, title="EU adopts 14th package of sanctions on N. Korea", text=adopted)
    await judge.judge(pending, first)
    url = "https://a.example/2"
    with judge.store.begin() as tx:
        (state,) = tx.source_states()
        made = Entry(key=url, guid=url, link=url, title="Hungary will block it", digest="d")
        clock.pass_(3600)
        tx.record_poll(PollRecord(state.id, clock.now(), clock.now(), 60.0, 0, body=Recognised((made,))))
        (pending,) = tx.due_entries(clock.now(), 10)
    blocked = "Hungary will block the EU's 14th package of sanctions on North Korea."
    title, at = "Hungary says it will block the 14th package on N. Korea", clock.now()
    reaction = replace(
        article, url=url, key=url, guid=url, title=title, text=blocked, source="Herald", published=at, seen_at=at
    )
    await judge.judge(pending, reaction)
    with judge.store.begin() as tx:
        new, told = tx.deliveries()
    assert told.story_id != new.story_id
    assert new.alert.follows is not None
    assert (new.alert.follows.story, new.alert.follows.title) == (told.story_id, first.title)
