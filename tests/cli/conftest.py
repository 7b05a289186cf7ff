"""A database that a daemon has written, for the commands that show it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from doubles.command_harness import CONFIG, CommandHarness
from doubles.store_samples import record

from monitor.model import PollReason
from monitor.pipeline import report
from monitor.store import open_store


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration whose database holds two alerts, opinions and mutes."""
    for name in ("TELEGRAM_BOT_TOKEN", "TELEGRAM_BOT_TOKEN_FILE", "CREDENTIALS_DIRECTORY", "MONITOR_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    url = f"sqlite:///{tmp_path}/monitor.db"
    store = open_store(url)
    desk = CommandHarness(store, tmp_path, CONFIG + f"storage: {{url: '{url}'}}\n")
    now = desk.clock.wall = datetime.now(UTC) - timedelta(minutes=10)
    one = desk.story("Missile [launch]", published=60, sent=4)
    desk.story("A drill", sent=None)
    with store.begin() as tx:
        rows = {row.story_id: row for row in tx.deliveries()}
        tx.save_feedback(rows[one].id, 1, useful=True, now=now)
        tx.save_feedback(rows[one].id, 2, useful=False, now=now)
        tx.save_feedback(rows[one].id, 3, useful=True, now=now)
        tx.mute("watchlist", "Aid", now + timedelta(days=1), 7)
        tx.mute("story", str(one), None, 7)
        report.keep_judging(tx, "index loading 3000/7442", now)
        failing, _ = tx.source_states()
        tx.record_poll(
            record(
                failing.id,
                at=now,
                failures=2,
                error="the server answered 503",
                error_kind="status",
                reason=PollReason.FAILURES,
                reason_number=2.0,
            )
        )
    store.close()
    return desk.path
