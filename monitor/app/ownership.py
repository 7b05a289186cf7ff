"""Checks, as long as the daemon runs, that nobody else uses its database and its bot."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from monitor.deliver.bot_lock import BotLock
from monitor.errors import LostStoreError, MonitorError, StoreError
from monitor.store import Database, DatabaseLock

log = structlog.get_logger(__name__)

EVERY = 0.5
"""Seconds between two checks: as often as the scheduler ticks."""

_PATIENCE = 10.0
"""Seconds that the last notice to the admins may take."""


class OwnershipWatch:
    """Ends the daemon with an error when another one has taken its place, or its database is gone.

    `notify` sends one line to the admins without the database.
    """

    def __init__(
        self, store: Database, lock: DatabaseLock, bot_lock: BotLock, notify: Callable[[str], Awaitable[None]]
    ) -> None:
        self._store = store
        self._lock = lock
        self._bot_lock = bot_lock
        self._notify_directly = notify
        self._away = False

    async def watch(self) -> None:
        """Check until something is lost. Raises LostStoreError or DeliveryError, after notifying the admins."""
        while True:
            try:
                await asyncio.to_thread(self.check)
            except MonitorError as error:
                log.critical("this daemon stops", reason=str(error))
                await self._notify(str(error))
                raise
            await asyncio.sleep(EVERY)

    def check(self) -> None:
        """Check once. A server that does not answer now is asked again at the next check: only then is it known."""
        self._store.check_file()
        try:
            self._lock.keep()
        except LostStoreError:
            raise
        except StoreError as error:
            if not self._away:
                log.warning("the database's lock cannot be held now", error=str(error))
            self._away = True
        else:
            self._away = False
        self._bot_lock.keep()

    async def _notify(self, text: str) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._notify_directly(text)
        except (MonitorError, TimeoutError) as error:
            log.warning("the admins could not be notified", error=str(error))
