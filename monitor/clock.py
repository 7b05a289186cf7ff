"""The real clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """A `ports.Clock` that tells the host's time."""

    def now(self) -> datetime:
        """Give the wall-clock time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Give seconds that never step back."""
        return time.monotonic()
