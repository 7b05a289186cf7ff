"""Killed again and again while Telegram misbehaves: nothing lost, nothing doubled, in order, every edit in its place.

The short form of `make soak`. MONITOR_KILL_ALERTS and MONITOR_KILL_KILLS make it longer, MONITOR_KILL_SEED another one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from doubles.delivery_harness import alert
from doubles.soak import DaemonRestarter, Plan, program, soak
from doubles.telegram import Fault, TelegramDouble

from monitor.model import NewDelivery
from monitor.store import open_store

pytestmark = pytest.mark.network

ALERTS = int(os.environ.get("MONITOR_KILL_ALERTS", "200"))
KILLS = int(os.environ.get("MONITOR_KILL_KILLS", "20"))
SEED = int(os.environ.get("MONITOR_KILL_SEED", "1"))


def test_nothing_is_lost_or_doubled_by_kills_and_faults(tmp_path: Path) -> None:
    result = soak(Plan(alerts=ALERTS, kills=KILLS, faults=KILLS, seed=SEED), tmp_path)
    assert result.failures == []
    assert result.alerts == result.messages == ALERTS
    assert result.kills >= KILLS


@pytest.mark.parametrize("variant", ["terse", "odd", "one"])
def test_servers_of_other_variants_make_no_difference(tmp_path: Path, variant: str) -> None:
    result = soak(Plan(alerts=60, kills=8, faults=15, seed=SEED, variant=variant, rate=0.02), tmp_path)
    assert result.failures == []
    assert result.alerts == 60


async def test_a_look_comes_to_its_end_however_soon_each_process_is_killed(tmp_path: Path) -> None:
    """In a private chat 24 ids are asked about, one a second: a process that lives shorter has to leave word."""
    url = f"sqlite:///{tmp_path}/monitor.db"
    fault = Fault("before", "drop", methods=frozenset({"sendMessage"}), times=1, skip=1)
    async with TelegramDouble(faults=[fault]) as api, _restarter(url, api.url) as restarter:
        for number in range(2):
            _add(url, number)
            killed = 0
            while await asyncio.to_thread(restarter.life, kill_at="after-commit:16") < 0:
                killed += 1
                assert killed < 10, "no process comes to the end of the look"
        asked = [int(call["message_id"]) for call in api.called("editMessageReplyMarkup")]
        assert [line["text"].splitlines()[1] for line in api.sent(42)] == ["No. 0", "No. 1"]
    assert killed > 1
    assert asked == list(range(2, 26)), "an id was asked about twice"


@contextlib.asynccontextmanager
async def _restarter(url: str, api: str) -> AsyncIterator[DaemonRestarter]:
    with program("killable_delivery.py", url, api, "0.01") as process:
        yield DaemonRestarter(process)


def _add(url: str, number: int) -> None:
    with contextlib.closing(open_store(url)) as store, store.begin() as tx:
        tx.add_delivery(NewDelivery("me", f"a{number}", alert(f"No. {number}")), datetime.now(UTC))
