"""Adaptive polling against fixed intervals, over simulated years of several kinds of sources.

`python bench/rhythm.py [--seeds N] [--weeks N] [--first SEED]`: each year's parameters are drawn from its seed. The
fixed interval is the one that makes as many requests as the adaptive one did. Delays are from publication to the poll
that finds the entry, after the first two weeks, in which nobody knows the source.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor import polling, rhythm
from monitor.model import Source, SourceState

HOUR, DAY, WEEK = 3600.0, 86400.0, 604800.0
START = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday
Rate = Callable[[float], float]  # entries an hour at a second of the year


def clusters(
    rng: random.Random, rate: Rate, highest: float, seconds: float, branching: float, fading: float
) -> list[float]:
    """Return the times of entries: the first ones of news at `rate`, each followed by `branching` others on average."""
    times: list[float] = []
    at = 0.0
    while (at := at + rng.expovariate(highest / HOUR)) < seconds:
        if rng.random() < rate(at) / highest:
            times.append(at)
    follow = list(times)
    while follow:
        parent = follow.pop()
        for _ in range(poisson(rng, branching)):
            child = parent + rng.expovariate(1 / fading)
            if child < seconds:
                times.append(child)
                follow.append(child)
    return sorted(times)


def poisson(rng: random.Random, mean: float) -> int:
    count, product = 0, rng.random()
    while product > math.exp(-mean):
        count, product = count + 1, product * rng.random()
    return count


def day_shape(rng: random.Random, night: float) -> list[float]:
    """Return the rate of each hour of the day: 1 by day, `night` by night, and what is between at the edges."""
    begin, length = rng.uniform(5, 9), rng.uniform(10, 16)
    away = [abs((hour + 0.5 - begin - length / 2 + 12) % 24 - 12) for hour in range(24)]  # from the middle of the day
    return [max(night, min(1.0, (length / 2 + 1 - hours) / 2)) for hours in away]


def agency(rng: random.Random, seconds: float) -> list[float]:
    """Return the entries of an agency: by day, less at night and on weekends, and bursts."""
    a_day, branching, fading = rng.uniform(40, 400), rng.uniform(0.3, 0.8), rng.uniform(5, 40) * 60
    shape, weekend = day_shape(rng, rng.uniform(0.01, 0.2)), rng.uniform(0.2, 0.7)
    top = a_day * (1 - branching) / sum(shape)

    def rate(at: float) -> float:
        return top * shape[int(at // HOUR) % 24] * (weekend if at % WEEK >= 5 * DAY else 1)

    return clusters(rng, rate, top, seconds, branching, fading)


def bursty(rng: random.Random, seconds: float) -> list[float]:
    """Return the entries of an outlet whose news comes in rows: little else than bursts."""
    a_day, branching, fading = rng.uniform(20, 200), rng.uniform(0.7, 0.9), rng.uniform(5, 30) * 60
    shape = day_shape(rng, rng.uniform(0.01, 0.2))
    top = a_day * (1 - branching) / sum(shape)
    return clusters(rng, lambda at: top * shape[int(at // HOUR) % 24], top, seconds, branching, fading)


def blog(rng: random.Random, seconds: float) -> list[float]:
    """Return one entry a day, at about the same hour."""
    hour, spread = rng.uniform(0, 24), rng.uniform(0.2, 4)
    days = range(int(seconds // DAY))
    return sorted(at for n in days if 0 < (at := n * DAY + rng.gauss(hour, spread) * HOUR) < seconds)


def wire(rng: random.Random, seconds: float) -> list[float]:
    """Return entries round the clock, at one rate."""
    a_day, branching = rng.uniform(100, 800), rng.uniform(0, 0.4)
    rate = a_day * (1 - branching) / 24
    return clusters(rng, lambda _at: rate, rate, seconds, branching, rng.uniform(5, 40) * 60)


def weekdays(rng: random.Random, seconds: float) -> list[float]:
    """Return entries of one that is silent on weekends and at night."""
    a_day, branching, shape = rng.uniform(10, 100), rng.uniform(0, 0.5), day_shape(rng, 0.0)
    top = a_day * (1 - branching) / sum(shape)

    def rate(at: float) -> float:
        return top * shape[int(at // HOUR) % 24] if at % WEEK < 5 * DAY else 0.0

    return clusters(rng, rate, top, seconds, branching, rng.uniform(5, 40) * 60)


def changing(rng: random.Random, seconds: float) -> list[float]:
    """Return the entries of an agency that turns its day round twice."""
    a_day, branching = rng.uniform(40, 400), rng.uniform(0.3, 0.7)
    shape, turn = day_shape(rng, 0.05), rng.randrange(6, 13)
    top = a_day * (1 - branching) / sum(shape)

    def rate(at: float) -> float:
        return top * shape[(int(at // HOUR) + turn * int(3 * at / seconds)) % 24]

    return clusters(rng, rate, top, seconds, branching, rng.uniform(5, 40) * 60)


KINDS = {each.__name__: each for each in (agency, bursty, blog, wire, weekdays, changing)}


def adaptive(rng: random.Random, times: list[float], seconds: float) -> list[float]:
    """Return when the source is polled, as the daemon would."""
    state, at, found, polls = SourceState(1, Source("A", "https://a.example/rss")), 0.0, 0, []
    while at < seconds:
        now, known = START + timedelta(seconds=at), bisect_right(times, at)
        plan = polling.plan(state, now=now, new=known - found, rng=rng)
        state = replace(state, rate=plan.rate or state.rate, last_success_at=now, baseline_at=state.baseline_at or now)
        polls.append(at)
        found, at = known, (plan.next_poll_at - START).total_seconds()
    return polls


def delays(times: list[float], polls: list[float], begin: float) -> list[float]:
    return [polls[n] - at for at in times if at >= begin and (n := bisect_right(polls, at)) < len(polls)]


def p90(values: list[float]) -> float:
    return statistics.quantiles(values, n=10)[8]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("kinds", nargs="*", default=list(KINDS))
    options = parser.parse_args()
    seconds, begin = options.weeks * WEEK, 2 * WEEK
    print("kind       seed  a day  polls, 1 = a fixed 3 min; delays in s: fixed → adaptive")
    for kind in options.kinds:
        total: list[list[float]] = []
        for seed in range(options.first, options.first + options.seeds):
            rng = random.Random(f"{kind} {seed}")
            times = KINDS[kind](rng, seconds)
            polls = adaptive(rng, times, seconds)
            every = (seconds - begin) / sum(at >= begin for at in polls)
            fixed = [n * every for n in range(int(seconds / every) + 2)]
            theirs, ours = delays(times, fixed, begin), delays(times, polls, begin)
            pairs = [(of(theirs), of(ours)) for of in (statistics.median, statistics.fmean, p90)]
            total.append([a / b for a, b in pairs])
            shown = ", ".join(
                f"{name} {a:4.0f} → {b:4.0f} ({a / b:.2f})"
                for name, (a, b) in zip(("median", "mean", "p90"), pairs, strict=True)
            )
            budget = len(polls) * rhythm.EVERY / seconds
            print(f"{kind:10} {seed:4} {len(times) / seconds * DAY:6.0f}  {budget:.3f}  {shown}", flush=True)
        medians = [statistics.geometric_mean(column) for column in zip(*total, strict=True)]
        print(f"{kind:10}  all of them: median / {medians[0]:.2f}, mean / {medians[1]:.2f}, p90 / {medians[2]:.2f}")


if __name__ == "__main__":
    main()
