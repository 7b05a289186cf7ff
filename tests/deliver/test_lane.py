"""One lane's turns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from doubles.clock import FixedClock
from doubles.fake_notifiers import FakeNotifier
from doubles.lane_harness import LaneHarness
from doubles.refusing_store import RefusingStore

from monitor.errors import StoreError
from monitor.model import Channel, Lane
from monitor.store import Transaction

T = TypeVar("T")
DESK = {"desk": Channel("desk", "obedient", {"to": "a"})}


class InterruptedStore(RefusingStore):
    """A store that refuses, while something else happens."""

    def meanwhile(self) -> None:
        """Do nothing, unless a test sets something else."""

    async def run(self, function: Callable[[Transaction], T]) -> T:
        if self.refusing is not None:
            self.meanwhile()
        return await super().run(function)


async def test_a_retry_asked_for_while_the_database_refuses_is_made() -> None:
    clock, notifier = FixedClock(), FakeNotifier()
    store = InterruptedStore("sqlite://", clock.now)
    turner = LaneHarness(store, DESK, {"obedient": notifier}, clock)
    (lane,) = turner.lanes
    await turner.until_idle()  # what begins on trial is so no more
    suspended = Lane(lane.name, suspended_at=clock.now(), reason="blocked")
    await store.run(lambda tx: tx.save_lane(suspended, ["desk"]))
    await turner.add("desk", "One")
    await turner.until_idle()
    assert notifier.sent == []
    store.meanwhile = lane.retry  # type: ignore[method-assign]
    store.refusing = StoreError("full")
    assert await turner.turn(lane) > 0
    store.refusing = None
    await turner.until_idle()
    assert notifier.headlines == ["One"]
    store.close()
