"""Row 13: polls a second where more sources are due than there are places."""

from __future__ import annotations

from collections.abc import Sequence

from bench.frame.row import OURS, Result, Row, Sitting, alternated
from bench.frame.sites import Sites
from bench.rows.polling import Poller

SOURCES, DELAY, CONCURRENCY = 5_000, 0.05, 50


def measure(sitting: Sitting) -> Sequence[Result]:
    """Make all sources due at once, and time until the last is asked."""
    sources = sitting.count(SOURCES)
    with Sites(sources, items=1, delay=DELAY) as sites:
        ours = Poller(sitting.folder / "ours", sites, f"polling: {{concurrency: {CONCURRENCY}}}\n")
        with ours.started():
            ours.fill(sources)
            found = alternated(sitting, {OURS: lambda: sources / ours.cycle()[1]})
    best = CONCURRENCY / DELAY
    what = f"{sources} due, {CONCURRENCY} places, servers that take 50 ms: {best:,.0f} at best"
    return [Result(what, "polls a second", found, better="more")]


ROW = Row(13, "polls a second", "≥ 600", measure)
