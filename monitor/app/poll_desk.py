"""A reader's polls, in few transactions: how they begin, and how those end that brought no news."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from monitor.app.shared_pace import DatabasePace
from monitor.background import wait_at_most
from monitor.dispatch.local import LocalDispatcher
from monitor.dispatch.runner import UnitRunner
from monitor.errors import LostTurnError
from monitor.fetch.address import host_of
from monitor.pipeline.poll_batch import PollBatch
from monitor.store import Database, Transaction
from monitor.store.lock import TURN, HeldTurns

log = structlog.get_logger(__name__)

_FLUSH = 0.5  # seconds between two writes of polls without news


class PollDesk:
    """The begin and the end of a reader's polls: each of them in one transaction for several.

    Their states, and the pace of their hosts, are read with their turns. Polls without news are written, with the
    release of their turns, when as many wait as half of the places, or after `_FLUSH` s: whoever gives units out
    gives out no more than a multiple of the places.
    """

    def __init__(
        self, store: Database, polls: PollBatch, local: LocalDispatcher, pace: DatabasePace, instance: str, places: int
    ) -> None:
        self._instance = instance
        self._pace = pace
        self._polls = polls
        self._local = local
        self._enough = max(1, places // 2)
        self._full = asyncio.Event()
        self.runner = UnitRunner(store, local, instance, places, self.prepare)
        self.runner.waits = self.waits
        self._polls.also = lambda tx, idents: self.runner.end_turns(tx, "poll", idents)

    def prepare(self, tx: Transaction, units: Sequence[tuple[str, int]]) -> Callable[[], None]:
        """Read what polls begin with, and reserve their requests."""
        states = tx.some_source_states([ident for kind, ident in units if kind == "poll"])
        note_pace = self._pace.reserve_ahead(tx, filter(None, (host_of(state.address) for state in states)))

        def note() -> None:
            note_pace()
            for state in states:
                self._polls.hand_over(state)

        return note

    def waits(self, kind: str, ident: int) -> bool:
        """Return whether a unit that has ended is a poll that is still to be written."""
        if kind != "poll" or not self._polls.waits(ident):
            return False
        if len(self._polls.waiting()) >= self._enough:
            self._full.set()
        return True

    async def run(self) -> None:
        """Write polls until cancelled."""
        while True:
            await wait_at_most(self._full, _FLUSH)
            self._full.clear()
            await self.write()

    async def write(self) -> None:
        """Write polls without news in one transaction, with the release of their turns.

        Those whose turns are other processes' by now are left to these, and keep no other back.
        """
        while idents := self._polls.waiting():
            try:
                await self._write(idents)
            except LostTurnError as error:
                log.warning("other processes do these polls now", sources=error.idents)
                self.runner.forget("poll", error.idents)
            else:
                return

    async def _write(self, idents: Sequence[int]) -> None:
        token = TURN.set(HeldTurns("poll", tuple(idents), self._instance))
        try:
            released = await self._polls.write()
        finally:
            TURN.reset(token)
        self.runner.forget("poll", released)
        left = [ident for ident in idents if ident not in released and not self._polls.waits(ident)]
        if left:
            resting = [ident for ident in left if self._local.rests("poll", ident)]
            await self.runner.release("poll", [ident for ident in left if ident not in resting], rest=resting)
