"""Sources that wait after failures, as a start tells of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.app.back_off import backing_off
from monitor.model import Source, SourceState

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def state(name: str, failures: int, seconds: float | None) -> SourceState:
    next_poll = None if seconds is None else NOW + timedelta(seconds=seconds)
    return SourceState(id=1, source=Source(name, "https://a.example/"), failures=failures, next_poll_at=next_poll)


def test_sources_that_failed_and_wait_are_told_of_longest_first() -> None:
    states = [
        state("due", 3, -1),
        state("well", 0, 90),
        state("one", 1, 45),
        state("long", 4, 720),
        state("new", 2, None),
    ]
    assert backing_off(states, NOW) == ["long: 4 failures, next in 12 min", "one: 1 failure, next in 45 s"]


def test_many_are_cut() -> None:
    lines = backing_off([state(f"s{number}", 1, 60 + number) for number in range(8)], NOW)
    assert len(lines) == 6
    assert lines[-1] == "and 3 more: see `monitor status`"
