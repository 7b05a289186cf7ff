"""Gives units of work to other processes, as the process that leads the schedule.

A unit that is given out has a turn in the database, written in one transaction with its task. A turn ends when its unit
has; where the process that had it died, the unit is queued again, and its crashes are counted.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

import structlog

from monitor.errors import StoreError
from monitor.metrics import BUGS
from monitor.model import UnitTurn
from monitor.store import Database, Transaction
from monitor.store.turns import RESTS

log = structlog.get_logger(__name__)

SILENT = 10.0
"""Seconds without a beat after which a process counts as dead."""

LEASE = 20.0
"""Seconds that a process has a turn for, from its last beat."""

QUEUED = 300.0
"""Seconds that a unit may wait for a process; then its turn is given up, and it is queued again where it is due."""

AHEAD = 3
"""How many units are given out for each place: what a reader does, what it has done and is still to write, and what it
begins next, so that no place waits for who leads the schedule."""

_BATCH = AHEAD  # units of a task at most: a reader has as many tasks as places, and no more units than its share
_LOOK = 0.5  # seconds between two looks at the turns
_PAUSE = 0.05  # seconds at least: what ends within them is seen in one look
_SWEEP = 2.0
_SHARES = 4
_REFILLS = 4
_HARMFUL = 3  # crashes after which a unit is to blame

READER = "read"


class Queue(Protocol):
    """The queue of tasks, as the dispatcher uses it."""

    def defer(self, tx: Transaction, kind: str, batches: Sequence[Sequence[int]]) -> None:
        """Queue tasks within a transaction."""
        ...

    async def stalled(self) -> list[tuple[int, str, list[int]]]:
        """Return tasks whose process has died."""
        ...

    async def known(self) -> set[tuple[str, int]]:
        """Return the units of all tasks that there are."""
        ...

    async def retry(self, number: int) -> None:
        """Queue a task anew."""
        ...


class RemoteDispatcher:
    """A `ports.Dispatcher` for units that other processes do.

    `harmful(tx, kind, ident, crashes)` is called where processes died at a unit again and again. `steady` returns
    whether this process can tell that another one is silent: where the database stood still, all seem to have died.
    """

    def __init__(
        self,
        store: Database,
        queue: Queue,
        harmful: Callable[[Transaction, str, int, int], None],
        steady: Callable[[], bool] = lambda: True,
    ) -> None:
        self._store = store
        self._queue = queue
        self._harmful = harmful
        self._steady = steady
        self._turns: dict[tuple[str, int], str] = {}  # given out, with the source
        self._counts: dict[str, Counter[str]] = {}
        self._new: dict[str, list[tuple[int, str]]] = {}  # to be written
        self._places = self._readers = 0
        self._freed: Callable[[str], None] = lambda _: None
        self._closed = False
        self._writing = asyncio.Lock()
        self._lost: set[tuple[str, int]] = set()  # queued, and in no task at the last sweep
        self._flushing: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()

    def submit(self, kind: str, ident: int, source: str) -> bool:
        """Queue a unit as a task; return False where the unit is queued already or there is no room."""
        if self._closed or self.under_way(kind, ident) or self.crowded(kind, source) or self.room(kind) <= 0:
            return False
        self._turns[kind, ident] = source
        self._counts.setdefault(kind, Counter())[source] += 1
        self._new.setdefault(kind, []).append((ident, source))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush(), name="give out")
        return True

    def room(self, kind: str) -> int:
        """Return how many more units of `kind` may be given out now."""
        given = self._limit(kind) * (1 if kind == "refill" else AHEAD)
        return given - self._counts.get(kind, Counter()).total()

    def crowded(self, kind: str, source: str) -> bool:
        """Return whether a source has its share of units of `kind`: a quarter of the places."""
        return self._counts.get(kind, Counter())[source] >= max(1, -(-self._limit(kind) // _SHARES))

    def under_way(self, kind: str, ident: int) -> bool:
        """Return whether a unit was given out and has not ended."""
        return (kind, ident) in self._turns

    def when_free(self, callback: Callable[[str], None]) -> None:
        """Call `callback(kind)` from now on whenever a unit has ended."""
        self._freed = callback

    async def drain(self, timeout: float) -> None:
        """Queue no further units, and wait up to `timeout` s until the queued ones are written."""
        self._closed = True
        if self._flushing is not None:
            await asyncio.wait([self._flushing], timeout=timeout)

    async def idle(self) -> None:
        """Wait until nothing is given out."""
        while self._turns:
            await self.look()
            await asyncio.sleep(0.02)

    def wake(self) -> None:
        """Look at the turns now: some have ended."""
        self._woken.set()

    async def run(self) -> None:
        """Follow the turns until cancelled."""
        sweep = 0.0
        loop = asyncio.get_running_loop()
        while True:
            try:
                await self.look()
                if loop.time() >= sweep:
                    sweep = loop.time() + _SWEEP
                    await self.sweep()
            except StoreError as error:
                if not error.retryable:
                    raise
                log.debug("the turns cannot be looked at", error=str(error))
            except Exception:  # the outermost loop of the dispatcher: the next look tries again
                BUGS.labels(stage="dispatch").inc()
                log.exception("internal error", stage="dispatch")
            self._woken.clear()
            waiting = asyncio.ensure_future(self._woken.wait())
            await asyncio.wait([waiting], timeout=_LOOK)
            waiting.cancel()  # else one more would wait after each look, until a signal comes
            await asyncio.sleep(_PAUSE)

    async def look(self) -> None:
        """Read which turns there are, and how many places."""
        async with self._writing:
            pending = {(kind, ident) for kind, units in self._new.items() for ident, _ in units}
            turns, readers, places = await self._store.run(_turns_and_places)
            self._readers = readers
            before = self._turns
            self._turns = {(turn.kind, turn.ident): turn.source for turn in turns}
            unwritten = {(kind, ident) for kind, units in self._new.items() for ident, _ in units} | pending
            self._turns |= {unit: source for unit, source in before.items() if unit in unwritten}
            self._counts = {}
            for (kind, _), source in self._turns.items():
                self._counts.setdefault(kind, Counter())[source] += 1
            grown = places > self._places
            self._places = places
        ended = {kind for kind, ident in before.keys() - self._turns.keys()}
        for kind in ended | ({"poll", "read"} if grown else set()):
            if not self._closed:
                self._freed(kind)

    async def sweep(self) -> None:
        """Queue again what nobody does any more."""
        if not self._steady():
            return
        for number, kind, idents in await self._queue.stalled():
            await self._store.run(lambda tx, kind=kind, idents=idents: self._crashed(tx, kind, idents))  # type: ignore[misc]
            await self._queue.retry(number)
            log.warning("a process died at its work, which is queued again", kind=kind, idents=idents)
        await self._store.run(self._sweep)
        await self._drop_lost()

    async def _drop_lost(self) -> None:
        """Drop queued turns that two sweeps found in no task: the database was away when one ended, or was restored."""
        turns = await self._store.run(lambda tx: tx.turns())  # first: what is queued later has its task
        known = await self._queue.known()
        lost = {(turn.kind, turn.ident) for turn in turns if turn.owner is None} - known
        gone, self._lost = lost & self._lost, lost
        for kind in sorted({kind for kind, _ in gone}):
            idents = [ident for each, ident in gone if each == kind]
            log.warning("units of lost tasks are given out again where they are due", kind=kind, count=len(idents))
            await self._store.run(lambda tx, kind=kind, idents=idents: tx.drop_turns(kind, idents))  # type: ignore[misc]

    def _sweep(self, tx: Transaction) -> None:
        """Release turns whose lease has expired, as their process was stopped or cut off or their task was lost."""
        over: dict[str, list[UnitTurn]] = {}
        for turn in tx.turns():
            if turn.over:
                over.setdefault(turn.kind, []).append(turn)
        for kind, turns in over.items():
            owned = [turn for turn in turns if turn.owner not in (None, RESTS)]
            self._blame(tx, kind, owned)
            had = [turn.ident for turn in owned]
            tx.drop_turns(kind, [turn.ident for turn in turns if turn not in owned])
            if had:
                tx.requeue_turns(kind, had, QUEUED)
                self._queue.defer(tx, kind, batches(had, self._readers))

    def _crashed(self, tx: Transaction, kind: str, idents: Collection[int]) -> None:
        had = [
            turn
            for turn in tx.turns()
            if turn.kind == kind and turn.ident in idents and turn.owner not in (None, RESTS)
        ]
        self._blame(tx, kind, had)
        tx.requeue_turns(kind, [turn.ident for turn in had], QUEUED)

    def _blame(self, tx: Transaction, kind: str, turns: Sequence[UnitTurn]) -> None:
        for turn in turns:
            if turn.crashes + 1 >= _HARMFUL:
                self._harmful(tx, kind, turn.ident, turn.crashes + 1)

    async def _flush(self) -> None:
        """Write what was given out, with its tasks."""
        await asyncio.sleep(0)  # the tick goes on first: one transaction for all of it
        async with self._writing:
            while self._new:
                kind, units = self._new.popitem()
                try:
                    await self._store.run(lambda tx, kind=kind, units=units: self._write(tx, kind, units))  # type: ignore[misc]
                except BaseException as error:
                    for ident, source in units:
                        self._turns.pop((kind, ident), None)
                        self._counts[kind][source] -= 1
                    if not isinstance(error, StoreError):
                        raise
                    log.debug("nothing can be given out", error=str(error))

    def _write(self, tx: Transaction, kind: str, units: list[tuple[int, str]]) -> None:
        queued = tx.queue_turns(kind, units, QUEUED)
        if queued:
            self._queue.defer(tx, kind, batches(queued, self._readers))

    def _limit(self, kind: str) -> int:
        return min(_REFILLS, self._places) if kind == "refill" else self._places


def batches(idents: Sequence[int], readers: int) -> list[Sequence[int]]:
    """Cut ids into tasks: few, and yet so many that all readers share them."""
    size = max(1, min(_BATCH, len(idents) // max(readers, 1)))
    return [idents[start : start + size] for start in range(0, len(idents), size)]


def _turns_and_places(tx: Transaction) -> tuple[list[UnitTurn], int, int]:
    """Return the turns, how many readers there are, and how many places these have."""
    alive = [each.state for each in tx.processes() if each.silent < SILENT]
    readers = [state.places for state in alive if READER in state.roles]
    return tx.turns(), len(readers), sum(readers)
