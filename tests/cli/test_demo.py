"""The demo's clock and its end before the day is over; the whole day is `monitor demo`."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from doubles.terminal import Terminal, monitor_command

from monitor.cli.demo import DemoClock, default_seeds, load_timeline

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
