"""A whole bot: a real store, the strict double of the Bot API, a delivery worker, and hands to write and press."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from doubles.command_harness import CHAT, CommandHarness
from doubles.delivery_harness import NoJitter, telegram
from doubles.operators import Operators
from doubles.patience import HANG
from doubles.telegram import TOKEN, TelegramDouble

from monitor.bot import commands
from monitor.bot.api import BotApi
from monitor.bot.command_lanes import CommandLanes
from monitor.bot.context import Answer, BotContext, CommandRequest, Menu
from monitor.bot.dispatch import Respond, UpdateHandler
from monitor.bot.poller import Pauses
from monitor.bot.service import Bot
from monitor.clock import SystemClock
from monitor.deliver.channels.telegram.keyboard import Signer
from monitor.deliver.worker import DeliveryWorker
from monitor.model import Channel, Delivery, Hit, Verdict, Zone
from monitor.ports import Clock
from monitor.store import Database

QUICK = Pauses(conflict=0.0, conflict_again=0.01, conflict_window=2.0, token=0.01)
SURFACE = "КНДР"


def matched(watchlist: str = "DPRK arms") -> Verdict:
    """Return a verdict as the judge stores it."""
    hit = Hit("DPRK", SURFACE, 3, 7, Zone.TITLE, "acronym", SURFACE, (0, 30))
    later = Hit("ICBM", "ракету", 40, 46, Zone.LEAD, "dictionary: accs sing", "ракета", (31, 60))
    return Verdict(watchlist, matched=True, reason="2 of 4 terms", terms=("DPRK", "ICBM"), hits=(hit, later))


class BotHarness:
    """The parts, which start and stop one by one."""

    def __init__(self, api: TelegramDouble, store: Database, folder: Path, respond: Respond = commands.answer) -> None:
        self.api = api
        self.store = store
        self.desk = CommandHarness(store, folder)
        self.desk.clock.wall = datetime.now(UTC)  # rows are sent, and expire, by the system's clock
        self.operators = Operators()
        self.told = self.operators.notices
        self.respond = respond
        self.menus: Callable[[], Iterable[Menu]] = lambda: commands.menus([7])
        self.clock: Clock = SystemClock()
        self.poll = 1
        self._halts: list[tuple[asyncio.Event, asyncio.Task[None]]] = []
        self.delivery_worker: DeliveryWorker | None = None

    def bot(self) -> Bot:
        desk = replace(self.desk.desk, clock=self.clock)
        handler = UpdateHandler(desk, Signer(TOKEN), self._respond)
        return Bot(
            api=BotApi(TOKEN, self.api.url, poll=self.poll),
            handler=handler,
            wrote=self.wake,
            heard=self.retry,
            operators=self.operators,
            menus=self._menus,
            rng=NoJitter(),
            lanes=CommandLanes(commands.SLOW),
            pauses=QUICK,
        )

    async def _respond(self, request: CommandRequest, desk: BotContext) -> Answer | None:
        return await self.respond(request, desk)

    def _menus(self) -> Iterable[Menu]:
        return self.menus()

    def _channels(self) -> dict[str, Channel]:
        config = self.desk.config
        admins = [Channel(f"admin:{user}", "telegram", {"chat": user}) for user in config.telegram.admins]
        return dict(config.channels) | {channel.name: channel for channel in admins}

    def wake(self) -> None:
        if self.delivery_worker is not None:
            self.delivery_worker.wake()

    def retry(self, lanes: Collection[str]) -> None:
        if self.delivery_worker is not None:
            self.delivery_worker.retry(lanes)

    def listen(self) -> None:
        """Start the bot."""
        halt = asyncio.Event()
        self._halts.append((halt, asyncio.create_task(self.bot().run(halt))))

    def deliver(self) -> None:
        """Start the delivery worker."""
        halt = asyncio.Event()
        made = telegram(self.api)
        channels = self._channels()
        self.delivery_worker = DeliveryWorker(
            self.store, {"telegram": made}, channels, self.clock, quiet_time=0.05, rng=NoJitter()
        )
        self._halts.append((halt, asyncio.create_task(self.delivery_worker.run(halt))))

    async def end(self) -> None:
        """Stop what runs."""
        halts, self._halts = self._halts, []
        for halt, _ in halts:
            halt.set()
        for _, task in halts:
            await asyncio.wait_for(task, HANG)

    async def alert(self, headline: str, **options: Any) -> Delivery:
        """Put an alert on a story into the outbox, and wait until it is sent; return its row."""
        story = self.desk.story(headline, sent=None, **options)
        with self.store.begin() as tx:
            tx.add_verdicts(tx.story(story).members[0].article_id, [matched()])
            (row,) = tx.deliveries_of(story)
        self.wake()
        await self.until(lambda: self.row(row.id).message_id, lambda ident: ident is not None)
        return self.row(row.id)

    def row(self, ident: int) -> Delivery:
        with self.store.begin() as tx:
            found = tx.delivery(ident)
        assert found is not None
        return found

    def press(self, row: Delivery, action: str, user: int, chat: int = CHAT) -> str:
        """Press the button of a message that was sent; return the query's id."""
        assert row.message_id is not None
        return self.api.press(chat, row.message_id, Signer(TOKEN).sign(action, row.id), user)

    async def popup(self, query: str) -> str:
        """Wait for the answer to a press."""
        answers = self.api.queries.answers
        found = await self.until(lambda: answers.get(query), lambda answer: answer is not None)
        assert found is not None
        return str(found.get("text", ""))

    async def said(self, part: str, chat: int = CHAT) -> dict[str, Any]:
        """Wait for a message with these words."""

        def look() -> dict[str, Any] | None:
            return next((line for line in self.api.sent(chat) if part in line["text"]), None)

        return dict(await self.until(look, lambda line: line is not None))

    async def idle(self) -> None:
        """Wait until every update that was pushed is stored and handled."""

        def busy() -> int:
            with self.store.begin() as tx:
                return len(tx.open_update_ids(99)) + len(self.api.updates._queue)

        await self.until(busy, lambda count: count == 0)

    @staticmethod
    async def until(look: Callable[[], Any], good: Callable[[Any], bool]) -> Any:
        async def loop() -> Any:
            while True:
                found = look()
                if good(found):
                    return found
                await asyncio.sleep(0.01)

        return await asyncio.wait_for(loop(), HANG)


@contextlib.asynccontextmanager
async def opened(api: TelegramDouble, store: Database, folder: Path) -> AsyncIterator[BotHarness]:
    """Return a harness in which everything runs."""
    harness = BotHarness(api, store, folder)
    harness.listen()
    harness.deliver()
    try:
        yield harness
    finally:
        await harness.end()
