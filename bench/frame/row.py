"""One row of the table: the work, its goal, and the runs that measure it."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

OURS = "monitor"
"""The name of the side that is the product."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """How a row is measured: how many runs of each side, at which part of the full size, and a folder for its files."""

    runs: int
    scale: float
    folder: Path

    def count(self, full: int) -> int:
        """Return a number of sources, articles and the like at this sitting's scale; at least 1."""
        return max(1, round(full * self.scale))


@dataclass(frozen=True, slots=True)
class Result:
    """A line of the table: the sides' figures, one a run, in the order in which they ran.

    `of` names what each side is (its packages and versions). `better` is 'less' or 'more'.
    """

    what: str
    unit: str
    figures: Mapping[str, Sequence[float]]
    better: str = "less"
    note: str = ""

    def median(self, side: str) -> float:
        """Return the median of a side's runs."""
        return statistics.median(self.figures[side])

    def ratio(self, side: str) -> float:
        """Return the median of ours ÷ theirs, run by run: the machine's speed drifts, and both sides with it."""
        pairs = zip(self.figures[OURS], self.figures[side], strict=True)
        return statistics.median(ours / theirs for ours, theirs in pairs)


@dataclass(frozen=True, slots=True)
class Row:
    """A row: `measure` makes its sites, runs the sides alternated, and returns the lines."""

    number: int
    work: str
    goal: str
    measure: Callable[[Sitting], Sequence[Result]]
    peers: Sequence[str] = field(default=())  # files of requirements in bench/requirements, without their ending


def alternated(
    sitting: Sitting, sides: Mapping[str, Callable[[], float]], before: Callable[[], None] = lambda: None
) -> dict[str, list[float]]:
    """Run each side once to warm up and then `sitting.runs` times, in turn, every other turn backwards.

    A side returns its figure. `before` is called once before each turn.
    """
    before()
    for side in sides.values():
        side()
    found: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(sitting.runs):
        before()
        for name in list(sides)[:: 1 if turn % 2 == 0 else -1]:
            found[name].append(sides[name]())
    return found
