"""A desk of alerts, where a test of what goes out when asks for one; a store by the steady clock of a test's `host`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from doubles.clock import FixedClock
from doubles.policy_harness import EVENING, PolicyHarness, lists

from monitor.clock import MonotonicSteadyClock
from monitor.model import Channel, Watchlist
from monitor.store import Database, open_store


@pytest.fixture
def clock(host: FixedClock) -> MonotonicSteadyClock:
    return MonotonicSteadyClock(host)


@pytest.fixture
def store(clock: MonotonicSteadyClock) -> Iterator[Database]:
    made = open_store("sqlite://", clock_now=clock.now)
    yield made
    made.close()


@pytest.fixture
def opened() -> Iterator[list[PolicyHarness]]:
    desks: list[PolicyHarness] = []
    yield desks
    for desk in desks:
        desk.store.close()


@pytest.fixture
def make(opened: list[PolicyHarness]) -> Any:
    def make(at: datetime = EVENING, watchlists: list[Watchlist] | None = None, **settings: Any) -> PolicyHarness:
        channel = Channel("desk", "telegram", {"chat": -1}, **settings)
        opened.append(PolicyHarness(watchlists or lists(), [channel], FixedClock(at)))
        return opened[-1]

    return make
