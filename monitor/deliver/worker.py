"""Delivers the outbox: one lane an address, one message in flight in each, in order. docs/delivery-internals.md has it.

This module supervises; lane.py takes one lane's turns, claim.py and on_failure.py decide how they begin and end.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Collection, Mapping

import structlog

from monitor.deliver.lane import LaneRunner
from monitor.deliver.lane_context import LaneContext
from monitor.deliver.timing import USUAL, DeliveryTiming
from monitor.errors import DeliveryError, StoreError
from monitor.metrics import STALLED
from monitor.model import Alert, Channel, Delivery, Lane, MessageKind, Severity, State
from monitor.ports import Clock, Notifier, Operators
from monitor.store import Database, Transaction

log = structlog.get_logger(__name__)

QUIET_TIME = 30.0
"""Seconds between an unknown outcome and the probe whether the message arrived."""

EXPIRE = 172_800.0
"""Seconds (two days) that a row is tried, where neither it nor its channel says how long."""


class DeliveryWorker:
    """Sends the rows of the outbox until it is stopped.

    `notifiers` are by kind, `channels` by name; without `operators`, notices go to the log alone.
    """

    def __init__(
        self,
        store: Database,
        notifiers: Mapping[str, Notifier],
        channels: Mapping[str, Channel],
        clock: Clock,
        *,
        quiet_time: float = QUIET_TIME,
        expire: float = EXPIRE,
        timing: DeliveryTiming = USUAL,
        operators: Operators[Transaction] | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._context = LaneContext(
            store=store,
            clock=clock,
            quiet_time=quiet_time,
            expire=expire,
            timing=timing,
            operators=operators,
            rng=rng or random.Random(),  # noqa: S311 — jitter, not a secret
        )
        self._notifiers: dict[str, Notifier] = dict(notifiers)
        self._channels: dict[str, Channel] = dict(channels)
        self._lanes: dict[str, LaneRunner] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._leaving: dict[LaneRunner, asyncio.Task[None]] = {}  # retired by a reload, still at the end of a call
        self._closing: set[asyncio.Task[None]] = set()
        self._running = False
        self.progress: float = clock.monotonic()
        """When the lanes were last seen at work, in the clock's monotonic seconds."""

    def wake(self) -> None:
        """Look at every lane now: rows were added."""
        for lane in self._lanes.values():
            lane.wake()

    def retry(self, names: Collection[str]) -> None:
        """Try these lanes now, should they be suspended: their chats have shown that they may take messages again."""
        for name in names:
            if name in self._lanes:
                self._lanes[name].retry()

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set and the calls under way have ended; then close the notifiers.

        Rows that an earlier process left in SENDING are UNKNOWN first: nobody knows what became of them.
        """
        halted = asyncio.create_task(stop.wait(), name="delivery_worker halt")
        try:
            await self._recover(stop)
            self._running = True
            self._arrange()
            while not stop.is_set():
                self._beat()
                self._revive()
                await asyncio.wait([halted], timeout=self._context.timing.heartbeat)
        finally:
            self._running = False
            halted.cancel()
            await self._finish()

    async def reconfigure(
        self, channels: Mapping[str, Channel], notifiers: Mapping[str, Notifier], *, expire: float = EXPIRE
    ) -> None:
        """Put other channels and notifiers into force; calls under way end with the old ones, which are then closed.

        Rows of channels that are no longer there keep their state. Suspended addresses are tried again.
        """
        self._context.expire = expire
        old = [notifier for notifier in self._notifiers.values() if notifier not in notifiers.values()]
        self._channels, self._notifiers = dict(channels), dict(notifiers)
        self._context.stopped.clear()
        lanes = list(self._lanes.values())
        if self._running:
            self._arrange()
        closing = asyncio.create_task(self._close_when_idle(lanes, old), name="close old channels")
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def drain(self, timeout: float) -> None:
        """Start no further call; wait at most `timeout` seconds for those under way, then give them up.

        What is given up stays SENDING, and is probed at the next start: so, too, a call whose end the database
        does not take, after one last try.
        """
        tasks = [task for task in self._end_lanes() if not task.done()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=timeout)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def send_without_outbox(self, channels: Collection[Channel], text: str) -> None:
        """Send a notice past the outbox, once to each channel: for when the database is lost."""
        now = self._context.clock.now()
        phrases = self._context.phrases
        alert = Alert(
            MessageKind.NOTICE,
            phrases.text("stops"),
            lines=(text,),
            severity=Severity.HIGH,
            at=now,
            wording=phrases.language,
        )
        for channel in channels:
            notifier = self._notifiers.get(channel.kind)
            if notifier is None:
                continue
            row = Delivery(0, channel.name, "", alert, State.SENDING, None, None, 1, 0, 1, due_at=now, created_at=now)
            try:
                await notifier.send(channel, row, Lane(notifier.lane(channel)), None)
            except DeliveryError as error:
                log.warning("not told", channel=channel.name, error=str(error))

    async def _recover(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                count = await self._context.store.run(lambda tx: tx.recover_deliveries())
            except StoreError as error:
                log.warning("the outbox cannot be read", error=str(error))
                await asyncio.sleep(self._context.timing.recover_again)
                continue
            if count:
                log.warning("calls of the last run have no known outcome", count=count)
            return

    def _arrange(self) -> None:
        """Make a lane for every address, and assign every lane its channels."""
        groups: dict[str, dict[str, tuple[Channel, Notifier]]] = {}
        for channel in self._channels.values():
            notifier = self._notifiers.get(channel.kind)
            if notifier is None:
                log.error("no way to deliver to this channel", channel=channel.name, kind=channel.kind)
                continue
            groups.setdefault(notifier.lane(channel), {})[channel.name] = (channel, notifier)
        for name in set(self._lanes) - set(groups):
            lane = self._lanes.pop(name)
            lane.retire()
            self._leaving[lane] = self._tasks.pop(name)
        for name, members in groups.items():
            if name in self._lanes:
                self._lanes[name].reassign(members)
            else:
                self._start(LaneRunner(name, members, self._context))

    def _start(self, lane: LaneRunner) -> None:
        self._lanes[lane.name] = lane
        # A retired lane of this name may still be in a call.
        before = [task for old, task in self._leaving.items() if old.name == lane.name and not task.done()]
        self._tasks[lane.name] = asyncio.create_task(lane.run(before), name=f"lane {lane.name}")

    def _end_lanes(self) -> list[asyncio.Task[None]]:
        """End every lane; return their tasks."""
        for lane in (*self._lanes.values(), *self._leaving):
            lane.end()
        return [*self._tasks.values(), *self._leaving.values()]

    def stalled(self, limit: float) -> dict[str, float]:
        """Return the channels of lanes that have not moved for `limit` seconds, each with for how long."""
        found = {
            lane: seconds
            for lane in (*self._lanes.values(), *self._leaving)
            if (seconds := lane.stalled_for()) >= limit
        }
        return {channel: round(seconds, 1) for lane, seconds in found.items() for channel in lane.channels}

    def _revive(self) -> None:
        """Restart lanes whose task ended though the worker was not stopped."""
        for name, lane in self._lanes.items():
            task = self._tasks[name]
            if task.done() and not lane.retired:
                log.error("a lane ended by itself and is started anew", lane=name)
                self._tasks[name] = asyncio.create_task(lane.run(), name=f"lane {name}")

    def _beat(self) -> None:
        self._leaving = {lane: task for lane, task in self._leaving.items() if not task.done()}
        stuck = self._context.timing.stuck
        STALLED.set(sum(lane.stalled_for() >= stuck for lane in (*self._lanes.values(), *self._leaving)))
        now = self._context.clock.monotonic()
        if all(lane.busy_since is None or now - lane.busy_since < stuck for lane in self._lanes.values()):
            self.progress = now

    async def _close_when_idle(self, lanes: list[LaneRunner], notifiers: list[Notifier]) -> None:
        for lane in lanes:
            await lane.idle()
        for notifier in {id(notifier): notifier for notifier in notifiers}.values():
            await notifier.close()

    async def _finish(self) -> None:
        """Let calls under way end, then close what is open."""
        await asyncio.gather(*self._end_lanes(), *self._closing, return_exceptions=True)
        self._lanes.clear()
        self._tasks.clear()
        self._leaving.clear()
        for notifier in {id(notifier): notifier for notifier in self._notifiers.values()}.values():
            await notifier.close()
