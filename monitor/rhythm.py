"""How often a source publishes, and where polls are best placed by it. Pure and total.

Where new entries come at the rate r(t) and polls have the density n(t), the sum of all delays is the integral of
r / (2 n), and the number of polls that of n. For a given number of polls the sum is least where n goes by the square
root of r; a steeper power lowers the median further, and raises the mean by little. `bench/rhythm.py` measures both.

The rate is that of the hour of the week, and more after news, as news brings news (a Hawkes process: each entry is
followed by `ArrivalRate.branching` others on average, within about `_FADING`). What is known of an hour of the week is
little at first: it is drawn towards what the hour of the day and the day of the week lead one to expect, and those
towards the mean, so that the rhythm of a new source is flat.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from monitor.model import ArrivalRate

EVERY = 180.0
"""Seconds between two polls on average, where the user wrote no interval."""

SHORTEST, LONGEST = 60.0, 900.0
"""Seconds: bounds of the interval where the user wrote none."""

_HOUR = 3600.0
_DAY, _WEEK = 24, 168  # hours
_PROFILE = struct.Struct(
    f"<{2 * _WEEK}f"
)  # entries of each hour of the week from Monday on, then watched hours of each

# Measured over simulated years whose parameters were drawn at random (bench/rhythm.py), with one set for all kinds.
_POWER = 0.8  # of the rate, for the density of polls
_UNCLEAR = 1.3  # times more or less than the mean: what is within it may be chance, and changes nothing
_PSEUDO = 6.0  # entries that an expectation counts for, against those that were seen
_FADING = 1200.0  # seconds in which news brings news
_LEARNT = 0.01  # of the branching, from each entry
_BRANCHING = 0.02, 0.9  # its bounds: beyond the upper one news would never end

_KEPT = math.exp(-1 / 6)  # of what is known of an hour of the week, a week later: it fades in six weeks
_ENOUGH = 72.0  # watched hours: fewer are no rhythm to count by
_GAP = 2 * _HOUR  # a longer time between two polls shows nothing of the hours in it
_MEMORY = 7 * 86400.0  # seconds in which the number of polls is brought to that of fixed intervals
_STEP = 60.0  # seconds for which the rate is taken for constant
_WIDEST = 20.0  # the most that `spacing` stretches or shrinks intervals
_ENTRIES_AT_POLL = 0.4  # expected at a poll, from which on a written interval is shortened


def observe(rate: ArrivalRate, *, since: datetime, now: datetime, new: int, timezone: str) -> ArrivalRate:
    """Return the rate with what a poll has found: `new` entries since the successful poll before it.

    After an outage, or where the clock was set meanwhile, nothing is learnt.
    """
    seconds = (now - since).total_seconds()
    if not 0 < seconds <= _GAP:
        return replace(rate, excitation=0.0)
    faded = math.exp(-seconds / _FADING)
    rate = replace(
        rate,
        branching=_branching(rate, now, new, timezone),
        excitation=rate.excitation * faded + new * _FADING / seconds * (1 - faded),
    )
    begin, end = since.timestamp() / _HOUR, now.timestamp() / _HOUR
    for hour in range(int(begin), int(end) + 1):  # nobody knows when in this time they came
        watched = min(hour + 1, end) - max(hour, begin)
        rate = _counted(rate, hour, new * watched / (end - begin), watched, timezone)
    return rate


def usual(rate: ArrivalRate, at: datetime, timezone: str) -> float | None:
    """Return how many new entries an hour that hour of the week brings; None where nothing is known yet."""
    return _curve(rate.profile)[_hour_of_week(_hour(at), timezone)] if rate.profile else None


def between(rate: ArrivalRate, since: datetime, until: datetime, timezone: str) -> float | None:
    """Return how many new entries a span of time usually brings; None where too little is known of the source."""
    if not rate.profile or sum(_figures(rate.profile)[_WEEK:]) < _ENOUGH:
        return None
    curve, begin, end = _curve(rate.profile), since.timestamp() / _HOUR, until.timestamp() / _HOUR
    hours = range(int(begin), int(end) + 1)
    return sum(curve[_hour_of_week(hour, timezone)] * max(min(hour + 1, end) - max(hour, begin), 0.0) for hour in hours)


def current(rate: ArrivalRate, at: datetime, timezone: str) -> float | None:
    """Return how many new entries an hour are expected now, after what came lately; None where nothing is known."""
    expected = usual(rate, at, timezone)
    return None if expected is None else (1 - rate.branching) * expected + _excited(rate)


def interval(rate: ArrivalRate, now: datetime, timezone: str) -> float:
    """Return the seconds to the next poll where the user wrote no interval."""
    if not rate.profile:
        return EVERY
    curve = _curve(rate.profile)
    mean, usual_density = _means(rate.profile)
    excited, begin = _excited(rate), now.timestamp()
    passed, missing = 0.0, EVERY * rate.spacing * usual_density  # seconds; `missing` at the density of the mean rate
    while passed < LONGEST:
        expected = curve[_hour_of_week(int((begin + passed) // _HOUR), timezone)]
        density = _density(((1 - rate.branching) * expected + excited) / mean)
        if density * _STEP >= missing:
            return max(passed + missing / density, SHORTEST)
        missing -= density * _STEP
        passed += _STEP
        excited *= math.exp(-_STEP * (1 - rate.branching) / _FADING)  # what it brings excites in its turn
    return LONGEST


def spent(rate: ArrivalRate, seconds: float) -> ArrivalRate:
    """Return the rate after a poll that the next one follows after so many seconds.

    All polls are to be as many as at fixed intervals: short ones stretch those that follow, long ones shrink them. The
    sum of (interval - `EVERY`) is `_MEMORY` times the change of log `spacing`, which has bounds.
    """
    spacing = rate.spacing * math.exp((EVERY - seconds) / _MEMORY)
    return replace(rate, spacing=min(max(spacing, 1 / _WIDEST), _WIDEST))


def shortened(rate: ArrivalRate, now: datetime, timezone: str, every: float) -> float:
    """Return the seconds to the next poll where the user wrote an interval: `every`, or down to a half of it."""
    entries = (current(rate, now, timezone) or 0.0) * every / _HOUR
    return every * min(1.0, max(0.5, math.sqrt(_ENTRIES_AT_POLL / entries))) if entries > 0 else every


def local(at: datetime, timezone: str) -> datetime:
    """Return a time in the time zone of a source, in UTC where the host does not know it."""
    try:
        zone: tzinfo = ZoneInfo(timezone)
    except (LookupError, ValueError, OSError):
        zone = UTC
    return at.astimezone(zone)


def _excited(rate: ArrivalRate) -> float:
    """Return how many new entries an hour follow recent ones."""
    return rate.branching * rate.excitation * _HOUR / _FADING


def _branching(rate: ArrivalRate, at: datetime, new: int, timezone: str) -> float:
    """Return how many entries follow one on average, after `new` ones: a step of expectation maximisation."""
    expected = usual(rate, at, timezone)
    if expected is None:
        return rate.branching
    following = _excited(rate)
    share = following / ((1 - rate.branching) * expected + following)  # of the new ones: what earlier ones explain
    learnt = rate.branching + (share - rate.branching) * (1 - (1 - _LEARNT) ** new)
    return min(max(learnt, _BRANCHING[0]), _BRANCHING[1])


def _density(ratio: float) -> float:
    """Return how many times as dense polls are where entries come `ratio` times as often as on average."""
    return math.pow(max(ratio / _UNCLEAR, 1.0) * min(ratio * _UNCLEAR, 1.0), _POWER)


def _counted(rate: ArrivalRate, hour: int, count: float, watched: float, timezone: str) -> ArrivalRate:
    """Return the rate with entries of an hour; the hour before it is written into the profile."""
    if rate.hour == hour:
        return replace(rate, count=rate.count + count, watched=rate.watched + watched)
    profile = rate.profile
    if rate.hour is not None:
        figures = list(_figures(profile))
        at = _hour_of_week(rate.hour, timezone)
        figures[at] = figures[at] * _KEPT + rate.count
        figures[_WEEK + at] = figures[_WEEK + at] * _KEPT + rate.watched
        profile = _PROFILE.pack(*figures)
    return replace(rate, profile=profile, hour=hour, count=count, watched=watched)


def _figures(profile: bytes) -> tuple[float, ...]:
    """Return the entries of each hour of the week, then the watched hours of each."""
    return _PROFILE.unpack(profile) if len(profile) == _PROFILE.size else (0.0,) * (2 * _WEEK)


@lru_cache(maxsize=512)
def _curve(profile: bytes) -> Sequence[float]:
    """Return the expected entries an hour of each hour of the week; all are above 0."""
    figures = _figures(profile)
    counts, watched = figures[:_WEEK], figures[_WEEK:]
    mean = (sum(counts) + 0.5) / (sum(watched) + 1.0)
    by_hour = [mean * _ratio(counts[n::_DAY], watched[n::_DAY], [mean] * 7) for n in range(_DAY)]
    days = [slice(n, n + _DAY) for n in range(0, _WEEK, _DAY)]
    expected = [rate * _ratio(counts[day], watched[day], by_hour) for day in days for rate in by_hour]
    seen = zip(counts, watched, expected, strict=True)
    return tuple(rate * _ratio([count], [hours], [rate]) for count, hours, rate in seen)


@lru_cache(maxsize=512)
def _means(profile: bytes) -> tuple[float, float]:
    """Return the mean rate over a week, and the mean density of polls by the hours alone."""
    curve = _curve(profile)
    mean = sum(curve) / _WEEK
    return mean, sum(_density(rate / mean) for rate in curve) / _WEEK


def _ratio(counts: Sequence[float], watched: Sequence[float], rates: Sequence[float]) -> float:
    """Return how many times as many entries came as the rates lead one to expect, drawn towards 1."""
    expected = sum(hours * rate for hours, rate in zip(watched, rates, strict=True))
    return (sum(counts) + _PSEUDO) / (expected + _PSEUDO)


def _hour(at: datetime) -> int:
    return int(at.timestamp() // _HOUR)


@lru_cache(maxsize=4096)
def _hour_of_week(hour: int, timezone: str) -> int:
    """Return which hour of the week, in the time zone, an hour since 1970 is; Monday's first is 0."""
    at = local(datetime.fromtimestamp(0, UTC) + timedelta(hours=hour, minutes=30), timezone)
    return at.weekday() * _DAY + at.hour
