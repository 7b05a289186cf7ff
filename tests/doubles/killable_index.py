"""Kills the filling of the story index, and the finding anew of entities, at every commit in turn.

    python tests/doubles/killable_index.py FOLDER

As `killable_pipeline.py`: each life is a forked process, ended by SIGKILL before or after its N-th commit; a second life then
works to the end, and a third finds nothing to do. A life begins on a day of articles of which some lack what the index
keeps of them, some have what another version kept, some what another catalogue gave; articles wait to be judged.
Prints one JSON line a boundary: which story each article is in, and what is kept of it.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path

import structlog

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from doubles.clock import FixedClock
from doubles.inforce import in_force
from doubles.judge_samples import OTHER, day, judged, kept, pending, rules, spoil, stories
from doubles.killable_pipeline import KillableStore, KillBoundaries, ProcessForker

from monitor.pipeline import loading
from monitor.pipeline.judge import Judge
from monitor.store import Database

BEFORE, ALL = 14, 18
loading._BATCH, loading._REFRESHED = 4, 2


class MarkedClock(FixedClock):
    """A clock that stands where the day ends."""

    def __init__(self) -> None:
        super().__init__(day(ALL)[-1].when)


async def live(store: KillableStore, clock: FixedClock) -> None:
    """Start, and judge what waits: of each article the store knows whether it was judged."""
    judge = Judge(store=store, clock=clock, live=in_force(rules()))
    await judge.load()
    await judge.refresh()
    known = stories(store)
    for number, article in enumerate(day(ALL), 1):
        if article.key not in known:
            await judge.judge(pending(number, article), article)


async def populate(store: KillableStore, clock: FixedClock) -> None:
    """Judge the first articles, and spoil what is kept of them."""
    judge = Judge(store=store, clock=clock, live=in_force(rules()))
    await judged(judge, clock, day(ALL)[:BEFORE])
    for ident in (2, 3, 9):
        spoil(store, ident, version=0)
    spoil(store, 4, data=b"damaged")
    for ident in (5, 6, 7, 10, 14):
        spoil(store, ident, entities=OTHER)


def life(store: KillableStore, at: int = 0) -> None:
    """Live one life."""
    clock, boundaries = MarkedClock(), KillBoundaries(at)
    store.begin_life(clock, boundaries)
    asyncio.run(live(store, clock))
    store.rest()


def childhood(store: KillableStore) -> None:
    """Make what each life begins on."""
    clock = MarkedClock()
    store.begin_life(clock, KillBoundaries(0))
    asyncio.run(populate(store, clock))
    store.rest()  # the last connection closes: the journal is empty


def found(path: Path) -> dict[str, object]:
    """Return what the database holds."""
    store = Database(f"sqlite:///{path}", MarkedClock().now, read_only=True)
    alive = kept(store)
    answer: dict[str, object] = {
        "stories": sorted(stories(store).items()),
        "kept": sorted({(one.version, one.entities) for one in alive.values() if one}),
        "missing": [ident for ident, one in alive.items() if one is None],
    }
    store.close()
    return answer


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for the answers
    forker = ProcessForker(Path(sys.argv[1]), childhood)
    forker.begin_with_what_is_there()
    forker.kill_at_each_boundary(
        life, lambda: {"again": [forker.fork(life), forker.fork(partial(life, at=1))]} | found(forker.path)
    )


if __name__ == "__main__":
    main()
