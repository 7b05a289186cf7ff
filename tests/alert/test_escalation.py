"""Which critical alerts go to further channels, and what they say there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.alert.escalation import escalated, is_due, is_escalation, is_heard
from monitor.alert.render.telegram import telegram
from monitor.model import Act, ActKind, Alert, Channel, Delivery, FollowedStory, MessageKind, Severity, State
from monitor.model.settings import Escalation

NOW = datetime(2023, 11, 9, 8, 0, tzinfo=UTC)
DESK = Channel("desk", "telegram", escalate=Escalation(("chief",), 600.0))
CHIEF = Channel("chief", "telegram", language="uk")
ALERT = Alert(MessageKind.ALERT, "Missiles", watchlist="Arms", severity=Severity.CRITICAL, critical_at=NOW)
ROW = Delivery(4, "desk", "alert:a1:Arms:desk", ALERT, State.SENT, 5, None, 1, 1, 0, NOW, NOW, sent_at=NOW)
LATER = NOW + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({}, True),
        ({"sent_at": None, "state": State.SUSPENDED}, True),
        ({"sent_at": NOW + timedelta(seconds=1)}, False),
        ({"alert": replace(ALERT, critical_at=NOW + timedelta(minutes=1))}, False),
        ({"alert": replace(ALERT, severity=Severity.HIGH)}, False),
        ({"state": State.MUTED}, False),
        ({"state": State.HELD}, False),
        ({"in_digest": 3}, False),
        ({"dedupe": "escalate:3:desk"}, False),
    ],
)
def test_what_is_due(changes: dict[str, Any], due: bool) -> None:
    assert is_due(replace(ROW, **changes), DESK, LATER) is due


def test_only_where_it_is_wanted_and_only_in_time() -> None:
    assert not is_due(ROW, CHIEF, LATER)
    assert not is_due(ROW, DESK, NOW + timedelta(hours=7))


@pytest.mark.parametrize(("deed", "heard"), [(ActKind.ACK, True), (ActKind.MUTE, True), (ActKind.UNMUTE, False)])
def test_who_acknowledged_or_muted_it_was_there(deed: ActKind, heard: bool) -> None:
    acted = replace(ROW, alert=replace(ALERT, acts=(Act(deed, 7, "Ann", NOW),)))
    assert is_heard(ROW, [ROW, acted]) is heard


@pytest.mark.parametrize(
    ("dedupe", "heard"),
    [
        ("alert:5:tests:desk", True),
        ("joined:alert:5:tests:desk", True),
        ("reply:5:tests:desk:1", True),
        ("alert:6:tests:desk", False),
        ("reply:6:tests:desk:1", False),
        ("escalate:1:chief", True),
        ("escalate:2:chief", False),
        ("escalate:9:chief", True),
        ("bulletin:2024", True),
    ],
)
def test_only_what_was_done_to_its_own_story_before_a_merge_counts(dedupe: str, heard: bool) -> None:
    """Of an escalation that row counts which it escalates; of what names no story, or is deleted, what it says."""
    row, other = replace(ROW, id=1, dedupe="alert:5:tests:desk"), replace(ROW, id=2, dedupe="alert:6:tests:desk")
    acted = replace(ROW, id=3, dedupe=dedupe, alert=replace(ALERT, acts=(Act(ActKind.ACK, 7, "Ann", NOW),)))
    assert is_heard(row, [row, other, acted]) is heard


def test_the_other_channel_is_told_where_nobody_was() -> None:
    new = escalated(ROW, DESK, CHIEF, LATER)
    assert (new.channel, new.dedupe, new.story_id) == ("chief", "escalate:4:chief", 5)
    assert is_escalation(replace(ROW, dedupe=new.dedupe))
    shown = telegram(new.alert, timezone="UTC")
    assert "ніхто не прийняв у desk протягом 10 хв" in shown.plain
    assert shown.buttons[-1][-1].action == "ack"
    assert not shown.silent
    assert "протягом 0 с" in (escalated(ROW, CHIEF, CHIEF, LATER).alert.note or "")


def test_the_story_before_was_told_in_another_chat() -> None:
    before = FollowedStory(3, "Missiles are moved", "Yonhap", NOW, "https://news.example/1", 7)
    row = replace(ROW, alert=replace(ALERT, follows=before))
    assert escalated(row, DESK, CHIEF, LATER).alert.follows == replace(before, message=None)
