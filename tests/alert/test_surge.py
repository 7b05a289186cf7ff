"""When a window is a burst."""

from __future__ import annotations

import pytest

from monitor.alert.surge import (
    BASELINE_DAYS,
    FACTOR,
    FLOOR,
    KNOWN_DAYS,
    Peak,
    bursts,
    is_burst,
    poisson_tail,
    surge,
)


@pytest.mark.parametrize(
    ("stories", "usual", "burst"),
    [
        (5, 0.0, False),  # too few, however quiet it was
        (6, 0.0, True),
        (6, 1.0, True),
        (6, 1.01, False),
        (60, 10.0, True),
        (59, 10.0, False),
    ],
)
def test_six_at_least_and_six_times_as_many_as_usual(stories: int, usual: float, burst: bool) -> None:
    assert is_burst(stories, usual) is burst


def test_the_quiet_mode_asks_for_more() -> None:
    assert is_burst(6, 0.1)
    assert not is_burst(6, 0.1, quiet=True)  # chance brings six once in 70,000 windows
    assert is_burst(9, 0.1, quiet=True)
    assert is_burst(60, 10.0, quiet=True)


def test_chance() -> None:
    assert poisson_tail(0, 3.0) == 1.0
    assert poisson_tail(1, 3.0) == pytest.approx(0.950213, abs=1e-6)
    assert poisson_tail(6, 0.5) == pytest.approx(1.4165e-5, rel=1e-3)
    assert poisson_tail(500, 0.5) == 0.0


def test_a_surge_is_measured_by_the_days_before() -> None:
    assert surge(6, [4, 4]) is None  # two days say nothing of what is usual
    assert surge(6, [4, 4, 4]) == Peak(6, 1.0)  # a quarter of a day
    assert surge(6, [8, 4, 4]) is None
    assert surge(6, [400, *[4] * 28]) == Peak(6, 1.0)  # older days do not count


def test_bursts_in_a_row() -> None:
    found = bursts([1, 0, 2, 9, 1, 9, 0])
    assert [burst and burst.stories for burst in found] == [None, None, None, 9, None, None, None]
    assert bursts([9, 9, 9, 9]) == [None] * 4  # so much is usual
    assert bursts([0, 0, 0, 6], quiet=True) == [None] * 4
    assert bursts([]) == []


def test_a_crisis_is_no_measure_of_what_is_usual() -> None:
    found = bursts([0, 0, 0, 40, 0, 0, 0, 40])
    assert [each is not None for each in found] == [False, False, False, True, False, False, False, True]
    assert found[7] is not None
    assert found[7].usual == pytest.approx(3 / 7)


def test_what_is_usual_is_that_of_the_days_before_bursts_cut_to_what_makes_one() -> None:
    """The running sum says what summing up all days of the baseline for each day says."""
    counts = [(day * 7) % 4 + 40 * (day % 29 == 28) + 90 * (day in {60, 61, 62, 63}) for day in range(150)]
    calm: list[int] = []
    expected = []
    for count in counts:
        before = calm[-BASELINE_DAYS:]
        usual = sum(before) / len(before) if before else 0.0
        burst = len(before) >= KNOWN_DAYS and is_burst(count, usual)
        expected.append(Peak(count, usual) if burst else None)
        calm.append(min(count, round(FACTOR * max(usual, FLOOR))) if burst else count)
    assert bursts(counts) == expected
    assert sum(each is not None for each in expected) > 5
