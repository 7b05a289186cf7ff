"""People and the real daemon: a press and a command, also after a kill."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest
from doubles.daemon import DaemonProcess, until, write_config
from doubles.news_server import Item, NewsServer
from doubles.telegram import TOKEN, TelegramDouble

from monitor.deliver.channels.telegram.keyboard import Signer

pytestmark = pytest.mark.network

FEED = "/RSS/nk.xml"
CHAT, ADMIN, STRANGER = 500, 77, 4242
ITEM = Item("Blinken says Russia giving N.K. technology for military programs", "/view/AEN20231109007200315")
TEXT = "U.S. Secretary of State Antony Blinken said Thursday that Russia is giving North Korea technology."


@pytest.fixture
def newsroom(newsroom: NewsServer) -> NewsServer:
    newsroom.feed(FEED)
    newsroom.publish(FEED, Item("Spring comes to Seoul", "/view/1"), "Cherry trees are in blossom along the river.")
    return newsroom


def said(api: TelegramDouble, part: str, chat: int = CHAT) -> list[dict[str, Any]]:
    return [message for message in api.sent(chat) if part in message["text"]]


def replied(api: TelegramDouble, part: str) -> list[int | None]:
    """Return what the messages with that part reply to."""
    return [message["reply_to"] for message in said(api, part)]


async def test_the_daemon_answers_commands_and_presses(
    tmp_path: Path, newsroom: NewsServer, api: TelegramDouble
) -> None:
    config = write_config(tmp_path, newsroom, api.url, {"Yonhap": FEED})
    asked = api.say(CHAT, "/watchlists", CHAT)  # before there is a daemon
    api.say(STRANGER, "/status", STRANGER)
    api.chats.get(CHAT).state = "blocked"
    async with DaemonProcess(config) as daemon:
        await until(lambda: "the chat refuses messages" in daemon.log, f"the refusal\n{daemon.log}")
        api.admit(CHAT, CHAT)
        await until(lambda: asked in replied(api, "DPRK arms"), f"the answer\n{daemon.log}")
        await until(lambda: said(api, "Now watching") != [], f"the baseline\n{daemon.log}")
        newsroom.publish(FEED, ITEM, TEXT)
        await until(lambda: said(api, "N.K. technology") != [], f"the alert\n{daemon.log}")
        daemon.signal(signal.SIGKILL)
        await daemon.wait()
    (alert,) = said(api, "N.K. technology")
    row = int(alert["markup"]["inline_keyboard"][1][0]["callback_data"].split(":")[1], 36)
    up = api.press(CHAT, alert["message_id"], Signer(TOKEN).sign("up", row), CHAT)
    ack = api.press(CHAT, alert["message_id"], Signer(TOKEN).sign("ack", row), CHAT)
    api.say(ADMIN, '/mute "DPRK arms" 2h', ADMIN)
    async with DaemonProcess(config) as daemon:
        await until(lambda: len(api.queries.answers) == 2, f"the popups\n{daemon.log}")
        assert api.queries.answers[up]["text"] == "Thanks: counted as useful."
        assert api.queries.answers[ack]["text"] == "Acknowledged."
        await until(
            lambda: "Acknowledged by U, " in api.chats.get(CHAT).messages[alert["message_id"]].text,
            f"the edit\n{daemon.log}",
        )
        await until(lambda: said(api, "DPRK arms is muted until", ADMIN) != [], f"the mute\n{daemon.log}")
        asked = api.say(CHAT, "/watchlists", CHAT)
        await until(lambda: said(api, "1 of 1 useful (100 %)") != [], f"the precision\n{daemon.log}")
        newsroom.publish(
            FEED, Item("North Korea fires an ICBM", "/view/2"), "An ICBM was fired from Pyongyang at dawn."
        )
        await until(lambda: len(newsroom.asked("/view/2")) == 1, "the muted article")
    assert daemon.code == 0
    assert TOKEN not in daemon.log
    assert len(said(api, "DPRK arms · high")) == 2
    assert said(api, "fires an ICBM") == []
    assert api.sent(STRANGER) == []
