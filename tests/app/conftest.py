"""A clock that a test sets, and a store in memory by it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from doubles.clock import FixedClock

from monitor.store import Database, open_store


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def store(clock: FixedClock) -> Iterator[Database]:
    opened = open_store("sqlite://", clock_now=clock.now)
    yield opened
    opened.close()
