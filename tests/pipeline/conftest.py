"""A desk of alerts, where a test of what goes out when asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from doubles.clock import FixedClock
from doubles.policy_harness import EVENING, PolicyHarness, lists

from monitor.model import Channel, Watchlist


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
