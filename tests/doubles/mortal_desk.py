"""Kills the pipeline at every boundary in turn: before and after each commit, before and after each fetch.

    python tests/doubles/mortal_desk.py FOLDER

Each life is a forked process on a database of its own, ended by SIGKILL at the N-th boundary; a second life then works
to the end, and a third finds nothing to do. Prints one JSON line a boundary: what the database holds after that.
The matcher is compiled once, before the forks.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import structlog

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from doubles.clock import FixedClock
from doubles.newsdesk import FEED, TEXT, FakeFetcher, Newsdesk, compiled, link

from monitor.ports import Request, Response, Transaction
from monitor.store import Database

T = TypeVar("T")


class Boundaries:
    """Counts boundaries, and dies at the one that was asked for."""

    def __init__(self, at: int) -> None:
        self._at = at
        self._passed = 0

    def reach(self) -> None:
        self._passed += 1
        if self._passed == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalStore(Database):
    """A store with a boundary on both sides of each commit."""

    boundaries: Boundaries

    async def run(self, function: Callable[[Transaction], T]) -> T:
        def call(tx: Transaction) -> T:
            result = function(tx)
            self.boundaries.reach()  # all is written, nothing is committed
            return result

        result = await super().run(call)
        self.boundaries.reach()
        return result


class MortalFetcher(FakeFetcher):
    """A fetcher with a boundary on both sides of each call."""

    boundaries: Boundaries

    async def fetch(self, request: Request) -> Response:
        self.boundaries.reach()
        response = await super().fetch(request)
        self.boundaries.reach()
        return response


async def live(desk: Newsdesk) -> None:
    """Do whatever is due, as the daemon would after a start: baseline, then news, then a revision of it."""
    await desk.judge.load()
    desk.page(link(1), *TEXT)
    first, second = ("Old report on North Korea", link(1), 3600.0), ("N.K. fires ICBM", link(2), 60.0)
    revision = ("(LEAD) N.K. fires ICBM", link(2).replace("00315", "51315"), 30.0)
    desk.page(second[1], *TEXT[:1], "Seoul called the launch of Thursday morning a grave provocation by its neighbour.")
    desk.page(
        revision[1], *TEXT[:1], "Seoul called the launch of Thursday morning a grave provocation by its neighbour."
    )
    for items in ([first], [second, first], [revision, second, first]):
        desk.serve(FEED, *items)
        await desk.poll()
        await desk.read()
        await desk.herald.tick()


def fork(folder: Path, at: int) -> int:
    """Live one life; give its exit code, negative for a signal."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    clock = FixedClock()
    store = MortalStore(f"sqlite:///{folder}/monitor.db", clock.now)
    store.boundaries = Boundaries(at)
    desk = Newsdesk(store, clock)
    desk.fetcher = MortalFetcher()
    desk.fetcher.boundaries = store.boundaries
    desk.watch(FEED)
    asyncio.run(live(desk))
    store.close()
    os._exit(0)


def found(folder: Path) -> dict[str, object]:
    """Say what the database holds."""
    clock = FixedClock()
    store = Database(f"sqlite:///{folder}/monitor.db", clock.now, read_only=True)
    desk = Newsdesk(store, clock)
    rows = sorted((row.dedupe.split(":")[0], len(row.alert.members)) for row in desk.rows())
    with store.begin() as tx:
        answer: dict[str, object] = {"rows": rows, "pending": tx.pending_count()}
    store.close()
    return answer


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for the answers
    compiled()
    for at in range(1, 500):
        folder = Path(sys.argv[1]) / str(at)
        folder.mkdir()
        code = fork(folder, at)
        again = [fork(folder, 0), fork(folder, 0)]
        answer = {"at": at, "code": code, "again": again} | found(folder)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
        if code == 0:  # there is no such boundary: all were tried
            return


if __name__ == "__main__":
    main()
