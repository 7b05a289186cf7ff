"""Kills the pipeline at every boundary in turn: before and after each commit, before and after each fetch.

    python tests/doubles/killable_pipeline.py FOLDER

Each life is a forked process, ended by SIGKILL at the N-th boundary; a second life then works to the end, and a third
finds nothing to do. Prints one JSON line a boundary: what the database holds after that. What takes long and proves
nothing is done once, before the forks: imports, the matcher, statements of SQL, an empty database.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from doubles.clock import FixedClock
from doubles.pipeline_harness import FEED, TEXT, FakeFetcher, PipelineHarness, link

from monitor.errors import StoreError
from monitor.ports import Request, Response
from monitor.store import Database, Transaction
from monitor.store.sqlite_file import FileWatch

T = TypeVar("T")


class KillBoundaries:
    """Counts boundaries, and dies at the one that was asked for."""

    def __init__(self, at: int) -> None:
        self._at = at
        self._passed = 0

    def reach(self) -> None:
        self._passed += 1
        if self._passed == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


class KillableStore(Database):
    """A store with a boundary on both sides of each commit that changes something: else there is nothing between."""

    boundaries = KillBoundaries(0)
    _changes = 0

    def rest(self) -> None:
        """Have no thread and no file open, so that the process may fork; what was compiled stays."""
        self._executor.shutdown()
        self._engine.dispose()

    def begin_life(self, clock: FixedClock, boundaries: KillBoundaries) -> None:
        """Start as a new process does, in a forked one."""
        self._now, self.boundaries, self._changes = clock.now, boundaries, 0
        self._executor = ThreadPoolExecutor(1)
        assert self._path is not None
        assert self._file is not None
        self._file.close()
        self._file = FileWatch(self._path, self._path)  # `ProcessForker.empty` has put another one there
        self._start()
        # What was given to the kernel outlives a process: only a power cut asks for more (test_database_power_cuts.py).
        connection = self._engine.raw_connection()
        connection.execute("PRAGMA synchronous = OFF")
        connection.close()

    async def run(self, function: Callable[[Transaction], T]) -> T:
        before = self._changes

        def call(tx: Transaction) -> T:
            result = function(tx)
            self._changes = _changes(tx)
            if self._changes != before:
                self.boundaries.reach()  # all is written, nothing is committed
            return result

        result = await super().run(call)
        if self._changes != before:
            self.boundaries.reach()
        return result


def _changes(tx: Transaction) -> int:
    """Return how many rows the connection has changed so far."""
    connection = tx.connection.connection.driver_connection
    assert isinstance(connection, sqlite3.Connection)
    return connection.total_changes


class KillableFetcher(FakeFetcher):
    """A fetcher with a boundary on both sides of each call."""

    boundaries: KillBoundaries

    async def fetch(self, request: Request) -> Response:
        self.boundaries.reach()
        response = await super().fetch(request)
        self.boundaries.reach()
        return response


async def live(desk: PipelineHarness) -> None:
    """Do whatever is due, as the daemon would after a start: baseline, then news, then a revision of it.

    Each is polled once more, in vain.
    """
    await desk.judge.load()
    desk.batch.begin(_refuse, _crash)
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
        await desk.poll()  # the feed is as before: this poll waits for its batch
        await desk.read()
        await desk.batch.write()
        await desk.housekeeping.tick()


def _refuse(ident: int, error: StoreError) -> None:
    raise AssertionError(ident) from error


async def _crash(ident: int, error: BaseException) -> None:
    raise AssertionError(ident) from error


class ProcessForker:
    """A database in which one life after the other is lived."""

    def __init__(self, folder: Path, *rehearsals: Callable[[KillableStore], None]) -> None:
        """Live each of these lives once, unharmed, for what it imports and compiles."""
        self.path = folder / "monitor.db"
        self._empty = folder / "empty.db"
        self.store = KillableStore(f"sqlite:///{self.path}", FixedClock().now)
        self.store.rest()
        shutil.copy(self.path, self._empty)
        for rehearse in rehearsals:
            self.empty()
            rehearse(self.store)
        gc.freeze()

    def empty(self) -> None:
        """Begin anew, with nothing in the database, and nothing beside it."""
        for file in self.path.parent.iterdir():
            if file != self._empty:
                file.unlink()
        shutil.copy(self._empty, self.path)

    def begin_with_what_is_there(self) -> None:
        """Let later lives begin on what the database holds now, in place of nothing."""
        shutil.copy(self.path, self._empty)

    def fork(self, live: Callable[[KillableStore], None]) -> int:
        """Live one life; return its exit code, negative for a signal."""
        child = os.fork()
        if child:
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        code = 1
        try:
            live(self.store)
            code = 0
        finally:
            os._exit(code)

    def kill_at_each_boundary(self, live: Callable[..., None], look: Callable[[], dict[str, object]]) -> None:
        """Live a life that is killed at its first boundary, at its second …, and print a line of JSON for each.

        It has the life's exit code, and what `look` finds after it; the last life reaches no such boundary.
        """
        for at in range(1, 500):
            self.empty()
            code = self.fork(partial(live, at=at))
            sys.stdout.write(json.dumps({"at": at, "code": code} | look()) + "\n")
            sys.stdout.flush()
            if code == 0:
                return


def life(store: KillableStore, at: int = 0) -> None:
    """Live one life, with a store of which only what was compiled is used."""
    clock, boundaries = FixedClock(), KillBoundaries(at)
    store.begin_life(clock, boundaries)
    desk = PipelineHarness(store, clock)
    desk.fetcher = KillableFetcher()
    desk.live.now = replace(desk.live.now, fetcher=desk.fetcher)
    desk.fetcher.boundaries = boundaries
    desk.watch(FEED)
    asyncio.run(live(desk))
    store.rest()


def found(path: Path) -> dict[str, object]:
    """Return what the database holds."""
    clock = FixedClock()
    store = Database(f"sqlite:///{path}", clock.now, read_only=True)
    desk = PipelineHarness(store, clock)
    rows = sorted((row.dedupe.split(":")[0], len(row.alert.members)) for row in desk.rows())
    with store.begin() as tx:
        answer: dict[str, object] = {"rows": rows, "pending": tx.pending_count()}
    store.close()
    return answer


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for the answers
    forker = ProcessForker(Path(sys.argv[1]), life)
    forker.kill_at_each_boundary(life, lambda: {"again": [forker.fork(life), forker.fork(life)]} | found(forker.path))


if __name__ == "__main__":
    main()
