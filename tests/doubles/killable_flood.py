"""Kills a daemon at every boundary while a site floods its feed: before and after each commit, fetch and call.

    python tests/doubles/killable_flood.py FOLDER

An established source brings more new items at once than it ever did: its alerts go into one digest. As in
killable_digests.py a second life works to the end, a third finds nothing to do, and messages go into a file. Prints one
JSON line a boundary: which stories each message shows at last, how many calls that took, and the states of the rows.
"""

from __future__ import annotations

import asyncio
import logging
import random
import sys
from dataclasses import replace
from pathlib import Path

import structlog

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from doubles.clock import FixedClock
from doubles.killable_digests import MESSAGES, QUIET, Postbox, posted, shown, states
from doubles.killable_pipeline import KillableFetcher, KillableStore, KillBoundaries, ProcessForker
from doubles.lane_harness import LaneHarness
from doubles.pipeline_harness import FEED, PipelineHarness, link

from monitor import polling
from monitor.errors import StoreError
from monitor.model import Channel
from monitor.store import open_store

KNOWN, NEWS = polling.ESTABLISHED, 5
polling._FLOOD = NEWS  # so few, as each of them is a dozen boundaries


def texts(number: int) -> tuple[str, list[str]]:
    """Return title and paragraphs of an article that is like no other."""
    rng = random.Random(number)

    def name() -> str:
        return "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(4)).title()

    lines = [
        f"An ICBM was seen near {name()} by {name()} while {name()} of {name()} spoke with {name()} about {name()}, "
        f"said {name()} in {name()}."
        for _ in range(4)
    ]
    return f"ICBM near {name()} and {name()} ({number})", lines


def serve(desk: PipelineHarness, count: int) -> None:
    """Put so many items into the feed, the newest first, with a page for each."""
    items = []
    for number in range(count, 0, -1):
        title, lines = texts(number)
        desk.page(link(number), *lines)
        items.append((title, link(number), 3600.0 if number <= KNOWN else 60.0))
    desk.serve(FEED, *items)


async def live(desk: PipelineHarness, turner: LaneHarness) -> None:
    """Do whatever is due until nothing is: poll, read, gather and send."""
    await desk.judge.load()
    desk.batch.begin(_refuse, _crash)
    await desk.store.run(lambda tx: tx.recover_deliveries())
    await desk.poll()
    await desk.batch.write()
    await desk.read()
    await desk.housekeeping.tick()
    await turner.until_idle()
    while (await desk.store.run(lambda tx: tx.delivery_counts()))["unknown"]:
        desk.clock.pass_(QUIET)
        await turner.until_idle()


def _refuse(ident: int, error: StoreError) -> None:
    raise AssertionError(ident) from error


async def _crash(ident: int, error: BaseException) -> None:
    raise AssertionError(ident) from error


def life(store: KillableStore, count: int = KNOWN + NEWS, at: int = 0) -> None:
    clock, boundaries = FixedClock(), KillBoundaries(at)
    store.begin_life(clock, boundaries)
    desk = PipelineHarness(store, clock)
    desk.fetcher = KillableFetcher()
    desk.fetcher.boundaries = boundaries
    desk.live.now = replace(desk.live.now, fetcher=desk.fetcher)
    desk.watch(FEED)
    serve(desk, count)
    assert store.directory is not None
    notifier = Postbox(store.directory / MESSAGES, boundaries)
    channel = Channel("desk", "postbox", {"to": "desk"}, timezone="UTC")
    asyncio.run(live(desk, LaneHarness(store, {"desk": channel}, {"postbox": notifier}, clock)))
    store.rest()


def lives(store: KillableStore) -> None:
    """Work to the end, and once more."""
    for _ in range(2):
        life(store)


def pending(path: Path) -> int:
    store = open_store(f"sqlite:///{path}", read_only=True)
    with store.begin() as tx:
        count = tx.pending_count()
    store.close()
    return count


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    forker = ProcessForker(Path(sys.argv[1]))
    messages = forker.path.with_name(MESSAGES)
    life(forker.store, KNOWN)  # what the feed shows at first raises no alert
    messages.unlink(missing_ok=True)
    forker.begin_with_what_is_there()

    def look() -> dict[str, object]:
        return {
            "again": forker.fork(lives),
            "states": states(forker.path),
            "pending": pending(forker.path),
            "shown": shown(messages),
            "calls": len(posted(messages)),
        }

    forker.kill_at_each_boundary(life, look)


if __name__ == "__main__":
    main()
