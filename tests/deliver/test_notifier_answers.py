"""Every row of the answer table, against the double: what the outbox does, and what arrives in the end."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from doubles.clock import FixedClock
from doubles.delivery_harness import CHAT, DeliveryHarness, alert, answer_once, opened, telegram
from doubles.patience import HANG
from doubles.telegram import TOKEN, Fault, TelegramDouble

from monitor.deliver.channels.telegram.notifier import TelegramNotifier
from monitor.deliver.rate_limits import UNLIMITED
from monitor.errors import DeliveryError, Remedy
from monitor.model import Alert, Channel, FollowedStory, MessageKind, NewDelivery
from monitor.store import open_store

pytestmark = pytest.mark.network
LANE = f"telegram:{CHAT}"


async def test_a_message_is_sent_with_its_buttons_and_its_preview(
    harness: DeliveryHarness, api: TelegramDouble
) -> None:
    ident = await harness.add("One")
    row = await harness.until(ident, "sent")
    (sent,) = api.sent(CHAT)
    assert sent["message_id"] == row.message_id == (await harness.lane()).last_message_id
    assert "<b>One</b>" in sent["source"]
    assert sent["preview"] == {"url": "https://news.example/1", "prefer_small_media": True}
    assert [button["text"] for button in sent["markup"]["inline_keyboard"][0]] == ["Open", "Mute story", "👍", "👎"]


async def test_429_pauses_the_lane_and_the_row_goes_later(harness: DeliveryHarness, api: TelegramDouble) -> None:
    api.faults.append(Fault("before", "429", times=1))
    ident = await harness.add("One")
    await harness.until(ident, "sent")
    assert len(api.sent()) == 1
    assert (await harness.lane()).paused_until is not None


async def test_an_edit_that_changes_nothing_is_a_success(harness: DeliveryHarness, api: TelegramDouble) -> None:
    ident = await harness.add("One")
    await harness.until(ident, "sent")
    await harness.amend(ident, alert("One"))
    await harness.until(ident, "sent", revision=2)
    assert [line["do"] for line in api.ledger.lines] == ["send"]


async def test_a_message_that_is_gone_is_tried_for_as_long_as_its_channel_says(api: TelegramDouble) -> None:
    channel = Channel("desk", "telegram", {"chat": CHAT}, expire=3600.0)
    async with opened({"desk": channel}, {"telegram": telegram(api)}) as harness:
        ident = await harness.add("One")
        first = await harness.until(ident, "sent")
        del api.chats.get(CHAT).messages[first.message_id or 0]
        await harness.amend(ident, alert("One and more"))
        row = await harness.until(ident, "sent", revision=2)
        assert row.expires_at is not None
        assert abs(row.expires_at - harness.clock.now() - timedelta(hours=1)) < timedelta(minutes=5)


async def test_a_message_that_is_not_the_bots_is_sent_anew(harness: DeliveryHarness, api: TelegramDouble) -> None:
    ident = await harness.add("One")
    first = await harness.until(ident, "sent")
    api.chats.get(CHAT).messages[first.message_id or 0].mine = False
    await harness.amend(ident, alert("One and more"))
    assert (await harness.until(ident, "sent", revision=2)).message_id != first.message_id


async def test_an_answer_to_a_message_that_is_gone_goes_without(harness: DeliveryHarness, api: TelegramDouble) -> None:
    answer_once(api, 400, b'{"ok":false,"error_code":400,"description":"Bad Request: message to be replied not found"}')
    api.faults[0].skip = 1
    first = await harness.add("One")
    row = await harness.until(await harness.add("Two", reply_to=first), "sent")
    assert (row.attempts, row.repaired) == (0, False)
    assert [line["reply_to"] for line in api.sent()] == [None, None]


async def test_a_kept_connection_that_was_closed_is_no_unknown_fate(
    harness: DeliveryHarness, api: TelegramDouble
) -> None:
    api.listener.cut = True
    idents = [await harness.add(f"No. {number}") for number in range(20)]
    await harness.until(idents[-1], "sent")
    assert len(api.sent()) == 20
    assert len(api.calls) == 20


async def test_a_pause_of_hours_makes_no_call_and_ends_by_itself(api: TelegramDouble) -> None:
    body = b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7200","parameters":{"retry_after":7200}}'
    answer_once(api, 429, body)
    clock = FixedClock()
    channels = {"desk": Channel("desk", "telegram", {"chat": CHAT}), "me": Channel("me", "telegram", {"chat": 42})}
    async with opened(channels, {"telegram": telegram(api)}, clock=clock) as harness:
        ident = await harness.add("One")
        await _tried(harness, ident)
        assert (await harness.lane()).paused_until == clock.now() + timedelta(hours=2)
        clock.pass_(7100)
        harness.delivery_worker.wake()
        await harness.until(await harness.add("Two", channel="me"), "sent")
        assert len(api.called("sendMessage")) == 2
        clock.pass_(101)
        harness.delivery_worker.wake()
        await harness.until(ident, "sent")
    assert len(api.sent()) == 2


async def test_storms_end_and_lose_nothing(harness: DeliveryHarness, api: TelegramDouble) -> None:
    await harness.until(await harness.add("Before"), "sent")
    for kind in ("502", "500", "503", "garbage"):
        api.faults.append(Fault("before", kind, times=5))
    idents = [await harness.add(f"No. {number}.") for number in range(5)]
    await harness.until(idents[-1], "sent")
    assert [f"No. {number}." in line["text"] for number, line in enumerate(api.sent()[1:])] == [True] * 5
    assert all(fault.struck == 5 for fault in api.faults)


async def test_a_token_that_is_revoked_stops_delivery_until_a_restart_with_a_new_one(tmp_path: Path) -> None:
    url, channels = f"sqlite:///{tmp_path}/monitor.db", {"desk": Channel("desk", "telegram", {"chat": CHAT})}
    async with TelegramDouble() as api:
        store = open_store(url)
        harness = DeliveryHarness(store, channels, {"telegram": telegram(api)})
        harness.start()
        await harness.until(await harness.add("One"), "sent")
        api.token = "123456:AAanewOneAnewOneAnewOneAnewOneAnewOne"
        two = await harness.add("Two")
        await harness.until_told("delivery has stopped")
        three = await harness.add("Three")
        assert (await harness.row(three)).state == (await harness.row(two)).state == "ready"
        await harness.end()
        again = DeliveryHarness(store, channels, {"telegram": telegram(api, token=api.token)})
        again.start()
        await again.until(three, "sent")
        await again.until_told("telegram: delivery goes on")
        await again.end()
        store.close()
        assert ["One" in line["text"] for line in api.sent()] == [True, False, False]
        assert len(api.sent()) == 3


async def test_a_closed_topic_is_tried_again_after_a_day(api: TelegramDouble) -> None:
    clock = FixedClock()
    channels = {"desk": Channel("desk", "telegram", {"chat": CHAT, "topic": 17})}
    api.chats.get(CHAT).closed_topics = {17}
    async with opened(channels, {"telegram": telegram(api)}, clock=clock) as harness:
        await harness.until(await harness.add("One"), "sent")
        api.chats.get(CHAT).closed_topics = set()
        await harness.until(await harness.add("Two"), "sent")
        clock.pass_(86_401)
        await harness.until(await harness.add("Three"), "sent")
    assert [line["thread"] for line in api.sent()] == [None, None, 17]


async def test_a_closed_topic_is_tried_again_at_a_reload(api: TelegramDouble) -> None:
    channels = {"desk": Channel("desk", "telegram", {"chat": CHAT, "topic": 17})}
    api.chats.get(CHAT).closed_topics = {17}
    async with opened(channels, {"telegram": telegram(api)}) as harness:
        await harness.until(await harness.add("One"), "sent")
        await harness.until_told("desk: its topic takes no messages")
        await harness.delivery_worker.reconfigure(channels, {"telegram": telegram(api)})
        await harness.until(await harness.add("Two"), "sent")
        assert not any("again" in line for line in harness.told)
        api.chats.get(CHAT).closed_topics = set()
        await harness.delivery_worker.reconfigure(channels, {"telegram": telegram(api)})
        await harness.until(await harness.add("Three"), "sent")
        await harness.until_told("desk: the topic takes messages again")
    assert [line["thread"] for line in api.sent()] == [None, None, 17]


async def test_a_chat_that_refuses_is_tried_again_after_a_day(api: TelegramDouble) -> None:
    clock = FixedClock()
    channels = {"desk": Channel("desk", "telegram", {"chat": CHAT})}
    api.chats.get(CHAT).state = "blocked"
    async with opened(channels, {"telegram": telegram(api)}, clock=clock) as harness:
        ident = await harness.add("One")
        await harness.until(ident, "suspended")
        clock.pass_(86_399)
        harness.delivery_worker.wake()
        api.chats.get(CHAT).state = "open"
        clock.pass_(2)
        harness.delivery_worker.wake()
        await harness.until(ident, "sent")
    assert len(api.called("sendMessage")) == 2


async def test_an_edit_reaches_the_message(harness: DeliveryHarness, api: TelegramDouble) -> None:
    ident = await harness.add("One")
    await harness.until(ident, "sent")
    await harness.amend(ident, alert("One and more"))
    row = await harness.until(ident, "sent", revision=2)
    assert api.chats.get(CHAT).messages[row.message_id or 0].text.count("One and more") == 1
    assert len(api.sent()) == 1


@pytest.mark.parametrize("days", [0, 9])
async def test_a_message_that_is_gone_is_sent_anew_and_rings_as_little_as_the_edit(
    api: TelegramDouble, days: int
) -> None:
    clock = FixedClock()
    channels = {"desk": Channel("desk", "telegram", {"chat": CHAT})}
    async with opened(channels, {"telegram": telegram(api)}, clock=clock) as harness:
        ident = await harness.add("One")
        first = await harness.until(ident, "sent")
        del api.chats.get(CHAT).messages[first.message_id or 0]
        clock.pass_(days * 86_400)  # longer than a row is tried that nobody has received
        await harness.amend(ident, alert("One and more"))
        row = await harness.until(ident, "sent", revision=2)
        assert row.message_id != first.message_id
        await harness.until(await harness.add("Two"), "sent")
        messages = api.chats.get(CHAT).messages
    assert len(api.sent()) == 3
    assert [each.silent for each in messages.values()] == [True, False]


@pytest.mark.parametrize("how", ["closed", "missing"])
async def test_a_topic_that_takes_nothing_is_left_out(api: TelegramDouble, how: str) -> None:
    chat = api.chats.get(CHAT)
    chat.closed_topics, chat.topics = ({17}, {17, 18}) if how == "closed" else (set(), {18})
    channels = {
        "desk": Channel("desk", "telegram", {"chat": CHAT, "topic": 17}),
        "other": Channel("other", "telegram", {"chat": CHAT, "topic": 18}),
    }
    async with opened(channels, {"telegram": telegram(api)}) as harness:
        one, two = await harness.add("One"), await harness.add("Two")
        three = await harness.add("Three", channel="other")
        for ident in (one, two, three):
            await harness.until(ident, "sent")
        await harness.until_told("desk: its topic takes no messages")
    assert [line["thread"] for line in api.sent()] == [None, None, 18]
    assert len(api.called("sendMessage")) == 4  # the closed topic was asked once


async def test_a_migrated_chat_is_followed_and_old_messages_are_not_touched(api: TelegramDouble) -> None:
    channels = {"desk": Channel("desk", "telegram", {"chat": -55})}
    async with opened(channels, {"telegram": telegram(api)}) as harness:
        first = await harness.add("One")
        await harness.until(first, "sent")
        api.chats.get(-55).migrated_to = -100777
        second = await harness.add("Two")
        await harness.until(second, "sent")
        assert (await harness.lane("telegram:-55")).chat == -100777
        # The old id happens to be that of another message in the new chat: it must not be edited.
        assert (await harness.row(first)).message_id == (await harness.row(second)).message_id == 1
        await harness.amend(first, alert("One and more"))
        await harness.until(first, "sent", revision=2)
        await harness.until_told("-100777")
    texts = [message.text for message in api.chats.get(-100777).messages.values()]
    assert ["Two" in text for text in texts] == [True, False]
    assert "One and more" in texts[1]


@pytest.mark.parametrize("state", ["blocked", "kicked", "deactivated", "unknown", "read-only"])
async def test_a_chat_that_refuses_keeps_its_rows(harness: DeliveryHarness, api: TelegramDouble, state: str) -> None:
    api.chats.get(CHAT).state = state
    one = await harness.add("One")
    await harness.until(one, "suspended")
    two = await harness.add("Two")
    assert (await harness.row(two)).state == "suspended"
    await harness.until_told("the chat refuses messages")
    api.chats.get(CHAT).state = "open"
    channel = Channel("desk", "telegram", {"chat": CHAT})
    await harness.delivery_worker.reconfigure({"desk": channel}, {"telegram": telegram(api)})
    await harness.until(one, "sent")
    await harness.until(two, "sent")
    await harness.until_told("takes messages again")
    assert [("One" in line["text"], "Two" in line["text"]) for line in api.sent()] == [(True, False), (False, True)]


@pytest.mark.parametrize("token", ["123456:AAanotherAnotherAnotherAnotherAnoth", "nonsense/../x"])
async def test_a_refused_token_stops_delivery_and_loses_nothing(api: TelegramDouble, token: str) -> None:
    channels = {"desk": Channel("desk", "telegram", {"chat": CHAT})}
    async with opened(channels, {"telegram": telegram(api, token=token)}) as harness:
        ident = await harness.add("One")
        line = await harness.until_told("delivery has stopped")
        assert token not in line
        assert (await harness.row(ident)).state == "ready"
        await harness.delivery_worker.reconfigure(channels, {"telegram": telegram(api)})
        await harness.until(ident, "sent")
        await harness.until_told("telegram: delivery goes on")


async def test_no_connection_means_not_sent(api: TelegramDouble) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nowhere = TelegramNotifier(TOKEN, api=f"http://127.0.0.1:{taken.getsockname()[1]}", limits=UNLIMITED)
        channels = {"desk": Channel("desk", "telegram", {"chat": CHAT})}
        async with opened(channels, {"telegram": nowhere}) as harness:
            ident = await harness.add("One")

            await asyncio.wait_for(_tried(harness, ident), HANG)
            row = await harness.row(ident)
            assert row.state in {"ready", "sending"}
            assert row.error is not None
            assert row.error.startswith("not sent")
            await harness.delivery_worker.reconfigure(channels, {"telegram": telegram(api)})
            await harness.until(ident, "sent")
    assert len(api.called("editMessageReplyMarkup")) == 0


UNCLEAR = ["drop", "500", "502", "503", "403html", "garbage", "list", "empty", "cut"]


@pytest.mark.parametrize("kind", UNCLEAR)
async def test_an_accepted_message_whose_answer_is_lost_is_found(
    harness: DeliveryHarness, api: TelegramDouble, kind: str
) -> None:
    await harness.until(await harness.add("Before"), "sent")
    api.faults.append(Fault("after", kind, times=1))
    one, two = await harness.add("One"), await harness.add("Two")
    row = await harness.until(one, "sent")
    await harness.until(two, "sent")
    assert [line["message_id"] for line in api.sent()] == [1, 2, 3]
    assert row.message_id == 2
    assert [line["do"] for line in api.ledger.lines] == ["send"] * 3


@pytest.mark.parametrize("kind", UNCLEAR)
async def test_a_message_that_was_not_accepted_is_sent_again(
    harness: DeliveryHarness, api: TelegramDouble, kind: str
) -> None:
    await harness.until(await harness.add("Before"), "sent")
    api.faults.append(Fault("before", kind, times=1))
    one, two = await harness.add("One"), await harness.add("Two")
    await harness.until(one, "sent")
    await harness.until(two, "sent")
    assert ["One" in line["text"] for line in api.sent()] == [False, True, False]


async def test_a_slow_answer_is_not_a_refusal(api: TelegramDouble) -> None:
    channels = {"desk": Channel("desk", "telegram", {"chat": CHAT})}
    async with opened(channels, {"telegram": telegram(api, read_timeout=0.2)}) as harness:
        await harness.until(await harness.add("Before"), "sent")
        api.faults.append(Fault("after", "hang", times=1, seconds=0.5))
        await harness.until(await harness.add("One"), "sent")
    assert len(api.sent()) == 2


async def test_a_look_at_a_channel_sends_nothing(api: TelegramDouble) -> None:
    channel = Channel("desk", "telegram", {"chat": CHAT})
    notifier = telegram(api)
    assert await notifier.check(channel) == "@double_bot in supergroup Desk"
    api.chats.get(CHAT).state = "kicked"
    with pytest.raises(DeliveryError) as refused:
        await notifier.check(channel)
    assert refused.value.remedy is Remedy.SUSPEND
    await notifier.close()
    wrong = telegram(api, token="123456:AAanotherAnotherAnotherAnotherAnoth")
    with pytest.raises(DeliveryError) as refused:
        await wrong.check(channel)
    assert refused.value.remedy is Remedy.STOP
    assert "AAanother" not in str(refused.value)
    await wrong.close()
    assert api.sent() == []


async def test_no_answer_or_log_shows_the_token(
    harness: DeliveryHarness, api: TelegramDouble, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    api.faults.append(Fault("before", "garbage", times=1))
    ident = await harness.add("One")
    await harness.until(ident, "sent")
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(telegram(api)) + repr(harness.told)


async def _tried(harness: DeliveryHarness, ident: int) -> None:
    while (await harness.row(ident)).error is None:  # noqa: ASYNC110 — the database rings no bell
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("first", ["desk", "all"])
async def test_a_closed_topics_chat_gets_an_alert_once(api: TelegramDouble, first: str) -> None:
    """Where the chat itself is a channel of the same watchlist; what only the topic gets goes to the chat."""
    api.chats.get(CHAT).closed_topics = {17}
    channels = {
        "desk": Channel("desk", "telegram", {"chat": CHAT, "topic": 17}),
        "all": Channel("all", "telegram", {"chat": CHAT}),
    }
    second = "all" if first == "desk" else "desk"
    async with opened(channels, {"telegram": telegram(api)}) as harness:
        with harness.store.begin() as tx:
            story = tx.create_story(harness.clock.now())
        one = await harness.add("one", channel=first, story_id=story, alert=alert("Rockets", watchlist="Arms"))
        two = await harness.add("two", channel=second, story_id=story, alert=alert("Rockets", watchlist="Arms"))
        own = await harness.add("own", channel="desk", story_id=story, alert=alert("Aid", watchlist="Aid"))
        for ident in (one, two, own):
            await harness.until(ident, "sent")
        rows = {row.channel: row for row in [await harness.row(one), await harness.row(two)]}
        assert rows["desk"].in_digest == rows["all"].id
        note = await harness.add("note", channel="desk")
        await harness.until(note, "sent")
    assert [line["text"].split("\n")[1] for line in api.sent()] == ["Rockets", "Aid", "note"]


def duty_beside_desk(api: TelegramDouble) -> dict[str, Channel]:
    """Return a channel whose topic is closed, and another one of the same chat."""
    api.chats.get(CHAT).closed_topics = {17}
    return {
        "duty": Channel("duty", "telegram", {"chat": CHAT, "topic": 17}),
        "desk": Channel("desk", "telegram", {"chat": CHAT}),
    }


@pytest.mark.parametrize("what", ["digest", "alerts", "another's", "burst", "notice"])
async def test_a_closed_topics_digest_is_sent_once_where_the_chat_is_told_all_of_it(
    api: TelegramDouble, what: str
) -> None:
    """By its own digest, or by the alerts themselves; a digest that holds more than that is sent."""
    channels = duty_beside_desk(api)
    async with opened(channels, {"telegram": telegram(api)}) as harness:
        await harness.until(await harness.add("before", channel="duty"), "sent")  # the topic is known to be closed
        now = harness.clock.now()

        def gather(channel: str, *stories: int | None, name: str = "digest") -> int:
            alerts = [alert(f"Story {story}", watchlist="Arms") for story in stories]
            held = now + timedelta(hours=1)
            news = [
                NewDelivery(channel, f"{channel}:{story}", shown, story_id=story, held_until=held)
                for story, shown in zip(stories, alerts, strict=True)
            ]
            members = [tx.add_delivery(new, now) for new in news]
            digest = Alert(MessageKind.DIGEST, f"{channel}: {len(news)} alerts", items=tuple(alerts))
            ident = tx.add_digest(NewDelivery(channel, f"{name}:{channel}", digest), [m for m in members if m], now)
            assert ident is not None
            return ident

        with harness.store.begin() as tx:
            stories = [tx.create_story(now) for _ in range(3)]
            if what == "alerts":
                other = [
                    tx.add_delivery(
                        NewDelivery("desk", f"a{n}", alert(f"Story {n}", watchlist="Arms"), story_id=n), now
                    )
                    for n in stories[:2]
                ]
            else:
                other = [gather("desk", *stories[:2])]
            own = gather(
                "duty",
                *stories[: 3 if what == "another's" else 2],
                *([None] if what == "notice" else []),
                name="burst" if what == "burst" else "digest",
            )
        harness.delivery_worker.wake()
        for ident in (*other, own):
            assert ident is not None
            await harness.until(ident, "sent")
        row = await harness.row(own)
        once = what in ("digest", "alerts")
        assert (row.in_digest in other) is once
        with harness.store.begin() as tx:
            assert {each.state for each in tx.carried_deliveries(own)} == {"sent"}
    assert sum("duty: " in line["text"] for line in api.sent()) == (0 if once else 1)


@pytest.mark.parametrize("what", ["held", "escalation"])
async def test_a_closed_topics_alert_waits_for_no_held_one_and_an_escalation_is_sent(
    api: TelegramDouble, what: str
) -> None:
    channels = duty_beside_desk(api)
    async with opened(channels, {"telegram": telegram(api)}) as harness:
        await harness.until(await harness.add("before", channel="duty"), "sent")  # the topic is known to be closed
        with harness.store.begin() as tx:
            story = tx.create_story(harness.clock.now())
        shown = alert("Rockets", watchlist="Arms")
        until = harness.clock.now() + timedelta(hours=8) if what == "held" else None
        other = await harness.add("other", story_id=story, alert=shown, held_until=until)
        if until is None:
            await harness.until(other, "sent")
        name = f"escalate:{other}:duty" if what == "escalation" else "own"
        row = await harness.until(await harness.add(name, channel="duty", story_id=story, alert=shown), "sent")
        assert row.in_digest is None
    assert sum("Rockets" in line["text"] for line in api.sent()) == (1 if what == "held" else 2)


async def test_the_message_on_an_earlier_story_is_linked(harness: DeliveryHarness, api: TelegramDouble) -> None:
    before = FollowedStory(1, "EU adopts", "Yonhap", url="https://news.example/1", message=40)
    ident = await harness.add("Hungary", alert=replace(alert("Hungary will block"), follows=before))
    await harness.until(ident, "sent")
    (sent,) = api.sent(CHAT)
    assert '<a href="https://t.me/c/1234/40">↪ follows: EU adopts (Yonhap)</a>' in sent["source"]
