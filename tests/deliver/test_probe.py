"""The look for a message whose fate is unknown: what it finds, what it leaves alone, what it puts right."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from doubles.delivery_harness import CHAT, DeliveryHarness, alert, opened, telegram
from doubles.telegram import Fault, Message, TelegramDouble
from doubles.telegram_ledger import row_of
from doubles.telegram_variants import BOT_API_VARIANTS
from sqlalchemy import text

from monitor.clock import SystemClock
from monitor.deliver.channels.telegram.notifier import TelegramNotifier
from monitor.deliver.channels.telegram.probe import ranges
from monitor.deliver.worker import DeliveryWorker
from monitor.model import Alert, Channel, Delivery, Lane, MessageKind, NewDelivery, Receipt, State
from monitor.store import Transaction, open_store

pytestmark = pytest.mark.network
LONG_AGO = datetime.now(UTC) - timedelta(hours=2)


@pytest.fixture
async def pair(api: TelegramDouble) -> AsyncIterator[DeliveryHarness]:
    """A group and two private chats."""
    channels = {
        "desk": Channel("desk", "telegram", {"chat": CHAT}),
        "me": Channel("me", "telegram", {"chat": 42}),
        "you": Channel("you", "telegram", {"chat": 43}),
    }
    async with opened(channels, {"telegram": telegram(api)}) as made:
        yield made


async def test_other_peoples_messages_stand_between(harness: DeliveryHarness, api: TelegramDouble) -> None:
    await harness.until(await harness.add("Before"), "sent")
    for _ in range(20):
        api.chats.foreign(CHAT)
    api.faults.append(Fault("after", "drop", times=1))
    row = await harness.until(await harness.add("One"), "sent")
    assert row.message_id == 22
    assert len(api.sent()) == 2


async def test_four_ids_that_are_not_there_are_enough_in_a_group(harness: DeliveryHarness, api: TelegramDouble) -> None:
    await harness.until(await harness.add("Before"), "sent")
    api.faults.append(Fault("before", "drop", times=1))
    await harness.until(await harness.add("One"), "sent")
    assert [call["message_id"] for call in api.called("editMessageReplyMarkup")] == ["2", "3", "4", "5"]


async def test_private_chats_share_their_numbering(pair: DeliveryHarness, api: TelegramDouble) -> None:
    await pair.until(await pair.add("Before", channel="you"), "sent")
    fillers = [await pair.add(f"Filler {number}", channel="me") for number in range(30)]
    await pair.until(fillers[-1], "sent")
    api.faults.append(Fault("after", "drop", times=1))
    row = await pair.until(await pair.add("One", channel="you"), "sent")
    assert row.message_id == 32
    assert len(api.sent(43)) == 2
    assert len(api.called("editMessageReplyMarkup")) == 1


@pytest.mark.parametrize("accepted", [True, False])
async def test_the_first_message_of_a_chat_is_found_too(accepted: bool) -> None:
    async with TelegramDouble(first_id=5000, faults=[Fault("after" if accepted else "before", times=1)]) as api:
        channels = {"desk": Channel("desk", "telegram", {"chat": CHAT})}
        async with opened(channels, {"telegram": telegram(api)}) as harness:
            await harness.until(await harness.add("One"), "sent")
        shown = [message.text for message in api.chats.get(CHAT).messages.values()]
    assert len(shown) == 1  # the marker was deleted
    assert "One" in shown[0]
    (marker,) = [line for line in api.sent() if "Looking" in line["text"]]
    assert marker["silent"] is True


async def test_a_marker_goes_even_where_its_deletion_has_no_answer() -> None:
    faults = [Fault("before", times=1), Fault("before", times=2, methods=frozenset({"deleteMessage"}))]
    async with TelegramDouble(first_id=5000, faults=faults) as api:
        async with opened(
            {"desk": Channel("desk", "telegram", {"chat": CHAT})}, {"telegram": telegram(api)}
        ) as harness:
            await harness.until(await harness.add("One"), "sent")
        shown = [message.text for message in api.chats.get(CHAT).messages.values()]
    assert ["One" in text for text in shown] == [True]


async def test_a_late_acceptance_within_the_quiet_time_makes_no_double(
    harness: DeliveryHarness, api: TelegramDouble
) -> None:
    await harness.until(await harness.add("Before"), "sent")
    api.faults.append(Fault("late", times=1, seconds=0.03))
    await harness.until(await harness.add("One"), "sent")
    assert len(api.sent()) == 2


async def test_a_lost_edit_is_repeated(harness: DeliveryHarness, api: TelegramDouble) -> None:
    ident = await harness.add("One")
    await harness.until(ident, "sent")
    for when in ("before", "after"):
        api.faults.append(Fault(when, times=1))
        revision = (await harness.row(ident)).revision + 1
        await harness.amend(ident, alert(f"One, {when}"))
        await harness.until(ident, "sent", revision=revision)
    assert len(api.sent()) == 1
    assert api.called("editMessageReplyMarkup") == []
    (message,) = api.chats.get(CHAT).messages.values()
    assert "One, after" in message.text


async def test_a_row_that_grew_while_its_fate_was_unknown_is_found_as_it_was(
    harness: DeliveryHarness, api: TelegramDouble
) -> None:
    await harness.until(await harness.add("Before"), "sent")
    api.faults.append(Fault("after", "hang", times=1, seconds=0.1))
    ident = await harness.add("One")
    await harness.until(ident, "sending")
    await harness.amend(ident, alert("One and more", url="https://news.example/another"))
    row = await harness.until(ident, "sent", revision=2)
    assert len(api.sent()) == 2
    assert "One and more" in api.chats.get(CHAT).messages[row.message_id or 0].text


async def test_a_repaired_message_without_buttons_is_found_by_its_words(
    harness: DeliveryHarness, api: TelegramDouble
) -> None:
    await harness.until(await harness.add("Before"), "sent")
    chat = api.chats.get(CHAT)
    ident = await harness.add("One", due_at=datetime.now(UTC) + timedelta(hours=1))
    await harness.store.run(lambda tx: tx.mark_ready(ident, datetime.now(UTC), "refused", repair=True))
    other = Message(api.chats.next_id(chat), CHAT, text="an answer to a command, without buttons")
    chat.messages[other.id] = other
    api.faults.append(Fault("after", times=1))
    harness.delivery_worker.wake()
    row = await harness.until(ident, "sent")
    assert (row.message_id, row.repaired) == (3, True)
    assert [message.markup for message in chat.messages.values()][1:] == [None, None]


async def test_another_message_that_is_hit_gets_its_buttons_back(
    harness: DeliveryHarness, api: TelegramDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Operators are told first: a process that is killed before the buttons are back hits the message again."""
    told: list[bool] = []
    send = TelegramNotifier.send

    async def watched(self: TelegramNotifier, channel: Channel, row: Delivery, *rest: Any) -> Receipt:
        if row.alert.headline == "Second" and row.message_id is not None:
            told.append(any("buttons were restored" in line for line in harness.told))
        return await send(self, channel, row, *rest)

    monkeypatch.setattr(TelegramNotifier, "send", watched)
    first = await harness.until(await harness.add("Before"), "sent")
    second = await harness.until(await harness.add("Second"), "sent")
    # The row's claim knew the first message alone, as after a crash between the second's acceptance and its record.
    ident = await harness.add("One", due_at=datetime.now(UTC) + timedelta(hours=1))
    unknown = await _claimed_after(harness, ident, first.message_id or 0)
    harness.delivery_worker.wake()
    await harness.until(ident, "sent")
    assert unknown.state is State.UNKNOWN
    await harness.until_told("buttons were restored")
    assert (told, harness.operators.woken) == ([True], 1)
    markup = api.chats.get(CHAT).messages[second.message_id or 0].markup
    assert row_of(markup) == second.id
    assert len(api.sent()) == 3


async def test_a_command_answer_that_is_hit_loses_the_buttons_again(
    harness: DeliveryHarness, api: TelegramDouble
) -> None:
    await harness.until(await harness.add("Before"), "sent")
    chat = api.chats.get(CHAT)
    answer = Message(api.chats.next_id(chat), CHAT, text="12 sources, all well")
    chat.messages[answer.id] = answer
    api.faults.append(Fault("after", times=1))
    row = await harness.until(await harness.add("One"), "sent")
    assert row.message_id == 3
    assert answer.markup is None
    await harness.until_told("was mistaken")


async def test_a_look_whose_answer_was_lost_does_not_take_another_message_for_ours(
    harness: DeliveryHarness, api: TelegramDouble
) -> None:
    await harness.until(await harness.add("Before"), "sent")
    chat = api.chats.get(CHAT)
    answer = Message(api.chats.next_id(chat), CHAT, text="12 sources, all well")
    chat.messages[answer.id] = answer
    # The alert never arrives, and the look at the answer is accepted without a word.
    api.faults += [
        Fault("before", times=1, methods=frozenset({"sendMessage"})),
        Fault("after", times=1, methods=frozenset({"editMessageReplyMarkup"})),
    ]
    row = await harness.until(await harness.add("One"), "sent")
    assert row.message_id == 3
    assert answer.markup is None
    assert ["One" in line["text"] for line in api.sent()] == [False, True]


async def test_a_restart_looks_before_it_sends(api: TelegramDouble) -> None:
    channels = {"desk": Channel("desk", "telegram", {"chat": CHAT})}
    async with opened(channels, {"telegram": telegram(api)}) as harness:
        await harness.until(await harness.add("Before"), "sent")
        await harness.end()
        ident = await harness.add("One")
        claimed = await harness.store.run(lambda tx: tx.claim_delivery(["desk"], f"telegram:{CHAT}", datetime.now(UTC)))
        assert claimed is not None
        notifier = telegram(api)
        await notifier.send(channels["desk"], claimed, await harness.lane(), None)  # and then the process died
        harness.stop.clear()
        await harness.delivery_worker.reconfigure(channels, {"telegram": notifier})
        harness.start()
        row = await harness.until(ident, "sent")
    assert row.message_id == 2
    assert len(api.sent()) == 2


async def test_after_a_long_stop_the_quiet_time_is_over(api: TelegramDouble) -> None:
    channels = {"desk": Channel("desk", "telegram", {"chat": CHAT})}
    store = open_store("sqlite://")
    with store.begin() as tx:
        tx.add_delivery(NewDelivery("desk", "One", alert("One")), LONG_AGO)
        claimed = tx.claim_delivery(["desk"], f"telegram:{CHAT}", LONG_AGO)
    assert claimed is not None
    delivery_worker = DeliveryWorker(store, {"telegram": telegram(api)}, channels, SystemClock(), quiet_time=3600.0)
    stop = asyncio.Event()
    running = asyncio.create_task(delivery_worker.run(stop))
    while len(api.sent()) < 2:  # noqa: ASYNC110 — the double rings no bell; the marker, then the alert
        await asyncio.sleep(0.005)
    stop.set()
    await running
    store.close()


async def test_the_look_stops_where_the_chat_refuses_and_goes_on_later(
    harness: DeliveryHarness, api: TelegramDouble
) -> None:
    await harness.until(await harness.add("Before"), "sent")
    api.faults.append(Fault("after", times=1))
    chat = api.chats.get(CHAT)
    ident = await harness.add("One")
    await harness.until(ident, "unknown")
    chat.state = "kicked"
    await harness.until_told("refuses messages")
    assert (await harness.row(ident)).state == "unknown"
    chat.state = "open"
    channel = Channel("desk", "telegram", {"chat": CHAT})
    await harness.delivery_worker.reconfigure({"desk": channel}, {"telegram": telegram(api)})
    assert (await harness.until(ident, "sent")).message_id == 2


async def test_a_token_that_is_refused_while_looking_stops_delivery_until_the_message_is_found(
    harness: DeliveryHarness, api: TelegramDouble
) -> None:
    await harness.until(await harness.add("Before"), "sent")
    api.faults.append(Fault("after", times=1))
    ident = await harness.add("One")
    await harness.until(ident, "unknown")
    token, api.token = api.token, "123456:AAanewOneAnewOneAnewOneAnewOneAnewOne"
    await harness.until_told("telegram: delivery has stopped")
    api.token = token
    await harness.delivery_worker.reconfigure(
        {"desk": Channel("desk", "telegram", {"chat": CHAT})}, {"telegram": telegram(api)}
    )
    assert (await harness.until(ident, "sent")).message_id == 2
    await harness.until_told("telegram: delivery goes on")


async def test_a_first_message_is_looked_for_in_its_own_chats_numbers_too() -> None:
    async with TelegramDouble(variant="terse") as api:
        channels = {"me": Channel("me", "telegram", {"chat": 42}), "you": Channel("you", "telegram", {"chat": 43})}
        async with opened(channels, {"telegram": telegram(api)}) as harness:
            for number in range(30):
                last = await harness.add(f"No. {number}", channel="me")
            await harness.until(last, "sent")
            api.faults.append(Fault("after", times=1))
            row = await harness.until(await harness.add("One", channel="you"), "sent")
        assert row.message_id == 1
        assert ["One" in message.text for message in api.chats.get(43).messages.values()] == [True]


async def test_a_first_message_is_found_behind_what_others_wrote_since(api: TelegramDouble) -> None:
    channels = {"me": Channel("me", "telegram", {"chat": 42})}
    async with opened(channels, {"telegram": telegram(api)}, quiet_time=3600.0) as harness:
        api.faults.append(Fault("after", times=1))
        ident = await harness.add("One", channel="me")
        await harness.until(ident, "unknown")
        for _ in range(40):
            api.chats.foreign(99)  # private chats share their numbers
        await harness.end()
        again = DeliveryHarness(harness.store, channels, {"telegram": telegram(api)})
        again.start()
        row = await again.until(ident, "sent")
        await again.end()
    assert row.message_id == 1
    assert [message.text for message in api.chats.get(42).messages.values() if "Looking" in message.text] == []


async def test_hidden_messages_of_others_count_by_the_gaps_that_they_left(api: TelegramDouble) -> None:
    api.methods.variant = BOT_API_VARIANTS["terse"]  # where others' messages look like none at all
    channels = {"desk": Channel("desk", "telegram", {"chat": CHAT})}
    async with opened(channels, {"telegram": telegram(api)}) as harness:
        for number in range(3):
            await harness.until(await harness.add(f"No. {number}"), "sent")
            for _ in range(7):
                api.chats.foreign(CHAT)
        api.faults.append(Fault("after", times=1))
        row = await harness.until(await harness.add("One"), "sent")
    assert (row.message_id, len(api.sent())) == (25, 4)


async def test_an_edited_keyboard_that_is_answered_without_the_message(api: TelegramDouble) -> None:
    api.methods.variant = BOT_API_VARIANTS["mute"]
    channels = {"desk": Channel("desk", "telegram", {"chat": CHAT})}
    async with opened(channels, {"telegram": telegram(api)}) as harness:
        await harness.until(await harness.add("Before"), "sent")
        answer = Message(api.chats.next_id(api.chats.get(CHAT)), CHAT, text="12 sources, all well")
        api.chats.get(CHAT).messages[answer.id] = answer
        api.faults.append(Fault("after", times=1))
        assert (await harness.until(await harness.add("One"), "sent")).message_id == 3
    assert answer.markup is None
    assert len(api.sent()) == 2


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_look_survives_limits_and_lost_answers(
    harness: DeliveryHarness, api: TelegramDouble, when: str
) -> None:
    await harness.until(await harness.add("Before"), "sent")
    for _ in range(3):
        api.chats.foreign(CHAT)
    looks = frozenset({"editMessageReplyMarkup"})
    api.faults += [
        Fault(when, times=1, methods=frozenset({"sendMessage"})),
        Fault("before", "429", times=1, methods=looks),
        Fault(when, "502", times=7, methods=looks, skip=1),
        Fault("after", "garbage", times=2, methods=looks, skip=2),
    ]
    await harness.until(await harness.add("One"), "sent")
    assert len(api.sent()) == 2


def test_where_a_message_is_looked_for() -> None:
    now = datetime.now(UTC)
    row = Delivery(7, "desk", "d", alert(), State.UNKNOWN, None, None, 1, 0, 1, now, now, last_known_id=10)
    lane = Lane("telegram:1")

    def found(row: Delivery, lane: Lane, *, shared: bool) -> list[tuple[list[int], int]]:
        return [(ids[:3], misses) for ids, misses in ranges(row, lane, shared=shared)]

    assert found(row, lane, shared=False) == [([11, 12, 13], 4)]
    assert found(row, replace(lane, step=5), shared=False) == [([11, 12, 13], 10)]
    assert found(row, replace(lane, step=500), shared=False) == [([11, 12, 13], 24)]
    assert found(row, replace(lane, last_message_id=40), shared=False) == [([11, 12, 13], 4), ([41, 42, 43], 4)]
    assert found(row, replace(lane, last_message_id=9), shared=False) == [([11, 12, 13], 4)]
    assert found(row, lane, shared=True) == [([11, 12, 13], 24)]
    busy = replace(lane, last_message_id=40, taken=frozenset({39, 40, 41, 43}))
    assert found(row, busy, shared=True) == [([42, 44, 45], 24), ([41, 43], 4), ([11, 12, 13], 4)]
    alone = replace(lane, last_message_id=10)
    assert found(row, alone, shared=True) == [([11, 12, 13], 24), ([], 4)]
    first = replace(row, last_known_id=None)
    assert found(first, alone, shared=True) == [([11, 12, 13], 24), ([], 4)]
    assert found(first, alone, shared=False) == []


def test_every_kind_of_message_has_a_button_to_be_found_by(api_token: str) -> None:
    notifier = TelegramNotifier(api_token)
    now = datetime.now(UTC)
    for kind in MessageKind:
        row = Delivery(7, "desk", "d", Alert(kind, "x"), State.UNKNOWN, None, None, 1, 0, 1, now, now)
        keyboard = notifier.keyboard(row)
        assert keyboard is not None
        assert row_of(keyboard.to_dict()) == 7
        assert keyboard.to_json() == (notifier.keyboard(row) or keyboard).to_json()


async def _claimed_after(harness: DeliveryHarness, ident: int, last_known: int) -> Delivery:
    """Make a row UNKNOWN that was claimed when `last_known` was the newest id.

    All in one transaction: between two, the running delivery worker would claim the row, or look for it, itself.
    """

    def make(tx: Transaction) -> Delivery:
        tx.mark_ready(ident, datetime.now(UTC), None)
        claimed = tx.claim_delivery(["desk"], f"telegram:{CHAT}", datetime.now(UTC))
        assert claimed is not None
        assert claimed.id == ident
        tx.mark_unknown(ident, "no answer")
        change = text("UPDATE outbox SET last_known_id = :known WHERE id = :id")
        tx.connection.execute(change, {"known": last_known, "id": ident})
        return replace(claimed, state=State.UNKNOWN, last_known_id=last_known)

    return await harness.store.run(make)
