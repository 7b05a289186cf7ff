"""Does units of work that were given out: takes their turns, does them, and releases the turns.

A turn is taken when there is a place for its unit, those of all free places in one transaction, together with what the
units begin with (`prepare`). Turns of units that have ended are released in one transaction as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import structlog

from monitor.dispatch.local import REST, LocalDispatcher
from monitor.dispatch.remote import LEASE
from monitor.errors import StoreError
from monitor.metrics import BUGS
from monitor.store import Database, Transaction
from monitor.store.lock import TURN, HeldTurns

log = structlog.get_logger(__name__)

_TRIES = 15  # a second apart, to take turns from a database that is away
_FIRST = {"read": 0, "poll": 1, "refill": 2}  # an alert waits for pages

ENDED = "monitor_ended"
"""The signal that units have ended."""

Unit = tuple[str, int]
"""The kind and the id of a unit of work."""

Prepare = Callable[[Transaction, Sequence[Unit]], Callable[[], None]]


def _prepare_nothing(_tx: Transaction, _units: Sequence[Unit]) -> Callable[[], None]:
    return lambda: None


@dataclass(slots=True)
class _Ends:
    """Turns whose units have ended, and which are to be released or left alone for a while."""

    released: list[Unit] = field(default_factory=list)
    parked: list[Unit] = field(default_factory=list)

    def write(self, tx: Transaction, owner: str) -> None:
        """Write them in a transaction."""
        for kind, idents in _by_kind(self.released).items():
            tx.release_turns(kind, idents, owner)
        for kind, idents in _by_kind(self.parked).items():
            tx.park_turns(kind, idents, owner, REST)
        tx.signal(ENDED)


class UnitRunner:
    """Does units in this process, `places` at once, by the work of a `LocalDispatcher`.

    `prepare(tx, units)` reads what units begin with in the transaction that takes their turns, and returns what is
    called once that is committed. `waits(kind, ident)` returns whether a unit's end is still to be written: whoever
    writes it writes `end_turns` in the same transaction, and calls `forget` after it.
    """

    def __init__(
        self,
        store: Database,
        local: LocalDispatcher,
        instance: str,
        places: int,
        prepare: Prepare = _prepare_nothing,
    ) -> None:
        self._store = store
        self._local = local
        self._instance = instance
        self._free = places
        self._prepare = prepare
        self._waiting: dict[Unit, asyncio.Future[bool]] = {}  # for a place, and for their turns
        self._held: set[Unit] = set()  # whose turns are this process's, or being taken
        self._ends = _Ends()
        self._taking: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self.waits: Callable[[str, int], bool] = lambda _, __: False

    async def do(self, kind: str, idents: Sequence[int]) -> None:
        """Do the units of a task whose turns are to be had; the others are done elsewhere."""
        await asyncio.gather(*(self._one(kind, ident) for ident in dict.fromkeys(idents)))

    async def keep(self) -> None:
        """Keep the turns of this process a while longer, and release those whose units it does no more.

        A turn that could not be released when its unit ended, or whose unit was cancelled, would else be kept for as
        long as this process lives, and its unit never be done again.
        """
        before = set(self._held)
        turns = await self._store.run(self._kept)
        left = [unit for unit in turns if unit not in before and unit not in self._held]
        if left:  # none is taken anew before this is written: the store does one after the other
            log.warning("turns of units that have ended are released", units=left)
            await self._store.run(lambda tx: _Ends(released=left).write(tx, self._instance))

    def _kept(self, tx: Transaction) -> list[Unit]:
        """Keep the turns of this process; return their units."""
        tx.keep_turns(self._instance, LEASE)
        return [(turn.kind, turn.ident) for turn in tx.turns(self._instance)]

    async def _one(self, kind: str, ident: int) -> None:
        unit = (kind, ident)
        if unit in self._waiting or unit in self._held:
            return  # by another task
        begins = self._waiting[unit] = asyncio.get_running_loop().create_future()
        self._take_soon()
        try:
            had = await begins
        except asyncio.CancelledError:
            if begins.done() and not begins.cancelled() and begins.result():  # it had just got its place
                self._free += 1
                self._end_soon(unit)
                self._take_soon()
            raise
        finally:
            if self._waiting.get(unit) is begins:  # else another task waits for this unit already
                del self._waiting[unit]
        if not had:
            return
        token = TURN.set(HeldTurns(kind, (ident,), self._instance))
        try:
            await self._local.perform(kind, ident)
        except BaseException:  # cancelled, as this process ends or its queue was lost: the unit is given out again
            self._end_soon(unit)
            raise
        finally:
            TURN.reset(token)
            self._free += 1
            self._take_soon()
        if self._local.rests(kind, ident):
            await self._end(unit, rests=True)
        elif not self.waits(kind, ident):
            await self._end(unit)

    # ------------------------------------------------------------------ the begin of units

    def _take_soon(self) -> None:
        if self._free > 0 and self._waiting and (self._taking is None or self._taking.done()):
            self._taking = asyncio.create_task(self._take(), name="take turns")

    async def _take(self) -> None:
        """Take turns for all free places, again and again, until none is free or nothing waits."""
        TURN.set(None)  # of this task: whose unit it began with writes nothing here
        await asyncio.sleep(0)  # the units of a task come one after the other
        while self._free > 0:
            asked = [unit for unit, begins in self._waiting.items() if not begins.done() and unit not in self._held]
            asked = sorted(asked, key=lambda unit: _FIRST.get(unit[0], 1))[: self._free]
            if not asked:
                return
            self._free -= len(asked)
            self._held.update(asked)
            taken: list[Unit] = []
            try:
                taken = await self._turns(asked)
            except Exception:  # the outermost loop of the begin of units: they are queued again later
                BUGS.labels(stage="dispatch").inc()
                log.exception("internal error", stage="dispatch")
            finally:
                self._give(asked, taken)

    async def _turns(self, asked: Sequence[Unit]) -> list[Unit]:
        """Take turns; none where the database is away for long: they are queued again later."""
        prepare = self._prepare
        for again in range(_TRIES, 0, -1):
            try:
                taken, prepared = await self._store.run(lambda tx, prepare=prepare: self._taken(tx, asked, prepare))  # type: ignore[misc]
            except StoreError as error:
                if not error.retryable or again == 1:
                    log.warning("no turn can be taken, the work is queued again later", error=str(error))
                    return []
            except Exception:  # a bug at one unit must not keep the others from beginning: each reads for itself
                if prepare is _prepare_nothing:
                    raise
                BUGS.labels(stage="dispatch").inc()
                log.exception("internal error", stage="dispatch")
                prepare = _prepare_nothing
                continue
            else:
                prepared()
                return taken
            await asyncio.sleep(1.0)
        return []

    def _taken(self, tx: Transaction, asked: Sequence[Unit], prepare: Prepare) -> tuple[list[Unit], Callable[[], None]]:
        taken = [
            (kind, ident)
            for kind, idents in _by_kind(asked).items()
            for ident in tx.take_turns(kind, idents, self._instance, LEASE)
        ]
        return taken, prepare(tx, taken)

    def _give(self, asked: Sequence[Unit], taken: Collection[Unit]) -> None:
        """Let units begin whose turns were taken; let go of the others."""
        for unit in asked:
            begins = self._waiting.pop(unit, None)
            if unit in taken and begins is not None and not begins.done():
                begins.set_result(True)
                continue
            self._free += 1
            if unit in taken:  # cancelled meanwhile
                self._end_soon(unit)
            else:
                self._held.discard(unit)
            if begins is not None and not begins.done():
                begins.set_result(False)

    # ------------------------------------------------------------------ their end

    def end_turns(self, tx: Transaction, kind: str, idents: Sequence[int]) -> None:
        """Release turns in the transaction that writes how their units ended; `forget` them once it is committed."""
        tx.release_turns(kind, idents, self._instance)
        tx.signal(ENDED)

    def forget(self, kind: str, idents: Collection[int]) -> None:
        """Forget units whose turns were released."""
        self._held.difference_update((kind, ident) for ident in idents)

    async def release(self, kind: str, idents: Collection[int], *, rest: Collection[int] = ()) -> None:
        """Release turns; those of `rest` are left alone for a while."""
        units = [(kind, ident) for ident in (*idents, *rest)]
        self._ends.released += [(kind, ident) for ident in idents]
        self._ends.parked += [(kind, ident) for ident in rest]
        self._held.difference_update(units)
        await self._written()

    async def _end(self, unit: Unit, *, rests: bool = False) -> None:
        kind, ident = unit
        await self.release(kind, [] if rests else [ident], rest=[ident] if rests else [])

    def _end_soon(self, unit: Unit) -> None:
        self._held.discard(unit)
        self._ends.released.append(unit)
        self._write_soon()

    def _write_soon(self) -> asyncio.Task[None]:
        if self._ending is None or self._ending.done():
            self._ending = asyncio.create_task(self._write_ends(), name="release turns")
        return self._ending

    async def _written(self) -> None:
        """Wait until what has ended is written: with what ends meanwhile, in one transaction."""
        await asyncio.shield(self._write_soon())

    async def _write_ends(self) -> None:
        TURN.set(None)
        while self._ends.released or self._ends.parked:
            ends, self._ends = self._ends, _Ends()
            try:
                await self._store.run(lambda tx, ends=ends: ends.write(tx, self._instance))  # type: ignore[misc]
            except StoreError as error:  # `keep` releases them later
                log.debug("a turn cannot be released", error=str(error))


def _by_kind(units: Collection[Unit]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for kind, ident in units:
        found.setdefault(kind, []).append(ident)
    return found
