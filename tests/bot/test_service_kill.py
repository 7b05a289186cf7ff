"""A bot that is killed at every point: each command is answered once, each press counts once, whatever is lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from doubles import killable_bot
from doubles.patience import HANG
from doubles.telegram import TOKEN, Fault, TelegramDouble

from monitor.deliver.channels.telegram.keyboard import Signer
from monitor.model import Alert, Fact, MessageKind, NewDelivery
from monitor.store import open_store
from monitor.store.database import Database

pytestmark = pytest.mark.network

DESK, ADMIN = -1001234, 7
COMMANDS, USERS = 24, 5
POINTS = (
    "before-commit:1", "after-commit:1", "before-commit:2", "after-commit:2", "before-commit:3", "after-commit:4",
    "before-commit:6", "after-commit:7", "before-commit:9", "after-commit:11", "before-commit:14", "after-commit:17",
    "before-poll:2", "after-poll:1", "after-poll:2", "before-popup:1", "after-popup:1", "before-popup:2",
    "before-call:1", "after-call:1", "before-call:2", "after-call:2", "before-look:1", "after-look:1",
)  # fmt: skip


class Lives:
    """The program that is killed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def one(self, **order: object) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        answer = await asyncio.wait_for(self._process.stdout.readline(), HANG)
        return int(json.loads(answer)["code"])


@contextlib.asynccontextmanager
async def lives(url: str, api: str) -> AsyncIterator[Lives]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, killable_bot.__file__, url, api, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Lives(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


def add_alert(store: Database) -> int:
    with store.begin() as tx:
        new = NewDelivery("desk", "alert:1", Alert(MessageKind.ALERT, "Headline", watchlist="Arms"))
        added = tx.add_delivery(new, store._now())
    assert added is not None
    return added


async def test_every_command_is_answered_once_and_every_press_counts_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/monitor.db"
    (tmp_path / "config.yaml").write_text(killable_bot.CONFIG, encoding="utf-8")
    store = open_store(url)
    row = add_alert(store)
    killed = 0
    async with TelegramDouble(seed=1) as api, lives(url, api.url) as program:
        assert await program.one(sent=1) == 0
        (alert,) = api.sent(DESK)
        api.faults = [
            Fault("before", "drop", methods=frozenset({"getUpdates"}), probability=0.1),
            Fault("after", "drop", methods=frozenset({"getUpdates", "sendMessage"}), probability=0.1),
        ]
        signer = Signer(TOKEN)
        for number in range(COMMANDS):
            name = "slow" if number % 5 == 1 else "say"
            api.say(ADMIN if number % 3 == 0 else DESK, f"/{name} {number}", ADMIN if number % 3 == 0 else 8)
            user = 100 + number % USERS
            api.press(DESK, alert["message_id"], signer.sign("up" if number % 2 else "ack", row), user)
            killed += await program.one(sent=10_000, seconds=2, kill_at=POINTS[number % len(POINTS)]) == -9
        assert await program.one(sent=1 + COMMANDS) == 0
        texts = {chat: [line["text"] for line in shown(api, chat)] for chat in (ADMIN, DESK)}
        message = api.chats.get(DESK).messages[alert["message_id"]].text
    assert killed == COMMANDS
    assert texts[DESK].pop(0) == "🟡 Arms\nHeadline"
    for slow in (True, False):  # each pace in its order, whatever the other does
        asked = [number for number in range(COMMANDS) if (number % 5 == 1) is slow]
        answers = {f"answer {number}." for number in asked}
        assert [text for text in texts[ADMIN] if text in answers] == [f"answer {n}." for n in asked if not n % 3]
        assert [text for text in texts[DESK] if text in answers] == [f"answer {n}." for n in asked if n % 3]
    assert len(texts[ADMIN]) + len(texts[DESK]) == COMMANDS
    with store.begin() as tx:
        assert json.loads(tx.get(Fact.BOT_EDIT) or "{}") == {str(number): 1 for number in range(COMMANDS)}
        found = tx.delivery(row)
        assert tx.feedback_counts(store._now().replace(year=2000)) == {"Arms": (USERS, 0)}
    store.close()
    assert found is not None
    assert sorted(act.user for act in found.alert.acts) == [100, 101, 102, 103, 104]
    assert message.count("Acknowledged by U, ") == USERS


def shown(api: TelegramDouble, chat: int) -> list[dict[str, object]]:
    """Return what was sent to a chat and not deleted, as it was first."""
    there = api.chats.get(chat).messages
    return [line for line in api.sent(chat) if line["message_id"] in there]
