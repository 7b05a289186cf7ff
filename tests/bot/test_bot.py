"""The bot against the strict double of the Bot API: what is asked and pressed, and what people see."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from pathlib import Path

import pytest
from doubles.bot_harness import BotHarness
from doubles.bot_harness import opened as open_harness
from doubles.clock import FixedClock
from doubles.command_harness import ADMIN, CHAT, MEMBER
from doubles.telegram import ApiError, Fault, TelegramDouble

from monitor.bot import commands
from monitor.bot.context import Answer, BotContext, CommandRequest, TextRun
from monitor.bot.i18n import LANGUAGES
from monitor.model import BARRED, Fact
from monitor.store import Database, Transaction

pytestmark = pytest.mark.network


async def test_a_command_is_answered_in_reply_to_it(harness: BotHarness) -> None:
    asked = harness.api.say(CHAT, "/help", MEMBER)
    answer = await harness.said("What I can do")
    assert answer["reply_to"] == asked
    await harness.idle()
    assert len(harness.api.sent(CHAT)) == 1


async def test_an_answer_stands_in_the_topic_of_its_question(harness: BotHarness) -> None:
    message = harness.api.chats.foreign(CHAT)
    harness.api.updates.push(
        message={
            "message_id": message.id,
            "date": 1_700_000_000,
            "chat": {"id": CHAT, "type": "supergroup", "title": "T"},
            "from": {"id": MEMBER, "is_bot": False, "first_name": "Ann"},
            "text": "/help@double_bot",
            "message_thread_id": 17,
            "is_topic_message": True,
        }
    )
    answer = await harness.said("What I can do")
    assert (answer["thread"], answer["reply_to"]) == (17, message.id)


async def test_an_admin_is_answered_where_they_write(harness: BotHarness) -> None:
    harness.api.say(ADMIN, "/help", ADMIN, language="uk")
    assert "Для адміністраторів" in (await harness.said("Що я вмію", ADMIN))["text"]


async def test_an_admin_learns_in_private_how_a_chat_is_configured(harness: BotHarness) -> None:
    harness.api.say(-100777, "/start", ADMIN)
    harness.api.say(-100777, "/status", ADMIN)
    answer = await harness.said("Chat -100777 is not configured", ADMIN)
    assert "NAME: {telegram: {chat: -100777}}" in answer["text"]
    assert answer["reply_to"] is None
    await harness.idle()
    assert harness.api.sent(-100777) == []
    assert len(harness.api.sent(ADMIN)) == 1


async def test_strangers_are_not_answered(harness: BotHarness) -> None:
    for chat in (4242, -100888):
        harness.api.say(chat, "/start", 4242)
    harness.api.say(CHAT, "/status@another_bot", ADMIN)
    harness.api.say(CHAT, "no command", ADMIN)
    await harness.idle()
    harness.api.say(CHAT, "/help", MEMBER)
    await harness.said("What I can do")
    assert len(harness.api.sent()) == 1


# --------------------------------------------------------------------------- whatever is killed


async def test_what_was_written_while_the_bot_was_away_is_answered(
    api: TelegramDouble, store: Database, tmp_path: Path
) -> None:
    api.say(CHAT, "/help", MEMBER)
    api.say(CHAT, "/watchlists", MEMBER)
    async with open_harness(api, store, tmp_path) as harness:
        await harness.said("What I can do")
        await harness.said("DPRK arms")
    assert [line["text"].split("\n")[0][:13] for line in api.sent(CHAT)] == ["What I can do", "DPRK arms · h"]


async def test_what_an_earlier_process_only_stored_is_answered_once(
    api: TelegramDouble, store: Database, tmp_path: Path
) -> None:
    """It was killed after the transaction and before the acknowledgement: Telegram gives the update once more."""
    api.say(CHAT, "/help", MEMBER)
    harness = BotHarness(api, store, tmp_path)
    bot = harness.bot()
    batch = await bot.api.updates(None)
    await bot.api.close()
    with store.begin() as tx:
        assert tx.store_updates(batch, harness.clock.now()) == 1
    harness.listen()
    harness.deliver()
    await harness.said("What I can do")
    api.say(CHAT, "/watchlists", MEMBER)
    await harness.said("DPRK arms")
    await harness.idle()
    await harness.end()
    assert len(api.sent(CHAT)) == 2


async def test_an_answer_that_was_written_is_sent_by_the_next_process(
    api: TelegramDouble, store: Database, tmp_path: Path
) -> None:
    harness = BotHarness(api, store, tmp_path)
    api.say(CHAT, "/help", MEMBER)
    harness.listen()
    await harness.idle()
    await harness.end()
    assert api.sent() == []
    harness.listen()
    harness.deliver()
    await harness.said("What I can do")
    await harness.end()
    assert len(api.sent(CHAT)) == 1


async def test_an_update_that_comes_twice_is_answered_once(harness: BotHarness) -> None:
    harness.api.say(CHAT, "/help", MEMBER)
    await harness.said("What I can do")
    await harness.idle()
    again = harness.api.updates
    again._queue.append({**_help(1), "update_id": 1})
    again._came.set()
    harness.api.say(CHAT, "/watchlists", MEMBER)
    await harness.said("DPRK arms")
    assert sum("What I can do" in line["text"] for line in harness.api.sent(CHAT)) == 1


def _help(message_id: int) -> dict[str, dict[str, object]]:
    sender = {"id": MEMBER, "is_bot": False, "first_name": "Ann"}
    chat = {"id": CHAT, "type": "supergroup", "title": "T"}
    return {"message": {"message_id": message_id, "date": 1, "chat": chat, "from": sender, "text": "/help"}}


async def test_what_cannot_be_read_does_not_stop_what_follows(harness: BotHarness) -> None:
    odds: list[dict[str, object]] = [
        {},
        {"message": {}},
        {"message": None},
        {"callback_query": {"id": 5}},
        {"poll": {}},
    ]
    for odd in odds:
        harness.api.updates.push(**odd)
    harness.api.say(CHAT, "/help", MEMBER)
    await harness.said("What I can do")
    await harness.idle()


async def test_a_command_that_breaks_is_tried_twice_and_apologised_for(harness: BotHarness) -> None:
    tries: list[str] = []

    async def broken(request: CommandRequest, _desk: BotContext) -> Answer | None:
        tries.append(request.command)
        if request.command == "status":
            raise ZeroDivisionError
        return Answer(((TextRun("fine"),),))

    harness.respond = broken
    harness.api.say(CHAT, "/status", MEMBER)
    harness.api.say(CHAT, "/last", MEMBER)
    await harness.said("Something went wrong")
    await harness.said("fine")
    assert tries.count("status") == 2


async def test_effects_and_their_answer_stand_or_fall_together(harness: BotHarness) -> None:
    def effects(tx: Transaction) -> None:
        tx.put(Fact.JUDGING, "done")
        raise LookupError

    async def respond(_request: CommandRequest, _desk: BotContext) -> Answer | None:
        return Answer(((TextRun("done"),),), effects)

    harness.respond = respond
    harness.api.say(CHAT, "/mute Aid 2h", ADMIN)
    await harness.said("Something went wrong")
    with harness.store.begin() as tx:
        assert tx.get(Fact.JUDGING) is None
    assert not any(line["text"] == "done" for line in harness.api.sent())


async def test_a_chat_gets_only_so_many_answers_a_minute_and_none_is_dropped(
    api: TelegramDouble, store: Database, tmp_path: Path
) -> None:
    harness = BotHarness(api, store, tmp_path)
    clock = harness.clock = FixedClock()
    for number in range(12):
        api.say(CHAT, f"/last {number + 1}", MEMBER)
    api.say(ADMIN, "/help", ADMIN)
    harness.listen()
    harness.deliver()
    await harness.said("What I can do", ADMIN)  # other chats do not wait
    await harness.until(lambda: len(api.sent(CHAT)), lambda count: count == 10)
    with store.begin() as tx:
        assert len(tx.open_update_ids(99)) == 2
    clock.pass_(61)
    await harness.until(lambda: len(api.sent(CHAT)), lambda count: count == 12)
    await harness.end()


async def test_the_end_does_not_wait_for_the_long_poll(api: TelegramDouble, store: Database, tmp_path: Path) -> None:
    harness = BotHarness(api, store, tmp_path)
    harness.poll = 600
    harness.listen()
    await harness.until(lambda: api.called("getUpdates"), bool)
    await harness.end()  # waits ten seconds at most


async def test_a_reply_to_an_alert_names_its_story(harness: BotHarness) -> None:
    row = await harness.alert("Росія допомагає КНДР")
    message = harness.api.chats.foreign(CHAT)
    harness.api.updates.push(
        message={
            **_help(message.id)["message"],
            "from": {"id": ADMIN, "is_bot": False, "first_name": "Ann", "language_code": "uk"},
            "text": "/mute 2h",
            "date": int(harness.clock.now().timestamp()),
            "reply_to_message": {"message_id": row.message_id},
        }
    )
    await harness.said("Подію 1 стишено до")
    with harness.store.begin() as tx:
        assert tx.story(1).muted
    messages = harness.api.chats.get(CHAT).messages
    shown = await harness.until(lambda: messages[row.message_id or 0].text, lambda text: "Muted" in text)
    assert re.search(r"\nMuted until .*\d\d:\d\d by Ann, \d\d:\d\d$", shown)


# --------------------------------------------------------------------------- Telegram in trouble


async def test_another_poller_stops_commands_and_not_delivery(harness: BotHarness) -> None:
    await harness.until(lambda: harness.api.called("getUpdates"), bool)
    other = asyncio.create_task(_steal(harness.api))
    lines = harness.operators.lines
    await harness.until(lambda: lines, bool)
    with harness.store.begin() as tx:
        (incident,) = tx.incident_log().open.values()
    assert (incident.incident.kind, lines) == (BARRED, [incident.incident.line])
    assert "Conflict" in lines[0]
    await harness.alert("Росія допомагає КНДР")
    other.cancel()
    await asyncio.gather(other, return_exceptions=True)
    harness.api.say(CHAT, "/help", MEMBER)
    await harness.said("What I can do")
    await harness.until(lambda: len(lines), lambda count: count == 2)
    with harness.store.begin() as tx:
        assert [each.gone is None for each in tx.incident_log().open.values()] == [False]


async def _steal(api: TelegramDouble) -> None:
    """Poll as another program would, again and again."""
    while True:
        with contextlib.suppress(ApiError):
            await api.updates.get(0, 100, 0.02)
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "fault", ["before:drop", "before:502", "before:429", "before:garbage", "before:500", "before:list"]
)
async def test_the_bot_goes_on_after_trouble(api: TelegramDouble, store: Database, tmp_path: Path, fault: str) -> None:
    when, kind = fault.split(":")
    methods = frozenset({"getUpdates", "getMe", "setMyCommands", "answerCallbackQuery"})
    api.faults = [Fault(when, kind, methods=methods, times=2)]
    api.say(CHAT, "/help", MEMBER)
    async with open_harness(api, store, tmp_path) as harness:
        await harness.said("What I can do")


async def test_menus_are_registered_though_one_admin_never_wrote(
    api: TelegramDouble, store: Database, tmp_path: Path
) -> None:
    api.chats.get(55).state = "unknown"
    harness = BotHarness(api, store, tmp_path)
    harness.menus = lambda: commands.menus([55, 7])
    harness.listen()
    await harness.until(lambda: len(api.methods.commands), lambda count: count == 2 * len(LANGUAGES))
    await harness.end()
    scopes = {(json.loads(scope)["type"], language) for scope, language in api.methods.commands}
    spoken = {"", *LANGUAGES} - {"en"}
    assert scopes == {(scope, language) for scope in ("default", "chat") for language in spoken}


async def test_a_refused_token_is_asked_about_again(api: TelegramDouble, store: Database, tmp_path: Path) -> None:
    token, api.token = api.token, "1:revoked"
    harness = BotHarness(api, store, tmp_path)
    harness.listen()
    await asyncio.sleep(0)
    api.token = token
    api.say(CHAT, "/help", MEMBER)
    harness.deliver()
    await harness.said("What I can do")
    await harness.end()


async def test_what_cannot_be_done_any_more_is_answered_in_place_of_what_was(harness: BotHarness) -> None:
    async def respond(_request: CommandRequest, _desk: BotContext) -> Answer:
        return Answer(((TextRun("Done."),),), effects=lambda _tx: ((TextRun("Done by somebody else."),),))

    harness.respond = respond
    harness.api.say(CHAT, "/split 3", ADMIN)
    await harness.said("Done by somebody else.")
    await harness.idle()
    assert len(harness.api.sent(CHAT)) == 1
