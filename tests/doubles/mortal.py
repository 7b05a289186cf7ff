"""A small daemon to be killed: the real store, deliverer and Telegram notifier, with kill points around them.

    python tests/doubles/mortal.py DATABASE_URL API_URL QUIET_SECONDS

`MONITOR_KILL_AT=POINT:N` makes the process end by SIGKILL at the N-th passing of a point: `before-commit`,
`after-commit`, `before-call`, `after-call`, `before-look`, `after-look`. It prints `ready` when it delivers, and ends by
itself when the outbox has nothing left to do.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

if __package__ in (None, ""):  # run as a program
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from doubles.telegram import TOKEN

from monitor import log as logs
from monitor.clock import SystemClock
from monitor.deliver.outbox import Deliverer
from monitor.deliver.rates import UNLIMITED
from monitor.deliver.telegram import TelegramNotifier
from monitor.model import Channel, Delivery, Lane, Receipt
from monitor.ports import Transaction
from monitor.store import open_store
from monitor.store.database import Database

T = TypeVar("T")

CHANNELS = {
    "desk": Channel("desk", "telegram", {"chat": -1001234}, timezone="Europe/Kyiv"),
    "me": Channel("me", "telegram", {"chat": 42}, timezone="Asia/Seoul"),
    "you": Channel("you", "telegram", {"chat": 43}, timezone="UTC"),
}


class KillPoints:
    """Counts passings."""

    def __init__(self, armed: str) -> None:
        self._point, _, count = armed.partition(":")
        self._left = int(count or 0)

    def reach(self, point: str) -> None:
        if point == self._point:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class MortalStore(Database):
    """A store with kill points at each transaction."""

    points: KillPoints

    async def run(self, function: Callable[[Transaction], T]) -> T:
        def deadly(tx: Transaction) -> T:
            result = function(tx)
            self.points.reach("before-commit")
            return result

        result = await super().run(deadly)
        self.points.reach("after-commit")
        return result


class MortalNotifier(TelegramNotifier):
    """A notifier with kill points at each call."""

    points: KillPoints

    async def send(self, channel: Channel, delivery: Delivery, lane: Lane, reply_to: int | None) -> Receipt:
        self.points.reach("before-call")
        try:
            return await super().send(channel, delivery, lane, reply_to)
        finally:
            self.points.reach("after-call")

    async def probe(
        self, channel: Channel, delivery: Delivery, lane: Lane, *, again: bool = False, fingerprint: str = ""
    ) -> Receipt | None:
        self.points.reach("before-look")
        try:
            return await super().probe(channel, delivery, lane, again=again, fingerprint=fingerprint)
        finally:
            self.points.reach("after-look")


async def main(url: str, api: str, quiet: float) -> None:
    logs.configure("warning")  # on stderr: nobody reads this process's standard output after the first line
    clock = SystemClock()
    store = MortalStore(url, clock.now)
    store.points = KillPoints(os.environ.get("MONITOR_KILL_AT", ""))
    notifier = MortalNotifier(TOKEN, api=api, limits=UNLIMITED, read_timeout=2.0)
    notifier.points = store.points
    told: list[str] = []
    deliverer = Deliverer(store, {"telegram": notifier}, CHANNELS, clock, quiet_time=quiet, tell=told.append)
    stop = asyncio.Event()
    task = asyncio.create_task(deliverer.run(stop))
    print("ready", flush=True)  # noqa: T201 — the parent waits for it
    while True:
        counts = await asyncio.to_thread(_counts, url)
        if not any(counts[state] for state in ("ready", "sending", "unknown")):
            break
        await asyncio.sleep(0.05)
    stop.set()
    await task
    store.close()
    for line in told:
        print(line, flush=True)  # noqa: T201 — for whoever looks at a failed run


def _counts(url: str) -> dict[str, int]:
    """Look through a connection of its own: the kill points count the deliverer's transactions alone."""
    reader = open_store(url, read_only=True)
    try:
        with reader.begin() as tx:
            return tx.delivery_counts()
    finally:
        reader.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
