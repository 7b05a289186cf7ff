"""Row 1: an unchanged poll (304) in the running daemon, beside lemon24/reader's update of as many feeds."""

from __future__ import annotations

from collections.abc import Sequence

from bench.frame.row import OURS, Result, Row, Sitting, alternated
from bench.frame.sites import Sites
from bench.rows.polling import Poller, Reader

SOURCES = 5_000


def measure(sitting: Sitting) -> Sequence[Result]:
    """Fill both once; then let each ask all of its sources, in turn."""
    sources = sitting.count(SOURCES)
    with Sites(sources, items=1) as sites:
        ours = Poller(sitting.folder / "ours", sites)
        theirs = Reader(sitting.folder / "reader.db", sites.urls)
        theirs.update()
        with ours.started():
            ours.fill(sources)
            sides = {
                OURS: lambda: ours.cycle()[0] * 1_000 / sources,
                "reader": lambda: theirs.update() * 1_000 / sources,
            }
            found = alternated(sitting, sides)
    return [Result(f"{sources} sources", "ms a poll", found)]


ROW = Row(1, "an unchanged poll (304), daemon running", "≤ .40 × reader", measure, ("reader",))
