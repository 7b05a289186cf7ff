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
    assert {place: burst.stories for place, burst in found.items()} == {3: 9}
    assert bursts([9, 9, 9, 9]) == {}  # so much is usual
    assert bursts([0, 0, 0, 6], quiet=True) == {}
    assert bursts([]) == {}


def test_a_crisis_is_no_measure_of_what_is_usual() -> None:
    found = bursts([0, 0, 0, 40, 0, 0, 0, 40])
    assert sorted(found) == [3, 7]
    assert found[7].usual == pytest.approx(3 / 7)


def test_a_day_may_be_the_first_burst_before_and_after_the_baseline_is_full() -> None:
    assert sorted(bursts([*[0] * 27, 6])) == [27]
    assert sorted(bursts([*[0] * 28, 6])) == [28]
    assert sorted(bursts([*[0] * 200, 6, 0])) == [200]
    assert sorted(bursts([9, *[1] * 28, 6, 5, 6])) == [29], "the nine is older than the baseline"
    assert sorted(bursts([0, 0, 6])) == [], "two days say nothing of what is usual"


@pytest.mark.parametrize("rare", [1, 2, 3, 5, 30])
def test_what_is_usual_is_that_of_the_days_before_bursts_cut_to_what_makes_one(rare: int) -> None:
    """The running sum says what summing up all days of the baseline for each day says."""
    counts = [
        (day * 7) % 4 // rare + 40 // rare * (day % 29 == 28) + 90 // rare * (day in {60, 61, 62, 63})
        for day in range(150)
    ]
    calm: list[int] = []
    expected: dict[int, Peak] = {}
    for place, count in enumerate(counts):
        before = calm[-BASELINE_DAYS:]
        usual = sum(before) / len(before) if before else 0.0
        burst = len(before) >= KNOWN_DAYS and is_burst(count, usual)
        expected |= {place: Peak(count, usual)} if burst else {}
        calm.append(min(count, round(FACTOR * max(usual, FLOOR))) if burst else count)
    assert bursts(counts) == expected
    assert len(expected) > 5 or rare == 30
