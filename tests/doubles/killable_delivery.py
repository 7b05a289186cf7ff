"""A small daemon to be killed: the real store, delivery worker and Telegram notifier, with kill points around them.

    python tests/doubles/killable_delivery.py DATABASE_URL API_URL QUIET_SECONDS

Imports once, then lives as often as it is told to: each life is a forked process. A line of JSON on standard input is
one life, `{"kill_at": "POINT:N", "seconds": 0.5, "samples": "FILE"}`; a line of JSON answers when it is over, `{"code":
-9}`. A life ends by SIGKILL at the N-th passing of a point (`before-commit`, `after-commit`, `before-call`,
`after-call`, `before-look`, `after-look`) or after so many seconds, else by itself when the outbox has nothing left to
do. With `samples`, a line `SENT RSS_KIB DESCRIPTORS` goes there ten times a second.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

if __package__ in (None, ""):  # run as a program
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from doubles.telegram import TOKEN

from monitor import log as logs
from monitor.clock import SystemClock
from monitor.deliver.channels.telegram.notifier import TelegramNotifier
from monitor.deliver.rate_limits import UNLIMITED
from monitor.deliver.worker import DeliveryWorker
from monitor.model import Channel, Delivery, Lane, Receipt
from monitor.ports import ProbeNotes
from monitor.store import Transaction, open_store
from monitor.store.database import Database

T = TypeVar("T")

CHANNELS = {
    "desk": Channel("desk", "telegram", {"chat": -1001234}, timezone="Europe/Kyiv"),
    "forum": Channel("forum", "telegram", {"chat": -1005678, "topic": 17}, timezone="UTC"),
    "general": Channel("general", "telegram", {"chat": -1005678}, timezone="UTC"),
    "group": Channel("group", "telegram", {"chat": -77}, timezone="UTC"),
    "me": Channel("me", "telegram", {"chat": 42}, timezone="Asia/Seoul"),
    "you": Channel("you", "telegram", {"chat": 43}, timezone="UTC"),
}
LONGEST = 3600.0  # seconds; only a hang lives so long


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


class KillableStore(Database):
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


class KillableNotifier(TelegramNotifier):
    """A notifier with kill points at each call."""

    points: KillPoints

    async def send(self, channel: Channel, delivery: Delivery, lane: Lane, reply_to: int | None) -> Receipt:
        self.points.reach("before-call")
        try:
            return await super().send(channel, delivery, lane, reply_to)
        finally:
            self.points.reach("after-call")

    async def probe(
        self,
        channel: Channel,
        delivery: Delivery,
        lane: Lane,
        *,
        notes: ProbeNotes | None = None,
        fingerprint: str = "",
    ) -> Receipt | None:
        self.points.reach("before-look")
        try:
            return await super().probe(channel, delivery, lane, notes=notes, fingerprint=fingerprint)
        finally:
            self.points.reach("after-look")


async def live(url: str, api: str, quiet: float, order: dict[str, Any]) -> None:
    """Deliver until nothing is left to do."""
    logs.configure("error")  # on stderr
    clock = SystemClock()
    store = KillableStore(url, clock.now)
    store.points = KillPoints(order.get("kill_at", ""))
    notifier = KillableNotifier(TOKEN, api=api, limits=UNLIMITED, read_timeout=2.0)
    notifier.points = store.points
    delivery_worker = DeliveryWorker(store, {"telegram": notifier}, CHANNELS, clock, quiet_time=quiet)
    stop = asyncio.Event()
    task = asyncio.create_task(delivery_worker.run(stop))
    # Looked at through a connection of its own: the kill points count the delivery worker's transactions alone.
    reader = open_store(url, read_only=True)
    while True:
        counts = await reader.run(lambda tx: tx.delivery_counts())
        if samples := order.get("samples"):
            await asyncio.to_thread(_sample, Path(samples), counts["sent"])
        if not any(counts[state] for state in ("ready", "sending", "unknown")):
            break
        await asyncio.sleep(0.1)
    stop.set()
    await task
    reader.close()
    store.close()


def _sample(path: Path, sent: int) -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    descriptors = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 — pathlib would open one more to list them
    with path.open("a", encoding="ascii") as file:
        file.write(f"{sent} {pages * os.sysconf('SC_PAGE_SIZE') // 1024} {descriptors}\n")


def one_life(arguments: list[str], order: dict[str, Any]) -> int:
    """Fork, and return the exit code (negative for a signal) when that life is over."""
    child = os.fork()
    if child == 0:
        asyncio.run(live(arguments[0], arguments[1], float(arguments[2]), order))
        os._exit(0)
    return exit_code(child, order)


def exit_code(child: int, order: dict[str, Any]) -> int:
    """Return how a life ended (negative for a signal); it is killed after the order's `seconds`, or `LONGEST`."""
    end = time.monotonic() + float(order.get("seconds") or LONGEST)
    while True:
        over, status = os.waitpid(child, os.WNOHANG)
        if over:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= end:
            os.kill(child, signal.SIGKILL)
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        time.sleep(0.002)


def main() -> None:
    for line in sys.stdin:
        print(json.dumps({"code": one_life(sys.argv[1:], json.loads(line))}), flush=True)  # noqa: T201 — the answer


if __name__ == "__main__":
    main()
