"""What is published while the daemon is away, and has left the feed, comes from the sitemap that robots.txt names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from doubles.daemon import DaemonProcess, until, write_config
from doubles.news_server import Item, NewsServer
from doubles.telegram import TelegramDouble

pytestmark = pytest.mark.network

FEED = "/rss"
MISSED = "/world/50-launch"
TEXT = (
    "North Korea fired an intercontinental ballistic missile toward the East Sea on Thursday, the South's military said.",
    "The launch came days after Pyongyang had warned of a response to joint drills of the allies in the region.",
)


def weather(number: int, at: datetime) -> Item:
    return Item(f"Rain and wind in region {number}", f"/world/{number}-rain", published=at)


async def test_a_restarted_daemon_has_no_gap(tmp_path: Path, newsroom: NewsServer, api: TelegramDouble) -> None:
    now = datetime.now(UTC)
    for number in range(12):
        newsroom.publish(FEED, weather(number, now - timedelta(minutes=120 - number)), f"Rain in region {number}.")
    config = write_config(tmp_path, newsroom, api.url, {"Press": FEED})

    def texts(chat: int) -> list[str]:
        return [str(message["text"]) for message in api.sent(chat)]

    async with DaemonProcess(config) as daemon:
        await until(lambda: any("Now watching" in text for text in texts(500)), f"the baseline\n{daemon.log}")
    newsroom.items[FEED].clear()
    launch = Item("Missile launch over the East Sea", MISSED, published=now - timedelta(minutes=40))
    newsroom.publish(FEED, launch, *TEXT)
    newsroom.items[FEED].clear()
    for number in range(60, 72):
        newsroom.publish(FEED, weather(number, now - timedelta(minutes=80 - number)), f"Rain in region {number}.")
    pages = [(f"/world/{number}-rain", now - timedelta(minutes=120 - number)) for number in range(12)]
    pages += [(f"/world/{number}-rain", now - timedelta(minutes=80 - number)) for number in range(60, 72)]
    pages += [(MISSED, now - timedelta(minutes=40))]

    rows = "".join(
        f"<url><loc>{newsroom.url(path)}</loc><lastmod>{at.isoformat()}</lastmod></url>" for path, at in pages
    )
    newsroom.special["/robots.txt"] = lambda: (200, {}, f"Sitemap: {newsroom.url('/news.xml')}\n".encode())
    newsroom.special["/news.xml"] = lambda: (
        200,
        {"Content-Type": "application/xml"},
        f"<urlset>{rows}</urlset>".encode(),
    )
    async with DaemonProcess(config) as daemon:
        await until(lambda: any("launch" in text for text in texts(500)), f"the missed article\n{daemon.log}")
        await until(lambda: any("Press: 1 article refilled" in text for text in texts(77)), f"the notice\n{daemon.log}")
    assert len([text for text in texts(500) if "launch" in text]) == 1
    assert any("; 0 unaccounted" in text for text in texts(77))
