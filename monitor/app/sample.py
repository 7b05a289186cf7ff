"""A sample alert on its way to a channel: by the daemon that runs, else by this process."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

from monitor.alert.sample import sample
from monitor.app.wiring import hide_token, lock_bot, make_notifiers
from monitor.clock import SystemClock
from monitor.config.load import Config
from monitor.config.secret import VARIABLE as TOKEN
from monitor.deliver.bot_lock import BotLock
from monitor.deliver.worker import DeliveryWorker
from monitor.filelock import LockHolder
from monitor.model import Channel, State
from monitor.store import Database, holder_of, is_missing, open_store

PATIENCE = 60.0
"""Seconds that a sample may take: a lane that pauses at Telegram's request waits half a minute."""

REFUSED = 10.0
"""Seconds after which a failed call is told: until then a further one may succeed."""

_ENDS = (State.DEAD, State.SUSPENDED, State.MUTED)
_LOOK = 0.2  # seconds between two looks at the row


@dataclass(frozen=True, slots=True)
class SampleReport:
    """What became of a sample alert: `error` is None where it arrived. `daemon`: who sends it, where one runs."""

    channel: str
    kind: str
    error: str | None
    seconds: float
    daemon: str | None


async def send_sample(config: Config, name: str) -> SampleReport:
    """Send a sample alert to a configured channel, and wait until it has arrived, or cannot.

    The daemon sends it where one runs on the database: its outbox is the only way to its chats. Else this process does,
    with an outbox in memory. Raises StoreError, and DeliveryError where a daemon on another database has the bot.
    """
    channel = config.channels[name]
    began = time.monotonic()
    holder = None if is_missing(config.storage.url) else holder_of(config.storage.url)
    hide_token(config)
    if holder is None and channel.kind == "telegram" and config.token is None:
        missing = f"there is no bot token: set {TOKEN}, or {TOKEN}_FILE"
        return SampleReport(name, channel.kind, missing, 0.0, None)
    async with _outbox(config, channel, holder) as store:
        clock = SystemClock()
        new = sample(channel, uuid.uuid4().hex, clock.now())
        ident = await store.run(lambda tx: tx.add_delivery(new, clock.now()))
        error = await _fate(store, ident)
    who = None if holder is None else str(holder)
    return SampleReport(name, channel.kind, error, round(time.monotonic() - began, 2), who)


@contextlib.asynccontextmanager
async def _outbox(config: Config, channel: Channel, holder: LockHolder | None) -> AsyncIterator[Database]:
    """Open the outbox of the daemon that runs, or one in memory that this process delivers from."""
    clock = SystemClock()
    if holder is not None:
        store = open_store(config.storage.url, clock_now=clock.now)
        try:
            yield store
        finally:
            store.close()
        return
    with BotLock("a test of a channel") as bot_lock, contextlib.closing(open_store("sqlite://")) as store:
        lock_bot(bot_lock, config)
        worker = DeliveryWorker(
            store, make_notifiers(config), {channel.name: channel}, clock, quiet_time=config.delivery.quiet_time
        )
        halt = asyncio.Event()
        working = asyncio.create_task(worker.run(halt))
        try:
            yield store
        finally:
            halt.set()
            await worker.drain(5.0)
            await asyncio.gather(working, return_exceptions=True)


async def _fate(store: Database, ident: int | None) -> str | None:
    """Return why a row does not arrive; None when it has."""
    began = time.monotonic()
    while True:
        row = await store.run(lambda tx: tx.delivery(ident)) if ident is not None else None
        if row is None:
            return "its row of the outbox is gone"
        if row.state is State.SENT:
            return None
        if row.state in _ENDS:
            return row.error or f"it is {row.state}"
        seconds = PATIENCE if row.error is None else REFUSED
        if time.monotonic() - began >= seconds:
            return row.error or f"it was not sent within {seconds:.0f} s (state {row.state})"
        await asyncio.sleep(_LOOK)
