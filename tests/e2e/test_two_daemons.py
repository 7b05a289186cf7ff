"""Two daemons with one bot."""

from __future__ import annotations

from pathlib import Path

import pytest
from doubles.daemon import DaemonProcess, write_config
from doubles.news_server import NewsServer
from doubles.telegram import TelegramDouble

pytestmark = pytest.mark.network


async def test_a_second_daemon_with_the_same_bot_is_refused(tmp_path: Path, newsroom: NewsServer) -> None:
    async with TelegramDouble() as api:
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
        feeds = {"Yonhap": "/feed.xml"}
        async with DaemonProcess(write_config(tmp_path / "one", newsroom, api.url, feeds)) as first:
            await first.started()
            async with DaemonProcess(write_config(tmp_path / "two", newsroom, api.url, feeds)) as second:
                assert await second.wait() == 1
            assert "sends with this bot's token" in second.log
            assert "Traceback" not in second.log
