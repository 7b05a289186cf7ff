"""Links that no page can be asked at: the article is judged by its summary, its source is not to blame."""

from __future__ import annotations

from pathlib import Path

import pytest
from doubles.daemon import DaemonProcess, until, write_config
from doubles.news_server import NewsServer
from doubles.telegram import TelegramDouble

pytestmark = pytest.mark.network

FEED = "/feed"
NOTE = "from the feed's summary"
# Each told of another event, so that each is a story of its own.
ITEMS = {
    "http://xn--127-jia.test/a.html": ("Blinken lands in Tokyo", "Antony Blinken came to Japan for talks on trade."),
    "http://[::1/b": ("Blinken writes a letter to Canberra", "A letter by Antony Blinken praised Australian miners."),
    "http://a:99999/c": ("Blinken sings in Kyiv", "In a bar of Kyiv Antony Blinken played the guitar."),
    "REDIRECT": ("Blinken visits a museum in Cairo", "Antony Blinken saw the pyramids and a museum of boats."),
}


@pytest.fixture
def newsroom(newsroom: NewsServer) -> NewsServer:
    newsroom.special["/moved"] = lambda: (302, {"Location": "http://xn--127-jia.test/a.html"}, b"")
    return newsroom


def rss(newsroom: NewsServer) -> bytes:
    rows = "".join(
        f"<item><title>{title}</title><guid>{link}</guid><description>{summary}</description>"
        f"<link>{newsroom.url('/moved') if link == 'REDIRECT' else link}</link></item>"
        for link, (title, summary) in ITEMS.items()
    )
    return f"<rss version='2.0'><channel><title>t</title>{rows}</channel></rss>".encode()


async def test_every_article_is_alerted(tmp_path: Path, newsroom: NewsServer, api: TelegramDouble) -> None:
    newsroom.special[FEED] = lambda: (200, {}, b"<rss version='2.0'><channel><title>t</title></channel></rss>")
    async with DaemonProcess(write_config(tmp_path, newsroom, api.url, {"Outlet": FEED})) as daemon:
        await until(lambda: any("Now watching" in m["text"] for m in api.sent(500)), f"the baseline\n{daemon.log}")
        body = rss(newsroom)
        newsroom.special[FEED] = lambda: (200, {}, body)
        shown = [title for title, _ in ITEMS.values()]
        await until(
            lambda: all(any(title in m["text"] for m in api.sent(500)) for title in shown),
            f"{shown}, not only {[m['text'] for m in api.sent(500)]}\n{daemon.log}",
        )
    told = [message for message in api.sent(500) if "Now watching" not in message["text"]]
    assert len(told) == len(ITEMS)
    assert all(NOTE in message["text"] for message in told)
    assert "internal error" not in daemon.log
    assert "Traceback" not in daemon.log
