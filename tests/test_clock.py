"""The clock that does not jump."""

from __future__ import annotations

from datetime import timedelta

import pytest
from doubles.clock import FixedClock
from hypothesis import given
from hypothesis import strategies as st

from monitor.clock import JUMP, MonotonicSteadyClock, SystemClock

DAY = 86400.0


def test_small_corrections_are_followed() -> None:
    host = FixedClock()
    clock = MonotonicSteadyClock(host)
    for correction in (4.0, -4.0, 4.9):
        host.pass_(10)
        host.set_wall(correction)
        assert clock.now() == host.wall
        assert clock.step() == 0.0


@pytest.mark.parametrize("seconds", [6.0, -6.0, 3600.0, -3600.0, 400 * DAY, -400 * DAY])
def test_a_jump_is_reported_and_not_followed(seconds: float) -> None:
    host = FixedClock()
    clock, start = MonotonicSteadyClock(host), host.wall
    host.pass_(10)
    host.set_wall(seconds)
    host.pass_(10)
    assert clock.moment() == (start + timedelta(seconds=20), 0.0)
    assert clock.step() == pytest.approx(seconds)
    clock.adopt(clock.step())
    now, moved = clock.moment()
    assert now == host.wall
    assert moved == pytest.approx(seconds)
    assert clock.step() == 0.0


def test_a_clock_that_is_set_right_again_was_never_set() -> None:
    host = FixedClock()
    clock = MonotonicSteadyClock(host)
    host.set_wall(400 * DAY)
    assert clock.step()
    host.pass_(60)
    host.set_wall(-400 * DAY)
    assert clock.step() == 0.0
    assert clock.now() == host.wall


def test_a_process_that_was_stopped_between_two_readings_has_seen_no_jump() -> None:
    class Stopping(FixedClock):
        stops = 3

        def now(self) -> object:  # type: ignore[override]
            read = super().now()
            if self.stops:
                self.stops -= 1
                self.pass_(100)
            return read

    clock = MonotonicSteadyClock(Stopping())  # type: ignore[arg-type]
    assert clock.step() == 0.0


def test_the_hosts_clock_is_the_default() -> None:
    clock, host = MonotonicSteadyClock(), SystemClock()
    assert abs((clock.now() - host.now()).total_seconds()) < JUMP
    assert clock.monotonic() <= host.monotonic()


@given(st.lists(st.tuples(st.floats(0, 1000), st.floats(-500 * DAY, 500 * DAY)), max_size=20))
def test_without_adoption_no_jump_moves_it(jumps: list[tuple[float, float]]) -> None:
    host = FixedClock()
    clock, start, passed, loose = MonotonicSteadyClock(host), host.wall, 0.0, 0.0
    for seconds, jump in jumps:
        host.pass_(seconds)
        host.set_wall(jump)
        passed += seconds
        loose += JUMP  # as much of each jump may be taken for a correction
        assert abs((clock.now() - start).total_seconds() - passed) <= loose + 1e-3
