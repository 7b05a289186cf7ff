"""When a subject is mentioned far more often than usual: a burst. Pure: counts in, answers out.

A burst has at least six stories in its window, and six times as many as the window usually brings, where less than
half a story counts as half of one: a watchlist that rings once a month is no burst at two. The quiet mode asks,
besides, that chance alone would bring as many less than once in a million windows (Poisson).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp

LEAST = 6
FACTOR = 6.0
FLOOR = 0.5
CHANCE = 1e-6
WINDOW_HOURS = 6
"""Hours that a surge is looked for in: long enough for six stories on one event, short enough to be news."""

BASELINE_DAYS = 28
"""Days before the window that say what is usual: four of each day of the week."""

KNOWN_DAYS = 3
"""Fewer days say nothing of what is usual."""


@dataclass(frozen=True, slots=True)
class Peak:
    """Stories in a window that bursts, and how many it usually brings."""

    stories: int
    usual: float


def is_burst(stories: int, usual: float, *, quiet: bool = False) -> bool:
    """Return whether a window that usually brings `usual` stories bursts with `stories`."""
    expected = max(usual, FLOOR)
    if stories < LEAST or stories < FACTOR * expected:
        return False
    return not quiet or poisson_tail(stories, expected) < CHANCE


def poisson_tail(least: int, expected: float) -> float:
    """Return how probable it is that at least so many come where `expected` are expected."""
    term = exp(-expected)
    below = 0.0
    for number in range(least):
        below += term
        term *= expected / (number + 1)
    return max(1.0 - below, 0.0)


def surge(stories: int, days: Sequence[int], *, quiet: bool = False) -> Peak | None:
    """Return the burst of the last `WINDOW_HOURS`, or None; `days` are the stories of the days before, oldest first.

    Days from before anything was known must not be among them.
    """
    known = days[-BASELINE_DAYS:]
    if len(known) < KNOWN_DAYS:
        return None
    usual = sum(known) / len(known) * WINDOW_HOURS / 24
    return Peak(stories, usual) if is_burst(stories, usual, quiet=quiet) else None


def bursts(counts: Sequence[int], *, quiet: bool = False) -> dict[int, Peak]:
    """Return the days (or hours, or weeks) of a row, oldest first, that were bursts by the days before, by place.

    What bursts itself is no part of what is usual for later days: a long crisis would hide its own second wave, but not
    for longer than it lasts.
    """
    found: dict[int, Peak] = {}
    sums = [0, *accumulate(counts)]
    place = _next_that_may_burst(counts, sums, KNOWN_DAYS)
    while place < len(counts):
        calm_again = _follow(counts, place, found, quiet=quiet)
        place = _next_that_may_burst(counts, sums, calm_again)
    return found


def _follow(counts: Sequence[int], first: int, found: dict[int, Peak], *, quiet: bool) -> int:
    """Add the bursts from a place on; return the place from which on no burst is in the baseline any more."""
    calm = deque(counts[max(first - BASELINE_DAYS, 0) : first], maxlen=BASELINE_DAYS)
    total, last = sum(calm), first
    for place in range(first, len(counts)):
        if place - last > BASELINE_DAYS:
            return place
        count = kept = counts[place]
        if count >= LEAST:
            usual = total / len(calm)
            if is_burst(count, usual, quiet=quiet):
                found[place] = Peak(count, usual)
                kept, last = min(count, round(FACTOR * max(usual, FLOOR))), place
        total += kept - (calm[0] if len(calm) == BASELINE_DAYS else 0)
        calm.append(kept)
    return len(counts)


def _next_that_may_burst(counts: Sequence[int], sums: Sequence[int], start: int) -> int:
    """Return the next place with so many times the mean of the days before it, where no burst is among those.

    Most rows have none, and of hundreds of rows this is most of the work. `sums`: of the counts before each place.
    """
    for place in range(start, min(BASELINE_DAYS, len(counts))):
        if counts[place] >= LEAST and counts[place] * place >= FACTOR * sums[place]:
            return place
    begin = max(start, BASELINE_DAYS)
    later = enumerate(zip(counts[begin:], sums[begin:], sums[begin - BASELINE_DAYS :], strict=False), begin)
    may = (
        place for place, (count, end, old) in later if count >= LEAST and count * BASELINE_DAYS >= FACTOR * (end - old)
    )
    return next(may, len(counts))
