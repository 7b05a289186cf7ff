from __future__ import annotations

import math
import random
import struct
from bisect import bisect_right
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import fmean, median

import pytest

from monitor import polling, rhythm
from monitor.model import ArrivalRate, Source, SourceState

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
KYIV = "Europe/Kyiv"  # two hours ahead
WEEK = 604800.0


def at(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


def watched(days: int, per_hour: dict[int, int], timezone: str = "UTC", step: float = 0.25) -> ArrivalRate:
    """Return what polls every `step` hours learn of entries that come in the first quarter of hours of the day."""
    rate = ArrivalRate()
    for n in range(int(days * 24 / step)):
        begin = n * step
        new = per_hour.get(int(begin) % 24, 0) if begin % 1 == 0 else 0
        rate = rhythm.observe(rate, since=at(begin), now=at(begin + step), new=new, timezone=timezone)
    return rate


def profile(*, day: float = 0.0, night: float = 0.0, weeks: float = 5.0) -> bytes:
    """Return a profile of so many entries an hour from 6 to 18 o'clock, and in the other hours."""
    counts = [weeks * (day if 6 <= hour % 24 < 18 else night) for hour in range(168)]
    return struct.pack("<336f", *counts, *[weeks] * 168)


# --------------------------------------------------------------------------- what polls teach


def test_nothing_is_known_of_a_new_source() -> None:
    assert rhythm.usual(ArrivalRate(), MONDAY, "UTC") is None
    assert rhythm.current(ArrivalRate(), MONDAY, "UTC") is None
    assert rhythm.interval(ArrivalRate(), MONDAY, "UTC") == 180
    assert rhythm.shortened(ArrivalRate(), MONDAY, "UTC", 600) == 600


def test_the_hours_of_the_day_are_learnt_in_days() -> None:
    rate = watched(4, dict.fromkeys(range(6, 18), 12))
    noon, night = rhythm.usual(rate, at(12), "UTC"), rhythm.usual(rate, at(2), "UTC")
    assert noon is not None
    assert night is not None
    assert 9 < noon < 14
    assert night < 2
    assert rhythm.interval(rate, at(12), "UTC") < 180 < rhythm.interval(rate, at(1), "UTC")
    assert rate.branching < 0.1, "they come in rows, but nothing that polls could learn from follows one"


def test_hours_are_those_of_the_source_s_time_zone_and_utc_where_it_is_unknown() -> None:
    rate = watched(4, {10: 12}, KYIV)
    assert rhythm.usual(rate, at(10), KYIV) == max(rhythm.usual(rate, at(hour), KYIV) or 0 for hour in range(24))
    figures = struct.unpack("<336f", rate.profile)
    assert [hour % 24 for hour in range(168) if figures[hour] > 6] == [12] * 4
    assert rhythm.local(at(10), KYIV).hour == 12
    assert rhythm.local(at(10), "Nowhere/Town").hour == 10


def test_an_hour_is_written_into_the_profile_when_it_is_over() -> None:
    first = rhythm.observe(ArrivalRate(), since=at(0), now=at(0.25), new=4, timezone="UTC")
    assert (first.profile, first.count, first.watched) == (b"", 4, 0.25)
    second = rhythm.observe(first, since=at(0.25), now=at(0.75), new=1, timezone="UTC")
    assert (second.profile, second.count, second.watched) == (b"", 5, 0.75)
    third = rhythm.observe(second, since=at(0.75), now=at(1.25), new=2, timezone="UTC")
    figures = struct.unpack("<336f", third.profile)
    assert (figures[0], figures[168], sum(figures)) == (6, 1, 7)
    assert (third.count, third.watched) == (1, 0.25)


def test_what_is_known_fades_in_six_weeks() -> None:
    rate = ArrivalRate(struct.pack("<336f", *[6.0] * 168, *[1.0] * 168), hour=None)
    start = int(MONDAY.timestamp() // 3600)
    rate = replace(rate, hour=start, count=0.0, watched=1.0)
    rate = rhythm.observe(rate, since=at(1), now=at(1.5), new=0, timezone="UTC")
    figures = struct.unpack("<336f", rate.profile)
    assert figures[0] == pytest.approx(6 * math.exp(-1 / 6))
    assert figures[168] == pytest.approx(1 + math.exp(-1 / 6))


@pytest.mark.parametrize("hours", [0.0, -1.0, 2.01, 5000.0])
def test_an_outage_and_a_set_clock_teach_nothing(hours: float) -> None:
    before = ArrivalRate(profile(day=9), hour=5, count=3.0, watched=0.5, excitation=4.0)
    found = rhythm.observe(before, since=at(0), now=at(hours), new=50, timezone="UTC")
    assert found == replace(before, excitation=0.0)


def test_a_profile_that_cannot_be_read_is_begun_anew() -> None:
    assert rhythm.interval(ArrivalRate(b"?", branching=0.02), MONDAY, "UTC") == pytest.approx(180)


def test_news_brings_news_where_it_did_before() -> None:
    steady = profile(day=1, night=1)
    lonely, sociable = ArrivalRate(steady), ArrivalRate(steady)
    for _ in range(400):  # one entry each hour and a half, and three at once a few minutes after six others
        lonely = rhythm.observe(lonely, since=at(0), now=at(1.5), new=1, timezone="UTC")
        lonely = replace(lonely, profile=steady, excitation=0.0)
        sociable = rhythm.observe(replace(sociable, excitation=6.0), since=at(0), now=at(0.05), new=3, timezone="UTC")
    assert lonely.branching < 0.05
    assert 0.8 < sociable.branching <= 0.9


# --------------------------------------------------------------------------- intervals


def test_news_is_followed_at_once_and_fades() -> None:
    quiet = ArrivalRate(profile(day=2, night=2), branching=0.5)
    burst = rhythm.observe(quiet, since=at(0), now=at(0.05), new=12, timezone="UTC")
    assert rhythm.interval(burst, at(0.05), "UTC") == 60
    later = rhythm.observe(burst, since=at(0.05), now=at(1.9), new=0, timezone="UTC")
    assert rhythm.interval(later, at(1.9), "UTC") > 150


def test_what_may_be_chance_changes_nothing() -> None:
    rate = ArrivalRate(profile(day=11, night=10), branching=0.02)
    assert rhythm.interval(rate, at(12), "UTC") == pytest.approx(180, abs=1)
    assert rhythm.interval(rate, at(2), "UTC") == pytest.approx(180, abs=1)


def test_a_night_ends_with_the_morning_not_with_the_night_s_interval() -> None:
    rate = ArrivalRate(profile(day=40, night=0), branching=0.02)
    assert rhythm.interval(rate, at(2), "UTC") == 900
    assert 120 < rhythm.interval(rate, at(6) - timedelta(minutes=2), "UTC") < 300


def test_polls_that_were_saved_are_spent_elsewhere() -> None:
    saved = rhythm.spent(ArrivalRate(), 900)
    assert saved.spacing < 1 < rhythm.spent(ArrivalRate(), 60).spacing
    assert rhythm.spent(ArrivalRate(), 180).spacing == 1
    assert rhythm.spent(ArrivalRate(spacing=0.05), 900).spacing == 0.05
    assert rhythm.spent(ArrivalRate(spacing=20.0), 60).spacing == 20
    flat = ArrivalRate(profile(day=5, night=5), branching=0.02, spacing=0.8)
    assert rhythm.interval(flat, MONDAY, "UTC") == pytest.approx(144)


@pytest.mark.parametrize(("entries", "interval"), [(0.0, 600), (1.0, 600), (6.0, 379), (60.0, 300)])
def test_a_written_interval_is_shortened_to_a_half_at_most(entries: float, interval: float) -> None:
    rate = ArrivalRate(profile(day=entries, night=entries, weeks=1000), branching=0.0)
    assert rhythm.shortened(rate, at(12), "UTC", 600) == pytest.approx(interval, rel=0.02)


# --------------------------------------------------------------------------- weeks of a source


def polls_of(times: list[float], seconds: float, every: float | None) -> list[float]:
    """Return when a source is polled that publishes at these seconds."""
    state, rng, moment, found, polls = (
        SourceState(1, Source("A", "https://a.example", every=every)),
        random.Random(3),
        0.0,
        0,
        [],
    )
    while moment < seconds:
        now, known = MONDAY + timedelta(seconds=moment), bisect_right(times, moment)
        plan = polling.plan(state, now=now, new=known - found, rng=rng)
        assert plan.rate is not None
        state = replace(state, rate=plan.rate, last_success_at=now, baseline_at=MONDAY)
        polls.append(moment)
        found, moment = known, (plan.next_poll_at - MONDAY).total_seconds()
    return polls


def office(rng: random.Random, weeks: int) -> list[float]:
    """Return the times of bursts of news that begin in office hours."""
    times = []
    for day in range(7 * weeks):
        if day % 7 < 5:
            for _ in range(12):
                begin = (day * 24 + rng.uniform(7, 20)) * 3600
                times += [begin + rng.expovariate(1 / 900) for _ in range(rng.randrange(1, 8))]
    return sorted(times)


def delays(times: list[float], polls: list[float], begin: float) -> list[float]:
    return [polls[n] - time for time in times if time >= begin and (n := bisect_right(polls, time)) < len(polls)]


@pytest.mark.no_cover
def test_weeks_of_office_hours_halve_the_delay_for_the_same_requests() -> None:
    weeks = 4
    times, seconds = office(random.Random(7), weeks), weeks * WEEK
    polls = polls_of(times, seconds, None)
    assert len(polls) * 180 == pytest.approx(seconds, rel=0.1)
    assert all(60 <= b - a <= 900.001 for a, b in pairwise(polls))
    ours = delays(times, polls, WEEK)
    theirs = delays(times, [n * 180.0 for n in range(int(seconds / 180))], WEEK)
    assert median(ours) < median(theirs) / 2
    assert fmean(ours) < fmean(theirs) / 1.8


@pytest.mark.no_cover
def test_a_flat_source_is_polled_as_at_a_fixed_interval() -> None:
    rng, moment, times = random.Random(5), 0.0, list[float]()
    while (moment := moment + rng.expovariate(1 / 300)) < 2 * WEEK:
        times.append(moment)
    polls = polls_of(times, 2 * WEEK, None)
    assert len(polls) * 180 == pytest.approx(2 * WEEK, rel=0.02)
    fixed = delays(times, [n * 180.0 for n in range(int(2 * WEEK / 180))], 0)
    assert fmean(delays(times, polls, 0)) < fmean(fixed) * 1.03


def test_a_written_interval_holds_in_every_week() -> None:
    polls = polls_of(office(random.Random(7), 1), WEEK, 300.0)
    gaps = [b - a for a, b in pairwise(polls)]
    assert all(150 <= gap <= 300.001 for gap in gaps)
    assert min(gaps) < 180


def test_a_span_brings_what_its_hours_bring() -> None:
    hours = [10.0 if hour % 24 < 12 else 1.0 for hour in range(168)]
    known = ArrivalRate(profile=struct.pack("<336f", *(60 * each for each in hours), *([60.0] * 168)))
    monday = datetime(2026, 11, 30, tzinfo=UTC)
    day = rhythm.between(known, monday, monday + timedelta(days=1), "UTC")
    morning = rhythm.between(known, monday + timedelta(hours=6.5), monday + timedelta(hours=9), "UTC")
    assert day is not None
    assert morning is not None
    assert (round(day), round(morning)) == (132, 25)


def test_of_a_source_that_was_hardly_watched_nothing_is_told() -> None:
    short = ArrivalRate(profile=struct.pack("<336f", *([1.0] * 168), *([0.1] * 168)))
    monday = datetime(2026, 11, 30, tzinfo=UTC)
    for rate in (ArrivalRate(), short):
        assert rhythm.between(rate, monday, monday + timedelta(days=1), "UTC") is None
