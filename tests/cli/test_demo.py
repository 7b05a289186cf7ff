"""The demo's clock and its end before the day is over; the whole day is `monitor demo`."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from doubles.terminal import Terminal, monitor_command

from monitor.app.configuration import load
from monitor.cli import demo
from monitor.cli.demo import DemoClock, Newsroom, default_seeds, load_timeline
from monitor.model import Article
from monitor.store import open_store
from monitor.urls import article_key

KYIV = ZoneInfo("Europe/Kyiv")


@pytest.mark.parametrize("hour", [0, 1, 9, 23])
def test_the_clock_goes_forward_through_today(hour: int) -> None:
    now = datetime(2026, 11, 30, hour, 7, tzinfo=KYIV)
    items = load_timeline(default_seeds()).items
    clock = DemoClock(items, now)
    moments = [clock.moment(item) for item in items]
    assert moments == sorted(moments)
    assert {moment.date() for moment in moments} == {now.date()}
    assert moments[-1] == now
    assert moments[-1] - moments[0] <= timedelta(minutes=items[-1].minute)


def test_the_last_article_is_of_an_outlet_that_cites_nobody() -> None:
    timeline = load_timeline(default_seeds())
    last = timeline.items[-1]
    assert last.feed not in {item.feed for item in timeline.items[:-1]}
    assert "Yonhap" not in timeline.pages[last.url].decode()


async def test_ctrl_c_at_once_leaves_nothing(tmp_path: Path) -> None:
    async with Terminal(monitor_command("demo"), os.environ | {"TMPDIR": str(tmp_path)}) as screen:
        await screen.until("A newsroom")
        screen.interrupt()
        assert await screen.code() == 130
    assert "Traceback" not in screen.text
    assert os.listdir(tmp_path) == []  # noqa: PTH208


def test_the_day_is_not_over_before_every_article_is_judged_and_every_alert_sent(path: Path) -> None:
    """Else a busy machine sums up a day without an alert."""
    read = ["https://news.example/1", "https://news.example/2"]
    now = datetime.now(UTC)
    with open_store(load(path, {}).storage.url).begin() as tx:
        for number, url in enumerate(read):
            tx.add_article(Article(url, f"Title {number}", "Text.", "U", "uk", key=article_key(url), seen_at=now))
    assert demo._unfinished(path, read) == (0, 1)  # the fixture's second alert has not gone out
    assert demo._unfinished(path, [*read, "https://news.example/3"]) == (1, 1)


@pytest.mark.network
@pytest.mark.parametrize(("patience", "left"), [(30.0, 0), (0.0, 2)])
async def test_a_busy_machine_is_waited_for_and_said(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], patience: float, left: int
) -> None:
    monkeypatch.setattr(demo, "_PATIENCE", patience)
    monkeypatch.setattr(demo, "_LOOK", 0.01)
    looks = iter([(2, 0), (1, 0), (0, 1), (0, 0)])
    monkeypatch.setattr(demo, "_unfinished", lambda *_: next(looks))
    newsroom = Newsroom(load_timeline(default_seeds()))
    newsroom.start()
    running = asyncio.create_task(asyncio.sleep(60))
    try:
        assert await demo._settled(newsroom, path, running) == left
    finally:
        newsroom.stop()
        running.cancel()
    assert capsys.readouterr().err.count("waiting for the alerts") == (1 if patience else 0)
    demo._sum_up(path, left)
    assert ("2 articles could not be read in time" in capsys.readouterr().out) == bool(left)
