"""Does units of work that were given out: takes their turns, does them, and releases the turns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from monitor.dispatch.local import REST, LocalDispatcher
from monitor.dispatch.remote import LEASE
from monitor.errors import StoreError
from monitor.store import Database, Transaction
from monitor.store.lock import TURN, HeldTurns

log = structlog.get_logger(__name__)

_TRIES = 15  # a second apart, to take turns from a database that is away

ENDED = "monitor_ended"
"""The signal that units have ended."""


class UnitRunner:
    """Does units in this process, `places` at once, by the work of a `LocalDispatcher`.

    `waits(kind, ident)` returns whether a unit's end is still to be written: whoever writes it calls `release`.
    """

    def __init__(self, store: Database, local: LocalDispatcher, instance: str, places: int) -> None:
        self._store = store
        self._local = local
        self._instance = instance
        self._places = asyncio.Semaphore(places)
        self.waits: Callable[[str, int], bool] = lambda _, __: False

    async def do(self, kind: str, idents: Sequence[int]) -> None:
        """Do the units of a task whose turns are to be had; the others are done elsewhere."""
        for again in range(_TRIES, 0, -1):
            try:
                taken = await self._store.run(lambda tx: tx.take_turns(kind, idents, self._instance, LEASE))
                break
            except StoreError as error:
                if not error.retryable or again == 1:
                    log.warning("no turn can be taken, the work is queued again later", error=str(error))
                    return
            await asyncio.sleep(1.0)
        await asyncio.gather(*(self._one(kind, ident) for ident in taken))

    async def keep(self) -> None:
        """Keep the turns of this process a while longer."""
        await self._store.run(lambda tx: tx.keep_turns(self._instance, LEASE))

    async def _one(self, kind: str, ident: int) -> None:
        async with self._places:
            token = TURN.set(HeldTurns(kind, (ident,), self._instance))
            try:
                await self._local.perform(kind, ident)
            finally:
                TURN.reset(token)
        if self._local.rests(kind, ident):
            await self._end(kind, ident, REST)
        elif not self.waits(kind, ident):
            await self._end(kind, ident)

    async def release(self, kind: str, ident: int) -> None:
        """Release a unit whose end is written."""
        await self._end(kind, ident)

    async def _end(self, kind: str, ident: int, rest: float = 0.0) -> None:
        def end(tx: Transaction) -> None:
            if rest:
                tx.park_turns(kind, [ident], self._instance, rest)
            else:
                tx.release_turns(kind, [ident], self._instance)
                tx.signal(ENDED)

        try:
            await self._store.run(end)
        except StoreError as error:  # it ends by its time
            log.debug("a turn cannot be released", error=str(error))
