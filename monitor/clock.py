"""The host's clock, and a steady one that is independent of adjustments of the host's."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

from monitor.ports import Clock

JUMP = 5.0
"""A wall clock that runs so many seconds off the monotonic one was set; a smaller difference is followed."""

_AT_ONCE = 0.5  # seconds between two looks at the monotonic clock within which a reading of both counts
_READINGS = 5


class SystemClock:
    """A `ports.Clock` with the host's time."""

    def now(self) -> datetime:
        """Return the wall-clock time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never step back."""
        return time.monotonic()


class MonotonicSteadyClock:
    """A `ports.SteadyClock`: the wall clock, without its jumps.

    While the host's clock runs, small corrections are followed. When it is set, this clock goes on as if nothing had
    happened, and reports the difference as `step()`. `pipeline.timekeeping` moves the schedule by that difference and
    calls `adopt()`, in one transaction: so every time that is computed here belongs to the schedule in force, and no
    two parts of the daemon ever disagree about what time it is. Safe for use from several threads.
    """

    def __init__(self, host: Clock | None = None) -> None:
        self._host = host or SystemClock()
        self._guard = threading.Lock()
        self._wall, self._mono = self._read()
        self._step = self._moved = 0.0

    def now(self) -> datetime:
        """Return the time in UTC; it steps only by `adopt`."""
        with self._guard:
            self._follow()
            return self._wall

    def moment(self) -> tuple[datetime, float]:
        """Return the time, and by how many seconds `adopt` has moved it since the start."""
        with self._guard:
            self._follow()
            return self._wall, self._moved

    def monotonic(self) -> float:
        """Return seconds that never step back."""
        return self._host.monotonic()

    def step(self) -> float:
        """Return by how many seconds the host's clock was set and `adopt` has not followed; 0.0 where none."""
        with self._guard:
            self._follow()
            return self._step

    def adopt(self, seconds: float) -> None:
        """Move this clock by `seconds`."""
        with self._guard:
            self._wall += timedelta(seconds=seconds)
            self._moved += seconds
            self._follow()

    def _follow(self) -> None:
        wall, mono = self._read()
        expected = self._wall + timedelta(seconds=mono - self._mono)
        ahead = (wall - expected).total_seconds()
        is_set = abs(ahead) > JUMP
        self._wall, self._mono = expected if is_set else wall, mono
        self._step = ahead if is_set else 0.0

    def _read(self) -> tuple[datetime, float]:
        """Read both clocks at one moment: a process that was stopped between the two readings has seen no jump."""
        for _ in range(_READINGS):
            before = self._host.monotonic()
            wall = self._host.now()
            mono = self._host.monotonic()
            if mono - before < _AT_ONCE:
                break
        return wall, mono
