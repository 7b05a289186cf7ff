"""What is written beside an alert: where it fails it is missing, and the alert is written."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import structlog.testing
from doubles.clock import FixedClock
from doubles.pipeline_harness import FEED, TEXT, PipelineHarness, baseline, link
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from monitor import metrics
from monitor.errors import StoreError
from monitor.model import EvidenceSettings, Result
from monitor.model.trends import TrendTime
from monitor.pipeline import evidence, surges
from monitor.pipeline.live import InForce
from monitor.store import open_store


@pytest.fixture
async def desk() -> AsyncIterator[PipelineHarness]:
    clock = FixedClock()
    store = open_store("sqlite://", clock_now=clock.now)
    desk = PipelineHarness(store, clock)
    now = desk.live.now
    lists = tuple(replace(each, surge=True) for each in now.config.watchlists)
    config = replace(now.config, evidence=EvidenceSettings(keep="matched", raw=True), watchlists=lists)
    desk.live.now = InForce(replace(now.rules, config=config), now.fetcher)
    with structlog.testing.capture_logs():
        await baseline(desk, FEED)
        yield desk
    store.close()


async def one_article(desk: PipelineHarness) -> list[Result]:
    desk.serve(FEED, ("North Korea fires a missile", link(2), 60))
    desk.page(link(2), *TEXT)
    await desk.poll()
    return await desk.read()


def fail(*_: Any, **__: Any) -> Any:
    raise ValueError("a bug")


@pytest.mark.parametrize(
    ("place", "name", "stage"),
    [(evidence, "gather", "evidence"), (evidence, "keep_version", "evidence"),
     (evidence, "append", "evidence"), (TrendTime, "of", "trends"), (surges, "_write", "trends")],
)  # fmt: skip
async def test_a_bug_beside_an_alert_costs_no_alert(
    desk: PipelineHarness, monkeypatch: pytest.MonkeyPatch, place: object, name: str, stage: str
) -> None:
    monkeypatch.setattr(place, name, fail)
    before = metrics.bugs().get(stage, 0)
    assert await one_article(desk) == [Result.DONE]
    assert len(desk.alerts()) == 1
    assert metrics.bugs()[stage] == before + 1


@pytest.mark.parametrize(
    "damage",
    [
        "INSERT INTO evidence_entries (seq, article_id, at, facts, hash) VALUES (2, 9, 0, '{}', '')",
        "DROP TABLE evidence_head",
        "DROP TABLE trend",
        "DROP TABLE watched_terms",
        "CREATE TRIGGER t BEFORE INSERT ON mentions BEGIN SELECT RAISE(ABORT, 'no'); END",
    ],
)
async def test_a_damaged_table_beside_an_alert_costs_no_alert_and_leaves_no_half(
    desk: PipelineHarness, damage: str
) -> None:
    with desk.store.begin() as tx:
        tx.connection.execute(text(damage))
    assert await one_article(desk) == [Result.DONE]
    assert len(desk.alerts()) == 1
    with desk.store.begin() as tx:
        versions = tx.connection.scalar(text("SELECT count(*) FROM article_versions"))
    assert versions == (1 if "evidence" in damage else 2)


async def test_versions_and_counts_that_cannot_be_read_cost_no_edit(desk: PipelineHarness) -> None:
    await one_article(desk)
    with desk.store.begin() as tx:
        tx.connection.execute(text("UPDATE article_versions SET text = x'00'"))
        tx.connection.execute(text("UPDATE mentions SET packed = x'ff01ff'"))
    desk.serve(FEED, ("North Korea fires two missiles", link(2), 60))
    desk.clock.pass_(900)
    await desk.poll()
    assert await desk.read() == [Result.DONE]
    assert "two" in desk.alerts()[0].alert.headline


async def test_a_full_disk_ends_all_of_the_transaction(desk: PipelineHarness) -> None:
    full = OperationalError("", None, sqlite_error("SQLITE_FULL"))

    def refuse(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "evidence_entries" in statement:
            raise full

    event.listen(desk.store._engine, "before_cursor_execute", refuse)
    with pytest.raises(StoreError, match="no room left"):
        await one_article(desk)
    event.remove(desk.store._engine, "before_cursor_execute", refuse)
    assert desk.alerts() == []
    assert await desk.read() == [Result.DONE]
    assert len(desk.alerts()) == 1


def sqlite_error(name: str) -> Exception:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorname = name
    return error
