"""What a start tells of sources that wait after failures: else a second start looks as if nothing happened."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from monitor.model import SourceState

_MINUTE = 60
_SHOWN = 5


def backing_off(states: Iterable[SourceState], now: datetime) -> list[str]:
    """Return a line for each source that is not asked at once since it has failed, the longest waits first."""
    waits = [
        ((state.next_poll_at - now).total_seconds(), state)
        for state in states
        if state.failures and not state.stopped and state.next_poll_at is not None and state.next_poll_at > now
    ]
    waits.sort(key=lambda wait: -wait[0])
    lines = [
        f"{state.source.name}: {state.failures} failure{'' if state.failures == 1 else 's'}, next in {_told(seconds)}"
        for seconds, state in waits
    ]
    rest = len(lines) - _SHOWN
    return [*lines[:_SHOWN], f"and {rest} more: see `monitor status`"] if rest > 0 else lines


def _told(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 2 * _MINUTE else f"{seconds / _MINUTE:.0f} min"
