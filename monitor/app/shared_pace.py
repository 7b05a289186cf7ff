"""The pace of hosts that several processes ask, which stands in the database."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping

import structlog

from monitor.errors import LostStoreError, StoreError
from monitor.fetch.client import SPACING
from monitor.store import Database, Transaction
from monitor.store.lock import TURN

log = structlog.get_logger(__name__)

CLOSED = "monitor_closed"
"""The signal that a host, named by it, wants silence."""

_AHEAD = 2  # requests to one host that are reserved at once: as many as run at once (`polling.per_host`) by default


class DatabasePace:
    """The pace of hosts that several processes ask, in the database; without it each goes by its own.

    What is known to be asked next may be reserved ahead, with other things that are written then.
    """

    def __init__(self, store: Database, now: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._now = now
        self._ahead: dict[str, deque[float]] = {}  # by the monotonic clock, when requests may begin

    async def reserve(self, host: str, spacing: float) -> tuple[float, float]:
        """Reserve the next request to a host, or use one that was reserved ahead."""
        wait = self._use(host, spacing)
        if wait is not None:
            return wait, 0.0
        token = TURN.set(None)
        try:
            return await self._store.run(lambda tx: tx.reserve_host(host, spacing))
        except LostStoreError:
            raise
        except StoreError as error:
            log.debug("the pace of hosts cannot be shared now", error=str(error))
            return 0.0, 0.0
        finally:
            TURN.reset(token)

    async def close_host(self, host: str, seconds: float) -> None:
        """Let no process ask a host for so many seconds."""
        self._ahead.pop(host, None)
        token = TURN.set(None)
        try:
            await self._store.run(lambda tx: _close(tx, host, seconds))
        except StoreError as error:
            log.debug("the pace of hosts cannot be shared now", error=str(error))
        finally:
            TURN.reset(token)

    def hear_closed(self, host: str) -> None:
        """Use no request that was reserved ahead at a host that told another process to be silent; '': at any host.

        Whoever asks next hears from the database for how long.
        """
        if host:
            self._ahead.pop(host, None)
        else:
            self._ahead.clear()

    def reserve_ahead(self, tx: Transaction, hosts: Iterable[str]) -> Callable[[], None]:
        """Reserve the next requests to hosts, of which each may be named often; `tx` is another one's transaction.

        Returns what is to be called once it is committed.
        """
        wanted = {host: min(count, _AHEAD) for host, count in Counter(hosts).items()}
        found = tx.reserve_hosts(wanted, SPACING)
        return lambda: self._note(wanted, found)

    def _note(self, wanted: Mapping[str, int], found: Mapping[str, tuple[float, float]]) -> None:
        now = self._now()
        for host in [host for host, begins in self._ahead.items() if begins[-1] + SPACING < now]:
            del self._ahead[host]
        for host, (wait, closed) in found.items():
            if closed <= 0:  # else whoever asks hears it from the database
                begins = (now + wait + place * SPACING for place in range(wanted[host]))
                self._ahead.setdefault(host, deque()).extend(begins)

    def _use(self, host: str, spacing: float) -> float | None:
        """Return the seconds until a request that was reserved ahead; None where none was, or its moment is over."""
        begins = self._ahead.get(host)
        while begins:
            wait = begins.popleft() - self._now()
            if not begins:
                del self._ahead[host]
            if wait >= -spacing / 2:
                return max(wait, 0.0)
        return None


def _close(tx: Transaction, host: str, seconds: float) -> None:
    tx.close_host(host, seconds)
    tx.signal(CLOSED, host)
