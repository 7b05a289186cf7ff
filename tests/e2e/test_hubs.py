"""The real daemon beside a hub: what the hub reports is alerted, long before the source would be polled."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from doubles.daemon import DaemonProcess, until, write_config
from doubles.hub import HubDouble
from doubles.news_server import NewsServer
from doubles.telegram import TelegramDouble

pytestmark = pytest.mark.network

FEED = "/feed"
TITLE = "Blinken lands in Tokyo"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def rss(newsroom: NewsServer, hub: HubDouble, *items: str) -> bytes:
    links = f"<atom:link rel='hub' href='{hub.url}'/><atom:link rel='self' href='{newsroom.url(FEED)}'/>"
    return (
        f"<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'><channel><title>t</title>{links}"
        f"{''.join(items)}</channel></rss>"
    ).encode()


async def test_a_report_is_alerted(tmp_path: Path, newsroom: NewsServer, api: TelegramDouble) -> None:
    async with HubDouble() as hub:
        newsroom.special[FEED] = lambda: (200, {}, rss(newsroom, hub))
        port = free_port()
        config = write_config(tmp_path, newsroom, api.url, {"Outlet": FEED})
        text = config.read_text(encoding="utf-8").replace("every: 1s", "every: 1d")
        text = text.replace(f"ports: [{newsroom.port}]", f"ports: [{newsroom.port}, {hub.port}]")
        web = f"{{listen: '127.0.0.1:{port}', public_url: 'http://127.0.0.1:{port}'}}"
        config.write_text(text.replace("web: {listen: ''}", f"web: {web}"), encoding="utf-8")
        async with DaemonProcess(config) as daemon:
            await until(lambda: bool(hub.held), f"a subscription\n{daemon.log}")
            item = f"<item><title>{TITLE}</title><guid>1</guid><description>Antony Blinken came to Japan.</description></item>"
            newsroom.special[FEED] = lambda: (200, {}, rss(newsroom, hub, item))
            assert await hub.publish(b"changed") == 202
            await until(lambda: any(TITLE in m["text"] for m in api.sent(500)), f"the alert\n{daemon.log}")
        assert "internal error" not in daemon.log
        assert "Traceback" not in daemon.log
        assert hub.verified == [("subscribe", 200)]
