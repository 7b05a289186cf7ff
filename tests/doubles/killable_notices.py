"""Kills what operators are told of at every boundary: before and after each commit and each call.

    python tests/doubles/killable_notices.py FOLDER

A disk is nearly full for a day: one message rings, is edited while that lasts, is reminded of, and both show the end. As
in killable_digests.py a second life works to the end, a third finds nothing to do, and messages go into a file. Prints
one JSON line a boundary: what each message shows at last, how many rows have one, their states, and what each call said.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from doubles.clock import FixedClock
from doubles.inforce import configured, in_force
from doubles.killable_digests import DAY, MESSAGES, QUIET, Postbox, posted, shown, states
from doubles.killable_pipeline import KillableStore, KillBoundaries, ProcessForker
from doubles.lane_harness import LaneHarness

from monitor.alert.incidents import REMIND, SETTLED
from monitor.alert.operator_notices import EDIT_PAUSE
from monitor.model import Fact, Secret, Telegram
from monitor.pipeline.health import Disk, HealthWatch
from monitor.pipeline.housekeeping import Housekeeping
from monitor.store import Transaction

_MINUTE = timedelta(minutes=1)
_OVER = REMIND + timedelta(hours=1)
STEPS: Sequence[tuple[timedelta, int]] = (  # when the disk is looked at, and the megabytes that are free then
    (timedelta(), 90),
    (_MINUTE, 80),
    (EDIT_PAUSE + 2 * _MINUTE, 70),
    (REMIND + _MINUTE, 60),
    (_OVER, 9_000),
    (_OVER + SETTLED + _MINUTE, 9_000),
    (_OVER + REMIND, 9_000),
)


class Life:
    """One process: the day from where the last one was killed."""

    def __init__(self, store: KillableStore, at: int) -> None:
        self.clock = FixedClock(DAY)
        boundaries = KillBoundaries(at)
        self.store = store
        store.begin_life(self.clock, boundaries)
        config = replace(configured(), token=Secret("1:x"), telegram=Telegram(admins=(7,)))
        live = in_force(config)
        self.health_watch = HealthWatch(live)
        self.housekeeping = Housekeeping(
            store=store, clock=self.clock, live=live, written=asyncio.Event(), health_watch=self.health_watch
        )
        assert store.directory is not None
        notifier = Postbox(store.directory / MESSAGES, boundaries)
        channels = {each.name: each for each in config.admin_channels}
        self.turner = LaneHarness(store, channels, {"telegram": notifier}, self.clock)

    async def run(self) -> None:
        """Begin at the step that the last life came to."""
        await self.store.run(lambda tx: tx.recover_deliveries())
        began = int(await self.store.run(lambda tx: tx.get(Fact.JUDGING)) or 0)
        for number, (time, free) in enumerate(STEPS[began:], began):
            if began < number:
                await self.store.run(partial(_note, step=number))
            self.clock.pass_(max((DAY + time - self.clock.now()).total_seconds(), 0))
            self.health_watch.disk = partial(Disk, "/srv", 100_000_000_000, free * 1_000_000)
            self.housekeeping.check_soon()
            await self._let_go()

    async def _let_go(self) -> None:
        """Do housekeeping's part and the lane's, until every fate is known."""
        await self.housekeeping.tick()
        await self.turner.until_idle()
        while (await self.store.run(lambda tx: tx.delivery_counts()))["unknown"]:
            self.clock.pass_(QUIET)
            await self.turner.until_idle()


def _note(tx: Transaction, step: int) -> None:
    """Keep the step that was come to."""
    tx.put(Fact.JUDGING, str(step))


def life(store: KillableStore, at: int = 0) -> None:
    asyncio.run(Life(store, at).run())
    store.rest()


def lives(store: KillableStore) -> None:
    """Work to the end, and once more."""
    for _ in range(2):
        life(store)


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    forker = ProcessForker(Path(sys.argv[1]), life)
    messages = forker.path.with_name(MESSAGES)

    def look() -> dict[str, object]:
        again = forker.fork(lives)
        rows = {row: message for message, row, _ in posted(messages)}
        return {
            "again": again,
            "states": states(forker.path),
            "shown": shown(messages),
            "rows": len(rows),
            "heads": [words[0] for _, _, words in posted(messages)],
        }

    forker.kill_at_each_boundary(life, look)


if __name__ == "__main__":
    main()
