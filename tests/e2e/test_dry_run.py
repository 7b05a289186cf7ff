"""`monitor once --dry-run` beside a real round: what it shows is what the round then sends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from doubles.daemon import DaemonProcess, write_config
from doubles.news_server import Item, NewsServer
from doubles.telegram import TelegramDouble

from monitor.model import Fact
from monitor.store import open_store

pytestmark = pytest.mark.network

FEED = "/RSS/nk.xml"
ITEM = Item("North Korea fires a missile toward the sea", "/view/AEN20231109007200315")
TEXT = "North Korea fired a ballistic missile toward the sea off its east coast on Thursday, Seoul's military said."


async def command(config: Path, *arguments: str) -> str:
    async with DaemonProcess(config, *arguments) as process:
        assert await process.wait() == 0, process.log
    return process.log


async def test_a_dry_run_shows_what_a_round_then_sends_and_keeps_nothing(
    tmp_path: Path, newsroom: NewsServer, api: TelegramDouble
) -> None:
    newsroom.feed(FEED)
    newsroom.publish(FEED, Item("Old report", "/view/1"), "An old report on ballistic missiles of North Korea.")
    config = write_config(tmp_path, newsroom, api.url, {"Yonhap": FEED})
    first = await command(config, "once", "--dry-run")
    assert "there is no database yet" in first
    assert "Now watching" in first
    assert "1 source asked" in first
    assert not (tmp_path / "monitor.db").exists()
    await command(config, "once")
    sent = len(api.sent())
    newsroom.publish(FEED, ITEM, TEXT)
    shown = await command(config, "once", "--dry-run", "--json")
    (line,) = [line for line in shown.splitlines() if '"would_send"' in line]
    (row,) = json.loads(line)["would_send"]
    assert (row["channel"], row["when"], row["headline"]) == ("desk", "now", ITEM.title)
    assert len(api.sent()) == sent
    with open_store(f"sqlite:///{tmp_path}/monitor.db").begin() as tx:
        assert ITEM.title not in [each.alert.headline for each in tx.deliveries()]
    await command(config, "once")
    assert ITEM.title in api.sent()[-1]["text"]
    with open_store(f"sqlite:///{tmp_path}/monitor.db").begin() as tx:
        assert tx.get(Fact.TRENDS_COUNTED) == "0"  # so that `monitor trends` does not speak of older articles for ever
