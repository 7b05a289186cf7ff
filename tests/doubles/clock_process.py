"""A daemon's scheduler and delivery worker, in a process whose wall clock a test sets.

    python tests/doubles/clock_process.py DATABASE_URL API_URL

A line on standard input puts an alert of that name into the outbox, at the time that this process knows, and is
answered when that is done. The end of the input ends the process.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from functools import partial
from pathlib import Path

if __package__ in (None, ""):  # run as a program
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from doubles.delivery_harness import alert
from doubles.lane_harness import IdleDispatcher, nothing
from doubles.telegram import TOKEN

from monitor import log as logs
from monitor.clock import MonotonicSteadyClock
from monitor.deliver.channels.telegram.notifier import TelegramNotifier
from monitor.deliver.rate_limits import UNLIMITED
from monitor.deliver.worker import DeliveryWorker
from monitor.model import Channel, NewDelivery
from monitor.pipeline.timekeeping import ClockWatch
from monitor.scheduler import Scheduler
from monitor.store import Transaction, open_store

CHAT = -1001234
CHANNELS = {"desk": Channel("desk", "telegram", {"chat": CHAT})}


async def main(url: str, api: str) -> None:
    logs.configure("warning")  # on stderr
    clock = MonotonicSteadyClock()
    store = open_store(url, clock_now=clock.now)
    notifier = TelegramNotifier(TOKEN, api=api, limits=UNLIMITED, read_timeout=5.0)
    delivery_worker = DeliveryWorker(store, {"telegram": notifier}, CHANNELS, clock, quiet_time=0.2)
    scheduler = Scheduler(
        store=store,
        dispatcher=IdleDispatcher(),
        clock=clock,
        follow_clock=ClockWatch(store, clock).follow,
        housekeeping=nothing,
    )
    stop = asyncio.Event()
    delivering = asyncio.create_task(delivery_worker.run(stop))
    scheduler.start()
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := (await lines.readline()).decode().strip():
        new = NewDelivery("desk", line, alert(line))
        await store.run(partial(_add, new=new, now=clock.now()))
        delivery_worker.wake()
        print(line, flush=True)  # noqa: T201 — the answer
    await scheduler.stop()
    stop.set()
    await delivering
    store.close()


def _add(tx: Transaction, *, new: NewDelivery, now: datetime) -> None:
    tx.add_delivery(new, now)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
