"""What `/healthz` answers, and what the watchdog goes by."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from doubles.command_harness import CommandHarness

from monitor.app.daemon import Daemon
from monitor.clock import SystemClock
from monitor.store import open_store


def components(**stalled: float) -> Any:
    delivery_worker = SimpleNamespace(progress=SystemClock().monotonic(), stalled=lambda _limit: stalled)
    return SimpleNamespace(delivery_worker=delivery_worker, clock=SystemClock())


def scheduler(tick: float = 0.0, tried: float = 0.0) -> Any:
    now = SystemClock().monotonic()
    return SimpleNamespace(last_tick=now - tick, last_tried=now - tried)


@pytest.mark.parametrize(
    ("tick", "tried", "stalled", "ok", "alive"),
    [
        (0.0, 0.0, {}, True, True),
        (0.0, 0.0, {"desk": 75.0}, False, True),
        (100.0, 0.0, {}, False, True),
        (100.0, 100.0, {}, False, False),
    ],
    ids=["well", "a lane stands", "the database refuses", "the loop hangs"],
)
def test_a_lane_that_cannot_move_is_not_well_and_the_watchdog_lets_it_live(
    tick: float, tried: float, stalled: dict[str, float], ok: bool, alive: bool, tmp_path: Path
) -> None:
    store = open_store("sqlite://")
    daemon = Daemon(CommandHarness(store, tmp_path).config)
    store.close()
    daemon._preparation = None
    seen = daemon._health(scheduler(tick, tried), components(**stalled))
    assert (seen["ok"], seen["stalled"]) == (ok, stalled)
    assert Daemon._alive(scheduler(tick, tried), components(**stalled)) is alive


@pytest.mark.parametrize(("silent", "ok"), [(0.0, True), (75.0, False)], ids=["well", "a full disk"])
def test_a_database_that_can_be_read_and_not_written_is_not_well(silent: float, ok: bool, tmp_path: Path) -> None:
    """The tick only reads where nothing is new, and a lane without due rows has nothing to write."""
    store = open_store("sqlite://")
    daemon = Daemon(CommandHarness(store, tmp_path).config)
    store.close()
    daemon._pulse = SimpleNamespace(silent=silent)  # type: ignore[assignment]
    seen = daemon._health(scheduler(), components())
    assert seen["ok"] is ok
    assert seen["silent"] == silent
    assert Daemon._alive(scheduler(), components()), "the watchdog does not kill for that"


async def test_work_on_older_articles_begins_once_articles_are_judged() -> None:
    judging, worked = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        worked.set()

    task = asyncio.create_task(Daemon._run_after(judging, work))
    await asyncio.sleep(0)
    assert not worked.is_set()
    judging.set()
    await task
    assert worked.is_set()
