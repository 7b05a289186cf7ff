"""Buttons pressed, against the strict double of the Bot API: what they do, what people see, who may not."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from doubles.bot_harness import BotHarness
from doubles.bot_harness import opened as open_harness
from doubles.command_harness import ADMIN, CHAT, MEMBER
from doubles.inforce import in_force
from doubles.telegram import TOKEN, Fault, TelegramDouble

from monitor.bot import callbacks
from monitor.bot.callbacks import ButtonPress
from monitor.bot.i18n import bot_phrases
from monitor.bot.updates import ButtonUpdate, Chat, Person
from monitor.deliver.channels.telegram.keyboard import Signer
from monitor.model import Alert, Delivery, Fact, MessageKind, NewDelivery, State
from monitor.store import Database, Transaction

pytestmark = pytest.mark.network


async def test_acknowledging_is_seen_by_all(harness: BotHarness) -> None:
    row = await harness.alert("Росія допомагає КНДР")
    first, second = harness.press(row, "ack", MEMBER), harness.press(row, "ack", ADMIN)
    assert await harness.popup(first) == "Acknowledged."
    assert await harness.popup(second) == "Acknowledged."
    text = await harness.until(lambda: shown(harness, row), lambda text: text.count("Acknowledged by U, ") == 2)
    assert text.startswith("🟡 DPRK arms")
    again = harness.press(row, "ack", MEMBER)
    assert await harness.popup(again) == "You have acknowledged it already."
    await harness.idle()
    assert shown(harness, row).count("Acknowledged") == 2
    assert (
        harness.api.called("editMessageText")[-1]["reply_markup"]
        == harness.api.called("sendMessage")[0]["reply_markup"]
    )


async def test_whoever_acknowledges_an_escalated_alert_is_seen_in_all_its_chats(harness: BotHarness) -> None:
    row = await harness.alert("Росія допомагає КНДР")
    with harness.store.begin() as tx:
        escalated = NewDelivery("aside", f"escalate:{row.id}:aside", row.alert, story_id=row.story_id)
        other = tx.add_delivery(escalated, harness.clock.now())
    assert other is not None
    harness.wake()
    await harness.until(lambda: harness.row(other).message_id, bool)
    assert await harness.popup(harness.press(row, "ack", MEMBER)) == "Acknowledged."
    for ident in (row.id, other):
        assert [act.user for act in harness.row(ident).alert.acts] == [MEMBER]


def shown(harness: BotHarness, row: Delivery) -> str:
    """Return what the chat shows of a row's message."""
    assert row.message_id is not None
    return harness.api.chats.get(CHAT).messages[row.message_id].text


async def test_a_muted_story_is_marked_in_every_chat_and_never_heard_of_again(harness: BotHarness) -> None:
    row = await harness.alert("Росія допомагає КНДР")
    denied = harness.press(row, "mute", MEMBER)
    assert await harness.popup(denied) == (
        "Only admins may mute a story: user ids under telegram.admins in config.yaml. Yours is 8."
    )
    with harness.store.begin() as tx:
        waiting = NewDelivery("desk", "reply:1", replace(row.alert, kind=MessageKind.REPLY), story_id=row.story_id,
                              due_at=harness.clock.now() + timedelta(days=1))  # fmt: skip
        reply = tx.add_delivery(waiting, harness.clock.now())
    assert reply is not None
    assert await harness.popup(harness.press(row, "mute", ADMIN)) == "For how long?"
    await harness.until(lambda: labels(harness, row), lambda found: found[0][:3] == ["1 h", "until 08:00", "for good"])
    done = harness.press(row, "mute-ever", ADMIN)
    assert await harness.popup(done) == "Story 1 is muted: it is recorded, not sent. /unmute 1 ends that."
    await harness.until(lambda: shown(harness, row), lambda text: "Muted by U, " in text)
    with harness.store.begin() as tx:
        assert tx.story(1).muted
        assert [(mute.key, mute.by, mute.until) for mute in tx.mutes(harness.clock.now())] == [("1", ADMIN, None)]
    assert harness.row(reply).state is State.MUTED
    again = harness.press(row, "mute", ADMIN)
    assert await harness.popup(again) == "Story 1 is muted already. /unmute 1 ends that."


async def test_a_slip_is_undone_with_a_tap(harness: BotHarness) -> None:
    row = await harness.alert("Росія допомагає КНДР")
    with harness.store.begin() as tx:
        waiting = NewDelivery("desk", "reply:1", replace(row.alert, kind=MessageKind.REPLY), story_id=row.story_id,
                              held_until=harness.clock.now() + timedelta(days=1))  # fmt: skip
        reply = tx.add_delivery(waiting, harness.clock.now())
    assert reply is not None
    before = labels(harness, row)
    assert await harness.popup(harness.press(row, "mute", ADMIN)) == "For how long?"
    assert await harness.popup(harness.press(row, "mute", ADMIN)) == "For how long?"
    await harness.until(lambda: labels(harness, row), lambda found: "Mute story" not in str(found))
    assert await harness.popup(harness.press(row, "mute-not", ADMIN)) == ""
    await harness.until(lambda: labels(harness, row), lambda found: found == before)
    done = await harness.popup(harness.press(row, "mute-morning", ADMIN))
    assert re.fullmatch(r"Story 1 is muted until (.+ )?08:00\.", done)
    await harness.until(lambda: labels(harness, row), lambda found: "Unmute" in found[0])
    assert harness.row(reply).state is State.MUTED
    assert await harness.popup(harness.press(row, "mute-not", ADMIN)) == ""
    assert await harness.popup(harness.press(row, "unmute", MEMBER)) == (
        "Only admins may mute a story: user ids under telegram.admins in config.yaml. Yours is 8."
    )
    assert await harness.popup(harness.press(row, "unmute", ADMIN)) == "Story 1 is heard again."
    text = await harness.until(lambda: shown(harness, row), lambda text: "Unmuted by U, " in text)
    assert "Muted by" not in text
    assert labels(harness, row) == before
    assert harness.row(reply).state is State.HELD
    assert await harness.popup(harness.press(row, "unmute", ADMIN)) == "This story is not muted any more."
    for action in ("mute-hour", "mute-not"):
        assert "admins" in await harness.popup(harness.press(row, action, MEMBER))


def labels(harness: BotHarness, row: Delivery) -> list[list[str]]:
    """Return the labels of the buttons below a row's message, as the chat shows them."""
    assert row.message_id is not None
    markup = harness.api.chats.get(CHAT).messages[row.message_id].markup
    return [[button["text"] for button in line] for line in (markup or {})["inline_keyboard"]]


async def test_a_message_of_unknown_fate_keeps_its_buttons(harness: BotHarness) -> None:
    """It is looked for by them: the press that finds none to change mutes for good."""
    row = await harness.alert("Росія допомагає КНДР")
    pressed = ButtonPress(
        replace(row, message_id=None),
        Chat(CHAT, "supergroup"),
        ButtonUpdate(1, "q", None, Person(ADMIN, "U"), None, ""),
        admin=True,
        words=bot_phrases("en"),
        now=harness.clock.now(),
        live=in_force(),
    )
    with harness.store.begin() as tx:
        assert callbacks._mute(tx, pressed).text.startswith("Story 1 is muted: ")
        assert tx.story(1).muted


async def test_the_button_makes_a_mute_for_a_while_one_for_good(harness: BotHarness) -> None:
    row = await harness.alert("Росія допомагає КНДР")
    with harness.store.begin() as tx:
        tx.mute("story", "1", harness.clock.now() + timedelta(hours=2), ADMIN)
    assert await harness.popup(harness.press(row, "mute", ADMIN)) == "For how long?"
    await harness.until(lambda: labels(harness, row), lambda found: found[0][:3] == ["1 h", "until 08:00", "for good"])
    done = harness.press(row, "mute-ever", ADMIN)
    assert await harness.popup(done) == "Story 1 is muted: it is recorded, not sent. /unmute 1 ends that."
    await harness.until(lambda: shown(harness, row), lambda text: "Muted by U, " in text)
    with harness.store.begin() as tx:
        assert [(mute.key, mute.until) for mute in tx.mutes(harness.clock.now())] == [("1", None)]


async def test_a_users_newest_judgement_counts_once(harness: BotHarness) -> None:
    row = await harness.alert("Росія допомагає КНДР")
    for action, user in (("down", MEMBER), ("up", MEMBER), ("up", MEMBER), ("down", ADMIN)):
        query = harness.press(row, action, user)
        expected = "Thanks: counted as useful." if action == "up" else "Thanks: counted as not useful."
        assert await harness.popup(query) == expected
    with harness.store.begin() as tx:
        assert tx.feedback_counts(row.created_at) == {"DPRK arms": (1, 1)}
    assert not harness.api.called("editMessageText")


async def test_why_is_answered_once_in_silence_below_the_alert(harness: BotHarness) -> None:
    row = await harness.alert("Росія допомагає КНДР")
    assert await harness.popup(harness.press(row, "why", MEMBER)) == "See the answer below."
    answer = await harness.said("Why: Росія")
    assert (answer["reply_to"], answer["silent"]) == (row.message_id, True)
    assert "DPRK arms · Ukrinform: 2 of 4 terms" in answer["text"]
    assert "КНДР ← DPRK · title · acronym" in answer["text"]
    assert "ракету ← ICBM · lead · dictionary: accs sing" in answer["text"]
    assert await harness.popup(harness.press(row, "why", ADMIN)) == "It is answered below already."
    assert len(harness.api.sent(CHAT)) == 2


async def test_an_answer_can_be_closed(harness: BotHarness) -> None:
    asked = harness.api.say(CHAT, "/help", MEMBER)
    sent = await harness.said("What I can do")
    with harness.store.begin() as tx:
        (row,) = tx.deliveries()
    row = await harness.until(lambda: harness.row(row.id), lambda found: found.message_id is not None)
    assert await harness.popup(harness.press(row, "close", MEMBER)) == ""
    await harness.until(lambda: harness.api.called("deleteMessage"), bool)
    assert sent["message_id"] not in harness.api.chats.get(CHAT).messages
    assert asked in harness.api.chats.get(CHAT).messages


async def test_presses_that_are_forged_foreign_or_stale_do_nothing(harness: BotHarness) -> None:
    row = await harness.alert("Росія допомагає КНДР")
    assert row.message_id is not None
    genuine = Signer(TOKEN)
    stale = "This message is too old, or its channel is no longer configured. Nothing was done."
    forged = "This button is none of mine. Nothing was done."
    foreign = "This button belongs to another chat. Nothing was done."
    elsewhere = harness.api.chats.foreign(-100999).id
    cases = [
        (CHAT, row.message_id, "", forged),
        (CHAT, row.message_id, "mute:1:AAAAAAAAAAAAAAAAAAAA", forged),
        (CHAT, row.message_id, Signer("1:another").sign("mute", row.id), forged),
        (CHAT, row.message_id, genuine.sign("up", row.id).replace("up", "mute"), forged),
        (CHAT, row.message_id, genuine.sign("mute", 999), stale),
        (CHAT, row.message_id, genuine.sign("explode", row.id), stale),
        (CHAT, row.message_id, genuine.sign("close", row.id), stale),
        (-100999, elsewhere, genuine.sign("mute", row.id), foreign),
    ]
    for chat, message, data, popup in cases:
        assert await harness.popup(harness.api.press(chat, message, data, ADMIN)) == popup
    with harness.store.begin() as tx:
        assert tx.mutes(harness.clock.now()) == []
        assert tx.feedback_counts(row.created_at) == {}
    assert harness.row(row.id) == row


async def test_presses_while_the_bot_was_away_act_though_nobody_waits(
    api: TelegramDouble, store: Database, tmp_path: Path
) -> None:
    async with open_harness(api, store, tmp_path) as harness:
        row = await harness.alert("Росія допомагає КНДР")
    query = harness.press(row, "ack", MEMBER)
    api.queries.answer({"callback_query_id": query})  # its time is over
    harness.listen()
    harness.deliver()
    await harness.until(lambda: shown(harness, row), lambda text: "Acknowledged by U" in text)
    await harness.end()


async def test_a_press_that_breaks_is_tried_twice_and_holds_up_no_other(
    harness: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def broken(tx: Transaction, press: callbacks.ButtonPress) -> callbacks.Popup:
        tries.append(press.pressed.update_id)
        tx.put(Fact.JUDGING, "done")
        raise ZeroDivisionError

    monkeypatch.setitem(callbacks._ACTIONS, "ack", broken)
    row = await harness.alert("Росія допомагає КНДР")
    harness.press(row, "ack", MEMBER)
    assert await harness.popup(harness.press(row, "up", MEMBER)) == "Thanks: counted as useful."
    await harness.idle()
    assert len(tries) == 2
    with harness.store.begin() as tx:
        assert tx.get(Fact.JUDGING) is None


async def test_an_admin_acknowledges_what_operators_are_told(harness: BotHarness) -> None:
    notice = Alert(MessageKind.NOTICE, "Yonhap fails", lines=("the server answered 503",))
    with harness.store.begin() as tx:
        ident = tx.add_delivery(NewDelivery(f"admin:{ADMIN}", "notice:1", notice), harness.clock.now())
    assert ident is not None
    harness.wake()
    await harness.until(lambda: harness.row(ident).message_id, lambda found: found is not None)
    assert await harness.popup(harness.press(harness.row(ident), "ack", ADMIN, ADMIN)) == "Acknowledged."
    await harness.until(
        lambda: harness.api.chats.get(ADMIN).messages[harness.row(ident).message_id or 0].text,
        lambda text: text.startswith("Yonhap fails\nthe server answered 503\n\nAcknowledged by U, "),
    )


async def test_a_popup_that_fails_undoes_nothing(harness: BotHarness) -> None:
    row = await harness.alert("Росія допомагає КНДР")
    harness.api.faults = [Fault("before", "500", methods=frozenset({"answerCallbackQuery"}))]
    harness.press(row, "ack", MEMBER)
    await harness.until(lambda: shown(harness, row), lambda text: "Acknowledged" in text)


async def test_no_log_line_and_no_stored_value_has_the_token(
    harness: BotHarness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    harness.api.faults = [Fault("before", "502", methods=frozenset({"getUpdates", "answerCallbackQuery"}), times=3)]
    row = await harness.alert("Росія допомагає КНДР")
    harness.press(row, "ack", MEMBER)
    await harness.until(lambda: shown(harness, row), lambda text: "Acknowledged" in text)
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(harness.bot().api)
