"""Kills the refill of a gap at every commit and every fetch in turn, after an outage of some hours.

    python tests/doubles/killable_refill.py FOLDER

As `killable_pipeline.py`: each life is a forked process, ended by SIGKILL at its N-th boundary; a second life then
works to the end, and a third finds nothing to do. Prints one JSON line a boundary: how often each article of the site
is there, and what was told of the gap.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import structlog

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from doubles.clock import FixedClock
from doubles.killable_pipeline import KillableFetcher, KillableStore, KillBoundaries, ProcessForker
from doubles.news_site import NewsSite
from doubles.pipeline_harness import PipelineHarness
from doubles.refill_harness import HOUR, entries, gap, notices, opened, run

from monitor.store import Database

OUTAGE = 9.0  # hours
AFTER = 0.15  # hours of polls and refills after it


def opened_at(store: Database, clock: FixedClock, boundaries: KillBoundaries) -> tuple[PipelineHarness, NewsSite]:
    """Return a desk that watches the site whose articles begin where the clock does."""
    desk = PipelineHarness(store, clock)
    desk.fetcher = KillableFetcher()
    desk.fetcher.boundaries = boundaries
    desk.live.now = replace(desk.live.now, fetcher=desk.fetcher)
    return desk, opened(desk)


async def _refill(desk: PipelineHarness) -> None:
    await desk.poll()
    await desk.refill()
    await run(desk, AFTER)


def childhood(store: KillableStore) -> None:
    """Watch the site for an hour, before it is out of sight."""
    clock, boundaries = FixedClock(), KillBoundaries(0)
    store.begin_life(clock, boundaries)
    desk, _ = opened_at(store, clock, boundaries)
    asyncio.run(run(desk, 1))
    store.rest()


def life(store: KillableStore, at: int = 0) -> None:
    """Come back after the outage."""
    clock, boundaries = FixedClock(), KillBoundaries(at)
    store.begin_life(clock, boundaries)
    desk, _ = opened_at(store, clock, boundaries)
    clock.pass_((1 + OUTAGE) * HOUR)
    asyncio.run(_refill(desk))
    store.rest()


def found(path: Path) -> dict[str, object]:
    """Return what the database holds."""
    clock = FixedClock()
    store = Database(f"sqlite:///{path}", clock.now)
    desk, site = opened_at(store, clock, KillBoundaries(0))
    clock.pass_((1 + OUTAGE + AFTER) * HOUR + 1)
    came = {each.link for each in site.out() if each.at > FixedClock().now() + timedelta(seconds=180)}
    counts = entries(desk)
    state = gap(desk)
    answer: dict[str, object] = {
        "articles": len(came),
        "missing": sorted(link for link in came if not counts[link]),
        "twice": sorted(link for link, count in counts.items() if count > 1),
        "told": notices(desk),
        "open": state.refill_at is not None,
        "unaccounted": state.unaccounted,
    }
    store.close()
    return answer


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for the answers
    forker = ProcessForker(Path(sys.argv[1]), life)
    forker.empty()
    forker.fork(childhood)
    forker.begin_with_what_is_there()
    forker.kill_at_each_boundary(life, lambda: {"again": [forker.fork(life), forker.fork(life)]} | found(forker.path))


if __name__ == "__main__":
    main()
