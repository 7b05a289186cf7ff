"""When a subject is mentioned far more often than usual: a burst. Pure: counts in, answers out.

A burst has at least six stories in its window, and six times as many as the window usually brings, where less than
half a story counts as half of one: a watchlist that rings once a month is no burst at two. The quiet mode asks,
besides, that chance alone would bring as many less than once in a million windows (Poisson).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
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


def bursts(counts: Sequence[int], *, quiet: bool = False) -> list[Peak | None]:
    """Return for each day (or hour, or week) of a row, oldest first, whether it was a burst by the days before it.

    What bursts itself is no part of what is usual for later days: a long crisis would hide its own second wave, but not
    for longer than it lasts.
    """
    found: list[Peak | None] = [None] * len(counts)
    calm: deque[int] = deque(maxlen=BASELINE_DAYS)
    total = 0  # of `calm`
    for place, count in enumerate(counts):
        kept = count
        if count >= LEAST and len(calm) >= KNOWN_DAYS:
            usual = total / len(calm)
            if is_burst(count, usual, quiet=quiet):
                found[place] = Peak(count, usual)
                kept = min(count, round(FACTOR * max(usual, FLOOR)))
        total += kept - (calm[0] if len(calm) == BASELINE_DAYS else 0)
        calm.append(kept)
    return found
