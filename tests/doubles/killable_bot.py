"""A small daemon with a bot, to be killed: the real store, bot and delivery worker, with kill points around them.

    python tests/doubles/killable_bot.py DATABASE_URL API_URL

Imports once, then lives as often as it is told to, as killable_delivery.py does: `{"kill_at": "POINT:N", "sent": 12, "seconds":
1.5}` is one life. It ends by SIGKILL at the N-th passing of a point or after so many seconds, or by itself when so many
rows of the outbox are sent and nothing is left to do. Points: those of killable_delivery.py, and `before-poll`, `after-poll`,
`before-popup`, `after-popup`.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from pathlib import Path
from typing import Any

if __package__ in (None, ""):  # run as a program
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from doubles.inforce import in_force
from doubles.killable_delivery import KillableNotifier, KillableStore, KillPoints, exit_code
from doubles.operators import Operators
from doubles.telegram import TOKEN

from monitor import log as logs
from monitor.app.configuration import load
from monitor.bot.api import BotApi
from monitor.bot.command_lanes import CommandLanes
from monitor.bot.context import Answer, BotContext, CommandRequest, TextRun
from monitor.bot.dispatch import UpdateHandler
from monitor.bot.poller import Pauses
from monitor.bot.service import Bot
from monitor.clock import SystemClock
from monitor.deliver.channels import registry
from monitor.deliver.channels.telegram.keyboard import Signer
from monitor.deliver.rate_limits import UNLIMITED
from monitor.deliver.worker import DeliveryWorker
from monitor.model import Fact
from monitor.store import Transaction, open_store

CONFIG = """\
sources: [{name: A, url: 'https://a.example/rss'}]
watchlists: [{name: Arms, keywords: [ракета], notify: [desk]}]
channels: {desk: {telegram: {chat: -1001234}, timezone: Europe/Kyiv}}
telegram: {admins: [7]}
"""

_SLOW = 0.2  # seconds in which other commands are answered


class KillableApi(BotApi):
    """The bot's own calls, with kill points."""

    points: KillPoints

    async def updates(self, offset: int | None) -> list[tuple[int, str]]:
        self.points.reach("before-poll")
        found = await super().updates(offset)
        self.points.reach("after-poll")
        return found

    async def popup(self, query: str, text: str) -> None:
        self.points.reach("before-popup")
        await super().popup(query, text)
        self.points.reach("after-popup")


async def respond(request: CommandRequest, _desk: BotContext) -> Answer | None:
    """Answer with the argument, and count how often that took effect; `/slow` takes its time."""
    if request.command == "slow":
        await asyncio.sleep(_SLOW)

    def effects(tx: Transaction) -> None:
        counts = json.loads(tx.get(Fact.BOT_EDIT) or "{}")
        counts[request.argument] = counts.get(request.argument, 0) + 1
        tx.put(Fact.BOT_EDIT, json.dumps(counts))

    return Answer(((TextRun(f"answer {request.argument}."),),), effects)


async def live(url: str, api: str, order: dict[str, Any]) -> None:
    """Listen and deliver until all is done."""
    logs.configure("error")
    clock = SystemClock()
    store = KillableStore(url, clock.now)
    notifier = KillableNotifier(TOKEN, api=api, limits=UNLIMITED, read_timeout=2.0)
    calls = KillableApi(TOKEN, api, poll=1)
    store.points = notifier.points = calls.points = KillPoints(order.get("kill_at", ""))
    path = Path(url.removeprefix("sqlite:///")).with_name("config.yaml")
    config = load(path, {"TELEGRAM_BOT_TOKEN": TOKEN})
    delivery_worker = DeliveryWorker(store, {"telegram": notifier}, config.all_channels, clock, quiet_time=0.2)
    desk = BotContext(store, clock, registry.CHANNELS, in_force(config), _none)
    bot = Bot(
        api=calls,
        handler=UpdateHandler(desk, Signer(TOKEN), respond),
        wrote=delivery_worker.wake,
        heard=delivery_worker.retry,
        operators=Operators(),
        menus=lambda: (),
        rng=random.Random(1),
        lanes=CommandLanes({"slow"}),
        pauses=Pauses(conflict=0.05),
    )
    stop = asyncio.Event()
    tasks = [asyncio.create_task(delivery_worker.run(stop)), asyncio.create_task(bot.run(stop))]
    await _done(url, int(order["sent"]))
    stop.set()
    await asyncio.gather(*tasks)
    store.close()


async def _done(url: str, sent: int) -> None:
    """Wait until so many rows are sent, and none is left; through a connection of its own, past the kill points."""
    reader = open_store(url, read_only=True)
    while True:
        counts, left = await reader.run(lambda tx: (tx.delivery_counts(), tx.open_update_ids(1)))
        if counts["sent"] >= sent and not left and not any(counts[name] for name in ("ready", "sending", "unknown")):
            break
        await asyncio.sleep(0.05)
    reader.close()


def _none(*_: object) -> Any:
    raise NotImplementedError("no command here asks for it")


def one_life(url: str, api: str, order: dict[str, Any]) -> int:
    """Fork, and return the exit code (negative for a signal) when that life is over."""
    child = os.fork()
    if child == 0:
        asyncio.run(live(url, api, order))
        os._exit(0)
    return exit_code(child, order)


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps({"code": one_life(sys.argv[1], sys.argv[2], json.loads(line))}), flush=True)  # noqa: T201
