"""The clock of the database's server, for processes on several hosts: the hosts' own may differ by minutes."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

from monitor.store import Database

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ServerClock:
    """A steady clock that goes by the server's, as last asked, and by the monotonic clock in between."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._at, self._mono = time.time(), time.monotonic()

    async def follow(self, store: Database) -> float:
        """Ask the server; return by how many seconds this host's clock is ahead of it."""
        begun = time.monotonic()
        seconds = await store.run(lambda tx: tx.server_seconds())
        self.set(seconds, (begun + time.monotonic()) / 2)
        return time.time() - (seconds + (time.monotonic() - begun) / 2)

    def set(self, seconds: float, mono: float) -> None:
        """Note the server's time at a moment of the monotonic clock."""
        with self._guard:
            self._at, self._mono = seconds, mono

    def now(self) -> datetime:
        """Return the server's time in UTC."""
        with self._guard:
            return _EPOCH + timedelta(seconds=self._at + time.monotonic() - self._mono)

    def moment(self) -> tuple[datetime, float]:
        """Return the time; it is never moved."""
        return self.now(), 0.0

    def monotonic(self) -> float:
        """Return seconds that never step back."""
        return time.monotonic()

    def step(self) -> float:
        """Return 0.0: whoever sets the server's clock moves no schedule."""
        return 0.0

    def adopt(self, seconds: float) -> None:
        """Do nothing."""
