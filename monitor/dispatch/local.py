"""Runs units of work in this process: bounded, never the same unit twice at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping

import structlog

from monitor.errors import LostTurnError, StoreError, UnreadableError
from monitor.metrics import BUGS
from monitor.model import Outcome

log = structlog.get_logger(__name__)

REST = 30.0
"""Seconds for which a unit is left alone where the database refuses (a full disk)."""

_SHARES = 4
_LONGEST_REST = 3600.0  # seconds; where an internal error cannot even be recorded, rests double up to this

Work = Callable[[int], Awaitable[Outcome]]
Crashed = Callable[[str, int, BaseException], Awaitable[None]]


class LocalDispatcher:
    """A `ports.Dispatcher` on asyncio tasks.

    `work` gives the coroutine function of each kind ('poll', 'read'), `limits` how many of a kind run at once.
    `crashed` is told of an exception that nobody expected, so that the unit is put off instead of started again at
    every tick.

    `suspect` returns whether the units of a source, by name, may take long.
    """

    def __init__(
        self,
        work: Mapping[str, Work],
        limits: Mapping[str, int],
        crashed: Crashed,
        suspect: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._suspect = suspect
        self._work = dict(work)
        self._limits = dict(limits)
        self._crashed = crashed
        self._tasks: dict[tuple[str, int], asyncio.Task[Outcome | None]] = {}
        self._sources: dict[tuple[str, int], str] = {}  # whose units those are
        self._counts: dict[str, Counter[str]] = {kind: Counter() for kind in limits}  # of those, by kind and source
        self._resting: dict[tuple[str, int], float] = {}  # until when, by the loop's clock
        self._unrecorded: dict[tuple[str, int], int] = {}  # internal errors in a row that `crashed` failed to record
        self._freed: Callable[[str], None] = lambda _: None
        self._closed = False

    def room(self, kind: str) -> int:
        """Return how many more units of `kind` may start now; those of suspect sources have a limit of their own."""
        return self._limits[kind] - self._counts[kind].total() + self._suspects(kind)

    def crowded(self, kind: str, source: str) -> bool:
        """Return whether a source has reached its share of units of `kind`, regardless of others' room.

        One source has a quarter of the places at most, and so have all suspect ones together.
        """
        share = -(-self._limits[kind] // _SHARES)
        if self._counts[kind][source] >= share:
            return True
        return self._suspect(source) and self._suspects(kind) >= share

    def _suspects(self, kind: str) -> int:
        """Return how many units of `kind` are under way of suspect sources."""
        return sum(count for source, count in self._counts[kind].items() if self._suspect(source))

    def under_way(self, kind: str, ident: int) -> bool:
        """Return whether a unit has started and not ended."""
        return (kind, ident) in self._tasks

    def when_free(self, callback: Callable[[str], None]) -> None:
        """Call `callback(kind)` from now on whenever a unit of a kind has ended."""
        self._freed = callback

    @property
    def busy(self) -> int:
        """Return how many units are under way."""
        return len(self._tasks)

    def submit(self, kind: str, ident: int, source: str) -> bool:
        """Start the unit unless it runs already, rests, or there is no room; False where nothing was started."""
        unit = (kind, ident)
        if self._closed or unit in self._tasks or self.crowded(kind, source):
            return False
        full = self._counts[kind].total() >= self._limits[kind]
        if full and self.room(kind) <= 0 and not self._suspect(source):
            return False
        if self._resting.get(unit, 0.0) > asyncio.get_running_loop().time():
            return False
        task = asyncio.create_task(self.perform(kind, ident), name=f"{kind}:{ident}")
        self._tasks[unit] = task
        self._sources[unit] = source
        self._counts[kind][source] += 1
        task.add_done_callback(lambda _: self._forget(unit))
        return True

    def _forget(self, unit: tuple[str, int]) -> None:
        self._tasks.pop(unit, None)
        counts, source = self._counts[unit[0]], self._sources.pop(unit)
        counts[source] -= 1
        if not counts[source]:
            del counts[source]
        if not self._closed:
            self._freed(unit[0])

    async def perform(self, kind: str, ident: int) -> Outcome | None:
        """Run one unit to its end; return None after an internal error, which is recorded."""
        try:
            outcome = await self._work[kind](ident)
        except (
            UnreadableError
        ) as error:  # it will be the next time, too: it counts as its row's fault, which has an end
            await self.record(kind, ident, error)
            return None
        except LostTurnError as error:  # it is not this process's work any more
            log.warning("this process lost its turn", stage=kind, ident=ident, error=str(error))
            return None
        except StoreError as error:
            self.rest(kind, ident, error)
            return None
        except BaseException as error:
            # A stage's outermost loop: what escapes is a bug, also where it is no Exception (a library that exits,
            # a cancellation that nobody asked for). As a task's end it would be silent, and repeated at every tick.
            if _asked_to_end(error):
                raise
            await self.record(kind, ident, error)
            return None
        self._resting.pop((kind, ident), None)
        self._unrecorded.pop((kind, ident), None)
        return outcome

    async def record(self, kind: str, ident: int, error: BaseException) -> None:
        """Record an internal error at its row; where that fails too, postpone the unit longer each time."""
        BUGS.labels(stage=kind).inc()
        log.error("internal error", stage=kind, ident=ident, exc_info=error)
        try:
            await self._crashed(kind, ident, error)
        except Exception as refused:  # a bug in recording a bug: the row stays due, and must not be tried at every tick
            if isinstance(refused, StoreError) and not isinstance(refused, UnreadableError):
                self.rest(kind, ident, refused)
                return
            BUGS.labels(stage=kind).inc()
            tries = self._unrecorded[kind, ident] = self._unrecorded.get((kind, ident), 0) + 1
            seconds = min(REST * 2.0 ** (tries - 1), _LONGEST_REST)
            log.exception("an internal error cannot be recorded", stage=kind, ident=ident, rests_for=seconds)
            self._resting[kind, ident] = asyncio.get_running_loop().time() + seconds
        else:
            self._unrecorded.pop((kind, ident), None)

    def rest(self, kind: str, ident: int, error: StoreError) -> None:
        """Postpone a unit whose end could not be written: still due, it would ask its server at every tick."""
        log.warning("the database refuses, the work is done again", stage=kind, ident=ident, error=str(error))
        self._resting[kind, ident] = asyncio.get_running_loop().time() + REST

    def rests(self, kind: str, ident: int) -> bool:
        """Return whether a unit is postponed."""
        return self._resting.get((kind, ident), 0.0) > asyncio.get_running_loop().time()

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def drain(self, timeout: float) -> None:
        """Start nothing more, wait at most `timeout` seconds, then cancel: the rows are still there."""
        self._closed = True
        if not self._tasks:
            return
        _, late = await asyncio.wait(list(self._tasks.values()), timeout=timeout)
        for task in late:
            task.cancel()
        if late:
            await asyncio.gather(*late, return_exceptions=True)


def _asked_to_end(error: BaseException) -> bool:
    """Return whether the exception is a wanted end of the task or the process (cancellation, interrupt)."""
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is not None and task.cancelling() > 0
    return isinstance(error, KeyboardInterrupt | GeneratorExit)
