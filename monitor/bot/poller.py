"""Fetches updates by long polls, and stores each batch before it is acknowledged.

What was stored twice is known by its id. Telegram acknowledges a batch with the next call's offset; at a start none is
given, so what an earlier process stored but did not acknowledge comes again, and is recognised.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field

import structlog
from telegram.error import Conflict

from monitor.bot.api import BotApi
from monitor.bot.updates import Chat, has_left, heard, read
from monitor.deliver.on_failure import backoff
from monitor.errors import DeliveryError, Remedy, StoreError
from monitor.model import BARRED, Incident
from monitor.ports import Clock, Operators
from monitor.store import Database, Transaction

log = structlog.get_logger(__name__)

STORE_AGAIN = 2.0
"""Seconds between tries where the database refuses."""

_LONGEST = 60.0  # seconds between two tries while the network is away: people wait for an answer
_EMPTY = 1.0  # seconds after an empty answer that came at once: a server that does not wait must not be hammered
_FORGET = 6 * 86400.0  # seconds without news after which no offset is given: ids begin anew after a week


@dataclass(frozen=True, slots=True)
class Pauses:
    """Pauses of the poller in seconds: shorter in tests."""

    conflict: float = 5.0  # after another poller's first calls: the last process's poll may still be open
    conflict_again: float = 300.0  # once it is certain that there is another poller
    conflict_window: float = 120.0  # in which conflicts add up
    token: float = 300.0


_CERTAIN = 3  # conflicts in the window


@dataclass(slots=True)
class UpdatePoller:
    """The loop that fetches commands and button presses."""

    api: BotApi
    store: Database
    clock: Clock
    came: Callable[[], None]  # called when new updates are stored
    heard: Callable[[Collection[Chat]], Awaitable[None]]  # called with the chats that they came from
    left: Callable[[], None]  # called when somebody has left a chat
    operators: Operators[Transaction]
    rng: random.Random
    pauses: Pauses = Pauses()
    _offset: int | None = None
    _heard: float = 0.0  # the clock's monotonic seconds of the last news
    _failures: int = 0
    _conflicts: deque[float] = field(default_factory=deque)
    _barred: bool | None = None  # another poller has our updates; None: an earlier process may have found one

    async def turn(self) -> float:
        """Fetch and store updates once; return the seconds to wait before the next turn."""
        began = self.clock.monotonic()
        if began - self._heard > _FORGET:
            self._offset = None
        try:
            batch = await self.api.updates(self._offset)
        except DeliveryError as error:
            return await self._refused(error)
        await self._answered()
        if not batch:
            return 0.0 if self.clock.monotonic() - began >= _EMPTY else _EMPTY
        await self._keep([update for update in batch if read(*update) is not None])
        if chats := {chat for update in batch if (chat := heard(*update)) is not None}:
            await self.heard(chats)
        if any(has_left(body) for _, body in batch):
            self.left()
        self._offset = max(update_id for update_id, _ in batch) + 1
        self._heard = self.clock.monotonic()
        return 0.0

    async def _keep(self, batch: list[tuple[int, str]]) -> None:
        """Store updates in one transaction, however long the database refuses: nothing is acknowledged meanwhile.

        They are those that the bot acts on; what people say to each other is not kept at all.
        """
        while batch:
            try:
                fresh = await self.store.run(lambda tx: tx.store_updates(batch, self.clock.now()))
            except StoreError as error:
                if not error.retryable:
                    raise
                log.warning("updates cannot be stored yet", error=str(error))
                await asyncio.sleep(STORE_AGAIN)
                continue
            if fresh:
                self.came()
            return

    async def _answered(self) -> None:
        self._failures = 0
        now = self.clock.monotonic()
        if self._barred is False or (self._conflicts and now - self._conflicts[-1] < self.pauses.conflict_window):
            return
        closed = await self._stored(
            lambda tx: tx.close_incident(BARRED, "", self.clock.now()),
            "the end of another poller cannot be stored yet",
        )
        if closed is None:
            return
        self._barred = False
        self._conflicts.clear()
        if closed:
            self.operators.review("nobody else reads the bot's messages any more")

    async def _refused(self, error: DeliveryError) -> float:
        self._failures += 1
        if isinstance(error.__cause__, Conflict):
            return await self._conflict(error)
        say = log.warning if self._failures == 1 else log.debug  # an outage of hours is one line
        say("no updates of the bot", error=str(error), tries=self._failures)
        if error.remedy is Remedy.STOP:
            return self.pauses.token  # the delivery worker notifies the operators
        if error.remedy is Remedy.PAUSE:
            return error.retry_after or 1.0
        return max(0.1, min(_LONGEST, backoff(self._failures, self.rng.random())))

    async def _conflict(self, error: DeliveryError) -> float:
        """Handle a conflict with another program that reads the same bot; the first may be our own last process."""
        now = self.clock.monotonic()
        self._conflicts.append(now)
        while now - self._conflicts[0] > max(self.pauses.conflict_window, 0.0):
            self._conflicts.popleft()
        log.warning("another program reads the bot's messages", error=str(error), times=len(self._conflicts))
        if not self._barred and len(self._conflicts) < _CERTAIN:
            return self.pauses.conflict
        if not self._barred:
            await self._bar(error)
        return self.pauses.conflict_again

    async def _bar(self, error: DeliveryError) -> None:
        """Open the incident; where the database refuses, the next conflict tries again."""
        webhook = "webhook" in str(error)
        line = self.operators.phrases.text("bot barred webhook" if webhook else "bot barred program", error=error)
        incident = Incident(BARRED, "", line, urgent=True)

        def note(tx: Transaction) -> bool:
            tx.open_incident(incident, self.clock.now())
            return True

        if await self._stored(note, "another poller cannot be stored yet"):
            self._barred = True
            self.operators.review(incident.line)

    async def _stored(self, change: Callable[[Transaction], bool], waiting: str) -> bool | None:
        """Return what a change of the incident returns; None, with `waiting` in the log, while the database refuses."""
        try:
            return await self.store.run(change)
        except StoreError as error:
            if not error.retryable:
                raise
            log.warning(waiting, error=str(error))
            return None
