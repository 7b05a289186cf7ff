"""A chat that refused the bot, and is heard of again: what waited goes, in order, and commands are answered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from doubles.bot_harness import BotHarness
from doubles.command_harness import ADMIN, CHAT, MEMBER
from doubles.inforce import in_force
from doubles.telegram import TOKEN

from monitor.bot.updates import Chat, heard
from monitor.deliver.channels.telegram.keyboard import Signer
from monitor.model import Channel, Config, Lane

pytestmark = pytest.mark.network

HEADLINES = ["Перша", "Друга", "Третя"]


@pytest.fixture
async def refused(harness: BotHarness) -> BotHarness:
    """A harness whose chat refuses, with three alerts for it."""
    harness.api.chats.get(CHAT).state = "kicked"
    for headline in HEADLINES:
        harness.desk.story(headline, sent=None)
    harness.wake()
    await harness.until(lambda: suspended(harness), bool)
    return harness


def suspended(harness: BotHarness, chat: int = CHAT) -> bool:
    with harness.store.begin() as tx:
        return tx.lane(f"telegram:{chat}").suspended_at is not None


def told(harness: BotHarness, chat: int = CHAT) -> list[str]:
    """Return the second line of each message: of alerts the headline."""
    return [line["text"].split("\n")[1] for line in harness.api.sent(chat)]


async def test_a_command_is_answered_after_what_waited(refused: BotHarness) -> None:
    refused.api.chats.get(CHAT).state = "open"
    refused.api.say(CHAT, "/watchlists", MEMBER)
    await refused.said("DPRK arms · h")
    assert told(refused)[:3] == HEADLINES
    assert len(refused.api.sent(CHAT)) == 4


async def test_a_press_lets_what_waited_go(refused: BotHarness) -> None:
    refused.api.chats.get(CHAT).state = "open"
    message = refused.api.chats.foreign(CHAT)
    await refused.popup(refused.api.press(CHAT, message.id, Signer(TOKEN).sign("ack", 1), MEMBER))
    await refused.said("Третя")
    assert told(refused) == HEADLINES


@pytest.mark.parametrize("status", ["member", "administrator"])
async def test_a_chat_that_takes_the_bot_in_again_gets_what_waited(refused: BotHarness, status: str) -> None:
    refused.api.admit(CHAT, ADMIN, status)
    await refused.said("Третя")
    assert told(refused) == HEADLINES


async def test_a_person_who_unblocks_the_bot_gets_what_waited(harness: BotHarness) -> None:
    harness.api.chats.get(99).state = "blocked"
    harness.desk.story("Aid", sent=None, channel="aside")
    harness.wake()
    await harness.until(lambda: suspended(harness, 99), bool)
    harness.api.admit(99, 99)
    await harness.said("Aid", 99)


async def test_a_chat_that_goes_on_refusing_is_tried_once_and_keeps_its_rows(refused: BotHarness) -> None:
    before = len(refused.api.called("sendMessage"))
    refused.api.say(CHAT, "/help", MEMBER)
    await refused.idle()
    await refused.until(lambda: len(refused.api.called("sendMessage")), lambda count: count == before + 1)
    await refused.until(lambda: suspended(refused), bool)
    refused.api.admit(CHAT, ADMIN)
    await refused.said("What I can do")
    assert told(refused)[:3] == HEADLINES


async def test_a_chat_is_known_by_whatever_it_is_configured_as(harness: BotHarness) -> None:
    channels = {
        name: Channel(name, "telegram", {"chat": chat}) for name, chat in (("a", "@News"), ("b", -5), ("c", CHAT))
    } | {"d": Channel("d", "telegram", {"chat": CHAT, "topic": 17}), "e": Channel("e", "webhook", {"url": "x"})}
    harness.desk.live.now = in_force(Config(channels=channels)).now
    handler = harness.bot().handler
    with harness.store.begin() as tx:
        tx.save_lane(Lane("telegram:-5", chat=-1005))
    assert await handler.lanes([Chat(-1007, "channel", "news"), Chat(-1005, "supergroup")]) == [
        "telegram:-5",
        "telegram:@News",
    ]
    assert await handler.lanes([Chat(CHAT, "supergroup"), Chat(-5, "group")]) == [f"telegram:{CHAT}"]


# --------------------------------------------------------------------------- which updates show a chat to be there


def shows(**update: Any) -> Chat | None:
    return heard(1, json.dumps(update))


PRIVATE, GROUP = {"id": 8, "type": "private"}, {"id": CHAT, "type": "supergroup"}


def member(status: str, **more: object) -> dict[str, object]:
    return {"chat": GROUP, "new_chat_member": {"status": status, **more}}


def test_what_shows_a_chat_to_be_there() -> None:
    sender = {"id": 8, "first_name": "A"}
    group = Chat(CHAT, "supergroup")
    assert shows(message={"chat": PRIVATE, "text": "hello"}) == Chat(8, "private")
    assert shows(message={"chat": GROUP, "from": sender, "message_id": 1, "text": "/help"}) == group
    assert shows(callback_query={"id": "1", "from": sender, "message": {"chat": GROUP, "message_id": 1}}) == group
    assert shows(my_chat_member=member("restricted", can_send_messages=True)) == group
    assert shows(my_chat_member=member("member")) == group


@pytest.mark.parametrize(
    "update",
    [
        {"message": {"chat": GROUP, "text": "what people say to each other"}},
        {"callback_query": {"id": "1", "from": {"id": 8, "first_name": "A"}}},
        {"my_chat_member": member("left")},
        {"my_chat_member": member("kicked")},
        {"my_chat_member": member("restricted", can_send_messages=False)},
        {"my_chat_member": {"chat": GROUP, "new_chat_member": None}},
        {"my_chat_member": {"chat": None, "new_chat_member": {"status": "member"}}},
        {"my_chat_member": {"new_chat_member": {"status": []}, "chat": GROUP}},
        {"message": None},
        {},
    ],
)
def test_what_shows_nothing_of_the_kind(update: dict[str, Any]) -> None:
    assert shows(**update) is None
