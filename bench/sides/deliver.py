"""Writes alerts and delivers them; prints the CPU milliseconds of one alert: written, then sent.

    python bench/sides/deliver.py COUNT FOLDER

The notifier accepts at once and gives message ids, as Telegram does: what is measured is the outbox, not the channel.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from monitor import log
from monitor.clock import SystemClock
from monitor.deliver.worker import DeliveryWorker
from monitor.model import Alert, Channel, Delivery, Lane, MessageKind, NewDelivery, Receipt
from monitor.store import Database, open_store


class Accepting:
    """A notifier whose channel takes every message; `done` is set by the last of `count`."""

    can_probe = True
    can_edit = True
    idempotent = False

    def __init__(self, count: int) -> None:
        self._ids = itertools.count(1)
        self._count = count
        self.done = asyncio.Event()

    def lane(self, channel: Channel) -> str:
        """Return the channel's name."""
        return channel.name

    def numbering(self, channel: Channel, lane: Lane) -> str:
        """Return the lane's name."""
        del channel
        return lane.name

    def fingerprint(self, channel: Channel, delivery: Delivery) -> str:
        """Return what tells one message from another."""
        return f"{channel.name} {delivery.id} {delivery.revision}"

    def delay(self, channel: Channel, lane: Lane) -> float:
        """Return 0: there are no rate limits."""
        del channel, lane
        return 0.0

    async def send(self, channel: Channel, delivery: Delivery, lane: Lane, reply_to: int | None) -> Receipt:
        """Accept the message."""
        del channel, delivery, lane, reply_to
        number = next(self._ids)
        if number == self._count:
            self.done.set()
        return Receipt(number)

    async def check(self, channel: Channel) -> str:
        """Return the channel's name."""
        return channel.name

    async def close(self) -> None:
        """Nothing is open."""


def write(store: Database, count: int) -> None:
    """Write alerts, one transaction each."""
    for number in range(count):
        now = datetime.now(UTC)
        alert = Alert(
            kind=MessageKind.ALERT,
            headline=f"Ministry {number} says shells of a new type will be delivered",
            watchlist="Arms",
            url=f"https://site.example/news/{number}",
            at=now,
            lines=("The ministry said on Tuesday that talks on the delivery of artillery shells would go on.",),
        )
        with store.begin() as tx:
            tx.add_delivery(NewDelivery("desk", f"alert:{number}", alert), now)


async def send(store: Database, count: int) -> None:
    """Deliver until all are sent."""
    notifier, stop = Accepting(count), asyncio.Event()
    channels = {"desk": Channel("desk", "webhook")}
    worker = DeliveryWorker(store, {"webhook": notifier}, channels, SystemClock())  # type: ignore[dict-item]
    running = asyncio.create_task(worker.run(stop))
    await notifier.done.wait()
    stop.set()
    await running


def main() -> None:
    """Time both."""
    count, folder = int(sys.argv[1]), Path(sys.argv[2])
    log.configure("error", "json")
    store = open_store(f"sqlite:///{folder}/deliver.db")
    marks = [time.process_time()]
    write(store, count)
    marks.append(time.process_time())
    asyncio.run(send(store, count))
    marks.append(time.process_time())
    store.close()
    written, sent = (1000 * (after - before) / count for before, after in itertools.pairwise(marks))
    print(json.dumps({"written": written, "sent": sent}))


if __name__ == "__main__":
    main()
