"""Killed again and again while Telegram misbehaves: nothing lost, nothing doubled, in order, every edit in its place.

The short form. MONITOR_KILL_ALERTS and MONITOR_KILL_KILLS make it longer, MONITOR_KILL_SEED another one.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from doubles import telegram_ledger
from doubles.delivering import alert
from doubles.mortal import CHANNELS

from monitor.model import Delivery, NewDelivery
from monitor.store import open_store

pytestmark = pytest.mark.network

DOUBLES = Path(__file__).parents[1] / "doubles"
ALERTS = int(os.environ.get("MONITOR_KILL_ALERTS", "200"))
KILLS = int(os.environ.get("MONITOR_KILL_KILLS", "20"))
SEED = int(os.environ.get("MONITOR_KILL_SEED", "1"))
LATE, QUIET = 0.1, 0.3  # seconds: what is accepted late is accepted within the quiet time
FAULTS = ",".join(
    f"{what}:0.01"
    for what in (
        *("before:drop", "after:drop", "late:drop", "before:502", "after:502", "after:500", "after:garbage"),
        *("before:403html", "after:list"),
    )
)
FAULTS += ",before:429:0.01:sendMessage"
POINTS = ("before-commit", "after-commit", "before-call", "after-call", "before-look", "after-look")


@contextlib.contextmanager
def telegram(ledger: Path) -> Iterator[str]:
    """Run the double as a process of its own: it outlives what is killed beside it."""
    options = ["--ledger", str(ledger), "--seed", str(SEED), "--faults", FAULTS, "--seconds", str(LATE)]
    options += ["--noise", "0.2", "--first-id", "500"]
    with subprocess.Popen(
        [sys.executable, str(DOUBLES / "telegram.py"), *options], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


@dataclass(slots=True)
class Newsroom:
    """Fills and amends the outbox."""

    url: str
    rng: random.Random
    rows: list[int] = field(default_factory=list)
    of: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in CHANNELS})

    def add(self, count: int) -> None:
        store = open_store(self.url)
        now = datetime.now(UTC)
        with contextlib.closing(store), store.begin() as tx:
            for _ in range(count):
                number = len(self.rows) + 1
                channel = self.rng.choice(sorted(CHANNELS))
                before = self.of[channel]
                reply_to = self.rng.choice(before) if before and self.rng.random() < 0.1 else None
                made = alert(f"Alert no. {number}.", url=f"https://news.example/{number}")
                ident = tx.add_delivery(NewDelivery(channel, f"a{number}", made, reply_to=reply_to), now)
                assert ident is not None
                self.rows.append(ident)
                before.append(ident)
            for ident in self.rng.sample(self.rows, min(len(self.rows), 3)):
                row = tx.delivery(ident)
                assert row is not None
                words = f"{row.alert.headline.split(' (')[0]} ({row.revision + 1})"
                tx.amend_delivery(ident, replace(row.alert, headline=words, url=f"{row.alert.url}/more"), now)

    def all(self) -> list[Delivery]:
        store = open_store(self.url)
        with contextlib.closing(store), store.begin() as tx:
            return tx.deliveries(limit=10 * ALERTS)


def run(url: str, api: str, rng: random.Random | None) -> int:
    """Run the mortal daemon until it ends (`rng` None) or is killed at a random point or moment; give its exit code."""
    arming: dict[str, str] = {}
    if rng is not None and rng.random() < 0.6:
        point = rng.choice(POINTS)
        arming = {"MONITOR_KILL_AT": f"{point}:{rng.randint(1, 2 if 'look' in point else 12)}"}
    command = [sys.executable, str(DOUBLES / "mortal.py"), url, api, str(QUIET)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **arming}) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=120 if rng is None else (2 if arming else rng.random()))
        process.kill()
        return process.wait()


def test_nothing_is_lost_or_doubled_by_kills_and_faults(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    ledger = tmp_path / "ledger.jsonl"
    newsroom = Newsroom(f"sqlite:///{tmp_path}/monitor.db", rng)
    with telegram(ledger) as api:
        killed = 0
        while killed < KILLS or len(newsroom.rows) < ALERTS:
            if len(newsroom.rows) < ALERTS:
                newsroom.add(min(ALERTS // KILLS + 1, ALERTS - len(newsroom.rows)))
            killed += run(newsroom.url, api, rng) < 0
        assert run(newsroom.url, api, None) == 0
    rows = newsroom.all()
    lines = telegram_ledger.read(ledger)
    result = telegram_ledger.compare(lines, rows)
    assert result.clean, result
    assert len(rows) == ALERTS
    assert {row.state for row in rows} == {"sent"}
    alerts = [line for line in lines if line["do"] == "send" and "Alert no." in line["text"]]
    assert len(alerts) == ALERTS
