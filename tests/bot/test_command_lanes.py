"""Which commands are answered at the same time, and which wait for each other."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from doubles.bot_harness import BotHarness
from doubles.command_harness import ADMIN, CHAT, MEMBER
from doubles.telegram import Fault, TelegramDouble

from monitor.bot import commands
from monitor.bot.command_lanes import CommandLanes
from monitor.bot.context import Answer, BotContext, CommandRequest, TextRun
from monitor.bot.updates import Chat, CommandUpdate, Person
from monitor.store import Database, Transaction


def command(number: int, text: str, chat: int = CHAT, *, confirmed: bool = False) -> CommandUpdate:
    """Return a command that somebody wrote."""
    where, who = Chat(chat, "supergroup"), Person(MEMBER, "Ann")
    return CommandUpdate(number, where, who, number, text, "", None, datetime.now(UTC), confirmed=confirmed)


class Lanes:
    """Lanes, and commands in them that end when they are told to."""

    def __init__(self) -> None:
        self.lanes = CommandLanes({"backtest", "add"})
        self.ended = 0
        self.ends: dict[int, asyncio.Event] = {}

    def end(self) -> None:
        self.ended += 1

    def turn(self, *open_: CommandUpdate, full: int | None = None) -> list[int]:
        """Begin what may begin; return the ids."""
        turn = self.lanes.turn()
        begun = []
        for each in open_:
            if turn.is_next(each, may_answer=each.chat.id != full):
                self.ends[each.update_id] = asyncio.Event()
                self.lanes.begin(each, self.work(self.ends[each.update_id]), self.end)
                begun.append(each.update_id)
        return begun

    async def work(self, end: asyncio.Event) -> None:
        await end.wait()

    async def finish(self, number: int) -> None:
        (task,) = [task for update, task in self.lanes._busy.values() if update.update_id == number]
        self.ends[number].set()
        await task
        await asyncio.sleep(0)  # then what is called when it ends has been called


async def test_a_slow_command_holds_up_no_quick_one_and_each_pace_keeps_its_order() -> None:
    lanes = Lanes()
    open_ = [command(1, "backtest"), command(2, "mute"), command(3, "backtest"), command(4, "unmute")]
    assert lanes.turn(*open_) == [1, 2]
    assert lanes.turn(*open_) == []
    assert lanes.lanes.in_chat(CHAT) == 2
    await lanes.finish(2)
    assert lanes.turn(open_[0], *open_[2:]) == [4]
    await lanes.finish(1)
    assert lanes.turn(*open_[2:]) == [3]
    await lanes.finish(3)
    await lanes.finish(4)
    assert lanes.lanes.tasks == []


async def test_what_ends_while_the_open_commands_are_read_is_not_begun_again_and_lets_nothing_overtake() -> None:
    lanes = Lanes()
    first, second, third = (command(number, "mute") for number in (1, 2, 3))
    lanes.turn(first)
    turn = lanes.lanes.turn()
    assert not turn.is_next(second, may_answer=True)
    await lanes.finish(1)
    assert not turn.is_next(first, may_answer=True)
    assert not turn.is_next(third, may_answer=True)
    assert lanes.turn(second, third) == [2]
    await lanes.finish(2)


async def test_what_follows_waits_for_a_command_that_the_database_refused_meanwhile() -> None:
    lanes = Lanes()
    first, second = (command(number, "mute") for number in (1, 2))
    lanes.turn(first)
    turn = lanes.lanes.turn()
    await lanes.finish(1)  # and it is still open
    assert not turn.is_next(first, may_answer=True)
    assert not turn.is_next(second, may_answer=True)
    assert lanes.turn(first, second) == [1]
    await lanes.finish(1)


async def test_edits_wait_for_each_other_in_all_chats_and_slow_commands_leave_cores() -> None:
    lanes = Lanes()
    edits = [command(number, "add", -number, confirmed=True) for number in (1, 2)]
    slow = [command(number, "backtest", -number) for number in (3, 4, 5)]
    assert lanes.turn(*edits, *slow) == [1, 3, 4]
    await lanes.finish(1)
    await lanes.finish(3)
    assert lanes.turn(edits[1], slow[2]) == [2, 5]
    for number in (2, 4, 5):
        await lanes.finish(number)


async def test_a_chat_that_must_wait_keeps_its_order_and_no_other_chat_waits() -> None:
    lanes = Lanes()
    edits = [command(1, "add", -1, confirmed=True), command(2, "add", -2, confirmed=True)]
    assert lanes.turn(*edits, full=-1) == [2]
    turn = lanes.lanes.turn()
    assert not turn.is_next(command(3, "last", -3), may_answer=False)
    assert not turn.is_next(command(4, "last", -3), may_answer=True)
    await lanes.finish(2)


class Held:
    """Answers commands as the bot does, but holds those of one name until they are let go."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.go = asyncio.Event()

    async def __call__(self, request: CommandRequest, bot: BotContext) -> Answer | None:
        if request.command != self.name:
            return await commands.answer(request, bot)
        await self.go.wait()
        return Answer(((TextRun(f"{request.command} is done"),),))


@pytest.mark.network
@pytest.mark.parametrize("slow", sorted(commands.SLOW))
async def test_mutes_and_buttons_answer_while_a_slow_command_runs(harness: BotHarness, slow: str) -> None:
    held = Held(slow)
    harness.respond = held
    row = await harness.alert("Headline")
    harness.api.say(CHAT, f"/{slow} ракета", ADMIN)
    harness.api.say(CHAT, f"/mute {row.story_id} 2h", ADMIN)
    await harness.said("is muted until")
    assert "acknowledged" in (await harness.popup(harness.press(row, "ack", MEMBER))).casefold()
    assert not any("is done" in line["text"] for line in harness.api.sent(CHAT))
    held.go.set()
    await harness.said("is done")


@pytest.mark.network
async def test_a_press_acts_though_an_earlier_one_cannot_be_answered(harness: BotHarness) -> None:
    row = await harness.alert("Headline")
    harness.api.faults = [Fault("before", "hang", methods=frozenset({"answerCallbackQuery"}), times=1)]
    harness.press(row, "up", MEMBER)
    query = harness.press(row, "ack", MEMBER)
    assert await harness.popup(query)
    with harness.store.begin() as tx:
        assert tx.feedback_counts(row.created_at.replace(year=2000)) == {"DPRK arms": (1, 0)}


@pytest.mark.network
async def test_the_flood_of_one_chat_hides_no_press_and_is_read_once(
    api: TelegramDouble, store: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backlog waits for hundreds of turns, each of which looks at all of it."""
    bodies: Counter[int] = Counter()
    read = Transaction.update_bodies

    def counted(tx: Transaction, ids: Sequence[int]) -> dict[int, str]:
        bodies.update(ids)
        return read(tx, ids)

    monkeypatch.setattr(Transaction, "update_bodies", counted)
    monkeypatch.setattr("monitor.bot.service._IDLE", 0.01)
    harness = BotHarness(api, store, tmp_path)
    harness.listen()
    harness.deliver()
    row = await harness.alert("Headline")
    for number in range(230):
        api.say(CHAT, f"/last {number + 1}", MEMBER)
    query = harness.press(row, "ack", MEMBER)
    assert await harness.popup(query)
    api.say(ADMIN, "/help", ADMIN)
    await harness.said("What I can do", ADMIN)

    def waiting() -> int:
        with store.begin() as tx:
            return len(tx.open_update_ids(999))

    await harness.until(waiting, lambda count: count == 220)
    before = bodies.total()
    await asyncio.sleep(0.3)
    await harness.end()
    assert bodies.total() == before, "what waits is not read again"
    assert max(bodies.values()) <= 2, "by each of the two loops at most once"
