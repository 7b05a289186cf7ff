"""Killed again and again while Telegram misbehaves: nothing lost, nothing doubled, in order, every edit in its place.

The short form of `make soak`. MONITOR_KILL_ALERTS and MONITOR_KILL_KILLS make it longer, MONITOR_KILL_SEED another one.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from doubles.soaking import Plan, soak

pytestmark = pytest.mark.network

ALERTS = int(os.environ.get("MONITOR_KILL_ALERTS", "200"))
KILLS = int(os.environ.get("MONITOR_KILL_KILLS", "20"))
SEED = int(os.environ.get("MONITOR_KILL_SEED", "1"))


def test_nothing_is_lost_or_doubled_by_kills_and_faults(tmp_path: Path) -> None:
    result = soak(Plan(alerts=ALERTS, kills=KILLS, faults=KILLS, seed=SEED), tmp_path)
    assert result.failures == []
    assert result.alerts == result.messages == ALERTS
    assert result.kills >= KILLS


@pytest.mark.parametrize("manner", ["terse", "odd", "one"])
def test_servers_of_other_manners_make_no_difference(tmp_path: Path, manner: str) -> None:
    result = soak(Plan(alerts=60, kills=8, faults=15, seed=SEED, manner=manner, rate=0.02), tmp_path)
    assert result.failures == []
    assert result.alerts == 60
