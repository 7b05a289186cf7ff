"""`monitor stories export`, as a user runs it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from doubles.command_line import monitor

from monitor.model import GroupedArticle, GroupingDecision, GroupingDeed
from monitor.store import open_store

NOW = datetime(2024, 3, 2, 8, 0, tzinfo=UTC)


def test_splits_and_merges_by_hand_are_development_data(path: Path) -> None:
    assert monitor(path, "stories", "export") == ""
    one = GroupedArticle("Ukrinform", "uk", "Про зброю", "Перший абзац.", None, NOW)
    other = GroupedArticle("Yonhap", "en", "On arms", "A paragraph.", "https://x.example/2", NOW)
    with open_store(f"sqlite:///{path.parent / 'monitor.db'}").begin() as tx:
        tx.keep_grouping(GroupingDecision(GroupingDeed.MERGE, 7, NOW, one, other))
        tx.keep_grouping(GroupingDecision(GroupingDeed.SPLIT, 7, NOW, one, other))
    lines = [json.loads(line) for line in monitor(path, "stories", "export").splitlines()]
    assert [line["same"] for line in lines] == [True, False]
    assert lines[0]["one"]["title"] == "Про зброю"
    assert lines[0]["other"]["url"] == "https://x.example/2"
    assert lines[0]["at"] == "2024-03-02T08:00:00+00:00"
