"""The hand-over between shifts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.alert.render.layout import reader
from monitor.alert.shift import ShiftReport, handed_over, is_open, rang
from monitor.i18n import alert_phrases
from monitor.model import Act, ActKind, Alert, Delivery, MessageKind, Severity, State

NOW = datetime(2023, 11, 9, 8, 0, tzinfo=UTC)


def row(ident: int, severity: Severity = Severity.HIGH, **more: object) -> Delivery:
    alert = Alert(MessageKind.ALERT, f"Headline {ident}", severity=severity, url="https://x.org/1")
    made = Delivery(ident, "desk", f"alert:{ident}", alert, State.SENT, None, None, 1, 1, 0, NOW, NOW, sent_at=NOW)
    return replace(made, **more)  # type: ignore[arg-type]


def said(report: ShiftReport, language: str = "en") -> list[str]:
    who = reader("Europe/Kyiv", NOW, alert_phrases(language))
    return ["".join(run.text for run in line) for line in handed_over(report, who)]


def test_what_rang_and_what_is_open() -> None:
    act = Act(ActKind.ACK, 7, "Ann", NOW)
    assert rang(row(1))
    assert not rang(row(1, sent_at=None))
    assert not rang(row(1, state=State.MUTED))
    assert not rang(row(1, alert=replace(row(1).alert, silent=True)))
    assert is_open(row(1))
    assert not is_open(row(1, Severity.NORMAL))
    assert not is_open(row(1, alert=replace(row(1).alert, acts=(act,))))
    assert is_open(row(1, alert=replace(row(1).alert, acts=(replace(act, deed=ActKind.UNMUTE),))))


def test_a_full_hand_over() -> None:
    rows = [row(ident) for ident in range(1, 13)]
    muted = [("Arms", None), ("Drones", NOW + timedelta(hours=1))]
    report = ShiftReport(NOW - timedelta(hours=3), rows, rows[:1], [f"bad {n}" for n in range(11)], muted)
    lines = said(report)
    assert lines[:3] == ["Hand-over since 07:00", "12 alerts rang", "🔴 10:00 Headline 1"]
    assert lines[12:16] == ["… and 2 more", "", "Open, acknowledged by nobody (1)", "🔴 10:00 Headline 1"]
    assert lines[16:18] == ["", "Needs a look (11)"]
    assert lines[28:] == ["… and 1 more", "", "Muted (2)", "Arms", "Drones: until 11:00"]


def test_an_empty_one_says_so_in_the_readers_language() -> None:
    assert said(ShiftReport(NOW, [], []), "uk") == [
        "Передавання зміни: від 10:00", "Надійшло 0 сповіщень", "Нічого відкритого, нічого стишеного."
    ]  # fmt: skip
    assert said(ShiftReport(NOW, [row(1)], []))[1:] == ["1 alert rang", "🔴 10:00 Headline 1"]
