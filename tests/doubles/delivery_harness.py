"""A delivery worker on a real store and the double of the Bot API, with short times."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

from doubles import telegram_faults
from doubles.operators import Operators
from doubles.patience import HANG
from doubles.telegram import TOKEN, Fault, TelegramDouble
from doubles.telegram_http import Answer

from monitor.clock import SystemClock
from monitor.deliver.channels.telegram.notifier import TelegramNotifier
from monitor.deliver.rate_limits import UNLIMITED
from monitor.deliver.timing import USUAL, DeliveryTiming
from monitor.deliver.worker import DeliveryWorker
from monitor.model import Alert, Channel, Delivery, Lane, MessageKind, NewDelivery
from monitor.ports import Clock, Notifier
from monitor.store import Database, open_store

CHAT = -1001234


def alert(headline: str = "Headline", **changes: object) -> Alert:
    made = Alert(MessageKind.ALERT, headline, watchlist="Arms", terms=("ICBM",), url="https://news.example/1")
    return replace(made, **changes)  # type: ignore[arg-type]


class NoJitter(random.Random):
    """Never waits between two tries: full jitter may be nothing."""

    def random(self) -> float:
        return 0.0


class DeliveryHarness:
    """One running delivery worker, and hands to feed and watch it."""

    def __init__(
        self,
        store: Database,
        channels: Mapping[str, Channel],
        notifiers: Mapping[str, Notifier],
        *,
        quiet_time: float = 0.05,
        timing: DeliveryTiming = USUAL,
        clock: Clock | None = None,
    ) -> None:
        self.store = store
        self.clock = clock or SystemClock()
        self.operators = Operators()
        self.told = self.operators.lines
        self.stop = asyncio.Event()
        self.delivery_worker = DeliveryWorker(
            store,
            notifiers,
            channels,
            self.clock,
            quiet_time=quiet_time,
            timing=timing,
            operators=self.operators,
            rng=NoJitter(),
        )
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.task = asyncio.create_task(self.delivery_worker.run(self.stop))

    async def end(self) -> None:
        self.stop.set()
        await self.delivery_worker.drain(5.0)
        if self.task is not None:
            await self.task

    async def add(self, dedupe: str, channel: str = "desk", **changes: object) -> int:
        made = NewDelivery(channel=channel, dedupe=dedupe, alert=alert(dedupe))
        new = replace(made, **changes)  # type: ignore[arg-type]
        ident = await self.store.run(lambda tx: tx.add_delivery(new, self.clock.now()))
        assert ident is not None
        self.delivery_worker.wake()
        return ident

    async def amend(self, ident: int, changed: Alert) -> None:
        await self.store.run(lambda tx: tx.amend_delivery(ident, changed, self.clock.now()))
        self.delivery_worker.wake()

    async def row(self, ident: int) -> Delivery:
        found = await self.store.run(lambda tx: tx.delivery(ident))
        assert found is not None
        return found

    async def lane(self, name: str = f"telegram:{CHAT}") -> Lane:
        return await self.store.run(lambda tx: tx.lane(name))

    async def until(self, ident: int, state: str, *, revision: int | None = None) -> Delivery:
        """Wait until a row is in a state (and shows a revision); fails after ten seconds."""

        async def look() -> Delivery:
            while True:
                found = await self.row(ident)
                if found.state == state and revision in {None, found.sent_revision}:
                    return found
                await asyncio.sleep(0.005)

        return await asyncio.wait_for(look(), HANG)

    async def until_told(self, part: str) -> str:
        """Wait until the operators were told something."""

        async def look() -> str:
            while True:
                for line in self.told:
                    if part in line:
                        return line
                await asyncio.sleep(0.005)

        return await asyncio.wait_for(look(), HANG)


def telegram(api: TelegramDouble, *, read_timeout: float = 5.0, token: str = TOKEN) -> TelegramNotifier:
    return TelegramNotifier(token, api=api.url, limits=UNLIMITED, read_timeout=read_timeout)


@contextlib.asynccontextmanager
async def opened(
    channels: Mapping[str, Channel],
    notifiers: Mapping[str, Notifier],
    *,
    quiet_time: float = 0.05,
    timing: DeliveryTiming = USUAL,
    clock: Clock | None = None,
) -> AsyncIterator[DeliveryHarness]:
    store = open_store("sqlite://")
    made = DeliveryHarness(store, channels, notifiers, quiet_time=quiet_time, timing=timing, clock=clock)
    made.start()
    try:
        yield made
    finally:
        await made.end()
        store.close()


def answer_once(api: TelegramDouble, status: int, body: bytes, times: int = 1) -> None:
    """Let the double give this answer to the next call, or calls."""
    fault = Fault("before", "drop", times=times)
    name = f"canned {body!r}"
    telegram_faults.KINDS[name] = Answer(status, body)
    fault.kind = name
    api.faults.append(fault)
