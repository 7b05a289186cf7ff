"""A desk of alerts, where a test of what goes out when asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from doubles.alertdesk import EVENING, AlertDesk, lists
from doubles.clock import FixedClock

from monitor.model import Channel, Watchlist


@pytest.fixture
def opened() -> Iterator[list[AlertDesk]]:
    desks: list[AlertDesk] = []
    yield desks
    for desk in desks:
        desk.store.close()


@pytest.fixture
def make(opened: list[AlertDesk]) -> Any:
    def make(at: datetime = EVENING, watchlists: list[Watchlist] | None = None, **settings: Any) -> AlertDesk:
        channel = Channel("desk", "telegram", {"chat": -1}, **settings)
        opened.append(AlertDesk(watchlists or lists(), [channel], FixedClock(at)))
        return opened[-1]

    return make
