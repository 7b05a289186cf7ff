"""A round for cron does all that it can, whatever keeps a part of it waiting."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.app.configuration import load
from monitor.app.once import once
from monitor.archive.backfill import Backfill
from monitor.errors import StoreError
from monitor.pipeline.recheck import Rechecker
from monitor.pipeline.stamping import Stamper

CONFIG = """
watchlists: [{{name: w, keywords: [rocket]}}]
channels: {{screen: {{console: {{}}}}}}
storage: {{url: "sqlite:///{folder}/monitor.db"}}
"""


async def test_work_on_older_articles_that_waits_for_room_keeps_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    async def full(_: Backfill, _seconds: float) -> None:
        raise StoreError("the disk is full", retryable=True)

    async def recheck(_: Rechecker) -> None:
        done.append("rechecked")

    async def stamp(_: Stamper) -> bool:
        done.append("stamped")
        return False

    monkeypatch.setattr(Backfill, "work", full)
    monkeypatch.setattr(Rechecker, "finish", recheck)
    monkeypatch.setattr(Stamper, "turn", stamp)
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG.format(folder=tmp_path), encoding="utf-8")
    with capture_logs() as logs:
        report = await once(load(file, {}))
    assert done == ["rechecked", "stamped"]
    assert report.left == 0
    assert [each["error"] for each in logs if each["event"] == "work waits for the next round"] == [
        "the disk is full",
        "the disk is full",
    ]
