"""Polls without news, written in batches: one transaction, and one flush to the disk, for all of a tick.

A poll that is not written yet is due still, so that it is repeated where the process is killed: it is never lost. Polls
with news do not wait: an entry and the validators that would hide it commit together (`poll.py`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from monitor.errors import LostTurnError, StoreError
from monitor.model import PollRecord, SourceState
from monitor.ports import Clock
from monitor.store import Database, Transaction

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class UnwrittenPoll:
    """A poll without news: what is written of it at the time of the transaction, and what is done after that."""

    source_id: int
    record: Callable[[datetime], PollRecord]
    then: Callable[[PollRecord], None]


class PollBatch:
    """The polls that wait to be written, and the states that the tick has read of sources whose polls begin.

    Until `begin` no poll waits. What `also(tx, source_ids)` writes is written in the transaction of a batch. `refused`
    is told of each poll that the database does not take, `crashed` of one that fails by a bug.
    """

    def __init__(self, store: Database, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: dict[int, UnwrittenPoll] = {}
        self._states: dict[int, SourceState] = {}
        self._refused: Callable[[int, StoreError], None] | None = None
        self._crashed: Callable[[int, BaseException], Awaitable[None]] | None = None
        self.also: Callable[[Transaction, Sequence[int]], None] = lambda _, __: None

    def begin(
        self,
        refused: Callable[[int, StoreError], None],
        crashed: Callable[[int, BaseException], Awaitable[None]],
    ) -> None:
        """Let polls wait from now on, for somebody who calls `write` again and again."""
        self._refused, self._crashed = refused, crashed

    def hand_over(self, state: SourceState) -> None:
        """Keep the state of a source whose poll begins now: it need not be read again."""
        self._states[state.id] = state

    def take(self, source_id: int) -> SourceState | None:
        """Return the state that was handed over for a poll, once."""
        return self._states.pop(source_id, None)

    def add(self, poll: UnwrittenPoll) -> bool:
        """Let a poll wait to be written; False where its caller has to write it."""
        if self._refused is None:
            return False
        self._waiting[poll.source_id] = poll
        return True

    def waits(self, source_id: int) -> bool:
        """Return whether a source's poll is not written yet: the database says that it is due."""
        return source_id in self._waiting

    def waiting(self) -> list[int]:
        """Return the sources whose polls are not written yet."""
        return list(self._waiting)

    async def end(self) -> None:
        """Write what waits; no poll waits from now on."""
        await self.write()
        self._refused = self._crashed = None

    async def write(self) -> list[int]:
        """Write all that waits in one transaction. What the database refuses is polled again after a rest.

        Returns the sources whose polls were written in that transaction, with what `also` wrote. Raises LostTurnError
        where other processes do some of these polls now: they wait here no more, the others do still.
        """
        polls = list(self._waiting.values())
        if not polls:
            return []

        def write(tx: Transaction) -> list[PollRecord]:
            now = self._clock.now()
            records = [poll.record(now) for poll in polls]
            tx.record_polls(records)
            self.also(tx, [poll.source_id for poll in polls])
            return records

        try:
            records = await self._store.run(write)
        except LostTurnError as error:
            for ident in error.idents:
                self._waiting.pop(ident, None)
            raise
        except StoreError as error:
            if error.retryable:
                self._refuse(polls, error)
                return []
            await self._write_each(polls)
        except Exception as error:  # noqa: BLE001 — a bug at one source must not take the others' polls with it
            log.debug("polls are written one by one", reason=repr(error))
            await self._write_each(polls)
        else:
            for poll, record in zip(polls, records, strict=True):
                self._forget(poll)
                poll.then(record)
            return [poll.source_id for poll in polls]
        return []

    async def _write_each(self, polls: list[UnwrittenPoll]) -> None:
        for poll in polls:
            self._forget(poll)
            try:
                poll.then(await write_one(self._store, self._clock, poll))
            except StoreError as error:
                self._refuse([poll], error)
            except Exception as error:  # a bug: recorded at its source
                if self._crashed is None:
                    raise
                await self._crashed(poll.source_id, error)

    def _refuse(self, polls: list[UnwrittenPoll], error: StoreError) -> None:
        for poll in polls:
            self._forget(poll)
            if self._refused is not None:
                self._refused(poll.source_id, error)

    def _forget(self, poll: UnwrittenPoll) -> None:
        if self._waiting.get(poll.source_id) is poll:
            del self._waiting[poll.source_id]


async def write_one(store: Database, clock: Clock, poll: UnwrittenPoll) -> PollRecord:
    """Write one poll at once."""

    def write(tx: Transaction) -> PollRecord:
        record = poll.record(clock.now())
        tx.record_poll(record)
        return record

    return await store.run(write)
