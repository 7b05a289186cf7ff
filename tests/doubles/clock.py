"""A clock that moves only when it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FixedClock:
    """A `ports.Clock`; `wall` and `mono` may drift apart, as they do when the host's clock is set."""

    def __init__(self, start: datetime | None = None) -> None:
        self.wall = start or datetime(2023, 11, 9, 7, 0, tzinfo=UTC)
        self.mono = 1000.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.mono

    def pass_(self, seconds: float) -> None:
        """Let time pass."""
        self.wall += timedelta(seconds=seconds)
        self.mono += seconds

    def set_wall(self, seconds: float) -> None:
        """Set the wall clock by `seconds`, as NTP or an operator does."""
        self.wall += timedelta(seconds=seconds)
