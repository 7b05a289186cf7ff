"""When alerts go out, by the daemon as a process: one message for two watchlists, a burst, quiet hours by an edit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from doubles.daemon import DaemonProcess, until, write_config
from doubles.news_server import Item, NewsServer
from doubles.telegram import TelegramDouble

from monitor.model import State
from monitor.store import open_store

pytestmark = pytest.mark.network

FEED = "/RSS/nk.xml"
STORIES = {
    "Hospital opens in Sinuiju": (
        "North Korea opened a new hospital in the city of Sinuiju, where floods destroyed two clinics last summer.",
        "State media showed the leader walking through its wards and praising the builders for their speed.",
    ),
    "Wrecked boat found off Akita": (
        "Fishermen found a wrecked boat from North Korea off the coast of Akita with nobody on board, police said.",
        "The coast guard towed the hull to port; winter storms often drive such vessels across the sea.",
    ),
    "Whisky trader fined": (
        "A court in Singapore fined a trader who sold whisky and perfume to customers in North Korea for years.",
        "Prosecutors had asked for a prison term, but the judge noted that the defendant is seventy years old.",
    ),
    "Marathon draws foreign runners": (
        "Several hundred amateurs from abroad ran through the capital of North Korea in its spring marathon.",
        "The winner, a student of physics, finished ahead of last year's champion by less than a minute.",
    ),
}
WATCHLISTS = """\
  - {name: Neighbours, entities: [DPRK], notify: [desk]}
  - {name: DPRK arms, entities: [DPRK, ICBM], severity: high, notify: [desk]}
"""


@pytest.fixture
def newsroom(newsroom: NewsServer) -> NewsServer:
    newsroom.feed(FEED)
    newsroom.publish(FEED, Item("Old report", "/view/AEN20231107001100315"), "An old report on South Korea.")
    return newsroom


def alerts(api: TelegramDouble) -> list[dict[str, Any]]:
    return [message for message in api.sent(500) if "Now watching" not in message["text"]]


def publish(newsroom: NewsServer, number: int) -> None:
    title = list(STORIES)[number]
    newsroom.publish(FEED, Item(title, f"/view/AEN2023110900{number}200315"), *STORIES[title])


def held(folder: Path) -> int:
    store = open_store(f"sqlite:///{folder}/monitor.db", read_only=True)
    with store.begin() as tx:
        count = sum(row.in_digest is None for row in tx.deliveries(state=State.HELD))
    store.close()
    return count


def configure(config: Path, text: str, settings: str) -> None:
    config.write_text(
        text.replace("telegram: {chat: 500}", f"telegram: {{chat: 500}}\n    {settings}"), encoding="utf-8"
    )


async def test_one_message_a_story_one_for_a_burst_and_none_in_quiet_hours(
    tmp_path: Path, newsroom: NewsServer, api: TelegramDouble
) -> None:
    config = write_config(tmp_path, newsroom, api.url, {"Yonhap": FEED}, watchlists=WATCHLISTS)
    text = config.read_text(encoding="utf-8")
    configure(config, text, "burst: {alerts: 1, within: 1h}")
    async with DaemonProcess(config) as daemon:
        await until(lambda: api.sent(500) != [], f"the baseline's message\n{daemon.log}")
        publish(newsroom, 0)
        await until(lambda: len(alerts(api)) == 1, f"the first alert\n{daemon.log}")
        assert alerts(api)[0]["text"].startswith("🔴 DPRK arms + Neighbours · DPRK")
        publish(newsroom, 1)
        await until(lambda: len(alerts(api)) == 2, f"the burst's message\n{daemon.log}")
        assert "1 more alert" in alerts(api)[1]["text"]
        publish(newsroom, 2)
        await until(lambda: "2 more alerts since" in str(api.called("editMessageText")[-1:]), f"its edit\n{daemon.log}")
        now = datetime.now(UTC)
        start, end = now - timedelta(hours=2), now + timedelta(hours=2)
        night = f'quiet_hours: {{from: "{start:%H:%M}", to: "{end:%H:%M}", timezone: UTC}}'
        configure(config, text, night)
        await until(lambda: daemon.log.count("configuration reloaded") == 1, f"the reload\n{daemon.log}")
        publish(newsroom, 3)
        await until(lambda: held(tmp_path) == 1, f"the held alert\n{daemon.log}")
        assert len(alerts(api)) == 2
        configure(config, text, "burst: off")
        await until(lambda: len(alerts(api)) == 3, f"what was held\n{daemon.log}")
    assert daemon.code == 0
    assert "Marathon draws foreign runners" in alerts(api)[2]["text"]
    assert "internal error" not in daemon.log
