"""Commands through the real daemon: what they change acts on the next article."""

from __future__ import annotations

from pathlib import Path

import pytest
from doubles.daemon import DaemonProcess, until, write_config
from doubles.news_server import Item, NewsServer
from doubles.telegram import TelegramDouble

pytestmark = pytest.mark.network

FEED = "/rss"
ADMIN, CHAT = 77, 500
STRIKE = "Dockers went on strike in three towns on Monday, and cranes stood still from dawn until the evening bell."
FERRY = "Dockers saw how an old ferry sank at its mooring; nobody was on board of it when the water came in at night."
MORE = (
    "The port's council will meet on Thursday to hear both sides, and the mayor has offered to lend them the town hall.",
    "Ships that wait in the roads were told to stay where they are for the time being, whatever their cargo is.",
)


@pytest.fixture
def newsroom(newsroom: NewsServer) -> NewsServer:
    newsroom.feed(FEED)
    newsroom.publish(FEED, Item("The harbour was dredged", "/view/1.html"), "The harbour was dredged in spring.")
    return newsroom


async def said(api: TelegramDouble, part: str, log: str) -> str:
    """Wait for a message with these words; return it."""
    await until(lambda: any(part in message["text"] for message in api.sent()), f"{part!r} from the bot\n{log}")
    return str(next(message["text"] for message in api.sent() if part in message["text"]))


async def press(api: TelegramDouble, part: str, log: str) -> None:
    """Press the first button below the message with these words."""
    await said(api, part, log)
    message = next(message for message in api.sent() if part in message["text"])
    data = message["markup"]["inline_keyboard"][0][0]["callback_data"]
    api.press(ADMIN, message["message_id"], data, ADMIN)


async def test_a_term_added_by_a_command_raises_the_next_alert_and_a_mute_silences_it(
    tmp_path: Path, newsroom: NewsServer, api: TelegramDouble
) -> None:
    watchlists = "  - name: Harbours   # of the south\n    keywords: [lighthouse]  # and more\n    notify: [desk]\n"
    config = write_config(tmp_path, newsroom, api.url, {"Gazette": FEED}, watchlists=watchlists)
    before = config.read_text(encoding="utf-8")
    async with DaemonProcess(config) as daemon:
        await said(api, "Now watching", daemon.log)
        api.say(ADMIN, "/add harbours dockers", ADMIN)
        await press(api, "Add dockers to Harbours?", daemon.log)
        await said(api, "Added to Harbours: dockers", daemon.log)
        assert config.read_text(encoding="utf-8") == before.replace("[lighthouse]", "[lighthouse, dockers]")
        await until(lambda: "configuration reloaded" in daemon.log, f"the reload\n{daemon.log}")
        newsroom.publish(FEED, Item("A strike begins", "/view/2.html"), STRIKE, *MORE)
        await said(api, "Dockers went on strike", daemon.log)
        api.say(ADMIN, "/mute Harbours 2h", ADMIN)
        await said(api, "Harbours is muted until", daemon.log)
        newsroom.publish(FEED, Item("A ferry sank", "/view/3.html"), FERRY, *MORE)
        api.say(ADMIN, f"/explain {newsroom.url('/view/2.html')}", ADMIN)
        assert "Dockers ← dockers" in await said(api, "Harbours: match", daemon.log)
        await until(lambda: len(newsroom.asked("/view/3.html")) == 1, f"the muted article's page\n{daemon.log}")
        api.say(ADMIN, "/watchlists", ADMIN)
        assert "muted until" in await said(api, "Harbours · normal", daemon.log)
        api.say(ADMIN, "/remove Harbours dockers", ADMIN)
        await press(api, "Take dockers out of Harbours?", daemon.log)
        await said(api, "Taken out of Harbours: dockers", daemon.log)
        assert config.read_text(encoding="utf-8") == before
    assert daemon.code == 0
    assert "internal error" not in daemon.log
    assert not any("ferry" in message["text"] for message in api.sent(CHAT))
