"""Lanes whose turns a test takes by hand, on a clock that stands still between them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from doubles.clock import FixedClock
from doubles.delivery_harness import alert

from monitor.clock import MonotonicSteadyClock
from monitor.deliver.lane import LaneRunner
from monitor.deliver.lane_context import LaneContext, Members
from monitor.deliver.timing import USUAL
from monitor.model import Channel, NewDelivery
from monitor.pipeline.timekeeping import ClockWatch
from monitor.ports import Notifier, Operators
from monitor.scheduler import Scheduler
from monitor.store import Database, Transaction


class IdleDispatcher:
    """A `ports.Dispatcher` that is given nothing to do."""

    def submit(self, kind: str, ident: int, source: str) -> bool:
        return False

    def room(self, kind: str) -> int:
        return 0

    def crowded(self, kind: str, source: str) -> bool:
        return True

    def under_way(self, kind: str, ident: int) -> bool:
        return False

    def when_free(self, callback: Callable[[str], None]) -> None:
        """Nothing ends here."""

    async def drain(self, timeout: float) -> None:
        return


class _Jitter(random.Random):
    def __init__(self, value: float) -> None:
        super().__init__()
        self._value = value

    def random(self) -> float:
        return self._value


class LaneHarness:
    """All lanes of a delivery worker, and the scheduler's tick."""

    def __init__(
        self,
        store: Database,
        channels: Mapping[str, Channel],
        notifiers: Mapping[str, Notifier],
        clock: FixedClock,
        *,
        quiet_time: float = 30.0,
        jitter: float = 0.0,
        operators: Operators[Transaction] | None = None,
    ) -> None:
        self.store, self.clock = store, clock
        steady = MonotonicSteadyClock(clock)
        self._context = LaneContext(store, steady, quiet_time, 172_800.0, USUAL, operators, _Jitter(jitter))
        groups: dict[str, dict[str, tuple[Channel, Notifier]]] = {}
        for channel in channels.values():
            notifier = notifiers[channel.kind]
            groups.setdefault(notifier.lane(channel), {})[channel.name] = (channel, notifier)
        self.lanes = [LaneRunner(name, members, self._context) for name, members in _members(groups).items()]
        self._steady = steady
        self._scheduler = Scheduler(
            store=store,
            dispatcher=IdleDispatcher(),
            clock=steady,
            follow_clock=ClockWatch(store, steady).follow,
            housekeeping=nothing,
        )

    async def add(self, channel: str, dedupe: str, **more: object) -> int:
        new = NewDelivery(channel, dedupe, alert(dedupe), **more)  # type: ignore[arg-type]
        ident = await self.store.run(lambda tx: tx.add_delivery(new, self._steady.now()))
        assert ident is not None
        return ident

    async def turn(self, lane: LaneRunner) -> float:
        """Take one turn; return the seconds after which to look again."""
        return await lane._guarded_turn()

    async def until_idle(self) -> None:
        """Take turns at each lane until it wants to wait."""
        for lane in self.lanes:
            for _ in range(1000):
                if await self.turn(lane) > 0:
                    break
            else:
                raise AssertionError(f"{lane.name} finds no rest")

    async def tick(self) -> None:
        """Let the scheduler look at the clocks."""
        await self._scheduler.tick()


def _members(groups: dict[str, dict[str, tuple[Channel, Notifier]]]) -> dict[str, Members]:
    return dict(groups)


async def nothing() -> None:
    return
